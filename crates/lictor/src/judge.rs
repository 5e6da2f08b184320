//! Judges: which compiled rules judge an event, and what their answers mean.
//!
//! A policy is one unit: evaluated by itself, whatever its package is called. It is compiled once however many sets
//! name it; for each entity and event the units to ask are listed beforehand. Harness's rules say what an answer means:
//! `deny` that is undefined, `false`, an empty string or an empty collection passes; `true`, a text or texts deny.

use lictor_engine::Location;
use lictor_value::{Value, View, same, text};

use crate::decision::Finding;
use crate::event::{Entity, Event, Events, Place, Route};
use crate::gate::Audience;
use crate::policy_set::{PolicySet, Scope, Severity};
use crate::usage::OnStateError;

/// Who judges what.
#[derive(Default)]
pub(crate) struct Judges {
    /// Compiled policies.
    pub(crate) units: Vec<Unit>,
    pub(crate) sets: Vec<Set>,
    /// The units to ask, by entity and event: see [`slot`].
    tasks: [Vec<Task>; SLOTS],
    /// By entity and event, of each unit the position of its task.
    positions: [Vec<Option<u32>>; SLOTS],
    /// Whether any set is for some places only.
    pub(crate) scoped: bool,
    /// Whether routing matters at all: without sets every event meets every unit.
    pub(crate) routed: bool,
    /// Whether the rule of any set is to go by what was seen last of a token's use.
    pub(crate) remembers: bool,
}

/// A compiled policy.
pub(crate) struct Unit {
    /// Its `deny` rules, one a package.
    pub(crate) denies: Vec<Deny>,
}

/// A `deny` rule.
pub(crate) struct Deny {
    /// The routine that gives its value.
    pub(crate) routine: u32,
    /// The choice that the routine begins with, if its guards say all about it.
    pub(crate) choice: Option<u32>,
    /// Where its first definition stands: `file:row`.
    pub(crate) rule: String,
    /// Whether it has more than that one.
    pub(crate) many: bool,
}

/// Where each value, or member of the value, of a `deny` rule comes from.
pub(crate) type Sources<'v> = [(Value<'v>, Location)];

/// A policy set, as far as deciding needs it.
pub(crate) struct Set {
    pub(crate) name: String,
    entity: Option<Entity>,
    events: Events,
    scope: Scope,
    pub(crate) enforced: bool,
    on_state_error: Option<OnStateError>,
    /// Name, severity and unit of each policy.
    pub(crate) policies: Vec<(String, Severity, usize)>,
}

/// Looks on while an event is judged. Those who only want a decision give `()`, which costs nothing.
pub(crate) trait Observer {
    /// The event is to be judged as `route` says; `said` tells whether the event or its sender said so.
    fn routed(&mut self, judges: &Judges, route: &Route<'_>, said: bool);
    /// A unit's evaluation failed.
    fn failed(&mut self, unit: usize);
}

impl Observer for () {
    #[inline]
    fn routed(&mut self, _: &Judges, _: &Route<'_>, _: bool) {}
    #[inline]
    fn failed(&mut self, _: usize) {}
}

/// A unit to ask, and for whom.
pub(crate) struct Task {
    pub(crate) unit: usize,
    /// Positions of set and policy.
    uses: Vec<(usize, usize)>,
}

const EVENTS: usize = 6;
pub(crate) const SLOTS: usize = 2 * EVENTS;

/// Where the tasks of an entity and event stand.
#[inline]
pub(crate) fn slot(entity: Entity, event: Event) -> usize {
    entity as usize * EVENTS + event as usize
}

impl Judges {
    /// Judges without sets: every unit judges every event, and what it denies is refused.
    pub(crate) fn of_units(units: Vec<(String, Unit)>) -> Self {
        let policies = units.iter().enumerate().map(|(i, (name, _))| (name.clone(), Severity::Error, i)).collect();
        let set = Set {
            name: "default".into(),
            entity: None,
            events: Events::ON_SAVE.with(Events::of(&[Event::Revoke, Event::Use])),
            scope: Scope::default(),
            enforced: true,
            on_state_error: None,
            policies,
        };
        Judges::new(units.into_iter().map(|(_, unit)| unit).collect(), vec![set], false)
    }

