//! Where events come from: JSON files, NDJSON, folders of both, standard input.
//!
//! A `.json` file is one event; `.ndjson` and `.jsonl` files hold one a line. Other files and standard input are looked
//! at: when the first line is a whole JSON value they are NDJSON, otherwise one event. Events are read in groups: the lines
//! that one read of the system gives, so that nothing waits for what has not been written yet. Reading is bounded: an event
//! larger than the limit is skipped and reported, never held.

use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Where events come from.
pub(crate) enum Source {
    /// A file.
    File(PathBuf),
    /// Standard input.
    Stdin,
}

/// Events that were read together.
pub(crate) struct Group {
    /// What messages call the source.
    pub(crate) source: Arc<str>,
    /// How many bytes were read of all sources so far.
    pub(crate) read: u64,
    bytes: Vec<u8>,
    events: Vec<(u64, Result<Range<usize>, TooLarge>)>,
    spare: Spare,
}

/// One event, or why there is none.
pub(crate) struct Item<'b> {
    /// Its line in the source, from 1.
    pub(crate) line: u64,
    /// Its bytes.
    pub(crate) event: Result<&'b [u8], TooLarge>,
}

/// An event larger than the limit.
#[derive(Clone, Copy)]
pub(crate) struct TooLarge {
    /// The limit, in bytes.
    pub(crate) limit: usize,
}

/// Buffers of groups that are done, for those to come.
type Spare = Arc<Mutex<Vec<Vec<u8>>>>;

impl Source {
    /// What messages call it.
    fn name(&self) -> String {
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

    fn open(&self) -> io::Result<Open> {
        let (from, lines): (Box<dyn Read + Send>, _) = match self {
            Source::Stdin => (Box::new(io::stdin()), None),
            Source::File(path) => {
                let lines = match path.extension().and_then(|e| e.to_str()) {
                    Some("json") => Some(false),
                    Some("ndjson" | "jsonl") => Some(true),
                    _ => None,
                };
                (Box::new(File::open(path)?), lines)
            }
        };
        Ok(Open::new(self.name(), from, lines))
    }
}

impl Group {
    /// The events, in order.
    pub(crate) fn items(&self) -> impl Iterator<Item = Item<'_>> {
        let item = |(line, event): &(u64, Result<Range<usize>, TooLarge>)| Item {
            line: *line,
            event: event.clone().map(|at| &self.bytes[at]),
        };
        self.events.iter().map(item)
    }
}

/// Buffers that grew past this for one large event are given back to the system.
const SPARE_BYTES: usize = 1 << 20;

impl Drop for Group {
    fn drop(&mut self) {
        if self.bytes.len() <= SPARE_BYTES {
            self.spare.lock().unwrap_or_else(PoisonError::into_inner).push(std::mem::take(&mut self.bytes));
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

/// All groups of events of some sources, one source after the other. An error ends its source, and says which.
pub(crate) struct Groups {
    sources: std::vec::IntoIter<Source>,
    open: Option<Open>,
    limit: usize,
    read: u64,
    spare: Spare,
}

impl Groups {
    /// The groups of these sources; no event may be larger than `limit`.
    pub(crate) fn new(sources: Vec<Source>, limit: usize) -> Self {
        Groups { sources: sources.into_iter(), open: None, limit, read: 0, spare: Spare::default() }
    }
}

impl Iterator for Groups {
    type Item = Result<Group, String>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let open = match &mut self.open {
                Some(open) => open,
                None => {
                    let source = self.sources.next()?;
                    match source.open() {
                        Ok(open) => self.open.insert(open),
                        Err(error) => return Some(Err(format!("{}: {error}", source.name()))),
                    }
                }
            };
            let bytes = self.spare.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
            let mut group =
                Group { source: open.name.clone(), read: 0, bytes, events: Vec::new(), spare: self.spare.clone() };
            let result = open.fill(&mut group.bytes, &mut group.events, self.limit);
            self.read += std::mem::take(&mut open.taken);
            group.read = self.read;
            if let Err(error) = result {
                let message = format!("{}: {error}", open.name);
                self.open = None;
                return Some(Err(message));
            }
            if open.ended {
                self.open = None;
            }
            if !group.events.is_empty() {
                return Some(Ok(group));
            }
        }
    }
}

/// How much is asked of the system at a time: what a pipe holds, and what a processor's own cache holds easily.
const READ: usize = 1 << 16;

/// A source that is being read.
struct Open {
    name: Arc<str>,
    from: Box<dyn Read + Send>,
    /// Whether each line is an event; `None` until the first one is seen.
    lines: Option<bool>,
    /// The beginning of a line whose end is not read yet.
    begun: Vec<u8>,
    /// Whether that line is too large already, and the rest of it passed over.
    skipping: bool,
    /// The number of the next line.
    line: u64,
    /// Bytes read since that was last asked.
    taken: u64,
    ended: bool,
}

impl Open {
    fn new(name: String, from: Box<dyn Read + Send>, lines: Option<bool>) -> Self {
        let name = name.into();
        Open { name, from, lines, begun: Vec::new(), skipping: false, line: 1, taken: 0, ended: false }
    }

