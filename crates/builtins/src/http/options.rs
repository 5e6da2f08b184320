//! The object that a policy gives to `http.send`, read and checked.
//!
//! Values are read as leniently as OPA reads them: quotes around a string are dropped, `enable_redirect` may be `1`, a
//! timeout a number of ns or a text. What is wrong is found in the order of the keys.

use std::collections::BTreeMap;
use std::time::Duration;

use lictor_value::network::{Pem, Tls};
use lictor_value::text::lossy;
use lictor_value::{Arena, Network, Object, Set, Value, View, json, text};

use super::header;
use super::problem::{Problem, quoted};
use crate::time::duration;
use crate::url::Url;
use crate::urlquery;

/// How long an exchange may take unless the policy says otherwise.
const TIMEOUT: Duration = Duration::from_secs(5);

/// What goes by this name where the policy names nothing.
const USER_AGENT: &str = concat!("Lictor/", env!("CARGO_PKG_VERSION"));

/// All keys that a request may have, in order.
pub(crate) const KEYS: &[&str] = &[
    "body",
    "cache",
    "cache_ignored_headers",
    "caching_mode",
    "enable_redirect",
    "force_cache",
    "force_cache_duration_seconds",
    "force_json_decode",
    "force_yaml_decode",
    "headers",
    "max_retry_attempts",
    "method",
    "raise_error",
    "raw_body",
    "timeout",
    "tls_ca_cert",
    "tls_ca_cert_env_variable",
    "tls_ca_cert_file",
    "tls_client_cert",
    "tls_client_cert_env_variable",
    "tls_client_cert_file",
    "tls_client_key",
    "tls_client_key_env_variable",
    "tls_client_key_file",
    "tls_insecure_skip_verify",
    "tls_server_name",
    "tls_use_system_certs",
    "url",
];

/// A request as the policy means it.
#[derive(Debug)]
pub(super) struct Options {
    /// In upper case.
    pub(super) method: String,
    pub(super) url: Url,
    /// The Unix socket that stands for the URL's host.
    pub(super) socket: Option<Vec<u8>>,
    pub(super) body: Vec<u8>,
    /// By their names, written as HTTP writes them. What HTTP itself needs to say is not among them, `Host` neither.
    pub(super) headers: BTreeMap<String, Vec<u8>>,
    /// The header `Host`, where it is not the URL's.
    pub(super) host: Option<Vec<u8>>,
    pub(super) tls: Option<Tls>,
    pub(super) redirect: bool,
    /// How long a try may take, with all its redirects.
    pub(super) timeout: Option<Duration>,
}

/// Whether the request has all the keys that it needs, and no others.
pub(super) fn check_keys(request: &Object<'_>) -> Result<(), Problem> {
    let arena = Arena::default();
    let known = |key: &Value<'_>| key.as_text().is_some_and(|key| KEYS.contains(&key));
    let mut unknown: Vec<_> = request.keys().items().iter().copied().filter(|key| !known(key)).collect();
    if !unknown.is_empty() {
        let unknown = Value::set(arena.one(Set::from_unsorted(&arena, &mut unknown, false)));
        return Err(Problem::Operand(format!("invalid request parameters(s): {}", rego(unknown))));
    }
    let missing = ["method", "url"].into_iter().filter(|key| request.get_str(key).is_none());
    let mut missing: Vec<_> = missing.map(|key| Value::str(key.as_bytes())).collect();
    if !missing.is_empty() {
        let missing = Value::set(arena.one(Set::from_unsorted(&arena, &mut missing, false)));
        return Err(Problem::Operand(format!("missing required request parameters(s): {}", rego(missing))));
    }
    Ok(())
}

impl Options {
    /// Reads a request that has the right keys.
    pub(super) fn read(request: &Object<'_>, network: Option<&dyn Network>) -> Result<Options, Problem> {
        let mut given = Given::default();
        for (key, value) in request.iter() {
            given.read(key.as_text().unwrap_or_default(), value, network)?;
        }
        let tls = given.tls();
        let (url, socket) = match through_socket(&given.url) {
            Some((url, socket)) => (url, Some(socket)),
            None => (Url::parse(&given.url).map_err(Problem::Failed)?, None),
        };
        if let (Some(network), Some(socket)) = (network, &socket) {
            permit(network, &format!("unix:{}", lossy(socket)))?;
        }
        let method = if given.method.is_empty() { "GET".into() } else { given.method };
        if !header::is_token(&method) {
            return Err(Problem::Failed(format!("net/http: invalid method {}", quoted(&method))));
        }
        let mut headers = BTreeMap::new();
        for (name, value) in given.headers {
            headers.insert(name, value.map_err(Problem::Failed)?);
        }
        headers.entry("User-Agent".into()).or_insert_with(|| USER_AGENT.into());
        let host = headers.remove("Host");
        Ok(Options {
            method: lossy(&method).into_owned(),
            url,
            socket,
            body: given.raw_body.or(given.body).unwrap_or_default(),
            headers,
            host,
            tls,
            redirect: given.redirect,
            timeout: given.timeout.unwrap_or(Some(TIMEOUT)),
        })
    }
}

