//! Certificates, requests for them, and private keys: what `crypto.x509.*` and `crypto.parse_private_keys` read.
//!
//! The results are what Go's `crypto/x509` makes of them, field by field, as JSON; its errors are said in its words. So
//! the reading is our own, after X.690, RFC 5280, RFC 2986, RFC 8017, RFC 5208 and RFC 5915, as strict and as lenient as
//! Go's; only the arithmetic of signatures and curves is that of crates. A chain that cannot be verified, for whatever
//! reason, is none: `[false, []]`. Its instant is the evaluation's, or the one given.
//!
//! Beyond Go's there are bounds on what would take long: integers of more than 32,768 bits are refused, and signatures by RSA
//! keys of more than 8,192 bits count for nothing.

mod asn1;
pub(crate) mod certificate;
mod constraints;
pub(crate) mod curve;
mod der;
mod extensions;
mod name;
mod names;
mod oid;
mod options;
mod output;
mod p224;
pub(crate) mod pem;
mod policies;
mod private_key;
pub(crate) mod public_key;
mod request;
pub(crate) mod rsa_key;
mod signature;
mod text;
mod time;
mod verify;

use lictor_value::text::lossy;
use lictor_value::{Builtin, Context, Object, Type, Value};

use crate::encoding;
use crate::family::{self, Take};

use certificate::Certificate;
use options::Options;
use output::Output;
use private_key::PrivateKey;
use request::Request;

const OBJECT: Type = Type::Object(&Type::String, &Type::Any);
const OBJECTS: Type = Type::Array(&OBJECT);
const VERDICT: Type = Type::Tuple(&[Type::Boolean, OBJECTS], None);

/// The family.
pub static FAMILY: &[Builtin] = crate::family! {
    /// The certificates in PEM, or in base64 of PEM or DER, in the fields of Go's `x509.Certificate`.
    ///
    /// ```rego
    /// some certificate in crypto.x509.parse_certificates(input.client_certificate)
    /// certificate.Subject.CommonName == "gateway"
    /// ```
    "crypto.x509.parse_certificates" |cx, certs ("the certificates"): &[u8]|
    -> "output" ("one object each"): Option<Value<'_>> [OBJECTS] {
        let der = or_fail(cx, certificates_der(certs))?;
        let certificates = or_fail(cx, Certificate::parse_all(&der))?;
        reserve(cx, &der)?;
        let to = Output(cx.arena);
        let values: Vec<_> = certificates.iter().map(|certificate| certificate.output(&to, true)).collect();
        Some(to.array(&values))
    }
    /// Whether the last of the certificates can be traced to the first, which is trusted, through the others; if so, the
    /// chain from the last to the first. It must be valid now, and for servers.
    ///
    /// ```rego
    /// [valid, chain] := crypto.x509.parse_and_verify_certificates(concat("", [data.root, input.client_certificate]))
    /// ```
    "crypto.x509.parse_and_verify_certificates" |
        cx,
        certs ("the certificates: the trusted one first, the one in question last"): &[u8],
    | -> "output" ("`[valid, chain]`; the chain is empty where it is not valid"): Option<Value<'_>> [VERDICT] {
        let Ok(der) = certificates_der(certs) else { return Some(unverified(cx)) };
        verdict(cx, &der, Options::default(), true)
    }
    /// As `crypto.x509.parse_and_verify_certificates`, with options: `DNSName`, the host that the certificate must be for;
    /// `CurrentTime`, the instant, in ns since 1970; `KeyUsages`, the purposes of which one must be allowed, such as
    /// `KeyUsageClientAuth`. `MaxConstraintComparisons` is read and means nothing: names are checked in a time that needs no
    /// limit.
    "crypto.x509.parse_and_verify_certificates_with_options" |
        cx,
        certs ("the certificates: the trusted one first, the one in question last"): &[u8],
        options ("what else must be true of them"): Value<'_> [OBJECT],
    | -> "output" ("`[valid, chain]`; the chain is empty where it is not valid"): Option<Value<'_>> [VERDICT] {
        let options = <&Object<'_>>::take(options).or_else(|| cx.wrong_operand(2, "object", options))?;
        let Ok(der) = certificates_der(certs) else { return Some(unverified(cx)) };
        if Certificate::parse_all(&der).is_err() {
            return Some(unverified(cx));
        }
        let options = or_fail(cx, Options::read(options))?;
        verdict(cx, &der, options, false)
    }
    /// A request for a certificate in PEM, or in base64 of PEM or DER, in the fields of Go's `x509.CertificateRequest`.
    "crypto.x509.parse_certificate_request" |cx, csr ("the request"): &[u8]|
    -> "output" ("its fields"): Option<Value<'_>> [OBJECT] {
        let der = or_fail(cx, request_der(csr))?;
        let request = or_fail(cx, Request::parse(&der))?;
        reserve(cx, &der)?;
        Some(request.output(&Output(cx.arena)))
    }
    /// A certificate, perhaps with those that lead to its root, and its private key, in the fields of Go's `tls.Certificate`;
    /// an error where they do not belong together. Both in PEM, or in base64 of PEM or DER.
    "crypto.x509.parse_keypair" |
        cx,
        cert ("the certificate and those that lead to its root"): &[u8],
        pem ("the private key"): Value<'_> [Type::String],
    | -> "output" ("both together, in one object"): Option<Value<'_>> [OBJECT] {
        // OPA names operand 1 whichever has the wrong type.
        let key: &[u8] = family::take(cx, &[pem], 0)?;
        key_pair(cx, cert, key)
    }
    /// The first private key in PEM, or in base64 of PEM, as a JSON Web Key; null where there is none.
    "crypto.x509.parse_rsa_private_key" |cx, pem ("the private key"): &[u8]|
    -> "output" ("the JSON Web Key"): Option<Value<'_>> [OBJECT] {
        let keys = or_fail(cx, json_web_keys(pem))?;
        let to = Output(cx.arena);
        match keys.first() {
            Some(key) => or_fail(cx, key.jwk(&to)),
            None => Some(Value::NULL),
        }
    }
    /// All private keys in PEM, or in base64 of PEM, in the fields of Go's keys; null where the text is empty. What is not a
    /// private key is skipped.
    "crypto.parse_private_keys" |cx, keys ("the private keys"): &[u8]|
    -> "output" ("one object each"): Option<Value<'_>> [OBJECTS] {
        if keys.is_empty() {
            return Some(Value::NULL);
        }
        let keys = or_fail(cx, private_keys(keys))?;
        let to = Output(cx.arena);
        let values: Vec<_> = keys.iter().map(|key| key.output(&to)).collect();
        Some(to.array(&values))
    }
};

