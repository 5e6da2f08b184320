//! What a certificate's extensions say.

use std::net::IpAddr;

use lictor_value::text::lossy;

use crate::url::Url;

use super::der::{BOOLEAN, CONSTRUCTED, CONTEXT, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, Reader, SEQUENCE};
use super::names::{domain_is_valid, mailbox};
use super::oid::{self, Oid};

/// An extension as it stands there.
#[derive(Clone, Debug)]
pub(super) struct Extension<'d> {
    pub(super) id: Oid,
    pub(super) critical: bool,
    pub(super) value: &'d [u8],
}

/// Other names of the subject.
#[derive(Clone, Debug, Default)]
pub(super) struct AlternativeNames<'d> {
    pub(super) dns: Vec<&'d [u8]>,
    pub(super) emails: Vec<&'d [u8]>,
    /// Of four or 16 bytes.
    pub(super) ips: Vec<&'d [u8]>,
    pub(super) uris: Vec<Url>,
}

/// Names that certificates below may have, or may not.
#[derive(Clone, Debug, Default)]
pub(super) struct Subtrees<'d> {
    pub(super) dns: Vec<&'d [u8]>,
    pub(super) emails: Vec<&'d [u8]>,
    /// Address and mask, both of four or of 16 bytes.
    pub(super) ips: Vec<(&'d [u8], &'d [u8])>,
    pub(super) uris: Vec<&'d [u8]>,
}

/// Everything that the extensions say.
#[derive(Clone, Debug, Default)]
pub(super) struct Extensions<'d> {
    pub(super) all: Vec<Extension<'d>>,
    pub(super) unhandled_critical: Vec<Oid>,
    pub(super) key_usage: i64,
    /// By Go's numbers.
    pub(super) extended_key_usage: Vec<i64>,
    pub(super) unknown_extended_key_usage: Vec<Oid>,
    pub(super) basic_constraints_valid: bool,
    pub(super) is_ca: bool,
    /// -1 where none is said; 0 too where there is no such extension.
    pub(super) max_path_len: i64,
    pub(super) subject_key_id: Option<&'d [u8]>,
    pub(super) authority_key_id: Option<&'d [u8]>,
    pub(super) ocsp_servers: Vec<&'d [u8]>,
    pub(super) issuing_certificate_urls: Vec<&'d [u8]>,
    pub(super) names: AlternativeNames<'d>,
    pub(super) constraints_critical: bool,
    pub(super) permitted: Subtrees<'d>,
    pub(super) excluded: Subtrees<'d>,
    pub(super) crl_distribution_points: Vec<&'d [u8]>,
    /// The contents of the identifiers.
    pub(super) policies: Option<Vec<&'d [u8]>>,
    /// From the issuer's policy to the subject's.
    pub(super) policy_mappings: Vec<(&'d [u8], &'d [u8])>,
    pub(super) inhibit_any_policy: Option<i64>,
    pub(super) inhibit_policy_mapping: Option<i64>,
    pub(super) require_explicit_policy: Option<i64>,
}

/// The purposes that Go has numbers for, in their order.
const PURPOSES: [&[u32]; 14] = [
    &[2, 5, 29, 37, 0],
    &[1, 3, 6, 1, 5, 5, 7, 3, 1],
    &[1, 3, 6, 1, 5, 5, 7, 3, 2],
    &[1, 3, 6, 1, 5, 5, 7, 3, 3],
    &[1, 3, 6, 1, 5, 5, 7, 3, 4],
    &[1, 3, 6, 1, 5, 5, 7, 3, 5],
    &[1, 3, 6, 1, 5, 5, 7, 3, 6],
    &[1, 3, 6, 1, 5, 5, 7, 3, 7],
    &[1, 3, 6, 1, 5, 5, 7, 3, 8],
    &[1, 3, 6, 1, 5, 5, 7, 3, 9],
    &[1, 3, 6, 1, 4, 1, 311, 10, 3, 3],
    &[2, 16, 840, 1, 113730, 4, 1],
    &[1, 3, 6, 1, 4, 1, 311, 2, 1, 22],
    &[1, 3, 6, 1, 4, 1, 311, 61, 1, 1],
];

type Outcome<T> = Result<T, String>;

fn invalid(what: &str) -> impl Fn() -> String {
    move || format!("x509: invalid {what}")
}

