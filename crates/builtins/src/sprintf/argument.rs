//! An argument: what OPA makes of a value for Go, and how each verb prints it.

use lictor_value::{Object, Value, View, text};
use num_bigint::{BigInt, Sign};

use super::layout::Layout;
use super::{composite, float};

/// A value as Go gets it: from `sprintf` integers, floats and texts only, the rest from templates.
#[cfg_attr(not(feature = "template"), allow(dead_code, reason = "only templates have all of Go's types"))]
pub(crate) enum Argument<'v> {
    /// `nil`
    Nil,
    /// `bool`
    Bool(bool),
    /// `uint8`
    Byte(u8),
    /// `int`
    Word(i64),
    /// `complex128`
    Complex(f64, f64),
    /// `json.Number`
    JsonNumber(Vec<u8>),
    /// `[]interface {}`
    Slice(&'v [Value<'v>]),
    /// `map[string]interface {}`
    Map(&'v Object<'v>),
    /// `int64`
    Int(i64),
    /// `*big.Int`
    Big(BigInt),
    /// `float64`
    Float(f64),
    /// `string`
    Text(&'v [u8]),
    /// `string`: anything else's Rego text.
    Rego(Vec<u8>),
}

impl<'v> From<Value<'v>> for Argument<'v> {
    fn from(value: Value<'v>) -> Self {
        match value.view() {
            View::Int(int) => Argument::Int(int),
            View::Str(text) => Argument::Text(text),
            View::Number(text) => number(text),
            _ => {
                let mut rego = Vec::new();
                text::write_rego(value, &mut rego);
                Argument::Rego(rego)
            }
        }
    }
}

impl<'v> Argument<'v> {
    /// At most how many bytes it takes.
    pub(crate) fn room(&self, layout: &Layout) -> usize {
        let room = match self {
            Argument::Nil | Argument::Bool(_) | Argument::Byte(_) | Argument::Word(_) | Argument::Int(_) => 128,
            Argument::Float(_) => 512,
            Argument::Complex(..) => 1024 + layout.room(),
            Argument::Big(int) => 64 + int.bits() as usize,
            Argument::Text(text) => 64 + text.len() * 10,
            Argument::Rego(text) | Argument::JsonNumber(text) => 64 + text.len() * 10,
            Argument::Slice(items) => return composite::room_of_slice(items, layout),
            Argument::Map(object) => return composite::room_of_map(object, layout),
        };
        room.saturating_add(layout.room())
    }

    /// Go's name of its type.
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Argument::Nil => "<nil>",
            Argument::Bool(_) => "bool",
            Argument::Byte(_) => "uint8",
            Argument::Word(_) => "int",
            Argument::Complex(..) => "complex128",
            Argument::JsonNumber(_) => "json.Number",
            Argument::Slice(_) => composite::SLICE,
            Argument::Map(_) => composite::MAP,
            Argument::Int(_) => "int64",
            Argument::Big(_) => "*big.Int",
            Argument::Float(_) => "float64",
            Argument::Text(_) | Argument::Rego(_) => "string",
        }
    }

    /// Prints the argument as `verb` asks.
    pub(crate) fn print(&self, layout: &Layout, verb: char, to: &mut Vec<u8>) {
        if verb == 'T' {
            return layout.text(self.type_name().as_bytes(), to);
        }
        let printed = match self {
            Argument::Nil if verb == 'v' => {
                layout.text(b"<nil>", to);
                true
            }
            Argument::Nil => {
                write_bang(verb, to);
                return to.extend_from_slice(b"<nil>)");
            }
            Argument::Bool(bool) => print_bool(*bool, layout, verb, to),
            Argument::Byte(byte) => print_byte(*byte, layout, verb, to),
            Argument::Complex(real, imaginary) => print_complex(*real, *imaginary, layout, verb, to),
            Argument::JsonNumber(text) => print_text(text, layout, verb, to),
            Argument::Slice(_) | Argument::Map(_) if matches!(verb, 'w' | 'p') => false,
            Argument::Slice(items) => composite::print_slice(items, layout, verb, to),
            Argument::Map(object) => composite::print_map(object, layout, verb, to),
            Argument::Word(int) | Argument::Int(int) => print_int(*int, layout, verb, to),
            Argument::Big(int) => {
                if matches!(verb, 'w' | 'p') {
                    return self.refuse_big(int, layout, verb, to);
                }
                print_big(int, layout, verb, to);
                true
            }
            Argument::Float(float) => float::print(*float, layout, verb, to),
            Argument::Text(text) => print_text(text, layout, verb, to),
            Argument::Rego(text) => print_text(text, layout, verb, to),
        };
        if !printed {
            write_bang(verb, to);
            self.print_typed(layout, to);
            to.push(b')');
        }
    }

    /// `int64=3`; of nil there is no more than its type.
    pub(crate) fn print_typed(&self, layout: &Layout, to: &mut Vec<u8>) {
        to.extend_from_slice(self.type_name().as_bytes());
        if matches!(self, Argument::Nil) {
            return;
        }
        to.push(b'=');
        self.print(layout, 'v', to);
    }

    /// A verb that is not even handed to `big.Int`: Go then prints the struct behind the pointer.
    fn refuse_big(&self, int: &BigInt, layout: &Layout, verb: char, to: &mut Vec<u8>) {
        write_bang(verb, to);
        to.extend_from_slice(self.type_name().as_bytes());
        to.extend_from_slice(b"=&");
        let go = layout.go_syntax;
        let named = go || layout.plus_syntax;
        to.extend_from_slice(if go { b"big.Int{" } else { b"{" });
        to.extend_from_slice(if named { b"neg:" } else { b"" });
        let negative: &[u8] = if int.sign() == Sign::Minus { b"true" } else { b"false" };
        layout.padded(negative, to);
        to.extend_from_slice(if go { b", " } else { b" " });
        to.extend_from_slice(if named { b"abs:" } else { b"" });
        to.extend_from_slice(if go { b"big.nat{" } else { b"[" });
        for (at, word) in int.iter_u64_digits().enumerate() {
            if at > 0 {
                to.extend_from_slice(if go { b", " } else { b" " });
            }
            if go {
                Layout { sharp: true, ..*layout }.integer(word, false, 16, false, to);
            } else {
                layout.integer(word, false, 10, false, to);
            }
        }
        to.extend_from_slice(if go { b"}})" } else { b"]})" });
    }
}

