//! Public keys: what they are, and whether a signature is theirs.

use aws_lc_rs::rsa::PublicKeyComponents as RsaPublicKeyComponents;
use lictor_value::Value;
use num_bigint::{BigInt, BigUint};

use super::asn1::{self, Failure, Field, Fields};
use super::curve::Curve;
use super::der::{INTEGER, Reader, SEQUENCE, is_positive};
use super::oid::Oid;
use super::output::Output;
use super::signature::{Algorithm, Hash, algorithm_fields};

const NULL: &[u8] = &[5, 0];

/// How Go numbers the kinds of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Unknown = 0,
    Rsa = 1,
    Dsa = 2,
    Ecdsa = 3,
    Ed25519 = 4,
}

impl Kind {
    pub(super) fn of_oid(oid: &Oid) -> Kind {
        match oid.0[..] {
            [1, 2, 840, 113549, 1, 1, 1] => Kind::Rsa,
            [1, 2, 840, 10040, 4, 1] => Kind::Dsa,
            [1, 2, 840, 10045, 2, 1] => Kind::Ecdsa,
            [1, 3, 101, 112] => Kind::Ed25519,
            _ => Kind::Unknown,
        }
    }
}

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PublicKey {
    Rsa {
        n: BigUint,
        e: i64,
    },
    Dsa {
        y: BigInt,
        p: BigInt,
        q: BigInt,
        g: BigInt,
    },
    Ecdsa {
        curve: Curve,
        /// Not compressed.
        point: Vec<u8>,
    },
    Ed25519(Vec<u8>),
}

impl PublicKey {
    /// Reads a key of a kind that is known. `parameters` are those of its algorithm, empty where there are none.
    pub(super) fn parse(kind: Kind, parameters: &[u8], data: &[u8]) -> Result<Option<PublicKey>, String> {
        let key = match kind {
            Kind::Unknown => return Ok(None),
            Kind::Rsa if parameters != NULL => Err("RSA key missing NULL parameters"),
            Kind::Rsa => rsa(data),
            Kind::Dsa => dsa(parameters, data),
            Kind::Ecdsa => match Reader(parameters).oid().as_ref().map(Curve::of_oid) {
                None => Err("invalid ECDSA parameters"),
                Some(None) => Err("unsupported elliptic curve"),
                Some(Some(curve)) => {
                    curve.check_point(data)?;
                    Ok(PublicKey::Ecdsa { curve, point: data.to_vec() })
                }
            },
            Kind::Ed25519 if !parameters.is_empty() => Err("Ed25519 key encoded with illegal parameters"),
            Kind::Ed25519 if data.len() != 32 => Err("wrong Ed25519 public key size"),
            Kind::Ed25519 => Ok(PublicKey::Ed25519(data.to_vec())),
        };
        key.map(Some).map_err(|why| format!("x509: {why}"))
    }

    /// Reads the structure of a PEM block `PUBLIC KEY`, a `SubjectPublicKeyInfo`; `None` where it is a key of X25519, which
    /// signs nothing.
    ///
    /// # Errors
    /// What is wrong with it, in Go's words.
    #[cfg_attr(not(feature = "jwt"), expect(dead_code, reason = "tokens need it"))]
    pub(crate) fn parse_info(der: &[u8]) -> Result<Option<PublicKey>, String> {
        let mut outer = Fields::new(der);
        let (algorithm, bits) = match info(&mut outer) {
            Ok(info) => info,
            Err(_) if is_pkcs1(der) => {
                let advice = "use ParsePKCS1PublicKey instead for this key format";
                return Err(format!("x509: failed to parse public key ({advice})"));
            }
            Err(why) => return Err(why),
        };
        if !outer.rest().is_empty() {
            return Err("x509: trailing data after ASN.1 of public-key".into());
        }
        match (Kind::of_oid(&algorithm.oid), &algorithm.oid.0[..]) {
            (Kind::Unknown, [1, 3, 101, 110]) if !algorithm.parameters.is_empty() => {
                Err("x509: X25519 key encoded with illegal parameters".into())
            }
            (Kind::Unknown, [1, 3, 101, 110]) if bits.len() != 32 => Err("crypto/ecdh: invalid public key".into()),
            (Kind::Unknown, [1, 3, 101, 110]) => Ok(None),
            (Kind::Unknown, _) => Err("x509: unknown public key algorithm".into()),
            (kind, _) => PublicKey::parse(kind, algorithm.parameters, &bits),
        }
    }

    /// Whether a signature by this algorithm is this key's. Of the hashes, SHA-1 and MD5 count for nothing, and neither do
    /// keys that are too small.
    pub(super) fn verifies(&self, algorithm: Algorithm, signed: &[u8], signature: &[u8]) -> bool {
        match (self, algorithm.scheme()) {
            (PublicKey::Rsa { n, e }, Some((Kind::Rsa, Some(hash)))) => {
                rsa_verifies(n, *e, algorithm.is_pss(), hash, signed, signature)
            }
            (PublicKey::Ecdsa { curve, point }, Some((Kind::Ecdsa, Some(hash)))) => {
                curve.verifies(point, &hash.digest(signed), signature)
            }
            (PublicKey::Ed25519(key), Some((Kind::Ed25519, None))) => ed25519_verifies(key, signed, signature),
            _ => false,
        }
    }

