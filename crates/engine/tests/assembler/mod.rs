//! Programs from text, for the engine's tests and benchmarks.
//!
//! A line is a label (`top:`), a routine (`rule data.t.p`, `function data.t.f 1`, `ask data.t.p`, each with `slots N` and
//! `loops N` behind it if wanted), or an op: its name, operands, and `-> label`. Constants are JSON, paths dotted names.
//! The place of an op is its row in the text, in the file `t.rego`.

pub(crate) mod ask;
pub(crate) mod token_policy;

use std::collections::HashMap;
use std::sync::Arc;

use lictor_ir::program::{Arm, Call, Choice, Entry, Path, Place, Routine, RoutineKind, RulePath};
use lictor_ir::{Act, Guard, Kind, Label, NOWHERE, Node, Op, Program, Reads, Slot, Table, With};
use lictor_value::{Frozen, Registry, Value, json};

/// What text cannot say.
#[derive(Default)]
pub(crate) struct Parts {
    /// For `enter`.
    pub(crate) withs: Vec<With>,
    /// For `extent` and `names`.
    pub(crate) nodes: Vec<Node>,
    /// Where rules stand: dotted paths below `data`.
    pub(crate) rules: Vec<&'static str>,
    /// Builtins that `with` replaces, by name, and functions, by routine id: the numbers of mocks.
    pub(crate) mocked_builtins: HashMap<&'static str, u32>,
    /// As above.
    pub(crate) mocked_functions: HashMap<u32, u32>,
    /// Functions whose results are remembered.
    pub(crate) remembered: Vec<u32>,
}

#[derive(Default)]
struct Assembler {
    code: Vec<(Act, Option<String>)>,
    places: Vec<Place>,
    labels: HashMap<(usize, String), Label>,
    routines: Vec<Routine>,
    constants: Vec<String>,
    keys: Vec<u32>,
    paths: Vec<Path>,
    calls: Vec<Call>,
    tables: Vec<Vec<(u32, String)>>,
    choices: Vec<Vec<String>>,
    routine_of: Vec<usize>,
}

/// The program that `text` says, verified.
pub(crate) fn program(text: &str, parts: Parts, builtins: &Registry) -> Arc<Program> {
    let mut asm = Assembler::default();
    for (row, line) in text.lines().enumerate() {
        asm.line(line.trim(), row as u32 + 1, &parts, builtins);
    }
    let rules = parts.rules.iter().map(|path| RulePath { path: asm.path_of(path), place: Place::default() }).collect();
    let constants = Frozen::build(|arena| {
        let values = asm.constants.iter().map(|text| json::parse_copied(arena, text.as_bytes()).unwrap());
        Value::array(arena.slice(&values.collect::<Vec<_>>()))
    });
    let label =
        |at: usize, name: &str| *asm.labels.get(&(at, name.to_owned())).unwrap_or_else(|| panic!("no label {name}"));
    // Tables and choices are used once, by the routine that has their labels.
    let used_by = |is: &dyn Fn(&Act) -> bool| asm.routine_of[asm.code.iter().position(|(act, _)| is(act)).unwrap()];
    let values = constants.root().as_array().unwrap();
    let tables = asm.tables.iter().enumerate().map(|(id, arms)| {
        let at = used_by(&|act| matches!(act, Act::Switch { table, .. } if *table as usize == id));
        Table::new(arms.iter().map(|(k, name)| (*k, label(at, name))), values)
    });
    let choices = asm.choices.iter().enumerate().map(|(id, arms)| {
        let at = used_by(&|act| matches!(act, Act::Choose { choice, .. } if *choice as usize == id));
        Choice { arms: arms.iter().map(|name| Arm { guard: Guard::default(), label: label(at, name) }).collect() }
    });
    let code = asm
        .code
        .iter()
        .zip(&asm.routine_of)
        .map(|((act, to), at)| Op { act: *act, to: to.as_ref().map_or(NOWHERE, |name| label(*at, name)) });
    let inputs =
        asm.code.iter().filter_map(|(act, _)| if let Act::Input { path, .. } = act { Some(*path) } else { None });
    let mut reads: Vec<u32> = inputs.collect();
    reads.sort_unstable();
    reads.dedup();
    let entries = asm.routines.iter().enumerate().filter(|(_, routine)| routine.args == 0).map(|(id, routine)| Entry {
        name: routine.name.clone(),
        routine: id as u32,
        reads: Reads { paths: reads.clone(), ..Reads::default() },
        bindings: Vec::new(),
        expressions: Vec::new(),
        shows_false: false,
    });
    let (tables, choices, code, mut entries) =
        (tables.collect(), choices.collect(), code.collect(), entries.collect::<Vec<Entry>>());
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    let program = Program {
        code,
        places: asm.places,
        files: vec!["t.rego".into()],
        routines: asm.routines,
        constants: constants.into(),
        keys: asm.keys,
        paths: asm.paths,
        calls: asm.calls,
        tables,
        choices,
        withs: parts.withs,
        nodes: parts.nodes,
        rules,
        entries,
        screens: vec![],
        marks: vec![],
    };
    if let Err(faults) = lictor_ir::verify(&program) {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        panic!("{}\n{program}", faults.join("\n"));
    }
    Arc::new(program)
}

