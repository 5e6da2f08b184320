//! An evaluation: a decision, with what the event was about and everybody who judged it.
//!
//! Not a record: it has no time and no id, and its messages are as policies say them, secrets and all.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::decision::{Decision, Verdict};
use crate::error::Error;
use crate::event::{Entity, Event, Place, Route};
use crate::git::Commit;
use crate::judge::{Judges, Observer};
use crate::policy_set::Severity;
use crate::revision::Revision;

/// What came of an evaluation, of a set or of a policy. Later is worse; the worst of the parts is that of the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Nothing was found.
    Pass,
    /// Something was found, but nothing that refuses.
    Warning,
    /// Refused, or not judged at all.
    Error,
}

/// A decision, and who made it.
#[derive(Clone, Debug)]
pub struct Evaluation {
    /// The decision, or why there is none.
    pub outcome: Result<Decision, Error>,
    /// What the event was about; `None` where it does not say, or where nobody needs to know: policies without sets judge
    /// every event.
    pub subject: Option<Subject>,
    /// The sets that judged, with their policies: those who let it pass too. Where an evaluation failed only the policy
    /// that failed is here: what others would have said is not known.
    pub sets: Vec<SetEvaluation>,
    /// The policy that judged, by [`crate::Policy::revision`].
    pub revision: String,
    /// The commits that it was read from: [`crate::Policy::commits`].
    pub commits: Arc<[Commit]>,
    /// The event as it was judged, where that is not as it was given: a [`crate::Tracked`] session writes usage and instant
    /// into it. Records and decision logs are of this one.
    pub judged: Option<Vec<u8>>,
}

/// What an event was about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// The entity.
    pub entity: Entity,
    /// What happened to it.
    pub event: Event,
    /// Where.
    pub place: RecordedPlace,
}

/// A [`Place`] that outlives its event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedPlace {
    /// The account.
    pub account: Option<String>,
    /// The organization.
    pub org: Option<String>,
    /// The project.
    pub project: Option<String>,
}

/// A set that judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetEvaluation {
    /// Its name.
    pub name: String,
    /// Whether it is enforced.
    pub enforced: bool,
    /// The worst of its policies'; a set that is not enforced warns at most.
    pub status: Status,
    /// Its policies, in order.
    pub policies: Vec<PolicyEvaluation>,
}

/// A policy that judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyEvaluation {
    /// Its name.
    pub name: String,
    /// How severe the set takes it.
    pub severity: Severity,
    /// What came of it: as severe as the set takes it, whether or not the set is enforced.
    pub status: Status,
    /// What it said.
    pub messages: Vec<String>,
}

impl Status {
    /// The name that files and output use.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Pass => "pass",
            Status::Warning => "warning",
            Status::Error => "error",
        }
    }
}

impl From<Place<'_>> for RecordedPlace {
    fn from(place: Place<'_>) -> Self {
        let owned = |part: Option<&str>| part.map(str::to_owned);
        RecordedPlace { account: owned(place.account), org: owned(place.org), project: owned(place.project) }
    }
}

impl Evaluation {
    /// The evaluation of an event that never came to be judged.
    pub fn failed(error: Error) -> Self {
        Evaluation {
            outcome: Err(error),
            subject: None,
            sets: vec![],
            revision: String::new(),
            commits: Arc::default(),
            judged: None,
        }
    }

    /// The worst of the sets' statuses; an event that could not be judged is an error. It agrees with the verdict.
    pub fn status(&self) -> Status {
        match self.outcome.as_ref().map(|decision| decision.verdict) {
            Ok(Verdict::Allow) => Status::Pass,
            Ok(Verdict::Warn) => Status::Warning,
            Ok(Verdict::Deny) | Err(_) => Status::Error,
        }
    }
}

/// Notes, while an event is judged, who is to judge it.
#[derive(Default)]
pub(crate) struct Trail {
    subject: Option<Subject>,
    /// Positions of set and policy, and the unit.
    judging: Vec<(usize, usize, usize)>,
    failed: Option<usize>,
}

impl Observer for Trail {
    fn routed(&mut self, judges: &Judges, route: &Route<'_>, said: bool) {
        let Route { entity, event, place } = *route;
        self.subject = said.then(|| Subject { entity, event, place: place.into() });
        self.judging = judges.judging(route);
    }

    fn failed(&mut self, unit: usize) {
        self.failed = Some(unit);
    }
}

