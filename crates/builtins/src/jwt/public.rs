//! Public keys, and whether one made a signature.

use std::sync::OnceLock;

use aws_lc_rs::digest::{self, Digest};
use aws_lc_rs::signature::{self, ParsedPublicKey, RsaParameters, RsaPublicKeyComponents, VerificationAlgorithm};
use num_bigint::BigUint;

use super::algorithm::{Algorithm, Hash};
use super::rsa;
use crate::x509::{curve, public_key};

/// Which signatures are taken beside those that RFC 7518 describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// PSS with a salt of any length, and ECDSA with zeros before its numbers: what `io.jwt.verify_*` takes.
    Loose,
    /// None.
    Strict,
}

/// A public key.
#[derive(Debug)]
pub(super) enum PublicKey {
    Rsa(Box<RsaKey>),
    Ec(EcKey),
    Ed25519(ParsedPublicKey),
}

/// An RSA key: big-endian numbers without zeros before them.
#[derive(Debug)]
pub(super) struct RsaKey {
    pub(super) modulus: Vec<u8>,
    pub(super) exponent: Vec<u8>,
    /// The key prepared for each algorithm, once that was asked for; `None` where aws-lc refuses it.
    prepared: [OnceLock<Option<ParsedPublicKey>>; 6],
}

/// A key on one of the curves of the National Institute of Standards and Technology.
#[derive(Debug)]
pub(super) struct EcKey {
    curve: Curve,
    point: ParsedPublicKey,
}

/// A curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Curve {
    P256,
    P384,
    P521,
}

impl Curve {
    /// The curve of that name.
    pub(super) fn named(name: &str) -> Option<Curve> {
        [Curve::P256, Curve::P384, Curve::P521].into_iter().find(|curve| curve.name() == name)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Curve::P256 => "P-256",
            Curve::P384 => "P-384",
            Curve::P521 => "P-521",
        }
    }

    /// How many bytes a coordinate has, and each number of a signature.
    pub(super) fn size(self) -> usize {
        match self {
            Curve::P256 => 32,
            Curve::P384 => 48,
            Curve::P521 => 66,
        }
    }

    /// What is wrong with a point that is not on the curve, in Go's words.
    pub(super) fn flaw(self, x: &[u8], y: &[u8]) -> String {
        let curve = match self {
            Curve::P256 => curve::Curve::P256,
            Curve::P384 => curve::Curve::P384,
            Curve::P521 => curve::Curve::P521,
        };
        curve.check_point(&[&[4], x, y].concat()).err().unwrap_or_default()
    }

    /// The hash that goes with the curve.
    fn hash(self) -> &'static digest::Algorithm {
        match self {
            Curve::P256 => &digest::SHA256,
            Curve::P384 => &digest::SHA384,
            Curve::P521 => &digest::SHA512,
        }
    }

    /// Any hash as one of the length that goes with the curve. ECDSA reads a hash as a number, of which it takes as many bits
    /// from the front as the curve has; so a longer one may be cut and a shorter one filled with zeros in front.
    pub(super) fn fit(self, hash: Hash, text: &[u8]) -> Option<Digest> {
        let digest = hash.digest(text);
        let length = self.hash().output_len();
        let mut fitted = vec![0; length.saturating_sub(digest.len())];
        fitted.extend_from_slice(&digest[..digest.len().min(length)]);
        Digest::import_less_safe(&fitted, self.hash()).ok()
    }
}

impl PublicKey {
    pub(super) fn rsa(modulus: &[u8], exponent: &[u8]) -> PublicKey {
        PublicKey::Rsa(Box::new(RsaKey::new(modulus, exponent)))
    }

    /// A key as it stands in a certificate; `None` where it is of another kind.
    pub(super) fn of_certificate(key: &public_key::PublicKey) -> Option<PublicKey> {
        match key {
            public_key::PublicKey::Rsa { n, e } => {
                Some(PublicKey::rsa(&n.to_bytes_be(), &BigUint::from(e.unsigned_abs()).to_bytes_be()))
            }
            public_key::PublicKey::Ecdsa { curve, point } => {
                let curve = match curve {
                    curve::Curve::P224 => return None,
                    curve::Curve::P256 => Curve::P256,
                    curve::Curve::P384 => Curve::P384,
                    curve::Curve::P521 => Curve::P521,
                };
                PublicKey::ec_point(curve, point)
            }
            public_key::PublicKey::Ed25519(bytes) => PublicKey::ed25519(bytes),
            public_key::PublicKey::Dsa { .. } => None,
        }
    }

    /// A point on a curve, of coordinates of the curve's size; `None` where it is not on it.
    pub(super) fn ec(curve: Curve, x: &[u8], y: &[u8]) -> Option<PublicKey> {
        PublicKey::ec_point(curve, &[&[4], x, y].concat())
    }

