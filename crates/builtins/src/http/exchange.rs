//! A request sent and its response got: redirects followed as Go's client follows them, failures tried again.

use std::time::Duration;

use lictor_value::network::{ExchangeError, HttpRequest, HttpResponse};
use lictor_value::text::lossy;
use lictor_value::{Context, Halt, Network};

use super::header;
use super::options::{Options, permit_url};
use super::problem::{Problem, quoted};
use crate::encoding;
use crate::url::Url;

/// How many requests one may become by redirects: as many as with Go unless it is told otherwise. (OPA tells it otherwise,
/// and follows redirects until time is up.)
const MOST_REQUESTS: usize = 10;

/// The pauses before the second try and the last: they grow by six tenths from try to try.
const FIRST_PAUSE_NS: f64 = 1e8;
const LONGEST_PAUSE_NS: f64 = 6e10;

/// Headers that only the first host and those below it get to see.
const SENSITIVE: &[&str] =
    &["Authorization", "Www-Authenticate", "Cookie", "Cookie2", "Proxy-Authorization", "Proxy-Authenticate"];

/// Headers that say something of a body.
const OF_BODY: &[&str] = &["Content-Encoding", "Content-Language", "Content-Location", "Content-Type"];

/// Headers that HTTP itself writes.
const OWN: &[&str] = &["Content-Length", "Transfer-Encoding", "Trailer"];

/// Sends the request, as often as `tries` says after a failure, until there is a response.
pub(super) fn perform(
    cx: &mut Context<'_, '_>,
    network: &dyn Network,
    options: &Options,
    retries: i64,
) -> Result<HttpResponse, Problem> {
    let mut tried = 0;
    loop {
        let problem = match attempt(cx, network, options) {
            Err(problem @ Problem::Network { .. }) if tried < retries => problem,
            result => return result,
        };
        let pause = pause(cx, tried);
        if cx.time_left().is_some_and(|left| left < pause) {
            // The evaluation ends before there could be another try.
            return Err(problem);
        }
        network.rest(pause);
        tried += 1;
    }
}

/// The pause after so many tries that failed before this one.
fn pause(cx: &Context<'_, '_>, tried: i64) -> Duration {
    if tried == 0 {
        return Duration::ZERO;
    }
    let mut pause = FIRST_PAUSE_NS;
    for _ in 0..tried {
        pause = (pause * 1.6).min(LONGEST_PAUSE_NS);
        if pause >= LONGEST_PAUSE_NS {
            break;
        }
    }
    let mut random = [0; 4];
    cx.host.random(&mut random);
    let random = f64::from(u32::from_le_bytes(random)) / f64::from(u32::MAX);
    Duration::from_nanos((pause * (0.8 + 0.4 * random)) as u64)
}

/// A hop: a request on the way to the response.
struct Hop {
    method: String,
    url: Url,
    /// The header `Host`, where it is not the URL's.
    host: Option<Vec<u8>>,
    /// Whether the body goes along.
    body: bool,
    referer: Option<Vec<u8>>,
    /// Whether it left the first host and those below it.
    away: bool,
}

fn attempt(cx: &Context<'_, '_>, network: &dyn Network, options: &Options) -> Result<HttpResponse, Problem> {
    let begin = cx.host.tick_ns();
    let mut hop = Hop {
        method: options.method.clone(),
        url: options.url.clone(),
        host: options.host.clone(),
        body: true,
        referer: None,
        away: false,
    };
    let mut requests = 1;
    loop {
        let spent = Duration::from_nanos(u64::try_from(cx.host.tick_ns().saturating_sub(begin)).unwrap_or(0));
        let response = send(cx, network, options, &hop, spent)?;
        let keeps_body = match response.code {
            301..=303 => false,
            307 | 308 => true,
            _ => return Ok(response),
        };
        let Some(location) = response.header("Location").filter(|location| options.redirect && !location.is_empty())
        else {
            return Ok(response);
        };
        let fault = |url: Vec<u8>, text: String| Problem::Network {
            operation: operation(&options.method),
            url,
            text,
            timed_out: false,
        };
        let reference = Url::parse(location).map_err(|why| {
            fault(without_password(&hop.url), format!("failed to parse Location header {}: {why}", quoted(location)))
        })?;
        let url = hop.url.resolve(&reference);
        if requests == MOST_REQUESTS {
            return Err(fault(location.to_vec(), format!("stopped after {MOST_REQUESTS} redirects")));
        }
        if options.socket.is_none()
            && let Err(Problem::Failed(why)) = permit_url(Some(network), &url.to_bytes())
        {
            return Err(fault(location.to_vec(), why));
        }
        hop = hop.next(options, url, &reference, keeps_body);
        requests += 1;
    }
}

