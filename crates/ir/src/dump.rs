//! A program as text, for people and golden tests.
//!
//! One line an op: its number within the routine, the op with its slots, what its ids mean, and where it goes on failure:
//!
//! ```text
//! data.t.p:
//!     0  Input { dst: 1 }  ; input.a  -> 3
//!     1  Holds { a: 1 }  -> 3
//! ```
//!
//! Numbers of ops start anew in each routine, so that a change in one does not show in the others.

use std::fmt::{self, Display, Write};

use lictor_value::View;

use crate::guard::{Atom, Guard, Source, Test};
use crate::op::{Act, Label, NO_SLOT, NOWHERE, Op, Slot};
use crate::program::{Path, Program, Replacement, Routine, RoutineKind, Target, With};

impl Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (routine, end)) in self.extents().enumerate() {
            if i > 0 {
                f.write_char('\n')?;
            }
            self.routine(f, routine, end)?;
        }
        for entry in &self.entries {
            let routine = self.routines.get(entry.routine as usize).map_or("?", |routine| &routine.name);
            write!(f, "\nentry {} = {routine}, reads", entry.name)?;
            let mut reads: Vec<String> = entry.reads.paths.iter().map(|path| self.path("input", *path)).collect();
            reads.extend(entry.reads.kinds.iter().map(|path| format!("kind of {}", self.path("input", *path))));
            reads.extend(entry.reads.parts.iter().map(|part| format!("parts of {}", self.path("input", part.path))));
            reads.sort();
            f.write_str(if reads.is_empty() { " nothing" } else { " " })?;
            f.write_str(&reads.join(", "))?;
        }
        if self.entries.is_empty() { Ok(()) } else { f.write_char('\n') }
    }
}

impl Program {
    /// The routines in order of their code, each with the label after its last op.
    pub(crate) fn extents(&self) -> impl Iterator<Item = (&Routine, Label)> {
        let mut routines: Vec<&Routine> = self.routines.iter().collect();
        routines.sort_by_key(|routine| routine.start);
        let mut ends: Vec<Label> = routines.iter().skip(1).map(|routine| routine.start).collect();
        ends.push(self.code.len() as Label);
        routines.into_iter().zip(ends)
    }

    fn routine(&self, f: &mut fmt::Formatter<'_>, routine: &Routine, end: Label) -> fmt::Result {
        f.write_str(&routine.name)?;
        match routine.kind {
            RoutineKind::Rule | RoutineKind::Query => {}
            RoutineKind::Function => write!(f, "({})", routine.args)?,
            RoutineKind::Ask => f.write_str("[?]")?,
        }
        writeln!(f, "{}:", if routine.memo { " remembered" } else { "" })?;
        for at in routine.start..end {
            let Some(op) = self.code.get(at as usize) else { break };
            write!(f, "{:>5}  ", at - routine.start)?;
            self.op(f, op, routine.start)?;
            f.write_char('\n')?;
        }
        Ok(())
    }

    fn op(&self, f: &mut fmt::Formatter<'_>, op: &Op, start: Label) -> fmt::Result {
        let (text, comment) = self.act(op.act, start);
        f.write_str(&text)?;
        if !comment.is_empty() {
            write!(f, "  ; {comment}")?;
        }
        if op.to == NOWHERE { Ok(()) } else { write!(f, "  -> {}", relative(op.to, start)) }
    }