    /// Reads until there is an event, or the end. `bytes` may hold anything before, and holds the events afterwards.
    fn fill(
        &mut self,
        bytes: &mut Vec<u8>,
        events: &mut Vec<(u64, Result<Range<usize>, TooLarge>)>,
        limit: usize,
    ) -> io::Result<()> {
        let mut filled = self.begun.len();
        if bytes.len() < filled {
            bytes.resize(filled, 0);
        }
        bytes[..filled].copy_from_slice(&self.begun);
        self.begun.clear();
        // Up to here there is no line's end, and what stands before the first event's line.
        let (mut searched, mut start) = (filled, 0);
        while events.is_empty() && !self.ended {
            if bytes.len() < filled + READ {
                bytes.resize(filled + READ, 0);
            }
            let read = match self.from.read(&mut bytes[filled..filled + READ]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                read => read?,
            };
            self.taken += read as u64;
            self.ended = read == 0;
            filled += read;
            if self.lines.is_none() {
                let first = memchr::memchr(b'\n', &bytes[..filled]);
                if first.is_some() || self.ended || filled > limit {
                    let line = &bytes[..first.unwrap_or(filled)];
                    let whole = line.len() <= limit && serde_json::from_slice::<serde::de::IgnoredAny>(line).is_ok();
                    self.lines = Some(whole);
                }
            }
            match self.lines {
                None => {}
                Some(false) => {
                    // More than the limit is not read: nobody needs it.
                    self.ended |= filled > limit;
                    if self.ended {
                        events.push((1, if filled > limit { Err(TooLarge { limit }) } else { Ok(0..filled) }));
                    }
                }
                Some(true) => {
                    for end in memchr::memchr_iter(b'\n', &bytes[searched..filled]) {
                        self.end_line(bytes, start..searched + end, limit, events);
                        start = searched + end + 1;
                    }
                    if self.ended {
                        self.end_line(bytes, start..filled, limit, events);
                        start = filled;
                    } else if self.skipping || filled - start > limit.saturating_add(READ) {
                        // Whatever comes, this line is too large.
                        self.skipping = true;
                        filled = start;
                    }
                    searched = filled;
                }
            }
        }
        if !self.ended {
            self.begun.extend_from_slice(&bytes[start..filled]);
        }
        Ok(())
    }

    /// A line stands at `at`, or the last part of one that is passed over.
    fn end_line(
        &mut self,
        bytes: &[u8],
        at: Range<usize>,
        limit: usize,
        events: &mut Vec<(u64, Result<Range<usize>, TooLarge>)>,
    ) {
        let text = bytes[at.clone()].trim_ascii_start();
        let start = at.end - text.len();
        let text = text.trim_ascii_end();
        let skipped = std::mem::take(&mut self.skipping);
        if skipped || text.len() > limit || at.len() > limit.saturating_add(READ) {
            events.push((self.line, Err(TooLarge { limit })));
        } else if !text.is_empty() {
            events.push((self.line, Ok(start..start + text.len())));
        }
        self.line += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives a text in pieces of a few bytes, as a slow pipe does.
    struct Trickle(io::Cursor<Vec<u8>>, usize);

    impl Read for Trickle {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let size = self.1.min(into.len());
            self.0.read(&mut into[..size])
        }
    }

    /// The groups of a text that comes `piece` bytes at a time.
    fn groups(text: &str, lines: Option<bool>, limit: usize, piece: usize) -> Vec<Vec<(u64, Option<String>)>> {
        let mut groups = Groups::new(vec![], limit);
        groups.open = Some(Open::new("x".to_owned(), Box::new(Trickle(io::Cursor::new(text.into()), piece)), lines));
        let said = |item: Item<'_>| (item.line, item.event.ok().map(|e| String::from_utf8_lossy(e).into_owned()));
        groups.map(|group| group.unwrap_or_else(|e| panic!("{e}")).items().map(said).collect()).collect()
    }

    fn items(text: &str, lines: Option<bool>, limit: usize) -> Vec<(u64, Option<String>)> {
        let all = groups(text, lines, limit, 1 << 20).concat();
        for piece in [1, 2, 3, 7, 64, 1000] {
            assert_eq!(groups(text, lines, limit, piece).concat(), all, "{piece} bytes at a time");
        }
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
        for long in [11, 50_000, 300_000] {
            let text = format!("{}\n{{}}\n", "x".repeat(long));
            assert_eq!(items(&text, Some(true), 10), [(1, None), (2, Some("{}".to_owned()))]);
        }
        assert_eq!(items("123456", Some(false), 5), [(1, None)]);
        assert_eq!(items("123456", None, 5), [(1, None)]);
    }

    #[test]
    fn nothing_at_all_is_no_event_in_lines_and_an_empty_one_otherwise() {
        assert_eq!(items("", Some(true), 10), []);
        assert_eq!(items("", Some(false), 10), [(1, Some(String::new()))]);
    }

    #[test]
    fn a_line_is_an_event_as_soon_as_it_is_there() {
        let one_by_one = groups("{}\n[]\n1", None, 100, 3);
        let expected = [(1, "{}"), (2, "[]"), (3, "1")].map(|(line, text)| vec![(line, Some(text.to_owned()))]);
        assert_eq!(one_by_one, expected);
    }
}
