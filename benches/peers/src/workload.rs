//! What everybody has to decide: policies, base data, events.

use lictor_benches::programs::{PROGRAM_QUERY, Program};
use lictor_benches::{Events, Mix, data, policies};

/// Policies, base data, and the events to decide.
pub struct Workload {
    /// Its name on the command line and in the report.
    pub name: String,
    /// Names and texts of the modules.
    pub modules: Vec<(String, String)>,
    /// Whether the modules are Rego v0.
    pub v0: bool,
    /// The reference whose value is the set of messages.
    pub query: &'static str,
    /// Base data, JSON text.
    pub data: String,
    /// The events, JSON documents.
    pub events: Vec<Vec<u8>>,
}

/// Which events.
#[derive(Clone, Copy)]
pub struct Selection {
    /// How many.
    pub count: usize,
    /// How many percent should be denied.
    pub deny: u32,
    /// Whether those with a value of the wrong type are left out.
    pub well_formed: bool,
}

/// The shapes of rules of which there are many.
#[derive(Clone, Copy)]
pub enum Shape {
    /// `==` and `>`.
    EqualityAndOrder,
    /// `contains`.
    Substrings,
}

impl Workload {
    /// The seed's three rules on token events.
    pub fn seed(events: &Selection) -> Workload {
        Workload {
            name: "seed".into(),
            modules: policies::SEED.map(|(name, text)| (name.to_owned(), text.to_owned())).into(),
            v0: true,
            query: policies::SEED_QUERY,
            data: "{}".into(),
            events: events.of(Mix::Seed),
        }
    }

    /// The sample library on what a whole platform sees.
    pub fn library(events: &Selection) -> Workload {
        let (name, text) = policies::LIBRARY;
        Workload {
            name: "library".into(),
            modules: vec![(name.to_owned(), text.to_owned())],
            v0: false,
            query: policies::LIBRARY_QUERY,
            data: data(),
            events: events.of(Mix::Main),
        }
    }

    /// Many rules of which few hold, on token events.
    pub fn rules(shape: Shape, rules: usize, events: &Selection) -> Workload {
        let (name, text) = match shape {
            Shape::EqualityAndOrder => ("equality-and-order", policies::equality_and_order(rules)),
            Shape::Substrings => ("substrings", policies::substrings(rules)),
        };
        Workload {
            name: format!("{name}-{rules}"),
            modules: vec![(format!("{name}.rego"), text)],
            v0: true,
            query: policies::MANY_QUERY,
            data: "{}".into(),
            events: events.of(Mix::Seed),
        }
    }

    /// A general program, whose only event is its input.
    pub fn program(program: &Program) -> Workload {
        Workload {
            name: program.name.into(),
            modules: vec![(format!("{}.rego", program.name), program.text.to_owned())],
            v0: false,
            query: PROGRAM_QUERY,
            data: program.data.to_string(),
            events: vec![program.input.to_string().into_bytes()],
        }
    }

    /// The mean size of an event in bytes.
    pub fn mean_size(&self) -> usize {
        self.events.iter().map(Vec::len).sum::<usize>() / self.events.len().max(1)
    }
}

impl Selection {
    fn of(&self, mix: Mix) -> Vec<Vec<u8>> {
        let events = Events::denied(1, mix, self.deny);
        let events = if self.well_formed { events.well_formed() } else { events };
        events.take(self.count).map(String::into_bytes).collect()
    }
}
