//! Addresses of names, from the system's resolver. It cannot be interrupted, so each lookup has a thread of its own that
//! may outlast who asked; of these there are only so many.

use std::net::{IpAddr, ToSocketAddrs};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use lictor_value::network::LookupError;

/// How many lookups there may be at once.
const MOST: usize = 64;

/// How long anybody waits for one.
const LONGEST: Duration = Duration::from_secs(60);

/// The lookups that run.
#[derive(Debug, Default)]
pub(super) struct Lookups {
    running: Arc<AtomicUsize>,
}

/// One of them.
struct Running(Arc<AtomicUsize>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Lookups {
    pub(super) fn look_up(&self, name: &str, longest: Option<Duration>) -> Result<Vec<String>, LookupError> {
        let failed = |why: &str| LookupError::Failed(format!("lookup {name}: {why}"));
        if let Ok(address) = name.parse::<IpAddr>() {
            return Ok(vec![address.to_canonical().to_string()]);
        }
        if name.is_empty() || name.contains('\0') {
            return Err(failed("no such host"));
        }
        let running = Running(self.running.clone());
        if running.0.fetch_add(1, Ordering::Relaxed) >= MOST {
            return Err(failed("too many lookups at once"));
        }
        let (tell, told) = mpsc::channel();
        let asked = name.to_owned();
        let thread = thread::Builder::new().name("lictor-lookup".into()).spawn(move || {
            let _running = running;
            // Nobody may be waiting any more.
            let _ = tell.send((asked.as_str(), 0).to_socket_addrs().map(Iterator::collect::<Vec<_>>));
        });
        thread.map_err(|error| failed(&error.to_string()))?;
        let longest = longest.map_or(LONGEST, |longest| longest.min(LONGEST));
        match told.recv_timeout(longest) {
            Ok(Ok(found)) => Ok(found.iter().map(|found| found.ip().to_canonical().to_string()).collect()),
            Ok(Err(_)) => Err(failed("no such host")),
            Err(_) => Err(LookupError::TimedOut),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_its_own() {
        let lookups = Lookups::default();
        for (name, address) in [("10.0.0.1", "10.0.0.1"), ("::", "::"), ("::ffff:10.0.0.1", "10.0.0.1")] {
            assert_eq!(lookups.look_up(name, None), Ok(vec![address.into()]));
        }
        assert_eq!(lookups.look_up("", None), Err(LookupError::Failed("lookup : no such host".into())));
    }

    #[test]
    fn the_machine_knows_itself() {
        let found = Lookups::default().look_up("localhost", None).expect("localhost is known");
        assert!(found.iter().all(|address| ["127.0.0.1", "::1"].contains(&address.as_str())), "{found:?}");
    }
}