impl<'d> Extension<'d> {
    /// Reads what is in an extension.
    pub(super) fn parse(mut content: Reader<'d>) -> Outcome<Self> {
        let id = content.oid().ok_or("x509: malformed extension OID field")?;
        let critical = match content.peeks(BOOLEAN) {
            true => content.boolean().ok_or("x509: malformed extension critical field")?,
            false => false,
        };
        let value = content.read(OCTET_STRING).ok_or("x509: malformed extension value field")?.0;
        Ok(Extension { id, critical, value })
    }
}

impl<'d> Extensions<'d> {
    /// Reads a sequence of extensions.
    pub(super) fn parse(mut list: Reader<'d>) -> Outcome<Self> {
        let mut extensions = Extensions::default();
        let mut seen = std::collections::HashSet::new();
        while !list.is_empty() {
            let extension = Extension::parse(list.read(SEQUENCE).ok_or("x509: malformed extension")?)?;
            if !seen.insert(extension.id.0.clone()) {
                let id = extension.id.dotted();
                return Err(format!("x509: certificate contains duplicate extension with OID \"{id}\""));
            }
            extensions.all.push(extension);
        }
        for extension in extensions.all.clone() {
            if !extensions.understand(&extension)? && extension.critical {
                extensions.unhandled_critical.push(extension.id);
            }
        }
        Ok(extensions)
    }

    /// Whether one of this kind, 2.5.29 and this number, is there.
    pub(super) fn has(&self, number: u32) -> bool {
        self.get(number).is_some()
    }

