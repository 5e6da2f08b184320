//! Policy sets as the command line names them: folders, repositories, data, hosts.

use std::sync::Arc;

use lictor::{Builder, Location, Network, Policy, PolicySet};

use crate::output::build_error;
use crate::{git, network};

/// A builder for sets and their data. What is hidden is a second time what is not, in data as in sets.
pub(crate) fn builder() -> Builder {
    git::builder().ignore(vec![".*".to_owned()])
}

/// Gathers what the sets of these paths are made of.
pub(crate) fn gather(
    sets: &[Location],
    data: &[String],
    allow_net: &[String],
    enforce_all: bool,
) -> Result<Builder, String> {
    let mut builder = builder();
    for location in sets {
        builder = builder.sets(PolicySet::load_from(location, &git::repositories()).map_err(|e| e.to_string())?);
    }
    for path in data {
        builder = builder.data_path(path).map_err(|e| e.to_string())?;
    }
    Ok(prepared(builder, enforce_all, network::to(allow_net)))
}

/// What the command line says beside sets and data.
pub(crate) fn prepared(builder: Builder, enforce_all: bool, network: Option<Arc<dyn Network>>) -> Builder {
    let builder = builder.enforce_all(enforce_all);
    match network {
        Some(network) => builder.network(network),
        None => builder,
    }
}

/// Compiles what was gathered.
pub(crate) fn build(builder: Builder, allow_net: &[String]) -> Result<Policy, String> {
    let policy = builder.build().map_err(|e| build_error(&e))?;
    asks_nobody(&policy, allow_net)?;
    Ok(policy)
}

/// A rule that cannot ask would be undefined, and what it denies allowed.
pub(crate) fn asks_nobody(policy: &Policy, hosts: &[String]) -> Result<(), String> {
    match network::CALLS.iter().find(|name| hosts.is_empty() && policy.calls(name)) {
        Some(name) => Err(format!("a policy calls {name}; say which hosts it may reach: --allow-net HOST")),
        None => Ok(()),
    }
}
