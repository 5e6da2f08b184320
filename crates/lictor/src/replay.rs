//! Replay: two policies over recorded events, and what would change from the old one to the new.
//!
//! ```
//! use lictor::replay::{Comparison, Kind, Report};
//! use lictor::Policy;
//!
//! let old = Policy::of_module("life.rego", r#"package life
//!     deny contains "too long" if input.token.days > 90"#)?;
//! let new = Policy::of_module("life.rego", r#"package life
//!     deny contains "too long" if input.token.days > 30"#)?;
//! let mut comparison = Comparison::new(&old, &new);
//! let mut report = Report::new(3);
//! for (line, event) in [r#"{"token": {"days": 7}}"#, r#"{"token": {"days": 60}}"#].iter().enumerate() {
//!     report.add(&format!("events.ndjson:{}", line + 1), &comparison.compare(event));
//! }
//! assert_eq!(report.count(Kind::NewlyDenied), 1);
//! assert_eq!(report.groups()[0].message, "too long");
//! assert_eq!(report.groups()[0].examples, ["events.ndjson:2"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Nothing is enforced and nothing counted: each event is judged by itself, by both. Let both policies see one instant
//! ([`crate::Builder::now_ns`]), or what depends on the clock may differ by it alone. Messages come without the event's
//! secrets.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::decision::{Decision, Finding, Verdict};
use crate::error::Error;
use crate::event::Route;
use crate::git::Commit;
use crate::policy::Policy;
use crate::policy_set::Severity;
use crate::record::Masking;
use crate::session::Session;

/// Groups past this many are counted, not kept.
const MOST_GROUPS: usize = 1_000;

/// Two policies side by side.
pub struct Comparison {
    old: Session,
    new: Session,
}

/// What both policies make of one event.
#[derive(Clone, Debug)]
pub struct Change {
    /// What the old policy decides, messages as they are.
    pub old: Result<Decision, Error>,
    /// What the new one decides, messages as they are.
    pub new: Result<Decision, Error>,
    /// What changes; `None` where nothing does.
    pub kind: Option<Kind>,
    /// Findings of the new policy that the old one has not; messages without the event's secrets, here and below.
    pub appears: Vec<Finding>,
    /// Findings of the old policy that the new one has not.
    pub disappears: Vec<Finding>,
}

/// How an event's decision changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// It was allowed, perhaps with a warning, and would be denied.
    NewlyDenied,
    /// It was denied, and would be allowed, perhaps with a warning.
    NewlyAllowed,
    /// It was allowed without a word, and would be with a warning.
    NewlyWarned,
    /// It was allowed with a warning, and would be without a word.
    NoLongerWarned,
    /// The verdict stays, what is said differs.
    OtherMessages,
    /// It was judged, and could not be any more.
    NewlyFailing,
    /// It could not be judged, and would be.
    NoLongerFailing,
}

/// Verdicts of one side, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Allowed without a word.
    pub allow: u64,
    /// Allowed with a warning.
    pub warn: u64,
    /// Denied.
    pub deny: u64,
    /// Not judged at all.
    pub error: u64,
}

/// What changes of many events, grouped.
#[derive(Clone, Debug)]
pub struct Report {
    /// How many events there were.
    pub events: u64,
    /// What the old policy made of them.
    pub old: Counts,
    /// What the new policy makes of them.
    pub new: Counts,
    /// How many events both judge alike.
    pub unchanged: u64,
    /// How many events one of both could not judge, or neither.
    pub failed: u64,
    /// Differences that belong to no group, since there are too many groups.
    pub not_grouped: u64,
    /// The commits that the old policy was read from.
    pub old_commits: Vec<Commit>,
    /// The commits that the new policy was read from.
    pub new_commits: Vec<Commit>,
    kinds: BTreeMap<Kind, u64>,
    groups: BTreeMap<Key, Group>,
    examples: usize,
}

