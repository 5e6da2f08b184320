//! The reader of ASN.1 that says what is wrong, in the words of Go's `encoding/asn1`.
//!
//! Go reads requests for certificates and private keys by the shapes of its structures, and its errors name them. So a
//! caller here says for each field what Go's structure says of it ([`Field`]); what is in a field, the caller reads. It is no
//! general reader: no more than those structures have is here.

use num_bigint::BigInt;

use super::der::{Bits, LONGEST_INTEGER, is_shortest, to_int};
use super::oid::{Flaw, Oid, base128};

/// What is wrong, as Go says it.
pub(super) type Failure = String;

/// What a structure says of a field.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field {
    /// The name of its type; empty where that has none.
    pub(super) name: &'static str,
    /// Its universal tag; `None` where it may be anything.
    pub(super) tag: Option<u32>,
    /// It is made of elements.
    pub(super) compound: bool,
    pub(super) optional: bool,
    /// It has a tag of its own besides the universal one around which that is wrapped.
    pub(super) explicit: Option<u32>,
    /// It has a tag of its own instead of the universal one.
    pub(super) implicit: Option<u32>,
    /// Its elements are declared to be a set.
    pub(super) set: bool,
}

const PLAIN: Field =
    Field { name: "", tag: None, compound: false, optional: false, explicit: None, implicit: None, set: false };

pub(super) const INT: Field = Field { name: "int", tag: Some(2), ..PLAIN };
pub(super) const BIG: Field = Field { tag: Some(2), ..PLAIN };
pub(super) const BITS: Field = Field { name: "BitString", tag: Some(3), ..PLAIN };
pub(super) const BYTES: Field = Field { tag: Some(4), ..PLAIN };
pub(super) const OID: Field = Field { name: "ObjectIdentifier", tag: Some(6), ..PLAIN };
pub(super) const RAW: Field = Field { name: "RawValue", tag: None, ..PLAIN };
pub(super) const BOOLEAN: Field = Field { name: "bool", tag: Some(1), ..PLAIN };
pub(super) const SLICE: Field = Field { tag: Some(16), compound: true, ..PLAIN };
pub(super) const SET: Field = Field { tag: Some(17), ..SLICE };

impl Field {
    /// A structure of this name.
    pub(super) const fn structure(name: &'static str) -> Field {
        Field { name, ..SLICE }
    }

    pub(super) const fn named(self, name: &'static str) -> Field {
        Field { name, ..self }
    }

    pub(super) const fn optional(self) -> Field {
        Field { optional: true, ..self }
    }

    /// Wrapped in this tag.
    pub(super) const fn explicit(self, tag: u32) -> Field {
        Field { explicit: Some(tag), ..self }
    }

    /// With this tag instead of its own.
    pub(super) const fn implicit(self, tag: u32) -> Field {
        Field { implicit: Some(tag), ..self }
    }

    /// Declared a set.
    pub(super) const fn set(self) -> Field {
        Field { tag: Some(17), set: true, ..self }
    }

    /// As Go prints the parameters of a field. A tag it prints as the address where that is kept, which is another each time.
    fn parameters(&self) -> String {
        let Field { optional, explicit, set, .. } = self;
        let tag = if self.implicit.or(*explicit).is_some() { "0x0" } else { "<nil>" };
        format!(
            "{{optional:{optional} explicit:{} application:false private:false defaultValue:<nil> tag:{tag} \
             stringType:0 timeType:0 set:{set} omitEmpty:false}}",
            explicit.is_some(),
        )
    }
}

/// Tag and length of an element.
#[derive(Clone, Copy, Debug)]
struct Header {
    class: u8,
    tag: u32,
    length: usize,
    compound: bool,
}

/// An element: what kind it is, and what is in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found<'d> {
    class: u8,
    pub(super) tag: u32,
    compound: bool,
    /// With tag and length.
    pub(super) whole: &'d [u8],
    pub(super) content: &'d [u8],
}

/// The fields of a structure that are still to be read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'d> {
    bytes: &'d [u8],
    at: usize,
}

fn syntax(why: &str) -> Failure {
    format!("asn1: syntax error: {why}")
}

fn structural(why: &str) -> Failure {
    format!("asn1: structure error: {why}")
}

impl<'d> Fields<'d> {
    pub(super) fn new(bytes: &'d [u8]) -> Self {
        Fields { bytes, at: 0 }
    }

