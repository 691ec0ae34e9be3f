//! OS: one file of 2 TB and more.

use crate::common::disk;
use touchstone_sdk::prelude::*;
use touchstone_sdk::shell::ExitStatus;

pub const CHECK: Check = check("large-file")
    .title("单个大文件", "One large file")
    .question(
        "单个文件能否超过要求的大小？在稀疏文件中跨越该大小以及越过它之后写入随机标记，落盘后读回，并核对低位偏移处未被改写。",
        "Can one file be larger than required? Markers are written into a sparse file across that size and beyond it, put on \
         disk, read back, and the low offsets are looked at in case the position wrapped around.",
    )
    .effect(
        "新建一个稀疏文件，实际只占用几十 KB，结束后删除。",
        "Makes one sparse file that occupies some tens of KB; it is deleted.",
    )
    .on("host")
    .needs(&[Need::Shell])
    .impact(Impact::Scratch)
    .limit_s(60)
    .param("size", "2TiB", "文件至少要达到的大小", "size the file must reach")
    .param("directory", "", "文件所在目录；缺省为临时目录", "folder of the file; a scratch folder by default")
    .expect("written-past", "越过该大小写入的内容能读回", "what was written past the size is read back")
    .expect("spans-boundary", "跨越该大小边界的内容能读回", "what was written across the size is read back")
    .expect("size-reported", "系统报告的文件大小与写入一致", "the file's reported size agrees with what was written")
    .run(run);

/// How far past the size the second marker lies.
const BEYOND: u64 = 1 << 20;
/// Positions kept in 32 bits wrap here.
const WRAP: u64 = 1 << 32;

fn run(cx: &Context) -> CheckResult {
    let size = cx.size("size")?;
    let sh = cx.shell()?;
    let directory = match cx.param("directory")? {
        directory if directory.is_empty() => sh.scratch()?,
        directory => directory,
    };
    let marker = format!("touchstone-{}", cx.scratch_name());
    let file = format!("{directory}/{marker}");
    let length = marker.len() as u64;
    let across = size.saturating_sub(length / 2);
    let past = size.saturating_add(BEYOND);
    sh.undo(["rm", "-f", &file])?;
    sh.root(["touch", &file])?.success()?;

    let written = write(&sh, &file, past, &marker)?;
    if let Some(limit) = refused_as_too_large(&written) {
        cx.expect("written-past").unmet(format!("{length} bytes at offset {past}"), limit)?;
        let across_words = written_and_read(&sh, &file, across, &marker)?;
        cx.expect("spans-boundary").that(across_words == marker, &marker, across_words)?;
        cx.expect("size-reported").unmet(format!(">= {size}"), reported(&sh, &file)?)?;
        return decided();
    }
    written.success()?;
    let seen = read(&sh, &file, past, length)?;
    let wrapped = read(&sh, &file, past % WRAP, length)? == marker;
    let actual = if wrapped { format!("also at offset {}", past % WRAP) } else { seen.clone() };
    cx.expect("written-past").that(seen == marker && !wrapped, format!("{marker} at offset {past}"), actual)?;

    let seen = written_and_read(&sh, &file, across, &marker)?;
    cx.expect("spans-boundary").that(seen == marker, format!("{marker} at offset {across}"), seen)?;

    let wanted = past + length;
    let reported = reported(&sh, &file)?;
    cx.expect("size-reported").that(reported == wanted.to_string(), wanted, reported)?;
    decided()
}

fn write(sh: &Shell, file: &str, offset: u64, marker: &str) -> Result<Output, Stop> {
    let (to, seek) = (format!("of={file}"), format!("seek={offset}"));
    sh.command(["dd", &to, "bs=1", &seek, "conv=notrunc,fsync"]).stdin(marker).elevated().run()
}

fn read(sh: &Shell, file: &str, offset: u64, length: u64) -> Result<String, Stop> {
    // Advises the kernel to forget what it has cached, so that the disk is read; where dd can't, the cache answers.
    let from = format!("if={file}");
    sh.root(["dd", &from, "iflag=nocache", "count=0"])?;
    Ok(String::from_utf8_lossy(&disk::bytes_at(sh, file, offset, length)?).trim().to_owned())
}

fn written_and_read(sh: &Shell, file: &str, offset: u64, marker: &str) -> Result<String, Stop> {
    let written = write(sh, file, offset, marker)?;
    match refused_as_too_large(&written) {
        Some(limit) => Ok(limit),
        None => {
            written.success()?;
            read(sh, file, offset, marker.len() as u64)
        }
    }
}

fn reported(sh: &Shell, file: &str) -> Result<String, Stop> {
    Ok(sh.root(["stat", "-c", "%s", file])?.success()?.text())
}

/// The file system's own word that no file may be so large: EFBIG, or EINVAL for a position that it can't have.
fn refused_as_too_large(output: &Output) -> Option<String> {
    let words = output.error_text();
    let too_large = ["File too large", "cannot seek: Invalid argument", "can't seek: Invalid argument"];
    let refused = matches!(output.status, ExitStatus::Exited(code) if code != 0);
    (refused && too_large.iter().any(|phrase| words.contains(phrase))).then(|| output.said())
}