impl Hop {
    /// The hop to where a response leads.
    fn next(self, options: &Options, url: Url, reference: &Url, keeps_body: bool) -> Hop {
        let from_secure = self.url.scheme == b"https" && url.scheme == b"http";
        let referer = match options.headers.get("Referer").filter(|given| !given.is_empty()) {
            _ if from_secure => None,
            Some(given) => Some(given.clone()),
            None => Some(Url { user: None, ..self.url.clone() }.to_bytes()),
        };
        let method = match &self.method[..] {
            method @ ("GET" | "HEAD") => method.into(),
            method if keeps_body => method.into(),
            _ => String::from("GET"),
        };
        Hop {
            method,
            // A host that the policy names is kept as long as the way stays on it.
            host: self.host.filter(|_| reference.scheme.is_empty()),
            body: self.body && keeps_body,
            referer,
            away: self.away || !is_at_or_below(&url.host_name(), &options.url.host_name()),
            url,
        }
    }

    fn headers(&self, options: &Options) -> Vec<(String, Vec<u8>)> {
        let withheld = |name: &str| {
            OWN.contains(&name)
                || self.away && SENSITIVE.contains(&name)
                || !self.body && OF_BODY.contains(&name)
                || self.referer.is_some() && name == "Referer"
        };
        let host = self.host.clone().unwrap_or_else(|| without_zone(&self.url.host));
        let mut headers = vec![(String::from("Host"), host)];
        let kept = options.headers.iter().filter(|(name, _)| !withheld(name));
        headers.extend(kept.map(|(name, value)| (name.clone(), value.clone())));
        if let Some(referer) = &self.referer {
            headers.push(("Referer".into(), referer.clone()));
        }
        let authorized = headers.iter().any(|(name, value)| name == "Authorization" && !value.is_empty());
        if let (Some(user), false) = (&self.url.user, authorized) {
            let secret = [&user.name, b":".as_slice(), user.password.as_deref().unwrap_or_default()].concat();
            headers.push(("Authorization".into(), [b"Basic ", &encoding::encode_standard(&secret)[..]].concat()));
        }
        // One that is empty is how a policy asks for none.
        headers.retain(|(name, value)| name != "User-Agent" || !value.is_empty());
        headers
    }
}

/// One exchange: `spent` is what the hops before it took of the time.
fn send(
    cx: &Context<'_, '_>,
    network: &dyn Network,
    options: &Options,
    hop: &Hop,
    spent: Duration,
) -> Result<HttpResponse, Problem> {
    let fault = |text: String, timed_out| Problem::Network {
        operation: operation(&options.method),
        url: without_password(&hop.url),
        text,
        timed_out,
    };
    let headers = hop.headers(options);
    check(&hop.url, &options.headers).map_err(|text| fault(text, false))?;
    let Ok(authority) = std::str::from_utf8(&hop.url.host).map(without_empty_port) else {
        return Err(fault("the host's name is not UTF-8".into(), false));
    };
    let late = |reading| match reading {
        true => Problem::Failed(
            "context deadline exceeded (Client.Timeout or context cancellation while reading body)".into(),
        ),
        false => fault("context deadline exceeded (Client.Timeout exceeded while awaiting headers)".into(), true),
    };
    let own = match options.timeout.map(|timeout| timeout.checked_sub(spent)) {
        Some(None | Some(Duration::ZERO)) => return Err(late(false)),
        Some(own) => own,
        None => None,
    };
    let left = cx.time_left();
    let ends_evaluation = left.is_some_and(|left| own.is_none_or(|own| left < own));
    let room = cx.arena.room();
    let most = network.response_bytes();
    let request = HttpRequest {
        method: &hop.method,
        secure: hop.url.scheme == b"https",
        authority,
        socket: options.socket.as_deref(),
        target: &hop.url.request_target(),
        headers: &headers,
        body: if hop.body { &options.body } else { b"" },
        tls: options.tls.as_ref(),
        timeout: if ends_evaluation { left } else { own },
        most: most.min(room),
    };
    network.exchange(&request).map_err(|error| match error {
        ExchangeError::Settings(text) | ExchangeError::Broken(text) => Problem::Failed(text),
        ExchangeError::Failed(text) => fault(text, false),
        ExchangeError::TimedOut { .. } if ends_evaluation => Problem::Halt(Halt::Deadline),
        ExchangeError::TimedOut { reading } => late(reading),
        ExchangeError::TooLarge if room < most => Problem::Halt(Halt::Memory),
        ExchangeError::TooLarge => Problem::Failed(format!("the response has more than {most} bytes")),
    })
}

