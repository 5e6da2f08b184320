//! RSA that aws-lc does not do: checking and making signatures of keys of 1024 to 2047 bits, and checking PSS with a salt of
//! another length than the hash. All three are outside of RFC 7518, and OPA does them.
//!
//! The arithmetic hides its timing only by blinding: what is raised to the private exponent is a number that nobody knows.

use num_bigint::BigUint;

use super::algorithm::Hash;
use super::public::RsaKey;

/// Sizes of keys, in bits: shorter ones are broken, longer ones take too long.
const SIZES: std::ops::RangeInclusive<usize> = 1024..=16384;

/// Whether this is the signature of a hash by RSA of PKCS #1 version 1.5 (RFC 8017, 8.2.2).
pub(super) fn verify_pkcs1(key: &RsaKey, hash: Hash, digest: &[u8], signature: &[u8]) -> bool {
    let message = message(key, signature, key.modulus.len());
    message.is_some() && message == pkcs1(key, hash, digest)
}

/// Whether this is the signature of a hash by RSA-PSS (RFC 8017, 8.1.2 and 9.1.2), with a salt of that length or of any.
pub(super) fn verify_pss(key: &RsaKey, hash: Hash, digest: &[u8], signature: &[u8], salt: Option<usize>) -> bool {
    let bits = key.bits().saturating_sub(1);
    let Some(message) = message(key, signature, bits.div_ceil(8)) else {
        return false;
    };
    let Some((0xbc, message)) = message.split_last().map(|(last, rest)| (*last, rest)) else {
        return false;
    };
    let Some((masked, code)) = message.len().checked_sub(digest.len()).map(|at| message.split_at(at)) else {
        return false;
    };
    let keep = kept_bits(bits);
    if masked.first().is_some_and(|first| first & !keep != 0) {
        return false;
    }
    let mut block: Vec<u8> = masked.iter().zip(mask(hash, code)).map(|(masked, mask)| masked ^ mask).collect();
    if let Some(first) = block.first_mut() {
        *first &= keep;
    }
    let Some(one) = block.iter().position(|byte| *byte != 0).filter(|at| block[*at] == 1) else {
        return false;
    };
    let found = &block[one + 1..];
    salt.is_none_or(|length| length == found.len()) && hash.digest(&[&[0; 8], digest, found].concat()) == code
}

/// Signs a hash by RSA of PKCS #1 version 1.5; `None` where the numbers make up no key.
pub(super) fn sign_pkcs1(
    key: &RsaKey,
    d: &BigUint,
    hash: Hash,
    digest: &[u8],
    random: impl Fn(&mut [u8]),
) -> Option<Vec<u8>> {
    let signature = raise(key, d, &pkcs1(key, hash, digest)?, random)?;
    verify_pkcs1(key, hash, digest, &signature).then_some(signature)
}

/// Signs a hash by RSA-PSS with a salt as long as the hash; `None` where the numbers make up no key.
pub(super) fn sign_pss(
    key: &RsaKey,
    d: &BigUint,
    hash: Hash,
    digest: &[u8],
    random: impl Fn(&mut [u8]),
) -> Option<Vec<u8>> {
    let mut salt = vec![0; digest.len()];
    random(&mut salt);
    let code = hash.digest(&[&[0; 8], digest, &salt].concat());
    let bits = key.bits().checked_sub(1)?;
    let zeros = bits.div_ceil(8).checked_sub(salt.len() + code.len() + 2)?;
    let block = [&vec![0; zeros][..], &[1], &salt].concat();
    let mut message: Vec<u8> = block.iter().zip(mask(hash, &code)).map(|(byte, mask)| byte ^ mask).collect();
    message[0] &= kept_bits(bits);
    message.extend_from_slice(&code);
    message.push(0xbc);
    let signature = raise(key, d, &message, random)?;
    verify_pss(key, hash, digest, &signature, Some(salt.len())).then_some(signature)
}

/// The private operation, blinded.
fn raise(key: &RsaKey, d: &BigUint, message: &[u8], random: impl Fn(&mut [u8])) -> Option<Vec<u8>> {
    let (modulus, exponent) = public(key)?;
    let mut bytes = vec![0; key.modulus.len()];
    random(&mut bytes);
    let blind = BigUint::from_bytes_be(&bytes) % &modulus;
    // Only a host without randomness gives a number that has no inverse.
    let (blind, back) = match blind.modinv(&modulus) {
        Some(back) => (blind, back),
        None => (BigUint::from(1u8), BigUint::from(1u8)),
    };
    let blinded = BigUint::from_bytes_be(message) * blind.modpow(&exponent, &modulus) % &modulus;
    filled(&(blinded.modpow(d, &modulus) * back % &modulus), key.modulus.len())
}

/// What PKCS #1 version 1.5 signs for a hash (RFC 8017, 9.2).
fn pkcs1(key: &RsaKey, hash: Hash, digest: &[u8]) -> Option<Vec<u8>> {
    // What DER says before a hash: the algorithm, and how long it is.
    let (last, length) = match hash {
        Hash::Sha256 => (1, 0x20),
        Hash::Sha384 => (2, 0x30),
        Hash::Sha512 => (3, 0x40),
    };
    let whole = 0x11 + length;
    let info = [0x30, whole, 0x30, 13, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, last, 5, 0, 4, length];
    let padding = key.modulus.len().checked_sub(3 + info.len() + digest.len()).filter(|padding| *padding >= 8)?;
    Some([&[0, 1], &vec![0xff; padding][..], &[0], &info, digest].concat())
}

/// What was signed, in so many bytes.
fn message(key: &RsaKey, signature: &[u8], length: usize) -> Option<Vec<u8>> {
    let (modulus, exponent) = public(key)?;
    let signature = BigUint::from_bytes_be(signature);
    if signature >= modulus {
        return None;
    }
    filled(&signature.modpow(&exponent, &modulus), length)
}

/// The key's numbers, within the limits that Go has for them.
fn public(key: &RsaKey) -> Option<(BigUint, BigUint)> {
    let (modulus, exponent) = (BigUint::from_bytes_be(&key.modulus), BigUint::from_bytes_be(&key.exponent));
    let odd = modulus.bit(0) && exponent.bit(0);
    let fits = SIZES.contains(&key.bits()) && exponent.bits() <= 31 && exponent >= BigUint::from(2u8);
    (odd && fits).then_some((modulus, exponent))
}

/// A number in so many bytes.
fn filled(number: &BigUint, length: usize) -> Option<Vec<u8>> {
    let bytes = number.to_bytes_be();
    let mut filled = vec![0; length.checked_sub(bytes.len())?];
    filled.extend_from_slice(&bytes);
    Some(filled)
}

/// The bits of the first byte that PSS uses of a message of so many bits.
fn kept_bits(bits: usize) -> u8 {
    0xff >> (8 * bits.div_ceil(8) - bits)
}

/// The endless mask that a seed gives (MGF1).
fn mask(hash: Hash, seed: &[u8]) -> impl Iterator<Item = u8> {
    (0u32..).flat_map(move |counter| hash.digest(&[seed, &counter.to_be_bytes()].concat()))
}
