//! Where events come from: JSON files, NDJSON, folders of both, standard input.
//!
//! A `.json` file is one event; `.ndjson` and `.jsonl` files hold one a line. Other files and standard input are looked
//! at: when the first line is a whole JSON value they are NDJSON, otherwise one event. Reading is bounded: an event larger
//! than the limit is skipped and reported, never held.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// Where events come from.
pub(crate) enum Source {
    /// A file.
    File(PathBuf),
    /// Standard input.
    Stdin,
}

/// One event, or why there is none.
pub(crate) struct Item<'b> {
    /// Its line in the source, from 1.
    pub(crate) line: u64,
    /// Its bytes.
    pub(crate) event: Result<&'b [u8], TooLarge>,
}

/// An event larger than the limit.
pub(crate) struct TooLarge {
    /// The limit, in bytes.
    pub(crate) limit: usize,
}

impl Source {
    /// What messages call it.
    pub(crate) fn name(&self) -> String {
        match self {
            Source::File(path) => path.display().to_string(),
            Source::Stdin => "-".to_owned(),
        }
    }

    /// Its size in bytes, where that is known beforehand.
    pub(crate) fn size(&self) -> Option<u64> {
        match self {
            Source::File(path) => std::fs::metadata(path).ok().filter(|m| m.is_file()).map(|m| m.len()),
            Source::Stdin => None,
        }
    }

    /// The sources that arguments name: files as they are, folders' event files by name, `-` for standard input.
    pub(crate) fn find(arguments: &[PathBuf]) -> io::Result<Vec<Source>> {
        let mut found = Vec::new();
        for path in arguments {
            if path.as_os_str() == "-" {
                found.push(Source::Stdin);
            } else if path.is_dir() {
                let before = found.len();
                folder(path, &mut found, 0)?;
                if found.len() == before {
                    let message =
                        format!("{}: no event here; events are .json, .ndjson or .jsonl files", path.display());
                    return Err(io::Error::new(io::ErrorKind::NotFound, message));
                }
            } else {
                std::fs::metadata(path).map_err(|e| io::Error::new(e.kind(), format!("{}: {e}", path.display())))?;
                found.push(Source::File(path.clone()));
            }
        }
        Ok(found)
    }

    /// Hands every event to `each`, and after each one how many bytes were read so far.
    pub(crate) fn read(&self, limit: usize, each: &mut dyn FnMut(Item<'_>, u64)) -> io::Result<()> {
        match self {
            Source::Stdin => read(&mut io::stdin().lock(), None, limit, each),
            Source::File(path) => {
                let extension = path.extension().and_then(|e| e.to_str());
                let lines = match extension {
                    Some("json") => Some(false),
                    Some("ndjson" | "jsonl") => Some(true),
                    _ => None,
                };
                let mut file = BufReader::with_capacity(1 << 18, File::open(path)?);
                read(&mut file, lines, limit, each)
            }
        }
    }
}

/// Folders deeper than this are not searched: a link that leads back up would have no end.
const DEEPEST: u32 = 64;

fn folder(path: &Path, found: &mut Vec<Source>, depth: u32) -> io::Result<()> {
    let mut below: Vec<PathBuf> = std::fs::read_dir(path)?.map(|e| e.map(|e| e.path())).collect::<Result<_, _>>()?;
    below.sort();
    for path in below {
        let is_event = path.extension().is_some_and(|e| e == "json" || e == "ndjson" || e == "jsonl");
        if path.is_dir() && depth < DEEPEST {
            folder(&path, found, depth + 1)?;
        } else if is_event {
            found.push(Source::File(path));
        }
    }
    Ok(())
}

fn read(
    from: &mut dyn BufRead,
    lines: Option<bool>,
    limit: usize,
    each: &mut dyn FnMut(Item<'_>, u64),
) -> io::Result<()> {
    let mut first = Vec::new();
    let mut taken = line(from, &mut first, limit)?;
    let lines = lines.unwrap_or_else(|| serde_json::from_slice::<serde::de::IgnoredAny>(&first).is_ok());
    if !lines {
        let within = (limit + 1).saturating_sub(first.len());
        taken += from.take(within as u64).read_to_end(&mut first)? as u64;
        let event = if first.len() > limit { Err(TooLarge { limit }) } else { Ok(first.as_slice()) };
        each(Item { line: 1, event }, taken);
        return Ok(());
    }
    let (mut number, mut read) = (1, taken);
    while taken > 0 {
        let text = first.trim_ascii();
        if text.len() > limit {
            each(Item { line: number, event: Err(TooLarge { limit }) }, read);
        } else if !text.is_empty() {
            each(Item { line: number, event: Ok(text) }, read);
        }
        first.clear();
        taken = line(from, &mut first, limit)?;
        read += taken;
        number += 1;
    }
    Ok(())
}

/// Reads a line; of one longer than the limit only what shows that it is. Returns the bytes consumed, 0 at the end.
fn line(from: &mut dyn BufRead, into: &mut Vec<u8>, limit: usize) -> io::Result<u64> {
    let mut taken = from.take(limit as u64 + 2).read_until(b'\n', into)? as u64;
    while into.len() > limit && into.last() != Some(&b'\n') {
        let rest = from.fill_buf()?;
        if rest.is_empty() {
            break;
        }
        let end = rest.iter().position(|b| *b == b'\n');
        let used = end.map_or(rest.len(), |at| at + 1);
        from.consume(used);
        taken += used as u64;
        if end.is_some() {
            break;
        }
    }
    Ok(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(text: &str, lines: Option<bool>, limit: usize) -> Vec<(u64, Option<String>)> {
        let mut all = Vec::new();
        let mut from = text.as_bytes();
        read(&mut from, lines, limit, &mut |item, _| {
            all.push((item.line, item.event.ok().map(|e| String::from_utf8_lossy(e).into_owned())));
        })
        .unwrap();
        all
    }

    #[test]
    fn lines_keep_their_numbers_and_blank_ones_are_passed_over() {
        let expected = [(1, Some("{}".to_owned())), (3, Some("{\"a\":1}".to_owned()))];
        assert_eq!(items("{}\n\n{\"a\":1}\r\n", None, 100), expected);
    }

    #[test]
    fn a_document_over_several_lines_is_one_event() {
        assert_eq!(items("{\n\"a\":\n1}\n", None, 100), [(1, Some("{\n\"a\":\n1}\n".to_owned()))]);
    }

    #[test]
    fn an_event_past_the_limit_is_refused_and_the_next_one_read() {
        let text = format!("{}\n{{}}\n", "x".repeat(50_000));
        assert_eq!(items(&text, Some(true), 10), [(1, None), (2, Some("{}".to_owned()))]);
        assert_eq!(items("123456", Some(false), 5), [(1, None)]);
    }

    #[test]
    fn nothing_at_all_is_no_event_in_lines_and_an_empty_one_otherwise() {
        assert_eq!(items("", Some(true), 10), []);
        assert_eq!(items("", Some(false), 10), [(1, Some(String::new()))]);
    }
}
