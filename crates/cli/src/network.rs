//! Which hosts policies may reach, as the command line says it.

use std::sync::Arc;

use lictor::capabilities::Capabilities;
use lictor::{Network, StandardNetwork};

/// The builtins that reach for the network.
pub(crate) const CALLS: &[&str] = &["http.send", "net.lookup_ip_addr"];

/// The network with these hosts; `None` where there are none.
pub(crate) fn to(hosts: &[String]) -> Option<Arc<dyn Network>> {
    (!hosts.is_empty()).then(|| Arc::new(StandardNetwork::to(hosts)) as Arc<dyn Network>)
}

/// The network with the hosts that both what policies may use and the command line allow, where either says something.
pub(crate) fn allowed(capabilities: Option<&Capabilities>, said: &[String]) -> Arc<dyn Network> {
    let hosts: Option<Vec<String>> = match (capabilities.and_then(Capabilities::hosts), said) {
        (None, []) => None,
        (None, said) => Some(said.to_vec()),
        (Some(hosts), []) => Some(hosts.to_vec()),
        (Some(hosts), said) => Some(hosts.iter().filter(|host| said.contains(host)).cloned().collect()),
    };
    hosts.map_or_else(anywhere, |hosts| Arc::new(StandardNetwork::to(&hosts)))
}

/// The network with every host.
pub(crate) fn anywhere() -> Arc<dyn Network> {
    Arc::new(StandardNetwork::anywhere())
}
