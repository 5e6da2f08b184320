//! JSON Web Keys (RFC 7517), and sets of them, as the library reads them that OPA uses.
//!
//! Its errors are OPA's, layer by layer. Where several fields are wrong it names the first one of the text, and this the first
//! one of the alphabet.

use lictor_value::json::{self, JsonErrorKind};
use lictor_value::{Arena, Object, Value, View, text};

use super::algorithm::Algorithm;
use super::keys::{Key, Material};
use super::public::{Curve, PublicKey, strip_zeros};
use crate::encoding;
use crate::x509::certificate::Certificate;

/// How many keys a set may have.
const MOST: usize = 1000;

/// A key.
pub(super) struct Jwk {
    alg: Vec<u8>,
    kid: Vec<u8>,
    pub(super) numbers: Numbers,
}

/// What makes up a key. There is no way to print one: most hold secrets.
pub(super) enum Numbers {
    Secret(Vec<u8>),
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
        private: Option<Box<RsaPrivate>>,
    },
    Ec {
        curve: Curve,
        x: Vec<u8>,
        y: Vec<u8>,
        d: Option<Vec<u8>>,
        public: PublicKey,
    },
    /// An octet key pair (RFC 8037); `crv` is Ed25519, or a curve that no token is signed on.
    Okp {
        crv: String,
        x: Vec<u8>,
        d: Option<Vec<u8>>,
    },
}

/// The private part of an RSA key; only `d` must be there.
pub(super) struct RsaPrivate {
    pub(super) d: Vec<u8>,
    pub(super) p: Option<Vec<u8>>,
    pub(super) q: Option<Vec<u8>>,
    pub(super) dp: Option<Vec<u8>>,
    pub(super) dq: Option<Vec<u8>>,
    pub(super) qi: Option<Vec<u8>>,
}

/// Reads a key or a set of keys. Of a key alone, what follows it is not looked at.
pub(super) fn parse(text: &[u8]) -> Result<Vec<Jwk>, String> {
    let arena = Arena::default();
    let sole = |value| match parse_key(value) {
        Ok(key) => Ok(vec![key]),
        Err(why) => Err(format!("jwk.Parse: failed to parse sole key: jwk.ParseKey: {why}")),
    };
    match json::parse(&arena, text) {
        Ok(value) => match value.as_object().and_then(|object| object.get_str("keys")) {
            Some(keys) => parse_set(keys).map_err(|why| format!("jwk.Parse: failed to unmarshal JWK set: {why}")),
            None => sole(value),
        },
        Err(error) => match (error.kind, json::parse(&arena, &text[..error.offset.min(text.len())])) {
            (JsonErrorKind::TrailingData(_), Ok(value)) => sole(value),
            (kind, _) => Err(format!("jwk.Parse: failed to parse sole key: jwk.ParseKey: {}{kind}", PROBE)),
        },
    }
}

const PROBE: &str = "jwk.Parse: failed to probe data: probe: failed to unmarshal data: ";

fn parse_set(keys: Value<'_>) -> Result<Vec<Jwk>, String> {
    let Some(keys) = keys.as_array() else {
        let mut found = Vec::new();
        match keys.view() {
            View::Null => found.extend_from_slice(b"<nil>"),
            View::Object(_) => found.push(b'{'),
            View::Str(text) => found.extend_from_slice(text),
            _ => json::write_json(keys, &mut found),
        }
        let found = String::from_utf8_lossy(&found);
        return Err(format!("failed to decode \"keys\": expected '[' but got {found}"));
    };
    if keys.len() > MOST {
        return Err(format!("too many keys in \"keys\" array: max {MOST}"));
    }
    let parse = |(at, key)| {
        parse_key(key).map_err(|why| format!("failed to decode key #{at} in \"keys\": jwk.ParseKey: {why}"))
    };
    keys.iter().copied().enumerate().map(parse).collect()
}

