//! A live policy: policy sets and data that are watched, and taken over while events are being decided.
//!
//! Not a loader: what is read, and how, is the [`Builder`]'s. A thread looks at the files several times a second. When
//! something changed and has come to rest, everything is read and compiled beside what is in force; only a policy that is
//! whole takes its place, by one store. Sessions look at one number before each event, and judge it wholly by the old
//! policy or wholly by the new one. What is bad changes nothing, and says why ([`Live::status`], [`Watch::on_update`]).
//!
//! Branches of Git repositories ([`crate::git`]) are watched too: one commit throws a switch. Asking whether a branch moved is
//! one `git ls-remote`; by default that is done every 250 ms where the repository is on this machine, and every 10 s where it
//! is not. A commit that makes no policy is refused as a bad file is, by its id, file and row; so is a branch that is gone.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let sets = folder.path().join("sets.yaml");
//! # let data = folder.path().join("data.json");
//! # std::fs::write(&sets, "{name: s, entity: token, enforced: true, policies: [{severity: error, rego: 'package a\n\ndeny contains \"stop\" if data.stop'}]}")?;
//! # std::fs::write(&data, "{}")?;
//! let live = lictor::Watch::new().sets(&sets).data(data.to_string_lossy()).start()?;
//! let mut session = live.session(); // one a thread
//! let event = br#"{"event": "create", "token": {"id": "t1"}}"#;
//! assert!(session.decide(event)?.is_allowed());
//! std::fs::write(&data, r#"{"stop": true}"#)?; // an emergency
//! while session.decide(event)?.is_allowed() {
//!     std::thread::sleep(std::time::Duration::from_millis(10)); // well under a second
//! }
//! # Ok(())
//! # }
//! ```

use std::collections::BTreeSet;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use lictor_syntax::parallel::STACK;

use crate::batch::Batch;
use crate::builder::Builder;
use crate::cache::Cache;
use crate::error::BuildError;
use crate::git::{Access, GitError, GitSource, Location, Repositories};
use crate::policy::Policy;
use crate::policy_set::{PolicySet, SetError};
use crate::session::Session;

mod branches;
mod files;

use branches::Branches;
pub use files::Files;

/// How often files are looked at unless said.
const EVERY: Duration = Duration::from_millis(100);
/// How much longer it takes before what changed counts as written to its end.
const SETTLE: Duration = Duration::from_millis(25);
/// Files that never come to rest are taken as they are after this.
const RESTLESS: Duration = Duration::from_millis(400);

type Prepare = dyn Fn(Builder) -> Builder + Send;
type Accept = dyn Fn(&Policy) -> Result<(), String> + Send;
type OnUpdate = dyn Fn(&Update<'_>) + Send;

/// What to watch, and what to do about it. [`Watch::start`] makes a [`Live`] of it.
pub struct Watch {
    sets: Vec<Location>,
    data: Vec<String>,
    every: Duration,
    access: Access,
    every_branch: Option<Duration>,
    prepare: Box<Prepare>,
    accept: Box<Accept>,
    on_update: Box<OnUpdate>,
    cache: Cache,
}

/// A policy that follows its files. Dropping it ends the watching; sessions go on with the last policy.
pub struct Live {
    current: Arc<Current>,
    watcher: Option<JoinHandle<()>>,
}

/// What a live policy is at, for health checks and people.
#[derive(Clone, Debug)]
pub struct Status {
    /// The revision in force: [`Policy::revision`].
    pub revision: String,
    /// How many policies have been in force, this one included.
    pub generation: u64,
    /// Since when it is in force.
    pub since: SystemTime,
    /// Why what is written now is not in force; `None` where it is.
    pub refused: Option<Arc<LiveError>>,
}

/// What happened to a live policy.
#[derive(Debug)]
#[non_exhaustive]
pub enum Update<'u> {
    /// A new policy is in force.
    Loaded {
        /// The policy.
        policy: &'u Policy,
        /// The files that changed; branches as `git+URL#REFERENCE`.
        changed: &'u [PathBuf],
        /// How long it took to read and compile.
        took: Duration,
    },
    /// What is written now is bad; the policy before stays in force.
    Refused {
        /// Why.
        error: &'u LiveError,
        /// The files that changed.
        changed: &'u [PathBuf],
    },
}

/// Why an update did not come into force.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LiveError {
    /// The files make no policy.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The policy is one that [`Watch::accept`] does not accept.
    #[error("{0}")]
    NotAccepted(String),
    /// It cannot be told where a branch stands: it is gone, or its repository does not answer.
    #[error(transparent)]
    Git(GitError),
    /// Compiling panicked: a fault of this library.
    #[error("compiling the policy panicked")]
    Panicked,
    /// No thread could be had to watch.
    #[error("cannot start a thread: {0}")]
    Thread(std::io::Error),
}

/// What sessions follow.
pub(crate) struct Current {
    /// The number of the policy in force. Written while `policy` is locked, so that the two go together.
    generation: AtomicU64,
    policy: Mutex<(Policy, Status)>,
    ended: Mutex<bool>,
    end: Condvar,
}

