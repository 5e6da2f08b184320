//! A proxy on loopback that opens tunnels: as HTTP's CONNECT asks for them, with TLS where it has a certificate, or as SOCKS 5
//! does (RFC 1928, RFC 1929). Whatever place it is asked for, it connects to a server on loopback.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rustls::{ServerConnection, StreamOwned};

use crate::certificates::Identity;
use crate::loopback::Secure;

/// A proxy. It runs until the process ends.
pub struct Proxy {
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

/// How long one side is waited for while the other may have something to say: one thread serves both.
const PATIENCE: Duration = Duration::from_millis(2);

/// Which server on loopback stands for a port: a pair for each.
type Ports = Vec<(u16, u16)>;

impl Proxy {
    /// A proxy for CONNECT; with TLS, where it has an identity.
    ///
    /// # Panics
    /// Where loopback is not to be had, or the certificate is none.
    pub fn start_connect(ports: &[(u16, u16)], identity: Option<&Identity>) -> Proxy {
        let tls = Secure { identity, clients: None }.config();
        Proxy::start(ports, move |stream, ports, asked| {
            let wire = stream.try_clone()?;
            match tls.clone().map(ServerConnection::new) {
                None => connect(stream, &wire, ports, asked),
                Some(tls) => connect(StreamOwned::new(tls.map_err(io::Error::other)?, stream), &wire, ports, asked),
            }
        })
    }

    /// A proxy for SOCKS 5, that wants a user and a password.
    ///
    /// # Panics
    /// Where loopback is not to be had.
    pub fn start_socks(ports: &[(u16, u16)]) -> Proxy {
        Proxy::start(ports, socks)
    }

    fn start(
        ports: &[(u16, u16)],
        serve: impl Fn(TcpStream, &Ports, &Mutex<Vec<String>>) -> io::Result<()> + Send + Sync + 'static,
    ) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").expect("there is loopback");
        let port = listener.local_addr().expect("it is bound").port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (seen, ports, serve) = (asked.clone(), Arc::new(ports.to_vec()), Arc::new(serve));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { return };
                let (seen, ports, serve) = (seen.clone(), ports.clone(), serve.clone());
                // A client that hangs up is none of the proxy's business.
                thread::spawn(move || serve(stream, &ports, &seen));
            }
        });
        Proxy { port, asked }
    }

    /// Its port at 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What it was asked since the last time that anybody wanted to know: `user:password host:port`.
    ///
    /// # Panics
    /// Where one of its threads panicked.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().expect("no thread panicked"))
    }
}

fn connect(
    mut client: impl Read + Write,
    wire: &TcpStream,
    ports: &Ports,
    asked: &Mutex<Vec<String>>,
) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(byte(&mut client)?);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let place = head.strip_prefix("CONNECT ").and_then(|rest| rest.split(' ').next()).unwrap_or_default();
    let auth = head.lines().find_map(|line| line.strip_prefix("Proxy-Authorization: ")).unwrap_or("nobody");
    note(asked, auth, place);
    let server = dial(ports, place)?;
    client.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
    pump(client, wire, server)
}

fn socks(mut client: TcpStream, ports: &Ports, asked: &Mutex<Vec<String>>) -> io::Result<()> {
    const USER_AND_PASSWORD: u8 = 2;
    let [_version, methods] = array(&mut client)?;
    bytes(&mut client, methods)?;
    client.write_all(&[5, USER_AND_PASSWORD])?;
    let [_version, length] = array(&mut client)?;
    let user = bytes(&mut client, length)?;
    let length = byte(&mut client)?;
    let password = bytes(&mut client, length)?;
    client.write_all(&[1, 0])?;
    let [_version, _connect, _reserved, kind] = array(&mut client)?;
    let host = match kind {
        1 => array::<4>(&mut client)?.map(|part| part.to_string()).join("."),
        _ => {
            let length = byte(&mut client)?;
            bytes(&mut client, length)?
        }
    };
    let place = format!("{host}:{}", u16::from_be_bytes(array(&mut client)?));
    note(asked, &format!("{user}:{password}"), &place);
    let server = dial(ports, &place)?;
    client.write_all(&[5, 0, 0, 1, 127, 0, 0, 1, 0, 0])?;
    let wire = client.try_clone()?;
    pump(client, &wire, server)
}

fn note(asked: &Mutex<Vec<String>>, who: &str, place: &str) {
    asked.lock().expect("no thread panicked").push(format!("{who} {place}"));
}

fn dial(ports: &Ports, place: &str) -> io::Result<TcpStream> {
    let asked = place.rsplit(':').next().and_then(|port| port.parse().ok());
    let found = ports.iter().find(|(port, _)| Some(*port) == asked);
    let (_, port) = found.ok_or_else(|| io::Error::other(format!("nothing stands for {place}")))?;
    TcpStream::connect(("127.0.0.1", *port))
}

/// Carries what both sides send to the other one, until one hangs up.
fn pump(mut client: impl Read + Write, wire: &TcpStream, mut server: TcpStream) -> io::Result<()> {
    wire.set_read_timeout(Some(PATIENCE))?;
    server.set_read_timeout(Some(PATIENCE))?;
    let (mut up, mut down) = ([0; 16_384], [0; 16_384]);
    loop {
        let sent = available(&mut client, &mut up)?;
        server.write_all(&up[..sent])?;
        let sent = available(&mut server, &mut down)?;
        client.write_all(&down[..sent])?;
        client.flush()?;
    }
}

fn available(from: &mut impl Read, to: &mut [u8]) -> io::Result<usize> {
    match from.read(to) {
        Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Ok(0),
        other => other,
    }
}

fn byte(from: &mut impl Read) -> io::Result<u8> {
    array(from).map(|[byte]| byte)
}

fn array<const N: usize>(from: &mut impl Read) -> io::Result<[u8; N]> {
    let mut to = [0; N];
    from.read_exact(&mut to)?;
    Ok(to)
}

fn bytes(from: &mut impl Read, length: u8) -> io::Result<String> {
    let mut to = vec![0; length.into()];
    from.read_exact(&mut to)?;
    Ok(String::from_utf8_lossy(&to).into_owned())
}
