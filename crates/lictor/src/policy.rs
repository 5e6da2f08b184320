//! A policy: compiled once, shared by threads, evaluated in sessions.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use lictor::{Policy, Verdict};
//!
//! let policy = Policy::of_module(
//!     "short-lived.rego",
//!     r#"package short_lived
//!        deny contains "lives too long" if input.token.validTo > 1779647400000"#,
//! )?;
//! let mut session = policy.session(); // one a thread
//! let decision = session.decide(r#"{"token": {"validTo": 1779647400001}}"#)?;
//! assert_eq!(decision.verdict, Verdict::Deny);
//! assert_eq!(decision.findings[0].message, "lives too long");
//! # Ok(())
//! # }
//! ```

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use lictor_engine::Linked;
use lictor_syntax::Source;
use lictor_value::Host;

use crate::builder::{Builder, Settings};
use crate::error::BuildError;
use crate::fast::Fast;
use crate::gate::Gate;
use crate::git::Commit;
use crate::judge::Judges;
use crate::policy_set::PolicySet;
use crate::revision::Revision;
use crate::session::Session;

/// Compiled policies with their base data. `Send + Sync`, and cheap to clone: clones share everything.
#[derive(Clone)]
pub struct Policy {
    pub(crate) shared: Arc<Shared>,
}

/// What all sessions of a policy share; nothing in it is ever written.
pub(crate) struct Shared {
    pub(crate) linked: Linked,
    pub(crate) judges: Judges,
    /// `None` where the whole input is read, or fast rooms are left out.
    pub(crate) fast: Option<Fast>,
    /// `None` where fast rooms are left out: then every judge is asked.
    pub(crate) gate: Option<Gate>,
    pub(crate) settings: Settings,
    pub(crate) host: Arc<dyn Host>,
    pub(crate) revision: Revision,
    /// The files that marks are in; none where there are no marks.
    pub(crate) files: Vec<Arc<Source>>,
}

impl Policy {
    /// Loads Rego files, and data files, from files and folders: each package with a rule `deny` judges every event, and
    /// what it denies is refused. For severities, scopes and switches use policy sets.
    ///
    /// # Errors
    /// Everything that is wrong with what was found there.
    pub fn load<P: AsRef<Path>>(paths: impl IntoIterator<Item = P>) -> Result<Self, BuildError> {
        let builder = paths
            .into_iter()
            .try_fold(Builder::new(), |builder, path| builder.data_path(&path.as_ref().to_string_lossy()));
        builder?.build()
    }

    /// Loads the policy sets of a folder and below.
    ///
    /// # Errors
    /// Everything that is wrong with the sets or their policies.
    pub fn load_sets(folder: impl AsRef<Path>) -> Result<Self, BuildError> {
        Builder::new().sets(PolicySet::load_all(folder)?).build()
    }

    /// Compiles one module.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn of_module(name: impl Into<String>, text: impl Into<String>) -> Result<Self, BuildError> {
        Builder::new().module(name, text).build()
    }

    /// Scratch memory for evaluations: make one a thread and keep it.
    pub fn session(&self) -> Session {
        Session::new(Arc::clone(&self.shared))
    }

    /// Whether anything in the policy calls the builtin of this name.
    ///
    /// ```
    /// let policy = lictor::Policy::of_module("a.rego", "package a\n\ndeny if http.send(input).status_code != 200")?;
    /// assert!(policy.calls("http.send"));
    /// assert!(!policy.calls("opa.runtime"));
    /// # Ok::<(), lictor::BuildError>(())
    /// ```
    pub fn calls(&self, builtin: &str) -> bool {
        self.shared.linked.program().calls.iter().any(|call| call.builtin.name == builtin)
    }

    /// What the policy was made of, as one hash: SHA-256, in hexadecimal, over modules, data, queries, schemas and policy sets
    /// with their policies' texts. The same texts have the same revision, wherever they lie. Where something was read from
    /// Git repositories, `@` and the ids of their commits follow, with commas between.
    ///
    /// ```
    /// let of = |text| lictor::Policy::of_module("a.rego", text);
    /// let policy = of("package a\n\ndeny if input.x == 1")?;
    /// assert_eq!(policy.revision(), of("package a\n\ndeny if input.x == 1")?.revision());
    /// assert_ne!(policy.revision(), of("package a\n\ndeny if input.x == 2")?.revision());
    /// # Ok::<(), lictor::BuildError>(())
    /// ```
    pub fn revision(&self) -> &str {
        &self.shared.revision.whole
    }

    /// The commits that sets, policies and data were read from, each once; none where all lay on the disk.
    pub fn commits(&self) -> &[Commit] {
        &self.shared.revision.commits
    }

    /// The hash of the text of a set's policy, as [`crate::policy_set::PolicySource::hash`]; `None` where there is no such
    /// set or policy.
    pub fn policy_hash(&self, set: &str, policy: &str) -> Option<&str> {
        let (_, policies) = self.shared.revision.sets.iter().find(|(name, _)| name == set)?;
        policies.iter().find(|(name, _)| name == policy).map(|(_, hash)| hash.as_str())
    }

    /// What the hot path is, for people: `4 policy sets, 4 policies; lens: 3 paths`.
    pub fn describe(&self) -> String {
        let judges = self.shared.judges.describe();
        match &self.shared.fast {
            Some(fast) => format!("{judges}; lens: {} paths", fast.paths()),
            None => format!("{judges}; whole events are read"),
        }
    }
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Policy").field("linked", &self.shared.linked).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, OnceLock, Weak};

    use super::*;

    /// Looks at reference counts whenever a policy asks for the time.
    #[derive(Default)]
    struct Watching {
        shared: OnceLock<Weak<Shared>>,
        seen: Mutex<Vec<[usize; 4]>>,
    }

    impl Watching {
        fn counts(&self) -> Option<[usize; 4]> {
            let weak = self.shared.get()?;
            let shared = weak.upgrade()?;
            let program = shared.linked.program();
            Some([
                // Without the one that looks.
                Arc::strong_count(&shared) - 1,
                Arc::weak_count(&shared),
                Arc::strong_count(program),
                Arc::strong_count(&shared.host),
            ])
        }
    }

    impl Host for Watching {
        fn now_ns(&self) -> i64 {
            self.seen.lock().unwrap().extend(self.counts());
            0
        }

        fn random(&self, bytes: &mut [u8]) {
            bytes.fill(0);
        }
    }

    #[test]
    fn no_reference_is_counted_while_an_event_is_decided() {
        let host = Arc::new(Watching::default());
        let text = "package p\n\ndeny contains x if { time.now_ns() == 0; some x in input.names; x in data.bad }\n";
        let builder = Builder::new().module("p.rego", text).data("{\"bad\": [\"b\"]}").host(host.clone());
        let policy = builder.build().unwrap();
        let mut session = policy.session();
        assert!(host.shared.set(Arc::downgrade(&policy.shared)).is_ok());
        let before = host.counts().unwrap();
        assert_eq!(before[0], 2, "the policy and its session");
        for _ in 0..3 {
            assert!(!session.decide("{\"names\": [\"a\", \"b\"]}").unwrap().is_allowed());
        }
        assert_eq!(*host.seen.lock().unwrap(), [before; 3]);
    }

    /// So no cell is in it: what is left that could be written, locks and atomics, `tests/threads.rs` looks for.
    const _: fn() = || {
        fn is_shared<T: Send + Sync>() {}
        is_shared::<Policy>();
    };
}