impl Default for Watch {
    fn default() -> Self {
        Watch {
            sets: vec![],
            data: vec![],
            every: EVERY,
            access: Access::default(),
            every_branch: None,
            prepare: Box::new(|builder| builder),
            accept: Box::new(|_| Ok(())),
            on_update: Box::new(|_| {}),
            cache: Cache::new(),
        }
    }
}

impl Watch {
    /// Nothing yet.
    pub fn new() -> Self {
        Watch::default()
    }

    /// Adds policy sets: a folder, or one set's file. The files of their policies are watched too, wherever they lie.
    #[must_use]
    pub fn sets(self, path: impl Into<PathBuf>) -> Self {
        self.sets_from(Location::Path(path.into()))
    }

    /// Adds policy sets of the disk or of a repository, whose branch is followed.
    #[must_use]
    pub fn sets_from(mut self, location: Location) -> Self {
        self.sets.push(location);
        self
    }

    /// Adds data, as [`Builder::data_path`] does.
    #[must_use]
    pub fn data(mut self, path: impl Into<String>) -> Self {
        self.data.push(path.into());
        self
    }

    /// How often files are looked at: every 100 ms unless said.
    #[must_use]
    pub fn every(mut self, every: Duration) -> Self {
        self.every = every;
        self
    }

    /// How repositories are reached.
    #[must_use]
    pub fn access(mut self, access: Access) -> Self {
        self.access = access;
        self
    }

    /// How often each branch is asked for: every 250 ms where its repository is on this machine, every 10 s where it is not,
    /// unless said, and every 10 ms at most. A repository of this machine answers in some milliseconds, by two processes that
    /// take 5 ms of a processor together: 2 % of one at every 250 ms, 9 % at every 50 ms.
    #[must_use]
    pub fn every_branch(mut self, every: Duration) -> Self {
        self.every_branch = Some(every);
        self
    }

    /// Where compiled policies are kept, so that only what changed is compiled; a cache of its own unless said.
    #[must_use]
    pub fn cache(mut self, cache: &Cache) -> Self {
        self.cache = cache.clone();
        self
    }

    /// What else the builder needs, each time: limits, a network, a host. It has the sets and data already.
    #[must_use]
    pub fn prepare(mut self, prepare: impl Fn(Builder) -> Builder + Send + 'static) -> Self {
        self.prepare = Box::new(prepare);
        self
    }

    /// A last look at each policy before it is in force: an error refuses it.
    #[must_use]
    pub fn accept(mut self, accept: impl Fn(&Policy) -> Result<(), String> + Send + 'static) -> Self {
        self.accept = Box::new(accept);
        self
    }

