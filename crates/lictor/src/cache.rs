//! A cache of compiled policies: those of policy sets whose text did not change are not compiled again.
//!
//! Each policy of a set is a unit of its own, so what it compiles to depends on its text, its file's name, its parameters, and
//! on what the builder was told. Where any of these is another one, the policy is compiled; everything else is linked anew.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::builder::Builder;
use crate::capabilities::Capabilities;
use crate::compiled_policy::CompiledPolicy;
use crate::policy_set::PolicySource;
use crate::schemas::SchemaFiles;

/// Policies as they were compiled last. Clones are one cache.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use lictor::{Builder, Cache, PolicySet};
///
/// let set = |last: &str| {
///     let policy = |text: &str| format!("{{severity: error, rego: 'package a\n\ndeny if input.token.id == \"{text}\"'}}");
///     let text = format!("{{name: s, entity: token, policies: [{}, {}]}}", policy("a"), policy(last));
///     PolicySet::parse(&text, "set.yaml".as_ref())
/// };
/// let cache = Cache::new();
/// Builder::new().sets(vec![set("b")?]).cache(&cache).build()?;
/// assert_eq!(cache.compiled(), 2);
/// Builder::new().sets(vec![set("c")?]).cache(&cache).build()?;
/// assert_eq!(cache.compiled(), 3); // only the one that changed
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct Cache {
    kept: Arc<Mutex<Kept>>,
}

#[derive(Default)]
struct Kept {
    told: Told,
    /// Goes up whenever builders are told something else.
    epoch: u64,
    /// By file; messages name it.
    policies: HashMap<String, Vec<Entry>>,
    /// The number of the build under way, and of the last one that succeeded.
    build: u64,
    good: u64,
    compiled: u64,
}

struct Entry {
    text: String,
    /// As [`PolicySource::unit`] writes them.
    parameters: String,
    policy: Arc<CompiledPolicy>,
    /// The last build that used it.
    used: u64,
}

/// What a builder was told that a policy's code depends on.
#[derive(Default, PartialEq)]
struct Told {
    strict: bool,
    print: bool,
    traced: bool,
    strict_builtin_errors: bool,
    capabilities: Option<Capabilities>,
    unsafe_builtins: Vec<String>,
    schemas: Option<SchemaFiles>,
}

impl Cache {
    /// An empty cache.
    pub fn new() -> Self {
        Cache::default()
    }

    /// How many policies were compiled so far: what was found here is not counted.
    pub fn compiled(&self) -> u64 {
        self.lock().compiled
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A build begins; gives what it is known by.
    pub(crate) fn begin(&self, builder: &Builder) -> u64 {
        let told = Told {
            strict: builder.strict,
            print: builder.settings.print,
            traced: builder.settings.traced,
            strict_builtin_errors: builder.settings.strict_builtin_errors,
            capabilities: builder.capabilities.clone(),
            unsafe_builtins: builder.unsafe_builtins.clone(),
            schemas: builder.schemas.clone(),
        };
        let mut kept = self.lock();
        if kept.told != told {
            kept.policies.clear();
            kept.told = told;
            kept.epoch += 1;
        }
        kept.build += 1;
        kept.epoch
    }

    /// What a policy was compiled to before.
    pub(crate) fn get(&self, epoch: u64, policy: &PolicySource) -> Option<Arc<CompiledPolicy>> {
        let mut kept = self.lock();
        if kept.epoch != epoch {
            // Another builder was told something else meanwhile.
            return None;
        }
        let build = kept.build;
        let (file, text, parameters) = policy.unit();
        let is = |entry: &&mut Entry| entry.text == text && entry.parameters == parameters;
        let entry = kept.policies.get_mut(file)?.iter_mut().find(is)?;
        entry.used = build;
        Some(Arc::clone(&entry.policy))
    }

    /// A policy was compiled.
    pub(crate) fn put(&self, epoch: u64, source: &PolicySource, policy: &Arc<CompiledPolicy>) {
        let mut kept = self.lock();
        kept.compiled += 1;
        if kept.epoch != epoch {
            return;
        }
        let (file, text, parameters) = source.unit();
        let entry = Entry { text: text.to_owned(), parameters, policy: Arc::clone(policy), used: kept.build };
        kept.policies.entry(file.to_owned()).or_default().push(entry);
    }

    /// A build ends: what neither it nor the last good one used is forgotten.
    pub(crate) fn end(&self, good: bool) {
        let mut kept = self.lock();
        if good {
            kept.good = kept.build;
        }
        let (build, good) = (kept.build, kept.good);
        kept.policies.retain(|_, entries| {
            entries.retain(|entry| entry.used == build || entry.used == good);
            !entries.is_empty()
        });
    }
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cache({} compiled)", self.compiled())
    }
}