const CERTIFICATE: &[u8] = b"CERTIFICATE";

fn or_fail<T>(cx: &mut Context<'_, '_>, outcome: Result<T, String>) -> Option<T> {
    match outcome {
        Ok(it) => Some(it),
        Err(why) => cx.fail(why),
    }
}

/// Room for what comes of some DER: every byte is shown a few times, in base64, and every field has a name.
fn reserve(cx: &mut Context<'_, '_>, der: &[u8]) -> Option<()> {
    cx.reserve(der.len().saturating_mul(16))
}

fn unverified<'v>(cx: &Context<'_, 'v>) -> Value<'v> {
    let to = Output(cx.arena);
    to.array(&[Value::bool(false), to.array(&[])])
}

/// What verifying certificates gives.
fn verdict<'v>(cx: &mut Context<'_, 'v>, der: &[u8], options: Options, with_uri_texts: bool) -> Option<Value<'v>> {
    let Ok(certificates) = Certificate::parse_all(der) else { return Some(unverified(cx)) };
    let now = options.now.unwrap_or_else(|| cx.now_ns());
    let options = verify::Options { now, host: options.host, purposes: options.purposes };
    let Some(chain) = verify::verify(&certificates, &options) else { return Some(unverified(cx)) };
    reserve(cx, der)?;
    let to = Output(cx.arena);
    let chain: Vec<_> = chain.iter().map(|certificate| certificate.output(&to, with_uri_texts)).collect();
    Some(to.array(&[Value::bool(true), to.array(&chain)]))
}

fn base64(text: &[u8]) -> Result<Vec<u8>, String> {
    encoding::decode(text, encoding::STANDARD).map_err(|at| format!("illegal base64 data at input byte {at}"))
}

