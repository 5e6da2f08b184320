//! Explanations: for each policy, which definition of `deny` held, or what kept it from holding, with the values it had.
//!
//! ```
//! use lictor::{Builder, PolicySet};
//!
//! let set = PolicySet::parse(r#"
//! name: tokens
//! entity: token
//! enforced: true
//! policies:
//!   - name: lifetime
//!     severity: error
//!     rego: |
//!       package lifetime
//!       deny contains "too long" if input.token.days > 90
//! "#, "tokens.yaml".as_ref())?;
//! let explainer = Builder::new().sets(vec![set]).explainer()?;
//! let explanation = explainer.explain(r#"{"metadata": {"type": "token"}, "token": {"name": "ci"}}"#)?;
//! let failed = explanation.policies[0].definitions[0].failed.as_ref().unwrap();
//! assert_eq!(failed.text, "input.token.days > 90");
//! assert_eq!((&*failed.values[0].term, &failed.values[0].value), ("input.token.days", &None)); // it is undefined
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The decision is that of the policy as it runs anywhere else. Why is found out by evaluating each policy's `deny` once
//! more, in a program that notes what holds and what fails. What is shown comes without the event's credentials.

use lictor_engine::{Failed, Input, Linked, Options, Session as Engine};
use lictor_ir::Program;
use lictor_syntax::{Source, Span};
use lictor_value::{Arena, Value, json};
use serde::Serialize;

use crate::builder::Builder;
use crate::compile::{self, Noting};
use crate::decision::{Decision, Verdict};
use crate::error::{BuildError, Error};
use crate::event::{Entity, Event, Place, Route};
use crate::judge;
use crate::policy::Policy;
use crate::policy_set::{PolicySet, PolicySource, Severity};
use crate::record::{Masked, Masking};
use crate::route;
use crate::session::malformed;
use crate::test::explain::Explainer as Literals;
use crate::test::explain::Reason;

/// Ways in which a definition held that are shown.
const MOST_WAYS: usize = 8;

/// Policy sets, compiled to be explained. Slower than a [`Policy`]: for people, not for the hot path.
pub struct Explainer {
    policy: Policy,
    sets: Vec<PolicySet>,
    /// Each text once.
    units: Vec<Noting>,
    /// The unit of each policy, in the order of sets and policies.
    unit_of: Vec<usize>,
}

/// Why an event is decided as it is.
#[derive(Clone, Debug, Serialize)]
pub struct Explanation {
    /// What the event is about.
    pub entity: Entity,
    /// What happens.
    pub event: Event,
    /// The account, where it is known.
    pub account: Option<String>,
    /// The organization.
    pub org: Option<String>,
    /// The project.
    pub project: Option<String>,
    /// The decision; `None` where there is none but an error.
    pub verdict: Option<Verdict>,
    /// Why there is no decision.
    pub error: Option<String>,
    /// Each policy of each set.
    pub policies: Vec<PolicyExplanation>,
}

/// What a policy of a set has to say of an event.
#[derive(Clone, Debug, Serialize)]
pub struct PolicyExplanation {
    /// The policy set.
    pub set: String,
    /// The policy.
    pub policy: String,
    /// Its file.
    pub file: String,
    /// How severe the set takes it.
    pub severity: Severity,
    /// Whether the set is enforced; what it denies is only reported otherwise.
    pub enforced: bool,
    /// What it says.
    pub outcome: Outcome,
    /// Why not, where it is not asked: each thing that does not fit.
    pub not_asked: Vec<String>,
    /// What it denies with; empty where it passes.
    pub messages: Vec<String>,
    /// Why its evaluation failed; where it passes or denies all the same, only the one that would have told why.
    pub error: Option<String>,
    /// Each definition of its `deny`; empty where it is not asked.
    pub definitions: Vec<Definition>,
}

/// What a policy says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It denies.
    Denies,
    /// It has nothing against the event.
    Passes,
    /// Its evaluation fails, so that nothing is decided.
    Fails,
    /// Its set does not apply.
    NotAsked,
}

