//! The plan: the resolved tree to a program.
//!
//! Each rule, function, query and document asked for becomes a routine with code of its own; [`link`] lays the routines
//! one behind the other and works out what can only be known of the whole: what each entry reads, and what each `with`
//! makes stale.

mod builder;
mod code;
mod constants;
mod defaults;
mod demand;
mod demands;
mod depth;
mod groups;
mod guards;
mod link;
mod literals;
mod optimise;
mod part;
mod reach;
mod references;
mod rules;
mod shared;
mod solutions;
mod terms;
mod trace;
mod unify;
mod with;

use lictor_ir::Program;
use lictor_syntax::{Code, Diagnostic};
use lictor_value::Registry;

use crate::hir::{At, Unit};
pub use part::Part;
use shared::{Shared, WithPlan};

/// What the plan may be told.
#[derive(Clone, Copy, Debug, Default)]
pub struct PlanOptions {
    /// Whether builtins' errors end evaluations: then nothing moves in front of what can fail so.
    pub strict_builtin_errors: bool,
    /// Whether the program notes what is evaluated and what fails: slower, the answers are the same.
    pub traced: Option<Traced>,
}

/// What a traced program evaluates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Traced {
    /// All definitions of a rule until its value is known.
    Failures,
    /// What OPA would evaluate, so that what is noted can be counted as coverage.
    AsOpa {
        /// Whether definitions are left out of which OPA's rule index knows that they do not hold.
        index: bool,
        /// Whether a rule whose definitions can only agree is left at the first solution.
        early_exit: bool,
    },
}

/// Why there is no program. These are limits of the program's format, or holes in the tree that the front stages rule
/// out.
#[derive(Clone, Copy, Debug)]
struct Failure {
    at: At,
    what: What,
}

#[derive(Clone, Copy, Debug)]
enum What {
    Slots,
    Loops,
    Unsafe,
    Builtin(&'static str),
}

type Outcome<T> = Result<T, Failure>;

impl Failure {
    fn slots(at: At) -> Failure {
        Failure { at, what: What::Slots }
    }

    fn loops(at: At) -> Failure {
        Failure { at, what: What::Loops }
    }

    fn unsafe_local(at: At) -> Failure {
        Failure { at, what: What::Unsafe }
    }

    fn no_builtin(at: At, name: &'static str) -> Failure {
        Failure { at, what: What::Builtin(name) }
    }

    fn diagnostic(self, unit: &Unit, routine: &str) -> Diagnostic {
        let message = match self.what {
            What::Slots => format!("{routine} is too large: it needs more than 65,534 values at once"),
            What::Loops => format!("{routine} is too large: it nests more than 255 loops"),
            What::Unsafe => format!("{routine} uses a variable before anything binds it"),
            What::Builtin(name) => format!("{routine} needs the builtin {name}, which is not there"),
        };
        let code = if matches!(self.what, What::Unsafe) { Code::UnsafeVar } else { Code::Compile };
        Diagnostic {
            code,
            message,
            source: unit.files.get(self.at.file as usize).cloned(),
            span: self.at.span,
            labels: vec![],
            hints: vec![],
            details: None,
        }
    }
}

/// Plans a unit that the front stages found nothing wrong with. The program has an entry for each of its documents and
/// queries.
///
/// # Errors
/// One diagnostic for each rule or query that does not fit the program's format: more than 65,534 slots or 255 nested
/// loops, a builtin that the registry lacks, or values that nest more than 1,000 deep.
pub fn plan(unit: &Unit, registry: &Registry, options: &PlanOptions) -> Result<Program, Vec<Diagnostic>> {
    part(unit, registry, options).map(Part::into_program)
}

/// The same, to be linked with others.
///
/// # Errors
/// As for [`plan`].
pub fn part(unit: &Unit, registry: &Registry, options: &PlanOptions) -> Result<Part, Vec<Diagnostic>> {
    let mut shared = Shared::new(unit, registry, options);
    let (mut routines, mut failures) = (vec![], vec![]);
    let mut keep = |id: u32, planned: Outcome<rules::Planned>, name: &dyn Fn() -> Box<str>| match planned {
        Ok(planned) => routines.push((id, planned)),
        Err(failure) => failures.push(failure.diagnostic(unit, &name())),
    };
    for (id, rule) in (0..).zip(&unit.rules) {
        keep(id, rules::plan_rule(&mut shared, id), &|| path_text(&rule.path));
    }
    let mut entries = vec![];
    for document in &unit.documents {
        let routine = match shared.rule_at(document) {
            Some(rule) => rule,
            None => {
                let id = shared.new_routine();
                keep(id, rules::plan_document(&mut shared, document), &|| (&*document.name).into());
                id
            }
        };
        entries.push(((*document.name).into(), routine, None));
    }
    for query in &unit.queries {
        let id = shared.new_routine();
        keep(id, rules::plan_query(&mut shared, query), &|| (&*query.name).into());
        entries.push(((*query.name).into(), id, Some(query)));
    }
    if !failures.is_empty() {
        return Err(failures);
    }
    routines.append(&mut shared.grown);
    routines.sort_by_key(|(id, _)| *id);
    let routines = routines.into_iter().map(|(_, planned)| planned).collect();
    let part = link::link(shared, routines, entries);
    match depth::too_deep(&part.program) {
        None => Ok(part),
        Some(routine) => {
            let name = part.program.routines.get(routine as usize).map_or("?", |routine| &routine.name);
            let message = format!("{name} builds values that nest more than 1,000 deep");
            let (code, span) = (Code::Compile, lictor_syntax::Span::default());
            Err(vec![Diagnostic { code, message, source: None, span, labels: vec![], hints: vec![], details: None }])
        }
    }
}

/// A path below `data` as messages write it: `data.authz["x-y"]`.
pub(crate) fn path_text(path: &[lictor_syntax::Name]) -> Box<str> {
    let mut text = String::from("data");
    for name in path {
        let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            && !name.starts_with(|c: char| c.is_ascii_digit())
            && !name.is_empty();
        if plain {
            text.push('.');
            text.push_str(name);
        } else {
            text.push('[');
            let mut quoted = vec![];
            lictor_value::text::write_rego(lictor_value::Value::str(name.as_bytes()), &mut quoted);
            text.push_str(&String::from_utf8_lossy(&quoted));
            text.push(']');
        }
    }
    text.into()
}
