//! The HTTP client: one request, one response. Connections without TLS of their own are kept for later requests.
//!
//! Requests run on one background thread, which begins with the first of them, so that sessions may wait for theirs on any
//! thread, be it one of somebody else's asynchronous runtime.

use std::io::Read;
use std::sync::{Arc, OnceLock, mpsc};
use std::time::Duration;

use flate2::read::MultiGzDecoder;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::ext::ReasonPhrase;
use hyper::header::{HeaderName, HeaderValue};
use hyper::http::Extensions;
use hyper::{Request, Response, Uri, Version};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::capture_connection;
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use lictor_value::network::{ExchangeError, HttpRequest, HttpResponse};
use tokio::runtime::{self, Runtime};

use super::connector::{Connector, Used};
use super::trust::{self, SystemRoots};
use super::words;

/// How long an exchange may take whose request sets no limit.
const LONGEST: Duration = Duration::from_secs(300);

/// How many headers a response may have.
const MOST_HEADERS: usize = 1024;

/// How long a connection is kept for the next request, and how many for one host.
const IDLE: Duration = Duration::from_secs(90);
const IDLE_CONNECTIONS: usize = 2;

/// Clients that make connections by themselves.
type Connections = legacy::Client<Connector, Full<Bytes>>;

/// The client. It does nothing before the first request.
#[derive(Debug, Default)]
pub(super) struct Client {
    thread: OnceLock<Result<Background, String>>,
    roots: SystemRoots,
    /// For requests without TLS, and for those with the usual one.
    shared: [OnceLock<Result<Shared, String>>; 2],
    proxies: OnceLock<Arc<Matcher>>,
}

/// What serves all requests that ask for nothing special.
#[derive(Debug)]
struct Shared {
    connections: Connections,
    connector: Connector,
}

/// The thread that requests run on.
#[derive(Debug)]
struct Background(Option<Runtime>);

