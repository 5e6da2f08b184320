//! Which hosts policies may reach, as the command line says it.

use std::sync::Arc;

use lictor::{Network, StandardNetwork};

/// The builtins that reach for the network.
pub(crate) const CALLS: &[&str] = &["http.send", "net.lookup_ip_addr"];

/// The network with these hosts; `None` where there are none.
pub(crate) fn to(hosts: &[String]) -> Option<Arc<dyn Network>> {
    (!hosts.is_empty()).then(|| Arc::new(StandardNetwork::to(hosts)) as Arc<dyn Network>)
}

/// The network with these hosts, or with none at all.
pub(crate) fn only(hosts: &[String]) -> Arc<dyn Network> {
    Arc::new(StandardNetwork::to(hosts))
}

/// The network with every host.
pub(crate) fn anywhere() -> Arc<dyn Network> {
    Arc::new(StandardNetwork::anywhere())
}
