//! Requests to Amazon Web Services, signed by Signature Version 4.
//!
//! The source is Amazon's "Authenticating Requests (AWS Signature Version 4)", of which OPA takes the `Authorization`
//! header: no query strings that sign, no chunks. Like OPA this keeps the query as it was written instead of sorting it,
//! and joins what is signed by commas without a space.
//!
//! The headers that OPA signs besides the request's own are `host`, `x-amz-date`, for some services the body's hash, and
//! the session token. A header of the request wins over one of these in the signature, and loses in the result.

use std::collections::BTreeMap;

use hmac::{Hmac, KeyInit, Mac};
use lictor_value::text::lossy;
use lictor_value::{Builtin, Context, Object, Set, Type, Value, json, number, text};
use sha2::{Digest, Sha256};

use crate::calendar::DateTime;
use crate::encoding::hex;
use crate::family;
use crate::http;
use crate::strings;
use crate::url::Url;

const RECORD: Type = Type::Object(&Type::String, &Type::Any);

/// The family.
pub static FAMILY: &[Builtin] = family! {
    /// The request, an object as for `http.send`, with the headers that sign it for Amazon Web Services. The
    /// configuration has `aws_access_key`, `aws_secret_access_key`, `aws_region` and `aws_service`, perhaps
    /// `aws_session_token`, and `disable_payload_signing` where the body shall not count. `time_ns` is the instant of
    /// signing, in ns since 1970.
    ///
    /// ```rego
    /// request := {"method": "get", "url": "https://example.com"}
    /// config := {"aws_access_key": "A", "aws_secret_access_key": "S", "aws_region": "us-east-1", "aws_service": "s3"}
    /// providers.aws.sign_req(request, config, time.now_ns()).headers.Authorization
    /// ```
    "providers.aws.sign_req" in "providers.aws" |
        cx,
        request ("the request, as for `http.send`"): Value<'_> [RECORD],
        aws_config ("the credentials, the region and the service"): Value<'_> [RECORD],
        time_ns ("when it is signed, in ns since 1970"): Value<'_> [Type::Number],
    | -> "signed_request" ("the request, signed"): Option<Value<'_>> [Type::Object(&Type::Any, &Type::Any)] {
        sign_request(cx, request, aws_config, time_ns)
    }
};

/// Both in order.
const REQUIRED_PARAMETERS: &[&str] = &["method", "url"];
const REQUIRED_SETTINGS: &[&str] = &["aws_access_key", "aws_region", "aws_secret_access_key", "aws_service"];

/// Headers that proxies change on the way (as the SDK of Amazon has it).
const UNSIGNED_HEADERS: &[&[u8]] = &[b"authorization", b"user-agent", b"x-amzn-trace-id"];

type Headers<'v> = BTreeMap<&'v [u8], &'v [u8]>;

