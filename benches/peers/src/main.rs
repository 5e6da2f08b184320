//! Everybody decides the same events: first whether they agree, then how long each takes.
//!
//!     cargo run --release -- [seed] [library] [rules] [paths] [programs] [--count 20000] [--rounds 7]
//!         [--deny 5] [--largest 10000] [--well-formed] [--program NAME]
//!
//! No time is printed for whoever does not give the same messages for every event. Rounds are interleaved, so that a
//! busy machine is busy for all, and the best round counts.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, bail};

use crate::contender::{Contender, Entry};
use crate::workload::{Selection, Shape, Workload};

mod contender;
mod programs;
mod workload;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

struct Order {
    workloads: Vec<String>,
    events: Selection,
    rounds: usize,
    largest: usize,
    /// Only programs whose name contains this.
    program: String,
}

impl Order {
    fn read(mut words: impl Iterator<Item = String>) -> Result<Order> {
        let mut order = Order {
            workloads: vec![],
            events: Selection { count: 20_000, deny: 5, well_formed: false },
            rounds: 7,
            largest: 10_000,
            program: String::new(),
        };
        while let Some(word) = words.next() {
            let mut number = || words.next().unwrap_or_default().parse::<usize>();
            match word.as_str() {
                "--count" => order.events.count = number()?.max(1),
                "--rounds" => order.rounds = number()?.max(1),
                "--deny" => order.events.deny = u32::try_from(number()?)?,
                "--well-formed" => order.events.well_formed = true,
                "--largest" => order.largest = number()?,
                "--program" => order.program = words.next().unwrap_or_default(),
                "seed" | "library" | "rules" | "paths" | "programs" => order.workloads.push(word),
                _ => bail!(
                    "usage: lictor-peers [seed] [library] [rules] [paths] [programs] [--count N] [--rounds N] [--deny PERCENT] [--largest N] [--well-formed] [--program NAME]"
                ),
            }
        }
        if order.workloads.is_empty() {
            order.workloads.push("seed".into());
        }
        Ok(order)
    }

    fn workloads(&self, name: &str) -> Vec<Workload> {
        match name {
            "seed" => vec![Workload::seed(&self.events)],
            "library" => vec![Workload::library(&self.events)],
            "paths" => {
                let fewer = |share: usize| Selection { count: (self.events.count / share).max(100), ..self.events };
                let sizes = [(None, 1), (Some(8 << 10), 8), (Some(64 << 10), 64)];
                let of = |(size, share)| [10, 30].map(|paths| Workload::paths(paths, size, &fewer(share)));
                sizes.into_iter().flat_map(of).collect()
            }
            _ => {
                let sizes = [10, 1_000, 10_000].into_iter().filter(|size| *size <= self.largest);
                let shapes = [Shape::EqualityAndOrder, Shape::Substrings];
                // Whoever tries one rule after the other needs minutes for many rules and many events.
                let fewer = |size| Selection { count: self.events.count.min(2_000_000 / size).max(200), ..self.events };
                sizes.flat_map(|size| shapes.map(|shape| Workload::rules(shape, size, &fewer(size)))).collect()
            }
        }
    }
}

fn main() -> ExitCode {
    match Order::read(std::env::args().skip(1)).and_then(|order| run(&order)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("lictor-peers: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// Whether everybody that took part agreed.
fn run(order: &Order) -> Result<bool> {
    let mut agreed = true;
    for name in &order.workloads {
        if name == "programs" {
            agreed &= programs::race(&order.program, order.rounds)?;
            continue;
        }
        for workload in order.workloads(name) {
            agreed &= race(&workload, order.rounds)?;
        }
    }
    Ok(agreed)
}

fn race(workload: &Workload, rounds: usize) -> Result<bool> {
    let mut reference: Option<(&str, Vec<Vec<String>>)> = None;
    let mut ready: Vec<(&str, Box<dyn Contender>, Duration)> = Vec::new();
    let mut notes = Vec::new();
    let mut agreed = true;
    for (name, entry) in contender::all(workload) {
        let mut contender = match entry {
            Entry::Ready(contender) => contender,
            Entry::Absent(reason) => {
                notes.push(format!("{name}: does not take part: {reason}"));
                continue;
            }
        };
        let answers = match contender.answers(&workload.events) {
            Ok(answers) => answers,
            Err(error) => {
                agreed = false;
                notes.push(format!("{name}: fails: {error:#}"));
                continue;
            }
        };
        match &reference {
            None => {
                let denied = answers.iter().filter(|messages| !messages.is_empty()).count();
                println!(
                    "\n{}: {} events of {} bytes, {denied} denied",
                    workload.name,
                    workload.events.len(),
                    workload.mean_size()
                );
                reference = Some((name, answers));
            }
            Some((judge, expected)) => {
                let differ: Vec<usize> =
                    (0..expected.len()).filter(|at| answers.get(*at) != expected.get(*at)).collect();
                if let Some(first) = differ.first() {
                    agreed = false;
                    notes.push(format!(
                        "{name}: DISAGREES with {judge} on {} events, so has no time; the first is {}\n    {:?}\n    {judge}: {:?}",
                        differ.len(),
                        String::from_utf8_lossy(&workload.events[*first]),
                        answers.get(*first),
                        expected[*first],
                    ));
                    continue;
                }
            }
        }
        ready.push((name, contender, Duration::MAX));
    }

    for _ in 0..rounds {
        for (_, contender, best) in &mut ready {
            *best = contender.round(&workload.events)?.min(*best);
        }
    }
    ready.sort_by_key(|(_, _, best)| *best);
    let fastest = ready.first().map_or(1.0, |(_, _, best)| best.as_nanos() as f64);
    println!("{:<34} {:>12} {:>10}", "bytes to decision", "ns an event", "ratio");
    for (name, _, best) in &ready {
        let total = best.as_nanos() as f64;
        println!("{name:<34} {:>12.0} {:>10.2}", total / workload.events.len() as f64, total / fastest);
    }
    for note in notes {
        println!("{note}");
    }
    Ok(agreed)
}
