//! Partition tables read byte by byte, as UEFI and tradition define them.

/// Bytes of a sector on the scratch disks.
pub const SECTOR: usize = 512;
/// Sectors to read from the start of a disk: protective record, header, 128 entries.
pub const HEAD: usize = 34;

/// An entry of a partition table, in sectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    pub kind: u8,
    pub start: u64,
    pub sectors: u64,
}

/// The used entries of a master boot record; nothing when its signature is absent.
pub fn mbr(disk: &[u8]) -> Option<Vec<Entry>> {
    if disk.get(510..512)? != [0x55, 0xaa] {
        return None;
    }
    let entries = disk.get(446..510)?.chunks_exact(16).map(|entry| Entry {
        kind: entry[4],
        start: u64::from(u32_at(entry, 8)),
        sectors: u64::from(u32_at(entry, 12)),
    });
    Some(entries.filter(|entry| entry.kind != 0).collect())
}

/// The used entries of a GUID partition table whose header's and entries' sums are right, and the sector of the header's
/// copy. `kind` is 0.
pub fn gpt(disk: &[u8]) -> Option<(Vec<Entry>, u64)> {
    let header = disk.get(SECTOR..2 * SECTOR)?;
    if &header[..8] != b"EFI PART" {
        return None;
    }
    let size = u32_at(header, 12) as usize;
    let mut summed = header.get(..size).filter(|_| size >= 92)?.to_vec();
    summed[16..20].fill(0);
    if crc32(&summed) != u32_at(header, 16) {
        return None;
    }
    let (count, width) = (u32_at(header, 80) as usize, u32_at(header, 84) as usize);
    let begin = usize::try_from(u64_at(header, 72)).ok()?.checked_mul(SECTOR)?;
    let table = disk.get(begin..begin.checked_add(count.checked_mul(width)?)?).filter(|_| width >= 128)?;
    if crc32(table) != u32_at(header, 88) {
        return None;
    }
    let used = table.chunks_exact(width).filter(|entry| entry[..16] != [0; 16]).map(|entry| {
        let (first, last) = (u64_at(entry, 32), u64_at(entry, 40));
        Entry { kind: 0, start: first, sectors: last.saturating_sub(first).saturating_add(1) }
    });
    Some((used.collect(), u64_at(header, 32)))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes[at..at + 4].iter().rev().fold(0, |sum, byte| sum << 8 | u32::from(*byte))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    bytes[at..at + 8].iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

/// ISO 3309, as the table's format asks.
pub fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ (0xedb8_8320 & 0u32.wrapping_sub(sum & 1)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disk() -> Vec<u8> {
        let mut disk = vec![0; HEAD * SECTOR];
        disk[510..512].copy_from_slice(&[0x55, 0xaa]);
        disk[450] = 0xee;
        disk[454] = 1;
        disk[458..462].fill(0xff);
        let entry = 2 * SECTOR;
        disk[entry] = 1;
        disk[entry + 32..entry + 40].copy_from_slice(&4_500_000_000u64.to_le_bytes());
        disk[entry + 40..entry + 48].copy_from_slice(&4_500_020_479u64.to_le_bytes());
        let sum = crc32(&disk[1024..1024 + 128 * 128]);
        let header = &mut disk[SECTOR..SECTOR + 92];
        header[..8].copy_from_slice(b"EFI PART");
        header[12..16].copy_from_slice(&92u32.to_le_bytes());
        header[32..40].copy_from_slice(&6_442_450_943u64.to_le_bytes());
        header[72..80].copy_from_slice(&2u64.to_le_bytes());
        header[80..84].copy_from_slice(&128u32.to_le_bytes());
        header[84..88].copy_from_slice(&128u32.to_le_bytes());
        header[88..92].copy_from_slice(&sum.to_le_bytes());
        let sum = crc32(header);
        header[16..20].copy_from_slice(&sum.to_le_bytes());
        disk
    }

    #[test]
    fn fuzz_tables_of_every_kind() {
        touchstone_fuzz::fuzz(&[&disk(), &disk()[..2048], &[0x55, 0xaa]], &["EFI PART", "U\u{ffaa}"], |input| {
            let (mbr, gpt) = (mbr(input), gpt(input));
            (mbr.map(|entries| entries.len()), gpt.map(|(entries, _)| entries.len().min(4)))
        });
    }

    #[test]
    fn a_known_sum() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn entries_past_2_tb_are_read() {
        let (entries, copy) = gpt(&disk()).expect("a table");
        assert_eq!(entries, [Entry { kind: 0, start: 4_500_000_000, sectors: 20_480 }]);
        assert_eq!(copy, 6_442_450_943);
        assert_eq!(mbr(&disk()).expect("a record")[0].kind, 0xee);
    }

    #[test]
    fn a_changed_or_short_table_is_none() {
        for at in [SECTOR, SECTOR + 33, 2 * SECTOR + 33] {
            let mut disk = disk();
            disk[at] ^= 1;
            assert_eq!(gpt(&disk), None, "byte {at}");
        }
        assert_eq!(gpt(&disk()[..1000]), None);
        assert_eq!(mbr(&[0; 512]), None);
        assert_eq!(mbr(&[]), None);
    }
}