/// The DER of all certificates of a text.
fn certificates_der(text: &[u8]) -> Result<Vec<u8>, String> {
    const BEGIN: &[u8] = b"-----BEGIN";
    if text.starts_with(BEGIN) {
        return blocks_der(text);
    }
    let der = base64(text)?;
    if der.starts_with(BEGIN) { blocks_der(&der) } else { Ok(der) }
}

fn blocks_der(mut text: &[u8]) -> Result<Vec<u8>, String> {
    let mut der = Vec::new();
    while let Some((block, rest)) = pem::decode(text) {
        if block.label != CERTIFICATE {
            let label = lossy(&block.label);
            return Err(format!("PEM block type is '{label}', expected CERTIFICATE"));
        }
        der.extend(block.bytes);
        text = rest;
    }
    Ok(der)
}

fn request_der(text: &[u8]) -> Result<Vec<u8>, String> {
    let bytes = match text.starts_with(b"-----BEGIN CERTIFICATE REQUEST-----") {
        true => text.to_vec(),
        false => base64(text)?,
    };
    match pem::decode(&bytes) {
        Some((block, _)) if block.label == b"CERTIFICATE REQUEST" => Ok(block.bytes),
        Some(_) => Err("invalid PEM-encoded certificate signing request".into()),
        None => Ok(bytes),
    }
}

fn json_web_keys(text: &[u8]) -> Result<Vec<PrivateKey>, String> {
    if text.is_empty() {
        return Err("input PEM data was empty".into());
    }
    if text.starts_with(b"-----BEGIN") { private_keys(text) } else { private_keys(&base64(text)?) }
}

/// All private keys of a text in PEM, or in base64 of PEM. Blocks that say they are something else are skipped.
fn private_keys(text: &[u8]) -> Result<Vec<PrivateKey>, String> {
    let decoded = base64(text);
    let mut text = decoded.as_deref().unwrap_or(text);
    let mut keys = Vec::new();
    while let Some((block, rest)) = pem::decode(text) {
        match &block.label[..] {
            b"RSA PRIVATE KEY" => keys.push(PrivateKey::parse_pkcs1(&block.bytes)?),
            b"PRIVATE KEY" => keys.push(PrivateKey::parse_pkcs8(&block.bytes)?),
            b"EC PRIVATE KEY" => keys.push(PrivateKey::parse_sec1(&block.bytes)?),
            _ => {}
        }
        text = rest;
    }
    Ok(keys)
}

/// The blocks of PEM, or of base64 of PEM; anything else in base64 counts as one block of this label.
fn blocks(text: &[u8], label: &[u8]) -> Result<Vec<pem::Block>, String> {
    const BEGIN: &[u8] = b"-----BEGIN ";
    let decoded;
    let mut text = text;
    if !text.starts_with(BEGIN) {
        decoded = base64(text)?;
        if !decoded.starts_with(BEGIN) {
            return Ok(vec![pem::Block { label: label.to_vec(), bytes: decoded }]);
        }
        text = &decoded;
    }
    let mut blocks = Vec::new();
    while let Some((block, rest)) = pem::decode(text) {
        blocks.push(block);
        text = rest;
    }
    Ok(blocks)
}

fn key_pair<'v>(cx: &mut Context<'_, 'v>, certificates: &[u8], key: &[u8]) -> Option<Value<'v>> {
    let pair = blocks(certificates, CERTIFICATE).and_then(|blocks_of_certificates| {
        let blocks_of_key = blocks(key, b"PRIVATE KEY")?;
        let certificates = only_certificates(blocks_of_certificates)?;
        let key = tls_key_block(&blocks_of_key)?;
        let leaf = Certificate::parse_one(&certificates[0])?;
        let key = tls_key(key)?;
        key.check_pair(leaf.key.as_ref())?;
        Ok((certificates.clone(), key))
    });
    let (certificates, key) = or_fail(cx, pair)?;
    cx.reserve(certificates.iter().map(Vec::len).sum::<usize>().saturating_mul(16))?;
    let leaf = or_fail(cx, Certificate::parse_one(&certificates[0]))?;
    let to = Output(cx.arena);
    Some(to.object([
        ("Certificate", to.list(certificates.iter().map(|der| to.base64(der)))),
        ("Leaf", leaf.output(&to, false)),
        ("OCSPStaple", Value::NULL),
        ("PrivateKey", key.output(&to)),
        ("SignedCertificateTimestamps", Value::NULL),
        ("SupportedSignatureAlgorithms", Value::NULL),
    ]))
}