    /// Judges of policy sets; `unit_of` gives the unit of each policy, in the order of sets and policies.
    pub(crate) fn of_sets(units: Vec<Unit>, sets: &[PolicySet], mut unit_of: impl Iterator<Item = usize>) -> Self {
        let sets = sets.iter().map(|set| Set {
            name: set.name.clone(),
            entity: Some(set.entity),
            events: set.events,
            scope: set.scope.clone(),
            enforced: set.enforced,
            on_state_error: set.on_state_error,
            policies: (set.policies.iter().zip(&mut unit_of))
                .map(|(policy, unit)| (policy.name.clone(), policy.severity, unit))
                .collect(),
        });
        let sets = sets.collect();
        Judges::new(units, sets, true)
    }

    fn new(units: Vec<Unit>, sets: Vec<Set>, routed: bool) -> Self {
        let mut tasks: [Vec<Task>; SLOTS] = Default::default();
        let mut positions: [Vec<Option<u32>>; SLOTS] = Default::default();
        for entity in Entity::ALL {
            for event in [Event::Create, Event::Update, Event::Rotate, Event::Revoke, Event::Use, Event::Save] {
                let list = &mut tasks[slot(entity, event)];
                let position = &mut positions[slot(entity, event)];
                position.resize(units.len(), None);
                let judging = sets
                    .iter()
                    .enumerate()
                    .filter(|(_, set)| set.entity.is_none_or(|e| e == entity) && set.events.includes(event));
                for (at, set) in judging {
                    for (number, (_, _, unit)) in set.policies.iter().enumerate() {
                        let place = *position[*unit].get_or_insert_with(|| {
                            list.push(Task { unit: *unit, uses: vec![] });
                            list.len() as u32 - 1
                        });
                        list[place as usize].uses.push((at, number));
                    }
                }
            }
        }
        let scoped = sets.iter().any(|set| !set.scope.is_everywhere());
        let remembers = sets.iter().any(|set| matches!(set.on_state_error, Some(OnStateError::Stale(_))));
        Judges { units, sets, tasks, positions, scoped, routed, remembers }
    }

    /// What becomes of an event while it is not known how its token was used: by the strictest rule of the enforced sets that
    /// judge it. Nobody else could refuse it.
    pub(crate) fn rule(&self, route: &Route<'_>, otherwise: OnStateError) -> OnStateError {
        let judging = self.judging(route).into_iter().map(|(set, ..)| &self.sets[set]).filter(|set| set.enforced);
        judging.map(|set| set.on_state_error.unwrap_or(otherwise)).min().unwrap_or(OnStateError::Allow)
    }

    /// The units to ask about an event.
    #[inline]
    pub(crate) fn tasks(&self, route: &Route<'_>) -> &[Task] {
        &self.tasks[slot(route.entity, route.event)]
    }

    /// Of each unit, the position of its task among those of an event.
    #[inline]
    pub(crate) fn positions(&self, route: &Route<'_>) -> &[Option<u32>] {
        &self.positions[slot(route.entity, route.event)]
    }

    /// For whom each unit is: none of its audiences is part of another one.
    pub(crate) fn audiences(&self) -> Vec<Vec<Audience<'_>>> {
        let mut all: Vec<Vec<Audience<'_>>> = vec![vec![]; self.units.len()];
        for (slot, tasks) in self.tasks.iter().enumerate() {
            for task in tasks {
                let known = &mut all[task.unit];
                for (set, _) in &task.uses {
                    let scope = &self.sets[*set].scope;
                    match known.iter_mut().find(|audience| audience.scope == scope) {
                        Some(audience) => audience.slots |= 1 << slot,
                        None => known.push(Audience { slots: 1 << slot, scope }),
                    }
                }
            }
        }
        for known in &mut all {
            if let Some(everywhere) = known.iter().copied().find(|audience| audience.scope.is_everywhere()) {
                known.retain(|a| a.scope == everywhere.scope || a.slots & !everywhere.slots != 0);
            }
        }
        all
    }

    /// Whether somebody within whose scope `place` is wants to know.
    #[inline]
    pub(crate) fn wants(&self, task: &Task, place: &Place<'_>) -> bool {
        !self.scoped || task.uses.iter().any(|(set, _)| self.sets[*set].scope.contains(place))
    }

    /// Who judges an event: positions of set and policy, in their order, and the unit of each.
    pub(crate) fn judging(&self, route: &Route<'_>) -> Vec<(usize, usize, usize)> {
        let uses =
            self.tasks(route).iter().flat_map(|task| task.uses.iter().map(|(set, policy)| (*set, *policy, task.unit)));
        let mut judging: Vec<_> = uses.filter(|(set, ..)| self.sets[*set].scope.contains(&route.place)).collect();
        judging.sort_unstable();
        judging
    }

