//! Records: what an evaluation leaves behind. Made beside decisions, never on the way to one.
//!
//! [`Session::evaluate`](crate::Session::evaluate) tells who judged; a [`Recorder`] makes of it a [`Record`], with an id and
//! a time, for good and bad events alike. Nothing secret gets into one: see [`masking`].
//!
//! ```
//! use lictor::record::{Recorder, Status};
//!
//! let policy = lictor::Policy::of_module("p.rego", r#"package p
//!     deny contains sprintf("%s is a bad password", [input.user.password]) if input.user.password"#)?;
//! let recorder = Recorder::new(&policy);
//! let mut session = policy.session();
//! let event = br#"{"user": {"password": "hunter2"}}"#;
//! let record = recorder.record(&session.evaluate(event), event);
//! assert_eq!(record.status, Status::Error);
//! assert_eq!(record.messages, ["[masked] is a bad password"]);
//! # Ok::<(), lictor::BuildError>(())
//! ```

pub mod decision_log;
pub mod evaluation;
mod json;
mod mask_rule;
pub mod masking;
pub(crate) mod secret;
#[cfg(feature = "store")]
pub mod store;

use std::sync::Arc;

use lictor_value::Host;
use serde::{Deserialize, Serialize};

pub use decision_log::{DecisionLog, Lines};
pub use evaluation::{Evaluation, PolicyEvaluation, RecordedPlace, SetEvaluation, Status, Subject};
pub use masking::{Masked, Masking};
#[cfg(feature = "store")]
pub use store::{Filter, Store, StoreError};

use crate::git::Commit;
use crate::policy::Policy;

/// What one evaluation leaves behind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Names this record alone: a random UUID.
    pub id: String,
    /// When, in ms since 1970, by the host's clock; [`decision_log::timestamp`] writes it out.
    pub time_ms: i64,
    /// What the event was about; `None` where it does not say.
    pub subject: Option<Subject>,
    /// Who judged: those who let it pass too.
    pub sets: Vec<SetEvaluation>,
    /// What policies were told of the token's use: `input.usage`, masked. `None` where no store was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<serde_json::Value>,
    /// What policies said.
    pub messages: Vec<String>,
    /// Why the event could not be judged.
    pub errors: Vec<String>,
    /// What came of it.
    pub status: Status,
    /// The policy that judged, by [`Policy::revision`].
    pub revision: String,
    /// The commits that it was read from: [`Policy::commits`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub commits: Vec<Commit>,
}

/// Makes records of evaluations.
#[derive(Clone)]
pub struct Recorder {
    host: Arc<dyn Host>,
    masking: Masking,
}

impl Recorder {
    /// A recorder of what `policy` decides. It masks; ids and time come from the policy's host.
    pub fn new(policy: &Policy) -> Self {
        Recorder::of_host(Arc::clone(&policy.shared.host))
    }

    /// A recorder with the clock and random numbers of this host.
    pub fn of_host(host: Arc<dyn Host>) -> Self {
        Recorder { host, masking: Masking::default() }
    }

    /// Masks in another way.
    #[must_use]
    pub fn masking(mut self, masking: Masking) -> Self {
        self.masking = masking;
        self
    }

    /// The record of an evaluation of `event`.
    pub fn record(&self, evaluation: &Evaluation, event: &[u8]) -> Record {
        self.record_masked(evaluation, &self.read(evaluation, event))
    }

    /// The event as it was judged, masked.
    fn read(&self, evaluation: &Evaluation, event: &[u8]) -> Masked {
        self.masking.read(evaluation.judged.as_deref().unwrap_or(event))
    }

    fn record_masked(&self, evaluation: &Evaluation, masked: &Masked) -> Record {
        let mut sets = evaluation.sets.clone();
        let policies = sets.iter_mut().flat_map(|set| &mut set.policies);
        for message in policies.flat_map(|policy| &mut policy.messages) {
            *message = masked.text(message);
        }
        let (messages, errors) = match &evaluation.outcome {
            Ok(decision) => (decision.findings.iter().map(|finding| masked.text(&finding.message)).collect(), vec![]),
            Err(error) => (vec![], vec![masked.error(error)]),
        };
        let usage = evaluation.judged.as_ref().and_then(|_| masked.usage());
        let mut subject = evaluation.subject.clone();
        if let Some(place) = subject.as_mut().map(|subject| &mut subject.place) {
            let parts = [&mut place.account, &mut place.org, &mut place.project];
            for part in parts.into_iter().flatten() {
                *part = masked.text(part);
            }
        }
        Record {
            id: self.id(),
            time_ms: self.host.now_ns().div_euclid(1_000_000),
            subject,
            sets,
            usage,
            messages,
            errors,
            status: evaluation.status(),
            revision: evaluation.revision.clone(),
            commits: evaluation.commits.to_vec(),
        }
    }

    /// A random UUID, version 4.
    fn id(&self) -> String {
        let mut bytes = [0; 16];
        self.host.random(&mut bytes);
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        let hex = hex(&bytes);
        format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
    }
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "package p\n\ndeny contains input.why if input.why\n\ndeny contains 1 / input.by > 0 if input.by";

    fn record(event: &str) -> Record {
        let policy = Policy::of_module("p.rego", TEXT).unwrap();
        Recorder::new(&policy).record(&policy.session().evaluate(event), event.as_bytes())
    }

    #[test]
    fn good_and_bad_events_leave_a_record_each_with_an_id_of_its_own() {
        let (passed, denied, bad) = (record("{}"), record(r#"{"why": "w"}"#), record("{"));
        assert_eq!([passed.status, denied.status, bad.status], [Status::Pass, Status::Error, Status::Error]);
        assert_eq!((denied.messages, denied.errors), (vec!["w".to_owned()], vec![]));
        assert!(bad.errors[0].contains("malformed JSON at line 1"), "{:?}", bad.errors);
        assert!(passed.id != denied.id && passed.id.len() == 36 && passed.id.as_bytes()[14] == b'4');
        assert!(passed.time_ms > 1_700_000_000_000);
    }

    #[test]
    fn a_record_survives_being_written() {
        let record = record(r#"{"why": "w"}"#);
        let text = serde_json::to_string(&record).unwrap();
        assert_eq!(serde_json::from_str::<Record>(&text).unwrap(), record);
    }
}