/// A definition of a rule `deny`.
#[derive(Clone, Debug, Serialize)]
pub struct Definition {
    /// Its file.
    pub file: String,
    /// Its row, from 1.
    pub row: u32,
    /// Its first row's text.
    pub text: String,
    /// How it ended.
    pub outcome: DefinitionOutcome,
    /// What it says.
    pub messages: Vec<String>,
    /// Where it held, the ways in which it did, the first few: its literals with their values.
    pub held: Vec<Vec<Literal>>,
    /// Where it did not, the literal that failed farthest down, as it was the last time.
    pub failed: Option<Literal>,
    /// Which one that is, from 1, in the order of evaluation.
    pub literal: Option<usize>,
    /// How many literals there are.
    pub literals: usize,
}

/// How a definition ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DefinitionOutcome {
    /// Its body held.
    Held,
    /// A literal of its body did not.
    Failed,
    /// What it would give is undefined, or it was not evaluated, since the rule's value was known before.
    NoValue,
}

/// A literal, with the values it had.
#[derive(Clone, Debug, Serialize)]
pub struct Literal {
    /// Its file.
    pub file: String,
    /// Its row, from 1.
    pub row: u32,
    /// Its column, from 1.
    pub col: u32,
    /// Its text, indentation taken off.
    pub text: String,
    /// Terms in it, in order; one that is undefined ends them.
    pub values: Vec<TermValue>,
    /// Where it failed: what failed in the rules and functions that it asked for, or in its own body.
    pub because: Vec<Literal>,
}

/// A term and its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TermValue {
    /// The term as written.
    pub term: String,
    /// Its value as Rego text; `None` where it is undefined.
    pub value: Option<String>,
}

impl Builder {
    /// Compiles the policy sets that were gathered, to explain what they decide.
    ///
    /// # Errors
    /// Everything that is wrong with them and the data; also when there is no set.
    pub fn explainer(self) -> Result<Explainer, BuildError> {
        if self.sets.is_empty() {
            return Err(BuildError::NoSets);
        }
        let data = self.document()?;
        let (mut units, mut unit_of): (Vec<Noting>, _) = (vec![], vec![]);
        let mut known = std::collections::HashMap::new();
        let mut rejected = None;
        for policy in self.sets.iter().flat_map(|set| &set.policies) {
            let unit = *known.entry(policy.unit()).or_insert(units.len());
            unit_of.push(unit);
            if unit == units.len() {
                match compile::noting(&self, policy, data.clone()) {
                    Ok(noting) => units.push(noting),
                    Err(error) => {
                        rejected = Some(error);
                        break;
                    }
                }
            }
        }
        let mut sets = self.sets.clone();
        sets.iter_mut().for_each(|set| set.enforced |= self.enforce_all);
        // Where something is wrong it says so of all policies.
        let policy = self.build()?;
        match rejected {
            Some(error) => Err(error),
            None => Ok(Explainer { policy, sets, units, unit_of }),
        }
    }
}

impl Explainer {
    /// The policy that decides.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Explains the decision on an event; the payload says what it is about, as for [`crate::Session::decide`].
    ///
    /// # Errors
    /// When the event is not JSON, or does not say what it is about. A policy's evaluation that fails is explained.
    pub fn explain(&self, event: impl AsRef<[u8]>) -> Result<Explanation, Error> {
        self.explained(None, event.as_ref())
    }

    /// Explains the decision on an event whose sender knows what it is about.
    ///
    /// # Errors
    /// When the event is not JSON.
    pub fn explain_routed(&self, route: &Route<'_>, event: impl AsRef<[u8]>) -> Result<Explanation, Error> {
        self.explained(Some(route), event.as_ref())
    }

    fn explained(&self, given: Option<&Route<'_>>, event: &[u8]) -> Result<Explanation, Error> {
        let limits = self.policy.shared.settings.limits;
        if let Err(error) = std::str::from_utf8(event) {
            return Err(malformed(json::JsonError::at(event, error.valid_up_to(), json::JsonErrorKind::NotUtf8)));
        }
        let arena = Arena::with_limit(limits.memory);
        let tree = json::parse(&arena, event).map_err(malformed)?;
        let route = match given {
            Some(route) => *route,
            None => route::of_tree(tree)?,
        };
        let secrets = Masking::default().read(event);
        let mut session = self.policy.session();
        let decision = match given {
            Some(route) => session.decide_routed(route, event),
            None => session.decide(event),
        };
        let mut engine = Engine::new(limits);
        let policies = self.sets.iter().flat_map(|set| set.policies.iter().map(move |policy| (set, policy)));
        let policies = policies.zip(&self.unit_of).map(|((set, policy), unit)| {
            let mut explained = PolicyExplanation::of(set, policy);
            explained.not_asked = not_asked(set, &route);
            if explained.not_asked.is_empty() {
                self.ask(&self.units[*unit], tree, &mut engine, &secrets, &mut explained);
            }
            if let (Outcome::Fails, Ok(decision)) = (explained.outcome, &decision) {
                explained.decided(decision, &secrets);
            }
            explained
        });
        let owned = |part: Option<&str>| part.map(|part| secrets.text(part));
        let Place { account, org, project } = route.place;
        Ok(Explanation {
            entity: route.entity,
            event: route.event,
            account: owned(account),
            org: owned(org),
            project: owned(project),
            policies: policies.collect(),
            verdict: decision.as_ref().ok().map(|decision| decision.verdict),
            error: decision.err().map(|error| secrets.text(&error.to_string())),
        })
    }