fn parse_key(value: Value<'_>) -> Result<Jwk, String> {
    let object = match value.view() {
        View::Object(object) => object,
        View::Null => return Err(String::from("invalid key type from JSON ()")),
        _ => {
            let into = r#"struct { Kty string "json:\"kty\""; D json.RawMessage "json:\"d,omitempty\"" }"#;
            return Err(format!("{PROBE}{}", mismatch(value, into)));
        }
    };
    // Go finds these two in any case.
    let find = |name: &str| {
        let folded = || {
            object.iter().find(|(key, _)| key.as_bytes().is_some_and(|key| key.eq_ignore_ascii_case(name.as_bytes())))
        };
        object.get_str(name).or_else(|| folded().map(|(_, value)| value))
    };
    let kty = match find("kty") {
        None => String::new(),
        Some(kty) => string(kty).map_err(|_| {
            format!("{PROBE}json: cannot unmarshal {} into Go struct field .kty of type string", go_type(kty))
        })?,
    };
    let private = find("d").is_some();
    let kind = match (kty.as_str(), private) {
        ("oct", _) => Kind { type_name: "*jwk.symmetricKey", name: "SymmetricKey", bytes: &["k"], required: &["k"] },
        ("RSA", false) => {
            Kind { type_name: "*jwk.rsaPublicKey", name: "RSAPublicKey", bytes: &["e", "n"], required: &["e", "n"] }
        }
        ("RSA", true) => Kind {
            type_name: "*jwk.rsaPrivateKey",
            name: "RSAPrivateKey",
            bytes: &["d", "dp", "dq", "e", "n", "p", "q", "qi"],
            required: &["d", "e", "n"],
        },
        ("EC", false) => Kind {
            type_name: "*jwk.ecdsaPublicKey",
            name: "ECDSAPublicKey",
            bytes: &["x", "y"],
            required: &["crv", "x", "y"],
        },
        ("EC", true) => Kind {
            type_name: "*jwk.ecdsaPrivateKey",
            name: "ECDSAPrivateKey",
            bytes: &["d", "x", "y"],
            required: &["crv", "d", "x", "y"],
        },
        ("OKP", false) => {
            Kind { type_name: "*jwk.okpPublicKey", name: "OKPPublicKey", bytes: &["x"], required: &["crv", "x"] }
        }
        ("OKP", true) => Kind {
            type_name: "*jwk.okpPrivateKey",
            name: "OKPPrivateKey",
            bytes: &["d", "x"],
            required: &["crv", "d", "x"],
        },
        _ => return Err(format!("invalid key type from JSON ({kty})")),
    };
    let into = format!("failed to unmarshal JSON into key ({})", kind.type_name);
    let fields = Fields::read(object, &kty, &kind).map_err(|why| format!("{into}: {into}: {why}"))?;
    let (alg, kid) = (fields.alg.clone(), fields.kid.clone());
    let numbers = fields
        .numbers(&kty, private)
        .map_err(|why| format!("jwk.Parse: key validation failed: key validation failed: jwk.{}: {why}", kind.name))?;
    Ok(Jwk { alg, kid, numbers })
}

/// What fields the keys of one kind have beside those that all have.
struct Kind {
    /// The names of Go.
    type_name: &'static str,
    name: &'static str,
    /// The fields that hold bytes in base64.
    bytes: &'static [&'static str],
    required: &'static [&'static str],
}

