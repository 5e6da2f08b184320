//! Requests for certificates: PKCS #10.

use lictor_value::Value;

use super::asn1::{self, Failure, Field, Fields, Found};
use super::certificate::list_of_extensions;
use super::der::Reader;
use super::extensions::{AlternativeNames, Extension};
use super::name::{Attribute, Name};
use super::oid::Oid;
use super::output::Output;
use super::public_key::{Kind, PublicKey};
use super::signature::{Algorithm, algorithm_fields};

/// A request.
#[derive(Clone, Debug)]
pub(super) struct Request<'d> {
    raw: &'d [u8],
    /// What is signed.
    signed: &'d [u8],
    raw_key: &'d [u8],
    raw_subject: &'d [u8],
    version: i64,
    signature: Vec<u8>,
    algorithm: Algorithm,
    key_kind: Kind,
    key: Option<PublicKey>,
    subject: Name<'d>,
    attributes: Vec<AttributeSet<'d>>,
    extensions: Vec<Extension<'d>>,
    names: AlternativeNames<'d>,
}

/// An attribute whose values are lists of attributes.
#[derive(Clone, Debug)]
struct AttributeSet<'d> {
    kind: Oid,
    values: Vec<Vec<Attribute<'d>>>,
}

const EXTENSION_REQUEST: [u32; 7] = [1, 2, 840, 113549, 1, 9, 14];

impl<'d> Request<'d> {
    /// Reads a request.
    ///
    /// # Errors
    /// What is wrong with it, in Go's words.
    pub(super) fn parse(der: &'d [u8]) -> Result<Self, Failure> {
        let mut outer = Fields::new(der);
        let whole = outer.field(Field::structure("certificateRequest"))?;
        let mut fields = whole.fields();
        let signed = fields.field(Field::structure("tbsCertificateRequest"))?;
        let mut inner = signed.fields();
        let version = inner.field(asn1::INT)?.int()?;
        let raw_subject = inner.field(asn1::RAW)?.whole;
        let key_info = inner.field(Field::structure("publicKeyInfo"))?;
        let mut key_fields = key_info.fields();
        let identifier = Field::structure("AlgorithmIdentifier");
        let key_algorithm = algorithm_fields(key_fields.field(identifier)?.fields())?;
        let key_bits = key_fields.field(asn1::BITS)?.bits()?.aligned();
        let raw_attributes = inner.field(asn1::SLICE.implicit(0))?.fields().all(asn1::RAW)?;
        let algorithm = algorithm_fields(fields.field(identifier)?.fields())?;
        let signature = fields.field(asn1::BITS)?.bits()?.aligned();
        if !outer.rest().is_empty() {
            return Err("asn1: syntax error: trailing data".into());
        }
        // Those that have another shape are left out, such as a password.
        let attributes = raw_attributes.iter().filter_map(|raw| AttributeSet::parse(raw).ok()).collect();
        let key_kind = Kind::of_oid(&key_algorithm.oid);
        let key = PublicKey::parse(key_kind, key_algorithm.parameters, &key_bits)?;
        let subject = Name::parse_any(raw_subject)?;
        let extensions = requested_extensions(&raw_attributes)?;
        let mut names = AlternativeNames::default();
        for extension in extensions.iter().filter(|extension| extension.id.0 == [2, 5, 29, 17]) {
            names = AlternativeNames::parse(Reader(extension.value))?;
        }
        Ok(Request {
            raw: whole.whole,
            signed: signed.whole,
            raw_key: key_info.whole,
            raw_subject,
            version,
            signature,
            algorithm: Algorithm::of(&algorithm),
            key_kind,
            key,
            subject,
            attributes,
            extensions,
            names,
        })
    }

    /// As Go's `x509.CertificateRequest`.
    pub(super) fn output<'v>(&self, to: &Output<'v>) -> Value<'v> {
        let mut fields = vec![
            ("Attributes", to.list(self.attributes.iter().map(|attribute| attribute.output(to)))),
            ("Extensions", list_of_extensions(&self.extensions, to)),
            ("ExtraExtensions", Value::NULL),
            ("PublicKey", self.key.as_ref().map_or(Value::NULL, |key| key.output(to))),
            ("PublicKeyAlgorithm", Value::int(self.key_kind as i64)),
            ("Raw", to.base64(self.raw)),
            ("RawSubject", to.base64(self.raw_subject)),
            ("RawSubjectPublicKeyInfo", to.base64(self.raw_key)),
            ("RawTBSCertificateRequest", to.base64(self.signed)),
            ("Signature", to.base64(&self.signature)),
            ("SignatureAlgorithm", Value::int(self.algorithm as i64)),
            ("Subject", self.subject.output(to)),
            ("Version", Value::int(self.version)),
        ];
        fields.extend(self.names.output(to));
        to.object_of(fields)
    }
}

impl<'d> AttributeSet<'d> {
    fn parse(raw: &Found<'d>) -> Result<Self, Failure> {
        let mut outer = Fields::new(raw.whole);
        let mut fields = outer.field(Field::structure("AttributeTypeAndValueSET"))?.fields();
        let kind = fields.field(asn1::OID)?.oid()?;
        let values = fields.field(asn1::SLICE.set())?.fields().all(asn1::SLICE)?;
        let values = values.iter().map(|value| Attribute::all(value.fields())).collect::<Result<_, _>>()?;
        Ok(AttributeSet { kind, values })
    }

    fn output<'v>(&self, to: &Output<'v>) -> Value<'v> {
        let list = |attributes: &Vec<Attribute<'_>>| {
            to.array(&attributes.iter().map(|attribute| attribute.output(to)).collect::<Vec<_>>())
        };
        let values = to.array(&self.values.iter().map(list).collect::<Vec<_>>());
        to.object([("Type", to.oid(&self.kind)), ("Value", values)])
    }
}

/// The extensions that attributes ask for.
fn requested_extensions<'d>(attributes: &[Found<'d>]) -> Result<Vec<Extension<'d>>, Failure> {
    let mut extensions: Vec<Extension<'d>> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for attribute in attributes {
        let Ok(Some(value)) = extension_request(attribute) else { continue };
        let list = Fields::new(value).field(asn1::SLICE)?.fields().all(Field::structure("Extension"))?;
        for extension in list {
            let mut fields = extension.fields();
            let id = fields.field(asn1::OID)?.oid()?;
            let critical = match fields.maybe(asn1::BOOLEAN.optional())? {
                Some(found) => found.boolean()?,
                None => false,
            };
            let value = fields.field(asn1::BYTES)?.content;
            if !seen.insert(id.0.clone()) {
                return Err("x509: certificate request contains duplicate requested extensions".into());
            }
            extensions.push(Extension { id, critical, value });
        }
    }
    Ok(extensions)
}

/// The first value of an attribute that asks for extensions.
fn extension_request<'d>(attribute: &Found<'d>) -> Result<Option<&'d [u8]>, Failure> {
    let mut fields = Fields::new(attribute.whole).field(Field::structure("pkcs10Attribute"))?.fields();
    let kind = fields.field(asn1::OID)?.oid()?;
    let values = fields.field(asn1::SLICE.set())?.fields().all(asn1::RAW)?;
    Ok(values.first().filter(|_| kind.0 == EXTENSION_REQUEST).map(|value| value.whole))
}
