//! Signing a new token: `io.jwt.encode_sign` and `io.jwt.encode_sign_raw`.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPairComponents as RsaKeyPairComponents;
use aws_lc_rs::signature::{self, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RsaKeyPair, RsaPublicKeyComponents};
use lictor_value::text::lossy;
use lictor_value::{Arena, Context, Fault, Host, Value, json};
use num_bigint::BigUint;

use super::algorithm::{Algorithm, Hash};
use super::jwk::{Jwk, Numbers, RsaPrivate};
use super::loose::Fields;
use super::public::{Curve, RsaKey};
use super::{failed, jwk, rsa, string};
use crate::encoding;
use crate::x509::rsa_key::RsaKey as PrivateKey;

/// The longest modulus that is signed with, in bits: longer ones take seconds.
const MOST_BITS: usize = 8192;

/// The token of a header, a payload and a key that are values.
pub(super) fn encode_sign(
    cx: &mut Context<'_, '_>,
    headers: Value<'_>,
    payload: Value<'_>,
    key: Value<'_>,
) -> Option<Vec<u8>> {
    let [headers, payload, key] = [headers, payload, key].map(|value| {
        let mut text = Vec::new();
        json::write_json(value, &mut text);
        text
    });
    let signed = sign(cx.host, &headers, &payload, &key);
    cx.catch(signed)
}

/// The token of a header, a payload and a key that are texts.
pub(super) fn encode_sign_raw(
    cx: &mut Context<'_, '_>,
    headers: Value<'_>,
    payload: Value<'_>,
    key: Value<'_>,
) -> Option<Vec<u8>> {
    let operands = || {
        let key = string(key, 3)?;
        Ok::<_, Fault>((string(headers, 1)?, string(payload, 2)?, key))
    };
    let (headers, payload, key) = cx.catch(operands())?;
    let signed = sign(cx.host, headers, payload, key);
    cx.catch(signed)
}

fn sign(host: &dyn Host, headers: &[u8], payload: &[u8], key: &[u8]) -> Result<Vec<u8>, Fault> {
    let keys = jwk::parse(key).map_err(failed)?;
    let key = keys.first().ok_or_else(|| failed("no keys found in JWK set"))?;
    let missing = |why| failed(format!("missing or invalid 'alg' header: {why}"));
    let fields = Fields::read(headers).map_err(missing)?;
    let alg = fields.text("alg").map_err(missing)?;
    let algorithm = Algorithm::named(alg).ok_or_else(|| failed(format!("unknown JWS algorithm: {}", lossy(alg))))?;
    if fields.text("typ").is_ok_and(|typ| typ != b"JWT") || is_json(payload)? {
        let mut token = encoding::encode_url(headers);
        token.push(b'.');
        token.extend(encoding::encode_url(payload));
        let signature = signature(host, key, algorithm, &token).map_err(failed)?;
        token.push(b'.');
        token.extend(encoding::encode_url(&signature));
        return Ok(token);
    }
    Err(failed("type is JWT but payload is not JSON"))
}

/// Whether a payload is JSON; numbers may be of any size.
fn is_json(payload: &[u8]) -> Result<bool, Fault> {
    match json::check(&Arena::default(), payload) {
        Ok(()) => Ok(true),
        Err(error) => match crate::json::fault(error, payload) {
            halt @ Fault::Halt(_) => Err(halt),
            _ => Ok(false),
        },
    }
}

/// The signature of a text; on failure, OPA's words, or ours for keys that RFC 7518 rules out.
fn signature(host: &dyn Host, key: &Jwk, algorithm: Algorithm, text: &[u8]) -> Result<Vec<u8>, String> {
    match (algorithm, &key.numbers) {
        (Algorithm::Hs(hash), Numbers::Secret(secret)) => Ok(hash.mac(secret, text)),
        (Algorithm::Rs(hash) | Algorithm::Ps(hash), Numbers::Rsa { n, e, private: Some(private) }) => {
            let (public, pss) = (RsaKey::new(n, e), matches!(algorithm, Algorithm::Ps(_)));
            let primes = private.primes().map_err(|why| unfit(key, algorithm, &exporting(&why)))?;
            rsa_signature(host, &public, private, primes, hash, pss, text)
        }
        (Algorithm::Es(hash), Numbers::Ec { curve, x, y, d: Some(d), .. }) => {
            let signed = ec_signature(*curve, x, y, d, hash, text);
            signed.ok_or_else(|| {
                String::from("failed to sign payload using ecdsa: the private key is not of the public one")
            })
        }
        (Algorithm::EdDsa, Numbers::Okp { crv, x, d: Some(d) }) if crv == "Ed25519" => {
            let pair = ed25519(d, x).map_err(|why| unfit(key, algorithm, &exporting(&why)))?;
            Ok(pair.sign(text).as_ref().to_vec())
        }
        (_, Numbers::Okp { crv, x, d }) => {
            let half = if d.is_some() { "Private" } else { "Public" };
            let flaw = match (crv.as_str(), d) {
                ("Ed25519", Some(d)) => ed25519(d, x).err(),
                ("Ed25519" | "X25519", _) => None,
                _ => {
                    let kind = half.to_ascii_lowercase();
                    Some(format!("jwk.OKP{half}Key: failed to build {kind} key: invalid curve algorithm {crv}"))
                }
            };
            let why = match (flaw, algorithm) {
                (Some(flaw), _) => exporting(&flaw),
                // OPA would take the bytes of such a key as a secret, even those of a public one. They are none.
                (None, Algorithm::Hs(_)) if crv == "Ed25519" => exporter_missing(key),
                (None, _) if crv == "Ed25519" => assigning(algorithm, &format!("ed25519.{half}Key")),
                (None, _) => assigning(algorithm, &format!("*ecdh.{half}Key")),
            };
            Err(unfit(key, algorithm, &why))
        }
        _ => Err(unfit(key, algorithm, &exporter_missing(key))),
    }
}

