//! The algorithms that certificates are signed by.

use sha2::{Digest, Sha256, Sha384, Sha512};

use super::asn1::{self, Failure, Field, Fields};
use super::oid::Oid;
use super::public_key::{AlgorithmIdentifier, Kind};

/// How Go numbers the algorithms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Algorithm {
    Unknown = 0,
    Md5WithRsa = 2,
    Sha1WithRsa = 3,
    Sha256WithRsa = 4,
    Sha384WithRsa = 5,
    Sha512WithRsa = 6,
    DsaWithSha1 = 7,
    DsaWithSha256 = 8,
    EcdsaWithSha1 = 9,
    EcdsaWithSha256 = 10,
    EcdsaWithSha384 = 11,
    EcdsaWithSha512 = 12,
    Sha256WithRsaPss = 13,
    Sha384WithRsaPss = 14,
    Sha512WithRsaPss = 15,
    Ed25519 = 16,
}

/// A hash that signatures may be of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    pub(super) fn digest(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Hash::Sha256 => Sha256::digest(bytes).to_vec(),
            Hash::Sha384 => Sha384::digest(bytes).to_vec(),
            Hash::Sha512 => Sha512::digest(bytes).to_vec(),
        }
    }
}

impl Algorithm {
    pub(super) fn of(identifier: &AlgorithmIdentifier<'_>) -> Algorithm {
        match identifier.oid.0[..] {
            [1, 2, 840, 113549, 1, 1, 4] => Algorithm::Md5WithRsa,
            [1, 2, 840, 113549, 1, 1, 5] | [1, 3, 14, 3, 2, 29] => Algorithm::Sha1WithRsa,
            [1, 2, 840, 113549, 1, 1, 11] => Algorithm::Sha256WithRsa,
            [1, 2, 840, 113549, 1, 1, 12] => Algorithm::Sha384WithRsa,
            [1, 2, 840, 113549, 1, 1, 13] => Algorithm::Sha512WithRsa,
            [1, 2, 840, 113549, 1, 1, 10] => pss(identifier.parameters).ok().flatten().unwrap_or(Algorithm::Unknown),
            [1, 2, 840, 10040, 4, 3] => Algorithm::DsaWithSha1,
            [2, 16, 840, 1, 101, 3, 4, 3, 2] => Algorithm::DsaWithSha256,
            [1, 2, 840, 10045, 4, 1] => Algorithm::EcdsaWithSha1,
            [1, 2, 840, 10045, 4, 3, 2] => Algorithm::EcdsaWithSha256,
            [1, 2, 840, 10045, 4, 3, 3] => Algorithm::EcdsaWithSha384,
            [1, 2, 840, 10045, 4, 3, 4] => Algorithm::EcdsaWithSha512,
            [1, 3, 101, 112] if identifier.parameters.is_empty() => Algorithm::Ed25519,
            _ => Algorithm::Unknown,
        }
    }

    /// The key and the hash of an algorithm that signatures are checked by; those of broken hashes and of DSA never are.
    pub(super) fn scheme(self) -> Option<(Kind, Option<Hash>)> {
        Some(match self {
            Algorithm::Sha256WithRsa | Algorithm::Sha256WithRsaPss => (Kind::Rsa, Some(Hash::Sha256)),
            Algorithm::Sha384WithRsa | Algorithm::Sha384WithRsaPss => (Kind::Rsa, Some(Hash::Sha384)),
            Algorithm::Sha512WithRsa | Algorithm::Sha512WithRsaPss => (Kind::Rsa, Some(Hash::Sha512)),
            Algorithm::EcdsaWithSha256 => (Kind::Ecdsa, Some(Hash::Sha256)),
            Algorithm::EcdsaWithSha384 => (Kind::Ecdsa, Some(Hash::Sha384)),
            Algorithm::EcdsaWithSha512 => (Kind::Ecdsa, Some(Hash::Sha512)),
            Algorithm::Ed25519 => (Kind::Ed25519, None),
            Algorithm::Unknown
            | Algorithm::Md5WithRsa
            | Algorithm::Sha1WithRsa
            | Algorithm::DsaWithSha1
            | Algorithm::DsaWithSha256
            | Algorithm::EcdsaWithSha1 => return None,
        })
    }

    pub(super) fn is_pss(self) -> bool {
        matches!(self, Algorithm::Sha256WithRsaPss | Algorithm::Sha384WithRsaPss | Algorithm::Sha512WithRsaPss)
    }
}

/// The algorithm that parameters of RSASSA-PSS mean: the same hash for both its uses, and as much salt as the hash is long.
fn pss(parameters: &[u8]) -> Result<Option<Algorithm>, Failure> {
    const MASK: [u32; 7] = [1, 2, 840, 113549, 1, 1, 8];
    let mut fields = Fields::new(parameters).field(Field::structure("pssParameters"))?.fields();
    let identifier = Field::structure("AlgorithmIdentifier");
    let hash = algorithm_fields(fields.field(identifier.explicit(0))?.fields())?;
    let mask = algorithm_fields(fields.field(identifier.explicit(1))?.fields())?;
    let salt = fields.field(asn1::INT.explicit(2))?.int()?;
    let trailer = match fields.maybe(asn1::INT.explicit(3).optional())? {
        Some(found) => found.int()?,
        None => 1,
    };
    let mask_hash = algorithm_fields(Fields::new(mask.parameters).field(identifier)?.fields())?;
    let plain = |identifier: &AlgorithmIdentifier<'_>| matches!(identifier.parameters, [] | [5, 0]);
    if !plain(&hash) || mask.oid.0 != MASK || mask_hash.oid != hash.oid || !plain(&mask_hash) || trailer != 1 {
        return Ok(None);
    }
    Ok(match (&hash.oid.0[..], salt) {
        ([2, 16, 840, 1, 101, 3, 4, 2, 1], 32) => Some(Algorithm::Sha256WithRsaPss),
        ([2, 16, 840, 1, 101, 3, 4, 2, 2], 48) => Some(Algorithm::Sha384WithRsaPss),
        ([2, 16, 840, 1, 101, 3, 4, 2, 3], 64) => Some(Algorithm::Sha512WithRsaPss),
        _ => None,
    })
}

/// Reads what is in the algorithm of a request or a private key.
pub(super) fn algorithm_fields(mut fields: Fields<'_>) -> Result<AlgorithmIdentifier<'_>, Failure> {
    let oid: Oid = fields.field(asn1::OID)?.oid()?;
    let parameters = fields.maybe(asn1::RAW.optional())?.map_or(&b""[..], |found| found.whole);
    Ok(AlgorithmIdentifier { oid, parameters })
}
