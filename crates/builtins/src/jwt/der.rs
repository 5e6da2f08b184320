//! As much of DER as public keys need: to find one in a certificate, and to hand RSA keys over.

use super::public::{Curve, PublicKey};

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OBJECT_IDENTIFIER: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;

/// 1.2.840.113549.1.1.1, 1.2.840.10045.2.1 and 1.3.101.112.
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
/// 1.3.101.110, 1.2.840.10040.4.1, and 1.3.132.0.33, a curve: known, but no key of these checks a token.
const X25519: &[u8] = &[0x2b, 0x65, 0x6e];
const DSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x38, 4, 1];
const P224: &[u8] = &[0x2b, 0x81, 4, 0, 33];

/// 1.2.840.10045.3.1.7, 1.3.132.0.34 and 1.3.132.0.35.
const CURVES: [(&[u8], Curve); 3] = [
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7], Curve::P256),
    (&[0x2b, 0x81, 4, 0, 34], Curve::P384),
    (&[0x2b, 0x81, 4, 0, 35], Curve::P521),
];

/// What is left to read.
#[derive(Clone, Copy, Debug)]
struct Reader<'d>(&'d [u8]);

impl<'d> Reader<'d> {
    /// The next element: its tag and content.
    fn element(&mut self) -> Option<(u8, &'d [u8])> {
        let (&[tag, first], rest) = self.0.split_first_chunk()?;
        let (length, rest) = match first {
            0..=0x7f => (usize::from(first), rest),
            0x81..=0x84 => {
                let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
                let length = bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
                // A length is as short as it can be.
                (length >= 0x80 && bytes[0] != 0).then_some((length, rest))?
            }
            _ => return None,
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((tag, content))
    }

    /// The content of the next element, which has this tag.
    fn expect(&mut self, tag: u8) -> Option<&'d [u8]> {
        self.element().filter(|(found, _)| *found == tag).map(|(_, content)| content)
    }

    fn sequence(&mut self) -> Option<Reader<'d>> {
        self.expect(SEQUENCE).map(Reader)
    }

    /// A positive number's bytes.
    fn positive(&mut self) -> Option<&'d [u8]> {
        let bytes = self.expect(INTEGER)?;
        let positive = bytes.first().is_some_and(|first| *first < 0x80) && bytes != [0];
        positive.then_some(bytes)
    }
}

/// The public key in a certificate; `Ok(None)` where it can check no token.
pub(super) fn certificate_key(bytes: &[u8]) -> Result<Option<PublicKey>, &'static str> {
    let malformed = "x509: malformed certificate";
    let mut outside = Reader(bytes);
    let mut certificate = outside.sequence().ok_or(malformed)?;
    if !outside.0.is_empty() {
        return Err("x509: trailing data");
    }
    let mut signed = certificate.sequence().ok_or("x509: malformed tbs certificate")?;
    if signed.0.first() == Some(&VERSION) {
        signed.element().ok_or("x509: malformed version")?;
    }
    signed.expect(INTEGER).ok_or("x509: malformed serial number")?;
    for malformed in [
        "x509: malformed signature algorithm identifier",
        "x509: malformed issuer",
        "x509: malformed validity",
        // The subject, of which Go says the same.
        "x509: malformed issuer",
    ] {
        signed.sequence().ok_or(malformed)?;
    }
    let mut info = signed.sequence().ok_or("x509: malformed spki")?;
    match info_key(&mut info) {
        Ok(key) => Ok(key),
        Err("x509: unknown public key algorithm") => Ok(None),
        Err(why) => Err(why),
    }
}

/// The public key of a `SubjectPublicKeyInfo` (RFC 5280, 4.1); `Ok(None)` where it can check no token.
pub(super) fn public_key(bytes: &[u8]) -> Result<Option<PublicKey>, &'static str> {
    let mut outside = Reader(bytes);
    let mut info = outside.sequence().ok_or("asn1: structure error: tags don't match")?;
    if !outside.0.is_empty() {
        return Err("x509: trailing data after ASN.1 of public-key");
    }
    info_key(&mut info)
}

fn info_key(info: &mut Reader<'_>) -> Result<Option<PublicKey>, &'static str> {
    let mut algorithm = info.sequence().ok_or("x509: malformed public key algorithm identifier")?;
    let name = algorithm.expect(OBJECT_IDENTIFIER).ok_or("x509: malformed public key algorithm identifier")?;
    let Some((0, key)) = info.expect(BIT_STRING).and_then(<[u8]>::split_first).map(|(unused, key)| (*unused, key))
    else {
        return Err("x509: malformed subjectPublicKey");
    };
    match name {
        RSA => {
            let mut key = Reader(key).sequence().ok_or("x509: invalid RSA public key")?;
            let modulus = key.positive().ok_or("x509: RSA modulus is not a positive number")?;
            let exponent = key.positive().ok_or("x509: RSA public exponent is not a positive number")?;
            Ok(Some(PublicKey::rsa(modulus, exponent)))
        }
        EC => {
            let curve = algorithm.expect(OBJECT_IDENTIFIER).ok_or("x509: invalid ECDSA parameters")?;
            if curve == P224 {
                return Ok(None);
            }
            let curve = CURVES.iter().find(|(name, _)| *name == curve).ok_or("x509: unsupported elliptic curve")?.1;
            let point = PublicKey::ec_point(curve, key);
            point.map(Some).ok_or("x509: failed to unmarshal elliptic curve point")
        }
        ED25519 if !algorithm.0.is_empty() => Err("x509: Ed25519 key encoded with illegal parameters"),
        ED25519 if key.len() != 32 => Err("x509: wrong Ed25519 public key size"),
        ED25519 => Ok(PublicKey::ed25519(key)),
        X25519 | DSA => Ok(None),
        _ => Err("x509: unknown public key algorithm"),
    }
}

/// An INTEGER of a positive number.
pub(super) fn integer(bytes: &[u8]) -> Vec<u8> {
    let bytes = strip_zeros(bytes);
    match bytes.first() {
        Some(0..=0x7f) => element(INTEGER, bytes),
        _ => element(INTEGER, &[&[0], bytes].concat()),
    }
}

/// A SEQUENCE of elements.
pub(super) fn sequence(elements: &[Vec<u8>]) -> Vec<u8> {
    element(SEQUENCE, &elements.concat())
}

fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let length = strip_zeros(&length);
    let mut bytes = vec![tag];
    if content.len() >= 0x80 {
        bytes.push(0x80 | length.len() as u8);
    }
    bytes.extend_from_slice(if content.is_empty() { &[0] } else { length });
    bytes.extend_from_slice(content);
    bytes
}

/// A number's bytes without the zeros before them.
pub(super) fn strip_zeros(bytes: &[u8]) -> &[u8] {
    let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
    &bytes[start..]
}