fn sign_request<'v>(
    cx: &mut Context<'_, 'v>,
    request: Value<'v>,
    config: Value<'v>,
    time_ns: Value<'v>,
) -> Option<Value<'v>> {
    // OPA names operand 1 whichever has the wrong type.
    let request: &Object<'v> = family::take(cx, &[request], 0)?;
    let config: &Object<'v> = family::take(cx, &[config], 0)?;
    let credentials = Credentials::read(cx, config)?;
    if !time_ns.is_number() {
        return cx.wrong_operand(1, "number", time_ns);
    }
    let Some(instant) = number::to_count(time_ns) else {
        return cx.bad_operand(3, "could not convert time_ns value into a unix timestamp");
    };
    check_parameters(cx, request)?;
    let headers = match request.get_str("headers") {
        Some(headers) => match headers.as_object() {
            Some(headers) => Some(headers),
            None => return cx.wrong_operand(0, "object", headers),
        },
        None => None,
    };
    let wrong = REQUIRED_PARAMETERS.iter().filter(|key| request.get_str(key).and_then(Value::as_bytes).is_none());
    if let Some(keys) = key_set(cx, wrong.copied()) {
        return cx.bad_operand(1, format!("invalid values for required request parameters(s): {keys}"));
    }
    let required = |key| request.get_str(key).map(bytes_of).unwrap_or_default();
    let url = match Url::parse(required("url")) {
        Ok(url) => url,
        Err(why) => return cx.fail(why),
    };
    let payload_hash = match config.get_str("disable_payload_signing").map(|flag| (flag, flag.as_bool())) {
        Some((_, None)) => return cx.bad_operand(2, "invalid value for 'disable_payload_signing' in AWS config"),
        Some((_, Some(true))) => b"UNSIGNED-PAYLOAD".to_vec(),
        _ => hex(&Sha256::digest(body(request))),
    };
    // A name that is no string counts as empty, and so does such a value.
    let headers: Headers<'v> =
        headers.into_iter().flat_map(|all| all.iter()).map(|(name, value)| (bytes_of(name), bytes_of(value))).collect();
    let signing = Signing { credentials, url: &url, method: required("method"), instant, payload_hash };
    let own = signing.own_headers();
    let authorization = signing.authorization(&headers, &own);

    let mut signed = BTreeMap::new();
    signed.extend(headers);
    signed.insert(b"Authorization", &authorization);
    signed.extend(own.iter().map(|(name, value)| (name.as_bytes(), &value[..])));
    let mut pairs = signed.into_iter().map(|(name, value)| (cx.string(name), cx.string(value))).collect();
    let signed = Value::object(cx.arena.one(Object::from_unsorted(cx.arena, &mut pairs)));
    let mut pairs: Vec<_> = request.iter().filter(|(key, _)| key.as_bytes() != Some(b"headers")).collect();
    pairs.push((cx.string("headers"), signed));
    Some(Value::object(cx.arena.one(Object::from_unsorted(cx.arena, &mut pairs))))
}

/// The bytes of a string, none of anything else.
fn bytes_of(value: Value<'_>) -> &[u8] {
    value.as_bytes().unwrap_or_default()
}

/// A set of keys as Rego text; `None` where it is empty.
fn key_set<'k>(cx: &Context<'_, '_>, keys: impl Iterator<Item = &'k str>) -> Option<String> {
    let mut keys: Vec<_> = keys.map(|key| cx.string(key)).collect();
    let set = Set::from_unsorted(cx.arena, &mut keys, false);
    set_text(&set)
}

fn set_text(set: &Set<'_>) -> Option<String> {
    if set.is_empty() {
        return None;
    }
    let arena = lictor_value::Arena::default();
    let mut rego = Vec::new();
    text::write_rego(Value::set(arena.one(*set)), &mut rego);
    Some(lossy(&rego).into_owned())
}

fn check_parameters(cx: &mut Context<'_, '_>, request: &Object<'_>) -> Option<()> {
    let unknown = |key: &Value<'_>| !key.as_text().is_some_and(|key| http::KEYS.contains(&key));
    let mut unknown: Vec<_> = request.keys().items().iter().copied().filter(unknown).collect();
    let arena = lictor_value::Arena::default();
    if let Some(keys) = set_text(&Set::from_unsorted(&arena, &mut unknown, false)) {
        return cx.bad_operand(1, format!("invalid request parameters(s): {keys}"));
    }
    let missing = REQUIRED_PARAMETERS.iter().filter(|key| request.get_str(key).is_none());
    match key_set(cx, missing.copied()) {
        Some(keys) => cx.bad_operand(1, format!("missing required request parameters(s): {keys}")),
        None => Some(()),
    }
}

fn body(request: &Object<'_>) -> Vec<u8> {
    match (request.get_str("raw_body"), request.get_str("body")) {
        (Some(raw), _) => bytes_of(raw).to_vec(),
        (None, Some(body)) => {
            let mut to = Vec::new();
            json::write_json(body, &mut to);
            to
        }
        (None, None) => Vec::new(),
    }
}

/// Who signs, and for what.
struct Credentials<'v> {
    access_key: &'v [u8],
    secret_key: &'v [u8],
    region: &'v [u8],
    service: &'v [u8],
    session_token: &'v [u8],
}