impl Trail {
    /// The evaluation that ended with `outcome`.
    pub(crate) fn end(self, judges: &Judges, revision: &Revision, outcome: Result<Decision, Error>) -> Evaluation {
        let known = |unit: usize| outcome.is_ok() || self.failed == Some(unit);
        let mut sets: Vec<SetEvaluation> = Vec::new();
        let mut last = None;
        for (set_at, policy_at, _) in self.judging.iter().filter(|(_, _, unit)| known(*unit)) {
            let set = &judges.sets[*set_at];
            if last != Some(*set_at) {
                last = Some(*set_at);
                let (name, enforced) = (set.name.clone(), set.enforced);
                sets.push(SetEvaluation { name, enforced, status: Status::Pass, policies: vec![] });
            }
            let (name, severity, _) = &set.policies[*policy_at];
            let findings = outcome.iter().flat_map(|decision| &decision.findings);
            let said = findings.filter(|finding| finding.set == set.name && finding.policy == *name);
            let messages: Vec<String> = said.map(|finding| finding.message.clone()).collect();
            let status = match (&outcome, severity) {
                (Ok(_), _) if messages.is_empty() => Status::Pass,
                (Ok(_), Severity::Warning) => Status::Warning,
                (Ok(_), Severity::Error) | (Err(_), _) => Status::Error,
            };
            if let Some(within) = sets.last_mut() {
                let most = if set.enforced || outcome.is_err() { Status::Error } else { Status::Warning };
                within.status = within.status.max(status.min(most));
                within.policies.push(PolicyEvaluation { name: name.clone(), severity: *severity, status, messages });
            }
        }
        let (revision, commits) = (revision.whole.clone(), Arc::clone(&revision.commits));
        Evaluation { outcome, subject: self.subject, sets, revision, commits, judged: None }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::builder::Builder;
    use crate::policy_set::PolicySet;

    fn set(name: &str, head: &str, policies: &[(&str, &str, &str)]) -> PolicySet {
        let policy = |(name, severity, rule): &(&str, &str, &str)| {
            format!("  - {{name: {name}, severity: {severity}, rego: \"package {name}\\ndeny contains {rule}\"}}\n")
        };
        let policies: String = policies.iter().map(policy).collect();
        let text = format!("name: {name}\nentity: token\n{head}\npolicies:\n{policies}");
        PolicySet::parse(&text, Path::new("set.yaml")).unwrap()
    }

    fn evaluate(sets: Vec<PolicySet>, event: &str) -> Evaluation {
        Builder::new().sets(sets).build().unwrap().session().evaluate(event)
    }

    fn said(evaluation: &Evaluation) -> Vec<String> {
        let sets = evaluation.sets.iter().map(|set| {
            let policies: Vec<String> =
                set.policies.iter().map(|p| format!("{} {}", p.name, p.status.as_str())).collect();
            format!("{} {}: {}", set.name, set.status.as_str(), policies.join(", "))
        });
        sets.collect()
    }

    const EVENT: &str = r#"{"metadata": {"type": "token", "action": "onsave"},
        "token": {"n": 1, "accountIdentifier": "a", "orgIdentifier": "o"}}"#;
    const HIT: &str = "'no' if input.token.n == 1";
    const MISS: &str = "'no' if input.token.n == 2";

    fn quoted(rule: &str) -> String {
        rule.replace('\'', "`")
    }

    #[test]
    fn an_evaluation_names_who_let_the_event_pass_too_and_the_worst_counts() {
        let (hit, miss) = (quoted(HIT), quoted(MISS));
        let sets = vec![
            set("one", "enforced: true", &[("a", "error", &miss), ("b", "warning", &hit)]),
            set("shadow", "enforced: false", &[("c", "error", &hit)]),
            set("elsewhere", "scope: {account: x}", &[("d", "error", &hit)]),
            set("uses", "events: on_use", &[("e", "error", &hit)]),
        ];
        let evaluation = evaluate(sets, EVENT);
        assert_eq!(said(&evaluation), ["one warning: a pass, b warning", "shadow warning: c error"]);
        assert_eq!(evaluation.status(), Status::Warning);
        let subject = evaluation.subject.unwrap();
        assert_eq!((subject.entity, subject.event), (Entity::Token, Event::Save));
        assert_eq!((subject.place.account.as_deref(), subject.place.project), (Some("a"), None));
    }

    #[test]
    fn nobody_who_passes_is_forgotten_when_nothing_is_found() {
        let evaluation = evaluate(vec![set("one", "enforced: true", &[("a", "error", &quoted(MISS))])], EVENT);
        assert_eq!(said(&evaluation), ["one pass: a pass"]);
        assert_eq!(evaluation.status(), Status::Pass);
    }

    #[test]
    fn an_event_that_cannot_be_judged_names_the_policy_that_failed_and_no_other() {
        let broken = "x if {x := {`k`: v | some v in input.token.list}}";
        let sets =
            vec![set("one", "enforced: false", &[("a", "error", &quoted(MISS)), ("b", "warning", &quoted(broken))])];
        let event = EVENT.replace("\"n\": 1", "\"n\": 2, \"list\": [1, 2]");
        let evaluation = evaluate(sets, &event);
        assert!(evaluation.outcome.is_err());
        assert_eq!(said(&evaluation), ["one error: b error"]);
        assert_eq!(evaluation.status(), Status::Error);
    }

    #[test]
    fn an_event_that_does_not_say_what_it_is_about_is_judged_by_nobody() {
        let evaluation = evaluate(vec![set("one", "", &[("a", "error", &quoted(HIT))])], "{}");
        assert!(evaluation.subject.is_none() && evaluation.sets.is_empty());
        assert_eq!(evaluation.status(), Status::Error);
    }
}
