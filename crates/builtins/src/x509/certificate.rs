//! Certificates.

use lictor_value::Value;
use num_bigint::{BigInt, Sign};

use crate::url::Url;

use super::der::{CONSTRUCTED, CONTEXT, GENERALIZED_TIME, INTEGER, Reader, SEQUENCE, UTC_TIME};
use super::extensions::{AlternativeNames, Extension, Extensions, Subtrees};
use super::name::Name;
use super::names;
use super::oid;
use super::output::Output;
use super::public_key::{AlgorithmIdentifier, Kind, PublicKey};
use super::signature::Algorithm;
use super::time::Time;

/// A certificate.
#[derive(Clone, Debug)]
pub(crate) struct Certificate<'d> {
    pub(super) raw: &'d [u8],
    /// What is signed.
    pub(super) signed: &'d [u8],
    pub(super) raw_key: &'d [u8],
    pub(super) raw_subject: &'d [u8],
    pub(super) raw_issuer: &'d [u8],
    pub(super) signature: Vec<u8>,
    pub(super) algorithm: Algorithm,
    pub(super) key_kind: Kind,
    pub(crate) key: Option<PublicKey>,
    pub(super) version: i64,
    pub(super) serial: BigInt,
    pub(super) issuer: Name<'d>,
    pub(super) subject: Name<'d>,
    pub(super) not_before: Time,
    pub(super) not_after: Time,
    pub(super) extensions: Extensions<'d>,
}

impl<'d> Certificate<'d> {
    /// Reads certificates that follow each other without anything between them.
    ///
    /// # Errors
    /// What is wrong with the first that is none, in Go's words.
    pub(super) fn parse_all(mut der: &'d [u8]) -> Result<Vec<Self>, String> {
        let mut certificates = Vec::new();
        while !der.is_empty() {
            let certificate = Certificate::parse(der)?;
            der = &der[certificate.raw.len()..];
            certificates.push(certificate);
        }
        Ok(certificates)
    }

    /// Reads the certificate that all the bytes are.
    ///
    /// # Errors
    /// What is wrong with it, in Go's words.
    pub(crate) fn parse_one(der: &'d [u8]) -> Result<Self, String> {
        let certificate = Certificate::parse(der)?;
        if certificate.raw.len() != der.len() {
            return Err("x509: trailing data".into());
        }
        Ok(certificate)
    }

    fn parse(der: &'d [u8]) -> Result<Self, String> {
        let raw = Reader(der).element(SEQUENCE).ok_or("x509: malformed certificate")?;
        let mut outer = Reader(raw).read(SEQUENCE).ok_or("x509: malformed certificate")?;
        let signed = outer.element(SEQUENCE).ok_or("x509: malformed tbs certificate")?;
        let mut fields = Reader(signed).read(SEQUENCE).ok_or("x509: malformed tbs certificate")?;

        let version = match fields.optional(CONTEXT | CONSTRUCTED).ok_or("x509: malformed version")? {
            Some(mut version) => version.int(INTEGER).filter(|number| version.is_empty() && *number >= 0),
            None => Some(0),
        };
        let version = version.ok_or("x509: malformed version")?.saturating_add(1);
        if version > 3 {
            return Err("x509: invalid version".into());
        }
        let serial = fields.big().ok_or("x509: malformed serial number")?;
        if serial.sign() == Sign::Minus {
            return Err("x509: negative serial number".into());
        }
        let inner = fields.read(SEQUENCE).ok_or("x509: malformed signature algorithm identifier")?;
        if outer.read(SEQUENCE).ok_or("x509: malformed algorithm identifier")?.0 != inner.0 {
            return Err("x509: inner and outer signature algorithm identifiers don't match".into());
        }
        let algorithm = Algorithm::of(&AlgorithmIdentifier::parse(inner)?);
        let raw_issuer = fields.element(SEQUENCE).ok_or("x509: malformed issuer")?;
        let issuer = Name::parse(raw_issuer)?;
        let mut validity = fields.read(SEQUENCE).ok_or("x509: malformed validity")?;
        let (not_before, not_after) = (time(&mut validity)?, time(&mut validity)?);
        let raw_subject = fields.element(SEQUENCE).ok_or("x509: malformed issuer")?;
        let subject = Name::parse(raw_subject)?;

        let raw_key = fields.element(SEQUENCE).ok_or("x509: malformed spki")?;
        let mut key = Reader(raw_key).read(SEQUENCE).ok_or("x509: malformed spki")?;
        let key_algorithm = key.read(SEQUENCE).ok_or("x509: malformed public key algorithm identifier")?;
        let key_algorithm = AlgorithmIdentifier::parse(key_algorithm)?;
        let key_bits = key.bits().ok_or("x509: malformed subjectPublicKey")?.aligned();
        let key_kind = Kind::of_oid(&key_algorithm.oid);
        let key = PublicKey::parse(key_kind, key_algorithm.parameters, &key_bits)?;

        let mut extensions = Extensions::default();
        if version > 1 {
            fields.optional(CONTEXT | 1).ok_or("x509: malformed issuerUniqueID")?;
            fields.optional(CONTEXT | 2).ok_or("x509: malformed subjectUniqueID")?;
        }
        if version == 3 {
            let list = fields.optional(CONTEXT | CONSTRUCTED | 3).ok_or("x509: malformed extensions")?;
            if let Some(mut list) = list {
                extensions = Extensions::parse(list.read(SEQUENCE).ok_or("x509: malformed extensions")?)?;
            }
        }
        let signature = outer.bits().ok_or("x509: malformed signature")?.aligned();
        Ok(Certificate {
            raw,
            signed,
            raw_key,
            raw_subject,
            raw_issuer,
            signature,
            algorithm,
            key_kind,
            key,
            version,
            serial,
            issuer,
            subject,
            not_before,
            not_after,
            extensions,
        })
    }