    /// The op with its slots, and what its ids mean.
    fn act(&self, act: Act, start: Label) -> (String, String) {
        macro_rules! show {
            ($name:ident) => {
                (stringify!($name).to_owned(), String::new())
            };
            ($name:ident { $($field:ident),+ }) => {
                show!($name { $($field),+ }, String::new())
            };
            ($name:ident { $($field:ident),+ }, $comment:expr) => {{
                let fields = [$(format!("{}: {}", stringify!($field), Shown::show(&$field))),+].join(", ");
                (format!("{} {{ {fields} }}", stringify!($name)), $comment)
            }};
        }
        match act {
            Act::Const { dst, k } => show!(Const { dst }, self.constant(k)),
            Act::Move { dst, src } => show!(Move { dst, src }),
            Act::Input { dst, path } => show!(Input { dst }, self.path("input", path)),
            Act::InputOr { dst, path } => show!(InputOr { dst }, self.path("input", path)),
            Act::Data { dst, path } => show!(Data { dst }, self.path("data", path)),
            Act::Field { dst, of, key } => {
                let key = self.keys.get(key as usize).map_or("?".to_owned(), |key| self.step(*key));
                show!(Field { dst, of }, key)
            }
            Act::FieldOr { dst, of, key } => {
                let key = self.keys.get(key as usize).map_or("?".to_owned(), |key| self.step(*key));
                show!(FieldOr { dst, of }, key)
            }
            Act::Get { dst, of, key } => show!(Get { dst, of, key }),
            Act::Find { dst, of, key } => show!(Find { dst, of, key }),
            Act::Array { dst, first, n } => show!(Array { dst, first, n }),
            Act::Set { dst, first, n } => show!(Set { dst, first, n }),
            Act::Object { dst, first, n } => show!(Object { dst, first, n }),
            Act::Holds { a } => show!(Holds { a }),
            Act::IsFalse { a } => show!(IsFalse { a }),
            Act::Eq { a, b } => show!(Eq { a, b }),
            Act::Ne { a, b } => show!(Ne { a, b }),
            Act::Lt { a, b } => show!(Lt { a, b }),
            Act::Le { a, b } => show!(Le { a, b }),
            Act::Gt { a, b } => show!(Gt { a, b }),
            Act::Ge { a, b } => show!(Ge { a, b }),
            Act::In { a, of } => show!(In { a, of }),
            Act::NotIn { a, of } => show!(NotIn { a, of }),
            Act::Test { first, call } => show!(Test { first }, self.call(call)),
            Act::Shape { a, object, n } => {
                let kind = if object { "Object" } else { "Array" };
                show!(Shape { a, kind, n })
            }
            Act::IsObject { a } => show!(IsObject { a }),
            Act::Collection { a } => show!(Collection { a }),
            Act::Add { dst, a, b } => show!(Add { dst, a, b }),
            Act::Sub { dst, a, b } => show!(Sub { dst, a, b }),
            Act::Mul { dst, a, b } => show!(Mul { dst, a, b }),
            Act::Div { dst, a, b } => show!(Div { dst, a, b }),
            Act::Rem { dst, a, b } => show!(Rem { dst, a, b }),
            Act::Call { first, call } => show!(Call { first }, self.call(call)),
            Act::Func { first, routine } => show!(Func { first }, self.name(routine)),
            Act::Rule { dst, routine } => show!(Rule { dst }, self.name(routine)),
            Act::Lookup { first, routine } => show!(Lookup { first }, self.name(routine)),
            Act::Ask { first, routine } => show!(Ask { first }, self.name(routine)),
            Act::Extent { dst, node } => show!(Extent { dst }, self.node(node)),
            Act::Names { dst, node } => show!(Names { dst }, self.node(node)),
            Act::Each { it, of, val } => show!(Each { it, of, val }),
            Act::EachPair { it, of, key, val } => show!(EachPair { it, of, key, val }),
            Act::Next { it, val } => show!(Next { it, val }),
            Act::NextPair { it, key, val } => show!(NextPair { it, key, val }),
            Act::EachWalk { it, of, path, val } => show!(EachWalk { it, of, path, val }),
            Act::NextWalk { it, path, val } => show!(NextWalk { it, path, val }),
            Act::Begin { kind } => (format!("Begin {{ kind: {kind:?} }}"), String::new()),
            Act::Emit { v } => show!(Emit { v }),
            Act::EmitPair { k, v } => show!(EmitPair { k, v }),
            Act::EmitEntry { k, v } => show!(EmitEntry { k, v }),
            Act::EmitAt { first, n, leaf_set } => show!(EmitAt { first, n, leaf_set }),
            Act::Finish { dst } => show!(Finish { dst }),
            Act::Clear { dst } => show!(Clear { dst }),
            Act::Settle { dst, v } => show!(Settle { dst, v }),
            Act::Known { a } => show!(Known { a }),
            Act::Enter { first, with } => show!(Enter { first }, self.with(with)),
            Act::Leave => show!(Leave),
            Act::Jump => show!(Jump),
            Act::Switch { on, table } => show!(Switch { on }, self.arms(table, start)),
            Act::Choose { it, choice } => show!(Choose { it }, self.choice(choice, start)),
            Act::NextChoice { it, .. } => show!(NextChoice { it }),
            Act::Return { v } => show!(Return { v }),
            Act::Undefined => show!(Undefined),
            Act::Print { first, n } => show!(Print { first, n }),
            Act::Mark { step, mark } => {
                let text = format!("Mark {step:?} {mark}");
                (text, String::new())
            }
        }
    }

    fn constant(&self, id: u32) -> String {
        self.constants().get(id as usize).map_or("?".to_owned(), |value| format!("{value:?}"))
    }

    /// A constant key as it stands in a reference: `.name`, or `["a b"]`.
    fn step(&self, key: u32) -> String {
        match self.constants().get(key as usize).map(|key| (*key, key.view())) {
            Some((key, View::Str(_))) => match key.as_text().filter(|text| is_name(text)) {
                Some(name) => format!(".{name}"),
                None => format!("[{key:?}]"),
            },
            Some((key, _)) => format!("[{key:?}]"),
            None => "?".to_owned(),
        }
    }

    fn steps(&self, root: &str, path: &Path) -> String {
        path.0.iter().fold(root.to_owned(), |text, key| text + &self.step(*key))
    }

    fn path(&self, root: &str, id: u32) -> String {
        self.paths.get(id as usize).map_or("?".to_owned(), |path| self.steps(root, path))
    }

    fn call(&self, id: u32) -> String {
        let Some(call) = self.calls.get(id as usize) else { return "?".to_owned() };
        let prepared = if call.prepared.is_some() { ", prepared" } else { "" };
        let mock = if call.mock.is_some() { ", replaceable" } else { "" };
        format!("{}/{}{prepared}{mock}", call.builtin.name, call.builtin.args.len())
    }

