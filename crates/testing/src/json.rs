//! JSON for comparing: equal numbers are equal however they are written, and none loses a digit.
//!
//! This is deliberately not the value model under test: a mistake there must not hide itself here.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;

use serde_json::value::RawValue;

/// A JSON document, ordered as OPA orders values: null, booleans, numbers, strings, arrays, objects.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, by its value.
    Number(Decimal),
    /// A string.
    String(String),
    /// An array.
    Array(Vec<Json>),
    /// An object.
    Object(BTreeMap<String, Json>),
}

/// A decimal number of any size: `0.digits * 10^exponent`, without zeros at either end of its digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decimal {
    negative: bool,
    digits: String,
    exponent: i64,
}

impl Json {
    /// Reads a document; the error is serde_json's words.
    pub fn read(text: &str) -> Result<Json, String> {
        let raw: &RawValue = serde_json::from_str(text).map_err(|error| error.to_string())?;
        Json::from_raw(raw)
    }

    /// The document that `raw` holds.
    pub fn from_raw(raw: &RawValue) -> Result<Json, String> {
        fn read<'a, T: serde::Deserialize<'a>>(text: &'a str) -> Result<T, String> {
            serde_json::from_str(text).map_err(|error| error.to_string())
        }
        let text = raw.get();
        Ok(match text.as_bytes().first() {
            Some(b'n') => Json::Null,
            Some(b't') => Json::Bool(true),
            Some(b'f') => Json::Bool(false),
            Some(b'"') => Json::String(read(text)?),
            Some(b'[') => {
                let items: Vec<&RawValue> = read(text)?;
                Json::Array(items.into_iter().map(Json::from_raw).collect::<Result<_, _>>()?)
            }
            Some(b'{') => {
                let fields: BTreeMap<String, &RawValue> = read(text)?;
                let read = |(key, value): (String, &RawValue)| Ok((key, Json::from_raw(value)?));
                Json::Object(fields.into_iter().map(read).collect::<Result<_, String>>()?)
            }
            _ => Json::Number(Decimal::read(text).ok_or_else(|| format!("not a number: {text}"))?),
        })
    }

    /// An object of one field.
    pub fn field(key: &str, value: Json) -> Json {
        Json::Object(BTreeMap::from([(key.to_owned(), value)]))
    }

    /// The value at `key` of an object.
    pub fn get(&self, key: &str) -> Option<&Json> {
        match self {
            Json::Object(fields) => fields.get(key),
            _ => None,
        }
    }
}

impl Decimal {
    /// Reads JSON's notation: digits, a fraction, an exponent.
    pub fn read(text: &str) -> Option<Decimal> {
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse().ok()?),
            None => (text, 0_i64),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        if whole.is_empty() || !whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let all = format!("{whole}{fraction}");
        let digits = all.trim_start_matches('0');
        if digits.is_empty() {
            return Some(Decimal { negative: false, digits: String::new(), exponent: 0 });
        }
        let leading = i64::try_from(all.len() - digits.len()).ok()?;
        let exponent = exponent.checked_add(i64::try_from(whole.len()).ok()?)?.checked_sub(leading)?;
        Some(Decimal { negative, digits: digits.trim_end_matches('0').to_owned(), exponent })
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let sign = |number: &Decimal| match (number.digits.is_empty(), number.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        };
        sign(self).cmp(&sign(other)).then_with(|| {
            let size = self.exponent.cmp(&other.exponent).then_with(|| self.digits.cmp(&other.digits));
            if self.negative { size.reverse() } else { size }
        })
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.digits.is_empty() {
            return f.write_str("0");
        }
        let sign = if self.negative { "-" } else { "" };
        match usize::try_from(self.exponent) {
            Ok(whole) if (1..=40).contains(&whole) && whole >= self.digits.len() => {
                write!(f, "{sign}{}{}", self.digits, "0".repeat(whole - self.digits.len()))
            }
            Ok(whole) if (1..=40).contains(&whole) => {
                write!(f, "{sign}{}.{}", &self.digits[..whole], &self.digits[whole..])
            }
            _ => write!(f, "{sign}0.{}e{}", self.digits, self.exponent),
        }
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Json::Null => f.write_str("null"),
            Json::Bool(value) => write!(f, "{value}"),
            Json::Number(number) => write!(f, "{number}"),
            Json::String(text) => write!(f, "{}", serde_json::Value::from(text.as_str())),
            Json::Array(items) => {
                f.write_str("[")?;
                for (at, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if at > 0 { ", " } else { "" })?;
                }
                f.write_str("]")
            }
            Json::Object(fields) => {
                f.write_str("{")?;
                for (at, (key, value)) in fields.iter().enumerate() {
                    let key = serde_json::Value::from(key.as_str());
                    write!(f, "{}{key}: {value}", if at > 0 { ", " } else { "" })?;
                }
                f.write_str("}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Decimal {
        Decimal::read(text).unwrap()
    }

    #[test]
    fn numbers_are_equal_by_value() {
        for (left, right) in [("1", "1.0"), ("100", "1e2"), ("0.001", "1E-3"), ("-0", "0"), ("12.50", "1.25e1")] {
            assert_eq!(number(left), number(right));
        }
        assert_ne!(number("9007199254740993"), number("9007199254740992"));
        assert_ne!(number("1"), number("-1"));
    }

    #[test]
    fn numbers_are_ordered_by_value() {
        let texts = ["-1e9", "-2", "-1.5", "0", "1e-9", "0.5", "3", "20", "21", "1e100"];
        for pair in texts.windows(2) {
            assert!(number(pair[0]) < number(pair[1]), "{pair:?}");
        }
    }

    #[test]
    fn documents_are_compared_deeply() {
        let left = Json::read(r#"{"a": [1, {"b": 2.0}], "c": null}"#).unwrap();
        let right = Json::read(r#"{"c": null, "a": [1.0, {"b": 2}]}"#).unwrap();
        assert_eq!(left, right);
        assert_eq!(left.to_string(), r#"{"a": [1, {"b": 2}], "c": null}"#);
        assert!(Json::read("[1, ").is_err());
    }

    #[test]
    fn numbers_print_readably() {
        for text in ["0", "1", "-1.5", "1779647400001", "100", "0.1e-8"] {
            assert_eq!(number(text).to_string(), text);
        }
    }
}
