//! How Go's package `time` quotes a text in its errors: quotes and backslashes escaped, and what is not plain ASCII byte
//! by byte. It is not Go's `%q`.

use std::fmt::Write;

/// The text in quotes.
pub(super) fn quoted(text: &[u8]) -> String {
    let mut quoted = String::from("\"");
    for byte in text {
        let _ = match byte {
            b'"' | b'\\' => write!(quoted, "\\{}", char::from(*byte)),
            b' '..=b'~' | 0x7f => write!(quoted, "{}", char::from(*byte)),
            _ => write!(quoted, "\\x{byte:02x}"),
        };
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn bytes_beyond_ascii_are_written_as_numbers() {
        assert_eq!(quoted("a\"\\\n\u{7f}é".as_bytes()), "\"a\\\"\\\\\\x0a\u{7f}\\xc3\\xa9\"");
    }
}
