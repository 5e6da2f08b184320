//! A program with its data paths resolved against one snapshot of base data.
//!
//! Made once when either changes, shared by all threads. Evaluations never walk base data from its root: each path of
//! the program is one load.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use lictor_ir::{Place, Program};
use lictor_value::{Frozen, Value};

use crate::chooser::Chooser;
use crate::error::Location;
use crate::fixed;
use crate::machine::document::find;

/// A program with base data.
pub struct Linked {
    program: Arc<Program>,
    /// The array of base data by path id, [`Value::ABSENT`] where there is none. Never handed out.
    data: Frozen,
    /// For each node, the rules at and below it.
    below: Vec<Box<[u32]>>,
    chooser: Option<Arc<dyn Chooser>>,
    /// The values of rules that follow from base data alone, by routine.
    fixed: Option<Frozen>,
    /// Tells this one from all others of the process: sessions keep scratch memory by it.
    number: u64,
}

/// Why a program and base data do not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkError {
    /// Where base data and rules meet: names joined by `/`, and the first definition's place.
    pub conflicts: Vec<(Box<str>, Location)>,
}

/// One line for each conflict, in OPA's words.
impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (path, _)) in self.conflicts.iter().enumerate() {
            let line = if i == 0 { "" } else { "\n" };
            write!(f, "{line}conflicting rule for data path {path} found")?;
        }
        Ok(())
    }
}

impl std::error::Error for LinkError {}

impl LinkError {
    /// OPA's code.
    pub fn code(&self) -> &'static str {
        "rego_compile_error"
    }
}

impl Linked {
    /// Resolves the program's paths in `data`.
    ///
    /// # Errors
    /// Base data has a value at the path of a rule, or above it one that is no object.
    pub fn new(program: Arc<Program>, data: Arc<Frozen>) -> Result<Self, LinkError> {
        Linked::laid_over(program, data, |_| false)
    }

    /// The same, but the rules of some files, by name, stand before what base data has at their paths: who asks for a path
    /// gets the rule's value, and whoever reads a document above it sees both merged.
    ///
    /// # Errors
    /// As [`Linked::new`], for the rules of other files.
    pub fn laid_over(program: Arc<Program>, data: Arc<Frozen>, over: impl Fn(&str) -> bool) -> Result<Self, LinkError> {
        let constants = program.constants();
        let conflicts: Vec<_> = program
            .rules
            .iter()
            .filter(|rule| stands_in_the_way(data.root(), &rule.path.0, constants))
            .map(|rule| (joined(&rule.path.0, constants), location(&program, rule.place)))
            .filter(|(_, location)| !over(&location.file))
            .collect();
        if !conflicts.is_empty() {
            return Err(LinkError { conflicts });
        }
        let data = Frozen::derive(data, |arena, root| {
            let at = |path: &lictor_ir::Path| {
                let found = path.0.iter().try_fold(root, |value, key| find(value, constants[*key as usize]));
                found.unwrap_or(Value::ABSENT)
            };
            Value::array(arena.collect(program.paths.iter().map(at)))
        });
        let below = (0..program.nodes.len()).map(|node| rules_below(&program, node as u32)).collect();
        Ok(Linked { program, data, below, chooser: None, fixed: None, number: next_number() })
    }

    /// The same with the values of rules that depend on nothing but constants and base data: evaluations need not find them
    /// again. Takes the time that evaluating them takes, within bounds.
    pub fn with_fixed_rules(mut self) -> Self {
        self.fixed = fixed::values(&self);
        self.number = next_number();
        self
    }

    /// The same with a chooser, made for this program.
    pub fn with_chooser(mut self, chooser: Arc<dyn Chooser>) -> Self {
        self.chooser = Some(chooser);
        self.number = next_number();
        self
    }

    /// The program.
    pub fn program(&self) -> &Arc<Program> {
        &self.program
    }

    /// Base data by path id.
    pub(crate) fn data(&self) -> &[Value<'_>] {
        self.data.root().as_array().unwrap_or_default()
    }

    /// Base data at a path of the program.
    pub fn data_at(&self, path: u32) -> Option<Value<'_>> {
        self.data().get(path as usize).copied().filter(|value| !value.is_absent())
    }

    /// The values of rules that are the same for every input, by routine, [`Value::ABSENT`] for all others.
    pub(crate) fn fixed(&self) -> &[Value<'_>] {
        self.fixed.as_ref().and_then(|values| values.root().as_array()).unwrap_or_default()
    }

    /// The rules at and below a node.
    pub(crate) fn rules_below(&self, node: u32) -> &[u32] {
        &self.below[node as usize]
    }

    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// The chooser.
    pub(crate) fn chooser(&self) -> Option<&dyn Chooser> {
        self.chooser.as_deref()
    }
}

impl fmt::Debug for Linked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Linked").field("program", &self.program).finish_non_exhaustive()
    }
}

fn next_number() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// The rules at and below a node, in order of their paths.
fn rules_below(program: &Program, node: u32) -> Box<[u32]> {
    let mut rules = Vec::new();
    let mut ahead = vec![node];
    while let Some(node) = ahead.pop() {
        let node = &program.nodes[node as usize];
        rules.extend(node.rule);
        ahead.extend(node.children.iter().rev().map(|child| child.1));
    }
    rules.into()
}

/// Whether base data has a value at the rule's path, or a value that is no object above it.
fn stands_in_the_way(root: Value<'_>, path: &[u32], constants: &[Value<'_>]) -> bool {
    let mut at = root;
    for key in path {
        let Some(object) = at.as_object() else { return true };
        match object.get(constants[*key as usize]) {
            Some(below) => at = below,
            None => return false,
        }
    }
    true
}

fn joined(path: &[u32], constants: &[Value<'_>]) -> Box<str> {
    let names: Vec<_> =
        path.iter().map(|k| String::from_utf8_lossy(constants[*k as usize].as_bytes().unwrap_or_default())).collect();
    names.join("/").into()
}

/// A place with its file's name.
pub(crate) fn location(program: &Program, place: Place) -> Location {
    let file = program.files.get(place.file as usize).cloned().unwrap_or_default();
    Location { file, row: place.row, col: place.col }
}
