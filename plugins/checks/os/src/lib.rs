//! Checks of an operating system, one file each, by theme.
#![forbid(unsafe_code)]

mod common;
mod firewall;
mod language;
mod machine;
mod manage;
mod network;
mod protocol;
mod security;
mod source;
mod storage;

touchstone_sdk::plugin!(
    "os",
    [
        machine::kernel_version,
        machine::multi_core,
        machine::processor_ceiling,
        machine::memory_ceiling,
        storage::large_file,
        storage::large_filesystem,
        storage::grub2_scratch_disk,
        storage::partition_tables,
        storage::file_systems::xfs,
        storage::file_systems::ext3,
        storage::file_systems::ext4,
        storage::file_systems::ntfs,
        manage::files,
        manage::devices,
        manage::logs,
        manage::services,
        manage::processes,
        manage::network,
        manage::resources,
        manage::packages,
        manage::disks,
        storage::encryption,
        storage::integrity,
        storage::multipath,
        machine::boot_chain,
        machine::kvm,
        machine::numa,
        network::balancing,
        network::bonding,
        security::selinux,
        security::audit,
        source::reachable,
        source::signed,
        source::installs,
        source::fresh,
        firewall::zones,
        firewall::dynamic,
        firewall::families,
        firewall::bridge,
        firewall::permanent,
        firewall::direct,
        firewall::program_interface,
        language::locale,
        language::ide,
        language::java::java_1_7,
        language::java::java_1_8,
        language::java::gcc_java,
        language::compiled::c,
        language::compiled::cpp,
        language::compiled::qt,
        language::scripts::python,
        language::scripts::shell,
        language::scripts::ruby,
        language::scripts::php,
        protocol::basic::ip,
        protocol::basic::tcp,
        protocol::basic::udp,
        protocol::application::http,
        protocol::application::ftp,
        protocol::application::ssh,
        protocol::application::vnc,
        protocol::services::dns,
        protocol::services::dhcp,
        protocol::services::ntp,
        protocol::services::nfs,
    ]
);
