//! Writes events to standard output, one JSON document a line.
//!
//!     cargo run -p lictor-benches --bin events -- --count 100000 --seed 1 --mix seed
//!
//! `--deny PERCENT` sets the share of events that should be denied (5); `--well-formed` leaves out the 1 % that have a
//! value of the wrong type; `--data` writes the base data of the main mix instead of events.

use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use lictor_benches::{Events, Mix, data};

const USAGE: &str = "usage: events [--count N] [--seed N] [--mix seed|main] [--deny PERCENT] [--well-formed] [--data]";

struct Order {
    count: usize,
    seed: u64,
    mix: Mix,
    deny: u32,
    well_formed: bool,
    data: bool,
}

impl Order {
    fn read(mut words: impl Iterator<Item = String>) -> Option<Order> {
        let mut order = Order { count: 100_000, seed: 1, mix: Mix::Main, deny: 5, well_formed: false, data: false };
        while let Some(word) = words.next() {
            match word.as_str() {
                "--count" => order.count = words.next()?.parse().ok()?,
                "--seed" => order.seed = words.next()?.parse().ok()?,
                "--mix" => order.mix = Mix::named(&words.next()?)?,
                "--deny" => order.deny = words.next()?.parse().ok()?,
                "--well-formed" => order.well_formed = true,
                "--data" => order.data = true,
                _ => return None,
            }
        }
        Some(order)
    }

    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        if self.data {
            writeln!(out, "{}", data())?;
        } else {
            let events = Events::denied(self.seed, self.mix, self.deny);
            let events = if self.well_formed { events.well_formed() } else { events };
            for event in events.take(self.count) {
                writeln!(out, "{event}")?;
            }
        }
        out.flush()
    }
}

fn main() -> ExitCode {
    let Some(order) = Order::read(std::env::args().skip(1)) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    match order.write(&mut BufWriter::new(io::stdout().lock())) {
        Ok(()) => ExitCode::SUCCESS,
        // A reader that has seen enough is no failure.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("events: {error}");
            ExitCode::FAILURE
        }
    }
}