impl Assembler {
    fn line(&mut self, line: &str, row: u32, parts: &Parts, builtins: &Registry) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            [] => {}
            [name, ..] if name.starts_with('#') => {}
            [label] if label.ends_with(':') => {
                let key = (self.routines.len(), label.trim_end_matches(':').to_owned());
                self.labels.insert(key, self.code.len() as Label);
            }
            [what @ ("rule" | "function" | "ask" | "query"), name, ..] => {
                let number = |after: &str| {
                    let at = words.iter().position(|word| *word == after)?;
                    words[at + 1].parse::<u16>().ok()
                };
                let id = self.routines.len() as u32;
                let (kind, args) = match what {
                    "rule" => (RoutineKind::Rule, 0),
                    "query" => (RoutineKind::Query, 0),
                    "ask" => (RoutineKind::Ask, 1),
                    _ => (RoutineKind::Function, words[2].parse().unwrap()),
                };
                self.routines.push(Routine {
                    name: name.into(),
                    kind,
                    start: self.code.len() as Label,
                    slots: number("slots").unwrap_or(32),
                    loops: number("loops").unwrap_or(8) as u8,
                    args,
                    memo: parts.remembered.contains(&id),
                    mock: parts.mocked_functions.get(&id).copied(),
                });
            }
            _ => {
                let (op, to) = match line.rsplit_once("->") {
                    Some((op, to)) if !to.contains(['"', ',']) => (op, Some(to.trim().to_owned())),
                    _ => (line, None),
                };
                let act = self.act(op.trim(), parts, builtins);
                self.code.push((act, to));
                self.places.push(Place { file: 0, row, col: 1 });
                self.routine_of.push(self.routines.len());
            }
        }
    }

    fn constant(&mut self, json: &str) -> u32 {
        let at = self.constants.iter().position(|known| known == json).unwrap_or_else(|| {
            self.constants.push(json.to_owned());
            self.constants.len() - 1
        });
        at as u32
    }

    fn path_of(&mut self, dotted: &str) -> Path {
        let names = dotted.split('.').filter(|name| !name.is_empty());
        Path(names.map(|name| self.constant(&format!("\"{name}\""))).collect())
    }

    fn path(&mut self, dotted: &str) -> u32 {
        let path = self.path_of(dotted);
        let at = self.paths.iter().position(|known| *known == path).unwrap_or_else(|| {
            self.paths.push(path);
            self.paths.len() - 1
        });
        at as u32
    }

    fn act(&mut self, op: &str, parts: &Parts, builtins: &Registry) -> Act {
        let (name, rest) = op.split_once(' ').unwrap_or((op, ""));
        let words: Vec<&str> = rest.split_whitespace().collect();
        let s = |at: usize| words[at].parse::<Slot>().unwrap_or_else(|_| panic!("operand {at} of {op}"));
        let id = |at: usize| u32::from(s(at));
        let it = || s(0) as u8;
        // What follows the first operand.
        let text = rest.split_once(' ').map_or("", |(_, text)| text.trim());
        match name {
            "const" => Act::Const { dst: s(0), k: self.constant(text) },
            "move" => Act::Move { dst: s(0), src: s(1) },
            "input" => Act::Input { dst: s(0), path: self.path(text) },
            "data" => Act::Data { dst: s(0), path: self.path(text) },
            "field" => {
                let key = self.constant(rest.splitn(3, ' ').nth(2).unwrap());
                self.keys.push(key);
                Act::Field { dst: s(0), of: s(1), key: self.keys.len() as u16 - 1 }
            }
            "get" => Act::Get { dst: s(0), of: s(1), key: s(2) },
            "find" => Act::Find { dst: s(0), of: s(1), key: s(2) },
            "array" => Act::Array { dst: s(0), first: s(1), n: s(2) },
            "set" => Act::Set { dst: s(0), first: s(1), n: s(2) },
            "object" => Act::Object { dst: s(0), first: s(1), n: s(2) },
            "holds" => Act::Holds { a: s(0) },
            "isfalse" => Act::IsFalse { a: s(0) },
            "eq" => Act::Eq { a: s(0), b: s(1) },
            "ne" => Act::Ne { a: s(0), b: s(1) },
            "lt" => Act::Lt { a: s(0), b: s(1) },
            "le" => Act::Le { a: s(0), b: s(1) },
            "gt" => Act::Gt { a: s(0), b: s(1) },
            "ge" => Act::Ge { a: s(0), b: s(1) },
            "in" => Act::In { a: s(0), of: s(1) },
            "notin" => Act::NotIn { a: s(0), of: s(1) },
            "shape" => Act::Shape { a: s(0), object: words[1] == "object", n: s(2) },
            "collection" => Act::Collection { a: s(0) },
            "add" => Act::Add { dst: s(0), a: s(1), b: s(2) },
            "sub" => Act::Sub { dst: s(0), a: s(1), b: s(2) },
            "mul" => Act::Mul { dst: s(0), a: s(1), b: s(2) },
            "div" => Act::Div { dst: s(0), a: s(1), b: s(2) },
            "rem" => Act::Rem { dst: s(0), a: s(1), b: s(2) },
            "call" | "test" => {
                let builtin = builtins.get(words[1]).unwrap_or_else(|| panic!("no builtin {}", words[1]));
                self.calls.push(Call { builtin, prepared: None, mock: parts.mocked_builtins.get(words[1]).copied() });
                let call = self.calls.len() as u32 - 1;
                if name == "call" { Act::Call { first: s(0), call } } else { Act::Test { first: s(0), call } }
            }
            "func" => Act::Func { first: s(0), routine: id(1) },
            "rule" => unreachable!("a routine"),
            "value" => Act::Rule { dst: s(0), routine: id(1) },
            "lookup" => Act::Ask { first: s(0), routine: id(1) },
            "extent" => Act::Extent { dst: s(0), node: id(1) },
            "names" => Act::Names { dst: s(0), node: id(1) },
            "each" => Act::Each { it: it(), of: s(1), val: s(2) },
            "eachpair" => Act::EachPair { it: it(), of: s(1), key: s(2), val: s(3) },
            "next" => Act::Next { it: it(), val: s(1) },
            "nextpair" => Act::NextPair { it: it(), key: s(1), val: s(2) },
            "eachwalk" => Act::EachWalk { it: it(), of: s(1), path: s(2), val: s(3) },
            "nextwalk" => Act::NextWalk { it: it(), path: s(1), val: s(2) },
            "begin" => Act::Begin {
                kind: match words[0] {
                    "array" => Kind::Array,
                    "set" => Kind::Set { indexed: false },
                    "indexed" => Kind::Set { indexed: true },
                    "object" => Kind::Object,
                    "groups" => Kind::Groups,
                    "groupsets" => Kind::GroupSets,
                    "count" => Kind::Count,
                    "tree" => Kind::Tree,
                    other => panic!("no kind {other}"),
                },
            },
            "emit" => Act::Emit { v: s(0) },
            "emitpair" => Act::EmitPair { k: s(0), v: s(1) },
            "emitat" => Act::EmitAt { first: s(0), n: s(1), leaf_set: words[2] == "set" },
            "finish" => Act::Finish { dst: s(0) },
            "clear" => Act::Clear { dst: s(0) },
            "settle" => Act::Settle { dst: s(0), v: s(1) },
            "known" => Act::Known { a: s(0) },
            "enter" => Act::Enter { first: s(0), with: id(1) },
            "leave" => Act::Leave,
            "jump" => Act::Jump,
            "switch" => {
                let arms = words[1..].iter().map(|arm| {
                    let (k, label) = arm.split_once('=').unwrap();
                    (k.to_owned(), label.to_owned())
                });
                let arms: Vec<_> = arms.collect();
                let arms = arms.into_iter().map(|(k, label)| (self.constant(&k), label)).collect();
                self.tables.push(arms);
                Act::Switch { on: s(0), table: self.tables.len() as u32 - 1 }
            }
            "choose" => {
                self.choices.push(words[1..].iter().map(|label| (*label).to_owned()).collect());
                Act::Choose { it: it(), choice: self.choices.len() as u32 - 1 }
            }
            "nextchoice" => Act::NextChoice { it: it(), choice: id(1) },
            "return" => Act::Return { v: s(0) },
            "undefined" => Act::Undefined,
            "print" => Act::Print { first: s(0), n: s(1) },
            other => panic!("no op {other}"),
        }
    }
}