#[derive(Default)]
struct Fields {
    alg: Vec<u8>,
    kid: Vec<u8>,
    crv: Option<String>,
    bytes: Vec<(&'static str, Vec<u8>)>,
}

impl Fields {
    fn read(object: &Object<'_>, kty: &str, kind: &Kind) -> Result<Fields, String> {
        let mut fields = Fields::default();
        for (key, value) in object.iter() {
            let name = key.as_text().unwrap_or_default();
            let of = |why: String| format!("failed to decode value for key {name}: {why}");
            let reading = |why| of(format!("error reading next value: {why}"));
            match name {
                "kty" => {
                    let found = string(value)?;
                    if found != kty {
                        return Err(format!("invalid kty value for RSAPublicKey ({found})"));
                    }
                }
                "alg" => fields.alg = algorithm(value).map_err(of)?,
                "kid" => fields.kid = string(value).map_err(reading)?.into_bytes(),
                "use" | "x5t" | "x5t#S256" | "x5u" => drop(string(value).map_err(reading)?),
                "key_ops" => operations(value).map_err(of)?,
                "x5c" => chain(value).map_err(of)?,
                "crv" if kind.required.contains(&"crv") => fields.crv = Some(curve(value).map_err(of)?),
                _ => {
                    if let Some(field) = kind.bytes.iter().find(|field| **field == name) {
                        let text = string(value).map_err(reading)?;
                        let bytes = encoding::decode_either(text.as_bytes())
                            .ok_or_else(|| of(String::from("expected base64 encoded []byte (string)")))?;
                        fields.bytes.push((*field, bytes));
                    }
                }
            }
        }
        let has = |field: &&&str| **field == "crv" && fields.crv.is_some() || fields.get(field).is_some();
        match kind.required.iter().find(|field| !has(field)) {
            Some(field) => Err(format!("required field {field} is missing")),
            None => Ok(fields),
        }
    }

    fn get(&self, field: &str) -> Option<Vec<u8>> {
        self.bytes.iter().find(|(name, _)| *name == field).map(|(_, bytes)| bytes.clone())
    }

