//! Distinguished names: `CN=leaf, O=Example`.

use lictor_value::Value;

use super::asn1::{self, Failure, Fields};
use super::der::{OBJECT_IDENTIFIER, Reader, SEQUENCE, SET};
use super::oid::Oid;
use super::output::Output;
use super::text::{self, Invalid};
use super::time::Time;

/// What certificates' names are made of.
#[derive(Clone, Debug)]
pub(super) struct Attribute<'d> {
    pub(super) kind: Oid,
    pub(super) value: Datum<'d>,
}

/// A value of any type.
#[derive(Clone, Debug)]
pub(super) enum Datum<'d> {
    Text(Vec<u8>),
    Boolean(bool),
    Int(i64),
    Bits(super::der::Bits<'d>),
    Oid(Oid),
    Time(Time),
    Bytes(&'d [u8]),
    /// Of a type that Go leaves out.
    Unknown,
}

/// A name.
#[derive(Clone, Debug, Default)]
pub(super) struct Name<'d>(pub(super) Vec<Attribute<'d>>);

impl<'d> Name<'d> {
    /// Reads the name of a certificate.
    pub(super) fn parse(der: &'d [u8]) -> Result<Self, Failure> {
        let flaw = |what: &str| format!("x509: invalid RDNSequence{what}");
        let mut attributes = Vec::new();
        let mut sets = Reader(der).read(SEQUENCE).ok_or_else(|| flaw(""))?;
        while !sets.is_empty() {
            let mut set = sets.read(SET).ok_or_else(|| flaw(""))?;
            while !set.is_empty() {
                let mut pair = set.read(SEQUENCE).ok_or_else(|| flaw(": invalid attribute"))?;
                let kind = pair.oid().ok_or_else(|| flaw(": invalid attribute type"))?;
                let value = pair.any().ok_or_else(|| flaw(": invalid attribute value"))?;
                let value = match text::read(value.tag.into(), value.content) {
                    Some(Ok(text)) => Datum::Text(text),
                    Some(Err(invalid)) => {
                        let what = match invalid {
                            Invalid::Printable => "invalid PrintableString",
                            Invalid::Numeric => "invalid NumericString",
                            Invalid::Ia5 => "invalid IA5String",
                            Invalid::Utf8 => "invalid UTF-8 string",
                            Invalid::Bmp => "invalid BMPString",
                        };
                        return Err(flaw(&format!(": invalid attribute value: {what}")));
                    }
                    None => {
                        let what = format!(": invalid attribute value: unsupported string type: {}", value.tag);
                        return Err(flaw(&what));
                    }
                };
                attributes.push(Attribute { kind, value });
            }
        }
        Ok(Name(attributes))
    }

    /// Reads the name of a request, in which values may have other types than strings.
    pub(super) fn parse_any(der: &'d [u8]) -> Result<Self, Failure> {
        let mut outer = Fields::new(der);
        let sets = outer.field(asn1::SLICE.named("RDNSequence"))?.fields().all(asn1::SET)?;
        if !outer.rest().is_empty() {
            return Err("x509: trailing data after X.509 Subject".into());
        }
        let mut attributes = Vec::new();
        for set in sets {
            attributes.extend(Attribute::all(set.fields())?);
        }
        Ok(Name(attributes))
    }

    /// The values of this attribute that are strings.
    fn texts(&self, kind: u32) -> impl DoubleEndedIterator<Item = &[u8]> {
        self.0.iter().filter_map(move |attribute| match &attribute.value {
            Datum::Text(text) if attribute.kind.0 == [2, 5, 4, kind] => Some(&text[..]),
            _ => None,
        })
    }

    /// As Go's `pkix.Name`.
    pub(super) fn output<'v>(&self, to: &Output<'v>) -> Value<'v> {
        let last = |kind| to.text(self.texts(kind).next_back().unwrap_or_default());
        let all = |kind| to.list(self.texts(kind).map(|text| to.text(text)));
        to.object([
            ("CommonName", last(3)),
            ("Country", all(6)),
            ("ExtraNames", Value::NULL),
            ("Locality", all(7)),
            ("Names", to.list(self.0.iter().map(|attribute| attribute.output(to)))),
            ("Organization", all(10)),
            ("OrganizationalUnit", all(11)),
            ("PostalCode", all(17)),
            ("Province", all(8)),
            ("SerialNumber", last(5)),
            ("StreetAddress", all(9)),
        ])
    }
}

impl<'d> Attribute<'d> {
    /// Reads attributes one after the other, with values of any type.
    pub(super) fn all(attributes: Fields<'d>) -> Result<Vec<Self>, Failure> {
        let each = attributes.all(asn1::Field::structure("AttributeTypeAndValue"))?.into_iter().map(|attribute| {
            let mut fields = attribute.fields();
            let kind = fields.field(asn1::OID)?.oid()?;
            Ok(Attribute { kind, value: Datum::parse(&fields.field(asn1::RAW)?)? })
        });
        each.collect()
    }

    pub(super) fn output<'v>(&self, to: &Output<'v>) -> Value<'v> {
        to.object([("Type", to.oid(&self.kind)), ("Value", self.value.output(to))])
    }
}

impl<'d> Datum<'d> {
    fn parse(found: &asn1::Found<'d>) -> Result<Self, Failure> {
        if !found.is_primitive() {
            return Ok(Datum::Unknown);
        }
        let syntax = |what: &str| Err(format!("asn1: syntax error: {what} contains invalid character"));
        match text::read(found.tag, found.content) {
            Some(Ok(text)) => return Ok(Datum::Text(text)),
            Some(Err(Invalid::Printable)) => return syntax("PrintableString"),
            Some(Err(Invalid::Numeric)) => return syntax("NumericString"),
            Some(Err(Invalid::Ia5)) => return syntax("IA5String"),
            Some(Err(Invalid::Utf8)) => return Err("asn1: invalid UTF-8 string".into()),
            Some(Err(Invalid::Bmp)) => return Err("invalid BMPString".into()),
            None => {}
        }
        let time = |time: Option<Time>| time.map(Datum::Time).ok_or_else(|| "asn1: syntax error: invalid time".into());
        match found.tag {
            1 => found.boolean().map(Datum::Boolean),
            2 => found.int().map(Datum::Int),
            3 => found.bits().map(Datum::Bits),
            4 => Ok(Datum::Bytes(found.content)),
            tag if tag == u32::from(OBJECT_IDENTIFIER) => found.oid().map(Datum::Oid),
            23 => time(Time::parse_utc(found.content)),
            24 => time(Time::parse_generalized(found.content)),
            _ => Ok(Datum::Unknown),
        }
    }

    fn output<'v>(&self, to: &Output<'v>) -> Value<'v> {
        match self {
            Datum::Text(text) => to.text(text),
            Datum::Boolean(flag) => Value::bool(*flag),
            Datum::Int(number) => Value::int(*number),
            Datum::Bits(bits) => {
                to.object([("BitLength", Value::int(bits.count() as i64)), ("Bytes", to.base64(bits.bytes))])
            }
            Datum::Oid(oid) => to.oid(oid),
            Datum::Time(time) => to.text(time.rfc3339().as_bytes()),
            Datum::Bytes(bytes) => to.base64(bytes),
            Datum::Unknown => Value::NULL,
        }
    }
}