/// The certificates among some blocks; at least one.
fn only_certificates(blocks: Vec<pem::Block>) -> Result<Vec<Vec<u8>>, String> {
    let (certificates, others): (Vec<_>, Vec<_>) = blocks.into_iter().partition(|block| block.label == CERTIFICATE);
    if !certificates.is_empty() {
        return Ok(certificates.into_iter().map(|block| block.bytes).collect());
    }
    Err(match &others[..] {
        [] => "tls: failed to find any PEM data in certificate input".into(),
        [other] if other.label.ends_with(b"PRIVATE KEY") => "tls: failed to find certificate PEM data in certificate \
            input, but did find a private key; PEM inputs may have been switched"
            .into(),
        others => format!(
            "tls: failed to find \"CERTIFICATE\" PEM block in certificate input after skipping PEM blocks of the \
             following types: {}",
            labels(others),
        ),
    })
}

fn tls_key_block(blocks: &[pem::Block]) -> Result<&pem::Block, String> {
    let is_key = |block: &&pem::Block| block.label == b"PRIVATE KEY" || block.label.ends_with(b" PRIVATE KEY");
    blocks.iter().find(is_key).ok_or_else(|| match blocks {
        [] => "tls: failed to find any PEM data in key input".into(),
        [other] if other.label == CERTIFICATE => {
            "tls: found a certificate rather than a key in the PEM for the private key".into()
        }
        others => format!(
            "tls: failed to find PEM block with type ending in \"PRIVATE KEY\" in key input after skipping PEM blocks \
             of the following types: {}",
            labels(others),
        ),
    })
}

fn tls_key(block: &pem::Block) -> Result<PrivateKey, String> {
    let der = &block.bytes;
    match PrivateKey::parse_pkcs1(der).or_else(|_| PrivateKey::parse_pkcs8(der)) {
        Ok(PrivateKey::X25519 { .. }) => Err("tls: found unknown private key type in PKCS#8 wrapping".into()),
        Ok(key) => Ok(key),
        Err(_) => PrivateKey::parse_sec1(der).map_err(|_| "tls: failed to parse private key".into()),
    }
}

fn labels(blocks: &[pem::Block]) -> String {
    let labels: Vec<_> = blocks.iter().map(|block| lossy(&block.label)).collect();
    format!("[{}]", labels.join(" "))
}

#[cfg(test)]
mod tests {
    use lictor_value::{Arena, json};
    use serde_json::json;

    use super::FAMILY;
    use crate::family::calls::{assert_gives, call};

    // A root, an authority below it that may only name hosts of `.gate.example` but not `old.gate.example`, and a server of
    // theirs, all made for these tests and valid from 2020 to 2120.
    const CHAIN: &str = include_str!("x509/golden/chain.pem");
    const LEAF: &str = include_str!("x509/golden/leaf.pem");
    const LEAF_KEY: &str = include_str!("x509/golden/leaf.key");
    const REQUEST: &str = include_str!("x509/golden/request.pem");
    const KEYS: &str = include_str!("x509/golden/keys.pem");

    // A root with a key on P-224, and what it signed, valid from the end of 2026; the last line of the signature.
    const P224_CHAIN: &str = include_str!("x509/golden/p224.pem");
    const P224_KEY: &str = include_str!("x509/golden/p224.key");
    const P224_SIGNED: &str = "FHbIAhwaPImpTpoJxUrT9pS1uqbpfvKp+4aIg1oT0W9J";

    const PRESENT: i64 = 1_700_000_000_000_000_000;

    fn text(text: &str) -> String {
        serde_json::Value::from(text).to_string()
    }

    /// Asserts that a builtin gives what OPA gives, which stands in a file.
    #[track_caller]
    fn assert_golden(name: &str, args: &[&str], golden: &str) {
        let args: Vec<_> = args.iter().map(|arg| text(arg)).collect();
        let args: Vec<_> = args.iter().map(String::as_str).collect();
        let arena = Arena::default();
        let mut expected = Vec::new();
        json::write_json(json::parse(&arena, golden.as_bytes()).expect("golden files are JSON"), &mut expected);
        assert_eq!(call(FAMILY, name, &args), String::from_utf8(expected).expect("JSON is UTF-8"));
    }

