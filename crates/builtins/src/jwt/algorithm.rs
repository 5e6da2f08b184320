//! The algorithms that sign tokens, by the names of RFC 7518.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256, Sha384, Sha512};

/// A hash function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

/// How a token is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Algorithm {
    /// HMAC, by a secret.
    Hs(Hash),
    /// RSA of PKCS #1 version 1.5.
    Rs(Hash),
    /// RSA-PSS.
    Ps(Hash),
    /// ECDSA.
    Es(Hash),
    /// Ed25519.
    EdDsa,
}

impl Algorithm {
    /// The algorithm of that name.
    pub(super) fn named(name: &[u8]) -> Option<Algorithm> {
        if name == b"EdDSA" {
            return Some(Algorithm::EdDsa);
        }
        let (family, size) = name.split_at_checked(2)?;
        let hash = match size {
            b"256" => Hash::Sha256,
            b"384" => Hash::Sha384,
            b"512" => Hash::Sha512,
            _ => return None,
        };
        match family {
            b"HS" => Some(Algorithm::Hs(hash)),
            b"RS" => Some(Algorithm::Rs(hash)),
            b"PS" => Some(Algorithm::Ps(hash)),
            b"ES" => Some(Algorithm::Es(hash)),
            _ => None,
        }
    }
}

impl Hash {
    pub(super) fn digest(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Hash::Sha256 => Sha256::digest(bytes).to_vec(),
            Hash::Sha384 => Sha384::digest(bytes).to_vec(),
            Hash::Sha512 => Sha512::digest(bytes).to_vec(),
        }
    }

    /// The HMAC of a text.
    pub(super) fn mac(self, key: &[u8], text: &[u8]) -> Vec<u8> {
        fn mac<M: Mac + KeyInit>(key: &[u8], text: &[u8]) -> Vec<u8> {
            keyed::<M>(key, text).finalize().into_bytes().to_vec()
        }
        match self {
            Hash::Sha256 => mac::<Hmac<Sha256>>(key, text),
            Hash::Sha384 => mac::<Hmac<Sha384>>(key, text),
            Hash::Sha512 => mac::<Hmac<Sha512>>(key, text),
        }
    }

    /// Whether this is the HMAC of a text, in a time that says nothing of where it differs.
    pub(super) fn is_mac(self, key: &[u8], text: &[u8], code: &[u8]) -> bool {
        fn is_mac<M: Mac + KeyInit>(key: &[u8], text: &[u8], code: &[u8]) -> bool {
            keyed::<M>(key, text).verify_slice(code).is_ok()
        }
        match self {
            Hash::Sha256 => is_mac::<Hmac<Sha256>>(key, text, code),
            Hash::Sha384 => is_mac::<Hmac<Sha384>>(key, text, code),
            Hash::Sha512 => is_mac::<Hmac<Sha512>>(key, text, code),
        }
    }
}

fn keyed<M: Mac + KeyInit>(key: &[u8], text: &[u8]) -> M {
    match <M as KeyInit>::new_from_slice(key) {
        Ok(mut mac) => {
            mac.update(text);
            mac
        }
        Err(_) => unreachable!("HMAC takes keys of any length"),
    }
}
