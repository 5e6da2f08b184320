//! Base64 and hexadecimal text.

use lictor_value::text::lossy;
use lictor_value::{Builtin, Type, Value, text};

use crate::family;

/// The family.
pub static FAMILY: &[Builtin] = family! {
    /// The string in base64, padded.
    "base64.encode" in "encoding" |_cx, x ("any string"): &[u8]| -> "y" ("its bytes in base64"): Vec<u8> {
        encode(x, STANDARD, true)
    }
    /// What the base64 stands for. Line breaks in it are skipped.
    "base64.decode" in "encoding" |cx, x ("base64"): &[u8]| -> "y" ("the string of the bytes"): Option<Vec<u8>> {
        cx.catch(decode(x, STANDARD).map_err(fault))
    }
    /// Whether the value is a string of base64.
    "base64.is_valid" in "encoding" |_cx, x ("any value"): Value<'_> [Type::String]|
    -> "result" ("whether it is base64"): bool {
        x.as_bytes().is_some_and(|bytes| decode(bytes, STANDARD).is_ok())
    }
    /// The string in base64 for URLs, padded.
    "base64url.encode" in "encoding" |_cx, x ("any string"): &[u8]| -> "y" ("its bytes in base64"): Vec<u8> {
        encode(x, URL, true)
    }
    /// The string in base64 for URLs, without padding.
    "base64url.encode_no_pad" in "encoding" |_cx, x ("any string"): &[u8]| -> "y" ("its bytes in base64"): Vec<u8> {
        encode(x, URL, false)
    }
    /// What the base64 for URLs stands for; its padding may be missing.
    "base64url.decode" in "encoding" |cx, x ("base64"): &[u8]| -> "y" ("the string of the bytes"): Option<Vec<u8>> {
        match decode_url(x) {
            Ok(bytes) => Some(bytes),
            Err(message) => cx.fail(message),
        }
    }
    /// The string's bytes as pairs of hexadecimal digits.
    "hex.encode" in "encoding" |_cx, x ("any string"): &[u8]| -> "y" ("its bytes in hexadecimal digits"): Vec<u8> {
        hex(x)
    }
    /// What the pairs of hexadecimal digits stand for.
    "hex.decode" in "encoding" |cx, x ("hexadecimal digits"): &[u8]|
    -> "y" ("the string of the bytes"): Option<Vec<u8>> {
        match unhex(x) {
            Ok(bytes) => Some(bytes),
            Err(message) => cx.fail(message),
        }
    }
};

pub(crate) const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn fault(at: usize) -> lictor_value::Fault {
    lictor_value::Fault::Failed(illegal(at).into())
}

fn illegal(at: usize) -> String {
    format!("illegal base64 data at input byte {at}")
}

pub(crate) fn encode(bytes: &[u8], alphabet: &[u8; 64], pad: bool) -> Vec<u8> {
    let mut text = Vec::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().enumerate().fold(0, |word, (at, byte)| word | u32::from(*byte) << (16 - 8 * at));
        let digits = [18, 12, 6, 0].map(|shift| alphabet[(word >> shift & 63) as usize]);
        text.extend_from_slice(&digits[..=chunk.len()]);
        if pad {
            text.resize(text.len().next_multiple_of(4), b'=');
        }
    }
    text
}

/// Bytes as padded base64 of the standard alphabet.
pub(crate) fn encode_standard(bytes: &[u8]) -> Vec<u8> {
    encode(bytes, STANDARD, true)
}

/// Decodes padded base64 of the standard alphabet.
pub(crate) fn decode_standard(text: &[u8]) -> Option<Vec<u8>> {
    decode(text, STANDARD).ok()
}

/// Decodes base64 for URLs; its padding may be missing. On failure, OPA's words.
pub(crate) fn decode_url(text: &[u8]) -> Result<Vec<u8>, String> {
    if text.ends_with(b"=") {
        return decode(text, URL).map_err(illegal);
    }
    let padding: &[u8] = match text.len() % 4 {
        1 => return Err(format!("illegal base64url string: {}", lossy(text))),
        2 => b"==",
        3 => b"=",
        _ => return decode(text, URL).map_err(illegal),
    };
    decode(&[text, padding].concat(), URL).map_err(illegal)
}

/// Base64 for URLs, without padding.
#[cfg(feature = "x509")]
pub(crate) fn encode_url(bytes: &[u8]) -> Vec<u8> {
    encode(bytes, URL, false)
}

/// Decodes base64 of either alphabet, padded where it ends in `=` and only there, as JSON Web Keys may have it.
#[cfg(feature = "jwt")]
pub(crate) fn decode_either(text: &[u8]) -> Option<Vec<u8>> {
    let alphabet = if memchr::memchr2(b'+', b'/', text).is_some() { STANDARD } else { URL };
    if text.ends_with(b"=") {
        return decode(text, alphabet).ok();
    }
    let mut digits: Vec<u8> = text.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    if digits.len() % 4 == 1 {
        return None;
    }
    digits.resize(digits.len().next_multiple_of(4), b'=');
    decode(&digits, alphabet).ok()
}

/// Decodes padded base64, skipping line breaks; bits beyond the last byte may be anything. On failure, the byte where
/// Go's decoder would say that the data is illegal.
pub(crate) fn decode(text: &[u8], alphabet: &[u8; 64]) -> Result<Vec<u8>, usize> {
    let value_of = |byte: u8| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        _ if byte == alphabet[62] => Some(62),
        _ if byte == alphabet[63] => Some(63),
        _ => None,
    };
    let is_break = |at: usize| matches!(text.get(at), Some(b'\r' | b'\n'));
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut word, mut digits) = (0u32, 0);
    let mut at = 0;
    while let Some(byte) = text.get(at).copied() {
        if let Some(value) = value_of(byte) {
            word = word << 6 | u32::from(value);
            digits += 1;
            if digits == 4 {
                bytes.extend_from_slice(&word.to_be_bytes()[1..]);
                (word, digits) = (0, 0);
            }
        } else if byte == b'=' && digits >= 2 {
            at += 1;
            if digits == 2 {
                while is_break(at) {
                    at += 1;
                }
                match text.get(at) {
                    Some(b'=') => at += 1,
                    Some(_) => return Err(at - 1),
                    None => return Err(text.len()),
                }
            }
            while is_break(at) {
                at += 1;
            }
            let bits = word << (6 * (4 - digits));
            bytes.extend_from_slice(&bits.to_be_bytes()[1..digits]);
            return if at < text.len() { Err(at) } else { Ok(bytes) };
        } else if !is_break(at) {
            return Err(at);
        }
        at += 1;
    }
    if digits == 0 { Ok(bytes) } else { Err(text.len() - digits) }
}

/// Bytes as hexadecimal digits, in lower case.
pub(crate) fn hex(bytes: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]).collect()
}

fn unhex(text: &[u8]) -> Result<Vec<u8>, String> {
    let digit = |byte: u8| match char::from(byte).to_digit(16) {
        Some(digit) => Ok(digit as u8),
        None => Err(format!("encoding/hex: invalid byte: {}", text::describe_char(char::from(byte)))),
    };
    let (pairs, rest) = text.as_chunks::<2>();
    let bytes = pairs.iter().map(|[high, low]| Ok(digit(*high)? << 4 | digit(*low)?)).collect::<Result<_, String>>()?;
    match rest {
        [odd] => digit(*odd).and(Err(String::from("encoding/hex: odd length hex string"))),
        _ => Ok(bytes),
    }
}