/// A header's value, or why it is none.
type HeaderValue = Result<Vec<u8>, String>;

/// What stands under the keys so far.
#[derive(Debug, Default)]
struct Given {
    method: Vec<u8>,
    url: Vec<u8>,
    body: Option<Vec<u8>>,
    raw_body: Option<Vec<u8>>,
    headers: BTreeMap<String, HeaderValue>,
    redirect: bool,
    timeout: Option<Option<Duration>>,
    insecure: bool,
    system_roots: bool,
    server_name: Vec<u8>,
    /// Texts of PEM and where they are, by key.
    pem: BTreeMap<&'static str, Vec<u8>>,
}

/// The keys of texts in PEM.
const PEM: &[&str] = &[
    "tls_ca_cert",
    "tls_ca_cert_file",
    "tls_ca_cert_env_variable",
    "tls_client_cert",
    "tls_client_cert_file",
    "tls_client_cert_env_variable",
    "tls_client_key",
    "tls_client_key_file",
    "tls_client_key_env_variable",
];

impl Given {
    fn read(&mut self, key: &str, value: Value<'_>, network: Option<&dyn Network>) -> Result<(), Problem> {
        let string = || match value.as_bytes() {
            Some(text) => Ok(trimmed(text).to_vec()),
            None => Err(Problem::Failed(format!("{} must be a string", quoted(key.as_bytes())))),
        };
        match key {
            "method" => self.method = string()?.to_ascii_uppercase(),
            "url" => {
                self.url = string()?;
                permit_url(network, &self.url)?;
            }
            "enable_redirect" => self.redirect = boolean(value)?,
            "body" => {
                let mut body = Vec::new();
                json::write_json(value, &mut body);
                self.body = Some(body);
            }
            "raw_body" => self.raw_body = Some(string()?),
            "tls_use_system_certs" => self.system_roots = boolean(value)?,
            "tls_insecure_skip_verify" => self.insecure = boolean(value)?,
            "tls_server_name" => self.server_name = string()?,
            "headers" => self.headers = headers(value)?,
            "timeout" => self.timeout = Some(timeout(value)?),
            _ => {
                if let Some(key) = PEM.iter().find(|known| **known == key) {
                    self.pem.insert(key, string()?);
                }
            }
        }
        Ok(())
    }

    /// What is not empty under the key, as the kind of PEM that it is.
    fn pem(&self, key: &str) -> Option<Pem> {
        let text = self.pem.get(key).filter(|text| !text.is_empty())?;
        let name = || lossy(text).into_owned();
        Some(match key {
            _ if key.ends_with("_file") => Pem::File(name()),
            _ if key.ends_with("_env_variable") => Pem::Variable(name()),
            "tls_ca_cert" => Pem::Text(with_line_breaks(text)),
            _ => Pem::Text(text.clone()),
        })
    }

    fn tls(&self) -> Option<Tls> {
        let kinds = ["", "_file", "_env_variable"];
        let identity = |kind: &&str| {
            Some((self.pem(&format!("tls_client_cert{kind}"))?, self.pem(&format!("tls_client_key{kind}"))?))
        };
        let mut server_name = self.server_name.clone();
        // A server that is asked for by another name is to prove that name.
        if let (true, Some(Ok(host))) = (server_name.is_empty(), self.headers.get("Host")) {
            server_name = host.clone();
        }
        let tls = Tls {
            server_name: (!server_name.is_empty()).then(|| lossy(&server_name).into_owned()),
            insecure: self.insecure,
            system_roots: self.system_roots,
            roots: kinds.iter().filter_map(|kind| self.pem(&format!("tls_ca_cert{kind}"))).collect(),
            identities: kinds.iter().filter_map(identity).collect(),
        };
        (tls != Tls::default()).then_some(tls)
    }
}