impl<'v> Credentials<'v> {
    fn read(cx: &mut Context<'_, 'v>, config: &Object<'v>) -> Option<Self> {
        let missing = REQUIRED_SETTINGS.iter().filter(|key| config.get_str(key).is_none());
        if let Some(keys) = key_set(cx, missing.copied()) {
            return cx.bad_operand(2, format!("missing required AWS config parameters(s): {keys}"));
        }
        let wrong = REQUIRED_SETTINGS.iter().filter(|key| config.get_str(key).and_then(Value::as_bytes).is_none());
        if let Some(keys) = key_set(cx, wrong.copied()) {
            return cx.bad_operand(2, format!("invalid values for required AWS config parameters(s): {keys}"));
        }
        let setting = |key| config.get_str(key).map(bytes_of).unwrap_or_default();
        Some(Credentials {
            access_key: setting("aws_access_key"),
            secret_key: setting("aws_secret_access_key"),
            region: setting("aws_region"),
            service: setting("aws_service"),
            session_token: setting("aws_session_token"),
        })
    }
}

struct Signing<'v> {
    credentials: Credentials<'v>,
    url: &'v Url,
    method: &'v [u8],
    /// In ns since 1970.
    instant: i64,
    /// Hexadecimal, or the words that say there is none.
    payload_hash: Vec<u8>,
}

impl Signing<'_> {
    fn date_and_time(&self) -> (String, String) {
        let at = DateTime::of_seconds(self.instant.div_euclid(1_000_000_000));
        let date = format!("{:04}{:02}{:02}", at.year, at.month, at.day);
        let time = format!("{date}T{:02}{:02}{:02}Z", at.hour, at.minute, at.second);
        (date, time)
    }

    fn own_headers(&self) -> Vec<(&'static str, Vec<u8>)> {
        let mut headers = vec![("host", self.url.host.clone()), ("x-amz-date", self.date_and_time().1.into_bytes())];
        if matches!(self.credentials.service, b"s3" | b"glacier") {
            headers.push(("x-amz-content-sha256", self.payload_hash.clone()));
        }
        if !self.credentials.session_token.is_empty() {
            headers.push(("x-amz-security-token", self.credentials.session_token.to_vec()));
        }
        headers
    }

    fn authorization(&self, headers: &Headers<'_>, own: &[(&'static str, Vec<u8>)]) -> Vec<u8> {
        let (date, time) = self.date_and_time();
        let mut signed: BTreeMap<Vec<u8>, &[u8]> =
            own.iter().map(|(name, value)| (name.as_bytes().to_vec(), &value[..])).collect();
        for (name, value) in headers {
            let name = strings::lowered(name);
            if !UNSIGNED_HEADERS.contains(&&name[..]) {
                signed.insert(name, value);
            }
        }
        let names = signed.keys().map(Vec::as_slice).collect::<Vec<_>>().join(&b';');
        let lines =
            signed.iter().flat_map(|(name, value)| [name, &b":"[..], value, b"\n"]).collect::<Vec<_>>().concat();
        let path = self.url.escaped_path();
        let canonical = [self.method, &path, &self.url.raw_query, &lines, &names, &self.payload_hash].join(&b'\n');

        let Credentials { access_key, secret_key, region, service, .. } = self.credentials;
        let scope = [date.as_bytes(), region, service, b"aws4_request"].join(&b'/');
        let hash = hex(&Sha256::digest(canonical));
        let to_sign = [b"AWS4-HMAC-SHA256", time.as_bytes(), &scope, &hash].join(&b'\n');
        let key = [b"AWS4", secret_key].concat();
        let key = [date.as_bytes(), region, service, b"aws4_request"]
            .into_iter()
            .fold(key, |key, part| authentication_code(&key, part));
        let signature = hex(&authentication_code(&key, &to_sign));
        [
            b"AWS4-HMAC-SHA256 Credential=",
            access_key,
            b"/",
            &scope,
            b",SignedHeaders=",
            &names,
            b",Signature=",
            &signature,
        ]
        .concat()
    }
}

