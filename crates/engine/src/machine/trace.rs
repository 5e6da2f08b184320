//! Tracing: which marks of a traced program were reached, and which literals failed, with the values they had.
//!
//! Other programs have no marks, and nothing here ever runs for them. A literal that failed keeps what failed inside it:
//! bodies of `every`, rules and functions that it asked. Of one that holds nothing is kept. So what is kept is bounded by
//! the program's size, times the depth of its calls.

use lictor_ir::{Mark, Step};
use lictor_value::Value;

use super::Machine;

/// Cases of a table test that are told apart.
const MOST_CASES: usize = 100_000;

/// Definitions that gave a value, with what held there.
const MOST_PASSES: usize = 100;

/// What was noted.
#[derive(Debug, Default)]
pub struct Trace<'v> {
    /// For each mark whether it was reached.
    pub reached: Vec<bool>,
    /// What failed outside of all literals: before the first case of a table test began, then in each case.
    pub failed: Vec<Vec<Failed<'v>>>,
    /// Definitions that gave a value outside of all literals, the first hundred times.
    pub passed: Vec<Passed<'v>>,
    /// What happened, one after the other, as far as it was to be noted.
    pub events: Vec<Event<'v>>,
    /// Literals under way when an error ended the evaluation, the innermost last, with the values they had by then.
    pub under_way: Vec<Failed<'v>>,
    open: Vec<Open<'v>>,
    /// Literals that held outside of all others, as they did the last time.
    held: Vec<Failed<'v>>,
}

/// Something that happened.
#[derive(Clone, Debug)]
pub struct Event<'v> {
    /// What.
    pub step: Step,
    /// The mark.
    pub mark: u32,
    /// How many literals are under way around it.
    pub depth: usize,
    /// Where a literal holds or fails, the values of what its mark watches.
    pub values: Box<[Value<'v>]>,
}

/// A definition that gave a value.
#[derive(Clone, Debug)]
pub struct Passed<'v> {
    /// Its mark.
    pub mark: u32,
    /// The literals of its body that held, with their values, and what failed inside them, as for `not`.
    pub held: Vec<Failed<'v>>,
}

/// A literal that failed, or held.
#[derive(Clone, Debug)]
pub struct Failed<'v> {
    /// Its mark.
    pub mark: u32,
    /// How often it failed there; the values are those of the last time.
    pub times: u64,
    /// The values of what its mark watches, [`Value::ABSENT`] where it did not come to that.
    pub values: Box<[Value<'v>]>,
    /// What failed inside it the last time.
    pub inside: Vec<Failed<'v>>,
}

/// A literal under way.
#[derive(Debug)]
struct Open<'v> {
    mark: u32,
    /// How many callers wait.
    depth: usize,
    inside: Vec<Failed<'v>>,
    /// What failed inside the last of its literals that says nothing when it fails: why a `not` holds.
    quiet: Vec<Failed<'v>>,
}