/// Events that change for one reason.
#[derive(Clone, Debug, Serialize)]
pub struct Group {
    /// How they change.
    pub kind: Kind,
    /// Whether it is the new policy that says so, or the old one that did.
    pub said_by: Side,
    /// The policy set; empty for errors.
    pub set: String,
    /// The policy; empty for errors.
    pub policy: String,
    /// What is said: the message, or with `#` for numbers where messages differ in nothing else.
    pub message: String,
    /// How many events.
    pub count: u64,
    /// The first of them, by file and line.
    pub examples: Vec<String>,
}

/// One of both policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The one that there is.
    Old,
    /// The one that there would be.
    New,
}

type Key = (Kind, Side, String, String, String);

impl Kind {
    /// All, worst first.
    pub const ALL: [Kind; 7] = [
        Kind::NewlyDenied,
        Kind::NewlyAllowed,
        Kind::NewlyWarned,
        Kind::NoLongerWarned,
        Kind::OtherMessages,
        Kind::NewlyFailing,
        Kind::NoLongerFailing,
    ];

    /// The name that JSON uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::NewlyDenied => "newly_denied",
            Kind::NewlyAllowed => "newly_allowed",
            Kind::NewlyWarned => "newly_warned",
            Kind::NoLongerWarned => "no_longer_warned",
            Kind::OtherMessages => "other_messages",
            Kind::NewlyFailing => "newly_failing",
            Kind::NoLongerFailing => "no_longer_failing",
        }
    }
}

impl Comparison {
    /// Both policies, each with a session of its own.
    pub fn new(old: &Policy, new: &Policy) -> Self {
        Comparison { old: old.session(), new: new.session() }
    }

    /// Judges an event by both. What goes wrong is part of the answer: an error is a verdict that differs from any other.
    pub fn compare(&mut self, event: impl AsRef<[u8]>) -> Change {
        let event = event.as_ref();
        Change::of(self.old.decide(event), self.new.decide(event), event)
    }

    /// Judges an event whose sender knows what it is about.
    pub fn compare_routed(&mut self, route: &Route<'_>, event: impl AsRef<[u8]>) -> Change {
        let event = event.as_ref();
        Change::of(self.old.decide_routed(route, event), self.new.decide_routed(route, event), event)
    }
}

impl Change {
    fn of(old: Result<Decision, Error>, new: Result<Decision, Error>, event: &[u8]) -> Self {
        let (mut appears, mut disappears) = match (&old, &new) {
            (Ok(old), Ok(new)) => (without(&new.findings, &old.findings), without(&old.findings, &new.findings)),
            _ => (vec![], vec![]),
        };
        let kind = kind(&old, &new, !appears.is_empty() || !disappears.is_empty());
        if !appears.is_empty() || !disappears.is_empty() {
            let secrets = Masking::default().read(event);
            for finding in appears.iter_mut().chain(&mut disappears) {
                finding.message = secrets.text(&finding.message);
            }
        }
        Change { old, new, kind, appears, disappears }
    }

    /// The findings that the change is due to, and who says them.
    fn reasons(&self, kind: Kind) -> Vec<(Side, &Finding)> {
        let new = self.appears.iter().map(|finding| (Side::New, finding));
        let old = self.disappears.iter().map(|finding| (Side::Old, finding));
        let denies = |(_, finding): &(Side, &Finding)| finding.verdict() == Verdict::Deny;
        match kind {
            Kind::NewlyDenied => new.filter(denies).collect(),
            Kind::NewlyAllowed => old.filter(denies).collect(),
            Kind::NewlyWarned => new.collect(),
            Kind::NoLongerWarned => old.collect(),
            Kind::OtherMessages => new.chain(old).collect(),
            Kind::NewlyFailing | Kind::NoLongerFailing => vec![],
        }
    }
}

