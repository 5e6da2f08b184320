//! PEM: base64 between a line that begins a block and one that ends it.
//!
//! It finds the blocks that Go's `encoding/pem` finds: text around blocks is skipped, and so is what looks like a block and
//! is none. Headers are read over; nothing here is decrypted.

use crate::encoding;

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"\n-----END ";
const DASHES: &[u8] = b"-----";

/// What a PEM block holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    /// What it is: `CERTIFICATE`.
    pub(crate) label: Vec<u8>,
    pub(crate) bytes: Vec<u8>,
}

/// The first block, and what follows it.
pub(crate) fn decode(data: &[u8]) -> Option<(Block, &[u8])> {
    let mut rest = data;
    loop {
        // The first line that ends a block, and the last one before it that begins one: blocks that do not end are skipped.
        let end = find(rest, END)?;
        let after_end = &rest[end + END.len()..];
        let begin = rfind(&rest[..end], BEGIN);
        if let Some(begin) = begin.filter(|begin| *begin == 0 || rest[*begin - 1] == b'\n')
            && let Some(found) = block(&rest[begin + BEGIN.len()..], after_end.len())
        {
            return found;
        }
        rest = after_end;
    }
}

/// The block that begins here, whose end's label has so many bytes from its first to the last of all. `None` where the block
/// is none, `Some(None)` where nothing after it can be one.
#[expect(clippy::option_option, reason = "a block that is none, and the end of all blocks, are two things")]
fn block(text: &[u8], end_label: usize) -> Option<Option<(Block, &[u8])>> {
    // Both may lie before the text once its first lines are read: the end of the block, and its label.
    let end_at = |rest: &[u8]| rest.len() as isize - end_label as isize - END.len() as isize;
    let (line, mut rest) = line(text);
    let label = line.strip_suffix(DASHES)?;
    let mut headers = false;
    loop {
        if rest.is_empty() {
            return Some(None);
        }
        let (header, next) = self::line(rest);
        if !header.contains(&b':') {
            break;
        }
        headers = true;
        rest = next;
    }
    let end = end_at(rest);
    if headers && end < 0 {
        // The headers reach into the line that should end the block, or even beyond it.
        return (end + (END.len() as isize) < 0).then_some(None);
    }
    let after_label = rest.get(rest.len().checked_sub(end_label)?..)?.strip_prefix(label)?.strip_prefix(DASHES)?;
    if !self::line(after_label).0.is_empty() {
        return None;
    }
    let body: Vec<u8> = rest[..usize::try_from(end).unwrap_or(0)]
        .iter()
        .copied()
        .filter(|byte| !matches!(byte, b' ' | b'\t'))
        .collect();
    let bytes = encoding::decode(&body, encoding::STANDARD).ok()?;
    let (_, after) = self::line(after_label);
    Some(Some((Block { label: label.to_vec(), bytes }, after)))
}

/// The first line without the white space at its end, and what follows it.
fn line(text: &[u8]) -> (&[u8], &[u8]) {
    let (line, rest) = match text.iter().position(|byte| *byte == b'\n') {
        Some(at) => (text[..at].strip_suffix(b"\r").unwrap_or(&text[..at]), &text[at + 1..]),
        None => (text, &b""[..]),
    };
    let end = line.iter().rposition(|byte| !matches!(byte, b' ' | b'\t')).map_or(0, |at| at + 1);
    (&line[..end], rest)
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    memchr::memmem::find(text, what)
}

fn rfind(text: &[u8], what: &[u8]) -> Option<usize> {
    memchr::memmem::rfind(text, what)
}

#[cfg(test)]
mod tests {
    use super::decode;

    fn labels(mut text: &[u8]) -> Vec<String> {
        let mut labels = Vec::new();
        while let Some((block, rest)) = decode(text) {
            labels.push(format!("{}:{}", String::from_utf8_lossy(&block.label), String::from_utf8_lossy(&block.bytes)));
            text = rest;
        }
        labels
    }

    #[test]
    fn blocks_stand_among_text() {
        let text = b"hello\n-----BEGIN A-----\r\nMTIz\r\n-----END A-----\r\nbetween\n-----BEGIN B-----\nK: v\n\nMT Iz\nNA==\n-----END B----- \t";
        assert_eq!(labels(text), ["A:123", "B:1234"]);
        assert_eq!(labels(b"-----BEGIN A-----\n-----END A-----"), ["A:"]);
        assert_eq!(labels(b"-----BEGIN -----\nMTIz\n-----END -----"), [":123"]);
    }

    #[test]
    fn what_is_no_block_is_skipped() {
        let good = "-----BEGIN A-----\nMTIz\n-----END A-----\n";
        for bad in [
            "-----BEGIN A-----\nMT\n-----END A-----\n",
            "-----BEGIN A-----\nMTIz\n-----END B-----\n",
            "-----BEGIN A-----\nMTIz\n-----END A----- x\n",
            "-----BEGIN A\nMTIz\n-----END A-----\n",
            "-----BEGIN A-----\n",
            "x-----BEGIN A-----\nMTIz\n-----END A-----\n",
            "-----BEGIN A-----\nMTIz-----END A-----\n",
        ] {
            assert_eq!(labels((bad.to_owned() + good).as_bytes()), ["A:123"], "{bad}");
        }
        assert!(labels(b"-----END A-----").is_empty() && labels(b"").is_empty() && labels(b"\n-----END ").is_empty());
    }
}
