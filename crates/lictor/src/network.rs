//! The standard network: what policies may reach of the one that the machine is on.
//!
//! It looks names up with the system's resolver; HTTP needs the feature `http`. A policy gets it through
//! [`crate::Builder::network`], and nothing without.
//!
//! Requests take the proxy that `HTTP_PROXY`, `HTTPS_PROXY` or `ALL_PROXY` names, but for the hosts of `NO_PROXY` and the
//! machine itself: `http://`, `https://`, `socks5://` or `socks5h://`, each with `user:password@` where it wants that. Both
//! kinds of SOCKS leave it to the proxy to look names up, as Go does. HTTP is spoken as HTTP/1.1, also with servers that
//! would speak HTTP/2: no response tells the difference.

#[cfg(feature = "http")]
mod client;
#[cfg(feature = "http")]
mod connector;
#[cfg(feature = "http")]
mod identity;
mod lookup;
#[cfg(feature = "http")]
mod trust;
#[cfg(feature = "http")]
mod words;

use std::time::Duration;

use lictor_value::Network;
use lictor_value::network::{ExchangeError, HttpRequest, HttpResponse, LookupError, Shelf};

/// The network that the machine is on, as far as its hosts are allowed. Connections and cached responses are shared by all
/// policies that have the same one.
///
/// ```
/// use lictor::{Builder, StandardNetwork};
/// use std::sync::Arc;
///
/// let network = StandardNetwork::to(["127.0.0.1", "keys.example.org"]).response_bytes(1 << 20);
/// let policy = Builder::new()
///     .network(Arc::new(network))
///     .query("allowed", r#"x = net.lookup_ip_addr("127.0.0.1")"#)
///     .query("refused", r#"x = net.lookup_ip_addr("localhost")"#)
///     .build()?;
/// let mut session = policy.session();
/// assert_eq!(session.eval("allowed", None).unwrap().len(), 1);
/// // It is another host, whatever the resolver says.
/// assert!(session.eval("refused", None).unwrap().is_empty());
/// # Ok::<(), lictor::BuildError>(())
/// ```
#[derive(Debug)]
pub struct StandardNetwork {
    allowed: Option<Vec<String>>,
    response_bytes: usize,
    cache_bytes: usize,
    shelf: Shelf,
    lookups: lookup::Lookups,
    #[cfg(feature = "http")]
    client: client::Client,
}

impl StandardNetwork {
    /// A network in which every host is allowed.
    pub fn anywhere() -> Self {
        StandardNetwork {
            allowed: None,
            response_bytes: 16 << 20,
            cache_bytes: 16 << 20,
            shelf: Shelf::default(),
            lookups: lookup::Lookups::default(),
            #[cfg(feature = "http")]
            client: client::Client::default(),
        }
    }

    /// A network in which these hosts are allowed: names or addresses as policies write them, without ports; for a Unix
    /// socket, `unix:` and its path. Where a host redirects to another, that one must be allowed too.
    pub fn to<H: Into<String>>(hosts: impl IntoIterator<Item = H>) -> Self {
        StandardNetwork { allowed: Some(hosts.into_iter().map(Into::into).collect()), ..StandardNetwork::anywhere() }
    }

    /// How many bytes a response may have; 16 MiB unless said. What a session's memory limit leaves is the limit too.
    #[must_use]
    pub fn response_bytes(mut self, bytes: usize) -> Self {
        self.response_bytes = bytes;
        self
    }

    /// How many bytes of responses are kept for later evaluations; 16 MiB unless said.
    #[must_use]
    pub fn cache_bytes(mut self, bytes: usize) -> Self {
        self.cache_bytes = bytes;
        self
    }
}

impl Network for StandardNetwork {
    fn permits(&self, host: &str) -> bool {
        self.allowed.as_ref().is_none_or(|allowed| allowed.iter().any(|known| known.eq_ignore_ascii_case(host)))
    }

    #[cfg(feature = "http")]
    fn exchange(&self, request: &HttpRequest<'_>) -> Result<HttpResponse, ExchangeError> {
        self.client.exchange(request)
    }

    #[cfg(not(feature = "http"))]
    fn exchange(&self, _request: &HttpRequest<'_>) -> Result<HttpResponse, ExchangeError> {
        Err(ExchangeError::Settings("http.send needs the feature `http` of lictor, which is switched off".into()))
    }

    fn look_up(&self, name: &str, longest: Option<Duration>) -> Result<Vec<String>, LookupError> {
        self.lookups.look_up(name, longest)
    }

    fn rest(&self, time: Duration) {
        std::thread::sleep(time);
    }

    fn shelf(&self) -> &Shelf {
        &self.shelf
    }

    fn cache_bytes(&self) -> usize {
        self.cache_bytes
    }

    fn response_bytes(&self) -> usize {
        self.response_bytes
    }
}
