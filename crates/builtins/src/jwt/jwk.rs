//! JSON Web Keys (RFC 7517), and sets of them, as the library reads them that OPA uses.
//!
//! Its errors are OPA's, layer by layer. Where several fields are wrong it names the first one of the text, and this the first
//! one of the alphabet.

mod fields;

use lictor_value::json::{self, JsonErrorKind};
use lictor_value::text::lossy;
use lictor_value::{Arena, Object, Value, View};

use crate::sprintf::{Argument, Layout};

use super::keys::{Key, Material};
use super::loose;
use super::public::{Curve, PublicKey};
use fields::{Fields, Kind, beyond_floats, go_type, mismatch, string};

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
    // OPA's library looks for the keys with another reader, which takes more for JSON.
    let is_set = loose::Fields::read(text).is_ok_and(|fields| fields.get("keys").is_some());
    let of_set = |why| format!("jwk.Parse: failed to unmarshal JWK set: {why}");
    match json::parse_any_numbers(&arena, text) {
        Ok(value) => match value.as_object().filter(|_| is_set) {
            Some(set) => parse_set(set).map_err(of_set),
            None => sole(value),
        },
        Err(error) if is_set => Err(of_set(error.kind.to_string())),
        Err(error) => match (error.kind, json::parse_any_numbers(&arena, &text[..error.offset.min(text.len())])) {
            (JsonErrorKind::TrailingData(_), Ok(value)) => sole(value),
            (kind, _) => Err(format!("jwk.Parse: failed to parse sole key: jwk.ParseKey: {}{kind}", PROBE)),
        },
    }
}

const PROBE: &str = "jwk.Parse: failed to probe data: probe: failed to unmarshal data: ";

fn parse_set(set: &Object<'_>) -> Result<Vec<Jwk>, String> {
    let keys = set.get_str("keys").unwrap_or(Value::NULL);
    let Some(keys) = keys.as_array() else {
        if let Some(why) = beyond_floats(keys).filter(|_| keys.is_number()) {
            return Err(format!("failed to decode \"keys\": {why}"));
        }
        return Err(format!("failed to decode \"keys\": expected '[' but got {}", first_token(keys)));
    };
    if keys.len() > MOST {
        return Err(format!("too many keys in \"keys\" array: max {MOST}"));
    }
    let parse = |(at, key)| {
        parse_key(key).map_err(|why| format!("failed to decode key #{at} in \"keys\": jwk.ParseKey: {why}"))
    };
    let keys = keys.iter().copied().enumerate().map(parse).collect::<Result<_, _>>()?;
    let others = set.iter().filter(|(name, _)| name.as_bytes() != Some(b"keys"));
    match others.into_iter().find_map(|(name, value)| Some((name, beyond_floats(value)?))) {
        Some((name, why)) => Err(format!("failed to decode value for key {name:?}: {why}")),
        None => Ok(keys),
    }
}

/// The first token of a value of JSON, as Go prints it: numbers are floats.
fn first_token(value: Value<'_>) -> String {
    let argument = match value.view() {
        View::Int(int) => Argument::Float(int as f64),
        View::Number(text) => Argument::Float(text.parse().unwrap_or_default()),
        View::Object(_) => Argument::Text(b"{"),
        _ => Argument::of_json(value),
    };
    let mut text = Vec::new();
    argument.print(&Layout::default(), 'v', &mut text);
    lossy(&text).into_owned()
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
    let Some(kind) = Kind::of(&kty, private) else {
        return Err(format!("invalid key type from JSON ({kty})"));
    };
    let into = format!("failed to unmarshal JSON into key ({})", kind.type_name);
    let fields = Fields::read(object, kind).map_err(|why| format!("{into}: {into}: {why}"))?;
    let (alg, kid) = (fields.alg.clone(), fields.kid.clone());
    let numbers = fields
        .numbers(kind)
        .map_err(|why| format!("jwk.Parse: key validation failed: key validation failed: jwk.{}: {why}", kind.name))?;
    Ok(Jwk { alg, kid, numbers })
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

#[cfg(test)]
mod tests {
    /// OPA's error is the same but for the order of the structure's fields, which is another in each of its processes.
    #[test]
    fn a_number_of_any_size_is_a_number_where_a_key_is_wanted() {
        let why = super::parse(b"1e1000000K").err().unwrap_or_default();
        assert!(
            why.contains("failed to unmarshal data: json: cannot unmarshal number into Go value of type struct {"),
            "{why}"
        );
    }
}
