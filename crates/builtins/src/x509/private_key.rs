//! Private keys: PKCS #1, PKCS #8 and SEC 1.
//!
//! Nothing is done with a key but reading, checking and printing it.

use aws_lc_rs::agreement;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use lictor_value::Value;
use num_bigint::BigUint;

use super::asn1::{self, Failure, Field, Fields};
use super::curve::Curve;
use super::oid::Oid;
use super::output::Output;
use super::public_key::{AlgorithmIdentifier, PublicKey, coordinates};
use super::rsa_key::RsaKey;
use super::signature::algorithm_fields;

/// A private key.
#[derive(Clone, Debug)]
pub(super) enum PrivateKey {
    Rsa(RsaKey),
    Ecdsa { curve: Curve, d: Vec<u8>, point: Vec<u8> },
    Ed25519 { seed: [u8; 32], public: [u8; 32] },
    X25519 { scalar: [u8; 32] },
}

/// The key's structure as PKCS #8 has it.
struct Wrapped<'d> {
    algorithm: AlgorithmIdentifier<'d>,
    key: &'d [u8],
}

fn wrapped(der: &[u8]) -> Result<Wrapped<'_>, Failure> {
    let mut fields = Fields::new(der).field(Field::structure("pkcs8"))?.fields();
    fields.field(asn1::INT)?.int()?;
    let algorithm = algorithm_fields(fields.field(Field::structure("AlgorithmIdentifier"))?.fields())?;
    Ok(Wrapped { algorithm, key: fields.field(asn1::BYTES)?.content })
}

/// The key's structure as SEC 1 has it.
struct OnCurve<'d> {
    version: i64,
    key: &'d [u8],
    curve: Option<Oid>,
}

fn on_curve(der: &[u8]) -> Result<OnCurve<'_>, Failure> {
    let mut fields = Fields::new(der).field(Field::structure("ecPrivateKey"))?.fields();
    let version = fields.field(asn1::INT)?.int()?;
    let key = fields.field(asn1::BYTES)?.content;
    let curve = fields.maybe(asn1::OID.explicit(0).optional())?.map(|found| found.oid()).transpose()?;
    if let Some(public) = fields.maybe(asn1::BITS.explicit(1).optional())? {
        public.bits()?;
    }
    Ok(OnCurve { version, key, curve })
}

/// What to say where a key's structure is one of the others.
fn other_format(parser: &str) -> Failure {
    format!("x509: failed to parse private key (use {parser} instead for this key format)")
}

impl PrivateKey {
    /// Reads `RSA PRIVATE KEY`.
    pub(super) fn parse_pkcs1(der: &[u8]) -> Result<Self, Failure> {
        match RsaKey::parse(der) {
            Ok(key) => key.checked().map(PrivateKey::Rsa),
            Err(_) if on_curve(der).is_ok() => Err(other_format("ParseECPrivateKey")),
            Err(_) if wrapped(der).is_ok() => Err(other_format("ParsePKCS8PrivateKey")),
            Err(why) => Err(why),
        }
    }

