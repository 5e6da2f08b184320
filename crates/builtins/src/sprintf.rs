//! `sprintf`: Go's `fmt.Sprintf` on what OPA makes of Rego's values.
//!
//! Integers become `int64` or `*big.Int`, other numbers `float64`, strings stay strings, and everything else becomes its
//! Rego text. The rest is Go's package `fmt` (print.go, format.go) as it stands: flags, widths, precisions, argument
//! indexes, and its way to say that a verb or an argument does not fit, which never fails.

mod argument;
mod composite;
mod float;
mod layout;

use lictor_value::{Builtin, Context, Type, Value, text};

use crate::family;

pub(crate) use argument::Argument;
pub(crate) use layout::Layout;

/// The family.
pub static FAMILY: &[Builtin] = family! {
    /// The values, formatted as `format` says in the manner of Go.
    "sprintf" in "strings" |
        cx,
        format ("a text with verbs such as `%d` and `%v`"): &[u8],
        values ("one value for each verb"): &[Value<'_>],
    | -> "output" ("the text with the values in it"): Option<Value<'_>> [Type::String] {
        cx.buffer.clear();
        print(cx, format, values)?;
        Some(cx.buffered())
    }
};

/// Widths, precisions and indexes past this are refused.
const LARGEST: usize = 1_000_000;

/// Adds the values, formatted, to the context's buffer; `None` where they take more memory than there may be.
pub(crate) fn print<'v, V>(cx: &mut Context<'_, 'v>, format: &[u8], values: &[V]) -> Option<()>
where
    V: Copy + Into<Argument<'v>>,
{
    Printer { cx, format, values, at: 0, next: 0, reordered: false, good_index: true }.print()
}

/// A format on its way to text; the text goes to the context's buffer.
struct Printer<'p, 'm, 'v, V> {
    cx: &'p mut Context<'m, 'v>,
    format: &'p [u8],
    values: &'p [V],
    /// Where in the format.
    at: usize,
    /// The next argument.
    next: usize,
    /// Whether an index was used: then unused arguments are nobody's fault.
    reordered: bool,
    /// Whether the present verb's indexes are good.
    good_index: bool,
}