/// Whether the policy may speak with the host of the URL.
pub(super) fn permit_url(network: Option<&dyn Network>, url: &[u8]) -> Result<(), Problem> {
    let Some(network) = network else { return Err(Problem::Failed(super::OFF.into())) };
    let Ok(url) = Url::parse(url) else {
        // It goes nowhere, and why is told when all else is read.
        return Ok(());
    };
    if url.scheme == b"unix" { Ok(()) } else { permit(network, &url.host_name()) }
}

fn permit(network: &dyn Network, host: &str) -> Result<(), Problem> {
    if network.permits(host) { Ok(()) } else { Err(Problem::Failed(format!("disallowed host: {host}"))) }
}

/// The URL and the socket that `unix://host/path?socket=%2Frun%2Fx.sock` means.
fn through_socket(url: &[u8]) -> Option<(Url, Vec<u8>)> {
    let mut url = Url::parse(url).ok().filter(|url| url.scheme == b"unix" && !url.raw_query.is_empty())?;
    let mut parameters = urlquery::parameters(&url.raw_query).ok()?;
    let socket = parameters.iter().find(|(name, _)| name == b"socket").map(|(_, value)| value.clone());
    parameters.retain(|(name, _)| name != b"socket");
    parameters.sort_by(|a, b| a.0.cmp(&b.0));
    url.scheme = b"http".to_vec();
    url.raw_query = urlquery::query(&parameters);
    Some((url, socket.unwrap_or_default()))
}

/// The text without the quotes around it.
fn trimmed(text: &[u8]) -> &[u8] {
    let quote = |byte: &u8| *byte != b'"';
    match (text.iter().position(quote), text.iter().rposition(quote)) {
        (Some(from), Some(to)) => &text[from..=to],
        _ => b"",
    }
}

/// The text with line breaks where it writes them as `\n`.
fn with_line_breaks(text: &[u8]) -> Vec<u8> {
    let mut to = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [byte, after @ ..] = rest {
        let (byte, after) = if let [b'\\', b'n', after @ ..] = rest { (b'\n', after) } else { (*byte, after) };
        to.push(byte);
        rest = after;
    }
    to
}

/// What Go's `strconv.ParseBool` makes of the value's text.
fn boolean(value: Value<'_>) -> Result<bool, Problem> {
    match value.view() {
        View::Bool(bool) => Ok(bool),
        _ => match &rego(value)[..] {
            "1" => Ok(true),
            "0" => Ok(false),
            text => {
                let text = quoted(text.as_bytes());
                Err(Problem::Failed(format!("strconv.ParseBool: parsing {text}: invalid syntax")))
            }
        },
    }
}

/// A duration; `None` where it is not positive, which is no limit.
fn timeout(value: Value<'_>) -> Result<Option<Duration>, Problem> {
    let ns = match value.view() {
        View::Str(text) => match std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()) {
            Some(ns) => ns,
            None => duration::parse_as_go(text)
                .map_err(|why| Problem::Failed(format!("invalid timeout value {}: {why}", rego(value))))?,
        },
        _ if value.is_number() => match value.as_int() {
            Some(ns) => ns,
            None => {
                let number = rego(value);
                return Err(Problem::Failed(format!("invalid timeout number value {number}, must be int64")));
            }
        },
        _ => {
            let found = value.type_name();
            return Err(Problem::Operand(format!("'timeout' must be one of {{string, number}} but got {found}")));
        }
    };
    Ok(u64::try_from(ns).ok().filter(|ns| *ns > 0).map(Duration::from_nanos))
}

/// Headers by the names that HTTP writes; of names that come to the same the last one counts.
fn headers(value: Value<'_>) -> Result<BTreeMap<String, HeaderValue>, Problem> {
    let Some(object) = value.as_object() else { return Err(Problem::Failed("invalid type for headers key".into())) };
    let mut headers = BTreeMap::new();
    for (key, value) in object.iter() {
        let mut name = Vec::new();
        match key.as_bytes() {
            Some(text) => name.extend_from_slice(text),
            None => json::write_json(key, &mut name),
        }
        let text = match value.as_bytes() {
            Some(text) => Ok(text.to_vec()),
            None => Err(format!("invalid type for headers value {}", header::go_quoted(value))),
        };
        headers.insert(header::canonical(&name), text);
    }
    Ok(headers)
}

/// The value as Rego writes it.
pub(super) fn rego(value: Value<'_>) -> String {
    let mut to = Vec::new();
    text::write_rego(value, &mut to);
    lossy(&to).into_owned()
}