fn kind(old: &Result<Decision, Error>, new: &Result<Decision, Error>, differ: bool) -> Option<Kind> {
    let (old, new) = match (old, new) {
        (Ok(old), Ok(new)) => (old.verdict, new.verdict),
        (Ok(_), Err(_)) => return Some(Kind::NewlyFailing),
        (Err(_), Ok(_)) => return Some(Kind::NoLongerFailing),
        (Err(_), Err(_)) => return None,
    };
    match (old, new) {
        (old, Verdict::Deny) if old != Verdict::Deny => Some(Kind::NewlyDenied),
        (Verdict::Deny, new) if new != Verdict::Deny => Some(Kind::NewlyAllowed),
        (Verdict::Allow, Verdict::Warn) => Some(Kind::NewlyWarned),
        (Verdict::Warn, Verdict::Allow) => Some(Kind::NoLongerWarned),
        _ => differ.then_some(Kind::OtherMessages),
    }
}

/// What a finding says, wherever its rule stands.
fn said(finding: &Finding) -> (&str, &str, &str, Severity, bool) {
    (&finding.set, &finding.policy, &finding.message, finding.severity, finding.enforced)
}

/// The findings that others do not say.
fn without(findings: &[Finding], others: &[Finding]) -> Vec<Finding> {
    let others: std::collections::HashSet<_> = others.iter().map(said).collect();
    findings.iter().filter(|finding| !others.contains(&said(finding))).cloned().collect()
}

impl Counts {
    fn count(&mut self, decision: &Result<Decision, Error>) {
        let counter = match decision.as_ref().map(|decision| decision.verdict) {
            Ok(Verdict::Allow) => &mut self.allow,
            Ok(Verdict::Warn) => &mut self.warn,
            Ok(Verdict::Deny) => &mut self.deny,
            Err(_) => &mut self.error,
        };
        *counter += 1;
    }
}

impl Report {
    /// An empty report that keeps this many examples a group.
    pub fn new(examples: usize) -> Self {
        Report {
            events: 0,
            old: Counts::default(),
            new: Counts::default(),
            unchanged: 0,
            failed: 0,
            not_grouped: 0,
            old_commits: vec![],
            new_commits: vec![],
            kinds: BTreeMap::new(),
            groups: BTreeMap::new(),
            examples,
        }
    }

    /// Says which policies are compared: the commits that they were read from.
    #[must_use]
    pub fn between(mut self, old: &Policy, new: &Policy) -> Self {
        self.old_commits = old.commits().to_vec();
        self.new_commits = new.commits().to_vec();
        self
    }

    /// Adds what both policies made of an event; `place` is what the report calls it.
    pub fn add(&mut self, place: &str, change: &Change) {
        self.events += 1;
        self.old.count(&change.old);
        self.new.count(&change.new);
        self.failed += u64::from(change.old.is_err() || change.new.is_err());
        let failed = |side, error: &Error| (side, String::new(), String::new(), error.to_string());
        let Some(kind) = change.kind else {
            self.unchanged += u64::from(change.old.is_ok());
            return;
        };
        *self.kinds.entry(kind).or_default() += 1;
        let findings = change
            .reasons(kind)
            .into_iter()
            .map(|(side, finding)| (side, finding.set.clone(), finding.policy.clone(), finding.message.clone()));
        let old = change.old.as_ref().err().map(|error| failed(Side::Old, error));
        let new = change.new.as_ref().err().map(|error| failed(Side::New, error));
        // An event counts once a group, however many of its messages are alike.
        let mut counted = std::collections::HashSet::new();
        for (side, set, policy, message) in findings.chain(old).chain(new) {
            let key = (kind, side, set, policy, alike(&message));
            if counted.insert(key.clone()) {
                self.group(key, message, place);
            }
        }
    }

    /// Adds an event that neither policy was asked about: it is bad for both.
    pub fn add_bad(&mut self) {
        self.events += 1;
        self.old.error += 1;
        self.new.error += 1;
        self.failed += 1;
    }

    fn group(&mut self, key: Key, message: String, place: &str) {
        if self.groups.len() >= MOST_GROUPS && !self.groups.contains_key(&key) {
            self.not_grouped += 1;
            return;
        }
        let (kind, said_by, set, policy, pattern) = key.clone();
        let new = || Group { kind, said_by, set, policy, message: message.clone(), count: 0, examples: vec![] };
        let group = self.groups.entry(key).or_insert_with(new);
        group.count += 1;
        if group.message != message {
            group.message = pattern;
        }
        if group.examples.len() < self.examples {
            group.examples.push(place.to_owned());
        }
    }