    /// As Go's `x509.Certificate`, perhaps with OPA's list of URIs as text.
    pub(super) fn output<'v>(&self, to: &Output<'v>, with_uri_texts: bool) -> Value<'v> {
        let extensions = &self.extensions;
        let ints = |numbers: &[i64]| to.list(numbers.iter().map(|number| Value::int(*number)));
        let count = |number: Option<i64>| Value::int(number.unwrap_or_default());
        let is_zero = |number: Option<i64>| Value::bool(number == Some(0));
        let dotted = |content: &[u8]| to.text(oid::any_dotted(content).as_bytes());
        let policies = extensions.policies.as_deref();
        let plain_policies = |policies: &[&[u8]]| {
            let plain: Vec<_> = policies.iter().filter_map(|policy| oid::Oid::parse(policy).ok()).collect();
            to.array(&plain.iter().map(|policy| to.oid(policy)).collect::<Vec<_>>())
        };
        let mapping = |(issuer, subject): &(&[u8], &[u8])| {
            to.object([("IssuerDomainPolicy", dotted(issuer)), ("SubjectDomainPolicy", dotted(subject))])
        };
        let mut fields = vec![
            ("AuthorityKeyId", to.maybe_base64(extensions.authority_key_id)),
            ("BasicConstraintsValid", Value::bool(extensions.basic_constraints_valid)),
            ("CRLDistributionPoints", to.texts(&extensions.crl_distribution_points)),
            ("ExtKeyUsage", ints(&extensions.extended_key_usage)),
            ("Extensions", list_of_extensions(&extensions.all, to)),
            ("ExtraExtensions", Value::NULL),
            ("InhibitAnyPolicy", count(extensions.inhibit_any_policy)),
            ("InhibitAnyPolicyZero", is_zero(extensions.inhibit_any_policy)),
            ("InhibitPolicyMapping", count(extensions.inhibit_policy_mapping)),
            ("InhibitPolicyMappingZero", is_zero(extensions.inhibit_policy_mapping)),
            ("IsCA", Value::bool(extensions.is_ca)),
            ("Issuer", self.issuer.output(to)),
            ("IssuingCertificateURL", to.texts(&extensions.issuing_certificate_urls)),
            ("KeyUsage", Value::int(extensions.key_usage)),
            ("MaxPathLen", Value::int(extensions.max_path_len)),
            ("MaxPathLenZero", Value::bool(extensions.basic_constraints_valid && extensions.max_path_len == 0)),
            ("NotAfter", to.text(self.not_after.rfc3339().as_bytes())),
            ("NotBefore", to.text(self.not_before.rfc3339().as_bytes())),
            ("OCSPServer", to.texts(&extensions.ocsp_servers)),
            ("PermittedDNSDomainsCritical", Value::bool(extensions.constraints_critical)),
            ("Policies", policies.map_or(Value::NULL, |all| to.list(all.iter().map(|policy| dotted(policy))))),
            ("PolicyIdentifiers", policies.map_or(Value::NULL, plain_policies)),
            ("PolicyMappings", to.list(extensions.policy_mappings.iter().map(mapping))),
            ("PublicKey", self.key.as_ref().map_or(Value::NULL, |key| key.output(to))),
            ("PublicKeyAlgorithm", Value::int(self.key_kind as i64)),
            ("Raw", to.base64(self.raw)),
            ("RawIssuer", to.base64(self.raw_issuer)),
            ("RawSubject", to.base64(self.raw_subject)),
            ("RawSubjectPublicKeyInfo", to.base64(self.raw_key)),
            ("RawTBSCertificate", to.base64(self.signed)),
            ("RequireExplicitPolicy", count(extensions.require_explicit_policy)),
            ("RequireExplicitPolicyZero", is_zero(extensions.require_explicit_policy)),
            ("SerialNumber", to.big(&self.serial)),
            ("Signature", to.base64(&self.signature)),
            ("SignatureAlgorithm", Value::int(self.algorithm as i64)),
            ("Subject", self.subject.output(to)),
            ("SubjectKeyId", to.maybe_base64(extensions.subject_key_id)),
            ("UnhandledCriticalExtensions", to.list(extensions.unhandled_critical.iter().map(|id| to.oid(id)))),
            ("UnknownExtKeyUsage", to.list(extensions.unknown_extended_key_usage.iter().map(|id| to.oid(id)))),
            ("Version", Value::int(self.version)),
        ];
        fields.extend(extensions.names.output(to));
        fields.extend(extensions.permitted.output(to, PERMITTED));
        fields.extend(extensions.excluded.output(to, EXCLUDED));
        if with_uri_texts {
            let uris = extensions.names.uris.iter().map(|uri| to.text(&uri.to_bytes()));
            fields.push(("URIStrings", to.list(uris)));
        }
        to.object_of(fields)
    }
}

