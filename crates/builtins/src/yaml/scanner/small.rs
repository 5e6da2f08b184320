//! Directives, anchors, aliases and tags.

use super::super::token::{Kind, Mark};
use super::{Scanner, Step, ends_word, is_blank, is_break, is_end_or_break, is_word};
use lictor_value::text::lossy;

/// How many digits a number in `%YAML 1.1` may have.
const VERSION_DIGITS: usize = 2;

impl Scanner<'_> {
    pub(super) fn directive(&mut self) -> Step<()> {
        let start = self.mark;
        self.skip();
        let name = self.word();
        if name.is_empty() {
            return self.fail(start, "could not find expected directive name");
        }
        if !ends_word(self.here()) {
            return self.fail(start, "found unexpected non-alphabetical character");
        }
        let kind = match &name[..] {
            "YAML" => {
                self.skip_blanks();
                let major = self.version_number(start)?;
                if self.here() != '.' {
                    return self.fail(start, "did not find expected digit or '.' character");
                }
                self.skip();
                Kind::Version(major, self.version_number(start)?)
            }
            "TAG" => self.tag_directive(start)?,
            _ => return self.fail(start, "found unknown directive name"),
        };
        self.push(kind, start);
        self.skip_blanks();
        if self.here() == '#' {
            self.skip_to_line_end();
        }
        if !is_end_or_break(self.here()) {
            return self.fail(start, "did not find expected comment or line break");
        }
        if is_break(self.here()) {
            self.skip_break();
        }
        Ok(())
    }

    fn word(&mut self) -> String {
        let mut word = String::new();
        while is_word(self.here()) {
            self.read(&mut word);
        }
        word
    }

    fn version_number(&mut self, start: Mark) -> Step<u8> {
        let mut digits = String::new();
        while self.here().is_ascii_digit() {
            if digits.len() == VERSION_DIGITS {
                return self.fail(start, "found extremely long version number");
            }
            self.read(&mut digits);
        }
        match digits.parse() {
            Ok(number) => Ok(number),
            Err(_) => self.fail(start, "did not find expected version number"),
        }
    }

    fn tag_directive(&mut self, start: Mark) -> Step<Kind> {
        self.skip_blanks();
        let handle = self.tag_handle(start, true)?;
        if !is_blank(self.here()) {
            return self.fail(start, "did not find expected whitespace");
        }
        self.skip_blanks();
        let prefix = self.tag_uri(start, None)?;
        if !ends_word(self.here()) {
            return self.fail(start, "did not find expected whitespace or line break");
        }
        Ok(Kind::TagDirective { handle, prefix })
    }

    pub(super) fn anchor(&mut self, alias: bool) -> Step<()> {
        let start = self.mark;
        self.skip();
        let name = self.word();
        let c = self.here();
        if name.is_empty() || !(ends_word(c) || "?:,]}%@`".contains(c)) {
            return self.fail(start, "did not find expected alphabetic or numeric character");
        }
        self.push(if alias { Kind::Alias(name) } else { Kind::Anchor(name) }, start);
        Ok(())
    }

    pub(super) fn tag(&mut self) -> Step<()> {
        let start = self.mark;
        let (mut handle, mut suffix);
        if self.at(1) == '<' {
            self.skip();
            self.skip();
            handle = String::new();
            suffix = self.tag_uri(start, None)?;
            if self.here() != '>' {
                return self.fail(start, "did not find the expected '>'");
            }
            self.skip();
        } else {
            handle = self.tag_handle(start, false)?;
            if handle.len() > 1 && handle.ends_with('!') {
                suffix = self.tag_uri(start, None)?;
            } else {
                suffix = self.tag_uri(start, Some(&handle))?;
                handle = "!".into();
                if suffix.is_empty() {
                    std::mem::swap(&mut handle, &mut suffix);
                }
            }
        }
        if !ends_word(self.here()) {
            return self.fail(start, "did not find expected whitespace or line break");
        }
        self.push(Kind::Tag { handle, suffix }, start);
        Ok(())
    }

    /// `!`, `!!` or `!name!`; before a suffix also `!name`.
    fn tag_handle(&mut self, start: Mark, directive: bool) -> Step<String> {
        let missing = "did not find expected '!'";
        if self.here() != '!' {
            return self.fail(start, missing);
        }
        self.skip();
        let mut handle = format!("!{}", self.word());
        if self.here() == '!' {
            self.read(&mut handle);
        } else if directive && handle != "!" {
            return self.fail(start, missing);
        }
        Ok(handle)
    }

    /// The rest of a tag; `head` is what was taken for its handle and is its beginning.
    fn tag_uri(&mut self, start: Mark, head: Option<&str>) -> Step<String> {
        let mut uri: Vec<u8> = head.map_or_else(Vec::new, |head| head.as_bytes()[1..].to_vec());
        let mut any = head.is_some();
        loop {
            match self.here() {
                '%' => self.escaped(start, &mut uri)?,
                c if is_word(c) || ";/?:@&=+$,.!~*'()[]".contains(c) => {
                    uri.push(c as u8);
                    self.skip();
                }
                _ => break,
            }
            any = true;
        }
        if any { Ok(lossy(&uri).into_owned()) } else { self.fail(start, "did not find expected tag URI") }
    }

    /// A character as the escapes of its bytes.
    fn escaped(&mut self, start: Mark, to: &mut Vec<u8>) -> Step<()> {
        let mut left = None;
        while left != Some(0) {
            let digit = |further: usize| self.at(further).to_digit(16).map(|digit| digit as u8);
            let (true, Some(high), Some(low)) = (self.here() == '%', digit(1), digit(2)) else {
                return self.fail(start, "did not find URI escaped octet");
            };
            let byte = high << 4 | low;
            left = Some(match (left, byte) {
                (None, 0..0x80) => 0,
                (None, 0xc0..0xe0) => 1,
                (None, 0xe0..0xf0) => 2,
                (None, 0xf0..0xf8) => 3,
                (None, _) => return self.fail(start, "found an incorrect leading UTF-8 octet"),
                (Some(left), 0x80..0xc0) => left - 1,
                (Some(_), _) => return self.fail(start, "found an incorrect trailing UTF-8 octet"),
            });
            to.push(byte);
            for _ in 0..3 {
                self.skip();
            }
        }
        Ok(())
    }
}
