//! Checks of an operating system, one file each, by theme.
#![forbid(unsafe_code)]

mod common;
mod firewall;
mod machine;
mod manage;
mod protocol;
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
        firewall::zones,
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