impl Drop for Background {
    fn drop(&mut self) {
        // Whatever still runs is worth nothing, and the thread that drops this one may not wait.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl Client {
    pub(super) fn exchange(&self, request: &HttpRequest<'_>) -> Result<HttpResponse, ExchangeError> {
        let begin = || {
            let mut builder = runtime::Builder::new_multi_thread();
            let builder = builder.worker_threads(1).max_blocking_threads(16).thread_name("lictor-http").enable_all();
            builder.build().map(|runtime| Background(Some(runtime))).map_err(|error| error.to_string())
        };
        let thread = self.thread.get_or_init(begin).as_ref().map_err(|why| ExchangeError::Settings(why.clone()))?;
        let Some(runtime) = &thread.0 else { return Err(ExchangeError::Settings("the client ended".into())) };
        let (connections, connector) = self.connections(request).map_err(ExchangeError::Settings)?;
        let job = Job::new(request, connections, &connector)?;
        let (tell, told) = mpsc::channel();
        runtime.spawn(async move {
            // Nobody may be waiting any more.
            let _ = tell.send(job.run().await);
        });
        told.recv().unwrap_or_else(|_| Err(ExchangeError::Failed("the client ended".into())))
    }

    /// What makes the request's connections: kept ones where they are like any other.
    fn connections(&self, request: &HttpRequest<'_>) -> Result<(Connections, Connector), String> {
        if request.tls.is_none() && request.socket.is_none() {
            let shared = self.shared[usize::from(request.secure)].get_or_init(|| {
                let connector = self.connector(request)?;
                Ok(Shared { connections: client(connector.clone(), IDLE_CONNECTIONS), connector })
            });
            return shared.as_ref().map(|it| (it.connections.clone(), it.connector.clone())).map_err(Clone::clone);
        }
        let connector = self.connector(request)?;
        Ok((client(connector.clone(), 0), connector))
    }

    fn connector(&self, request: &HttpRequest<'_>) -> Result<Connector, String> {
        // What cannot be used is told even where it is not needed; whom the system trusts is not read for nothing.
        let proxies = self.proxies.get_or_init(|| Arc::new(Matcher::from_env()));
        let proxy = proxies.intercept(&Uri::from_static("http://any.invalid"));
        let guarded = proxy.is_some_and(|proxy| proxy.uri().scheme_str() == Some("https"));
        let needed = request.secure || request.tls.is_some() || guarded;
        Ok(Connector {
            tls: needed.then(|| trust::client(request.tls, &self.roots)).transpose()?,
            server_name: request.tls.and_then(|tls| tls.server_name.clone()),
            socket: request.socket.map(|path| String::from_utf8_lossy(path).into_owned().into()),
            proxies: proxies.clone(),
        })
    }
}

fn client(connector: Connector, idle: usize) -> Connections {
    legacy::Client::builder(TokioExecutor::new())
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(idle)
        .http1_title_case_headers(true)
        .http1_max_headers(MOST_HEADERS)
        .set_host(false)
        .build(connector)
}

/// A request on its way.
struct Job {
    connections: Connections,
    request: Request<Full<Bytes>>,
    timeout: Duration,
    most: usize,
    /// Whether the client, not the policy, asked for compression.
    unpacks: bool,
}

impl Job {
    fn new(request: &HttpRequest<'_>, connections: Connections, connector: &Connector) -> Result<Job, ExchangeError> {
        let failed = |error: &dyn std::fmt::Display| ExchangeError::Failed(error.to_string());
        let scheme = if request.secure { "https" } else { "http" };
        let uri = Uri::builder().scheme(scheme).authority(request.authority);
        let uri = uri.path_and_query(escaped(request.target)).build().map_err(|error| failed(&error))?;
        let mut sent = Request::new(Full::new(Bytes::copy_from_slice(request.body)));
        *sent.method_mut() = request.method.parse().map_err(|error| failed(&error))?;
        let headers = sent.headers_mut();
        let mut unpacks = request.method != "HEAD";
        for (name, value) in request.headers {
            unpacks &= !name.eq_ignore_ascii_case("Accept-Encoding") && !name.eq_ignore_ascii_case("Range");
            let name = HeaderName::try_from(name).map_err(|error| failed(&error))?;
            headers.append(name, HeaderValue::from_bytes(value).map_err(|error| failed(&error))?);
        }
        if request.body.is_empty() && matches!(request.method, "POST" | "PUT" | "PATCH") {
            headers.insert("Content-Length", HeaderValue::from_static("0"));
        }
        if unpacks {
            headers.append("Accept-Encoding", HeaderValue::from_static("gzip"));
        }
        if request.tls.is_some() || request.socket.is_some() {
            headers.entry("Connection").or_insert(HeaderValue::from_static("close"));
        }
        if let Some(auth) = connector.proxy(&uri).filter(|_| !request.secure).and_then(|it| it.basic_auth().cloned()) {
            headers.append("Proxy-Authorization", auth);
        }
        *sent.uri_mut() = uri;
        let timeout = request.timeout.map_or(LONGEST, |timeout| timeout.min(LONGEST));
        Ok(Job { connections, request: sent, timeout, most: request.most, unpacks })
    }

    async fn run(self) -> Result<HttpResponse, ExchangeError> {
        let end = tokio::time::Instant::now() + self.timeout;
        let response = match tokio::time::timeout_at(end, self.send()).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(ExchangeError::Failed(words::of(&error))),
            Err(_) => return Err(ExchangeError::TimedOut { reading: false }),
        };
        let read = read(response, self.most, self.unpacks);
        tokio::time::timeout_at(end, read).await.unwrap_or(Err(ExchangeError::TimedOut { reading: true }))
    }

    /// Sends the request. A server may hang up on a connection that was kept, just when it is used again: then what does
    /// no harm twice goes over another one.
    async fn send(&self) -> Result<Response<Incoming>, legacy::Error> {
        let harmless = matches!(self.request.method().as_str(), "GET" | "HEAD" | "OPTIONS" | "TRACE");
        loop {
            let mut request = self.request.clone();
            let connection = capture_connection(&mut request);
            let result = self.connections.request(request).await;
            let mut extras = Extensions::new();
            if let Some(connected) = &*connection.connection_metadata() {
                connected.get_extras(&mut extras);
            }
            let used = extras.get::<Used>().is_some_and(Used::again);
            match result {
                Err(error) if used && harmless && words::is_hang_up(&error) => {}
                result => return result,
            }
        }
    }
}