    /// How many events change so.
    pub fn count(&self, kind: Kind) -> u64 {
        self.kinds.get(&kind).copied().unwrap_or(0)
    }

    /// How many events change at all.
    pub fn changed(&self) -> u64 {
        self.kinds.values().sum()
    }

    /// The groups: by kind, those with most events first.
    pub fn groups(&self) -> Vec<&Group> {
        let mut groups: Vec<&Group> = self.groups.values().collect();
        groups.sort_by_key(|group| (group.kind, std::cmp::Reverse(group.count)));
        groups
    }
}

/// A message with `#` for each number: what it has in common with those about other values.
fn alike(message: &str) -> String {
    let mut text = String::with_capacity(message.len());
    for c in message.chars() {
        match c {
            '0'..='9' if text.ends_with('#') => {}
            '0'..='9' => text.push('#'),
            c => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(rules: &str) -> Policy {
        Policy::of_module("a.rego", format!("package a\n\n{rules}")).unwrap()
    }

    fn compared(old: &str, new: &str, events: &[&str]) -> Report {
        let mut comparison = Comparison::new(&policy(old), &policy(new));
        let mut report = Report::new(2);
        for (line, event) in (1..).zip(events) {
            report.add(&format!("e:{line}"), &comparison.compare(event));
        }
        report
    }

    const OLD: &str = r#"deny contains sprintf("%d days", [input.days]) if input.days > 90"#;
    const NEW: &str = r#"deny contains sprintf("%d days", [input.days]) if input.days > 30"#;

    #[test]
    fn messages_that_differ_in_numbers_alone_are_one_group() {
        let report = compared(OLD, NEW, &[r#"{"days": 40}"#, r#"{"days": 50}"#, r#"{"days": 60}"#, r#"{"days": 1}"#]);
        let groups = report.groups();
        assert_eq!(groups.len(), 1);
        assert_eq!((&*groups[0].message, groups[0].count), ("# days", 3));
        assert_eq!(groups[0].examples, ["e:1", "e:2"], "the first few");
        assert_eq!((report.old.deny, report.new.deny, report.changed()), (0, 3, 3));
    }

    #[test]
    fn what_was_denied_is_newly_allowed() {
        let report = compared(NEW, OLD, &[r#"{"days": 40}"#, r#"{"days": 400}"#]);
        assert_eq!((report.count(Kind::NewlyAllowed), report.changed()), (1, 1));
        assert_eq!((report.groups()[0].said_by, &*report.groups()[0].message), (Side::Old, "40 days"));
    }

    #[test]
    fn another_message_is_a_change_though_the_verdict_stays() {
        let report = compared("deny contains \"no\"", "deny contains \"never\"", &["{}"]);
        assert_eq!((report.count(Kind::OtherMessages), report.groups().len()), (1, 2));
    }

    #[test]
    fn errors_of_either_side_are_counted_and_named() {
        let fails = "deny := \"x\" if input.days > 0\n\ndeny := \"y\" if input.days > 1";
        let report = compared(OLD, fails, &[r#"{"days": 2}"#, "{"]);
        assert_eq!((report.count(Kind::NewlyFailing), report.old.error, report.new.error), (1, 1, 2));
        assert_eq!((report.failed, report.unchanged), (2, 0), "what cannot be judged is not unchanged");
        assert!(report.groups()[0].message.contains("conflict"), "{:?}", report.groups());
        assert_eq!(compared(fails, OLD, &[r#"{"days": 2}"#]).count(Kind::NoLongerFailing), 1);
    }

    #[test]
    fn a_secret_of_an_event_is_in_no_group() {
        let new = r#"deny contains concat(" ", ["sent", input.headers.authorization])"#;
        let report = compared(OLD, new, &[r#"{"headers": {"authorization": "Bearer canary-12"}}"#]);
        assert_eq!(report.groups()[0].message, "sent [masked]");
    }
}
