//! The fields of a JSON Web Key: which there are, whether they have the right types, and whether they fit together.

use lictor_value::text::lossy;
use lictor_value::{Object, Value, View, text};

use super::{Numbers, RsaPrivate};
use crate::encoding;
use crate::jwt::algorithm::Algorithm;
use crate::jwt::public::{Curve, PublicKey, strip_zeros};
use crate::x509::certificate::Certificate;

/// Keys of one kind, and what fields they have beside those that all have.
#[derive(Debug)]
pub(super) struct Kind {
    kty: &'static str,
    private: bool,
    /// The names of Go.
    pub(super) type_name: &'static str,
    pub(super) name: &'static str,
    /// The fields that hold bytes in base64.
    bytes: &'static [&'static str],
    required: &'static [&'static str],
}

static KINDS: &[Kind] = &[
    Kind {
        kty: "oct",
        private: true,
        type_name: "*jwk.symmetricKey",
        name: "SymmetricKey",
        bytes: &["k"],
        required: &["k"],
    },
    Kind {
        kty: "RSA",
        private: false,
        type_name: "*jwk.rsaPublicKey",
        name: "RSAPublicKey",
        bytes: &["e", "n"],
        required: &["e", "n"],
    },
    Kind {
        kty: "RSA",
        private: true,
        type_name: "*jwk.rsaPrivateKey",
        name: "RSAPrivateKey",
        bytes: &["d", "dp", "dq", "e", "n", "p", "q", "qi"],
        required: &["d", "e", "n"],
    },
    Kind {
        kty: "EC",
        private: false,
        type_name: "*jwk.ecdsaPublicKey",
        name: "ECDSAPublicKey",
        bytes: &["x", "y"],
        required: &["crv", "x", "y"],
    },
    Kind {
        kty: "EC",
        private: true,
        type_name: "*jwk.ecdsaPrivateKey",
        name: "ECDSAPrivateKey",
        bytes: &["d", "x", "y"],
        required: &["crv", "d", "x", "y"],
    },
    Kind {
        kty: "OKP",
        private: false,
        type_name: "*jwk.okpPublicKey",
        name: "OKPPublicKey",
        bytes: &["x"],
        required: &["crv", "x"],
    },
    Kind {
        kty: "OKP",
        private: true,
        type_name: "*jwk.okpPrivateKey",
        name: "OKPPrivateKey",
        bytes: &["d", "x"],
        required: &["crv", "d", "x"],
    },
];

impl Kind {
    /// The kind of that name; of secrets there is but one.
    pub(super) fn of(kty: &str, private: bool) -> Option<&'static Kind> {
        KINDS.iter().find(|kind| kind.kty == kty && (kind.private == private || kty == "oct"))
    }
}

/// The fields of a key that matter here.
#[derive(Default)]
pub(super) struct Fields {
    pub(super) alg: Vec<u8>,
    pub(super) kid: Vec<u8>,
    crv: String,
    bytes: Vec<(&'static str, Vec<u8>)>,
}

impl Fields {
    /// Reads the fields; on failure, Go's words.
    pub(super) fn read(object: &Object<'_>, kind: &Kind) -> Result<Fields, String> {
        let mut fields = Fields::default();
        for (key, value) in object.iter() {
            let name = key.as_text().unwrap_or_default();
            let of = |why: String| format!("failed to decode value for key {name}: {why}");
            let reading = |why| of(format!("error reading next value: {why}"));
            match name {
                "kty" => {
                    let found = string(value)?;
                    if found != kind.kty {
                        return Err(format!("invalid kty value for RSAPublicKey ({found})"));
                    }
                }
                "alg" => fields.alg = algorithm(value).map_err(of)?,
                "kid" => fields.kid = string(value).map_err(reading)?.into_bytes(),
                "use" | "x5t" | "x5t#S256" | "x5u" => drop(string(value).map_err(reading)?),
                "key_ops" => operations(value).map_err(of)?,
                "x5c" => chain(value).map_err(of)?,
                "crv" if kind.required.contains(&"crv") => fields.crv = curve(value).map_err(of)?,
                _ => {
                    if let Some(field) = kind.bytes.iter().find(|field| **field == name) {
                        let text = string(value).map_err(reading)?;
                        let bytes = encoding::decode_either(text.as_bytes())
                            .ok_or_else(|| of(String::from("expected base64 encoded []byte (string)")))?;
                        fields.bytes.push((*field, bytes));
                    } else if let Some(why) = beyond_floats(value) {
                        return Err(format!("could not decode field {name}: failed to decode field {name}: {why}"));
                    }
                }
            }
        }
        let has = |field: &str| (field == "crv" && !fields.crv.is_empty()) || fields.given(field).is_some();
        match kind.required.iter().find(|field| !has(field)) {
            Some(field) => Err(format!("required field {field} is missing")),
            None => Ok(fields),
        }
    }