    /// The key, whose required fields are there; on failure, why they fit no key.
    fn numbers(self, kty: &str, private: bool) -> Result<Numbers, String> {
        let bytes = |field| self.get(field).unwrap_or_default();
        match kty {
            "oct" => match bytes("k") {
                k if k.is_empty() => Err(String::from("missing \"k\" field")),
                k => Ok(Numbers::Secret(k)),
            },
            "RSA" => {
                let number = |field| strip_zeros(&bytes(field)).to_vec();
                let (n, e) = (number("n"), number("e"));
                if n.is_empty() {
                    return Err(String::from("missing \"n\" value"));
                }
                match e.last() {
                    None => return Err(String::from("missing \"e\" value")),
                    Some(last) if last % 2 == 0 => {
                        return Err(String::from("invalid rsa public exponent: must be a positive odd integer"));
                    }
                    Some(_) => {}
                }
                let bits = 8 * e.len() - e[0].leading_zeros() as usize;
                if bits > 63 {
                    return Err(format!("rsa public exponent too large for this platform: {bits} bits (max 63)"));
                }
                if private && bytes("d").is_empty() {
                    return Err(String::from("missing \"d\" value"));
                }
                let private = private.then(|| {
                    Box::new(RsaPrivate {
                        d: bytes("d"),
                        p: self.get("p"),
                        q: self.get("q"),
                        dp: self.get("dp"),
                        dq: self.get("dq"),
                        qi: self.get("qi"),
                    })
                });
                Ok(Numbers::Rsa { n, e, private })
            }
            "EC" => {
                let crv = self.crv.as_deref().unwrap_or_default();
                let Some(curve) = Curve::named(crv) else {
                    return Err(format!(
                        "invalid curve algorithm \"{crv}\": unknown elliptic curve algorithm: \"{crv}\""
                    ));
                };
                let (x, y, d) = (bytes("x"), bytes("y"), private.then(|| bytes("d")));
                let sized = |field, bytes: &[u8]| {
                    let right = bytes.len() == curve.size();
                    right
                        .then_some(())
                        .ok_or_else(|| format!("invalid \"{field}\" length ({}) for curve \"{crv}\"", bytes.len()))
                };
                sized("x", &x)?;
                sized("y", &y)?;
                let Some(public) = PublicKey::ec(curve, &x, &y) else {
                    let why = match x.iter().chain(&y).all(|byte| *byte == 0) {
                        true => String::from("identity point is not a valid public key"),
                        false => curve.flaw(&x, &y),
                    };
                    return Err(format!("invalid ECDSA public key: {why}"));
                };
                if let Some(d) = &d {
                    sized("d", d)?;
                }
                Ok(Numbers::Ec { curve, x, y, d, public })
            }
            _ => {
                let crv = self.crv.clone().unwrap_or_default();
                let (x, d) = (bytes("x"), private.then(|| bytes("d")));
                let sized = |half, bytes: &[u8]| match crv.as_str() {
                    "Ed25519" | "X25519" if bytes.len() != 32 => {
                        Err(format!("{}: wrong {half} key size", crv.to_ascii_lowercase()))
                    }
                    _ => Ok(()),
                };
                if x.is_empty() {
                    return Err(String::from("missing \"x\" field"));
                }
                sized("public", &x)?;
                if let Some(d) = &d {
                    if d.is_empty() {
                        return Err(String::from("missing \"d\" field"));
                    }
                    sized("private", d)?;
                }
                Ok(Numbers::Okp { crv, x, d })
            }
        }
    }
}

impl Jwk {
    /// The key for checking signatures; on failure, OPA's words.
    pub(super) fn into_key(self) -> Result<Key, String> {
        let material = self.numbers.material();
        let material = material.map_err(|why| format!("jwk.Export: failed to export jwk.Key to raw format: {why}"))?;
        Ok(Key { alg: self.alg, kid: self.kid, material })
    }
}

impl Numbers {
    /// The name that Go has for the key's type.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Numbers::Secret(_) => "*jwk.symmetricKey",
            Numbers::Rsa { private: None, .. } => "*jwk.rsaPublicKey",
            Numbers::Rsa { .. } => "*jwk.rsaPrivateKey",
            Numbers::Ec { d: None, .. } => "*jwk.ecdsaPublicKey",
            Numbers::Ec { .. } => "*jwk.ecdsaPrivateKey",
            Numbers::Okp { d: None, .. } => "*jwk.okpPublicKey",
            Numbers::Okp { .. } => "*jwk.okpPrivateKey",
        }
    }

    fn material(self) -> Result<Material, String> {
        Ok(match self {
            Numbers::Secret(secret) => Material::Secret(secret),
            Numbers::Rsa { n, e, private: None } => Material::Public(PublicKey::rsa(&n, &e)),
            Numbers::Rsa { n, e, private: Some(private) } => {
                private.primes()?;
                Material::Private(PublicKey::rsa(&n, &e))
            }
            Numbers::Ec { d: None, public, .. } => Material::Public(public),
            Numbers::Ec { public, .. } => Material::Private(public),
            Numbers::Okp { crv, x, d: None } => match crv.as_str() {
                "Ed25519" => PublicKey::ed25519(&x).map_or(Material::Useless, Material::Public),
                "X25519" => Material::Useless,
                _ => {
                    let why = format!("invalid curve algorithm {crv}");
                    return Err(format!("jwk.OKPPublicKey: failed to build public key: {why}"));
                }
            },
            Numbers::Okp { crv, x, d: Some(d) } => match crv.as_str() {
                "Ed25519" => {
                    super::sign::ed25519(&d, &x)?;
                    PublicKey::ed25519(&x).map_or(Material::Useless, Material::Private)
                }
                "X25519" => Material::Useless,
                _ => {
                    let why = format!("invalid curve algorithm {crv}");
                    return Err(format!("jwk.OKPPrivateKey: failed to build private key: {why}"));
                }
            },
        })
    }
}

impl RsaPrivate {
    /// The two primes.
    pub(super) fn primes(&self) -> Result<[&[u8]; 2], String> {
        let q = self.q.as_ref().ok_or("missing \"q\" value")?;
        let p = self.p.as_ref().ok_or("missing \"p\" value")?;
        Ok([p, q])
    }
}

