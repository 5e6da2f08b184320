//! How a connection is made: to a host, through a proxy or to a Unix socket, with TLS or without.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;
use tower_service::Service;

use super::words;

/// How long the next address of a host waits for the one before it.
const HEAD_START: Duration = Duration::from_millis(300);

/// Makes connections of one kind.
#[derive(Clone, Debug)]
pub(super) struct Connector {
    /// `None` where no connection is to be secure.
    pub(super) tls: Option<Arc<ClientConfig>>,
    /// The name that certificates must be for, instead of the host's.
    pub(super) server_name: Option<String>,
    /// The Unix socket to connect to, whatever the host is.
    pub(super) socket: Option<std::path::PathBuf>,
    pub(super) proxies: Arc<Matcher>,
}

/// Why there is no connection.
#[derive(Debug)]
pub(super) struct NoConnection(String);

impl fmt::Display for NoConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for NoConnection {}

trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

/// A connection.
pub(super) struct Stream {
    wire: TokioIo<Box<dyn Wire>>,
    proxied: bool,
    used: Used,
}

/// Whether a connection served a request before.
#[derive(Clone, Default)]
pub(super) struct Used(Arc<AtomicBool>);

impl Used {
    /// Whether it did; from now on it did.
    pub(super) fn again(&self) -> bool {
        self.0.swap(true, Ordering::Relaxed)
    }
}

impl Stream {
    fn new(wire: impl Wire + 'static, proxied: bool) -> Self {
        Stream { wire: TokioIo::new(Box::new(wire)), proxied, used: Used::default() }
    }
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        Connected::new().proxy(self.proxied).extra(self.used.clone())
    }
}

impl Read for Stream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, to: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.wire).poll_read(cx, to)
    }
}

impl Write for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.wire).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.wire).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.wire).poll_shutdown(cx)
    }
}

type Connecting<T> = Pin<Box<dyn Future<Output = Result<T, NoConnection>> + Send>>;

impl Service<Uri> for Connector {
    type Response = Stream;
    type Error = NoConnection;
    type Future = Connecting<Stream>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), NoConnection>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let connector = self.clone();
        Box::pin(async move { connector.connect(&to).await })
    }
}

impl Connector {
    /// The proxy for this place, where the environment names one. The machine itself needs none.
    pub(super) fn proxy(&self, to: &Uri) -> Option<Intercept> {
        let host = host_of(to);
        let own = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        if own || self.socket.is_some() { None } else { self.proxies.intercept(to) }
    }

    async fn connect(&self, to: &Uri) -> Result<Stream, NoConnection> {
        let secure = to.scheme_str() == Some("https");
        if let Some(socket) = &self.socket {
            let stream = unix(socket).await?;
            return self.finish(stream, to, secure).await;
        }
        let Some(proxy) = self.proxy(to) else {
            return self.finish(dial(to).await?, to, secure).await;
        };
        match proxy.uri().scheme_str() {
            Some("http" | "https") => {
                let to_proxy = dial(proxy.uri()).await.map_err(of_proxy)?;
                let guarded = proxy.uri().scheme_str() == Some("https");
                let stream = self.finish(to_proxy, proxy.uri(), guarded).await.map_err(of_proxy)?;
                if !secure {
                    return Ok(Stream { proxied: true, ..stream });
                }
                let mut tunnel = Tunnel::new(proxy.uri().clone(), Made(Some(stream)));
                if let Some(auth) = proxy.basic_auth() {
                    tunnel = tunnel.with_auth(auth.clone());
                }
                let stream = tunnel.call(to.clone()).await.map_err(|error| NoConnection(words::of(&error)))?;
                self.finish(TokioIo::new(stream), to, secure).await
            }
            Some("socks5" | "socks5h") => {
                let to_proxy = dial(proxy.uri()).await.map_err(of_proxy)?;
                let mut socks = SocksV5::new(proxy.uri().clone(), Made(Some(Stream::new(to_proxy, false))));
                if let Some((user, password)) = proxy.raw_auth() {
                    socks = socks.with_auth(user.into(), password.into());
                }
                let refused = |why| format!("socks connect tcp {}->{}: {why}", place(proxy.uri()), place(to));
                let stream = socks.call(with_port(to)?).await;
                let stream = stream.map_err(|error| NoConnection(refused(words::of(&error))))?;
                self.finish(TokioIo::new(stream), to, secure).await
            }
            _ => Err(NoConnection(format!("the proxy {} is not one for HTTP, HTTPS or SOCKS 5", proxy.uri()))),
        }
    }

