//! Plans of resolved trees written by hand: verified, run, and compared with what OPA answers to the same Rego.

use std::sync::Arc;

use lictor_compiler::hir::{
    At, Base, Callee, Comprehension, ComprehensionKind, Constant, Definition, Document, Head, Literal, LiteralKind,
    Node, Rule, RuleKind, Term, TermKind, Unit, With, WithTarget, WithValue,
};
use lictor_compiler::{PlanOptions, plan};
use lictor_engine::{Input, Limits, Linked, Options, Session};
use lictor_ir::Test;
use lictor_value::{Frozen, NoHost, json};

fn term(kind: TermKind) -> Term {
    Term { kind, at: At::default() }
}

fn number(text: &str) -> Term {
    term(TermKind::Constant(Constant::Number(text.into())))
}

fn string(text: &str) -> Term {
    term(TermKind::Constant(Constant::String(text.into())))
}

fn local(id: u32) -> Term {
    term(TermKind::Local(id))
}

fn input(keys: impl IntoIterator<Item = Term>) -> Term {
    term(TermKind::Ref(Base::Input, keys.into_iter().collect()))
}

fn data(keys: impl IntoIterator<Item = Term>) -> Term {
    term(TermKind::Ref(Base::Data, keys.into_iter().collect()))
}

fn call(name: &str, args: impl IntoIterator<Item = Term>) -> Term {
    let builtin = lictor_builtins::registry().get(name).expect("the builtin exists");
    term(TermKind::Call(Callee::Builtin(builtin), args.into_iter().collect()))
}

fn literal(kind: LiteralKind) -> Literal {
    Literal { kind, with: vec![], at: At::default() }
}

fn holds(term: Term) -> Literal {
    literal(LiteralKind::Term(term))
}

fn is(a: Term, b: Term) -> Literal {
    literal(LiteralKind::Unify(a, b))
}

fn some_in(value: Term, domain: Term) -> Literal {
    literal(LiteralKind::SomeIn { key: None, value, domain })
}

fn definition(head: Head, body: Vec<Literal>) -> Definition {
    let locals = vec!["".into(); 16];
    Definition { at: At::default(), args: vec![], path: vec![], head, body, elses: vec![], locals }
}

fn rule(name: &str, kind: RuleKind, definitions: Vec<Definition>) -> Rule {
    Rule { path: vec!["t".into(), name.into()], kind, definitions, default: None, uses: vec![], root: 0 }
}

/// The rules of package `t`, by name.
fn unit(rules: Vec<Rule>) -> Unit {
    let leaf = |id: u32, rule: &Rule| Node { path: rule.path.clone(), rule: Some(id), children: vec![] };
    let mut children: Vec<_> = rules.iter().map(|r| r.path[1].clone()).zip(2..).collect();
    children.sort();
    let package = Node { path: vec!["t".into()], rule: None, children };
    let mut nodes = vec![Node { path: vec![], rule: None, children: vec![("t".into(), 1)] }, package];
    nodes.extend((0..).zip(&rules).map(|(id, rule)| leaf(id, rule)));
    let document =
        |name: &str, path: &[lictor_syntax::Name]| Document { name: name.into(), root: 0, path: path.into() };
    let mut documents = vec![document("package", &["t".into()])];
    documents.extend(rules.iter().map(|rule| document(&rule.path[1], &rule.path)));
    Unit { rules, nodes, documents, ..Unit::default() }
}