/// A string; null is the empty one.
fn string(value: Value<'_>) -> Result<String, String> {
    match value.view() {
        View::Str(text) => Ok(String::from_utf8_lossy(text).into_owned()),
        View::Null => Ok(String::new()),
        _ => Err(mismatch(value, "string")),
    }
}

fn mismatch(value: Value<'_>, into: &str) -> String {
    format!("json: cannot unmarshal {} into Go value of type {into}", go_type(value))
}

/// What Go calls the value's type.
fn go_type(value: Value<'_>) -> &'static str {
    match value.view() {
        View::Bool(_) => "bool",
        _ => value.type_name(),
    }
}

/// The name of an algorithm for signing or encrypting.
fn algorithm(value: Value<'_>) -> Result<Vec<u8>, String> {
    const OTHERS: &[&str] = &[
        "A128CBC-HS256",
        "A128GCM",
        "A128GCMKW",
        "A128KW",
        "A192CBC-HS384",
        "A192GCM",
        "A192GCMKW",
        "A192KW",
        "A256CBC-HS512",
        "A256GCM",
        "A256GCMKW",
        "A256KW",
        "ECDH-ES",
        "ECDH-ES+A128KW",
        "ECDH-ES+A192KW",
        "ECDH-ES+A256KW",
        "ES256K",
        "Ed25519",
        "PBES2-HS256+A128KW",
        "PBES2-HS384+A192KW",
        "PBES2-HS512+A256KW",
        "RSA-OAEP",
        "RSA-OAEP-256",
        "RSA-OAEP-384",
        "RSA-OAEP-512",
        "RSA1_5",
        "dir",
        "none",
    ];
    let name = string(value)?;
    if Algorithm::named(name.as_bytes()).is_some() || OTHERS.contains(&name.as_str()) {
        return Ok(name.into_bytes());
    }
    Err(format!("invalid key value: {}: invalid key algorithm", quoted(&name)))
}

fn curve(value: Value<'_>) -> Result<String, String> {
    let name = string(value).map_err(|why| format!("failed to unmarshal EllipticCurveAlgorithm: {why}"))?;
    match name.as_str() {
        "Ed25519" | "Ed448" | "P-256" | "P-384" | "P-521" | "X25519" | "X448" => Ok(name),
        _ => Err(format!("unknown EllipticCurveAlgorithm: {}", quoted(&name))),
    }
}

fn operations(value: Value<'_>) -> Result<(), String> {
    match value.view() {
        View::Null => Ok(()),
        View::Array(items) => match items.iter().find(|item| string(**item).is_err()) {
            Some(item) => Err(mismatch(*item, "jwk.KeyOperation")),
            None => Ok(()),
        },
        _ => Err(mismatch(value, "jwk.KeyOperationList")),
    }
}

/// Looks at the certificates of a key. They are not used; the key is as trusted as its text.
fn chain(value: Value<'_>) -> Result<(), String> {
    let Some(certificates) = value.as_array() else {
        return Err(String::from("failed to unmarshal certificate chain: expected JSON array"));
    };
    for (at, certificate) in certificates.iter().enumerate() {
        let check = || {
            let mut text = string(*certificate)?.into_bytes();
            text.retain(|byte| !byte.is_ascii_whitespace() && *byte != b'\x0b');
            let bytes = encoding::decode(&text, encoding::STANDARD).map_err(|at| {
                format!("failed to base64 decode the certificate: illegal base64 data at input byte {at}")
            })?;
            let certificate = Certificate::parse_one(&bytes);
            certificate.map(drop).map_err(|why| format!("failed to parse x509 certificate: {why}"))
        };
        check().map_err(|why| format!("failed to decode certificate at index {at}: {why}"))?;
    }
    Ok(())
}

fn quoted(name: &str) -> String {
    let mut to = Vec::new();
    text::write_quoted(name.as_bytes(), &mut to);
    String::from_utf8_lossy(&to).into_owned()
}
