//! The gate of a policy: which `deny` rules may have something to say about an event.
//!
//! One set of guards stands for all policies of all sets: those of each rule's definitions, and in front of them for whom
//! the policy is, which is a guard like any other. So an event finds at once the few definitions of the few policies that
//! can hold, however many others there are ([`lictor_fast::Gate`]).

use lictor_engine::{Input, Linked};
use lictor_fast::GateScratch;
use lictor_ir::{Atom, Guard, Program, Source, Test};
use lictor_value::{Arena, Value};

use crate::event::Route;
use crate::judge::{Deny, Judges, SLOTS, slot};
use crate::policy_set::Scope;

/// See the module.
pub(crate) struct Gate {
    guards: lictor_fast::Gate,
    /// What each guard stands for.
    arms: Vec<Arm>,
}

/// A definition of a `deny` rule, or all of them.
#[derive(Clone, Copy)]
struct Arm {
    unit: u32,
    /// The rule's position in the unit.
    deny: u32,
    /// The definition's position; [`ALL`] where nothing is known of them.
    definition: u32,
}

/// All definitions of a rule.
const ALL: u32 = u32::MAX;

/// A definition that can hold: of which task's rule.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Hit {
    /// The position among the tasks of the event's slot.
    pub(crate) task: u32,
    /// The rule's position in the unit.
    pub(crate) deny: u32,
    definition: u32,
}

/// One session's working memory.
#[derive(Default)]
pub(crate) struct Scratch {
    guards: GateScratch,
    hits: Vec<Hit>,
}

/// Places that are no part of the input: an event's slot, account, organization and project.
const SLOT: Source = lictor_fast::COMMON;
const PLACE: [Source; 3] = [Source::Argument(1), Source::Argument(2), Source::Argument(3)];

/// The slots as texts.
const SLOT_TEXTS: [&str; SLOTS] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"];

impl Gate {
    /// The gate of all who judge; `None` where nobody does, or it would be too large.
    pub(crate) fn new(linked: &Linked, judges: &Judges) -> Option<Self> {
        let program = linked.program();
        let mut texts = Texts { first: program.constants().len() as u32, texts: SLOT_TEXTS.to_vec() };
        let (mut guards, mut arms) = (vec![], vec![]);
        for ((number, unit), audiences) in (0..).zip(&judges.units).zip(judges.audiences()) {
            for audience in audiences {
                let before = audience.guard(&mut texts);
                for (position, deny) in (0..).zip(&unit.denies) {
                    let mut add = |definition, atoms| {
                        guards.push(Guard { atoms });
                        arms.push(Arm { unit: number, deny: position, definition });
                    };
                    let Some(known) = screen(program, linked, deny) else {
                        add(ALL, before.clone());
                        continue;
                    };
                    for (definition, atoms) in known {
                        add(definition, before.iter().chain(&atoms).cloned().collect());
                    }
                }
            }
        }
        if arms.is_empty() {
            return None;
        }
        Some(Gate { guards: lictor_fast::Gate::new(program, guards, &texts.texts)?, arms })
    }

    /// What can hold of an event, by task, rule and definition.
    #[inline]
    pub(crate) fn find<'h, 'e>(
        &self,
        program: &Program,
        judges: &Judges,
        route: &Route<'e>,
        input: Input<'e>,
        arena: &Arena,
        scratch: &'h mut Scratch,
    ) -> &'h [Hit] {
        let Scratch { guards, hits } = scratch;
        hits.clear();
        let text = |text: Option<&'e str>| text.map_or(Value::ABSENT, |text| Value::str(text.as_bytes()));
        let value = |source: &Source| match *source {
            Source::Input(path) => at(program, input, path),
            SLOT => Value::str(SLOT_TEXTS[slot(route.entity, route.event)].as_bytes()),
            Source::Argument(1) => text(route.place.account),
            Source::Argument(2) => text(route.place.org),
            Source::Argument(3) => text(route.place.project),
            _ => Value::ABSENT,
        };
        let values = arena.collect(self.guards.sources().iter().map(value));
        let found = self.guards.find(values, guards);
        if !found.is_empty() {
            let positions = judges.positions(route);
            let hit = |arm: &u32| {
                let Arm { unit, deny, definition } = self.arms[*arm as usize];
                let task = positions[unit as usize]?;
                Some(Hit { task, deny, definition })
            };
            hits.extend(found.iter().filter_map(hit));
            // A unit that several sets use is found for each.
            hits.sort_unstable();
            hits.dedup();
        }
        hits
    }
}