    /// The one of this kind, 2.5.29 and this number.
    pub(super) fn get(&self, number: u32) -> Option<&Extension<'d>> {
        self.all.iter().find(|extension| extension.id.0 == [2, 5, 29, number])
    }

    /// Takes in what an extension says. `false` where it is not known, or says something that is not.
    fn understand(&mut self, extension: &Extension<'d>) -> Outcome<bool> {
        let mut value = Reader(extension.value);
        match extension.id.0[..] {
            [2, 5, 29, 14] => {
                if extension.critical {
                    return Err("x509: subject key identifier incorrectly marked critical".into());
                }
                self.subject_key_id = Some(value.read(OCTET_STRING).ok_or_else(invalid("subject key identifier"))?.0);
            }
            [2, 5, 29, 15] => {
                let bits = value.bits().ok_or_else(invalid("key usage"))?;
                self.key_usage = (0..9).map(|at| i64::from(bits.at(at)) << at).sum();
            }
            [2, 5, 29, 17] => {
                self.names = AlternativeNames::parse(value)?;
                return Ok(!self.names.is_empty());
            }
            [2, 5, 29, 19] => self.basic_constraints(value).ok_or_else(invalid("basic constraints"))?,
            [2, 5, 29, 30] => return self.name_constraints(value, extension.critical),
            [2, 5, 29, 31] => self.distribution_points(value)?,
            [2, 5, 29, 32] => self.policies = Some(policies(value).ok_or_else(invalid("certificate policies"))?),
            [2, 5, 29, 33] => {
                self.policy_mappings = policy_mappings(value).ok_or_else(invalid("policy mappings extension"))?;
            }
            [2, 5, 29, 35] => {
                if extension.critical {
                    return Err("x509: authority key identifier incorrectly marked critical".into());
                }
                let id = value.read(SEQUENCE).and_then(|mut fields| fields.optional(CONTEXT));
                self.authority_key_id = id.ok_or_else(invalid("authority key identifier"))?.map(|id| id.0);
            }
            [2, 5, 29, 36] => self.policy_constraints(value).ok_or_else(invalid("policy constraints extension"))?,
            [2, 5, 29, 37] => self.purposes(value).ok_or_else(invalid("extended key usages"))?,
            [2, 5, 29, 54] => {
                self.inhibit_any_policy = Some(value.int(INTEGER).ok_or_else(invalid("inhibit any policy extension"))?);
            }
            [1, 3, 6, 1, 5, 5, 7, 1, 1] => {
                if extension.critical {
                    return Err("x509: authority info access incorrectly marked critical".into());
                }
                self.authority_access(value).ok_or_else(invalid("authority info access"))?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn basic_constraints(&mut self, mut value: Reader<'_>) -> Option<()> {
        let mut fields = value.read(SEQUENCE)?;
        self.is_ca = fields.peeks(BOOLEAN) && fields.boolean()?;
        self.max_path_len = match fields.peeks(INTEGER) {
            true => fields.int(INTEGER).filter(|length| *length >= 0)?,
            false => -1,
        };
        self.basic_constraints_valid = true;
        Some(())
    }

    fn policy_constraints(&mut self, mut value: Reader<'_>) -> Option<()> {
        let mut fields = value.read(SEQUENCE)?;
        if fields.peeks(CONTEXT) {
            self.require_explicit_policy = Some(fields.int(CONTEXT)?);
        }
        if fields.peeks(CONTEXT | 1) {
            self.inhibit_policy_mapping = Some(fields.int(CONTEXT | 1)?);
        }
        Some(())
    }

    fn purposes(&mut self, mut value: Reader<'_>) -> Option<()> {
        let mut list = value.read(SEQUENCE)?;
        while !list.is_empty() {
            let purpose = list.oid()?;
            match PURPOSES.iter().position(|known| purpose.0 == *known) {
                Some(number) => self.extended_key_usage.push(number as i64),
                None => self.unknown_extended_key_usage.push(purpose),
            }
        }
        Some(())
    }

    fn authority_access(&mut self, mut value: Reader<'d>) -> Option<()> {
        let mut list = value.read(SEQUENCE)?;
        while !list.is_empty() {
            let mut description = list.read(SEQUENCE)?;
            let method = description.oid()?;
            let Some(uri) = description.optional(CONTEXT | 6)? else { continue };
            match method.0[..] {
                [1, 3, 6, 1, 5, 5, 7, 48, 1] => self.ocsp_servers.push(uri.0),
                [1, 3, 6, 1, 5, 5, 7, 48, 2] => self.issuing_certificate_urls.push(uri.0),
                _ => {}
            }
        }
        Some(())
    }

    fn distribution_points(&mut self, mut value: Reader<'d>) -> Outcome<()> {
        let mut list = value.read(SEQUENCE).ok_or_else(invalid("CRL distribution points"))?;
        while !list.is_empty() {
            self.distribution_point(&mut list).ok_or_else(invalid("CRL distribution point"))?;
        }
        Ok(())
    }

    fn distribution_point(&mut self, list: &mut Reader<'d>) -> Option<()> {
        const NAME: u8 = CONTEXT | CONSTRUCTED;
        let Some(mut name) = list.read(SEQUENCE)?.optional(NAME)? else { return Some(()) };
        let mut full = name.read(NAME)?;
        while full.peeks(CONTEXT | 6) {
            self.crl_distribution_points.push(full.read(CONTEXT | 6)?.0);
        }
        Some(())
    }

    fn name_constraints(&mut self, mut value: Reader<'d>, critical: bool) -> Outcome<bool> {
        let subtrees = value.read(SEQUENCE).filter(|_| value.is_empty()).and_then(|mut fields| {
            let permitted = fields.optional(CONTEXT | CONSTRUCTED)?;
            let excluded = fields.optional(CONTEXT | CONSTRUCTED | 1)?;
            fields.is_empty().then(|| [permitted, excluded].map(|subtrees| subtrees.unwrap_or(Reader(&[]))))
        });
        let [permitted, excluded] = subtrees.ok_or_else(invalid("NameConstraints extension"))?;
        if permitted.is_empty() && excluded.is_empty() {
            return Err("x509: empty name constraints extension".into());
        }
        let mut understood = true;
        self.permitted = Subtrees::parse(permitted, &mut understood)?;
        self.excluded = Subtrees::parse(excluded, &mut understood)?;
        self.constraints_critical = critical;
        Ok(understood)
    }
}

fn policies(mut value: Reader<'_>) -> Option<Vec<&[u8]>> {
    let mut list = value.read(SEQUENCE)?;
    let mut policies = Vec::new();
    let mut seen = std::collections::HashSet::new();
    while !list.is_empty() {
        let policy = list.read(SEQUENCE)?.read(OBJECT_IDENTIFIER)?.0;
        if !oid::is_valid(policy) || !seen.insert(policy) {
            return None;
        }
        policies.push(policy);
    }
    Some(policies)
}

fn policy_mappings<'d>(mut value: Reader<'d>) -> Option<Vec<(&'d [u8], &'d [u8])>> {
    let mut list = value.read(SEQUENCE)?;
    let mut mappings = Vec::new();
    while !list.is_empty() {
        let mut pair = list.read(SEQUENCE)?;
        mappings.push((pair.read(OBJECT_IDENTIFIER)?.0, pair.read(OBJECT_IDENTIFIER)?.0));
    }
    Some(mappings)
}

impl<'d> AlternativeNames<'d> {
    fn is_empty(&self) -> bool {
        self.dns.is_empty() && self.emails.is_empty() && self.ips.is_empty() && self.uris.is_empty()
    }

    /// Reads the value of the extension.
    pub(super) fn parse(mut value: Reader<'d>) -> Outcome<Self> {
        let mut names = AlternativeNames::default();
        let mut list = value.read(SEQUENCE).ok_or_else(invalid("subject alternative names"))?;
        while !list.is_empty() {
            let name = list.any().ok_or_else(invalid("subject alternative name"))?;
            let ascii = |what: &str| match name.content.is_ascii() {
                true => Ok(name.content),
                false => Err(format!("x509: SAN {what} is malformed")),
            };
            match name.tag ^ CONTEXT {
                1 => names.emails.push(ascii("rfc822Name")?),
                2 => names.dns.push(ascii("dNSName")?),
                6 => names.uris.push(uri(ascii("uniformResourceIdentifier")?)?),
                7 => match name.content.len() {
                    4 | 16 => names.ips.push(name.content),
                    length => return Err(format!("x509: cannot parse IP address of length {length}")),
                },
                _ => {}
            }
        }
        Ok(names)
    }
}

fn uri(text: &[u8]) -> Outcome<Url> {
    let fault = |why: &str| format!("x509: cannot parse URI {}: {why}", super::names::quoted(text));
    let uri = Url::parse(text).map_err(|why| fault(&why))?;
    if !uri.host.is_empty() && !domain_is_valid(&uri.host, false) {
        return Err(fault("invalid domain"));
    }
    Ok(uri)
}

impl<'d> Subtrees<'d> {
    fn parse(mut list: Reader<'d>, understood: &mut bool) -> Outcome<Self> {
        let mut subtrees = Subtrees::default();
        while !list.is_empty() {
            let base = list.read(SEQUENCE).and_then(|mut fields| fields.any());
            let base = base.ok_or_else(invalid("NameConstraints extension"))?;
            let quoted = || super::names::quoted(base.content);
            let flawed = |kind: &str| Err(format!("x509: failed to parse {kind} constraint {}", quoted()));
            let ascii = || match base.content.is_ascii() {
                true => Ok(base.content),
                false => {
                    Err(format!("x509: invalid constraint value: x509: {} cannot be encoded as an IA5String", quoted()))
                }
            };
            match base.tag ^ CONTEXT {
                1 => {
                    let constraint = ascii()?;
                    let valid = match constraint.contains(&b'@') {
                        true => mailbox(constraint).is_some(),
                        false => domain_is_valid(constraint, true),
                    };
                    if !valid {
                        return flawed("rfc822Name");
                    }
                    subtrees.emails.push(constraint);
                }
                2 => {
                    let domain = ascii()?;
                    if !domain_is_valid(domain, true) {
                        return flawed("dnsName");
                    }
                    subtrees.dns.push(domain);
                }
                6 => {
                    let domain = ascii()?;
                    if std::str::from_utf8(domain).is_ok_and(|text| text.parse::<IpAddr>().is_ok()) {
                        return Err(format!("x509: failed to parse URI constraint {}: cannot be IP address", quoted()));
                    }
                    if !domain_is_valid(domain, true) {
                        return flawed("URI");
                    }
                    subtrees.uris.push(domain);
                }
                7 => subtrees.ips.push(network(base.content)?),
                _ => *understood = false,
            }
        }
        Ok(subtrees)
    }
}

fn network(content: &[u8]) -> Outcome<(&[u8], &[u8])> {
    let (8 | 32) = content.len() else {
        return Err(format!("x509: IP constraint contained value of length {}", content.len()));
    };
    let (address, mask) = content.split_at(content.len() / 2);
    let mut bits = [0; 16];
    bits[..mask.len()].copy_from_slice(mask);
    let bits = u128::from_be_bytes(bits);
    let contiguous = bits.leading_ones() + bits.trailing_zeros() >= u128::BITS;
    match contiguous {
        true => Ok((address, mask)),
        false => {
            let mask = lossy(&crate::encoding::hex(mask)).into_owned();
            Err(format!("x509: IP constraint contained invalid mask {mask}"))
        }
    }
}
