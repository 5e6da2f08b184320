//! A batch: many events on several threads, with their decisions in the order of the events.
//!
//! Not a service: a call starts its threads where there is more than one group of events, works on one of them itself, and
//! returns when all is decided. Threads take
//! events in groups. Whoever has nothing to do takes the next group, so that reading goes on while others judge; a group
//! that is done early waits for those before it, and when too many wait, nobody takes more.
//!
//! ```
//! let policy = lictor::Policy::of_module("p.rego", r#"package p
//!     deny contains "no users" if input.token.apiKeyType == "USER""#)?;
//! let events = r#"{"token": {"apiKeyType": "ROBOT"}}
//! {"token": {"apiKeyType": "USER"}}
//! {"token": "#;
//! let decisions = policy.decide_all(events.lines());
//! assert!(decisions[0].as_ref().is_ok_and(|decision| decision.is_allowed()));
//! assert!(decisions[1].as_ref().is_ok_and(|decision| !decision.is_allowed()));
//! assert!(decisions[2].is_err()); // and never an allow
//! # Ok::<(), lictor::BuildError>(())
//! ```

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZero;
use std::ops::ControlFlow;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::decision::Decision;
use crate::error::Error;
use crate::event::Route;
use crate::live::Live;
use crate::policy::Policy;
use crate::record::Evaluation;
use crate::usage::UsageStore;
use crate::usage::turns::Turns;
use crate::worker::{Tracking, Worker};

/// How many events a thread takes at a time.
const GROUP: usize = 64;
/// How many groups a thread may be ahead of the oldest one that is not done.
const AHEAD: usize = 4;
/// Policies that are deep but legal recurse further than a thread's stack may allow.
const STACK: usize = 64 << 20;

/// Events to be decided on several threads: how many threads, and how events are dealt to them. Made by [`Policy::batch`].
#[derive(Clone, Copy)]
pub struct Batch<'p> {
    sessions: Sessions<'p>,
    threads: usize,
    group: usize,
    route: Option<Route<'p>>,
    tracking: Option<Tracking<'p>>,
}

impl fmt::Debug for Batch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Batch { sessions, threads, group, route, tracking } = self;
        let batch = &mut f.debug_struct("Batch");
        let batch = batch.field("sessions", sessions).field("threads", threads).field("group", group);
        batch.field("route", route).field("tracked", &tracking.is_some()).finish()
    }
}

/// Whose sessions decide.
#[derive(Clone, Copy, Debug)]
enum Sessions<'p> {
    Of(&'p Policy),
    Following(&'p Live),
}

impl Policy {
    /// Events to be decided on several threads.
    pub fn batch(&self) -> Batch<'_> {
        Batch::new(Sessions::Of(self))
    }

    /// Decides events on all processors; the decisions are in their order.
    pub fn decide_all<E: AsRef<[u8]>>(
        &self,
        events: impl IntoIterator<Item = E, IntoIter: Send>,
    ) -> Vec<Result<Decision, Error>> {
        self.batch().decide(events)
    }
}

impl<'p> Batch<'p> {
    fn new(sessions: Sessions<'p>) -> Self {
        Batch { sessions, threads: 0, group: GROUP, route: None, tracking: None }
    }

    /// Events to be decided by a live policy, each by the one that is in force then.
    pub(crate) fn following(live: &'p Live) -> Self {
        Batch::new(Sessions::Following(live))
    }

    /// The policy that decides; of a live one, the one that is in force now.
    pub fn policy(&self) -> Policy {
        match self.sessions {
            Sessions::Of(policy) => policy.clone(),
            Sessions::Following(live) => live.policy(),
        }
    }