    /// What to do after each update, good or bad. It is called by the thread that watches: the next update waits for it.
    #[must_use]
    pub fn on_update(mut self, on_update: impl Fn(&Update<'_>) + Send + 'static) -> Self {
        self.on_update = Box::new(on_update);
        self
    }

    /// Loads what is there, and watches it from now on.
    ///
    /// # Errors
    /// When what is there makes no policy. Only a good one is ever in force, so there has to be one to begin with.
    pub fn start(self) -> Result<Live, LiveError> {
        let mut files = self.files();
        let branches = Branches::new(self.access.clone(), self.every_branch);
        let policy = self.load(&mut files, &branches)?;
        let status =
            Status { revision: policy.revision().to_owned(), generation: 1, since: SystemTime::now(), refused: None };
        let current = Arc::new(Current {
            generation: AtomicU64::new(1),
            policy: Mutex::new((policy, status)),
            ended: Mutex::new(false),
            end: Condvar::new(),
        });
        let watched = Arc::clone(&current);
        let watcher = std::thread::Builder::new().name("live".into()).stack_size(STACK);
        let watcher = watcher.spawn(move || self.watch(&watched, files, &branches)).map_err(LiveError::Thread)?;
        Ok(Live { current, watcher: Some(watcher) })
    }

    fn files(&self) -> Files {
        let data = self.data.iter().filter(|path| !GitSource::is_meant(crate::load::cut(path).1));
        let data = data.map(|path| crate::load::prefixed(path).1);
        let sets = self.sets.iter().filter_map(|set| match set {
            Location::Path(path) => Some(path.clone()),
            Location::Git(_) => None,
        });
        let mut files = Files::new(sets.chain(data).collect());
        files.look();
        files
    }

    /// Reads and compiles, and notes which files and branches that took.
    fn load(&self, files: &mut Files, branches: &Branches) -> Result<Policy, LiveError> {
        let repositories = Repositories::at(self.access.clone(), branches.heads());
        let policy = self.load_of(files, &repositories);
        branches.watch(repositories.found());
        policy
    }

    fn load_of(&self, files: &mut Files, repositories: &Repositories) -> Result<Policy, LiveError> {
        let mut sets = Vec::new();
        for location in &self.sets {
            let found = PolicySet::load_from(location, repositories).inspect_err(|error| {
                // A policy that is not there yet may come.
                if let (Location::Path(_), SetError::Unreadable { path, .. }) = (location, error) {
                    files.also(PathBuf::from(path), None);
                }
            });
            sets.extend(found.map_err(BuildError::from)?);
        }
        for policy in sets.iter().flat_map(|set| &set.policies) {
            if let Some(path) = &policy.path {
                files.also(path.clone(), Some(&policy.text));
            }
        }
        let hidden = vec![".*".to_owned()];
        let mut builder =
            Builder::new().repositories(repositories.clone()).ignore(hidden).sets(sets).cache(&self.cache);
        for path in &self.data {
            builder = builder.data_path(path)?;
        }
        let policy = catch_unwind(AssertUnwindSafe(|| (self.prepare)(builder).build()));
        let policy = policy.map_err(|_| LiveError::Panicked)??;
        (self.accept)(&policy).map_err(LiveError::NotAccepted)?;
        Ok(policy)
    }

    /// What the thread does until it is ended.
    fn watch(&self, current: &Current, mut files: Files, branches: &Branches) {
        // What changed since files were read last, and since when something has.
        let (mut changed, mut since) = (BTreeSet::new(), None);
        while !current.ended_after(if changed.is_empty() { self.every } else { SETTLE }) {
            let more = files.look();
            let at_rest = more.is_empty();
            changed.extend(more);
            changed.extend(branches.changed());
            if changed.is_empty() {
                continue;
            }
            let in_haste = since.get_or_insert_with(Instant::now).elapsed() > RESTLESS;
            if !at_rest && !in_haste {
                continue;
            }
            let start = Instant::now();
            let loaded = self.load(&mut files, branches);
            // Had somebody gone on writing, what was read would be of no one moment.
            let more = files.look();
            if !more.is_empty() && !in_haste {
                changed.extend(more);
                continue;
            }
            let about: Vec<PathBuf> = std::mem::take(&mut changed).into_iter().collect();
            self.take(current, loaded, &about, start.elapsed(), branches.wrong());
            changed.extend(more);
            since = None;
        }
    }

    /// Puts a policy in force, or says why not. What is wrong with a branch is said too: the policy is of where it stood last.
    fn take(
        &self,
        current: &Current,
        loaded: Result<Policy, LiveError>,
        changed: &[PathBuf],
        took: Duration,
        wrong: Option<GitError>,
    ) {
        let refuse = |error: LiveError| {
            let error = Arc::new(error);
            lock(&current.policy).1.refused = Some(Arc::clone(&error));
            (self.on_update)(&Update::Refused { error: &error, changed });
        };
        match loaded {
            Ok(policy) => {
                // Where only a branch cannot be had there is nothing new.
                let is_new = current.policy().0.revision() != policy.revision();
                if is_new || wrong.is_none() {
                    current.put(policy.clone());
                    (self.on_update)(&Update::Loaded { policy: &policy, changed, took });
                }
                wrong.map(LiveError::Git).into_iter().for_each(refuse);
            }
            Err(error) => refuse(error),
        }
    }
}

impl Live {
    /// Scratch memory for evaluations that follows the policy: make one a thread and keep it.
    pub fn session(&self) -> Session {
        Session::following(Arc::clone(&self.current))
    }

    /// Events to be decided on several threads, each by the policy that is in force then.
    pub fn batch(&self) -> Batch<'_> {
        Batch::following(self)
    }

    /// The policy in force. It does not change when the files do.
    pub fn policy(&self) -> Policy {
        lock(&self.current.policy).0.clone()
    }

    pub(crate) fn current(&self) -> Arc<Current> {
        Arc::clone(&self.current)
    }

    /// What it is at.
    pub fn status(&self) -> Status {
        lock(&self.current.policy).1.clone()
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        *lock(&self.current.ended) = true;
        self.current.end.notify_all();
        // The thread itself may hold the last reference, by a callback.
        if let Some(watcher) = self.watcher.take()
            && watcher.thread().id() != std::thread::current().id()
        {
            let _ = watcher.join();
        }
    }
}

impl Current {
    /// The number of the policy in force.
    #[inline]
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// The policy in force and its number.
    pub(crate) fn policy(&self) -> (Policy, u64) {
        let there = lock(&self.policy);
        (there.0.clone(), self.generation())
    }

    fn put(&self, policy: Policy) {
        let revision = policy.revision().to_owned();
        let mut there = lock(&self.policy);
        let generation = self.generation() + 1;
        let status = Status { revision, generation, since: SystemTime::now(), refused: None };
        let before = std::mem::replace(&mut *there, (policy, status));
        self.generation.store(generation, Ordering::Release);
        drop(there);
        drop(before);
    }

    /// Waits; whether it is to end.
    fn ended_after(&self, time: Duration) -> bool {
        let waited = self.end.wait_timeout_while(lock(&self.ended), time, |ended| !*ended);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live").field("status", &self.status()).finish_non_exhaustive()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