/// What an entry gives, as JSON; `undefined`; or the error.
fn answer(unit: &Unit, entry: &str, input: &str, data: &str) -> String {
    let program = plan(unit, &lictor_builtins::registry(), &PlanOptions::default()).expect("the unit can be planned");
    if let Err(faults) = lictor_ir::verify::verify(&program) {
        let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
        panic!("{}\n{program}", faults.join("\n"));
    }
    let routine = program.entry(entry).expect("the entry exists").routine;
    let read = |text: &str| Frozen::build(|arena| json::parse_copied(arena, text.as_bytes()).expect("well-formed"));
    let linked = Linked::new(Arc::new(program), Arc::new(read(data))).expect("rules and data do not meet");
    let input = read(input);
    let mut session = Session::new(Limits::default());
    match session.eval(&linked, routine, Input::Tree(input.root()), &Options::new(&NoHost)) {
        Ok(Some(value)) => {
            let mut text = vec![];
            json::write_json(value, &mut text);
            String::from_utf8(text).expect("JSON is UTF-8")
        }
        Ok(None) => "undefined".to_owned(),
        Err(error) => error.to_string(),
    }
}

/// `p := x if { some x in input.xs }`
fn one_of_input() -> Unit {
    let body = vec![some_in(local(0), input([string("xs")]))];
    unit(vec![rule("p", RuleKind::Complete, vec![definition(Head::Value(local(0)), body)])])
}