    /// How many threads work, the calling one among them; 0, as it is unless said, for as many as there are processors.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads;
        self
    }

    /// How many events a thread takes at a time: 64 unless said. An event may wait until its group is full, so take fewer
    /// where events come slowly, and where each is much work.
    #[must_use]
    pub fn group(mut self, events: usize) -> Self {
        self.group = events.max(1);
        self
    }

    /// What every event is about, instead of what its payload says.
    #[must_use]
    pub fn route(mut self, route: Route<'p>) -> Self {
        self.route = Some(route);
        self
    }

    /// Keeps usage in a store, as [`crate::Tracked`] does. Events about the same token, API key or user are judged in the
    /// order of the input, each after the store was told of the one before; what has nothing to do with each other is judged
    /// at once. Of what roles did only the sum is certain, not who of two at once came first.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// use lictor::{MemoryStore, UsageStore};
    ///
    /// # let policy = lictor::Policy::of_module("p.rego", "package p\n\ndeny if input.usage.count_1d > 100")?;
    /// let store: Arc<dyn UsageStore> = Arc::new(MemoryStore::new());
    /// let events = vec![r#"{"event": "use", "token": {"id": "t1"}}"#; 1_000];
    /// let decisions = policy.batch().tracked(&store).decide(&events);
    /// let allowed = |decision: &Result<lictor::Decision, lictor::Error>| decision.as_ref().is_ok_and(|d| d.is_allowed());
    /// assert!(decisions[..100].iter().all(allowed) && !decisions[100..].iter().any(allowed));
    /// # Ok::<(), lictor::BuildError>(())
    /// ```
    #[must_use]
    pub fn tracked(mut self, store: &'p Arc<dyn UsageStore>) -> Self {
        self.tracking = Some(Tracking { store, recorded: false });
        self
    }

    /// Whether events are recorded ones, which happened when their `time_ns` says: [`crate::Tracked::recorded`]. Only where
    /// usage is kept.
    #[must_use]
    pub fn recorded(mut self, recorded: bool) -> Self {
        self.tracking = self.tracking.map(|tracking| Tracking { recorded, ..tracking });
        self
    }

    /// Decides events; the decisions are in their order.
    pub fn decide<E: AsRef<[u8]>>(
        &self,
        events: impl IntoIterator<Item = E, IntoIter: Send>,
    ) -> Vec<Result<Decision, Error>> {
        let mut all = Vec::new();
        let judge = |worker: &mut Worker, group: Vec<E>| {
            group.iter().map(|event| self.judge(worker, event.as_ref())).collect::<Vec<_>>()
        };
        let _: ControlFlow<()> = self.in_order(self.groups(events), events_of, judge, |decisions| {
            all.extend(decisions);
            ControlFlow::Continue(())
        });
        all
    }

    /// Decides events and hands each over with its decision, in their order, until `each` breaks. What is in memory is
    /// bounded, however many events there are.
    ///
    /// ```
    /// # use std::ops::ControlFlow;
    /// # let policy = lictor::Policy::of_module("p.rego", "package p\n\ndeny if input.n > 1000")?;
    /// let events = (0..).map(|n| format!("{{\"n\": {n}}}"));
    /// let first = policy.batch().threads(2).decide_each(events, |event, decision| match decision {
    ///     Ok(decision) if decision.is_allowed() => ControlFlow::Continue(()),
    ///     _ => ControlFlow::Break(event),
    /// });
    /// assert_eq!(first, ControlFlow::Break("{\"n\": 1001}".to_owned()));
    /// # Ok::<(), lictor::BuildError>(())
    /// ```
    pub fn decide_each<E: AsRef<[u8]> + Send, B: Send>(
        &self,
        events: impl IntoIterator<Item = E, IntoIter: Send>,
        mut each: impl FnMut(E, Result<Decision, Error>) -> ControlFlow<B> + Send,
    ) -> ControlFlow<B> {
        let judge = |worker: &mut Worker, group: Vec<E>| {
            let judged = group.into_iter().map(|event| (self.judge(worker, event.as_ref()), event));
            judged.collect::<Vec<_>>()
        };
        self.in_order(self.groups(events), events_of, judge, |group| {
            group.into_iter().try_for_each(|(decision, event)| each(event, decision))
        })
    }

    /// Decides one event of the batch: [`crate::Session::decide`], or [`crate::Session::decide_routed`] where the batch has a
    /// route; those of [`crate::Tracked`] where usage is kept.
    ///
    /// # Errors
    /// As these.
    #[inline]
    pub fn judge(&self, worker: &mut Worker, event: &[u8]) -> Result<Decision, Error> {
        worker.decide(self.route.as_ref(), event)
    }

    /// Evaluates one event of the batch: [`crate::Session::evaluate`], or [`crate::Session::evaluate_routed`] where the batch
    /// has a route; those of [`crate::Tracked`] where usage is kept.
    pub fn evaluate(&self, worker: &mut Worker, event: &[u8]) -> Evaluation {
        worker.evaluate(self.route.as_ref(), event)
    }

    /// Hands groups of events, of any form, to the workers of several threads, and what `judge` makes of them to `each`, in
    /// the order of the groups, until that breaks. What the other calls here are made of, for those who read events
    /// themselves: `groups` is asked for the next one by the thread that is to judge it. Where usage is kept `events` tells
    /// which events a group has: those that it does not name wait for nobody.
    pub fn in_order<G, J: Send, B: Send>(
        &self,
        groups: impl Iterator<Item = G> + Send,
        events: impl Fn(&G, &mut dyn FnMut(&[u8])) + Sync,
        judge: impl Fn(&mut Worker, G) -> J + Sync,
        each: impl FnMut(J) -> ControlFlow<B> + Send,
    ) -> ControlFlow<B> {
        let threads = match self.threads {
            0 => std::thread::available_parallelism().map_or(1, NonZero::get),
            some => some,
        };
        let source = Mutex::new((0, groups.fuse()));
        let line = Line {
            order: Mutex::new(Order { due: 0, early: BTreeMap::new(), ended: None, abandoned: false, each }),
            moved: Condvar::new(),
            most: threads.saturating_mul(AHEAD),
        };
        // One thread has its events in order by itself.
        let turns = (self.tracking.is_some() && threads > 1).then(Turns::new);
        let work = |others: &dyn Fn()| {
            let _watch = Watch(&line);
            let session = match self.sessions {
                Sessions::Of(policy) => policy.session(),
                Sessions::Following(live) => live.session(),
            };
            let mut worker = Worker::new(session, self.tracking, turns.as_ref());
            while line.has_room() {
                let (number, group) = {
                    let (taken, groups) = &mut *lock(&source);
                    let Some(group) = groups.next() else { break };
                    *taken += 1;
                    (*taken - 1, group)
                };
                if number == 1 {
                    others();
                }
                worker.begin(number, |of_event| events(&group, of_event));
                let judged = judge(&mut worker, group);
                worker.end();
                line.done(number, judged);
            }
        };
        std::thread::scope(|scope| {
            let start = |_| {
                let thread = std::thread::Builder::new().name("batch".into()).stack_size(STACK);
                thread.spawn_scoped(scope, || work(&|| ()))
            };
            // Once there is a second group. Where no more threads can be had, those that there are do the work.
            work(&|| (1..threads).map_while(|n| start(n).ok()).for_each(drop));
        });
        let order = line.order.into_inner().unwrap_or_else(PoisonError::into_inner);
        order.ended.map_or(ControlFlow::Continue(()), ControlFlow::Break)
    }

    fn groups<E>(&self, events: impl IntoIterator<Item = E, IntoIter: Send>) -> impl Iterator<Item = Vec<E>> + Send {
        let (mut events, size) = (events.into_iter().fuse(), self.group);
        std::iter::from_fn(move || {
            let group: Vec<E> = events.by_ref().take(size).collect();
            (!group.is_empty()).then_some(group)
        })
    }
}

