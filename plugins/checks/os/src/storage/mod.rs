//! Disks, partition tables, file systems.

pub mod encryption;
pub mod file_systems;
pub mod grub2_scratch_disk;
pub mod integrity;
pub mod large_file;
pub mod large_filesystem;
pub mod multipath;
pub mod partition_tables;