    /// Adds what `deny`'s value makes of an event, for everybody who asked.
    pub(crate) fn findings(
        &self,
        task: &Task,
        deny: &Deny,
        value: Value<'_>,
        sources: &Sources<'_>,
        place: &Place<'_>,
        findings: &mut Vec<(usize, usize, Finding)>,
    ) {
        let mut messages: Vec<(String, String)> = messages(value)
            .into_iter()
            .map(|(message, said)| {
                let source = sources.iter().find(|(value, _)| same(*value, said));
                (message, source.map_or_else(|| deny.rule.clone(), |(_, at)| format!("{}:{}", at.file, at.row)))
            })
            .collect();
        let mut uses = task.uses.iter().filter(|(set, _)| self.sets[*set].scope.contains(place)).peekable();
        while let Some((set_at, policy_at)) = uses.next() {
            let set = &self.sets[*set_at];
            let (policy, severity, _) = &set.policies[*policy_at];
            let mut add = |(message, rule): (String, String)| {
                let (set_name, policy, enforced) = (set.name.clone(), policy.clone(), set.enforced);
                let finding = Finding { set: set_name, policy, rule, message, severity: *severity, enforced };
                findings.push((*set_at, *policy_at, finding));
            };
            // The last one gets the messages themselves.
            match uses.peek() {
                None => std::mem::take(&mut messages).into_iter().for_each(&mut add),
                Some(_) => messages.iter().cloned().for_each(&mut add),
            }
        }
    }

    /// A word on who judges.
    pub(crate) fn describe(&self) -> String {
        format!("{} policy sets, {} policies", self.sets.len(), self.units.len())
    }
}

/// Whether a value of `deny` lets the event pass.
#[inline]
pub(crate) fn passes(value: Value<'_>) -> bool {
    match value.view() {
        View::Bool(denied) => !denied,
        View::Str(message) => message.is_empty(),
        View::Array(messages) => messages.is_empty(),
        View::Set(messages) => messages.is_empty(),
        View::Object(messages) => messages.is_empty(),
        View::Null | View::Int(_) | View::Number(_) => false,
    }
}

/// The messages in a value of `deny` that does not pass, and the value that each stands for.
pub(crate) fn messages(value: Value<'_>) -> Vec<(String, Value<'_>)> {
    match value.view() {
        View::Array(items) => items.iter().map(|item| (message(*item), value)).collect(),
        View::Set(set) => set.items().iter().map(|item| (message(*item), *item)).collect(),
        View::Bool(_) => vec![("denied".to_owned(), value)],
        _ => vec![(message(value), value)],
    }
}

/// A message: a text as it is, an object's `msg` or `message`, anything else as Rego text.
fn message(value: Value<'_>) -> String {
    let said = value.as_object().and_then(|object| object.get_str("msg").or_else(|| object.get_str("message")));
    match said.unwrap_or(value).as_bytes() {
        Some(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        None => {
            let mut rego = Vec::new();
            text::write_rego(value, &mut rego);
            String::from_utf8_lossy(&rego).into_owned()
        }
    }
}

impl Task {
    /// Whose findings come first: set, then policy.
    pub(crate) fn sorted(mut findings: Vec<(usize, usize, Finding)>) -> Vec<Finding> {
        findings.sort_by_key(|(set, policy, _)| (*set, *policy));
        findings.into_iter().map(|(_, _, finding)| finding).collect()
    }
}

#[cfg(test)]
mod tests {
    use lictor_value::{Arena, json};

    use super::*;

    #[test]
    fn what_deny_says_is_read_as_harness_reads_it() {
        let arena = Arena::default();
        let parse = |text: &'static str| json::parse(&arena, text.as_bytes()).unwrap();
        for passing in ["false", "\"\"", "[]", "{}"] {
            assert!(passes(parse(passing)), "{passing}");
        }
        for (denying, said) in [
            ("true", vec!["denied"]),
            ("\"no\"", vec!["no"]),
            ("[\"b\",\"a\"]", vec!["b", "a"]),
            ("[{\"msg\":\"m\"},{\"x\":1}]", vec!["m", "{\"x\": 1}"]),
            ("null", vec!["null"]),
            ("0", vec!["0"]),
        ] {
            assert!(!passes(parse(denying)), "{denying}");
            let read: Vec<String> = messages(parse(denying)).into_iter().map(|(message, _)| message).collect();
            assert_eq!(read, said, "{denying}");
        }
    }
}