    /// A point on a curve, as X9.62 encodes it without compression.
    pub(super) fn ec_point(curve: Curve, point: &[u8]) -> Option<PublicKey> {
        if point.len() != 1 + 2 * curve.size() || point[0] != 4 {
            return None;
        }
        let algorithm: &'static dyn VerificationAlgorithm = match curve {
            Curve::P256 => &signature::ECDSA_P256_SHA256_FIXED,
            Curve::P384 => &signature::ECDSA_P384_SHA384_FIXED,
            Curve::P521 => &signature::ECDSA_P521_SHA512_FIXED,
        };
        Some(PublicKey::Ec(EcKey { curve, point: ParsedPublicKey::new(algorithm, point).ok()? }))
    }

    /// A key of Ed25519, of 32 bytes.
    pub(super) fn ed25519(bytes: &[u8]) -> Option<PublicKey> {
        Some(PublicKey::Ed25519(ParsedPublicKey::new(&signature::ED25519, bytes).ok()?))
    }

    /// Whether the owner of this key signed the text by this algorithm.
    pub(super) fn verify(&self, algorithm: Algorithm, text: &[u8], signature: &[u8], form: Form) -> bool {
        match (self, algorithm) {
            (PublicKey::Rsa(key), Algorithm::Rs(hash)) => key.verify(hash, false, text, signature, form),
            (PublicKey::Rsa(key), Algorithm::Ps(hash)) => key.verify(hash, true, text, signature, form),
            (PublicKey::Ec(key), Algorithm::Es(hash)) => key.verify(hash, text, signature, form),
            (PublicKey::Ed25519(key), Algorithm::EdDsa) => key.verify_sig(text, signature).is_ok(),
            _ => false,
        }
    }
}

impl RsaKey {
    pub(super) fn new(modulus: &[u8], exponent: &[u8]) -> RsaKey {
        let number = |bytes| strip_zeros(bytes).to_vec();
        RsaKey { modulus: number(modulus), exponent: number(exponent), prepared: [const { OnceLock::new() }; 6] }
    }

    fn verify(&self, hash: Hash, pss: bool, text: &[u8], signature: &[u8], form: Form) -> bool {
        if signature.len() != self.modulus.len() {
            return false;
        }
        match self.prepared(hash, pss) {
            Some(key) if key.verify_sig(text, signature).is_ok() => true,
            // The salt may have another length than the hash.
            Some(_) if !pss || form == Form::Strict => false,
            _ => {
                let digest = hash.digest(text);
                match (pss, form) {
                    (false, _) => rsa::verify_pkcs1(self, hash, &digest, signature),
                    (true, Form::Strict) => rsa::verify_pss(self, hash, &digest, signature, Some(digest.len())),
                    (true, Form::Loose) => rsa::verify_pss(self, hash, &digest, signature, None),
                }
            }
        }
    }

    fn prepared(&self, hash: Hash, pss: bool) -> Option<&ParsedPublicKey> {
        let (at, algorithm): (usize, &'static RsaParameters) = match (pss, hash) {
            (false, Hash::Sha256) => (0, &signature::RSA_PKCS1_2048_8192_SHA256),
            (false, Hash::Sha384) => (1, &signature::RSA_PKCS1_2048_8192_SHA384),
            (false, Hash::Sha512) => (2, &signature::RSA_PKCS1_2048_8192_SHA512),
            (true, Hash::Sha256) => (3, &signature::RSA_PSS_2048_8192_SHA256),
            (true, Hash::Sha384) => (4, &signature::RSA_PSS_2048_8192_SHA384),
            (true, Hash::Sha512) => (5, &signature::RSA_PSS_2048_8192_SHA512),
        };
        let prepare = || {
            // Sizes outside are refused when verifying, not when parsing.
            (2048..=8192).contains(&self.bits()).then_some(())?;
            let key = RsaPublicKeyComponents { n: &self.modulus, e: &self.exponent };
            key.to_parsed_public_key(algorithm).ok()
        };
        self.prepared[at].get_or_init(prepare).as_ref()
    }

    /// How long the modulus is.
    pub(super) fn bits(&self) -> usize {
        8 * self.modulus.len() - self.modulus.first().map_or(0, |first| first.leading_zeros() as usize)
    }
}

impl EcKey {
    fn verify(&self, hash: Hash, text: &[u8], signature: &[u8], form: Form) -> bool {
        let size = self.curve.size();
        let verify = |signature: &[u8]| {
            let digest = self.curve.fit(hash, text);
            digest.is_some_and(|digest| self.point.verify_digest_sig(&digest, signature).is_ok())
        };
        if signature.len() == 2 * size {
            return verify(signature);
        }
        if form == Form::Strict {
            return false;
        }
        let (r, s) = signature.split_at(signature.len() / 2);
        let mut numbers = Vec::with_capacity(2 * size);
        for number in [r, s].map(strip_zeros) {
            let Some(zeros) = size.checked_sub(number.len()) else {
                return false;
            };
            numbers.resize(numbers.len() + zeros, 0);
            numbers.extend_from_slice(number);
        }
        verify(&numbers)
    }
}

/// A number's bytes without the zeros before them.
pub(super) fn strip_zeros(bytes: &[u8]) -> &[u8] {
    let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
    &bytes[start..]
}