async fn read(response: Response<Incoming>, most: usize, unpacks: bool) -> Result<HttpResponse, ExchangeError> {
    let (mut head, mut incoming) = response.into_parts();
    let reason = match head.extensions.get::<ReasonPhrase>() {
        Some(reason) => reason.as_bytes(),
        None => head.status.canonical_reason().unwrap_or_default().as_bytes(),
    };
    let status = [head.status.as_str().as_bytes(), b" ", reason].concat();
    settle(&mut head.headers, head.version);
    let packed = head.headers.get("Content-Encoding").is_some_and(|it| it.as_bytes().eq_ignore_ascii_case(b"gzip"));
    let unpacks = unpacks && packed;
    if unpacks {
        head.headers.remove("Content-Encoding");
        head.headers.remove("Content-Length");
    }
    let header = |(name, value): (&HeaderName, &HeaderValue)| (name.to_string(), value.as_bytes().to_vec());
    let headers = head.headers.iter().map(header).collect();
    let mut response = HttpResponse { code: head.status.as_u16(), status, headers, body: vec![] };
    let head_size = response.size();
    if head_size > most {
        return Err(ExchangeError::TooLarge);
    }
    let mut body = Vec::new();
    while let Some(frame) = incoming.frame().await {
        let frame = frame.map_err(|error| ExchangeError::Broken(broken(&error)))?;
        if let Ok(part) = frame.into_data() {
            body.extend_from_slice(&part);
        }
        if head_size + body.len() > most {
            return Err(ExchangeError::TooLarge);
        }
    }
    response.body = if unpacks && !body.is_empty() { unpacked(&body, most - head_size)? } else { body };
    Ok(response)
}

/// Leaves the headers as Go's client shows them: what HTTP says of the connection and the body's length is not told.
fn settle(headers: &mut hyper::HeaderMap, version: Version) {
    let chunked = headers.remove("Transfer-Encoding").is_some();
    if chunked {
        headers.remove("Content-Length");
        headers.remove("Trailer");
    }
    let closes = |value: &HeaderValue| {
        value.as_bytes().split(|byte| *byte == b',').any(|word| word.trim_ascii().eq_ignore_ascii_case(b"close"))
    };
    if version != Version::HTTP_10 && headers.get_all("Connection").iter().any(closes) {
        headers.remove("Connection");
    }
    if let Some(length) = headers.get("Content-Length").cloned() {
        headers.insert("Content-Length", length);
    }
    if headers.get("Pragma").is_some_and(|it| it == "no-cache") && !headers.contains_key("Cache-Control") {
        headers.insert("Cache-Control", HeaderValue::from_static("no-cache"));
    }
}

fn broken(error: &hyper::Error) -> String {
    let text = words::of(error);
    if text == "EOF" || text.contains("end of file") || error.is_body_write_aborted() {
        return "unexpected EOF".into();
    }
    text
}

/// A body without its compression, if that is small enough.
fn unpacked(body: &[u8], most: usize) -> Result<Vec<u8>, ExchangeError> {
    let mut to = Vec::new();
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    match MultiGzDecoder::new(body).take(limit).read_to_end(&mut to) {
        Ok(_) if to.len() > most => Err(ExchangeError::TooLarge),
        Ok(_) => Ok(to),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            Err(ExchangeError::Broken("unexpected EOF".into()))
        }
        Err(_) => Err(ExchangeError::Broken("gzip: invalid header".into())),
    }
}

/// Path and query without what cannot stand in a request's first line.
fn escaped(target: &[u8]) -> String {
    let mut to = String::with_capacity(target.len());
    for byte in target {
        match byte {
            b'"' | b'<' | b'>' | b'`' | b'{' | b'|' | b'}' | b'\\' | b'^' | b'#' => {
                to.push_str(&format!("%{byte:02X}"))
            }
            0x21..=0x7e => to.push(char::from(*byte)),
            _ => to.push_str(&format!("%{byte:02X}")),
        }
    }
    to
}