/// The events of a group that is a list of them.
#[expect(clippy::ptr_arg, reason = "it is what a group is")]
fn events_of<E: AsRef<[u8]>>(group: &Vec<E>, of_event: &mut dyn FnMut(&[u8])) {
    group.iter().for_each(|event| of_event(event.as_ref()));
}

/// Where groups that are done wait for those before them.
struct Line<J, F, B> {
    order: Mutex<Order<J, F, B>>,
    moved: Condvar,
    /// How many may wait.
    most: usize,
}

struct Order<J, F, B> {
    /// The group that is handed over next.
    due: u64,
    /// Those that are done before their turn.
    early: BTreeMap<u64, J>,
    ended: Option<B>,
    /// A thread panicked: what it had taken will never come.
    abandoned: bool,
    each: F,
}

impl<J, B, F: FnMut(J) -> ControlFlow<B>> Line<J, F, B> {
    /// Waits until there is room; false when nothing is wanted any more.
    fn has_room(&self) -> bool {
        let full = |order: &mut Order<J, F, B>| order.wanted() && order.early.len() >= self.most;
        self.moved.wait_while(lock(&self.order), full).unwrap_or_else(PoisonError::into_inner).wanted()
    }

    /// Hands over what has its turn.
    fn done(&self, number: u64, judged: J) {
        let mut order = lock(&self.order);
        order.early.insert(number, judged);
        let before = order.due;
        while order.wanted()
            && let due = order.due
            && let Some(judged) = order.early.remove(&due)
        {
            order.due += 1;
            if let ControlFlow::Break(with) = (order.each)(judged) {
                order.ended = Some(with);
            }
        }
        if order.due > before {
            self.moved.notify_all();
        }
    }
}

