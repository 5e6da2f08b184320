//! Hashes and message authentication codes, as hexadecimal text.

use hmac::{Hmac, KeyInit, Mac};
use lictor_value::Builtin;
use md5::{Digest, Md5};
use sha1::Sha1;
use sha2::{Sha256, Sha512};

use crate::encoding::hex;
use crate::family;

/// The family.
pub static FAMILY: &[Builtin] = family! {
    /// The MD5 hash of a string.
    "crypto.md5" |_cx, x ("the string to hash"): &[u8]| -> "y" ("the hash, in hexadecimal digits"): Vec<u8> {
        hex(&Md5::digest(x))
    }
    /// The SHA-1 hash of a string.
    "crypto.sha1" |_cx, x ("the string to hash"): &[u8]| -> "y" ("the hash, in hexadecimal digits"): Vec<u8> {
        hex(&Sha1::digest(x))
    }
    /// The SHA-256 hash of a string.
    "crypto.sha256" |_cx, x ("the string to hash"): &[u8]| -> "y" ("the hash, in hexadecimal digits"): Vec<u8> {
        hex(&Sha256::digest(x))
    }
    /// The HMAC of a string by a key, with MD5.
    "crypto.hmac.md5" |
        _cx,
        x ("the message"): &[u8],
        key ("the shared secret"): &[u8],
    | -> "y" ("the code, in hexadecimal digits"): Option<Vec<u8>> { mac::<Hmac<Md5>>(x, key) }
    /// The HMAC of a string by a key, with SHA-1.
    "crypto.hmac.sha1" |
        _cx,
        x ("the message"): &[u8],
        key ("the shared secret"): &[u8],
    | -> "y" ("the code, in hexadecimal digits"): Option<Vec<u8>> { mac::<Hmac<Sha1>>(x, key) }
    /// The HMAC of a string by a key, with SHA-256.
    "crypto.hmac.sha256" |
        _cx,
        x ("the message"): &[u8],
        key ("the shared secret"): &[u8],
    | -> "y" ("the code, in hexadecimal digits"): Option<Vec<u8>> { mac::<Hmac<Sha256>>(x, key) }
    /// The HMAC of a string by a key, with SHA-512.
    "crypto.hmac.sha512" |
        _cx,
        x ("the message"): &[u8],
        key ("the shared secret"): &[u8],
    | -> "y" ("the code, in hexadecimal digits"): Option<Vec<u8>> { mac::<Hmac<Sha512>>(x, key) }
    /// Whether two codes are equal, in a time that says nothing of where they differ.
    "crypto.hmac.equal"
    |_cx, mac1 ("a code"): &[u8], mac2 ("another code"): &[u8]| -> "result" ("whether they are equal"): bool {
        mac1.len() == mac2.len()
            && std::hint::black_box(mac1.iter().zip(mac2).fold(0, |differing, (x, y)| differing | (x ^ y))) == 0
    }
};

/// Keys may have any length, so there is always a code.
fn mac<M: Mac + KeyInit>(text: &[u8], key: &[u8]) -> Option<Vec<u8>> {
    let mut mac = <M as KeyInit>::new_from_slice(key).ok()?;
    mac.update(text);
    Some(hex(&mac.finalize().into_bytes()))
}
