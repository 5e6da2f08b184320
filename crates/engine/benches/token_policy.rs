//! What an evaluation of a small token policy costs, input at hand: best of many rounds, in ns.
//!
//! `cargo bench -p lictor-engine`

#![allow(clippy::unwrap_used, reason = "benchmarks may panic")]

#[allow(dead_code, reason = "the tests' assembler")]
#[path = "../tests/assembler/mod.rs"]
mod assembler;

use std::hint::black_box;
use std::time::Instant;

use assembler::ask::{at_paths, frozen, given};
use assembler::token_policy::{EVENT, POLICY};
use lictor_engine::{Input, Limits, Linked, Options, Session};
use lictor_value::{Arena, NoHost, json};

/// The best of so many rounds, in ns a call.
fn best(mut work: impl FnMut()) -> f64 {
    let round = |work: &mut dyn FnMut()| {
        let start = Instant::now();
        (0..10_000).for_each(|_| work());
        start.elapsed().as_nanos() as f64 / 10_000.0
    };
    (0..200).map(|_| round(&mut work)).fold(f64::INFINITY, f64::min)
}

fn main() {
    let linked = Linked::new(given(POLICY).program, frozen("{}")).unwrap();
    let event = frozen(EVENT);
    let arena = Arena::default();
    let paths = at_paths(&arena, event.root(), linked.program());
    let options = Options::new(&NoHost);
    let mut session = Session::new(Limits::default());
    let mut measure = |name: &str, input: Input<'_>| {
        let ns = best(|| {
            black_box(session.eval(&linked, 0, black_box(input), &options).unwrap());
        });
        println!("{name:<40} {ns:>8.1} ns");
    };
    measure("three rules, input as a tree", Input::Tree(event.root()));
    measure("three rules, input as paths", Input::Paths(paths));
    measure("three rules, nothing defined", Input::Undefined);
    let ns = best(|| {
        let mut evaluation = session.begin();
        black_box(evaluation.open(&linked, black_box(Input::Paths(paths)), &options));
    });
    println!("{:<40} {ns:>8.1} ns", "nothing asked");
    let mut session = Session::new(Limits::default());
    let mut reader = json::Reader::default();
    let ns = best(|| {
        let mut evaluation = session.begin();
        let root = reader.parse(evaluation.arena(), black_box(EVENT.as_bytes())).unwrap();
        black_box(evaluation.eval(&linked, 0, Input::Tree(root), &options).unwrap());
    });
    println!("{:<40} {ns:>8.1} ns", "three rules, event parsed whole");
}
