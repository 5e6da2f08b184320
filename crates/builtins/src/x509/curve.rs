//! The elliptic curves that keys may be on, of the National Institute of Standards and Technology.
//!
//! Signatures are checked and public keys computed by aws-lc, and for P-224, which it does not have, in [`super::p224`].

use aws_lc_rs::agreement::{self, PrivateKey};
use aws_lc_rs::digest::{self, Digest};
use aws_lc_rs::signature::{self, ParsedPublicKey, VerificationAlgorithm};
use num_bigint::{BigInt, BigUint};

use super::oid::Oid;
use super::p224;

/// A curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Curve {
    P224,
    P256,
    P384,
    P521,
}

impl Curve {
    pub(super) fn of_oid(oid: &Oid) -> Option<Curve> {
        Some(match oid.0[..] {
            [1, 3, 132, 0, 33] => Curve::P224,
            [1, 2, 840, 10045, 3, 1, 7] => Curve::P256,
            [1, 3, 132, 0, 34] => Curve::P384,
            [1, 3, 132, 0, 35] => Curve::P521,
            _ => return None,
        })
    }

    fn bits(self) -> u32 {
        match self {
            Curve::P224 => 224,
            Curve::P256 => 256,
            Curve::P384 => 384,
            Curve::P521 => 521,
        }
    }

    /// How many bytes a coordinate or a private key has.
    pub(super) fn size(self) -> usize {
        self.bits().div_ceil(8) as usize
    }

    /// As JSON Web Keys name it.
    pub(super) fn name(self) -> String {
        format!("P-{}", self.bits())
    }

    /// The prime beyond all coordinates (SEC 2, 2.2 and following).
    pub(super) fn prime(self) -> BigUint {
        let two_to = |exponent: u32| BigInt::from(1) << exponent;
        let prime: BigInt = match self {
            Curve::P224 => two_to(224) - two_to(96) + 1,
            Curve::P256 => two_to(256) - two_to(224) + two_to(192) + two_to(96) - 1,
            Curve::P384 => two_to(384) - two_to(128) - two_to(96) + two_to(32) - 1,
            Curve::P521 => two_to(521) - 1,
        };
        prime.into_parts().1
    }

    /// Checks that bytes are a point of the curve, not compressed, and says what they are otherwise in Go's words.
    pub(crate) fn check_point(self, point: &[u8]) -> Result<(), String> {
        let Some((4, coordinates)) = point.split_first() else {
            return Err("ecdsa: invalid uncompressed public key".into());
        };
        if coordinates.len() != 2 * self.size() {
            return Err(format!("invalid P{} point encoding", self.bits()));
        }
        let prime = self.prime();
        if coordinates.chunks(self.size()).any(|coordinate| BigUint::from_bytes_be(coordinate) >= prime) {
            return Err(format!("invalid P{} element encoding", self.bits()));
        }
        match self.has(coordinates, &prime) {
            true => Ok(()),
            false => Err(format!("P{} point not on curve", self.bits())),
        }
    }

    /// Whether both coordinates fulfil y² = x³ - 3x + b.
    fn has(self, coordinates: &[u8], prime: &BigUint) -> bool {
        let (x, y) = coordinates.split_at(self.size());
        let (x, y) = (BigUint::from_bytes_be(x), BigUint::from_bytes_be(y));
        let right = (&x * &x % prime + prime - 3u32) * &x + self.constant();
        &y * &y % prime == right % prime
    }

    /// The b of the curve's equation.
    fn constant(self) -> BigUint {
        let digits: &[u8] = match self {
            Curve::P224 => b"b4050a850c04b3abf54132565044b0b7d7bfd8ba270b39432355ffb4",
            Curve::P256 => b"5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b",
            Curve::P384 => b"b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef",
            Curve::P521 => {
                b"51953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573\
                df883d2c34f1ef451fd46b503f00"
            }
        };
        BigUint::parse_bytes(digits, 16).unwrap_or_else(|| unreachable!("the digits are hexadecimal"))
    }

    /// The public key of a private one that has just [`Curve::size`] bytes.
    pub(super) fn public_key(self, private: &[u8]) -> Result<Vec<u8>, String> {
        let computed = |algorithm| {
            let public = PrivateKey::from_private_key(algorithm, private).ok()?.compute_public_key().ok()?;
            Some(public.as_ref().to_vec())
        };
        let public = match self {
            Curve::P224 => p224::public_key(private),
            Curve::P256 => computed(&agreement::ECDH_P256),
            Curve::P384 => computed(&agreement::ECDH_P384),
            Curve::P521 => computed(&agreement::ECDH_P521),
        };
        // No key is 0 or at least as large as the curve's order.
        public.ok_or_else(|| match private.iter().all(|byte| *byte == 0) {
            true => "ecdsa: invalid public key encoding".into(),
            false => "input overflows the modulus".into(),
        })
    }

    /// Whether the signature, as DER, is this key's for what was hashed.
    pub(super) fn verifies(self, point: &[u8], hashed: &[u8], signature: &[u8]) -> bool {
        let (algorithm, hash): (&'static dyn VerificationAlgorithm, _) = match self {
            Curve::P224 => return p224::verifies(point, hashed, signature),
            Curve::P256 => (&signature::ECDSA_P256_SHA256_ASN1, &digest::SHA256),
            Curve::P384 => (&signature::ECDSA_P384_SHA384_ASN1, &digest::SHA384),
            Curve::P521 => (&signature::ECDSA_P521_SHA512_ASN1, &digest::SHA512),
        };
        // A hash is a number, of which the curve takes as many bits from the front as it has: so any may be made as long as
        // the one that goes with the curve.
        let length = hash.output_len();
        let mut fitted = vec![0; length.saturating_sub(hashed.len())];
        fitted.extend_from_slice(&hashed[..hashed.len().min(length)]);
        let key = ParsedPublicKey::new(algorithm, point);
        let fitted = Digest::import_less_safe(&fitted, hash);
        key.is_ok_and(|key| fitted.is_ok_and(|fitted| key.verify_digest_sig(&fitted, signature).is_ok()))
    }
}

#[cfg(test)]
mod tests {
    use super::Curve;

    #[test]
    fn points_of_keys_are_on_their_curves() {
        for curve in [Curve::P224, Curve::P256, Curve::P384, Curve::P521] {
            let mut private = vec![0; curve.size()];
            private[curve.size() - 2..].copy_from_slice(&[3, 7]);
            let mut point = curve.public_key(&private).expect("the number is small");
            assert_eq!(curve.check_point(&point), Ok(()));
            point[1] ^= 1;
            assert!(curve.check_point(&point).is_err_and(|why| why.ends_with("point not on curve")));
            assert!(curve.check_point(&point[1..]).is_err());
            assert!(
                curve
                    .check_point(&[&[4][..], &vec![0xff; 2 * curve.size()]].concat())
                    .is_err_and(|why| why.contains("element"))
            );
            assert!(curve.public_key(&vec![0; curve.size()]).is_err());
            assert!(curve.public_key(&vec![0xff; curve.size()]).is_err());
        }
    }
}