fn exporter_missing(key: &Jwk) -> String {
    format!("jwk.Export: no suitable exporter found for key type '{}'", key.numbers.type_name())
}

/// The name that Go has for the keys that an algorithm signs with.
fn wanted(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Hs(_) => "[]byte",
        Algorithm::Rs(_) | Algorithm::Ps(_) => "rsa.PrivateKey",
        Algorithm::Es(_) => "ecdsa.PrivateKey",
        Algorithm::EdDsa => "ed25519.PrivateKey",
    }
}

/// That a key does not sign by this algorithm, and why.
fn unfit(key: &Jwk, algorithm: Algorithm, why: &str) -> String {
    let (wanted, found) = (wanted(algorithm), key.numbers.type_name());
    let pointer = if matches!(algorithm, Algorithm::Rs(_) | Algorithm::Ps(_) | Algorithm::Es(_)) { "*" } else { "" };
    let by = if matches!(algorithm, Algorithm::Hs(_) | Algorithm::Es(_)) { "keyconv: " } else { "" };
    format!(
        "jwsbb.Sign: invalid key type {found}. {pointer}{wanted} is required: {by}failed to produce {wanted} from {found}: {why}"
    )
}

fn exporting(why: &str) -> String {
    format!("jwk.Export: failed to export jwk.Key to raw format: {why}")
}

fn assigning(algorithm: Algorithm, found: &str) -> String {
    let wanted = match wanted(algorithm) {
        "[]byte" => "[]uint8",
        wanted => wanted,
    };
    format!(
        "jwk.Export: failed to assign key: argument to AssignIfCompatible() must be compatible with {found} (was *{wanted})"
    )
}

fn rsa_signature(
    host: &dyn Host,
    public: &RsaKey,
    private: &RsaPrivate,
    [p, q]: [&[u8]; 2],
    hash: Hash,
    pss: bool,
    text: &[u8],
) -> Result<Vec<u8>, String> {
    let bits = public.bits();
    if bits < 1024 {
        let see = "see https://go.dev/pkg/crypto/rsa#hdr-Minimum_key_size";
        return Err(format!("crypto/rsa: {bits}-bit keys are insecure ({see})"));
    }
    if bits > MOST_BITS {
        return Err(format!("crypto/rsa: the modulus has more than {MOST_BITS} bits"));
    }
    let given = [&private.dp, &private.dq, &private.qi];
    let [n, d, prime, other] = [&public.modulus[..], &private.d, p, q].map(BigUint::from_bytes_be);
    let exponent = public.exponent.iter().fold(0, |e, byte| e << 8 | i64::from(*byte));
    let given = given.map(|number| number.as_deref().map(BigUint::from_bytes_be));
    let shortcuts = PrivateKey::shortcuts([n, d.clone(), prime, other], exponent, given)?;
    let refused = || String::from("crypto/rsa: the numbers make up no private key");
    if bits < 2048 {
        let random = |bytes: &mut [u8]| host.random(bytes);
        let sign = if pss { rsa::sign_pss } else { rsa::sign_pkcs1 };
        return sign(public, &d, hash, &hash.digest(text), random).ok_or_else(refused);
    }
    let [dp, dq, qi] = shortcuts.map(|number| number.to_bytes_be());
    let components = RsaKeyPairComponents {
        public_key: RsaPublicKeyComponents { n: &public.modulus, e: &public.exponent },
        d: &private.d[..],
        p,
        q,
        dP: &dp[..],
        dQ: &dq[..],
        qInv: &qi[..],
    };
    let pair = RsaKeyPair::from_components(&components).map_err(|_| refused())?;
    let encoding: &'static dyn signature::RsaEncoding = match (pss, hash) {
        (false, Hash::Sha256) => &signature::RSA_PKCS1_SHA256,
        (false, Hash::Sha384) => &signature::RSA_PKCS1_SHA384,
        (false, Hash::Sha512) => &signature::RSA_PKCS1_SHA512,
        (true, Hash::Sha256) => &signature::RSA_PSS_SHA256,
        (true, Hash::Sha384) => &signature::RSA_PSS_SHA384,
        (true, Hash::Sha512) => &signature::RSA_PSS_SHA512,
    };
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(encoding, &SystemRandom::new(), text, &mut signature).map_err(|_| refused())?;
    Ok(signature)
}

fn ec_signature(curve: Curve, x: &[u8], y: &[u8], d: &[u8], hash: Hash, text: &[u8]) -> Option<Vec<u8>> {
    let algorithm = match curve {
        Curve::P256 => &signature::ECDSA_P256_SHA256_FIXED_SIGNING,
        Curve::P384 => &signature::ECDSA_P384_SHA384_FIXED_SIGNING,
        Curve::P521 => &signature::ECDSA_P521_SHA512_FIXED_SIGNING,
    };
    let public = [&[4], x, y].concat();
    let pair = EcdsaKeyPair::from_private_key_and_public_key(algorithm, d, &public).ok()?;
    Some(pair.sign_digest(&curve.fit(hash, text)?).ok()?.as_ref().to_vec())
}

/// A private key of Ed25519, from its seed and its public key.
pub(super) fn ed25519(seed: &[u8], public: &[u8]) -> Result<Ed25519KeyPair, String> {
    let wrong = |what: &str| format!("jwk.OKPPrivateKey: failed to build private key: ed25519: {what}");
    let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| wrong("wrong private key size"))?;
    match pair.public_key().as_ref() == public {
        true => Ok(pair),
        false => Err(wrong("invalid x value given d value")),
    }
}