impl<J, F, B> Order<J, F, B> {
    fn wanted(&self) -> bool {
        self.ended.is_none() && !self.abandoned
    }
}

/// Sends everybody home when a thread panics; the panic itself goes on to whoever called.
struct Watch<'l, J, F, B>(&'l Line<J, F, B>);

impl<J, F, B> Drop for Watch<'_, J, F, B> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            lock(&self.0.order).abandoned = true;
            self.0.moved.notify_all();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    fn policy() -> Policy {
        let text = "package p\n\ndeny contains sprintf(\"%d is odd\", [input.n]) if input.n % 2 == 1\n";
        Policy::of_module("p.rego", text).unwrap()
    }

    fn said(decisions: Vec<Result<Decision, Error>>) -> Vec<Result<Decision, String>> {
        decisions.into_iter().map(|decision| decision.map_err(|error| error.to_string())).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_batch_decides_as_one_session_does(
            events in prop::collection::vec(prop_oneof![
                4 => (0..1000u32).prop_map(|n| format!("{{\"n\": {n}}}")),
                1 => "[{}n\":1 ]{0,9}",
            ], 0..300),
            threads in 1..5usize,
            group in 1..70usize,
        ) {
            let policy = policy();
            let mut session = policy.session();
            let one_by_one = events.iter().map(|event| session.decide(event)).collect();
            let batch = policy.batch().threads(threads).group(group);
            prop_assert_eq!(said(batch.decide(&events)), said(one_by_one));
        }
    }

    #[test]
    fn each_event_comes_with_its_decision_in_order_until_it_is_enough() {
        let policy = policy();
        let mut seen = 0;
        let events = (0..10_000u32).map(|n| format!("{{\"n\": {n}}}"));
        let ended = policy.batch().threads(3).group(1).decide_each(events, |event, decision| {
            assert_eq!(event, format!("{{\"n\": {seen}}}"));
            assert_eq!(decision.unwrap().is_allowed(), seen % 2 == 0);
            seen += 1;
            if seen == 500 { ControlFlow::Break(event) } else { ControlFlow::Continue(()) }
        });
        assert_eq!((ended, seen), (ControlFlow::Break("{\"n\": 499}".to_owned()), 500));
    }

    #[test]
    fn what_is_taken_ahead_of_a_slow_group_is_bounded() {
        let (policy, taken) = (policy(), AtomicU64::new(0));
        let groups = (0..1_000u64).inspect(|_| _ = taken.fetch_add(1, Ordering::Relaxed));
        let judge = |_: &mut Worker, group: u64| {
            if group == 0 {
                std::thread::sleep(Duration::from_millis(200));
                assert!(taken.load(Ordering::Relaxed) <= 2 * (AHEAD as u64 + 1));
            }
        };
        let ended: ControlFlow<()> =
            policy.batch().threads(2).in_order(groups, |_, _| (), judge, |()| ControlFlow::Continue(()));
        assert_eq!((ended, taken.into_inner()), (ControlFlow::Continue(()), 1_000));
    }

    #[test]
    fn a_panic_reaches_the_caller_and_nobody_waits_for_ever() {
        let policy = policy();
        let judge = |_: &mut Worker, group: u32| assert!(group != 3, "on purpose");
        let run =
            || policy.batch().threads(3).in_order(0..10_000u32, |_, _| (), judge, |()| ControlFlow::<()>::Continue(()));
        assert!(catch_unwind(AssertUnwindSafe(run)).is_err());
    }
}
