//! What a decision costs, from an event's bytes: the seed's policies on token events, the sample library on a whole
//! platform's events, and what the second costs as a multiple of the first.
//!
//!     cargo run --release -p lictor-benches --example decide [ROUNDS [seed | library]]
//!
//! Prints ns an event: rounds of both workloads take turns, and the least of each 100 events' passes counts, so that a busy
//! machine shows little.

#![allow(missing_docs, clippy::unwrap_used, reason = "a measurement may panic")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use lictor::{Builder, Session, Version};
use lictor_benches::{Events, Mix, data, policies};

const EVENTS: usize = 20_000;
const GROUP: usize = 100;

struct Workload {
    name: &'static str,
    session: Session,
    events: Vec<String>,
    /// The least time of each group of events.
    best: Vec<Duration>,
}

impl Workload {
    fn new(name: &'static str, builder: Builder, mix: Mix) -> Self {
        let policy = builder.build().unwrap();
        println!("{name}: {}", policy.describe());
        let events: Vec<String> = Events::new(1, mix).take(EVENTS).collect();
        let best = vec![Duration::MAX; EVENTS / GROUP];
        Workload { name, session: policy.session(), events, best }
    }

    fn round(&mut self) {
        for (events, best) in self.events.chunks(GROUP).zip(&mut self.best) {
            let begin = Instant::now();
            for event in events {
                let _ = black_box(self.session.decide(black_box(event)));
            }
            *best = begin.elapsed().min(*best);
        }
    }

    fn ns(&self) -> f64 {
        self.best.iter().sum::<Duration>().as_nanos() as f64 / EVENTS as f64
    }
}

fn main() {
    let mut words = std::env::args().skip(1);
    let rounds: usize = words.next().map_or(9, |word| word.parse().unwrap());
    let only = words.next();
    let seed = policies::SEED
        .into_iter()
        .fold(Builder::new().version(Version::V0), |builder, (name, text)| builder.module(name, text));
    let (name, text) = policies::LIBRARY;
    let library = Builder::new().module(name, text).data(data());
    let all = [("seed", seed, Mix::Seed), ("library", library, Mix::Main)];
    let chosen = all.into_iter().filter(|(name, ..)| only.as_deref().is_none_or(|only| only == *name));
    let mut workloads: Vec<Workload> = chosen.map(|(name, builder, mix)| Workload::new(name, builder, mix)).collect();
    for _ in 0..rounds {
        workloads.iter_mut().for_each(Workload::round);
    }
    workloads.iter().for_each(|workload| println!("{:10} {:>8.0} ns", workload.name, workload.ns()));
    if let [seed, library] = &workloads[..] {
        println!("{:10} {:>8.2}", "ratio", library.ns() / seed.ns());
    }
}
