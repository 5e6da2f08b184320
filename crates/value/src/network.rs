//! What builtins may ask of the network: an HTTP exchange, the addresses of a name, a pause.
//!
//! Plain data and one trait. What requests mean (redirects, retries, caches, the shape of a result) is the builtins' business;
//! how bytes travel is the business of whoever implements [`Network`]: a [`crate::Host`] has one, or none.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The network, as far as policies may use it.
pub trait Network: Send + Sync {
    /// Whether policies may speak with this host, or look it up: a name or an address without brackets and port, as the
    /// policy wrote it. A Unix socket is asked for as `unix:` and its path. Every hop of a redirect is asked for.
    fn permits(&self, host: &str) -> bool;

    /// Sends one request and reads its response. It follows no redirect and tries once.
    ///
    /// # Errors
    /// Why there is no response.
    fn exchange(&self, request: &HttpRequest<'_>) -> Result<HttpResponse, ExchangeError>;

    /// The addresses of a name, in the order of the system's resolver; of an address, itself.
    ///
    /// # Errors
    /// Why there are none.
    fn look_up(&self, name: &str, longest: Option<Duration>) -> Result<Vec<String>, LookupError>;

    /// Lets time pass, between two tries.
    fn rest(&self, time: Duration);

    /// Where builtins keep what outlasts an evaluation, for all sessions of this network.
    fn shelf(&self) -> &Shelf;

    /// How many bytes of responses builtins may keep on the shelf.
    fn cache_bytes(&self) -> usize {
        16 << 20
    }

    /// How many bytes a response's headers and body may have.
    fn response_bytes(&self) -> usize {
        16 << 20
    }
}

/// A request, and how it is to be sent.
#[derive(Clone, Copy, Debug)]
pub struct HttpRequest<'r> {
    /// `GET`: a token of HTTP.
    pub method: &'r str,
    /// Whether the connection is TLS: `https`.
    pub secure: bool,
    /// Whom to connect to: name or address, perhaps with a port, as in a URL.
    pub authority: &'r str,
    /// The Unix socket to connect to instead.
    pub socket: Option<&'r [u8]>,
    /// Path and query, as they go over the wire.
    pub target: &'r [u8],
    /// Names and values; `Host` is among them. Names are tokens, values have no control characters but tabs.
    pub headers: &'r [(String, Vec<u8>)],
    /// The body; may be empty.
    pub body: &'r [u8],
    /// What differs from the usual way to do TLS.
    pub tls: Option<&'r Tls>,
    /// How long all of it may take.
    pub timeout: Option<Duration>,
    /// How many bytes the response's headers and body may have.
    pub most: usize,
}

/// How TLS differs from what is usual. A connection made with one serves one request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tls {
    /// The name that the server's certificate must be for, instead of the host's.
    pub server_name: Option<String>,
    /// Accept any certificate.
    pub insecure: bool,
    /// Whether the system's certificate authorities count beside [`Tls::roots`]; without any of these they always do.
    pub system_roots: bool,
    /// Certificate authorities.
    pub roots: Vec<Pem>,
    /// The client's certificates, each with its key.
    pub identities: Vec<(Pem, Pem)>,
}

/// Where text in PEM is to be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pem {
    /// Here.
    Text(Vec<u8>),
    /// In a file.
    File(String),
    /// In a variable of the environment.
    Variable(String),
}

/// A response.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpResponse {
    /// `200`.
    pub code: u16,
    /// Code and reason: `200 OK`.
    pub status: Vec<u8>,
    /// Names and values, in the order they came in.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The whole body, decompressed where the client, not the policy, asked for compression.
    pub body: Vec<u8>,
}

impl HttpResponse {
    /// The first value of a header; its name counts without case.
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| &value[..])
    }

    /// How many bytes it has.
    pub fn size(&self) -> usize {
        let headers = self.headers.iter().map(|(name, value)| name.len() + value.len());
        self.status.len() + headers.sum::<usize>() + self.body.len()
    }
}

/// Why there is no response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExchangeError {
    /// A certificate or key cannot be had or used; nothing was sent.
    Settings(String),
    /// There was no connection, or no response on it.
    Failed(String),
    /// The response broke off in its body.
    Broken(String),
    /// Time was up; `reading` the body, or before.
    TimedOut {
        /// Whether the response had begun.
        reading: bool,
    },
    /// The response is larger than the request allows.
    TooLarge,
}

/// Why a name has no address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LookupError {
    /// In words.
    Failed(String),
    /// Time was up.
    TimedOut,
}

/// What builtins keep longer than an evaluation lasts, by its type. Each bounds itself.
#[derive(Default)]
pub struct Shelf {
    kept: Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>,
}

impl Shelf {
    /// The one thing of type `T`.
    pub fn of<T: Any + Default + Send + Sync>(&self) -> Arc<T> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let any = kept.entry(TypeId::of::<T>()).or_insert_with(|| Arc::new(T::default())).clone();
        match any.downcast() {
            Ok(it) => it,
            Err(_) => unreachable!("each thing is kept under its own type"),
        }
    }
}

impl fmt::Debug for Shelf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shelf").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::{HttpResponse, Shelf};

    #[test]
    fn a_shelf_has_one_thing_of_each_type() {
        let shelf = Shelf::default();
        *shelf.of::<Mutex<u8>>().lock().unwrap() = 7;
        assert_eq!(*shelf.of::<Mutex<u8>>().lock().unwrap(), 7);
        assert_eq!(*shelf.of::<Mutex<u16>>().lock().unwrap(), 0);
    }

    #[test]
    fn headers_are_found_without_case_the_first_one() {
        let headers = vec![("ETag".into(), b"a".to_vec()), ("etag".into(), b"b".to_vec())];
        let response = HttpResponse { headers, ..HttpResponse::default() };
        assert_eq!(response.header("eTAG"), Some(&b"a"[..]));
        assert_eq!(response.header("e"), None);
        assert_eq!(response.size(), 10);
    }
}
