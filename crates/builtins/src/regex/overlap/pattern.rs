//! Patterns of `.`, `[a-z]`, `+` and `*`, as lists of tokens.

use lictor_value::{effort, text};

/// How often a token stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeat {
    Once,
    /// `+`
    Some,
    /// `*`
    Any,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Character(char),
    /// Any character, also one of an empty set.
    Dot,
    /// Sorted ranges that neither overlap nor touch.
    Set(Vec<(u32, u32)>),
}

#[derive(Clone, Debug)]
pub(super) struct Token {
    kind: Kind,
    pub(super) repeat: Repeat,
}

impl Token {
    /// Whether one character fits both.
    pub(super) fn meets(&self, other: &Token) -> bool {
        match (&self.kind, &other.kind) {
            (Kind::Dot, _) | (_, Kind::Dot) => true,
            (Kind::Character(a), Kind::Character(b)) => a == b,
            (Kind::Character(c), Kind::Set(ranges)) | (Kind::Set(ranges), Kind::Character(c)) => {
                let c = u32::from(*c);
                let after = ranges.partition_point(|(first, _)| *first <= c);
                after > 0 && c <= ranges[after - 1].1
            }
            (Kind::Set(a), Kind::Set(b)) => {
                let (mut a, mut b) = (&a[..], &b[..]);
                while let ([(first, last), rest_a @ ..], [(from, to), rest_b @ ..]) = (a, b) {
                    if !effort::spend(0) {
                        return false;
                    }
                    if first.max(from) <= last.min(to) {
                        return true;
                    }
                    (a, b) = if last < to { (rest_a, b) } else { (a, rest_b) };
                }
                false
            }
        }
    }
}

/// Reads a pattern; of neighbours that repeat the same, one is left.
///
/// # Errors
/// What is wrong, and before which rune.
pub(super) fn parse(pattern: &[u8]) -> Result<Vec<Token>, String> {
    let runes: Vec<char> = text::runes(pattern).map(|(rune, _)| rune).collect();
    let mut reader = Reader { runes: &runes, at: 0 };
    let mut tokens: Vec<Token> = Vec::new();
    while let Some((rune, escaped)) = reader.next()? {
        let kind = match rune {
            _ if escaped => Kind::Character(rune),
            '.' => Kind::Dot,
            '[' => Kind::Set(reader.set()?),
            ']' => return reader.fail("set-close ']' with no preceding '['"),
            '+' | '*' => return reader.fail(&format!("flag '{rune}' must be preceded by a non-flag")),
            _ => Kind::Character(rune),
        };
        let repeat = reader.repeat()?;
        match tokens.last_mut() {
            Some(last) if repeat != Repeat::Once && last.repeat != Repeat::Once && last.kind == kind => {
                if repeat == Repeat::Some {
                    last.repeat = repeat;
                }
            }
            _ => tokens.push(Token { kind, repeat }),
        }
    }
    Ok(tokens)
}

struct Reader<'r> {
    runes: &'r [char],
    at: usize,
}

impl Reader<'_> {
    fn fail<T>(&self, why: &str) -> Result<T, String> {
        let pattern: String = self.runes.iter().collect();
        Err(format!("input:{pattern}, pos:{}, {why}: the input provided is invalid", self.at))
    }

    /// The next rune, and whether a backslash escapes it.
    fn next(&mut self) -> Result<Option<(char, bool)>, String> {
        match self.runes[self.at..] {
            [] => Ok(None),
            ['\\'] => self.fail(r"input ends with a \ (escape) character"),
            ['\\', rune, ..] => {
                self.at += 2;
                Ok(Some((rune, true)))
            }
            [rune, ..] => {
                self.at += 1;
                Ok(Some((rune, false)))
            }
        }
    }

    fn repeat(&mut self) -> Result<Repeat, String> {
        let before = self.at;
        match self.next()? {
            Some(('+', false)) => Ok(Repeat::Some),
            Some(('*', false)) => Ok(Repeat::Any),
            _ => {
                self.at = before;
                Ok(Repeat::Once)
            }
        }
    }

    /// What follows a `[`, up to and with its `]`.
    fn set(&mut self) -> Result<Vec<(u32, u32)>, String> {
        let mut ranges = Vec::new();
        let mut previous = None;
        loop {
            match self.next()? {
                None => return self.fail("found [ without matching ]"),
                Some((']', false)) => break,
                Some(('-', false)) => {
                    let Some(first) = previous.take() else {
                        return self.fail("range character '-' must be preceded by a Unicode character");
                    };
                    let last = self.range_end(first)?;
                    ranges.push((u32::from(first), u32::from(last)));
                }
                Some((rune, _)) => {
                    ranges.push((u32::from(rune), u32::from(rune)));
                    previous = Some(rune);
                }
            }
        }
        ranges.sort_unstable();
        let mut merged: Vec<(u32, u32)> = Vec::new();
        for (first, last) in ranges {
            match merged.last_mut() {
                Some(before) if first <= before.1.saturating_add(1) => before.1 = before.1.max(last),
                _ => merged.push((first, last)),
            }
        }
        Ok(merged)
    }

    fn range_end(&mut self, first: char) -> Result<char, String> {
        // A single rune after the dash could not be followed by the set's end.
        let ended = "range character '-' must be followed by a Unicode character";
        if self.at + 1 >= self.runes.len() {
            return self.fail(ended);
        }
        match self.next()? {
            None => self.fail(ended),
            Some((']' | '-', false)) => self.fail("range character '-' cannot be followed by a special symbol"),
            Some((last, _)) if last < first => {
                self.fail(&format!("range is out of order: '{last}' comes before '{first}' in Unicode"))
            }
            Some((last, _)) => Ok(last),
        }
    }
}
