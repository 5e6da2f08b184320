//! Flags, width and precision, and what they do to integers and strings: Go's `fmt/format.go`.

use lictor_value::text;

/// What stands between `%` and the verb.
#[derive(Clone, Copy, Default)]
pub(crate) struct Layout {
    /// The least number of runes.
    pub(super) width: Option<usize>,
    /// Digits, or the most runes of a string.
    pub(super) precision: Option<usize>,
    pub(super) sharp: bool,
    pub(super) zero: bool,
    pub(super) plus: bool,
    pub(super) minus: bool,
    pub(super) space: bool,
    /// `%#v`
    pub(super) go_syntax: bool,
    /// `%+v`
    pub(super) plus_syntax: bool,
}

const LOWER: &[u8; 16] = b"0123456789abcdef";
const UPPER: &[u8; 16] = b"0123456789ABCDEF";

impl Layout {
    /// At most how many bytes width and precision add.
    pub(super) fn room(&self) -> usize {
        self.width.unwrap_or(0) + self.precision.unwrap_or(0)
    }

    /// Fills up: with zeros where they are asked for and stand on the left.
    pub(super) fn fill(&self, count: usize, to: &mut Vec<u8>) {
        let byte = if self.zero && !self.minus { b'0' } else { b' ' };
        to.resize(to.len() + count, byte);
    }

    /// Writes text as wide as asked.
    pub(super) fn padded(&self, bytes: &[u8], to: &mut Vec<u8>) {
        let Some(width) = self.width.filter(|width| *width > 0) else { return to.extend_from_slice(bytes) };
        let missing = width.saturating_sub(text::count_runes(bytes));
        if !self.minus {
            self.fill(missing, to);
        }
        to.extend_from_slice(bytes);
        if self.minus {
            self.fill(missing, to);
        }
    }

    /// Writes a string, cut to the precision, as wide as asked.
    pub(super) fn text(&self, string: &[u8], to: &mut Vec<u8>) {
        self.padded(self.truncated(string), to);
    }

    /// A string's runes up to the precision.
    pub(super) fn truncated<'t>(&self, string: &'t [u8]) -> &'t [u8] {
        match self.precision {
            None => string,
            Some(runes) => {
                let length: usize = text::runes(string).take(runes).map(|(_, size)| size).sum();
                &string[..length]
            }
        }
    }

    /// Writes a string's bytes in hexadecimal.
    pub(super) fn hex(&self, string: &[u8], upper: bool, to: &mut Vec<u8>) {
        let digits = if upper { UPPER } else { LOWER };
        let prefix = [b'0', if upper { b'X' } else { b'x' }];
        let string = &string[..self.precision.unwrap_or(string.len()).min(string.len())];
        let mut hex = Vec::with_capacity(string.len() * 5);
        for (at, byte) in string.iter().enumerate() {
            if self.space && at > 0 {
                hex.push(b' ');
            }
            if self.sharp && (self.space || at == 0) {
                hex.extend_from_slice(&prefix);
            }
            hex.extend_from_slice(&[digits[usize::from(byte >> 4)], digits[usize::from(byte & 15)]]);
        }
        self.padded(&hex, to);
    }

    /// Writes an integer.
    pub(super) fn integer(&self, magnitude: u64, negative: bool, base: u64, upper: bool, to: &mut Vec<u8>) {
        self.integer_as(magnitude, negative, base, upper, false, to);
    }

    /// Writes an integer, with `0o` before octal digits where `octal` asks for it.
    pub(super) fn integer_as(
        &self,
        mut magnitude: u64,
        negative: bool,
        base: u64,
        upper: bool,
        octal: bool,
        to: &mut Vec<u8>,
    ) {
        let blank = Layout { zero: false, ..*self };
        let signed = negative || self.plus || self.space;
        let least = match (self.precision, self.width) {
            (Some(0), _) if magnitude == 0 => return blank.fill(self.width.unwrap_or(0), to),
            (Some(precision), _) => precision,
            (None, Some(width)) if self.zero && !self.minus => width.saturating_sub(usize::from(signed)),
            _ => 0,
        };
        // From the last digit to the first.
        let digits = if upper { UPPER } else { LOWER };
        let mut back = Vec::with_capacity(24);
        loop {
            back.push(digits[(magnitude % base) as usize]);
            magnitude /= base;
            if magnitude == 0 {
                break;
            }
        }
        back.resize(back.len().max(least), b'0');
        if self.sharp {
            match base {
                2 => back.extend_from_slice(b"b0"),
                8 if back.last() != Some(&b'0') => back.push(b'0'),
                16 => back.extend_from_slice(if upper { b"X0" } else { b"x0" }),
                _ => {}
            }
        }
        if octal {
            back.extend_from_slice(b"o0");
        }
        if negative {
            back.push(b'-');
        } else if self.plus {
            back.push(b'+');
        } else if self.space {
            back.push(b' ');
        }
        back.reverse();
        blank.padded(&back, to);
    }

    /// Writes `U+0067`, and with `#` the character too where it can be printed.
    pub(super) fn code_point(&self, code: u64, to: &mut Vec<u8>) {
        let digits = self.precision.unwrap_or(0).max(4);
        let mut described = format!("U+{code:0digits$X}");
        let c = u32::try_from(code).ok().and_then(char::from_u32);
        if let Some(c) = c.filter(|c| self.sharp && text::is_printable(*c)) {
            described.push_str(&format!(" '{c}'"));
        }
        Layout { zero: false, ..*self }.padded(described.as_bytes(), to);
    }
}