/// A number that is no plain 64-bit integer. What has a point or an exponent is a float to Go, whatever its value.
fn number(text: &str) -> Argument<'_> {
    if text.bytes().any(|byte| matches!(byte, b'.' | b'e' | b'E')) {
        return match text.parse() {
            Ok(float) if f64::is_finite(float) => Argument::Float(float),
            _ => Argument::Text(text.as_bytes()),
        };
    }
    match text.parse() {
        Ok(int) => Argument::Int(int),
        Err(_) => text.parse().map_or(Argument::Text(text.as_bytes()), Argument::Big),
    }
}

/// `%!d(`
fn write_bang(verb: char, to: &mut Vec<u8>) {
    to.extend_from_slice(b"%!");
    to.extend_from_slice(verb.encode_utf8(&mut [0; 4]).as_bytes());
    to.push(b'(');
}

/// Whether the verb is one for booleans.
fn print_bool(bool: bool, layout: &Layout, verb: char, to: &mut Vec<u8>) -> bool {
    if matches!(verb, 'v' | 't') {
        layout.padded(if bool { b"true" } else { b"false" }, to);
        return true;
    }
    false
}

/// Whether the verb is one for integers.
fn print_byte(byte: u8, layout: &Layout, verb: char, to: &mut Vec<u8>) -> bool {
    if verb == 'v' && layout.go_syntax {
        return print_int(byte.into(), &Layout { sharp: true, ..*layout }, 'x', to);
    }
    print_int(byte.into(), layout, verb, to)
}

/// Whether the verb is one for numbers. The numbers are finite.
fn print_complex(real: f64, imaginary: f64, layout: &Layout, verb: char, to: &mut Vec<u8>) -> bool {
    if !matches!(verb, 'v' | 'b' | 'g' | 'G' | 'x' | 'X' | 'f' | 'F' | 'e' | 'E') {
        return false;
    }
    to.push(b'(');
    float::print(real, layout, verb, to);
    float::print(imaginary, &Layout { plus: true, ..*layout }, verb, to);
    to.extend_from_slice(b"i)");
    true
}

/// Whether the verb is one for integers.
fn print_int(int: i64, layout: &Layout, verb: char, to: &mut Vec<u8>) -> bool {
    let (base, upper) = match verb {
        'v' | 'd' => (10, false),
        'b' => (2, false),
        'o' | 'O' => (8, false),
        'x' => (16, false),
        'X' => (16, true),
        'c' => {
            layout.padded(rune(int).encode_utf8(&mut [0; 4]).as_bytes(), to);
            return true;
        }
        'q' => {
            let mut quoted = Vec::new();
            quoted.push(b'\'');
            escape_rune(rune(int), '\'', layout.plus, &mut quoted);
            quoted.push(b'\'');
            layout.padded(&quoted, to);
            return true;
        }
        'U' => {
            layout.code_point(int as u64, to);
            return true;
        }
        _ => return false,
    };
    layout.integer_as(int.unsigned_abs(), int < 0, base, upper, verb == 'O', to);
    true
}