    #[test]
    fn certificates_show_all_their_fields() {
        let golden = include_str!("x509/golden/certificate.json");
        assert_golden("crypto.x509.parse_certificates", &[LEAF], golden);
        let base64 = crate::encoding::encode(LEAF.as_bytes(), crate::encoding::STANDARD, true);
        let base64 = String::from_utf8(base64).expect("base64 is ASCII");
        assert_golden("crypto.x509.parse_certificates", &[&base64], golden);
    }

    #[test]
    fn requests_show_what_they_ask_for() {
        assert_golden("crypto.x509.parse_certificate_request", &[REQUEST], include_str!("x509/golden/request.json"));
    }

    #[test]
    fn a_key_goes_with_its_certificate() {
        assert_golden("crypto.x509.parse_keypair", &[LEAF, LEAF_KEY], include_str!("x509/golden/keypair.json"));
        let pair = |certificate: &str, key: &str, given: &str| {
            assert_gives(FAMILY, "crypto.x509.parse_keypair", &[&text(certificate), &text(key)], given);
        };
        pair(LEAF, KEYS, "fails: tls: private key type does not match public key type");
        pair(
            LEAF_KEY,
            LEAF_KEY,
            "fails: tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched",
        );
        // Both are looked for before either is read.
        pair("/x/y", "-----BEGIN PRIVATE KEY-----\nAA", "fails: tls: failed to find any PEM data in key input");
        pair(
            LEAF,
            REQUEST,
            "fails: tls: failed to find PEM block with type ending in \"PRIVATE KEY\" in key input after skipping PEM blocks of the following types: [CERTIFICATE REQUEST]",
        );
    }