    /// Reads `PRIVATE KEY`.
    pub(super) fn parse_pkcs8(der: &[u8]) -> Result<Self, Failure> {
        let Wrapped { algorithm, key } = match wrapped(der) {
            Ok(wrapped) => wrapped,
            Err(_) if on_curve(der).is_ok() => return Err(other_format("ParseECPrivateKey")),
            Err(_) if RsaKey::parse(der).is_ok() => return Err(other_format("ParsePKCS1PrivateKey")),
            Err(why) => return Err(why),
        };
        match algorithm.oid.0[..] {
            [1, 2, 840, 113549, 1, 1, 1] => PrivateKey::parse_pkcs1(key)
                .map_err(|why| format!("x509: failed to parse RSA private key embedded in PKCS#8: {why}")),
            [1, 2, 840, 10045, 2, 1] => {
                let curve = Fields::new(algorithm.parameters).field(asn1::OID).and_then(|found| found.oid());
                PrivateKey::parse_on_curve(curve.ok(), key)
                    .map_err(|why| format!("x509: failed to parse EC private key embedded in PKCS#8: {why}"))
            }
            [1, 3, 101, 112] => {
                let seed = PrivateKey::inner(&algorithm, key, "Ed25519")?;
                let seed = <[u8; 32]>::try_from(seed)
                    .map_err(|_| format!("x509: invalid Ed25519 private key length: {}", seed.len()))?;
                let pair =
                    Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| "x509: invalid Ed25519 private key")?;
                let public = pair.public_key().as_ref().try_into().map_err(|_| "x509: invalid Ed25519 private key")?;
                Ok(PrivateKey::Ed25519 { seed, public })
            }
            [1, 3, 101, 110] => {
                let scalar = PrivateKey::inner(&algorithm, key, "X25519")?;
                let scalar = scalar.try_into().map_err(|_| "crypto/ecdh: invalid private key size")?;
                Ok(PrivateKey::X25519 { scalar })
            }
            _ => {
                let oid = algorithm.oid.dotted();
                Err(format!("x509: PKCS#8 wrapping contained private key with unknown algorithm: {oid}"))
            }
        }
    }

    /// The bytes of a key on an Edwards or Montgomery curve.
    fn inner<'d>(algorithm: &AlgorithmIdentifier<'_>, key: &'d [u8], name: &str) -> Result<&'d [u8], Failure> {
        if !algorithm.parameters.is_empty() {
            return Err(format!("x509: invalid {name} private key parameters"));
        }
        match Fields::new(key).field(asn1::BYTES) {
            Ok(found) => Ok(found.content),
            Err(why) => Err(format!("x509: invalid {name} private key: {why}")),
        }
    }

    /// Reads `EC PRIVATE KEY`.
    pub(super) fn parse_sec1(der: &[u8]) -> Result<Self, Failure> {
        PrivateKey::parse_on_curve(None, der)
    }

    fn parse_on_curve(curve: Option<Oid>, der: &[u8]) -> Result<Self, Failure> {
        let found = match on_curve(der) {
            Ok(found) => found,
            Err(_) if wrapped(der).is_ok() => return Err(other_format("ParsePKCS8PrivateKey")),
            Err(_) if RsaKey::parse(der).is_ok() => return Err(other_format("ParsePKCS1PrivateKey")),
            Err(why) => return Err(format!("x509: failed to parse EC private key: {why}")),
        };
        if found.version != 1 {
            return Err(format!("x509: unknown EC private key version {}", found.version));
        }
        let curve = curve.or(found.curve).as_ref().and_then(Curve::of_oid).ok_or("x509: unknown elliptic curve")?;
        // Zeros in front may be too many, or missing.
        let zeros = found.key.len().saturating_sub(curve.size());
        if found.key[..zeros].iter().any(|byte| *byte != 0) {
            return Err("x509: invalid private key length".into());
        }
        let key = &found.key[zeros..];
        let mut d = vec![0; curve.size() - key.len()];
        d.extend_from_slice(key);
        let point = curve.public_key(&d)?;
        Ok(PrivateKey::Ecdsa { curve, d, point })
    }

    /// Whether the public key is this one's; what they are otherwise, in Go's words.
    pub(super) fn check_pair(&self, public: Option<&PublicKey>) -> Result<(), String> {
        let matches = match (public, self) {
            (Some(PublicKey::Rsa { n, e }), PrivateKey::Rsa(key)) => key.n == *n && key.e == *e,
            (Some(PublicKey::Ecdsa { curve, point }), PrivateKey::Ecdsa { curve: own, point: own_point, .. }) => {
                curve == own && point == own_point
            }
            (Some(PublicKey::Ed25519(key)), PrivateKey::Ed25519 { public, .. }) => key[..] == public[..],
            (Some(PublicKey::Dsa { .. }) | None, _) => return Err("tls: unknown public key algorithm".into()),
            _ => return Err("tls: private key type does not match public key type".into()),
        };
        if matches { Ok(()) } else { Err("tls: private key does not match public key".into()) }
    }

    /// As Go's keys look in JSON.
    pub(super) fn output<'v>(&self, to: &Output<'v>) -> Value<'v> {
        match self {
            PrivateKey::Rsa(key) => key.output(to),
            PrivateKey::Ecdsa { d, point, .. } => {
                let (x, y) = coordinates(point);
                let d = to.natural(&BigUint::from_bytes_be(d));
                to.object([("Curve", to.object([])), ("D", d), ("X", to.natural(&x)), ("Y", to.natural(&y))])
            }
            PrivateKey::Ed25519 { seed, public } => to.base64(&[*seed, *public].concat()),
            PrivateKey::X25519 { .. } => to.object([]),
        }
    }

    /// As a JSON Web Key.
    ///
    /// # Errors
    /// Where none can say it.
    pub(super) fn jwk<'v>(&self, to: &Output<'v>) -> Result<Value<'v>, String> {
        let okp = |curve: &str, d: &[u8], x: &[u8]| {
            to.object([
                ("crv", to.text(curve.as_bytes())),
                ("d", to.base64url(d)),
                ("kty", to.text(b"OKP")),
                ("x", to.base64url(x)),
            ])
        };
        Ok(match self {
            PrivateKey::Rsa(key) => return key.jwk(to),
            // OPA says it with the curve as it lies in memory.
            PrivateKey::Ecdsa { curve: curve @ Curve::P224, .. } => {
                return Err(format!(
                    "failed to initialize *jwk.ecdsaPrivateKey from *ecdsa.PrivateKey: jwk: failed to get algorithm for \
                     converting ECDSA private key to JWK: unknown elliptic curve: {}",
                    curve.name()
                ));
            }
            PrivateKey::Ecdsa { curve, d, point } => {
                let (x, y) = point[1..].split_at(curve.size());
                to.object([
                    ("crv", to.text(curve.name().as_bytes())),
                    ("d", to.base64url(d)),
                    ("kty", to.text(b"EC")),
                    ("x", to.base64url(x)),
                    ("y", to.base64url(y)),
                ])
            }
            PrivateKey::Ed25519 { seed, public } => okp("Ed25519", seed, public),
            PrivateKey::X25519 { scalar } => {
                let key = agreement::PrivateKey::from_private_key(&agreement::X25519, scalar);
                let public = key.ok().and_then(|key| key.compute_public_key().ok());
                let public = public.ok_or("crypto/ecdh: invalid private key")?;
                okp("X25519", scalar, public.as_ref())
            }
        })
    }
}