    /// As Go's keys look in JSON.
    pub(super) fn output<'v>(&self, to: &Output<'v>) -> Value<'v> {
        match self {
            PublicKey::Rsa { n, e } => to.object([("E", Value::int(*e)), ("N", to.natural(n))]),
            PublicKey::Dsa { y, p, q, g } => {
                to.object([("G", to.big(g)), ("P", to.big(p)), ("Q", to.big(q)), ("Y", to.big(y))])
            }
            PublicKey::Ecdsa { point, .. } => {
                let (x, y) = coordinates(point);
                to.object([("Curve", to.object([])), ("X", to.natural(&x)), ("Y", to.natural(&y))])
            }
            PublicKey::Ed25519(key) => to.base64(key),
        }
    }
}

/// The algorithm and the key of a `SubjectPublicKeyInfo`.
fn info<'d>(outer: &mut Fields<'d>) -> Result<(AlgorithmIdentifier<'d>, Vec<u8>), Failure> {
    let mut fields = outer.field(Field::structure("publicKeyInfo"))?.fields();
    let algorithm = algorithm_fields(fields.field(Field::structure("AlgorithmIdentifier"))?.fields())?;
    Ok((algorithm, fields.field(asn1::BITS)?.bits()?.aligned()))
}

/// Whether this is the structure of PKCS #1 for a public key.
fn is_pkcs1(der: &[u8]) -> bool {
    let numbers = Fields::new(der).field(Field::structure("pkcs1PublicKey")).and_then(|key| {
        let mut fields = key.fields();
        fields.field(asn1::BIG)?.big()?;
        fields.field(asn1::INT)?.int()
    });
    numbers.is_ok()
}

/// Both coordinates of a point that is not compressed.
pub(super) fn coordinates(point: &[u8]) -> (BigUint, BigUint) {
    let (x, y) = point[1..].split_at(point.len() / 2);
    (BigUint::from_bytes_be(x), BigUint::from_bytes_be(y))
}

fn rsa(data: &[u8]) -> Result<PublicKey, &'static str> {
    let mut fields = Reader(data).read(SEQUENCE).ok_or("invalid RSA public key")?;
    let n = fields.big().ok_or("invalid RSA modulus")?;
    let e = fields.int(INTEGER).ok_or("invalid RSA public exponent")?;
    if !is_positive(&n) {
        return Err("RSA modulus is not a positive number");
    }
    if e <= 0 {
        return Err("RSA public exponent is not a positive number");
    }
    Ok(PublicKey::Rsa { n: n.into_parts().1, e })
}

fn dsa(parameters: &[u8], data: &[u8]) -> Result<PublicKey, &'static str> {
    let y = Reader(data).big().ok_or("invalid DSA public key")?;
    let parameters = Reader(parameters).read(SEQUENCE).and_then(|mut fields| {
        let (p, q, g) = (fields.big()?, fields.big()?, fields.big()?);
        Some((p, q, g))
    });
    let (p, q, g) = parameters.ok_or("invalid DSA parameters")?;
    if ![&y, &p, &q, &g].into_iter().all(is_positive) {
        return Err("zero or negative DSA parameter");
    }
    Ok(PublicKey::Dsa { y, p, q, g })
}

/// Whether an RSA signature is that of a key. Other sizes and exponents than Go takes count for nothing. Keys below 2,048 bits
/// are only checked for what aws-lc has for them: PKCS #1 with SHA-256 or SHA-512.
fn rsa_verifies(n: &BigUint, e: i64, pss: bool, hash: Hash, signed: &[u8], signature: &[u8]) -> bool {
    use aws_lc_rs::signature as algorithms;
    if !n.bit(0) || e % 2 == 0 || !(2..1 << 31).contains(&e) {
        return false;
    }
    let algorithm = match (n.bits(), pss, hash) {
        (2048..=8192, false, Hash::Sha256) => &algorithms::RSA_PKCS1_2048_8192_SHA256,
        (2048..=8192, false, Hash::Sha384) => &algorithms::RSA_PKCS1_2048_8192_SHA384,
        (2048..=8192, false, Hash::Sha512) => &algorithms::RSA_PKCS1_2048_8192_SHA512,
        (2048..=8192, true, Hash::Sha256) => &algorithms::RSA_PSS_2048_8192_SHA256,
        (2048..=8192, true, Hash::Sha384) => &algorithms::RSA_PSS_2048_8192_SHA384,
        (2048..=8192, true, Hash::Sha512) => &algorithms::RSA_PSS_2048_8192_SHA512,
        (1024..2048, false, Hash::Sha256) => &algorithms::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
        (1024..2048, false, Hash::Sha512) => &algorithms::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
        _ => return false,
    };
    let key = RsaPublicKeyComponents { n: n.to_bytes_be(), e: BigUint::from(e.unsigned_abs()).to_bytes_be() };
    key.verify(algorithm, signed, signature).is_ok()
}

fn ed25519_verifies(key: &[u8], signed: &[u8], signature: &[u8]) -> bool {
    use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
    UnparsedPublicKey::new(&ED25519, key).verify(signed, signature).is_ok()
}

/// An algorithm: what it is, and its parameters as they stand there, empty where there are none.
#[derive(Clone, Debug, Default)]
pub(super) struct AlgorithmIdentifier<'d> {
    pub(super) oid: Oid,
    pub(super) parameters: &'d [u8],
}

impl<'d> AlgorithmIdentifier<'d> {
    /// Reads what is in a certificate's algorithm.
    pub(super) fn parse(mut content: Reader<'d>) -> Result<Self, String> {
        let oid = content.oid().ok_or("x509: malformed OID")?;
        if content.is_empty() {
            return Ok(AlgorithmIdentifier { oid, parameters: &[] });
        }
        let parameters = content.any().ok_or("x509: malformed parameters")?.whole;
        Ok(AlgorithmIdentifier { oid, parameters })
    }
}
