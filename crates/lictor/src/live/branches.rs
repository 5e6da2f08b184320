//! Branches that are watched: where they stand, asked by a thread of its own, since a repository may be slow to answer while
//! a file on the disk says that everything has to stop.
//!
//! A commit that came is in the cache before anybody is told, so that reading it waits for no network.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::git::{Access, GitError, GitSource, Heads};

/// How often repositories of this machine are asked unless said: two short processes each time.
const LOCAL: Duration = Duration::from_millis(250);
/// And those of others, who may count requests.
const REMOTE: Duration = Duration::from_secs(10);

/// Whoever asks more often does nothing else.
const SHORTEST: Duration = Duration::from_millis(10);

/// Branches, and the thread that asks where they stand.
pub(super) struct Branches {
    shared: Arc<Shared>,
}

struct Shared {
    access: Access,
    every: Option<Duration>,
    state: Mutex<State>,
    wake: Condvar,
}

#[derive(Default)]
struct State {
    watched: BTreeMap<GitSource, Watched>,
    /// What changed and nobody was told of.
    changed: Vec<GitSource>,
    started: bool,
    ended: bool,
}

struct Watched {
    head: Option<String>,
    /// Why it cannot be told where it stands.
    wrong: Option<GitError>,
    due: Instant,
}

impl Branches {
    pub(super) fn new(access: Access, every: Option<Duration>) -> Self {
        let (state, wake) = (Mutex::default(), Condvar::new());
        Branches { shared: Arc::new(Shared { access, every, state, wake }) }
    }

    /// Where branches stand, as far as it is known.
    pub(super) fn heads(&self) -> Heads {
        let state = self.shared.lock();
        let known = state.watched.iter();
        known.filter_map(|(source, watched)| Some((source.clone(), watched.head.clone()?))).collect()
    }

    /// Watches these, which were found so just now, and no others.
    pub(super) fn watch(&self, found: BTreeMap<GitSource, Result<String, GitError>>) {
        let mut state = self.shared.lock();
        let mut before = std::mem::take(&mut state.watched);
        for (source, found) in found {
            let watched = before.remove(&source).unwrap_or_else(|| {
                let (head, wrong) = match found {
                    Ok(head) => (Some(head), None),
                    Err(error) => (None, Some(error)),
                };
                Watched { head, wrong, due: Instant::now() + self.shared.every(&source) }
            });
            state.watched.insert(source, watched);
        }
        if !state.watched.is_empty() && !state.started {
            let shared = Arc::clone(&self.shared);
            // Where no thread can be had the next load tries again.
            state.started = std::thread::Builder::new().name("branches".into()).spawn(move || shared.ask_on()).is_ok();
        }
        self.shared.wake.notify_all();
    }

    /// What changed since it was asked last.
    pub(super) fn changed(&self) -> Vec<PathBuf> {
        let changed = std::mem::take(&mut self.shared.lock().changed);
        changed.into_iter().map(|source| source.to_string().into()).collect()
    }

    /// Why it cannot be told where some branch stands.
    pub(super) fn wrong(&self) -> Option<GitError> {
        self.shared.lock().watched.values().find_map(|watched| watched.wrong.clone())
    }
}

impl Drop for Branches {
    fn drop(&mut self) {
        // It is not waited for: it may be asking.
        self.shared.lock().ended = true;
        self.shared.wake.notify_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn every(&self, source: &GitSource) -> Duration {
        self.every.unwrap_or(if source.is_local() { LOCAL } else { REMOTE }).max(SHORTEST)
    }

    /// What the thread does until it is ended.
    fn ask_on(&self) {
        let mut state = self.lock();
        while !state.ended {
            let moving = state.watched.iter().filter(|(source, watched)| {
                // A commit never moves; one that is not there may come.
                !source.reference.is_fixed() || watched.head.is_none()
            });
            let next = moving.min_by_key(|(_, watched)| watched.due);
            let Some((source, head, due)) =
                next.map(|(source, watched)| (source.clone(), watched.head.clone(), watched.due))
            else {
                state = self.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let wait = due.saturating_duration_since(Instant::now());
            if !wait.is_zero() {
                state = self.wake.wait_timeout(state, wait).unwrap_or_else(PoisonError::into_inner).0;
                continue;
            }
            drop(state);
            let found = self.access.head(&source, head.as_deref());
            let due = Instant::now() + self.every(&source);
            state = self.lock();
            let State { watched, changed, .. } = &mut *state;
            let Some(watched) = watched.get_mut(&source) else { continue };
            watched.due = due;
            if watched.take(found) {
                changed.push(source);
            }
        }
    }
}

impl Watched {
    /// Takes an answer; whether it is news.
    fn take(&mut self, found: Result<String, GitError>) -> bool {
        match found {
            Ok(head) => {
                let news = self.wrong.is_some() || self.head.as_ref() != Some(&head);
                (self.head, self.wrong) = (Some(head), None);
                news
            }
            Err(error) => {
                let news = self.wrong.as_ref().is_none_or(|before| before.to_string() != error.to_string());
                self.wrong = Some(error);
                news
            }
        }
    }
}
