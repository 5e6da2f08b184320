//! How a scalar is written so that it reads back as it was.

use super::super::scalar;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    /// `'it''s'`
    Single,
    /// `"a\tb"`
    Double,
    /// `|` and the lines, indented.
    Literal,
}

/// The style that a text would best have.
pub(super) fn wanted(text: &str) -> Style {
    if text.contains('\n') {
        Style::Literal
    } else if scalar::tag_of(text) == scalar::STRING && !is_old_boolean(text) && !is_base_60(text) {
        Style::Plain
    } else {
        Style::Double
    }
}

/// What YAML 1.1 took for booleans.
fn is_old_boolean(text: &str) -> bool {
    const WORDS: [&str; 22] = [
        "y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "n", "N", "no", "No", "NO", "off", "Off", "OFF", "true",
        "True", "TRUE", "false", "False", "FALSE",
    ];
    WORDS.contains(&text)
}

/// What YAML 1.1 took for numbers of hours, minutes and seconds: `1:30`, `190:20:30.5`.
fn is_base_60(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits_or_lines = |part: &str| part.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    let below_60 = |part: &str| match part.as_bytes() {
        [ones] => ones.is_ascii_digit(),
        [tens, ones] => matches!(tens, b'0'..=b'5') && ones.is_ascii_digit(),
        _ => false,
    };
    let mut parts = whole.split(':');
    let first = parts.next().unwrap_or("");
    let begins = first.starts_with(|c: char| c.is_ascii_digit()) && digits_or_lines(first);
    let mut others = parts.peekable();
    begins && others.peek().is_some() && others.all(below_60) && digits_or_lines(fraction)
}

pub(super) fn is_break(c: char) -> bool {
    matches!(c, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Whether Go writes a character as it is: none beyond the Basic Multilingual Plane.
pub(super) fn is_printable(c: char) -> bool {
    match c {
        '\n' | ' '..='~' => true,
        '\u{feff}' | '\u{fffe}' | '\u{ffff}' => false,
        _ => ('\u{a0}'..'\u{1_0000}').contains(&c),
    }
}

/// The escape of a character in double quotes.
pub(super) fn escape(c: char) -> String {
    let letter = match c {
        '\0' => '0',
        '\x07' => 'a',
        '\x08' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\x0b' => 'v',
        '\x0c' => 'f',
        '\r' => 'r',
        '\x1b' => 'e',
        '"' | '\\' => c,
        '\u{85}' => 'N',
        '\u{a0}' => '_',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        _ => {
            let code = u32::from(c);
            return match code {
                0..=0xff => format!("\\x{code:02X}"),
                0x100..=0xffff => format!("\\u{code:04X}"),
                _ => format!("\\U{code:08X}"),
            };
        }
    };
    format!("\\{letter}")
}

/// Which styles a text can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Analysis {
    pub(super) multiline: bool,
    plain: bool,
    single: bool,
    literal: bool,
}

impl Analysis {
    pub(super) fn of(text: &str) -> Self {
        let blank = |c: &char| matches!(c, ' ' | '\t');
        let ends = |c: Option<&char>| c.is_none_or(blank);
        let mut found = Analysis {
            multiline: false,
            plain: !(text.starts_with("---") || text.starts_with("...")),
            single: true,
            literal: !text.is_empty(),
        };
        let (mut after_blank, mut after_space, mut after_break) = (true, false, false);
        let mut characters = text.chars().peekable();
        let mut first = true;
        while let Some(c) = characters.next() {
            let next = characters.peek();
            let sign = if first {
                ",[]{}#&*!|>'\"%@`".contains(c) || "?:-".contains(c) && ends(next)
            } else {
                c == ':' && ends(next) || c == '#' && after_blank
            };
            let (space, breaks) = (c == ' ', is_break(c));
            let special = c != '\t' && !is_printable(c);
            found.plain &= !(sign || c == '\t' || special || breaks);
            found.plain &= !((first || next.is_none()) && (space || breaks));
            found.single &= !(c == '\t' || special || space && after_break || breaks && after_space);
            found.literal &= !(special || breaks && after_space || space && next.is_none());
            found.multiline |= breaks;
            (after_space, after_break, after_blank) = (space, breaks, blank(&c) || breaks);
            first = false;
        }
        found.plain &= found.single;
        found
    }

    /// The style that is wanted, or the nearest one that is possible.
    pub(super) fn style(self, wanted: Style, simple_key: bool) -> Style {
        match wanted {
            _ if simple_key && self.multiline => Style::Double,
            Style::Plain if self.plain => Style::Plain,
            Style::Plain | Style::Single if self.single => Style::Single,
            Style::Literal if self.literal && !simple_key => Style::Literal,
            _ => Style::Double,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_day_are_told_from_words() {
        for text in ["1:30", "-1_0:05", "190:20:30.5_"] {
            assert!(is_base_60(text), "{text}");
        }
        for text in ["1", "1:60", "1:", ":30", "1:2:x", "1:30.x", "_1:30"] {
            assert!(!is_base_60(text), "{text}");
        }
    }

    #[test]
    fn a_text_has_the_lightest_style_that_keeps_it() {
        let style = |text: &str| Analysis::of(text).style(wanted(text), false);
        for text in ["a", "a b", "a:b", "a#b", "-a", "?x", "it's", "é"] {
            assert_eq!(style(text), Style::Plain, "{text}");
        }
        for text in [" a", "a ", "a: b", "a #b", "- a", "[a", "'a'", "---", "x:"] {
            assert_eq!(style(text), Style::Single, "{text}");
        }
        for text in ["no", "1", "", "~", "a\tb", "\r", "😀", "2020-02-02", " \n"] {
            assert_eq!(style(text), Style::Double, "{text}");
        }
        for text in ["a\nb", "\n", "  a\n"] {
            assert_eq!(style(text), Style::Literal, "{text}");
        }
    }
}