    async fn finish(&self, wire: impl Wire + 'static, to: &Uri, secure: bool) -> Result<Stream, NoConnection> {
        if !secure {
            return Ok(Stream::new(wire, false));
        }
        let Some(tls) = &self.tls else { return Err(NoConnection("tls: nobody is trusted".into())) };
        let name = self.server_name.clone().unwrap_or_else(|| host_of(to).to_owned());
        let Ok(name) = ServerName::try_from(name.clone()) else {
            return Err(NoConnection(format!("tls: {name:?} is no name of a server")));
        };
        match TlsConnector::from(tls.clone()).connect(name, wire).await {
            Ok(stream) => Ok(Stream::new(stream, false)),
            Err(error) => Err(NoConnection(words::of_io(&error))),
        }
    }
}

/// A connection to a proxy, for the handshake that follows.
struct Made(Option<Stream>);

impl Service<Uri> for Made {
    type Response = Stream;
    type Error = NoConnection;
    type Future = std::future::Ready<Result<Stream, NoConnection>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), NoConnection>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _to: Uri) -> Self::Future {
        std::future::ready(self.0.take().ok_or_else(|| NoConnection("the connection is used up".into())))
    }
}

fn of_proxy(NoConnection(why): NoConnection) -> NoConnection {
    NoConnection(format!("proxyconnect tcp: {why}"))
}

/// Host and port.
fn place(to: &Uri) -> String {
    format!("{}:{}", to.host().unwrap_or_default(), port_of(to))
}

/// A place with its port in any case.
fn with_port(to: &Uri) -> Result<Uri, NoConnection> {
    let uri = Uri::builder().scheme(to.scheme_str().unwrap_or("http")).authority(place(to)).path_and_query("/");
    uri.build().map_err(|error| NoConnection(error.to_string()))
}

fn port_of(to: &Uri) -> u16 {
    to.port_u16().unwrap_or(match to.scheme_str() {
        Some("https") => 443,
        Some("socks5" | "socks5h") => 1080,
        _ => 80,
    })
}

/// The host of a place, an IPv6 address without its brackets.
fn host_of(to: &Uri) -> &str {
    let host = to.host().unwrap_or_default();
    host.strip_prefix('[').and_then(|inside| inside.strip_suffix(']')).unwrap_or(host)
}

/// Connects to the first address of a host that answers. Each address has a head start before the next one.
async fn dial(to: &Uri) -> Result<TcpStream, NoConnection> {
    let host = host_of(to);
    let found = tokio::net::lookup_host((host, port_of(to))).await;
    let addresses: Vec<_> = found.map(Iterator::collect).unwrap_or_default();
    let mut attempts = JoinSet::new();
    let mut failure = None;
    for address in addresses {
        attempts.spawn(attempt(address));
        match tokio::time::timeout(HEAD_START, attempts.join_next()).await {
            Ok(Some(Ok(Ok(stream)))) => return Ok(stream),
            Ok(Some(Ok(Err(why)))) => failure = failure.or(Some(why)),
            _ => {}
        }
    }
    while let Some(attempt) = attempts.join_next().await {
        match attempt {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(why)) => failure = failure.or(Some(why)),
            Err(_) => {}
        }
    }
    Err(failure.unwrap_or_else(|| NoConnection(format!("dial tcp: lookup {host}: no such host"))))
}

async fn attempt(address: SocketAddr) -> Result<TcpStream, NoConnection> {
    let failed = |error: io::Error| NoConnection(format!("dial tcp {address}: connect: {}", words::of_io(&error)));
    let stream = TcpStream::connect(address).await.map_err(failed)?;
    // Small requests must not wait for company.
    let _ = stream.set_nodelay(true);
    Ok(stream)
}

#[cfg(unix)]
async fn unix(socket: &std::path::Path) -> Result<tokio::net::UnixStream, NoConnection> {
    let failed =
        |error: io::Error| NoConnection(format!("dial unix {}: connect: {}", socket.display(), words::of_io(&error)));
    tokio::net::UnixStream::connect(socket).await.map_err(failed)
}

#[cfg(not(unix))]
async fn unix(socket: &std::path::Path) -> Result<TcpStream, NoConnection> {
    Err(NoConnection(format!("dial unix {}: this system has no Unix sockets", socket.display())))
}
