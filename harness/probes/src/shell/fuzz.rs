//! What a node, or the file of known hosts, might say to confuse us.

use super::capture::{ErrorStream, Stage};
use super::known_hosts::Records;
use super::mark;
use tokio::sync::watch;
use touchstone_fuzz::fuzz;

/// Standard error in pieces: the first byte says how long each is.
#[test]
fn the_wrappers_line() {
    let words = ["word", "word?", " 77 run\n", " 77 none\n", "\n", " run", "word 1 run\nafter"];
    fuzz(&[b"\x03noise word 12 run\nafter", b"\x01word?word? word 12 none\n"], &words, |input| {
        let (first, said) = input.split_first().unwrap_or((&1, &[]));
        let mut stream = ErrorStream::new(64, Some("word".to_owned()), watch::Sender::new(Stage::Silent));
        for piece in said.chunks(usize::from(*first).max(1)) {
            stream.push(piece);
        }
        assert!(stream.capture.bytes.len() <= 64);
        let before = stream.words_before();
        (format!("{:?}", stream.stage()).chars().take(7).collect::<String>(), before.len().min(20), stream.capture.truncated)
    });
}

#[test]
fn known_hosts() {
    let key = "AAAAC3NzaC1lZDI1NTE5AAAAIGdvb2Q=";
    let seeds = [
        format!("# c\na.example,[b.example]:2222 ssh-ed25519 {key} x\n*.lan,!bad.lan\tssh-ed25519\t{key}\n"),
        format!("|1|c2FsdA==|aGFzaA== ssh-rsa {key}\n@revoked * ssh-ed25519 {key}\n@cert-authority *.x ssh-rsa {key}\n"),
    ];
    let seeds: Vec<&[u8]> = seeds.iter().map(String::as_bytes).collect();
    let words = ["*", "?", "!", ",", "@revoked ", "|1|", "*a*a*a*a*a*", "[x]:22", "\n", " ", "ssh-ed25519", key];
    fuzz(&seeds, &words, |input| {
        let text = String::from_utf8_lossy(input);
        // A long name: patterns of many stars must not take for ever.
        let host = "a".repeat(250) + ".example";
        let records = Records::parse(&text, &host, 22);
        let standing = records.standing("ssh-ed25519", b"good");
        (std::mem::discriminant(&standing), records.has("ssh-ed25519"), records.has("ssh-rsa"))
    });
}

/// Of a marker's digits and of what /proc says of limits.
#[test]
fn marks() {
    let seeds: [&[u8]; 2] = [b"tsabcdefg00001", b"Max file locks            1234567890123456789  unlimited            locks\n"];
    fuzz(&seeds, &["ts", "Max file locks", "unlimited", "\n", " ", "zzzzzzz"], |input| {
        let text = String::from_utf8_lossy(input);
        let digits = mark::digits(&text);
        assert!(digits.as_ref().is_none_or(|digits| digits.len() <= 19 && digits.parse::<u64>().is_ok()), "{digits:?}");
        (digits.map(|digits| digits.len()), mark::is_in(input, "1234567"))
    });
}