    /// Evaluates the `deny` rules of a policy and tells how each definition ended.
    fn ask<'s>(
        &'s self,
        unit: &'s Noting,
        event: Value<'s>,
        engine: &'s mut Engine,
        secrets: &Masked,
        explained: &mut PolicyExplanation,
    ) {
        explained.outcome = Outcome::Passes;
        let shared = &*self.policy.shared;
        let options = Options {
            strict_builtin_errors: shared.settings.strict_builtin_errors,
            now_ns: shared.settings.now_ns,
            ..Options::new(&*shared.host)
        };
        let linked: &Linked = &unit.linked;
        let program = linked.program();
        let mut evaluation = engine.begin();
        for (entry, spans) in &unit.denies {
            let Some(entry) = program.entry(entry) else { continue };
            let mut inquiry = evaluation.open(linked, Input::Tree(event), &options);
            let (value, sources) = match inquiry.ask_why(entry.routine) {
                Ok(answer) => answer,
                Err(error) => {
                    explained.outcome = Outcome::Fails;
                    explained.error = Some(secrets.text(&Error::from(error).to_string()));
                    explained.definitions.clear();
                    explained.messages.clear();
                    return;
                }
            };
            let trace = inquiry.traced();
            let view = View { program, unit, secrets };
            let said: Vec<(String, Option<(u32, u32)>)> = match value {
                Some(value) if !judge::passes(value) => judge::messages(value)
                    .into_iter()
                    .map(|(message, said)| {
                        let source = sources.iter().find(|(value, _)| lictor_value::same(*value, said));
                        (secrets.text(&message), source.map(|(_, at)| (at.row, at.col)))
                    })
                    .collect(),
                _ => vec![],
            };
            if !said.is_empty() && explained.outcome == Outcome::Passes {
                explained.outcome = Outcome::Denies;
            }
            explained.messages.extend(said.iter().map(|(message, _)| message.clone()));
            let failed: Vec<&Failed<'_>> = trace.failed.iter().flatten().collect();
            for span in spans {
                let mut definition = view.definition(*span);
                let within = |mark: u32| program.marks.get(mark as usize).is_some_and(|mark| span.holds(mark));
                let ways = trace.passed.iter().filter(|passed| within(passed.mark)).take(MOST_WAYS);
                definition.held =
                    ways.map(|passed| passed.held.iter().filter_map(|held| view.literal(held)).collect()).collect();
                let literals = view.literals(*span);
                definition.literals = literals.len();
                let place = unit.files.first().map(|source| source.position(span.start));
                let own = said.iter().filter(|(_, at)| at.is_some() && *at == place);
                definition.messages = own.map(|(message, _)| message.clone()).collect();
                if !definition.held.is_empty() {
                    definition.outcome = DefinitionOutcome::Held;
                } else if let Some(farthest) =
                    failed.iter().filter(|failed| within(failed.mark)).max_by_key(|failed| failed.mark)
                {
                    definition.outcome = DefinitionOutcome::Failed;
                    definition.literal =
                        literals.iter().position(|number| *number == farthest.mark).map(|position| position + 1);
                    definition.failed = view.literal(farthest);
                }
                explained.definitions.push(definition);
            }
        }
    }
}

/// Whether a mark is within a part of the first file.
trait Holds {
    fn holds(&self, mark: &lictor_ir::Mark) -> bool;
}

impl Holds for Span {
    fn holds(&self, mark: &lictor_ir::Mark) -> bool {
        mark.file == 0 && self.start <= mark.start && mark.end <= self.end
    }
}