/// Whether a request to the URL can be sent, in the order in which Go looks.
fn check(url: &Url, headers: &std::collections::BTreeMap<String, Vec<u8>>) -> Result<(), String> {
    let scheme = lossy(&url.scheme);
    if matches!(&*scheme, "http" | "https") {
        if let Some(name) = headers.keys().find(|name| !header::is_token(name.as_bytes())) {
            return Err(format!("net/http: invalid header field name {}", quoted(name.as_bytes())));
        }
        if let Some((name, _)) = headers.iter().find(|(_, value)| !header::is_value(value)) {
            return Err(format!("net/http: invalid header field value for {}", quoted(name.as_bytes())));
        }
    } else {
        return Err(format!("unsupported protocol scheme {}", quoted(scheme.as_bytes())));
    }
    if url.host.is_empty() { Err("http: no Host in request URL".into()) } else { Ok(()) }
}

/// The method as it begins a sentence.
fn operation(method: &str) -> String {
    let (first, rest) = method.split_at(method.len().min(1));
    format!("{first}{}", rest.to_ascii_lowercase())
}

fn without_password(url: &Url) -> Vec<u8> {
    let mut url = url.clone();
    let Some(user) = url.user.as_mut().filter(|user| user.password.is_some()) else { return url.to_bytes() };
    user.password = None;
    let before = url.to_bytes();
    let name = Url { user: None, ..url.clone() }.to_bytes();
    // The password stands before the `@`, which nothing before it can be.
    let at = before.iter().position(|byte| *byte == b'@').unwrap_or(0);
    if name == before { before } else { [&before[..at], b":***", &before[at..]].concat() }
}

/// The host as a header names it.
fn without_zone(host: &[u8]) -> Vec<u8> {
    let text = lossy(host);
    let text = without_empty_port(&text);
    match (text.split_once('%'), text.split_once(']')) {
        (Some((address, _)), Some((_, port))) if text.starts_with('[') => format!("{address}]{port}").into_bytes(),
        _ => text.as_bytes().to_vec(),
    }
}

fn without_empty_port(host: &str) -> &str {
    host.strip_suffix(':').unwrap_or(host)
}

/// Whether a host is `parent`, or in its domain.
fn is_at_or_below(host: &str, parent: &str) -> bool {
    let (host, parent) = (host.to_ascii_lowercase(), parent.to_ascii_lowercase());
    if host == parent {
        return true;
    }
    !host.contains([':', '%']) && host.strip_suffix(&*parent).is_some_and(|rest| rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_not_told() {
        let told = |url: &str| {
            let url = Url::parse(url.as_bytes()).expect("it is a URL");
            String::from_utf8(without_password(&url)).expect("it is ASCII")
        };
        assert_eq!(told("http://u:p@a.example/@"), "http://u:***@a.example/@");
        assert_eq!(told("http://u@a.example/"), "http://u@a.example/");
        assert_eq!(told("http://:p@a.example"), "http://:***@a.example");
    }

    #[test]
    fn secrets_go_no_farther_than_the_first_host_and_those_below() {
        assert!(is_at_or_below("a.example", "A.example"));
        assert!(is_at_or_below("b.a.example", "a.example"));
        assert!(!is_at_or_below("ba.example", "a.example"));
        assert!(!is_at_or_below("::1%.a.example", "a.example"));
    }

    #[test]
    fn hosts_are_named_without_zone_and_empty_port() {
        assert_eq!(without_zone(b"[fe80::1%eth0]:80"), b"[fe80::1]:80");
        assert_eq!(without_zone(b"a.example:"), b"a.example");
        assert_eq!(without_zone(b"[::1]"), b"[::1]");
    }
}
