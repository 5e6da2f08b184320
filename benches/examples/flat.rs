//! What a decision costs with 10 to 10,000 deny rules of each form, and what compiling these takes.
//!
//!     cargo run --release -p lictor-benches --example flat [--sets] [FORM [RULES ...]]
//!
//! With `--sets` the rules stand in policies of ten, and these in policy sets of ten, for tokens and keys, events and accounts:
//! 10,000 rules are 1,000 policies in 100 sets. Prints ns for an event, from its bytes to its decision: the least of some rounds, so that a busy machine shows little;
//! criterion's `many_rules` measures the same with its statistics. The last columns are the cost of the most rules as a
//! multiple of the cost of the fewest, and the ms that compiling the most rules takes.

#![allow(missing_docs, clippy::unwrap_used, reason = "a measurement may panic")]

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use lictor::policy_set::PolicySet;
use lictor::{Builder, Session};
use lictor_benches::{Events, Form, Mix};

const EVENTS: usize = 100;

fn main() {
    let mut words = std::env::args().skip(1).peekable();
    let sets = words.next_if(|word| word == "--sets").is_some();
    let only = words.next();
    let mut counts: Vec<usize> = words.map(|count| count.parse().unwrap()).collect();
    if counts.is_empty() {
        counts = vec![10, 100, 1_000, 10_000];
    }
    let events: Vec<String> = Events::new(1, Mix::Seed).well_formed().take(EVENTS).collect();
    print!("{:18}", "form");
    counts.iter().for_each(|count| print!(" {count:>8}"));
    println!(" {:>7} {:>8}", "ratio", "compile");
    for form in Form::ALL.into_iter().filter(|form| only.as_ref().is_none_or(|only| only == form.name())) {
        let mut built = Duration::ZERO;
        print!("{:18}", form.name());
        let mut times = vec![];
        for count in &counts {
            let builder = match sets {
                false => Builder::new().module("many.rego", form.module(*count)),
                true => Builder::new().sets(form.sets(*count).iter().map(|text| set(text)).collect()),
            };
            let begin = Instant::now();
            let mut session = builder.build().unwrap().session();
            built = begin.elapsed();
            times.push(time(&mut session, &events));
            print!(" {:>8.0}", times[times.len() - 1]);
        }
        println!(" {:>7.2} {:>8}", times[times.len() - 1] / times[0], built.as_millis());
    }
}

fn set(text: &str) -> PolicySet {
    PolicySet::parse(text, Path::new("set.yaml")).unwrap()
}

/// Least ns for an event.
fn time(session: &mut Session, events: &[String]) -> f64 {
    let round = |session: &mut Session| {
        let begin = Instant::now();
        for event in events {
            black_box(session.decide(black_box(event)).unwrap());
        }
        begin.elapsed()
    };
    let best = (0..300).map(|_| round(session)).min().unwrap_or_default();
    best.as_nanos() as f64 / events.len() as f64
}
