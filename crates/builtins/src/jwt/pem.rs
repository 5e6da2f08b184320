//! PEM: base64 between a line that begins a block and one that ends it. Only the first block is looked for.

use crate::encoding;

/// What a PEM block holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Block<'t> {
    /// What it is: `CERTIFICATE`.
    pub(super) label: &'t [u8],
    pub(super) bytes: Vec<u8>,
    /// What follows the block's last line.
    pub(super) rest: &'t [u8],
}

/// The first block.
pub(super) fn decode(text: &[u8]) -> Option<Block<'_>> {
    let mut rest = text;
    while !rest.is_empty() {
        let (first, after) = line(rest);
        if let Some(label) = first.strip_prefix(b"-----BEGIN ").and_then(|line| line.strip_suffix(b"-----"))
            && let Some(block) = block(label, after)
        {
            return Some(block);
        }
        rest = after;
    }
    None
}

/// The block of that label whose lines begin here.
fn block<'t>(label: &'t [u8], mut rest: &'t [u8]) -> Option<Block<'t>> {
    let mut base64 = Vec::new();
    let mut headers = true;
    while !rest.is_empty() {
        let (line, after) = line(rest);
        if let Some(end) = line.strip_prefix(b"-----END ") {
            let bytes = (end.strip_suffix(b"-----") == Some(label)).then(|| encoding::decode_standard(&base64))??;
            return Some(Block { label, bytes, rest: after });
        }
        headers &= line.contains(&b':');
        if !headers {
            base64.extend(line.iter().filter(|byte| !matches!(byte, b' ' | b'\t')));
        }
        rest = after;
    }
    None
}

/// The first line without the white space at its end, and what follows it.
fn line(text: &[u8]) -> (&[u8], &[u8]) {
    let (line, rest) = match memchr::memchr(b'\n', text) {
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (text, &b""[..]),
    };
    let end = line.iter().rposition(|byte| !matches!(byte, b' ' | b'\t' | b'\r')).map_or(0, |last| last + 1);
    (&line[..end], rest)
}
