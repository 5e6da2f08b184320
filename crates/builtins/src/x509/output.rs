//! What Go's structures look like as JSON, made as values.
//!
//! A list without items is null, for Go leaves a slice that gets none `nil`. Bytes are base64, and text that is no UTF-8 has
//! U+FFFD in its place.

use lictor_value::{Arena, Object, Value, number, text};
use num_bigint::{BigInt, BigUint};

use crate::encoding;

use super::oid::Oid;

/// Where values are made.
#[derive(Clone, Copy)]
pub(super) struct Output<'v>(pub(super) &'v Arena);

impl<'v> Output<'v> {
    pub(super) fn object<const N: usize>(&self, fields: [(&str, Value<'v>); N]) -> Value<'v> {
        self.object_of(fields.to_vec())
    }

    pub(super) fn object_of(&self, fields: Vec<(&str, Value<'v>)>) -> Value<'v> {
        let mut pairs = fields.into_iter().map(|(name, value)| (self.text(name.as_bytes()), value)).collect();
        Value::object(self.0.one(Object::from_unsorted(self.0, &mut pairs)))
    }

    /// The items; null where there are none.
    pub(super) fn list(&self, items: impl Iterator<Item = Value<'v>>) -> Value<'v> {
        let items: Vec<_> = items.collect();
        if items.is_empty() { Value::NULL } else { self.array(&items) }
    }

    pub(super) fn array(&self, items: &[Value<'v>]) -> Value<'v> {
        Value::array(self.0.slice(items))
    }

    pub(super) fn text(&self, bytes: &[u8]) -> Value<'v> {
        let mut clean = Vec::with_capacity(bytes.len());
        text::write_utf8(bytes, &mut clean);
        Value::str(self.0.slice(&clean))
    }

    pub(super) fn texts(&self, texts: &[impl AsRef<[u8]>]) -> Value<'v> {
        self.list(texts.iter().map(|text| self.text(text.as_ref())))
    }

    pub(super) fn base64(&self, bytes: &[u8]) -> Value<'v> {
        Value::str(self.0.slice(&encoding::encode(bytes, encoding::STANDARD, true)))
    }

    /// As JSON Web Keys have bytes: for URLs, without padding.
    pub(super) fn base64url(&self, bytes: &[u8]) -> Value<'v> {
        Value::str(self.0.slice(&encoding::encode_url(bytes)))
    }

    pub(super) fn maybe_base64(&self, bytes: Option<&[u8]>) -> Value<'v> {
        bytes.map_or(Value::NULL, |bytes| self.base64(bytes))
    }

    pub(super) fn big(&self, number: &BigInt) -> Value<'v> {
        number::from_text(self.0, &number.to_string())
    }

    pub(super) fn natural(&self, number: &BigUint) -> Value<'v> {
        number::from_text(self.0, &number.to_string())
    }

    pub(super) fn oid(&self, oid: &Oid) -> Value<'v> {
        let parts: Vec<_> = oid.0.iter().map(|part| Value::int(i64::from(*part))).collect();
        self.array(&parts)
    }
}