    /// What was not read.
    pub(super) fn rest(&self) -> &'d [u8] {
        &self.bytes[self.at..]
    }

    /// The next field, which must be there.
    pub(super) fn field(&mut self, field: Field) -> Result<Found<'d>, Failure> {
        self.maybe(field)?.ok_or_else(|| syntax("sequence truncated"))
    }

    /// The next field; `None` where it is optional and not there.
    pub(super) fn maybe(&mut self, field: Field) -> Result<Option<Found<'d>>, Failure> {
        let start = self.at;
        if start == self.bytes.len() {
            return if field.optional { Ok(None) } else { Err(syntax("sequence truncated")) };
        }
        let mut at = start;
        let mut header = self.header(&mut at)?;
        if let Some(tag) = field.explicit {
            if at == self.bytes.len() {
                return Err(structural("explicit tag has no child"));
            }
            match header {
                Header { class: 2, length: 0, .. } if header.tag == tag => {
                    return Err(structural("zero length explicit tag was not an asn1.Flag"));
                }
                Header { class: 2, compound: true, .. } if header.tag == tag => header = self.header(&mut at)?,
                _ if field.optional => return Ok(None),
                _ => return Err(structural("explicitly tagged member didn't match")),
            }
        }
        let any = field.tag.is_none() && !field.set;
        let expected = match field.implicit {
            Some(tag) => Some((2, tag)),
            None => field.tag.map(|tag| (0, tag)),
        };
        let matches = expected.is_none_or(|(class, tag)| header.class == class && header.tag == tag);
        if !matches || !any && header.compound != field.compound {
            if field.optional {
                return Ok(None);
            }
            let Header { class, tag, length, compound } = header;
            return Err(structural(&format!(
                "tags don't match ({} vs {{class:{class} tag:{tag} length:{length} isCompound:{compound}}}) {} {} @{at}",
                expected.map_or(0, |(_, tag)| tag),
                field.parameters(),
                field.name,
            )));
        }
        let content = self.content(at, header.length).ok_or_else(|| syntax("data truncated"))?;
        self.at = at + header.length;
        let Header { class, tag, compound, .. } = header;
        Ok(Some(Found { class, tag, compound, whole: &self.bytes[start..self.at], content }))
    }

    /// All elements, each of which must be such a field.
    pub(super) fn all(mut self, field: Field) -> Result<Vec<Found<'d>>, Failure> {
        let mut at = self.at;
        while at < self.bytes.len() {
            let Header { class, tag, length, compound } = self.header(&mut at)?;
            if field.tag.is_some_and(|expected| class != 0 || tag != expected || compound != field.compound) {
                return Err(structural("sequence tag mismatch"));
            }
            self.content(at, length).ok_or_else(|| syntax("truncated sequence"))?;
            at += length;
        }
        let mut all = Vec::new();
        while self.at < self.bytes.len() {
            all.push(self.field(field)?);
        }
        Ok(all)
    }

    fn content(&self, at: usize, length: usize) -> Option<&'d [u8]> {
        self.bytes.get(at..at.checked_add(length)?)
    }

    fn header(&self, at: &mut usize) -> Result<Header, Failure> {
        let mut next = || {
            let byte = self.bytes.get(*at).copied();
            *at += 1;
            byte.ok_or_else(|| syntax("truncated tag or length"))
        };
        let first = next()?;
        let (class, compound, mut tag) = (first >> 6, first & 0x20 != 0, u32::from(first & 0x1f));
        if tag == 0x1f {
            let mut rest = &self.bytes[*at..];
            tag = base128(&mut rest).map_err(describe)?;
            *at = self.bytes.len() - rest.len();
            if tag < 0x1f {
                return Err(syntax("non-minimal tag"));
            }
        }
        let mut next = || {
            let byte = self.bytes.get(*at).copied();
            *at += 1;
            byte.ok_or_else(|| syntax("truncated tag or length"))
        };
        let byte = next()?;
        if byte < 0x80 {
            return Ok(Header { class, tag, length: usize::from(byte), compound });
        }
        if byte == 0x80 {
            return Err(syntax("indefinite length found (not DER)"));
        }
        let mut length = 0;
        for _ in 0..byte & 0x7f {
            let byte = next()?;
            if length >= 1 << 23 {
                return Err(structural("length too large"));
            }
            length = length << 8 | usize::from(byte);
            if length == 0 {
                return Err(structural("superfluous leading zeros in length"));
            }
        }
        if length < 0x80 {
            return Err(structural("non-minimal length"));
        }
        Ok(Header { class, tag, length, compound })
    }
}

impl<'d> Found<'d> {
    /// The fields of a structure.
    pub(super) fn fields(&self) -> Fields<'d> {
        Fields::new(self.content)
    }

    pub(super) fn int(&self) -> Result<i64, Failure> {
        self.check_integer()?;
        to_int(self.content).ok_or_else(|| structural("integer too large"))
    }

    pub(super) fn big(&self) -> Result<BigInt, Failure> {
        self.check_integer()?;
        if self.content.len() > LONGEST_INTEGER {
            return Err(structural("integer too large"));
        }
        Ok(BigInt::from_signed_bytes_be(self.content))
    }

    fn check_integer(&self) -> Result<(), Failure> {
        match self.content {
            [] => Err(structural("empty integer")),
            bytes if is_shortest(bytes) => Ok(()),
            _ => Err(structural("integer not minimally-encoded")),
        }
    }

    pub(super) fn oid(&self) -> Result<Oid, Failure> {
        Oid::parse(self.content).map_err(describe)
    }

    pub(super) fn bits(&self) -> Result<Bits<'d>, Failure> {
        match self.content {
            [] => Err(syntax("zero length BIT STRING")),
            content => Bits::parse(content).ok_or_else(|| syntax("invalid padding bits in BIT STRING")),
        }
    }

    pub(super) fn boolean(&self) -> Result<bool, Failure> {
        match self.content {
            [0] => Ok(false),
            [0xff] => Ok(true),
            _ => Err(syntax("invalid boolean")),
        }
    }

    /// Whether it is of no class but the universal one, and not made of elements.
    pub(super) fn is_primitive(&self) -> bool {
        self.class == 0 && !self.compound
    }
}

fn describe(flaw: Flaw) -> Failure {
    match flaw {
        Flaw::Empty => syntax("zero length OBJECT IDENTIFIER"),
        Flaw::TooLarge => structural("base 128 integer too large"),
        Flaw::NotShortest => syntax("integer is not minimally encoded"),
        Flaw::Truncated => syntax("truncated base 128 integer"),
    }
}