/// The character of a code; U+FFFD where it is none.
fn rune(code: i64) -> char {
    u32::try_from(code).ok().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// As `big.Int` formats itself.
fn print_big(int: &BigInt, layout: &Layout, verb: char, to: &mut Vec<u8>) {
    let (base, prefix) = match verb {
        'b' => (2, "0b"),
        'o' => (8, "0"),
        'O' => (8, "0o"),
        'd' | 's' | 'v' => (10, ""),
        'x' => (16, "0x"),
        'X' => (16, "0X"),
        _ => {
            to.extend_from_slice(format!("%!{verb}(big.Int={int})").as_bytes());
            return;
        }
    };
    let mut digits = int.magnitude().to_str_radix(base);
    if verb == 'X' {
        digits.make_ascii_uppercase();
    }
    let prefix = if layout.sharp || verb == 'O' { prefix } else { "" };
    let sign = match int.sign() {
        Sign::Minus => "-",
        _ if layout.plus || layout.plus_syntax => "+",
        _ if layout.space => " ",
        _ => "",
    };
    let mut zeros = layout.precision.unwrap_or(0).saturating_sub(digits.len());
    let length = sign.len() + prefix.len() + zeros + digits.len();
    let missing = layout.width.unwrap_or(0).saturating_sub(length);
    let (mut left, mut right) = (0, 0);
    if layout.minus {
        right = missing;
    } else if layout.zero && layout.precision.is_none() {
        zeros = missing.max(zeros);
    } else {
        left = missing;
    }
    to.resize(to.len() + left, b' ');
    to.extend_from_slice(sign.as_bytes());
    to.extend_from_slice(prefix.as_bytes());
    to.resize(to.len() + zeros, b'0');
    to.extend_from_slice(digits.as_bytes());
    to.resize(to.len() + right, b' ');
}

/// Whether the verb is one for strings.
fn print_text(string: &[u8], layout: &Layout, verb: char, to: &mut Vec<u8>) -> bool {
    match verb {
        'v' if layout.go_syntax => quote(string, layout, to),
        'v' | 's' => layout.text(string, to),
        'x' => layout.hex(string, false, to),
        'X' => layout.hex(string, true, to),
        'q' => quote(string, layout, to),
        _ => return false,
    }
    true
}

/// As a Go literal: between backquotes where `#` asks for it and the text allows it, with escapes otherwise.
fn quote(string: &[u8], layout: &Layout, to: &mut Vec<u8>) {
    let string = layout.truncated(string);
    let raw = |string: &[u8]| {
        let plain = |c: char| c == '\t' || !(c < ' ' || c == '`' || c == '\u{7f}' || c == '\u{feff}');
        std::str::from_utf8(string).is_ok_and(|text| text.chars().all(plain))
    };
    let mut quoted = Vec::with_capacity(string.len() + 2);
    if layout.sharp && raw(string) {
        quoted.push(b'`');
        quoted.extend_from_slice(string);
        quoted.push(b'`');
    } else if layout.plus {
        quoted.push(b'"');
        let mut at = 0;
        for (c, size) in text::runes(string) {
            if c == char::REPLACEMENT_CHARACTER && size == 1 {
                quoted.extend_from_slice(format!("\\x{:02x}", string[at]).as_bytes());
            } else {
                escape_rune(c, '"', true, &mut quoted);
            }
            at += size;
        }
        quoted.push(b'"');
    } else {
        text::write_quoted(string, &mut quoted);
    }
    layout.padded(&quoted, to);
}

/// A character within a Go literal: as it is where it can be printed, and where `ascii` is asked for is ASCII.
fn escape_rune(c: char, quote: char, ascii: bool, to: &mut Vec<u8>) {
    let short = match c {
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\u{c}' => 'f',
        '\n' => 'n',
        '\r' => 'r',
        '\t' => 't',
        '\u{b}' => 'v',
        '\\' => '\\',
        _ if c == quote => c,
        _ => '\0',
    };
    let code = u32::from(c);
    if short != '\0' {
        to.extend_from_slice(&[b'\\', short as u8]);
    } else if text::is_printable(c) && (c.is_ascii() || !ascii) {
        to.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    } else if c < ' ' || c == '\u{7f}' {
        to.extend_from_slice(format!("\\x{code:02x}").as_bytes());
    } else if code < 0x1_0000 {
        to.extend_from_slice(format!("\\u{code:04x}").as_bytes());
    } else {
        to.extend_from_slice(format!("\\U{code:08x}").as_bytes());
    }
}
