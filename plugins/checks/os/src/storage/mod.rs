//! Disks, partition tables, file systems.

pub mod file_systems;
pub mod grub2_scratch_disk;
pub mod large_file;
pub mod large_filesystem;
pub mod partition_tables;