const PERMITTED: [&str; 4] =
    ["PermittedDNSDomains", "PermittedEmailAddresses", "PermittedIPRanges", "PermittedURIDomains"];
const EXCLUDED: [&str; 4] = ["ExcludedDNSDomains", "ExcludedEmailAddresses", "ExcludedIPRanges", "ExcludedURIDomains"];

fn time(validity: &mut Reader<'_>) -> Result<Time, &'static str> {
    if validity.peeks(UTC_TIME) {
        return validity.utc_time().ok_or("x509: malformed UTCTime");
    }
    if validity.peeks(GENERALIZED_TIME) {
        return validity.generalized_time().ok_or("x509: malformed GeneralizedTime");
    }
    Err("x509: unsupported time format")
}

/// Extensions as they stand there.
pub(super) fn list_of_extensions<'v>(extensions: &[Extension<'_>], to: &Output<'v>) -> Value<'v> {
    to.list(extensions.iter().map(|extension| extension.output(to)))
}

impl Extension<'_> {
    pub(super) fn output<'v>(&self, to: &Output<'v>) -> Value<'v> {
        to.object([
            ("Critical", Value::bool(self.critical)),
            ("Id", to.oid(&self.id)),
            ("Value", to.base64(self.value)),
        ])
    }
}

impl AlternativeNames<'_> {
    pub(super) fn output<'v>(&self, to: &Output<'v>) -> [(&'static str, Value<'v>); 4] {
        [
            ("DNSNames", to.texts(&self.dns)),
            ("EmailAddresses", to.texts(&self.emails)),
            ("IPAddresses", to.list(self.ips.iter().map(|ip| ip_text(ip, to)))),
            ("URIs", to.list(self.uris.iter().map(|uri| uri_parts(uri, to)))),
        ]
    }
}

impl Subtrees<'_> {
    fn output<'v>(&self, to: &Output<'v>, names: [&'static str; 4]) -> [(&'static str, Value<'v>); 4] {
        let network = |(ip, mask): &(&[u8], &[u8])| to.object([("IP", ip_text(ip, to)), ("Mask", to.base64(mask))]);
        let ips = to.list(self.ips.iter().map(network));
        let [dns, emails, networks, uris] = names;
        [(dns, to.texts(&self.dns)), (emails, to.texts(&self.emails)), (networks, ips), (uris, to.texts(&self.uris))]
    }
}

fn ip_text<'v>(ip: &[u8], to: &Output<'v>) -> Value<'v> {
    let text = names::address(ip).map(|address| address.to_string()).unwrap_or_default();
    to.text(text.as_bytes())
}

/// As Go's `url.URL`, whose user says nothing.
fn uri_parts<'v>(uri: &Url, to: &Output<'v>) -> Value<'v> {
    to.object([
        ("ForceQuery", Value::bool(uri.force_query)),
        ("Fragment", to.text(&uri.fragment)),
        ("Host", to.text(&uri.host)),
        ("OmitHost", Value::bool(uri.omit_host)),
        ("Opaque", to.text(&uri.opaque)),
        ("Path", to.text(&uri.path)),
        ("RawFragment", to.text(&uri.raw_fragment)),
        ("RawPath", to.text(&uri.raw_path)),
        ("RawQuery", to.text(&uri.raw_query)),
        ("Scheme", to.text(&uri.scheme)),
        ("User", if uri.user.is_some() { to.object([]) } else { Value::NULL }),
    ])
}
