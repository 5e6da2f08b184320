//! `http.send`: a request that a policy makes, and the response as a value.
//!
//! All that OPA means by a request is here: its options ([`options`]), redirects and retries ([`exchange`]), what is used
//! again within an evaluation and between them ([`cache`], [`freshness`]), the object that comes of it ([`mod@response`]),
//! and what becomes of failures ([`problem`]). Bytes travel through the host's [`lictor_value::Network`]; a host without one
//! lets nothing out.

mod cache;
mod exchange;
mod freshness;
mod header;
mod options;
mod problem;
mod response;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use lictor_value::network::HttpResponse;
use lictor_value::{Builtin, Context, Halt, Object, Type, Value};

use crate::family;
use cache::{Cache, Memo};
#[cfg(feature = "aws")]
pub(crate) use options::KEYS;
use options::{Options, rego};
use problem::Problem;
use response::Decoding;

const NAME: &str = "http.send";

/// What is said where the host has no network.
pub(crate) const OFF: &str =
    "the network is off; allow hosts with --allow-net HOST, or with Builder::network in the library";

/// The family.
pub static FAMILY: &[Builtin] = family! {
    /// Sends an HTTP request and gives the response; needs a host that allows the network.
    "http.send" { nondeterministic: true, placed: true } |
        cx,
        request ("what to send, where to and how"): &Object<'_> [Type::Object(&Type::String, &Type::Any)],
    | -> "response" ("status, headers and body"): Option<Value<'_>> [Type::Object(&Type::Any, &Type::Any)] {
        send(cx, request)
    }
};

fn send<'v>(cx: &mut Context<'_, 'v>, request: &Object<'v>) -> Option<Value<'v>> {
    let raise = match request.get_str("raise_error").map(Value::as_bool) {
        None => true,
        Some(Some(raise)) => raise,
        Some(None) => return cx.fail("invalid value for raise_error field"),
    };
    match response(cx, request) {
        Ok(value) => Some(value),
        Err(problem) if raise => cx.catch(Err(problem.into_fault())),
        Err(problem) => problem.into_object(cx),
    }
}

/// The object of the response to a request: of an equal one before, where that still counts.
fn response<'v>(cx: &mut Context<'_, 'v>, request: &Object<'v>) -> Result<Value<'v>, Problem> {
    options::check_keys(request)?;
    let call = Call { request, key: key_request(cx, request)?, caching: Caching::read(request)? };
    let key = rego(call.key);
    if let Some(known) = cx.scratch.of_evaluation::<Memo>().get(&key) {
        let known = known?;
        return response::object(cx, &known, call.decoding()?);
    }
    let memo = cx.scratch.of_evaluation::<Memo>().bytes();
    if cx.reserve(memo).is_none() {
        return Err(Problem::Halt(Halt::Memory));
    }
    let Caching::Between { forced_seconds } = call.caching else {
        let response = call.perform(cx, &key, request)?;
        let value = response::object(cx, &response, call.decoding()?)?;
        if freshness::is_cacheable(response.code) {
            cx.scratch.of_evaluation::<Memo>().insert(&key, Ok(response));
        }
        return Ok(value);
    };
    let decoding = call.decoding()?;
    let shelf = cx.host.network().map(|network| (network.shelf().of::<Cache>(), network.cache_bytes()));
    let response = match &shelf {
        None => None,
        Some((cache, most)) => call.cached(cx, &key, cache, *most, forced_seconds).inspect_err(|problem| {
            cx.scratch.of_evaluation::<Memo>().insert(&key, Err(problem.clone()));
        })?,
    };
    let response = match response {
        Some(response) => response,
        None => {
            let response = call.perform(cx, &key, request)?;
            if let Some((cache, most)) = &shelf {
                // What cannot be kept is no failure: there is a response.
                let _ = call.keep(cx, &key, &response, cache, *most, forced_seconds);
            }
            response
        }
    };
    cx.scratch.of_evaluation::<Memo>().insert(&key, Ok(response.clone()));
    response::object(cx, &response, decoding)
}

