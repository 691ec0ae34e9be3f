//! Checks of an operating system, one file each.
#![forbid(unsafe_code)]

mod disk;
mod firewalld_zones;
mod grub2_scratch_disk;
mod kernel_version;
mod large_file;
mod large_filesystem;
mod partition_tables;
mod raw_table;

touchstone_sdk::plugin!(
    "os",
    [kernel_version, large_file, large_filesystem, grub2_scratch_disk, partition_tables, firewalld_zones]
);