    #[test]
    fn private_keys_are_read_in_each_form() {
        assert_golden("crypto.parse_private_keys", &[KEYS], include_str!("x509/golden/keys.json"));
        assert_golden("crypto.x509.parse_rsa_private_key", &[KEYS], include_str!("x509/golden/jwk.json"));
        assert_gives(FAMILY, "crypto.parse_private_keys", &[r#""""#], "null");
        assert_gives(FAMILY, "crypto.parse_private_keys", &[&text(LEAF)], "[]");
        assert_gives(FAMILY, "crypto.x509.parse_rsa_private_key", &[&text(LEAF)], "null");
        let empty = "fails: input PEM data was empty";
        assert_gives(FAMILY, "crypto.x509.parse_rsa_private_key", &[r#""""#], empty);
    }

    /// The common names of the chain that verifying with these options gives.
    fn verified(certificates: &str, mut options: serde_json::Value) -> Option<Vec<String>> {
        if let Some(options) = options.as_object_mut() {
            options.entry("CurrentTime").or_insert(PRESENT.into());
        }
        let name = "crypto.x509.parse_and_verify_certificates_with_options";
        let answer = call(FAMILY, name, &[&text(certificates), &options.to_string()]);
        let answer: serde_json::Value = serde_json::from_str(&answer).expect(&answer);
        let name = |certificate: &serde_json::Value| {
            certificate["Subject"]["CommonName"].as_str().expect("each has one").to_owned()
        };
        let chain = answer[1].as_array().expect("it is there even if it is empty");
        assert_eq!(answer[0].as_bool(), Some(!chain.is_empty()));
        (!chain.is_empty()).then(|| chain.iter().map(name).collect())
    }

    #[test]
    fn a_chain_leads_from_the_leaf_to_the_root() {
        let chain = Some(["api.gate.example", "Gate Issuing", "Gate Root"].map(String::from).to_vec());
        assert_eq!(verified(CHAIN, json!({})), chain);
        assert_eq!(verified(CHAIN, json!({"DNSName": "x.keys.gate.example"})), chain);
        assert_eq!(verified(CHAIN, json!({"DNSName": "[10.1.2.3]", "KeyUsages": ["KeyUsageAny"]})), chain);
        let name = "crypto.x509.parse_and_verify_certificates";
        assert_gives(FAMILY, name, &[&text(LEAF)], "[false,[]]");
        // These tests' clock stands at 1970.
        assert_gives(FAMILY, name, &[&text(CHAIN)], "[false,[]]");
    }

    #[test]
    fn p224_is_a_curve_of_keys_and_certificates() {
        assert_golden("crypto.parse_private_keys", &[P224_KEY], include_str!("x509/golden/p224.json"));
        let after = json!({"CurrentTime": 2_000_000_000_000_000_000i64});
        assert_eq!(verified(P224_CHAIN, after.clone()), Some(["leaf", "P-224 Root"].map(String::from).to_vec()));
        let forged = P224_CHAIN.replace(P224_SIGNED, &P224_SIGNED.to_lowercase());
        assert_ne!(P224_CHAIN, forged);
        assert_eq!(verified(&forged, after), None);
        let why = "fails: failed to initialize *jwk.ecdsaPrivateKey from *ecdsa.PrivateKey: jwk: failed to get algorithm for \
                   converting ECDSA private key to JWK: unknown elliptic curve: P-224";
        assert_gives(FAMILY, "crypto.x509.parse_rsa_private_key", &[&text(P224_KEY)], why);
    }

    #[test]
    fn whatever_does_not_fit_leaves_no_chain() {
        for options in [
            json!({"DNSName": "gate.example"}),
            json!({"DNSName": "10.1.2.4"}),
            json!({"KeyUsages": ["KeyUsageClientAuth"]}),
            json!({"CurrentTime": 1_577_836_799_999_999_999i64}),
            json!({"CurrentTime": 4_733_510_400_000_000_001i64}),
        ] {
            assert_eq!(verified(CHAIN, options.clone()), None, "{options}");
        }
        let blocks: Vec<_> = CHAIN.split_inclusive("-----END CERTIFICATE-----\n").collect();
        let [root, issuing, leaf] = blocks[..] else { panic!("there are three") };
        assert_eq!(verified(&[root, leaf].concat(), json!({})), None, "the one between is missing");
        assert_eq!(verified(&[leaf, issuing, root].concat(), json!({})), None, "the root is no leaf of its server");
        assert_eq!(
            verified(&[root, issuing, issuing, leaf, leaf].concat(), json!({})).map(|chain| chain.len()),
            Some(3)
        );
        // The last bytes are the signature's.
        let forged = leaf.replace(
            "0wMw=
", "0wQw=
",
        );
        assert_ne!(leaf, forged);
        assert_eq!(verified(&[root, issuing, &forged].concat(), json!({})), None, "the signature is another");
    }

    #[test]
    fn no_bit_of_a_certificate_can_be_changed() {
        let der = super::certificates_der(CHAIN.as_bytes()).expect("it is PEM");
        let options = super::verify::Options { now: PRESENT, host: Vec::new(), purposes: Vec::new() };
        let verified = |der: &[u8]| {
            let certificates = super::Certificate::parse_all(der);
            certificates.is_ok_and(|certificates| super::verify::verify(&certificates, &options).is_some())
        };
        assert!(verified(&der));
        // The root is trusted as it is: its own signature says nothing.
        let certificates = super::Certificate::parse_all(&der).expect("there are three");
        let root = certificates[0].raw.len();
        let leaf = root + certificates[1].raw.len();
        for at in root..der.len() {
            for bit in [1, 0x10, 0x80] {
                let mut changed = der.clone();
                changed[at] ^= bit;
                assert!(!verified(&changed), "byte {at}, bit {bit:#x}");
            }
            assert!(at == leaf || !verified(&der[..at]), "the first {at} bytes");
        }
    }

    #[test]
    fn options_that_mean_nothing_are_errors() {
        let name = "crypto.x509.parse_and_verify_certificates_with_options";
        for (options, why) in [
            (r#"{"Roots": 1}"#, "invalid key option"),
            (r#"{"CurrentTime": 1e18}"#, "'CurrentTime' should be a valid int64 number"),
            (r#"{"KeyUsages": ["Any"]}"#, "invalid entries for 'KeyUsages' found: [Any]"),
        ] {
            assert_gives(FAMILY, name, &[&text(CHAIN), options], &format!("fails: {why}"));
        }
        assert_gives(FAMILY, name, &[&text("no certificates"), r#"{"Roots": 1}"#], "[false,[]]");
    }
}
