//! What two threads on one policy give beside one.
//!
//!     cargo run --release -p lictor-benches --example threads [THREADS]
//!
//! Prints, for the seed's policies and the sample library, events a second with one thread and with several, and how many
//! times the one the several are. Rounds with one and with several take turns, and the best of each counts, so that a busy
//! machine shows little; that there are as many idle processors as threads is for whoever runs it to see to.

#![allow(missing_docs, clippy::unwrap_used, reason = "a measurement may panic")]

use std::hint::black_box;
use std::sync::Barrier;
use std::time::{Duration, Instant};

use lictor::{Builder, Policy, Version};
use lictor_benches::{Events, Mix, data, policies};

const EVENTS: usize = 1_000;
const ROUNDS: usize = 15;
const ROUND: Duration = Duration::from_millis(200);

fn main() {
    let threads = std::env::args().nth(1).map_or(2, |word| word.parse().unwrap());
    let seed = policies::SEED.into_iter();
    let seed = seed.fold(Builder::new().version(Version::V0), |builder, (name, text)| builder.module(name, text));
    let (name, text) = policies::LIBRARY;
    let library = Builder::new().module(name, text).data(data());
    println!("{:10} {:>14} {:>14} {:>7}", "policies", "1 thread", format!("{threads} threads"), "ratio");
    for (name, builder, mix) in [("seed", seed, Mix::Seed), ("library", library, Mix::Main)] {
        let policy = builder.build().unwrap();
        let events: Vec<String> = Events::new(1, mix).take(EVENTS).collect();
        let (mut one, mut many) = (0.0f64, 0.0f64);
        for _ in 0..ROUNDS {
            one = one.max(rate(&policy, &events, 1));
            many = many.max(rate(&policy, &events, threads));
        }
        println!("{name:10} {one:>14.0} {many:>14.0} {:>7.2}", many / one);
    }
}

/// Events a second of all threads together.
fn rate(policy: &Policy, events: &[String], threads: usize) -> f64 {
    let start = Barrier::new(threads);
    let work = || {
        let mut session = policy.session();
        events.iter().for_each(|event| _ = black_box(session.decide(event)));
        start.wait();
        let (begin, mut decided) = (Instant::now(), 0);
        while begin.elapsed() < ROUND {
            events.iter().for_each(|event| _ = black_box(session.decide(black_box(event))));
            decided += events.len();
        }
        decided as f64 / begin.elapsed().as_secs_f64()
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).sum()
    })
}