impl<'v, V: Copy + Into<Argument<'v>>> Printer<'_, '_, 'v, V> {
    /// `None` where the text takes more memory than there may be.
    fn print(mut self) -> Option<()> {
        while self.at < self.format.len() {
            let rest = &self.format[self.at..];
            let plain = memchr::memchr(b'%', rest).unwrap_or(rest.len());
            self.cx.buffer.extend_from_slice(&rest[..plain]);
            self.at += plain;
            if self.at < self.format.len() {
                self.at += 1;
                self.directive()?;
                self.cx.reserve(0)?;
            }
        }
        if !self.reordered && self.next < self.values.len() {
            self.extra()?;
        }
        Some(())
    }

    /// What follows a `%`: flags, index, width, precision, index, verb.
    fn directive(&mut self) -> Option<()> {
        let mut layout = Layout::default();
        self.good_index = true;
        while let Some(flag) = self.peek() {
            match flag {
                b'#' => layout.sharp = true,
                b'0' => layout.zero = true,
                b'+' => layout.plus = true,
                b'-' => layout.minus = true,
                b' ' => layout.space = true,
                _ => break,
            }
            self.at += 1;
        }
        let mut after_index = self.index();
        if self.peek() == Some(b'*') {
            self.at += 1;
            match self.count() {
                Some(width) => {
                    if width < 0 {
                        layout.minus = true;
                        layout.zero = false;
                    }
                    layout.width = Some(width.unsigned_abs());
                }
                None => self.cx.buffer.extend_from_slice(b"%!(BADWIDTH)"),
            }
            after_index = false;
        } else {
            layout.width = self.number();
            if after_index && layout.width.is_some() {
                self.good_index = false;
            }
        }
        // A point that ends the format is a verb.
        if self.peek() == Some(b'.') && self.at + 1 < self.format.len() {
            self.at += 1;
            if after_index {
                self.good_index = false;
            }
            after_index = self.index();
            if self.peek() == Some(b'*') {
                self.at += 1;
                layout.precision = self.count().and_then(|count| usize::try_from(count).ok());
                if layout.precision.is_none() {
                    self.cx.buffer.extend_from_slice(b"%!(BADPREC)");
                }
                after_index = false;
            } else {
                layout.precision = Some(self.number().unwrap_or(0));
            }
        }
        if !after_index {
            self.index();
        }
        self.verb(layout)
    }

    fn verb(&mut self, mut layout: Layout) -> Option<()> {
        let Some((verb, size)) = text::runes(&self.format[self.at..]).next() else {
            self.cx.buffer.extend_from_slice(b"%!(NOVERB)");
            return Some(());
        };
        self.at += size;
        if verb == '%' {
            self.cx.buffer.push(b'%');
        } else if !self.good_index {
            self.complain(verb, "BADINDEX");
        } else if let Some(value) = self.values.get(self.next) {
            self.next += 1;
            if matches!(verb, 'v' | 'w') {
                layout.go_syntax = std::mem::take(&mut layout.sharp);
                layout.plus_syntax = std::mem::take(&mut layout.plus);
            }
            let argument: Argument<'v> = (*value).into();
            self.cx.reserve(argument.room(&layout))?;
            argument.print(&layout, verb, self.cx.buffer);
        } else {
            self.complain(verb, "MISSING");
        }
        Some(())
    }

    fn complain(&mut self, verb: char, why: &str) {
        self.cx.buffer.extend_from_slice(format!("%!{verb}({why})").as_bytes());
    }

    /// The arguments that no verb asked for.
    fn extra(&mut self) -> Option<()> {
        self.cx.buffer.extend_from_slice(b"%!(EXTRA ");
        for (at, value) in self.values[self.next..].iter().enumerate() {
            if at > 0 {
                self.cx.buffer.extend_from_slice(b", ");
            }
            let argument: Argument<'v> = (*value).into();
            self.cx.reserve(argument.room(&Layout::default()))?;
            argument.print_typed(&Layout::default(), self.cx.buffer);
        }
        self.cx.buffer.push(b')');
        Some(())
    }

    fn peek(&self) -> Option<u8> {
        self.format.get(self.at).copied()
    }

    /// `[n]`: the n-th argument, from 1, is the next one. Whether there was an index, even one out of range.
    fn index(&mut self) -> bool {
        if self.peek() != Some(b'[') {
            return false;
        }
        self.reordered = true;
        let rest = &self.format[self.at..];
        let close = if rest.len() < 3 { None } else { memchr::memchr(b']', rest) };
        let Some(close) = close else {
            self.good_index = false;
            self.at += 1;
            return false;
        };
        let number = read_number(&rest[1..close]);
        self.at += close + 1;
        match number {
            Some((number, digits)) if digits == close - 1 => {
                match number.checked_sub(1).filter(|index| *index < self.values.len()) {
                    Some(index) => self.next = index,
                    None => self.good_index = false,
                }
                true
            }
            _ => {
                self.good_index = false;
                false
            }
        }
    }

    /// A decimal number, if one stands here. One that is too large takes the rest of the format with it.
    fn number(&mut self) -> Option<usize> {
        match read_number(&self.format[self.at..]) {
            Some((_, 0)) => None,
            Some((number, digits)) => {
                self.at += digits;
                Some(number)
            }
            None => {
                self.at = self.format.len();
                None
            }
        }
    }

    /// The next argument as a width or precision: for `*`.
    fn count(&mut self) -> Option<isize> {
        let value = self.values.get(self.next)?;
        self.next += 1;
        match (*value).into() {
            Argument::Byte(count) => Some(count.into()),
            Argument::Word(count) | Argument::Int(count) if count.unsigned_abs() <= LARGEST as u64 => {
                isize::try_from(count).ok()
            }
            _ => None,
        }
    }
}

/// The number that `text` begins with, and how many digits it has; `None` where it is too large.
fn read_number(text: &[u8]) -> Option<(usize, usize)> {
    let mut number = 0;
    let mut digits = 0;
    while let Some(digit) = text.get(digits).filter(|byte| byte.is_ascii_digit()) {
        if number > LARGEST {
            return None;
        }
        number = number * 10 + usize::from(digit - b'0');
        digits += 1;
    }
    Some((number, digits))
}
