//! The seed's three rules written in Rust by hand: a struct of the three fields, borrowed from the event's bytes.
//!
//! This is the price that a policy is measured against. The fields take any JSON value, as the rules do: what has the
//! wrong type is compared as Rego compares it, since these must decide as everybody else does.

use std::borrow::Cow;
use std::fmt;

use anyhow::Result;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::Decides;

/// The struct, read with serde_json.
pub struct SerdeJson;

/// The struct, read with sonic-rs.
pub struct Sonic;

impl Decides for SerdeJson {
    fn messages(&mut self, event: &[u8]) -> Result<Vec<String>> {
        Ok(messages(&serde_json::from_slice(event)?))
    }
}

impl Decides for Sonic {
    fn messages(&mut self, event: &[u8]) -> Result<Vec<String>> {
        Ok(messages(&sonic_rs::from_slice(event)?))
    }
}

#[derive(serde::Deserialize)]
struct Event<'a> {
    #[serde(borrow, default)]
    token: Token<'a>,
}

#[derive(serde::Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Token<'a> {
    #[serde(borrow, default)]
    api_key_type: Field<'a>,
    #[serde(borrow, default)]
    valid_to: Field<'a>,
    #[serde(borrow, default)]
    scheduled_expire_time: Field<'a>,
}

/// A field's value, as far as the rules care.
#[derive(Default)]
enum Field<'a> {
    /// Missing, null or a boolean: less than any number.
    #[default]
    Low,
    Integer(i64),
    Float(f64),
    Text(Cow<'a, str>),
    /// An array or an object: greater than any number. The events have none.
    High,
}

impl Field<'_> {
    fn passes(&self, limit: i64) -> bool {
        match self {
            Field::Low => false,
            Field::Integer(value) => *value > limit,
            Field::Float(value) => *value > limit as f64,
            Field::Text(_) | Field::High => true,
        }
    }
}

impl fmt::Display for Field<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Field::Low | Field::High => Ok(()),
            Field::Integer(value) => write!(f, "{value}"),
            Field::Float(value) => write!(f, "{value}"),
            Field::Text(text) => f.write_str(text),
        }
    }
}

fn messages(event: &Event<'_>) -> Vec<String> {
    let mut messages = Vec::new();
    let token = &event.token;
    if let Field::Text(text) = &token.api_key_type
        && text.contains("USER")
    {
        messages.push(format!("Token APIKeyType {text} contains 'USER'"));
    }
    if token.valid_to.passes(1_779_647_400_000) {
        messages.push(format!("For CreateToken, Token APIKeyType ValidTo {} greater than X date", token.valid_to));
    }
    if token.scheduled_expire_time.passes(1_771_957_800_000) {
        let time = &token.scheduled_expire_time;
        messages.push(format!("For RotateToken, Token APIKeyType ScheduledExpireTime {time} greater than X date"));
    }
    messages
}

impl<'de: 'a, 'a> Deserialize<'de> for Field<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Field<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("any value")
            }

            fn visit_unit<E>(self) -> Result<Field<'de>, E> {
                Ok(Field::Low)
            }

            fn visit_bool<E>(self, _: bool) -> Result<Field<'de>, E> {
                Ok(Field::Low)
            }

            fn visit_i64<E>(self, value: i64) -> Result<Field<'de>, E> {
                Ok(Field::Integer(value))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Field<'de>, E> {
                Ok(i64::try_from(value).map_or(Field::Float(value as f64), Field::Integer))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Field<'de>, E> {
                Ok(Field::Float(value))
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Field<'de>, E> {
                Ok(Field::Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Field<'de>, E> {
                Ok(Field::Text(Cow::Owned(text.to_owned())))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Field<'de>, A::Error> {
                while items.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Field::High)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Field<'de>, A::Error> {
                while fields.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Field::High)
            }
        }

        deserializer.deserialize_any(Any)
    }
}