impl Hit {
    /// Whether both are definitions of one rule.
    pub(crate) fn is_of_one_rule(&self, other: &Hit) -> bool {
        (self.task, self.deny) == (other.task, other.deny)
    }

    /// The definition, if it is known which.
    pub(crate) fn definition(&self) -> Option<u32> {
        (self.definition != ALL).then_some(self.definition)
    }
}

/// The input's value at a path of the program.
#[inline]
fn at<'v>(program: &Program, input: Input<'v>, path: u32) -> Value<'v> {
    match input {
        Input::Paths(values) => values.get(path as usize).copied().unwrap_or(Value::ABSENT),
        Input::Tree(root) => {
            let constants = program.constants();
            let keys = &program.paths[path as usize].0;
            keys.iter().try_fold(root, |value, key| value.get(constants[*key as usize])).unwrap_or(Value::ABSENT)
        }
        Input::Undefined => Value::ABSENT,
    }
}

/// The atoms over the input of each definition of a rule that can hold at all; `None` where the rule has to be asked in any
/// case. What is asked of base data is known already.
fn screen(program: &Program, linked: &Linked, deny: &Deny) -> Option<Vec<(u32, Vec<Atom>)>> {
    let screen = program.screen_of(deny.routine)?;
    let mut known = vec![];
    'definitions: for (definition, guard) in (0..).zip(program.guards_of(screen)) {
        let mut atoms = vec![];
        for atom in &guard.atoms {
            match atom.source {
                Source::Input(_) => atoms.push(atom.clone()),
                Source::Data(path) => {
                    let value = linked.data_at(path).unwrap_or(Value::ABSENT);
                    if !lictor_fast::holds(atom, value, program.constants()) {
                        continue 'definitions;
                    }
                }
                Source::Argument(_) | Source::Below(..) => return None,
            }
        }
        known.push((definition, atoms));
    }
    Some(known)
}

/// Texts that guards compare with besides the program's constants.
struct Texts<'t> {
    /// The id of the first.
    first: u32,
    texts: Vec<&'t str>,
}

impl<'t> Texts<'t> {
    fn id(&mut self, text: &'t str) -> u32 {
        let at = self.texts.iter().position(|known| *known == text).unwrap_or_else(|| {
            self.texts.push(text);
            self.texts.len() - 1
        });
        self.first + at as u32
    }
}

/// For whom a policy is: which entities and events, and where.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Audience<'j> {
    /// A bit for each slot.
    pub(crate) slots: u16,
    pub(crate) scope: &'j Scope,
}

impl<'j> Audience<'j> {
    /// What an event of this audience fulfils.
    fn guard(&self, texts: &mut Texts<'j>) -> Vec<Atom> {
        let mut atoms = vec![];
        let mut add = |source, test| atoms.push(Atom { source, negated: false, test });
        if self.slots != (1 << SLOTS) - 1 {
            let slots = (0..SLOTS).filter(|slot| self.slots & (1 << slot) != 0);
            add(SLOT, Test::OneOf(slots.map(|slot| texts.first + slot as u32).collect()));
        }
        let Scope { account, org, project } = self.scope;
        for (source, text) in PLACE.into_iter().zip([account, org, project]) {
            if let Some(text) = text {
                add(source, Test::Equal(texts.id(text)));
            }
        }
        atoms
    }
}
