//! A Redis or Valkey server of a test's own: on a free port of the loopback address, with a folder of its own, ended with it.
//!
//! Where there is none the tests say so and are skipped; `LICTOR_REDIS=required` makes that a failure.

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// A running server; it ends when this is dropped.
pub(crate) struct Server {
    program: &'static str,
    arguments: Vec<String>,
    pub(crate) port: u16,
    folder: TempDir,
    child: Option<Child>,
}

impl Server {
    /// Starts a server with more arguments; `None` where there is none to be started.
    pub(crate) fn start(arguments: &[&str]) -> Option<Server> {
        let version =
            |program: &&&str| Command::new(program).arg("--version").output().is_ok_and(|said| said.status.success());
        let Some(program) = ["valkey-server", "redis-server"].iter().find(version) else {
            let required = std::env::var("LICTOR_REDIS").is_ok_and(|word| word == "required");
            assert!(!required, "LICTOR_REDIS=required, and neither valkey-server nor redis-server is on the path");
            eprintln!("SKIPPED: neither valkey-server nor redis-server is on the path; install one to run this test");
            return None;
        };
        // A port that is free now may be taken before the server has it.
        for _ in 0..10 {
            let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
            let arguments = arguments.iter().map(|word| (*word).to_owned()).collect();
            let folder = tempfile::tempdir().unwrap();
            let mut server = Server { program, arguments, port, folder, child: None };
            if server.run() {
                return Some(server);
            }
        }
        panic!("{program} does not start");
    }

    /// Starts it once more, on the same port and with the same folder.
    pub(crate) fn restart(&mut self) {
        let again = (0..100).any(|_| {
            std::thread::sleep(Duration::from_millis(20));
            self.run()
        });
        assert!(again, "{} does not start again", self.program);
    }

    fn run(&mut self) -> bool {
        let port = self.port.to_string();
        let child = Command::new(self.program)
            .args(["--port", &port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir"])
            .arg(self.folder.path())
            .args(&self.arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.child = Some(child.unwrap());
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(30)
            && self.child.as_mut().is_some_and(|child| child.try_wait().unwrap().is_none())
        {
            if std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        self.kill();
        false
    }

    /// Ends it at once, as a crash does.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port)
    }

    /// Starts a server that speaks TLS and nothing else, as `certificate` and `key` (in PEM) say. `wants` is the certificate of the
    /// authority whose clients it wants to see. `None` where there is no server, or one without TLS.
    pub(crate) fn start_tls(certificate: &str, key: &str, wants: Option<&str>) -> Option<Server> {
        let mut server = Server::start(&[])?;
        let at = |name: &str, text: &str| {
            let path = server.folder().join(name);
            std::fs::write(&path, text).unwrap();
            path.to_str().unwrap().to_owned()
        };
        let (certificate, key) = (at("certificate.pem", certificate), at("key.pem", key));
        let authority = at("authority.pem", wants.unwrap_or_default());
        let mut arguments = vec!["--tls-cert-file", &certificate, "--tls-key-file", &key];
        match wants {
            Some(_) => arguments.extend(["--tls-ca-cert-file", &authority]),
            None => arguments.extend(["--tls-auth-clients", "no"]),
        }
        let port = server.port.to_string();
        arguments.extend(["--tls-port", &port, "--port", "0"]);
        server.arguments = arguments.into_iter().map(str::to_owned).collect();
        server.kill();
        if !(0..10).any(|_| server.run()) {
            eprintln!("SKIPPED: {} was built without TLS", server.program);
            return None;
        }
        Some(server)
    }

    pub(crate) fn url_tls(&self) -> String {
        format!("rediss://localhost:{}/0", self.port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}