    fn given(&self, field: &str) -> Option<Vec<u8>> {
        self.bytes.iter().find(|(name, _)| *name == field).map(|(_, bytes)| bytes.clone())
    }

    fn bytes(&self, field: &str) -> Vec<u8> {
        self.given(field).unwrap_or_default()
    }

    /// What makes up the key, whose required fields are there; on failure, why they fit no key.
    pub(super) fn numbers(&self, kind: &Kind) -> Result<Numbers, String> {
        match kind.kty {
            "oct" => match self.bytes("k") {
                k if k.is_empty() => Err(String::from("missing \"k\" field")),
                k => Ok(Numbers::Secret(k)),
            },
            "RSA" => self.rsa(kind.private),
            "EC" => self.ec(kind.private),
            _ => self.okp(kind.private),
        }
    }

    fn rsa(&self, private: bool) -> Result<Numbers, String> {
        let number = |field| strip_zeros(&self.bytes(field)).to_vec();
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
        if !private {
            return Ok(Numbers::Rsa { n, e, private: None });
        }
        let d = self.bytes("d");
        if d.is_empty() {
            return Err(String::from("missing \"d\" value"));
        }
        let [p, q, dp, dq, qi] = ["p", "q", "dp", "dq", "qi"].map(|field| self.given(field));
        Ok(Numbers::Rsa { n, e, private: Some(Box::new(RsaPrivate { d, p, q, dp, dq, qi })) })
    }

    fn ec(&self, private: bool) -> Result<Numbers, String> {
        let crv = &self.crv;
        let Some(curve) = Curve::named(crv) else {
            return Err(format!("invalid curve algorithm \"{crv}\": unknown elliptic curve algorithm: \"{crv}\""));
        };
        let sized = |field| {
            let bytes = self.bytes(field);
            match bytes.len() {
                length if length == curve.size() => Ok(bytes),
                length => Err(format!("invalid \"{field}\" length ({length}) for curve \"{crv}\"")),
            }
        };
        let (x, y) = (sized("x")?, sized("y")?);
        let Some(public) = PublicKey::ec(curve, &x, &y) else {
            let why = match x.iter().chain(&y).all(|byte| *byte == 0) {
                true => String::from("identity point is not a valid public key"),
                false => curve.flaw(&x, &y),
            };
            return Err(format!("invalid ECDSA public key: {why}"));
        };
        let d = if private { Some(sized("d")?) } else { None };
        Ok(Numbers::Ec { curve, x, y, d, public })
    }

    fn okp(&self, private: bool) -> Result<Numbers, String> {
        let crv = self.crv.clone();
        let sized = |field, half| match (self.bytes(field), crv.as_str()) {
            (bytes, _) if bytes.is_empty() => Err(format!("missing \"{field}\" field")),
            (bytes, "Ed25519" | "X25519") if bytes.len() != 32 => {
                Err(format!("{}: wrong {half} key size", crv.to_ascii_lowercase()))
            }
            (bytes, _) => Ok(bytes),
        };
        let x = sized("x", "public")?;
        let d = if private { Some(sized("d", "private")?) } else { None };
        Ok(Numbers::Okp { crv, x, d })
    }
}

/// A string; null is the empty one.
pub(super) fn string(value: Value<'_>) -> Result<String, String> {
    match value.view() {
        View::Str(text) => Ok(lossy(text).into_owned()),
        View::Null => Ok(String::new()),
        _ => Err(mismatch(value, "string")),
    }
}

pub(super) fn mismatch(value: Value<'_>, into: &str) -> String {
    format!("json: cannot unmarshal {} into Go value of type {into}", go_type(value))
}

/// Go's words for the first number of a value that is too large for a float of 64 bits, as which it reads fields that it does
/// not know.
pub(super) fn beyond_floats(value: Value<'_>) -> Option<String> {
    let within = |items: &[Value<'_>]| items.iter().find_map(|item| beyond_floats(*item));
    match value.view() {
        View::Number(text) if text.parse::<f64>().is_ok_and(f64::is_infinite) => {
            Some(format!("json: cannot unmarshal number {text} into Go value of type float64"))
        }
        View::Array(items) => within(items),
        View::Object(object) => within(object.vals()),
        _ => None,
    }
}

/// What Go calls the value's type.
pub(super) fn go_type(value: Value<'_>) -> &'static str {
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
    text::quoted(name.as_bytes())
}
