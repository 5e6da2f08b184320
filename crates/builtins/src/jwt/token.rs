//! A token in its compact form: header, payload and signature, each in base64 for URLs, with periods between.

use lictor_value::{Arena, Fault, Object, Value, json};

use super::failed;
use crate::encoding;

/// The three parts, not decoded yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'t> {
    header: &'t [u8],
    payload: &'t [u8],
    signature: &'t [u8],
    /// Header and payload with the period between: what is signed.
    pub(super) signed: &'t [u8],
}

impl<'t> Token<'t> {
    /// Finds the parts.
    pub(super) fn split(text: &'t [u8]) -> Result<Token<'t>, Fault> {
        let mut periods = memchr::memchr_iter(b'.', text);
        let (Some(first), second) = (periods.next(), periods.next()) else {
            return Err(failed("encoded JWT had no period separators"));
        };
        match second {
            Some(second) if periods.next().is_none() => Ok(Token {
                header: &text[..first],
                payload: &text[first + 1..second],
                signature: &text[second + 1..],
                signed: &text[..second],
            }),
            _ => {
                let found = memchr::memchr_iter(b'.', text).count() + 1;
                Err(failed(format!("encoded JWT must have 3 sections, found {found}")))
            }
        }
    }

    /// The header as a value.
    pub(super) fn header<'v>(&self, arena: &'v Arena) -> Result<&'v Object<'v>, Fault> {
        let text = encoding::decode_url(self.header)
            .map_err(|why| failed(format!("JWT header had invalid encoding: {why}")))?;
        let header = object(arena, &text).map_err(|fault| match fault {
            Fault::Failed(why) => failed(format!("bad JWT header: {why}")),
            other => other,
        })?;
        match header.get_str("enc") {
            Some(_) => Err(failed("JWT is a JWE object, which is not supported")),
            None => Ok(header),
        }
    }

    /// The payload's bytes.
    pub(super) fn payload(&self) -> Result<Vec<u8>, Fault> {
        encoding::decode_url(self.payload).map_err(|why| failed(format!("JWT payload had invalid encoding: {why}")))
    }

    /// The signature's bytes; on failure, why.
    pub(super) fn signature(&self) -> Result<Vec<u8>, String> {
        encoding::decode_url(self.signature)
    }
}

/// Reads a JSON object.
pub(super) fn object<'v>(arena: &'v Arena, text: &[u8]) -> Result<&'v Object<'v>, Fault> {
    let value = json::parse_copied(arena, text).map_err(|error| match crate::json::fault(error, text) {
        Fault::Failed(why) => failed(format!("invalid JSON: {why}")),
        other => other,
    })?;
    Value::as_object(value).ok_or_else(|| failed("decoded JSON type was not an Object"))
}