impl<'v> Machine<'v, '_> {
    /// Notes a step.
    #[cold]
    #[inline(never)]
    pub(super) fn mark(&mut self, step: Step, number: u32, slots: &mut [Value<'v>]) {
        let mark = &self.program.marks[number as usize];
        let depth = self.kept.frames.len();
        let count = self.program.marks.len();
        let trace = self.trace.get_or_insert_with(|| {
            Box::new(Trace { reached: vec![false; count], failed: vec![vec![]], ..Trace::default() })
        });
        // What is deeper was left without a word.
        trace.open.truncate(trace.open.iter().rposition(|open| open.depth <= depth).map_or(0, |last| last + 1));
        let own = trace.open.iter().rposition(|open| open.mark == number && open.depth == depth);
        if trace.events.len() < self.options.events && (step != Step::Fail || own.is_some()) {
            let values = if matches!(step, Step::Held | Step::Fail) { values(mark, slots) } else { Box::default() };
            let around = own.unwrap_or(trace.open.len());
            trace.events.push(Event { step, mark: number, depth: around, values });
        }
        match step {
            Step::Pass => {
                trace.reached[number as usize] = true;
                if mark.definition && trace.open.is_empty() && trace.passed.len() < MOST_PASSES {
                    let marks = &self.program.marks;
                    let within = |held: &&Failed<'v>| {
                        let own = &marks[held.mark as usize];
                        own.file == mark.file && mark.start <= own.start && own.end <= mark.end
                    };
                    let held = trace.held.iter().filter(within).cloned().collect();
                    trace.passed.push(Passed { mark: number, held });
                }
            }
            Step::Begin => {
                trace.reached[number as usize] = true;
                trace.open.truncate(own.unwrap_or(trace.open.len()));
                slots[usize::from(mark.own.start)..usize::from(mark.own.end)].fill(Value::ABSENT);
                trace.open.push(Open { mark: number, depth, inside: vec![], quiet: vec![] });
            }
            Step::Held => {
                let open = own.and_then(|own| trace.open.drain(own..).next());
                if trace.open.is_empty() && !mark.quiet {
                    trace.hold(number, values(mark, slots), open);
                }
                if mark.begins_case && trace.failed.len() <= MOST_CASES {
                    trace.failed.push(vec![]);
                }
            }
            Step::Fail => {
                let Some(own) = own else { return };
                let open = trace.open.drain(own..).next();
                match (open, trace.open.last_mut()) {
                    (Some(open), Some(around)) if mark.quiet => around.quiet = open.inside,
                    (Some(open), _) if !mark.quiet => trace.fail(open, values(mark, slots)),
                    _ => {}
                }
            }
        }
    }

    /// What was noted, with the literals that an error found under way.
    pub(crate) fn traced(&mut self) -> Trace<'v> {
        let mut trace = self.trace.take().map(|trace| *trace).unwrap_or_default();
        for Open { mark: number, depth, .. } in std::mem::take(&mut trace.open) {
            let base =
                depth.checked_sub(1).map_or(0, |caller| self.kept.frames.get(caller).map_or(0, |f| f.top as usize));
            let slots = self.values.stack.slots.get(base..).unwrap_or_default();
            let values = values(&self.program.marks[number as usize], slots);
            trace.under_way.push(Failed { mark: number, times: 1, values, inside: vec![] });
        }
        trace
    }
}

fn values<'v>(mark: &Mark, slots: &[Value<'v>]) -> Box<[Value<'v>]> {
    let of = |slot: u16| slots.get(usize::from(slot)).copied().unwrap_or(Value::ABSENT);
    mark.watched.iter().map(|watched| of(watched.slot)).collect()
}

impl<'v> Trace<'v> {
    fn hold(&mut self, number: u32, values: Box<[Value<'v>]>, open: Option<Open<'v>>) {
        let inside = open.map(|open| [open.inside, open.quiet].concat());
        match self.held.iter_mut().find(|held| held.mark == number) {
            Some(held) => {
                held.values = values;
                // One that holds again, with its loop's next element, does not begin again.
                held.inside = inside.unwrap_or_else(|| std::mem::take(&mut held.inside));
            }
            None => {
                let inside = inside.unwrap_or_default();
                self.held.push(Failed { mark: number, times: 1, values, inside });
            }
        }
    }

    fn fail(&mut self, open: Open<'v>, values: Box<[Value<'v>]>) {
        let around = match self.open.last_mut() {
            Some(around) => &mut around.inside,
            None => match self.failed.last_mut() {
                Some(failed) => failed,
                None => return,
            },
        };
        let failed = Failed { mark: open.mark, times: 1, values, inside: open.inside };
        match around.iter_mut().find(|known| known.mark == failed.mark) {
            Some(known) => *known = Failed { times: known.times + 1, ..failed },
            None => around.push(failed),
        }
    }
}
