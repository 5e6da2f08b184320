//! Turns: events of a batch that are about the same token, key or user wait for each other, in the order of the input.
//!
//! Groups of events are judged on several threads at once. Before a group is judged, all that its events are about is put down
//! in queues, group after group; an event is judged when its group is the first in each of its queues. Since all queues have
//! the groups in one order, the earliest group never waits, and so nobody waits for ever.
//!
//! ```text
//! group 0: a b     queue of a: 0 1        group 1's event about a waits for group 0's;
//! group 1: a c     queue of b: 0          the one about c does not wait
//! ```
//!
//! Names share a few thousand queues by their hashes: what has nothing to do with each other may wait too, and is none the
//! worse for it. Roles have no queues: most events would stand in the same one. How many requests a role made is counted all
//! the same, only which of two that are judged at once is the later one is left open.

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::{Kind, Subject};

const QUEUES: u64 = 4096;

/// The queues of a batch.
pub(crate) struct Turns {
    hasher: RandomState,
    state: Mutex<State>,
    moved: Condvar,
}

struct State {
    /// The group that puts itself down next.
    next: u64,
    /// Groups, with how many of their events are still to be judged.
    queues: Vec<VecDeque<(u64, u32)>>,
}

/// A thread's place: the group that it judges.
pub(crate) struct Place {
    turns: Arc<Turns>,
    group: Option<u64>,
    /// The queues that the group stands in.
    queues: Vec<usize>,
}

/// An event's turn: when it is over, the next one in its queues has its own.
pub(crate) struct Turn<'p> {
    place: &'p Place,
    queues: Vec<usize>,
}

impl Turns {
    pub(crate) fn new() -> Arc<Self> {
        let state = State { next: 0, queues: (0..QUEUES).map(|_| VecDeque::new()).collect() };
        Arc::new(Turns { hasher: RandomState::new(), state: Mutex::new(state), moved: Condvar::new() })
    }

    fn queues(&self, subject: &Subject<'_>) -> Vec<usize> {
        let names = [(Kind::Token, subject.token), (Kind::Key, subject.key), (Kind::User, subject.user)];
        let names = names.into_iter().filter_map(|(kind, name)| Some((kind, name?)));
        let mut queues: Vec<usize> = names.map(|name| (self.hasher.hash_one(name) % QUEUES) as usize).collect();
        queues.sort_unstable();
        queues.dedup();
        queues
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'l>(&self, state: MutexGuard<'l, State>, until: impl Fn(&State) -> bool) -> MutexGuard<'l, State> {
        self.moved.wait_while(state, |state| !until(state)).unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    pub(crate) fn new(turns: Arc<Turns>) -> Self {
        Place { turns, group: None, queues: vec![] }
    }

    /// Begins a group, whose events are about these. Every group has to be begun, by whichever thread.
    pub(crate) fn begin(&mut self, group: u64, subjects: impl FnOnce(&mut dyn FnMut(&Subject<'_>))) {
        self.end();
        let mut entry = Entry { turns: &self.turns, group, queues: vec![] };
        subjects(&mut |subject| entry.queues.extend(self.turns.queues(subject)));
        self.queues = entry.queues.clone();
        drop(entry);
        self.queues.sort_unstable();
        self.queues.dedup();
        self.group = Some(group);
    }

    /// Waits until all events before this one are judged that are about the same.
    pub(crate) fn turn(&self, subject: &Subject<'_>) -> Turn<'_> {
        let Some(group) = self.group else { return Turn { place: self, queues: vec![] } };
        let mut queues = self.turns.queues(subject);
        let is_first =
            |state: &State, queue: usize| state.queues[queue].front().is_some_and(|(first, _)| *first == group);
        let mut state = self.turns.lock();
        queues.retain(|queue| state.queues[*queue].iter().any(|(waiting, _)| *waiting == group));
        state = self.turns.wait(state, |state| queues.iter().all(|queue| is_first(state, *queue)));
        drop(state);
        Turn { place: self, queues }
    }

    /// Ends the group: what was not judged of it keeps nobody waiting.
    pub(crate) fn end(&mut self) {
        let Some(group) = self.group.take() else { return };
        let mut state = self.turns.lock();
        for queue in std::mem::take(&mut self.queues) {
            state.queues[queue].retain(|(waiting, _)| *waiting != group);
        }
        drop(state);
        self.turns.moved.notify_all();
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.end();
    }
}

/// A group that puts itself down, whatever happens: those after it wait for that.
struct Entry<'t> {
    turns: &'t Turns,
    group: u64,
    queues: Vec<usize>,
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        let mut state = self.turns.wait(self.turns.lock(), |state| state.next == self.group);
        if !std::thread::panicking() {
            for queue in &self.queues {
                let queue = &mut state.queues[*queue];
                match queue.back_mut() {
                    Some((group, events)) if *group == self.group => *events += 1,
                    _ => queue.push_back((self.group, 1)),
                }
            }
        }
        state.next += 1;
        drop(state);
        self.turns.moved.notify_all();
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if self.queues.is_empty() {
            return;
        }
        let mut state = self.place.turns.lock();
        for queue in &self.queues {
            let queue = &mut state.queues[*queue];
            if let Some((_, events)) = queue.front_mut() {
                *events -= 1;
                if *events == 0 {
                    queue.pop_front();
                }
            }
        }
        drop(state);
        self.place.turns.moved.notify_all();
    }
}
