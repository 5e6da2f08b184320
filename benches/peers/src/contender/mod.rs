//! Whoever decides events: what they have in common, and the list of them.

use std::time::{Duration, Instant};

use anyhow::Result;

use crate::workload::Workload;

mod cedar;
mod cel;
mod get_many;
mod hand;
mod lictor;
mod opa;
pub mod program;
mod regorus;

/// A contender that has loaded a workload's policies.
pub trait Contender {
    /// Its messages for each event, sorted; an empty list allows.
    fn answers(&mut self, events: &[Vec<u8>]) -> Result<Vec<Vec<String>>>;

    /// The time that deciding each event once takes, from bytes to messages.
    fn round(&mut self, events: &[Vec<u8>]) -> Result<Duration>;
}

/// A contender in the same process, which decides one event after the other.
pub trait Decides {
    /// The messages for an event, in any order.
    fn messages(&mut self, event: &[u8]) -> Result<Vec<String>>;

    /// Decides an event as cheaply as the contender can, messages included; whether it is denied.
    fn denied(&mut self, event: &[u8]) -> bool {
        !self.messages(event).is_ok_and(|messages| messages.is_empty())
    }
}

impl<D: Decides> Contender for D {
    fn answers(&mut self, events: &[Vec<u8>]) -> Result<Vec<Vec<String>>> {
        let answer = |event: &Vec<u8>| {
            let mut messages = self.messages(event)?;
            messages.sort();
            Ok(messages)
        };
        events.iter().map(answer).collect()
    }

    fn round(&mut self, events: &[Vec<u8>]) -> Result<Duration> {
        let begin = Instant::now();
        let denied = events.iter().filter(|event| self.denied(std::hint::black_box(event))).count();
        std::hint::black_box(denied);
        Ok(begin.elapsed())
    }
}

/// How a contender enters a race.
pub enum Entry {
    /// It has loaded the policies.
    Ready(Box<dyn Contender>),
    /// It cannot take part, for this reason.
    Absent(String),
}

impl Entry {
    fn of<C: Contender + 'static>(loaded: Result<C>) -> Entry {
        match loaded {
            Ok(contender) => Entry::Ready(Box::new(contender)),
            Err(error) => Entry::Absent(format!("{error:#}").lines().next().unwrap_or_default().to_owned()),
        }
    }
}

/// All contenders for a workload. The first that is ready is the one whose answers all others must give.
pub fn all(workload: &Workload) -> Vec<(&'static str, Entry)> {
    // About reading alone: whoever reads trees is far behind.
    if workload.name.starts_with("paths-") {
        return vec![
            ("Lictor without lens and index", Entry::of(lictor::Lictor::load_without_fast_rooms(workload))),
            ("Lictor", Entry::of(lictor::Lictor::load(workload))),
            ("Lictor, trusting the events", Entry::of(lictor::Lictor::load_trusting(workload))),
            ("sonic-rs get_many", Entry::of(get_many::GetMany::load(workload))),
        ];
    }
    let mut entries = vec![
        ("OPA Go SDK, prepared query", Entry::of(opa::Opa::start(workload))),
        ("Lictor", Entry::of(lictor::Lictor::load(workload))),
        ("Lictor, trusting the events", Entry::of(lictor::Lictor::load_trusting(workload))),
        ("Lictor without lens and index", Entry::of(lictor::Lictor::load_without_fast_rooms(workload))),
        ("regorus RVM", Entry::of(regorus::Rvm::load(workload))),
        ("regorus interpreter", Entry::of(regorus::Interpreter::load(workload))),
    ];
    // Nobody writes 10,000 rules by hand, and the library is not what these are for.
    if workload.name == "seed" {
        entries.push(("CEL, three predicates", Entry::of(cel::Cel::load())));
        entries.push(("Cedar, the event as context", Entry::of(cedar::Whole::load())));
        entries.push(("Cedar, three fields as context", Entry::of(cedar::Fields::load())));
        entries.push(("hand-written struct, serde_json", Entry::of(Ok(hand::SerdeJson))));
        entries.push(("hand-written struct, sonic-rs", Entry::of(Ok(hand::Sonic))));
    }
    entries
}