/// A policy's text and marks.
struct View<'u> {
    program: &'u Program,
    unit: &'u Noting,
    secrets: &'u Masked,
}

impl View<'_> {
    fn definition(&self, span: Span) -> Definition {
        let source: Option<&Source> = self.unit.files.first().map(|source| &**source);
        let text = source.and_then(|source| span.of(source.text()).lines().next()).unwrap_or_default();
        Definition {
            file: source.map(|source| source.name().to_string()).unwrap_or_default(),
            row: source.map_or(0, |source| source.position(span.start).0),
            text: text.trim_end().to_owned(),
            outcome: DefinitionOutcome::NoValue,
            messages: vec![],
            held: vec![],
            failed: None,
            literal: None,
            literals: 0,
        }
    }

    /// The marks of a body's own literals, in the order of evaluation.
    fn literals(&self, body: Span) -> Vec<u32> {
        let marks = (0..).zip(&self.program.marks);
        let within: Vec<_> = marks.filter(|(_, mark)| body.holds(mark) && !mark.definition && !mark.quiet).collect();
        let span = |mark: &lictor_ir::Mark| Span { start: mark.start, end: mark.end };
        let own = within.iter().filter(|(number, mark)| {
            // Inside another one, or a part that is noted beside it.
            let around = |(other, around): &&(u32, &lictor_ir::Mark)| {
                span(around).holds(mark) && (span(around) != span(mark) || other < number)
            };
            !within.iter().any(|other| around(&other))
        });
        own.map(|(number, _)| *number).collect()
    }

    fn literal(&self, noted: &Failed<'_>) -> Option<Literal> {
        let literals = Literals { program: self.program, files: &self.unit.files };
        literals.literal(noted).map(|reason| Literal::of(reason, self.secrets))
    }
}

impl Literal {
    fn of(reason: Reason, secrets: &Masked) -> Self {
        let value =
            |(term, value): (String, Option<String>)| TermValue { term, value: value.map(|v| secrets.text(&v)) };
        Literal {
            file: reason.file.to_string(),
            row: reason.row,
            col: reason.col,
            text: reason.text,
            values: reason.values.into_iter().map(value).collect(),
            because: reason.because.into_iter().map(|inner| Literal::of(inner, secrets)).collect(),
        }
    }
}

impl PolicyExplanation {
    fn of(set: &PolicySet, policy: &PolicySource) -> Self {
        PolicyExplanation {
            set: set.name.clone(),
            policy: policy.name.clone(),
            file: policy.file.clone(),
            severity: policy.severity,
            enforced: set.enforced,
            outcome: Outcome::NotAsked,
            not_asked: vec![],
            messages: vec![],
            error: None,
            definitions: vec![],
        }
    }

    /// What was decided, where only the evaluation that notes why has failed. It evaluates literals in their order, and so
    /// meets errors that others never come to, since they know beforehand that a later literal does not hold.
    fn decided(&mut self, decision: &Decision, secrets: &Masked) {
        let own = decision.findings.iter().filter(|finding| finding.set == self.set && finding.policy == self.policy);
        self.messages = own.map(|finding| secrets.text(&finding.message)).collect();
        self.outcome = if self.messages.is_empty() { Outcome::Passes } else { Outcome::Denies };
    }
}

/// What of a set does not fit an event.
fn not_asked(set: &PolicySet, route: &Route<'_>) -> Vec<String> {
    let mut why = vec![];
    if set.entity != route.entity {
        why.push(format!("it judges entity {}, the event's is {}", set.entity, route.entity));
    }
    if !set.events.includes(route.event) {
        let events: Vec<String> = set.events.iter().map(|event| event.to_string()).collect();
        why.push(format!("it judges events {}, this one is {}", events.join(", "), route.event));
    }
    let Place { account, org, project } = route.place;
    let parts = [("account", &set.scope.account, account), ("org", &set.scope.org, org)];
    for (word, wanted, there) in parts.into_iter().chain([("project", &set.scope.project, project)]) {
        match (wanted.as_deref(), there) {
            (Some(wanted), Some(there)) if wanted != there => {
                why.push(format!("its scope is {word} {wanted}, the event is in {there}"));
            }
            (Some(wanted), None) => why.push(format!("its scope is {word} {wanted}, the event names no {word}")),
            _ => {}
        }
    }
    why
}