/// How responses are used again.
#[derive(Clone, Copy)]
enum Caching {
    /// Within the evaluation.
    Within,
    /// Between evaluations too, for so many seconds whatever the response says, or for as long as it says.
    Between { forced_seconds: Option<i32> },
}

impl Caching {
    fn read(request: &Object<'_>) -> Result<Caching, Problem> {
        let cache = flag(request, "cache")?;
        if !flag(request, "force_cache")? {
            return Ok(if cache { Caching::Between { forced_seconds: None } } else { Caching::Within });
        }
        let Some(seconds) = request.get_str("force_cache_duration_seconds") else {
            let text = "'force_cache' set but 'force_cache_duration_seconds' parameter is missing";
            return Err(Problem::Failed(text.into()));
        };
        let text = rego(seconds);
        match text.parse::<i32>() {
            Ok(seconds) => Ok(Caching::Between { forced_seconds: (seconds > 0).then_some(seconds) }),
            Err(_) => {
                let digits = text.strip_prefix(['-', '+']).unwrap_or(&text);
                let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
                let why = if is_number { "value out of range" } else { "invalid syntax" };
                let text = problem::quoted(text.as_bytes());
                Err(Problem::Failed(format!("strconv.ParseInt: parsing {text}: {why}")))
            }
        }
    }
}

/// A call on its way.
struct Call<'r, 'v> {
    request: &'r Object<'v>,
    /// What the request is known by: the object without the headers that do not count.
    key: Value<'v>,
    caching: Caching,
}

impl<'v> Call<'_, 'v> {
    fn decoding(&self) -> Result<Decoding, Problem> {
        Ok(Decoding { json: flag(self.request, "force_json_decode")?, yaml: flag(self.request, "force_yaml_decode")? })
    }

    /// Sends the request; a failure is remembered.
    fn perform(&self, cx: &mut Context<'_, 'v>, key: &str, request: &Object<'v>) -> Result<Arc<HttpResponse>, Problem> {
        let sent = self.send(cx, request, &[]);
        sent.map(Arc::new).inspect_err(|problem| cx.scratch.of_evaluation::<Memo>().insert(key, Err(problem.clone())))
    }

    fn send(
        &self,
        cx: &mut Context<'_, 'v>,
        request: &Object<'v>,
        more: &[(&str, &[u8])],
    ) -> Result<HttpResponse, Problem> {
        let network = cx.host.network();
        let mut options = Options::read(request, network).map_err(|problem| problem.at(cx))?;
        options.headers.extend(more.iter().map(|(name, value)| ((*name).to_owned(), value.to_vec())));
        let retries = retries(request)?;
        let Some(network) = network else { return Err(Problem::Failed(OFF.into()).at(cx)) };
        exchange::perform(cx, network, &options, retries).map_err(|problem| problem.at(cx))
    }

    /// The response that is kept for the request: while it is fresh, or when the server says that it still holds.
    fn cached(
        &self,
        cx: &mut Context<'_, 'v>,
        key: &str,
        cache: &Cache,
        most: usize,
        forced_seconds: Option<i32>,
    ) -> Result<Option<Arc<HttpResponse>>, Problem> {
        let Some((kept, expires)) = cache.get(key) else { return Ok(None) };
        if cx.now_ns() < expires {
            return Ok(Some(kept));
        }
        let known = [("If-None-Match", "etag"), ("If-Modified-Since", "last-modified")];
        let known = known.map(|(asks, says)| (asks, kept.header(says).unwrap_or_default()));
        let known: Vec<_> = known.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        let Some(request) = self.key.as_object().filter(|_| !known.is_empty()) else {
            cache.remove(key);
            return Ok(None);
        };
        let answer = self.send(cx, request, &known);
        cache.remove(key);
        let answer = answer?;
        match answer.code {
            200 => {
                let response = Arc::new(answer);
                self.keep(cx, key, &response, cache, most, forced_seconds)?;
                Ok(Some(response))
            }
            304 => {
                let expires = match forced_seconds {
                    Some(seconds) => freshness::seconds_from(cx.now_ns(), seconds),
                    None => freshness::expiry_ns(&answer).map_err(Problem::Bare)?,
                };
                caching_mode(self.request)?;
                let response = Arc::new(updated(&kept, &answer));
                cache.insert(key, response.clone(), expires, most);
                Ok(Some(response))
            }
            _ => Ok(None),
        }
    }

    /// Keeps a response for later evaluations, where it may be kept.
    fn keep(
        &self,
        cx: &mut Context<'_, 'v>,
        key: &str,
        response: &Arc<HttpResponse>,
        cache: &Cache,
        most: usize,
        forced_seconds: Option<i32>,
    ) -> Result<(), Problem> {
        if forced_seconds.is_none() && !freshness::may_store(response) || !freshness::is_cacheable(response.code) {
            return Ok(());
        }
        caching_mode(self.request)?;
        let expires = match forced_seconds {
            Some(seconds) => freshness::seconds_from(cx.now_ns(), seconds),
            None => freshness::expiry_ns(response).map_err(Problem::Bare)?,
        };
        cache.insert(key, response.clone(), expires, most);
        Ok(())
    }
}

