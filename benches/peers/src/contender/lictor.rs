//! Lictor: an event's bytes in, a decision out, as a service that embeds it asks.

use anyhow::{Result, anyhow};
use lictor::{Builder, Session, Version};

use super::Decides;
use crate::workload::Workload;

/// A session.
pub struct Lictor {
    session: Session,
}

impl Lictor {
    /// Compiles the workload's policies.
    pub fn load(workload: &Workload) -> Result<Lictor> {
        Lictor::of(Lictor::builder(workload))
    }

    /// The same without lens and index: the engine alone, on the whole event.
    pub fn load_without_fast_rooms(workload: &Workload) -> Result<Lictor> {
        Lictor::of(Lictor::builder(workload).without_fast_rooms())
    }

    /// The same for events that are known to be well-formed.
    pub fn load_trusting(workload: &Workload) -> Result<Lictor> {
        Lictor::of(Lictor::builder(workload).trusted(true))
    }

    /// What a workload is made of.
    pub(super) fn builder(workload: &Workload) -> Builder {
        let version = if workload.v0 { Version::V0 } else { Version::V1 };
        let builder = Builder::new().version(version).data(workload.data.clone());
        workload.modules.iter().fold(builder, |builder, (name, text)| builder.module(name.clone(), text.clone()))
    }

    fn of(builder: Builder) -> Result<Lictor> {
        let policy = builder.build().map_err(|error| anyhow!("{error}"))?;
        Ok(Lictor { session: policy.session() })
    }
}

impl Decides for Lictor {
    fn messages(&mut self, event: &[u8]) -> Result<Vec<String>> {
        let decision = self.session.decide(event)?;
        Ok(decision.findings.into_iter().map(|finding| finding.message).collect())
    }

    fn denied(&mut self, event: &[u8]) -> bool {
        self.session.decide(event).map_or(true, |decision| !decision.is_allowed())
    }
}