#[test]
fn a_complete_rule_takes_values_that_agree() {
    assert_eq!(answer(&one_of_input(), "p", r#"{"xs": [3, 3.0]}"#, "{}"), "3");
    assert_eq!(answer(&one_of_input(), "p", r#"{"xs": []}"#, "{}"), "undefined");
}

#[test]
fn a_complete_rule_raises_values_that_differ() {
    let error = answer(&one_of_input(), "p", r#"{"xs": [1, 2]}"#, "{}");
    assert!(error.starts_with("rule data.t.p produced conflicting values:"), "{error}");
}

/// `p contains x if { some [x, "on"] in input.xs; not x == input.off }`
#[test]
fn a_pattern_binds_and_tests() {
    let pattern = term(TermKind::Array(vec![local(0), string("on")]));
    let not = LiteralKind::Not { body: vec![holds(call("equal", [local(0), input([string("off")])]))], whole: false };
    let body = vec![some_in(pattern, input([string("xs")])), literal(not)];
    let unit = unit(vec![rule("p", RuleKind::Set, vec![definition(Head::Member(local(0)), body)])]);
    let input = r#"{"xs": [[5, "on"], [4, "off"], [3, "on"], [1, "on", 2], "on"], "off": 3}"#;
    assert_eq!(answer(&unit, "p", input, "{}"), "[5]");
    assert_eq!(answer(&unit, "package", input, "{}"), r#"{"p":[5]}"#);
}

/// `p if { every x in input.xs { some y in input.ys; x > y } }`
#[test]
fn every_needs_a_collection_and_each_of_its_elements() {
    let inner = vec![some_in(local(1), input([string("ys")])), holds(call("gt", [local(0), local(1)]))];
    let every = LiteralKind::Every { key: None, value: 0, domain: input([string("xs")]), body: inner };
    let head = Head::Value(term(TermKind::Constant(Constant::Bool(true))));
    let unit = unit(vec![rule("p", RuleKind::Complete, vec![definition(head, vec![literal(every)])])]);
    assert_eq!(answer(&unit, "p", r#"{"xs": [3, 2], "ys": [9, 1]}"#, "{}"), "true");
    assert_eq!(answer(&unit, "p", r#"{"xs": [3, 1], "ys": [9, 1]}"#, "{}"), "undefined");
    assert_eq!(answer(&unit, "p", r#"{"xs": []}"#, "{}"), "true");
    assert_eq!(answer(&unit, "p", r#"{"xs": 3}"#, "{}"), "undefined");
}

/// `q := input.a + 1`, `p := [x, y] if { x := q with input.a as 2; y := q }`
#[test]
fn with_replaces_for_one_literal() {
    let q = || data([string("t"), string("q")]);
    let mut with = is(local(0), q());
    let target = WithTarget::Input(vec![Constant::String("a".into())]);
    with.with.push(With { target, value: WithValue::Term(number("2")) });
    let head = Head::Value(term(TermKind::Array(vec![local(0), local(1)])));
    let unit = unit(vec![
        rule(
            "q",
            RuleKind::Complete,
            vec![definition(Head::Value(call("plus", [input([string("a")]), number("1")])), vec![])],
        ),
        rule("p", RuleKind::Complete, vec![definition(head, vec![with, is(local(1), q())])]),
    ]);
    assert_eq!(answer(&unit, "p", r#"{"a": 5}"#, "{}"), "[3,6]");
    assert_eq!(answer(&unit, "p", "{}", "{}"), "undefined");
}

/// `p := [[k, v] | v := data.t[k]]` without itself: beside base data, names of rules come last.
#[test]
fn names_of_base_data_come_before_those_of_rules() {
    let pair = term(TermKind::Array(vec![local(0), local(1)]));
    let body = vec![is(local(1), data([string("lib"), local(0)]))];
    let comprehension = Comprehension { kind: ComprehensionKind::Array, value: pair, key: None, body };
    let head = Head::Value(term(TermKind::Comprehension(Box::new(comprehension))));
    let mut unit = unit(vec![
        rule("r", RuleKind::Complete, vec![definition(Head::Value(number("1")), vec![])]),
        rule("p", RuleKind::Complete, vec![definition(head, vec![])]),
    ]);
    // `r` moves from `t` to `lib`.
    unit.rules[0].path[0] = "lib".into();
    unit.nodes[1].children.retain(|(name, _)| **name == *"p");
    unit.nodes[2].path[0] = "lib".into();
    unit.nodes.push(Node { path: vec!["lib".into()], rule: None, children: vec![("r".into(), 2)] });
    unit.nodes[0].children.insert(0, ("lib".into(), 4));
    assert_eq!(answer(&unit, "p", "{}", r#"{"lib": {"z": 0, "b": 2}}"#), r#"[["b",2],["z",0],["r",1]]"#);
    assert_eq!(answer(&unit, "package", "{}", "{}"), r#"{"p":[["r",1]]}"#);
}

/// `p contains n if { role := input.role; role == "rn"; input.level > n }` for n in 0..6, and one more that always holds.
#[test]
fn many_definitions_are_chosen_by_their_guards() {
    let definition_of = |n: usize| {
        let body = vec![
            is(local(0), input([string("role")])),
            holds(call("equal", [string(&format!("r{n}")), local(0)])),
            holds(call("gt", [input([string("level")]), number(&n.to_string())])),
        ];
        definition(Head::Member(number(&n.to_string())), body)
    };
    let mut definitions: Vec<_> = (0..6).map(definition_of).collect();
    definitions.push(definition(Head::Member(string("always")), vec![]));
    let unit = unit(vec![rule("p", RuleKind::Set, definitions)]);
    assert_eq!(answer(&unit, "p", r#"{"role": "r4", "level": 9}"#, "{}"), r#"[4,"always"]"#);
    assert_eq!(answer(&unit, "p", r#"{"role": "r4", "level": 4}"#, "{}"), r#"["always"]"#);
    let program = plan(&unit, &lictor_builtins::registry(), &PlanOptions::default()).expect("the unit can be planned");
    assert_eq!(program.choices.len(), 1);
    let atoms: Vec<usize> = program.choices[0].arms.iter().map(|arm| arm.guard.atoms.len()).collect();
    assert_eq!(atoms, [3, 3, 3, 3, 3, 3, 0], "{program}");
}

/// `p contains n if { some r in input.roles; r == "rn"; k := n; input.level > k; input.kind in kinds }`, where `kinds` is a
/// rule that is a constant.
fn named_constants(more: Option<Rule>) -> Unit {
    let definition_of = |n: usize| {
        let body = vec![
            some_in(local(0), input([string("roles")])),
            holds(call("equal", [local(0), string(&format!("r{n}"))])),
            is(local(1), number(&n.to_string())),
            holds(call("gt", [input([string("level")]), local(1)])),
            holds(call("internal.member_2", [input([string("kind")]), data([string("t"), string("kinds")])])),
        ];
        definition(Head::Member(number(&n.to_string())), body)
    };
    let kinds = term(TermKind::Constant(Constant::Set(["a", "b"].map(|kind| Constant::String(kind.into())).into())));
    let kinds = rule("kinds", RuleKind::Complete, vec![definition(Head::Value(kinds), vec![])]);
    let rules = [rule("p", RuleKind::Set, (0..6).map(definition_of).collect()), kinds];
    unit(rules.into_iter().chain(more).collect())
}

#[test]
fn guards_see_through_names_of_elements_and_constants() {
    let unit = named_constants(None);
    let event = |kind: &str| format!(r#"{{"roles": ["x", "r4"], "level": 4.5, "kind": "{kind}"}}"#);
    assert_eq!(answer(&unit, "p", &event("b"), "{}"), "[4]");
    assert_eq!(answer(&unit, "p", &event("c"), "{}"), "[]");
    let program = plan(&unit, &lictor_builtins::registry(), &PlanOptions::default()).expect("the unit can be planned");
    for arm in &program.choices[0].arms {
        let tests: Vec<&Test> = arm.guard.atoms.iter().map(|atom| &atom.test).collect();
        let [Test::HasElement(_), Test::Above { inclusive: false, .. }, Test::OneOf(kinds)] = &tests[..] else {
            panic!("{program}")
        };
        assert_eq!(kinds.len(), 2);
    }
}

/// `q if { p with data.t.kinds as {"c"} }`
#[test]
fn guards_do_not_look_into_rules_where_data_is_replaced() {
    let path = ["t", "kinds"].map(|name| Constant::String(name.into())).into();
    let other = term(TermKind::Constant(Constant::Set(vec![Constant::String("c".into())])));
    let with = With { target: WithTarget::Data(path), value: WithValue::Term(other) };
    let ask = is(local(0), data([string("t"), string("p")]));
    let q = definition(Head::Value(local(0)), vec![Literal { with: vec![with], ..ask }]);
    let unit = named_constants(Some(rule("q", RuleKind::Complete, vec![q])));
    let event = r#"{"roles": ["r4"], "level": 4.5, "kind": "c"}"#;
    assert_eq!(answer(&unit, "p", event, "{}"), "[]");
    assert_eq!(answer(&unit, "q", event, "{}"), "[4]");
    let program = plan(&unit, &lictor_builtins::registry(), &PlanOptions::default()).expect("the unit can be planned");
    let all = program.choices[0].arms.iter().flat_map(|arm| &arm.guard.atoms);
    assert!(all.into_iter().all(|atom| !matches!(atom.test, Test::OneOf(_))), "{program}");
}

/// `p := [n | some r in input.rows; n := count([1 | some s in input.rows; s.g != r.g])]`
#[test]
fn what_a_loop_does_not_change_is_loaded_in_front_of_it() {
    let rows = || input([string("rows")]);
    let field = |id: u32, name: &str| term(TermKind::Ref(Base::Term(Box::new(local(id))), vec![string(name)]));
    let compare = holds(call("neq", [field(2, "g"), field(0, "g")]));
    let comprehension = |value, body| {
        let kind = ComprehensionKind::Array;
        term(TermKind::Comprehension(Box::new(Comprehension { kind, value, key: None, body })))
    };
    let inner = comprehension(number("1"), vec![some_in(local(2), rows()), compare]);
    let body = vec![some_in(local(0), rows()), is(local(1), inner)];
    let head = Head::Value(comprehension(local(1), body));
    let unit = unit(vec![rule("p", RuleKind::Complete, vec![definition(head, vec![])])]);
    let input = r#"{"rows": [{"g": 1}, {"g": 2}, {"g": 1.0}]}"#;
    assert_eq!(answer(&unit, "p", input, "{}"), "[[1],[1,1],[1]]");
    let program = plan(&unit, &lictor_builtins::registry(), &PlanOptions::default()).expect("the unit can be planned");
    let loads = program.code.iter().filter(|op| matches!(op.act, lictor_ir::Act::Input { .. })).count();
    assert_eq!(loads, 1, "{program}");
}
