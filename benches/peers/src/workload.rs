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

    /// Many rules of which few hold, on token events that are well-formed: a text is above every number, so that half of all
    /// rules would hold of an event that has one where a number should be.
    pub fn rules(shape: Shape, rules: usize, events: &Selection) -> Workload {
        let events = Selection { well_formed: true, ..*events };
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

    /// As many rules as paths, each comparing what is at one of them, on token events as they are or grown to a size by other
    /// events that nobody reads.
    pub fn paths(paths: usize, size: Option<usize>, events: &Selection) -> Workload {
        let mut all = events.of(Mix::Seed);
        let name = all.first().and_then(|event| serde_json::from_slice::<serde_json::Value>(event).ok());
        let name = name.and_then(|event| Some(event["token"]["name"].as_str()?.to_owned()));
        let rules = PATHS.iter().take(paths).enumerate().map(|(number, path)| {
            let constant = expected(number, name.as_deref());
            format!("deny[\"path {number}\"] {{ input.{} == \"{constant}\" }}\n", path.join("."))
        });
        let text = format!("package paths\n\n{}", rules.collect::<String>());
        if let Some(size) = size {
            all = grown(&all, size);
        }
        Workload {
            name: format!("paths-{paths}{}", size.map(|size| format!("-{}-KB", size >> 10)).unwrap_or_default()),
            modules: vec![("paths.rego".into(), text)],
            v0: true,
            query: "data.paths.deny",
            data: "{}".into(),
            events: all,
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

/// Paths of token events. The last two are not in all of them.
pub const PATHS: [&[&str]; 30] = [
    &["token", "apiKeyType"],
    &["token", "name"],
    &["token", "validTo"],
    &["token", "identifier"],
    &["metadata", "type"],
    &["metadata", "action"],
    &["metadata", "principalType"],
    &["metadata", "user", "uuid"],
    &["token", "tags", "env"],
    &["time_ms"],
    &["token", "validFrom"],
    &["token", "valid"],
    &["token", "accountIdentifier"],
    &["token", "orgIdentifier"],
    &["token", "projectIdentifier"],
    &["token", "apiKeyIdentifier"],
    &["token", "parentIdentifier"],
    &["token", "email"],
    &["token", "username"],
    &["token", "tags", "team"],
    &["token", "tags", "owner"],
    &["metadata", "timestamp"],
    &["metadata", "principalIdentifier"],
    &["metadata", "user", "name"],
    &["metadata", "user", "email"],
    &["metadata", "user", "disabled"],
    &["metadata", "user", "externallyManaged"],
    &["metadata", "user", "locked"],
    &["token", "description"],
    &["token", "scheduledExpireTime"],
];

/// What rule `number` denies: a token's name, which is that of the first event, or what no event has.
pub fn expected(number: usize, name: Option<&str>) -> String {
    match name {
        Some(name) if number == 1 => name.to_owned(),
        _ => format!("blocked-{number}"),
    }
}

/// The events, each with as many others before its own fields as make it `size` bytes long.
fn grown(events: &[Vec<u8>], size: usize) -> Vec<Vec<u8>> {
    let grow = |(at, event): (usize, &Vec<u8>)| {
        let mut text = b"{\"history\":[".to_vec();
        let mut others = events.iter().cycle().skip(at + 1);
        while let Some(other) = others.next().filter(|other| text.len() + other.len() + event.len() < size) {
            text.extend_from_slice(other);
            text.push(b',');
        }
        if text.last() == Some(&b',') {
            text.pop();
        }
        text.extend_from_slice(b"],");
        text.extend_from_slice(&event[1..]);
        text
    };
    events.iter().enumerate().map(grow).collect()
}