/// A response with the headers that a newer one without a body has for it.
fn updated(kept: &HttpResponse, newer: &HttpResponse) -> HttpResponse {
    let mut response = kept.clone();
    response.headers.retain(|(name, _)| newer.header(name).is_none());
    response.headers.extend(newer.headers.iter().cloned());
    response
}

/// The request without the headers that do not tell requests apart.
fn key_request<'v>(cx: &Context<'_, 'v>, request: &Object<'v>) -> Result<Value<'v>, Problem> {
    let mut pairs: Vec<_> =
        request.iter().filter(|(key, _)| key.as_bytes() != Some(b"cache_ignored_headers")).collect();
    if let (Some(ignored), Some(headers)) = (request.get_str("cache_ignored_headers"), request.get_str("headers")) {
        let ignored = ignored.as_array().filter(|names| names.iter().all(|name| name.as_bytes().is_some()));
        let Some(ignored) = ignored else {
            return Err(Problem::Bare("cache_ignored_headers must be an array of strings".into()));
        };
        let Some(headers) = headers.as_object() else {
            return Err(Problem::Failed("invalid type for headers key".into()));
        };
        let counts = |name: &Value<'_>| !ignored.iter().any(|ignored| ignored.as_bytes() == name.as_bytes());
        let mut headers = headers.iter().filter(|(name, _)| name.as_bytes().is_none() || counts(name)).collect();
        let headers = Value::object(cx.arena.one(Object::from_unsorted(cx.arena, &mut headers)));
        pairs.retain(|(key, _)| key.as_bytes() != Some(b"headers"));
        pairs.push((cx.string("headers"), headers));
    }
    pairs.push((cx.string("cache_ignored_headers"), Value::NULL));
    Ok(Value::object(cx.arena.one(Object::from_unsorted(cx.arena, &mut pairs))))
}

fn flag(request: &Object<'_>, key: &str) -> Result<bool, Problem> {
    match request.get_str(key).map(Value::as_bool) {
        None => Ok(false),
        Some(Some(flag)) => Ok(flag),
        Some(None) => Err(Problem::Failed(format!("invalid value for \"{key}\" field"))),
    }
}

fn retries(request: &Object<'_>) -> Result<i64, Problem> {
    let Some(value) = request.get_str("max_retry_attempts") else { return Ok(0) };
    match value.as_int().filter(|count| *count >= 0 && value.is_number()) {
        Some(count) => Ok(count),
        None => Err(Problem::Bare(format!("invalid value {} for field \"max_retry_attempts\"", rego(value)))),
    }
}

/// Checks how OPA is to keep responses. Here they are kept in one way, which either word means.
fn caching_mode(request: &Object<'_>) -> Result<(), Problem> {
    match request.get_str("caching_mode").map(Value::as_bytes) {
        None | Some(Some(b"serialized" | b"deserialized")) => Ok(()),
        Some(Some(other)) => {
            let other = String::from_utf8_lossy(other);
            Err(Problem::Bare(format!("invalid value specified for \"caching_mode\" field: {other}")))
        }
        Some(None) => Err(Problem::Bare("invalid value for \"caching_mode\" field".into())),
    }
}