fn authentication_code(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).expect("an HMAC's key may have any length");
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use lictor_value::{Arena, Context, Fault, NoHost, Scratch, json};

    use super::FAMILY;

    fn sign(request: &str, config: &str, time_ns: &str) -> Result<String, Fault> {
        let arena = Arena::default();
        let args = [request, config, time_ns].map(|text| json::parse(&arena, text.as_bytes()).expect("it is JSON"));
        let mut cx = Context {
            arena: &arena,
            buffer: &mut Vec::new(),
            host: &NoHost,
            scratch: &mut Scratch::default(),
            prepared: None,
            fault: None,
        };
        match (FAMILY[0].run)(&mut cx, &args) {
            Some(value) => {
                let mut text = Vec::new();
                json::write_json(value, &mut text);
                Ok(String::from_utf8(text).expect("JSON is UTF-8"))
            }
            None => Err(cx.fault.expect("what has no value has a reason")),
        }
    }

    const CONFIG: &str =
        r#"{"aws_access_key": "ID", "aws_secret_access_key": "hush", "aws_region": "eu-north-1", "aws_service": "s3"}"#;

    /// The request, key and signature of the suite that Amazon publishes for Version 4 (`get-vanilla`), whose scope and
    /// instant stand in its name.
    #[test]
    fn the_signature_is_the_one_that_amazon_documents() {
        let config = r#"{
            "aws_access_key": "AKIDEXAMPLE", "aws_secret_access_key": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            "aws_region": "us-east-1", "aws_service": "service"
        }"#;
        let request = r#"{"method": "GET", "url": "https://example.amazonaws.com/"}"#;
        let signed = sign(request, config, "1440938160000000000").expect("all is given");
        let signature = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
        assert!(signed.contains(&format!("SignedHeaders=host;x-amz-date,Signature={signature}")), "{signed}");
        assert!(signed.contains(r#""x-amz-date":"20150830T123600Z""#), "{signed}");
    }

    #[test]
    fn a_header_of_the_request_is_kept_but_for_amazons_own() {
        let request = r#"{"method": "put", "url": "https://a.example/b", "raw_body": "x",
            "headers": {"X-Mine": "1", "host": "other", "User-Agent": "me"}}"#;
        let signed = sign(request, CONFIG, "0").expect("all is given");
        assert!(signed.contains("SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-mine,"), "{signed}");
        assert!(signed.contains(r#""X-Mine":"1","host":"a.example""#), "{signed}");
        assert!(signed.contains(r#""raw_body":"x""#), "{signed}");
    }

    #[test]
    fn faults_name_what_is_missing_and_never_a_secret() {
        let request = r#"{"method": "get", "url": "https://a.example"}"#;
        for (request, config, time, fault) in [
            (r#"{"url": ""}"#, CONFIG, "0", r#"missing required request parameters(s): {"method"}"#),
            (
                r#"{"method": 1, "url": ""}"#,
                CONFIG,
                "0",
                r#"invalid values for required request parameters(s): {"method"}"#,
            ),
            (r#"{"colour": 1}"#, CONFIG, "0", r#"invalid request parameters(s): {"colour"}"#),
            (
                request,
                r#"{"aws_secret_access_key": "hush"}"#,
                "0",
                r#"missing required AWS config parameters(s): {"aws_access_key", "aws_region", "aws_service"}"#,
            ),
            (request, CONFIG, "1e30", "could not convert time_ns value into a unix timestamp"),
        ] {
            let Err(Fault::OperandText { text, .. }) = sign(request, config, time) else {
                panic!("{request} is no fault")
            };
            assert_eq!(&*text, fault);
        }
        let fault = sign(r#"{"method": "get", "url": ":"}"#, CONFIG, "0");
        assert_eq!(fault, Err(Fault::Failed(r#"parse ":": missing protocol scheme"#.into())));
    }
}
