//! An HTTP server on loopback that answers as a test wants it to, byte by byte; with TLS where it is given a certificate.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};

use crate::certificates::Identity;

/// A request that came in.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// `GET /path HTTP/1.1`
    pub line: String,
    /// Its headers, as they came.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: Vec<u8>,
    /// How many requests the server had before this one.
    pub before: usize,
    /// How many connections the server had before this one's.
    pub connection: usize,
}

impl Asked {
    /// The path and the query.
    pub fn target(&self) -> &str {
        self.line.split(' ').nth(1).unwrap_or_default()
    }

    /// The first value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| &value[..])
    }
}

/// What the server does about a request.
#[derive(Clone, Debug)]
pub enum Reply {
    /// Sends these bytes, and waits for the next request.
    Bytes(Vec<u8>),
    /// Sends these bytes, and hangs up.
    Last(Vec<u8>),
    /// Sends these bytes, and nothing more for so long.
    Stall(Vec<u8>, Duration),
}

/// A response with a length, and perhaps more headers, each with its line break.
pub fn ok(headers: &str, body: impl AsRef<[u8]>) -> Reply {
    let body = body.as_ref();
    let head = format!("HTTP/1.1 200 OK\r\n{headers}Content-Length: {}\r\n\r\n", body.len());
    Reply::Bytes([head.as_bytes(), body].concat())
}

/// A server. It runs until the process ends.
pub struct Server {
    port: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
}

/// Who the server is, and by whom its clients must be known.
#[derive(Clone, Copy, Default)]
pub struct Secure<'s> {
    /// The server's certificate and key.
    pub identity: Option<&'s Identity>,
    /// The certificate of the authority that knows the clients.
    pub clients: Option<&'s str>,
}

type Answer = Arc<dyn Fn(&Asked) -> Reply + Send + Sync>;

impl Server {
    /// A server without TLS.
    ///
    /// # Panics
    /// Where loopback is not to be had.
    pub fn start(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Server {
        Server::start_secure(Secure::default(), answer)
    }

    /// A server with TLS, where it has an identity.
    ///
    /// # Panics
    /// Where loopback is not to be had, or a certificate is none.
    pub fn start_secure(secure: Secure<'_>, answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").expect("there is loopback");
        let port = listener.local_addr().expect("it is bound").port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (answer, tls): (Answer, _) = (Arc::new(answer), secure.config());
        let seen = asked.clone();
        thread::spawn(move || {
            for (connection, stream) in listener.incoming().enumerate() {
                let Ok(stream) = stream else { return };
                let (answer, seen, tls) = (answer.clone(), seen.clone(), tls.clone());
                thread::spawn(move || match tls.map(ServerConnection::new) {
                    None => serve(stream, connection, &answer, &seen),
                    Some(Ok(tls)) => serve(StreamOwned::new(tls, stream), connection, &answer, &seen),
                    Some(Err(error)) => eprintln!("TLS: {error}"),
                });
            }
        });
        Server { port, asked }
    }

    /// A server on a Unix socket.
    ///
    /// # Panics
    /// Where there can be no such socket.
    #[cfg(unix)]
    pub fn start_at(socket: &std::path::Path, answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Server {
        let listener = std::os::unix::net::UnixListener::bind(socket).expect("the socket can be made");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let answer: Answer = Arc::new(answer);
        let seen = asked.clone();
        thread::spawn(move || {
            for (connection, stream) in listener.incoming().enumerate() {
                let Ok(stream) = stream else { return };
                let (answer, seen) = (answer.clone(), seen.clone());
                thread::spawn(move || serve(stream, connection, &answer, &seen));
            }
        });
        Server { port: 0, asked }
    }

    /// Its port at 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What it was asked since the last time that anybody wanted to know.
    ///
    /// # Panics
    /// Where one of its threads panicked.
    pub fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut *self.asked.lock().expect("no thread panicked"))
    }
}

impl Secure<'_> {
    pub(crate) fn config(self) -> Option<Arc<ServerConfig>> {
        let identity = self.identity?;
        let provider = Arc::new(aws_lc_rs::default_provider());
        let builder = ServerConfig::builder_with_provider(provider.clone());
        let builder = builder.with_safe_default_protocol_versions().expect("there are versions");
        let builder = match self.clients {
            None => builder.with_no_client_auth(),
            Some(authority) => {
                let mut roots = RootCertStore::empty();
                roots.add(CertificateDer::from_pem_slice(authority.as_bytes()).expect("it is PEM")).expect("it is one");
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
                builder.with_client_cert_verifier(verifier.expect("there is an authority"))
            }
        };
        let chain = CertificateDer::pem_slice_iter(identity.certificate.as_bytes()).collect::<Result<_, _>>();
        let key = PrivateKeyDer::from_pem_slice(identity.key.as_bytes()).expect("it is PEM");
        Some(Arc::new(builder.with_single_cert(chain.expect("it is PEM"), key).expect("they fit")))
    }
}

/// Answers the requests of one connection; whatever goes wrong ends it.
fn serve(stream: impl Read + Write, connection: usize, answer: &Answer, seen: &Mutex<Vec<Asked>>) {
    let mut stream = BufReader::new(stream);
    while let Some(mut asked) = read(&mut stream) {
        {
            let mut seen = seen.lock().expect("no thread panicked");
            (asked.before, asked.connection) = (seen.len(), connection);
            seen.push(asked.clone());
        }
        let (bytes, rest) = match answer(&asked) {
            Reply::Bytes(bytes) => (bytes, Some(Duration::ZERO)),
            Reply::Last(bytes) => (bytes, None),
            Reply::Stall(bytes, time) => (bytes, Some(time)),
        };
        let to = stream.get_mut();
        if to.write_all(&bytes).and_then(|()| to.flush()).is_err() {
            return;
        }
        let Some(rest) = rest else { return };
        thread::sleep(rest);
    }
}

fn read(stream: &mut impl BufRead) -> Option<Asked> {
    let mut asked = Asked::default();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end();
        if asked.line.is_empty() {
            asked.line = line.into();
        } else if let Some((name, value)) = line.split_once(':') {
            asked.headers.push((name.into(), value.trim().into()));
        } else {
            break;
        }
    }
    let length = asked.header("Content-Length").and_then(|length| length.parse().ok()).unwrap_or(0);
    asked.body = vec![0; length];
    stream.read_exact(&mut asked.body).ok()?;
    Some(asked)
}
