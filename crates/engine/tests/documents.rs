//! `with`, documents of rules and base data, entering and leaving.

#![allow(clippy::unwrap_used, reason = "tests may panic")]

#[allow(dead_code, reason = "not every test file uses all of it")]
mod assembler;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use assembler::Parts;
use assembler::ask::{frozen, given, given_with};
use lictor_engine::{Input, Limits, Linked, Options, Session};
use lictor_ir::program::{Mock, Path, Replacement, Target, With};
use lictor_ir::{Node, Program};
use lictor_value::{Frozen, Host};

/// The id of a path in an assembled program: ids are given in order of appearance.
fn with(targets: Vec<Target>, mocks: Vec<Mock>, drops: Vec<u32>) -> With {
    With { targets, mocks, drops }
}

#[test]
fn with_replaces_input_and_puts_it_back() {
    // Paths: 0 is input.a.b, 1 input.a, 2 input.c.
    let text = r#"
        rule data.t.p
        const 1 9
        enter 1 0
        value 2 1 -> none
        leave
        value 3 1 -> none2
        array 4 2 2
        return 4
        none:
        leave
        none2:
        undefined
        rule data.t.q
        input 1 a.b -> no
        input 2 a -> no
        input 3 c -> no
        array 0 1 3
        return 0
        no:
        undefined
    "#;
    let parts = || Parts { withs: vec![with(vec![Target::Input(0)], vec![], vec![1])], ..Parts::default() };
    let asked = given_with(text, parts()).input(r#"{"a": {"b": 1, "z": 2}, "c": 3}"#);
    assert_eq!(asked.answer(), r#"[[9, {"b": 9, "z": 2}, 3], [1, {"b": 1, "z": 2}, 3]]"#);
    // What is no object on the way becomes one; what the outer world lacks stays undefined there.
    assert_eq!(given_with(text, parts()).input(r#"{"a": [1], "c": 3}"#).answer(), "undefined");
    let inside = text.replace("value 3 1 -> none2", "move 3 2");
    assert_eq!(
        given_with(&inside, parts()).input(r#"{"a": [1], "c": 3}"#).answer(),
        r#"[[9, {"b": 9}, 3], [9, {"b": 9}, 3]]"#
    );
}

#[test]
fn with_applies_targets_left_to_right() {
    let text = r#"
        rule data.t.p
        const 1 {"b": 1, "c": 2}
        const 2 3
        enter 1 0
        input 3 a.b -> none
        input 4 a -> none
        leave
        array 5 3 2
        return 5
        none:
        leave
        undefined
    "#;
    // Paths: 0 is input.a.b, 1 input.a.
    let targets = vec![Target::Input(1), Target::Input(0)];
    let parts = Parts { withs: vec![with(targets, vec![], vec![])], ..Parts::default() };
    assert_eq!(given_with(text, parts).answer(), r#"[3, {"b": 3, "c": 2}]"#);
}

#[test]
fn with_through_a_number_is_a_bad_path() {
    let text = "
        rule data.t.p
        const 1 0
        enter 1 0
        input 2 a -> none
        none:
        leave
        undefined
    ";
    let asked =
        given_with(text, Parts { withs: vec![with(vec![Target::Input(1)], vec![], vec![])], ..Parts::default() });
    // The assembler knows names only: a path of the constant 0 is added by hand.
    let mut program = Arc::into_inner(asked.program).unwrap();
    program.paths.push(Path(Box::new([0])));
    let linked = Linked::new(Arc::new(program), frozen("{}")).unwrap();
    let mut session = Session::new(Limits::default());
    let error = session.eval(&linked, 0, Input::Undefined, &Options::new(&lictor_value::NoHost)).unwrap_err();
    assert_eq!((error.code(), error.to_string().as_str()), ("eval_conflict_error", "bad document path"));
    assert_eq!(error.at.unwrap().row, 4);
}

#[test]
fn with_replaces_base_data_and_the_rules_there() {
    // Path 0 is data.m; rule 1 stands at data.m.r, and rule 2 is asked by key.
    let text = r#"
        rule data.t.p
        const 1 {"x": 1, "r": "by with", "s": {"k": "of s"}}
        enter 1 0
        data 2 m -> none
        value 3 1 -> none
        const 4 "k"
        lookup 4 2 -> none
        leave
        value 5 1 -> none2
        const 6 "k"
        lookup 6 2 -> none2
        array 7 2 5
        return 7
        none:
        leave
        none2:
        undefined
        rule data.m.r
        const 0 "the rule's"
        return 0
        ask data.m.s
        return 0
    "#;
    let rules = vec![(1, Path(Box::new([1]))), (2, Path(Box::new([3])))];
    let targets = vec![Target::Data { path: 0, rules }];
    let mut parts = Parts { withs: vec![with(targets, vec![], vec![1])], ..Parts::default() };
    // Constants in order: 0 is the object, 1 "m"; "r" and "s" are needed besides.
    parts.withs[0].drops = vec![1, 2];
    let text = text.replace("const 1 {", "const 20 \"m\"\nconst 21 \"r\"\nconst 22 \"k\"\nconst 23 \"s\"\nconst 1 {");
    let answer = given_with(&text, parts).data(r#"{"m": {"x": 0}}"#).answer();
    let whole = r#"{"r": "by with", "s": {"k": "of s"}, "x": 1}"#;
    assert_eq!(answer, format!(r#"[{whole}, "by with", "of s", "the rule's", "k"]"#));
}

#[test]
fn with_forgets_what_depends_on_it_and_remembers_it_afterwards() {
    // q counts over many; asked outside, inside, outside: two evaluations, not three.
    let text = r#"
        rule data.t.p
        value 1 1 -> none2
        const 2 5
        enter 2 0
        value 3 1 -> none
        leave
        value 4 1 -> none2
        move 2 3
        move 3 4
        array 5 1 3
        return 5
        none:
        leave
        none2:
        undefined
        rule data.t.q
        begin count
        data 1 many -> end
        each 0 1 2 -> end
        top:
        emit 2
        next 0 2 -> top
        end:
        finish 1
        input 2 x -> alone
        add 1 1 2 -> alone
        alone:
        return 1
    "#;
    let data: &'static str = Box::leak(format!("{{\"many\": [{}]}}", vec!["0"; 1000].join(",")).into_boxed_str());
    // Path 0 is data.many, path 1 is input.x.
    let parts = Parts { withs: vec![with(vec![Target::Input(1)], vec![], vec![1])], ..Parts::default() };
    let limits = Limits { steps: 2100, ..Limits::default() };
    assert_eq!(given_with(text, parts).data(data).limits(limits).answer(), "[1000, 1005, 1000]");
}

#[test]
fn with_replaces_functions_by_values_functions_and_builtins() {
    // Routine 1 is f, 2 is g, which calls f: in the replacement the old name means the original.
    let text = r#"
        rule data.t.p
        const 10 "value"
        enter 10 0
        const 1 7
        func 1 1 -> none
        leave
        enter 10 1
        const 2 7
        func 2 1 -> none
        const 3 "abc"
        const 4 "b"
        call 3 test.contains -> none
        leave
        enter 10 2
        const 4 [1, 2]
        func 4 1 -> none
        leave
        const 5 7
        func 5 1 -> none2
        const 6 "abc"
        const 7 "b"
        call 6 test.contains -> none2
        array 9 1 6
        return 9
        none:
        leave
        none2:
        undefined
        function data.t.f 1
        array 1 0 1
        return 1
        function data.t.g 1
        move 1 0
        func 1 1 -> no
        array 1 1 1
        return 1
        no:
        undefined
        function data.t.h 2
        const 2 false
        return 2
        function data.t.i 1
        call 0 count -> no
        return 0
        no:
        undefined
    "#;
    let mock = |id, by| Mock { id, by };
    let withs = vec![
        with(vec![], vec![mock(0, Replacement::Value(0))], vec![1]),
        with(vec![], vec![mock(0, Replacement::Routine(2)), mock(1, Replacement::Routine(3))], vec![1]),
        // The third call site is `count` in i.
        with(vec![], vec![mock(0, Replacement::Call(2))], vec![1]),
    ];
    let parts = Parts {
        withs,
        mocked_functions: HashMap::from([(1, 0)]),
        mocked_builtins: HashMap::from([("test.contains", 1)]),
        ..Parts::default()
    };
    assert_eq!(given_with(text, parts).answer(), r#"["value", [[7]], false, 2, [7], true]"#);
}

/// A rule tree below data.lib: a rule r, an undefined rule u, a package x with a rule s, a package f of functions.
fn library() -> Vec<Node> {
    // Constants in the program: 0 "lib", 1 "r", 2 "u", 3 "x", 4 "s", 5 "f".
    // Paths: 0 data.lib, 1 data.lib.r, 2 data.lib.u, 3 data.lib.x, 4 data.lib.x.s, 5 data.lib.f.
    let node = |path, rule, children: &[(u32, u32)]| Node {
        path,
        rule,
        children: children.to_vec(),
        only_functions: path == 5,
    };
    vec![
        node(0, None, &[(5, 1), (1, 2), (2, 3), (3, 4)]),
        node(5, None, &[]),
        node(1, Some(1), &[]),
        node(2, Some(2), &[]),
        node(3, None, &[(4, 5)]),
        node(4, Some(3), &[]),
    ]
}

const LIBRARY: &str = r#"
        rule data.lib.r
        const 0 "r"
        return 0
        rule data.lib.u
        undefined
        rule data.lib.x.s
        const 0 "s"
        return 0
        rule data.t.unused
        const 0 "lib"
        const 0 "r"
        const 0 "u"
        const 0 "x"
        const 0 "s"
        const 0 "f"
        data 0 lib -> no
        data 0 lib.r -> no
        data 0 lib.u -> no
        data 0 lib.x -> no
        data 0 lib.x.s -> no
        data 0 lib.f -> no
        no:
        undefined
"#;

/// A program over the library. Its constants and paths must come first, so the rule that names them is moved there.
fn over_library(main: &str, withs: Vec<With>) -> assembler::ask::Asked {
    let (rules, names) = LIBRARY.split_once("        rule data.t.unused\n").unwrap();
    let text = format!(
        "rule data.t.p\n jump -> begin\n{}\nbegin:\n{main}\n{rules}",
        names.replace("undefined\n", "undefined")
    );
    given_with(&text, Parts { nodes: library(), withs, ..Parts::default() })
}

#[test]
fn a_document_merges_base_data_with_the_rules_below() {
    let asked = || over_library("extent 1 0 -> no\n return 1\n", vec![]);
    assert_eq!(asked().answer(), r#"{"f": {}, "r": "r", "x": {"s": "s"}}"#);
    let data = r#"{"lib": {"base": 1, "x": {"more": 2}, "zz": 3}}"#;
    assert_eq!(asked().data(data).answer(), r#"{"base": 1, "f": {}, "r": "r", "x": {"more": 2, "s": "s"}, "zz": 3}"#);
}

#[test]
fn names_are_those_of_base_data_first() {
    let asked = over_library("names 1 0\n return 1\n", vec![]).data(r#"{"lib": {"zz": 3, "x": {"y": 1}, "c": 1}}"#);
    assert_eq!(asked.answer(), r#"["c", "x", "zz", "f", "r", "u"]"#);
}

#[test]
fn a_replaced_document_is_the_replacement() {
    let rules = |skip: usize| -> Vec<(u32, Path)> {
        [(1, vec![0, 1]), (2, vec![0, 2]), (3, vec![0, 3, 4])]
            .into_iter()
            .map(|(rule, path): (u32, Vec<u32>)| (rule, Path(path[skip..].into())))
            .collect()
    };
    let main = "const 2 {\"a\": 1}\n enter 2 0\n extent 1 0 -> left\n leave\n return 1\n left:\n leave\n undefined\n";
    let whole = with(vec![Target::Data { path: 0, rules: rules(1) }], vec![], vec![]);
    assert_eq!(over_library(main, vec![whole]).data(r#"{"lib": {"b": 1}}"#).answer(), r#"{"a": 1}"#);
    let part = with(vec![Target::Data { path: 3, rules: vec![(3, Path(Box::new([4])))] }], vec![], vec![]);
    let answer = over_library(main, vec![part]).data(r#"{"lib": {"b": 1}}"#).answer();
    assert_eq!(answer, r#"{"b": 1, "f": {}, "r": "r", "x": {"a": 1}}"#);
}

#[test]
fn base_data_may_not_stand_where_a_rule_does() {
    let linked = |data: &str| {
        let text = "rule data.t.p\n const 0 1\n return 0\n";
        let asked = given_with(text, Parts { rules: vec!["t.p", "a.b"], ..Parts::default() });
        Linked::new(asked.program, frozen(data)).map(|_| ()).map_err(|error| error.to_string())
    };
    assert_eq!(linked(r#"{"t": {"q": 1}, "a": {}}"#), Ok(()));
    assert_eq!(linked(r#"{"t": {"p": 1}}"#), Err("conflicting rule for data path t/p found".to_owned()));
    assert_eq!(linked(r#"{"a": 5}"#), Err("conflicting rule for data path a/b found".to_owned()));
}

#[derive(Default)]
struct Printed(Mutex<Vec<String>>);

impl Host for Printed {
    fn now_ns(&self) -> i64 {
        0
    }

    fn random(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }

    fn print(&self, at: &str, message: &str) {
        self.0.lock().unwrap().push(format!("{at}: {message}"));
    }
}

fn printed(program: Arc<Program>, data: Arc<Frozen>, print: bool) -> Vec<String> {
    let host = Printed::default();
    let linked = Linked::new(program, data).unwrap();
    let options = Options { print, ..Options::new(&host) };
    Session::new(Limits::default()).eval(&linked, 0, Input::Undefined, &options).unwrap();
    host.0.into_inner().unwrap()
}

#[test]
fn print_writes_a_line_for_each_combination() {
    let text = r#"rule data.t.p
        const 1 ["a b"]
        const 2 [1, 2]
        const 3 []
        const 4 [["x"], null]
        print 1 4
        const 0 true
        return 0
    "#;
    let lines = printed(given(text).program, frozen("{}"), true);
    let expected =
        ["a b 1 <undefined> [\"x\"]", "a b 1 <undefined> null", "a b 2 <undefined> [\"x\"]", "a b 2 <undefined> null"];
    assert_eq!(lines, expected.map(|line| format!("t.rego:6: {line}")));
    assert!(printed(given(text).program, frozen("{}"), false).is_empty());
}