    fn name(&self, routine: u32) -> String {
        self.routines.get(routine as usize).map_or("?".to_owned(), |routine| routine.name.to_string())
    }

    fn node(&self, id: u32) -> String {
        let Some(node) = self.nodes.get(id as usize) else { return "?".to_owned() };
        let children: Vec<String> = node.children.iter().map(|(name, _)| self.constant(*name)).collect();
        format!("{} + [{}]", self.path("data", node.path), children.join(", "))
    }

    fn with(&self, id: u32) -> String {
        let Some(With { targets, mocks, drops }) = self.withs.get(id as usize) else { return "?".to_owned() };
        let targets = targets.iter().map(|target| match target {
            Target::Input(path) => self.path("input", *path),
            Target::Data { path, rules } => {
                let rules: Vec<String> = rules.iter().map(|(rule, _)| self.name(*rule)).collect();
                let rules = if rules.is_empty() { String::new() } else { format!(" ({})", rules.join(", ")) };
                self.path("data", *path) + &rules
            }
        });
        let mocks = mocks.iter().map(|mock| {
            let by = match &mock.by {
                Replacement::Value(n) => format!("value {n}"),
                Replacement::Routine(routine) => self.name(*routine),
                Replacement::Call(call) => self.call(*call),
            };
            format!("function {} by {by}", mock.id)
        });
        let mut parts: Vec<String> = targets.chain(mocks).collect();
        if !drops.is_empty() {
            parts.push(format!("drops {}", drops.iter().map(|r| self.name(*r)).collect::<Vec<_>>().join(" ")));
        }
        parts.join(", ")
    }

    fn arms(&self, table: u32, start: Label) -> String {
        let Some(table) = self.tables.get(table as usize) else { return "?".to_owned() };
        let mut arms: Vec<(u32, Label)> = table.arms().collect();
        arms.sort_by_key(|(constant, label)| (*label, self.constant(*constant)));
        let arms: Vec<String> =
            arms.iter().map(|(k, label)| format!("{} -> {}", self.constant(*k), relative(*label, start))).collect();
        arms.join(", ")
    }

    fn choice(&self, id: u32, start: Label) -> String {
        let Some(choice) = self.choices.get(id as usize) else { return "?".to_owned() };
        let arms: Vec<String> = choice
            .arms
            .iter()
            .map(|arm| format!("{} if {}", relative(arm.label, start), self.guard(&arm.guard)))
            .collect();
        arms.join(", ")
    }

    fn guard(&self, guard: &Guard) -> String {
        if guard.atoms.is_empty() {
            return "ever".to_owned();
        }
        guard.atoms.iter().map(|atom| self.atom(atom)).collect::<Vec<_>>().join(" & ")
    }

    fn atom(&self, atom: &Atom) -> String {
        let at = match atom.source {
            Source::Input(path) => self.path("input", path),
            Source::Data(path) => self.path("data", path),
            Source::Argument(slot) => format!("${slot}"),
            Source::Below(slot, path) => self.path(&format!("${slot}"), path),
        };
        let k = |id: &u32| self.constant(*id);
        let text = match &atom.test {
            Test::Defined => format!("defined {at}"),
            Test::Truthy => at,
            Test::Is(types) => format!("{at} is {types:?}"),
            Test::Equal(c) => format!("{at} == {}", k(c)),
            Test::NotEqual(c) => format!("{at} != {}", k(c)),
            Test::OneOf(all) => format!("{at} in {{{}}}", all.iter().map(k).collect::<Vec<_>>().join(", ")),
            Test::HasElement(c) => format!("{} in {at}", k(c)),
            Test::Above { bound, inclusive } => format!("{at} {} {}", if *inclusive { ">=" } else { ">" }, k(bound)),
            Test::Below { bound, inclusive } => format!("{at} {} {}", if *inclusive { "<=" } else { "<" }, k(bound)),
            Test::StartsWith(c) => format!("startswith({at}, {})", k(c)),
            Test::EndsWith(c) => format!("endswith({at}, {})", k(c)),
            Test::Contains(c) => format!("contains({at}, {})", k(c)),
        };
        if atom.negated { format!("not {text}") } else { text }
    }
}

/// A label within its routine; one that leaves it shows as such.
fn relative(label: Label, start: Label) -> String {
    if label == NOWHERE {
        "?".to_owned()
    } else if label < start {
        format!("outside {label}")
    } else {
        (label - start).to_string()
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// How a field of an op shows.
trait Shown {
    fn show(&self) -> String;
}

impl Shown for Slot {
    fn show(&self) -> String {
        if *self == NO_SLOT { "_".to_owned() } else { self.to_string() }
    }
}

impl Shown for u8 {
    fn show(&self) -> String {
        self.to_string()
    }
}

impl Shown for bool {
    fn show(&self) -> String {
        self.to_string()
    }
}

impl Shown for &str {
    fn show(&self) -> String {
        (*self).to_owned()
    }
}
