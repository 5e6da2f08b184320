//! Each op, in the smallest program that shows it.

#![allow(clippy::unwrap_used, reason = "tests may panic")]

#[allow(dead_code, reason = "not every test file uses all of it")]
mod assembler;

use assembler::Parts;
use assembler::ask::{given, given_with};

#[test]
fn loads_give_constants_input_data_and_what_is_in_them() {
    let text = r#"
        rule data.t.p
        const 1 [1, "x"]
        input 2 a.b -> none
        data 3 m -> none
        field 4 3 "k" -> none
        get 5 3 2 -> none
        move 6 5
        array 7 1 6
        return 7
        none:
        undefined
    "#;
    let asked = || given(text).data(r#"{"m": {"k": 1, "x": 2}}"#);
    assert_eq!(asked().input(r#"{"a": {"b": "x"}}"#).answer(), r#"[[1, "x"], "x", {"k": 1, "x": 2}, 1, 2, 2]"#);
    assert_eq!(asked().input(r#"{"a": {"b": "y"}}"#).answer(), "undefined");
    assert_eq!(asked().input(r#"{"a": 1}"#).answer(), "undefined");
    assert_eq!(asked().answer(), "undefined");
}

#[test]
fn sets_and_objects_are_made_of_slots() {
    let text = r#"
        rule data.t.p
        const 1 "b"
        const 2 1
        const 3 "a"
        const 4 2
        set 5 1 4
        object 6 1 2
        array 7 5 2
        return 7
    "#;
    assert_eq!(given(text).answer(), r#"[{1, 2, "a", "b"}, {"a": 2, "b": 1}]"#);
}

/// A program that is true where the op on `input.a` and `input.b` holds.
fn holds(op: &str, a: &'static str, b: &str) -> bool {
    let text = format!(
        "rule data.t.p\n input 1 a -> no\n const 2 {b}\n {op} -> no\n const 0 true\n return 0\n no:\n undefined\n"
    );
    let asked = given(&text);
    let input: &'static str = Box::leak(format!("{{\"a\": {a}}}").into_boxed_str());
    match asked.input(input).answer().as_str() {
        "true" => true,
        "undefined" => false,
        other => panic!("{other}"),
    }
}

#[test]
fn comparisons_follow_the_order_of_all_values() {
    for (a, b, order) in
        [("1", "2", "lt"), ("1", "1.0", "eq"), ("\"a\"", "99", "gt"), ("[1]", "{}", "lt"), ("null", "false", "lt")]
    {
        let expected = |op: &str| match op {
            "eq" => order == "eq",
            "ne" => order != "eq",
            "lt" => order == "lt",
            "le" => order != "gt",
            "gt" => order == "gt",
            _ => order != "lt",
        };
        for op in ["eq", "ne", "lt", "le", "gt", "ge"] {
            assert_eq!(holds(&format!("{op} 1 2"), a, b), expected(op), "{a} {op} {b}");
        }
    }
}

#[test]
fn conditions_have_twins() {
    assert!(holds("holds 1", "0", "0") && !holds("holds 1", "false", "0"));
    assert!(holds("isfalse 1", "false", "0") && !holds("isfalse 1", "null", "0"));
    assert!(holds("in 1 2", "2", "[1,2]") && holds("in 1 2", "2", r#"{"k":2}"#) && !holds("in 1 2", "2", "2"));
    assert!(!holds("notin 1 2", "2", "[1,2]") && holds("notin 1 2", "2", "2"));
    assert!(holds("collection 1", "{}", "0") && !holds("collection 1", "\"x\"", "0"));
    assert!(holds("shape 1 array 1", "[1]", "0") && !holds("shape 1 array 1", r#"{"a":1}"#, "0"));
    assert!(holds("shape 1 object 1", r#"{"a":1}"#, "0") && !holds("shape 1 object 1", r#"{"a":1,"b":2}"#, "0"));
    assert!(holds("test 1 test.contains", "\"abc\"", "\"b\"") && !holds("test 1 test.contains", "\"abc\"", "\"x\""));
    assert!(!holds("test 1 test.contains", "5", "\"x\""), "a fault is undefined");
}

/// The result of an arithmetic op.
fn computed(op: &str, a: &str, b: &str, strict: bool) -> String {
    let text = format!("rule data.t.p\n const 1 {a}\n const 2 {b}\n {op} 0 1 2 -> no\n return 0\n no:\n undefined\n");
    let asked = given(&text);
    if strict { asked.strict().answer() } else { asked.answer() }
}

#[test]
fn arithmetic_is_exact_and_its_faults_are_undefined() {
    assert_eq!(computed("add", "1", "2", false), "3");
    assert_eq!(computed("sub", "1", "2.5", false), "-1.5");
    assert_eq!(computed("mul", "9223372036854775807", "2", false), "18446744073709551614");
    assert_eq!(computed("div", "1", "4", false), "0.25");
    assert_eq!(computed("rem", "7", "4", false), "3");
    assert_eq!(computed("div", "1", "0", false), "undefined");
    assert_eq!(computed("add", "1", "\"x\"", false), "undefined");
}

#[test]
fn strict_evaluation_raises_the_faults_of_arithmetic() {
    assert_eq!(computed("div", "1", "0", true), "eval_builtin_error: div: divide by zero (4)");
    assert_eq!(computed("rem", "5", "2.5", true), "eval_builtin_error: rem: modulo on floating-point number (4)");
    let add = "eval_type_error: plus: operand 2 must be number but got string (4)";
    assert_eq!(computed("add", "1", "\"x\"", true), add);
    let sub = "eval_type_error: minus: operand 1 must be one of {number, set} but got string (4)";
    assert_eq!(computed("sub", "\"x\"", "1", true), sub);
}

#[test]
fn a_difference_of_sets_is_a_subtraction() {
    let text = "rule data.t.p\n const 1 1\n const 2 2\n set 3 1 2\n set 4 2 1\n sub 5 3 4 -> no\n return 5\n no:\n undefined\n";
    assert_eq!(given(text).answer(), "{1}");
}

#[test]
fn loops_visit_items_members_and_pairs_in_order() {
    let text = r#"
        rule data.t.p
        begin array
        input 1 xs -> end
        eachpair 0 1 2 3 -> end
        top:
        array 4 2 2
        emit 4
        nextpair 0 2 3 -> top
        end:
        finish 0
        return 0
    "#;
    assert_eq!(given(text).input(r#"{"xs": ["a", "b"]}"#).answer(), r#"[[0, "a"], [1, "b"]]"#);
    assert_eq!(given(text).input(r#"{"xs": {"k": 1, "j": 2}}"#).answer(), r#"[["j", 2], ["k", 1]]"#);
    assert_eq!(given(text).input(r#"{"xs": []}"#).answer(), "[]");
    assert_eq!(given(text).input(r#"{"xs": 5}"#).answer(), "[]");
}

#[test]
fn loops_nest() {
    let text = r#"
        rule data.t.p
        begin set
        input 1 xs -> end
        each 0 1 2 -> end
        outer:
        each 1 2 3 -> more
        inner:
        emit 3
        next 1 3 -> inner
        more:
        next 0 2 -> outer
        end:
        finish 0
        return 0
    "#;
    assert_eq!(given(text).input(r#"{"xs": [[3, 1], [], 7, [1, 2]]}"#).answer(), "{1, 2, 3}");
}

#[test]
fn walks_visit_parents_before_children() {
    let text = r#"
        rule data.t.p
        begin array
        input 1  -> end
        eachwalk 0 1 2 3 -> end
        top:
        array 4 2 2
        emit 4
        nextwalk 0 2 3 -> top
        end:
        finish 0
        return 0
    "#;
    let all = r#"[[[], {"a": [1, {"b": 2}], "c": {}}], [["a"], [1, {"b": 2}]], [["a", 0], 1], [["a", 1], {"b": 2}], [["a", 1, "b"], 2], [["c"], {}]]"#;
    assert_eq!(given(text).input(r#"{"a": [1, {"b": 2}], "c": {}}"#).answer(), all);
    assert_eq!(given(text).input("5").answer(), "[[[], 5]]");
}

#[test]
fn a_walk_within_a_walk_leaves_the_outer_one_alone() {
    // The inner walk is left at its first leaf, over and over.
    let text = r#"
        rule data.t.p
        const 5 1
        begin array
        input 1  -> end
        eachwalk 0 1 65535 2 -> end
        outer:
        eachwalk 1 2 3 4 -> more
        inner:
        eq 4 5 -> deeper
        emit 3
        jump -> more
        deeper:
        nextwalk 1 3 4 -> inner
        more:
        nextwalk 0 65535 2 -> outer
        end:
        finish 0
        return 0
    "#;
    let answer = given(text).input(r#"{"a": [7, 1], "b": {"c": 1}}"#).answer();
    assert_eq!(answer, r#"[["a", 1], [1], [], ["c"], []]"#);
}

#[test]
fn builders_gather_arrays_sets_objects_and_counts() {
    let built = |kind: &str| {
        let text = format!(
            "rule data.t.p\n begin {kind}\n data 1 xs -> end\n each 0 1 2 -> end\n top:\n emit 2\n next 0 2 -> top\n end:\n finish 0\n return 0\n"
        );
        given(&text).data(r#"{"xs": [3, 1, 3.0, "a", 1]}"#).answer()
    };
    assert_eq!(built("array"), r#"[3, 1, 3.0, "a", 1]"#);
    assert_eq!(built("set"), r#"{1, 3, "a"}"#);
    assert_eq!(built("indexed"), r#"{1, 3, "a"}"#);
    assert_eq!(built("count"), "5");
}

#[test]
fn large_sets_and_objects_hash() {
    let xs: Vec<String> = (0..500).map(|i| format!("\"k{}\"", i * 7919 % 250)).collect();
    let data: &'static str = Box::leak(format!("{{\"xs\": [{}]}}", xs.join(",")).into_boxed_str());
    let text = r#"
        rule data.t.p
        begin indexed
        data 1 xs -> end
        each 0 1 2 -> end
        top:
        emit 2
        next 0 2 -> top
        end:
        finish 0
        begin object
        each 0 0 2 -> done
        again:
        emitpair 2 2
        emitpair 2 2
        next 0 2 -> again
        done:
        finish 1
        const 2 "k17"
        in 2 0 -> no
        get 2 1 2 -> no
        array 2 0 2
        return 2
        no:
        undefined
    "#;
    let answer = given(text).data(data).answer();
    assert!(answer.starts_with(r#"[{"k0", "k1", "k10", "k100""#), "{answer}");
    assert_eq!(answer.matches("\"k249\"").count(), 3);
}

#[test]
fn one_key_with_two_values_is_a_conflict() {
    let text = r#"
        rule data.t.p
        begin object
        data 1 xs -> end
        each 0 1 2 -> end
        top:
        field 3 2 "k" -> more
        field 4 2 "v" -> more
        emitpair 3 4
        more:
        next 0 2 -> top
        end:
        finish 0
        return 0
    "#;
    let agreeing = r#"{"xs": [{"k": "b", "v": 1}, {"k": "a", "v": 2}, {"k": "b", "v": 1.0}]}"#;
    assert_eq!(given(text).data(agreeing).answer(), r#"{"a": 2, "b": 1}"#);
    let conflicting = r#"{"xs": [{"k": "b", "v": 1}, {"k": "b", "v": 2}]}"#;
    assert_eq!(given(text).data(conflicting).answer(), "eval_conflict_error: object keys must be unique (9)");
}

#[test]
fn groups_keep_the_order_of_arrival_within_a_key() {
    let grouped = |kind: &str| {
        let text = format!(
            "rule data.t.p\n begin {kind}\n data 1 xs -> end\n each 0 1 2 -> end\n top:\n field 3 2 0 -> more\n field 4 2 1 -> more\n emitpair 3 4\n more:\n next 0 2 -> top\n end:\n finish 0\n return 0\n"
        );
        given(&text).data(r#"{"xs": [["b", 3], ["a", 1], ["b", 2], ["b", 3]]}"#).answer()
    };
    assert_eq!(grouped("groups"), r#"{"a": [1], "b": [3, 2, 3]}"#);
    assert_eq!(grouped("groupsets"), r#"{"a": {1}, "b": {2, 3}}"#);
}

/// A tree rule fed with rows of data: a path, a value.
fn tree(leaf: &str, rows: &str) -> String {
    let text = format!(
        "rule data.t.p
        begin tree
        data 1 one -> two
        each 0 1 2 -> two
        one:
        field 3 2 0 -> next1
        field 4 2 1 -> next1
        emitat 3 1 {leaf}
        next1:
        next 0 2 -> one
        two:
        data 1 two -> end
        each 0 1 2 -> end
        top:
        field 3 2 0 -> next2
        field 4 2 1 -> next2
        field 5 2 2 -> next2
        emitat 3 2 {leaf}
        next2:
        next 0 2 -> top
        end:
        finish 0
        return 0"
    );
    let data: &'static str = Box::leak(rows.to_owned().into_boxed_str());
    given(&text).data(data).answer()
}

#[test]
fn trees_merge_disjoint_paths() {
    let rows = r#"{"one": [["z", 1]], "two": [["b", "y", 2], ["a", "x", 1], ["b", "x", 3], ["b", "y", 2]]}"#;
    assert_eq!(tree("value", rows), r#"{"a": {"x": 1}, "b": {"x": 3, "y": 2}, "z": 1}"#);
    assert_eq!(tree("value", "{}"), "{}");
    let rows = r#"{"one": [["s", 2], ["s", 1], ["s", 2]], "two": [["b", "y", 2], ["b", "y", 1]]}"#;
    assert_eq!(tree("set", rows), r#"{"b": {"y": {1, 2}}, "s": {1, 2}}"#);
}

#[test]
fn trees_refuse_two_values_and_paths_through_values() {
    let conflict = |row: u32| format!("eval_conflict_error: object keys must be unique ({row})");
    assert_eq!(tree("value", r#"{"one": [["a", 1], ["a", 2]]}"#), conflict(8));
    assert_eq!(tree("value", r#"{"one": [["a", {"b": 1}]], "two": [["a", "b", 1]]}"#), conflict(18));
    assert_eq!(tree("value", r#"{"two": [["a", "b", 1], ["a", "b", 2]]}"#), conflict(18));
}

#[test]
fn complete_rules_settle_on_one_value() {
    let text = r#"
        rule data.t.p
        clear 0
        data 1 xs -> second
        each 0 1 2 -> second
        top:
        settle 0 2
        next 0 2 -> top
        second:
        data 1 y -> end
        settle 0 1
        end:
        known 0 -> none
        return 0
        none:
        undefined
    "#;
    let answer = |data| given(text).data(data).answer();
    assert_eq!(answer(r#"{"xs": [1, 1.0], "y": 1}"#), "1");
    assert_eq!(answer("{}"), "undefined");
    let message = "eval_conflict_error: rule data.t.p produced conflicting values:";
    assert_eq!(
        answer(r#"{"xs": [1, 2, 3], "y": 9}"#),
        format!("{message}\n  1 at t.rego:7\n  2 at t.rego:7\n  9 at t.rego:11 (7)")
    );
    assert_eq!(
        answer(r#"{"xs": ["a"], "y": "b"}"#),
        format!("{message}\n  \"a\" at t.rego:7\n  \"b\" at t.rego:11 (11)")
    );
}

#[test]
fn rules_are_evaluated_once_and_functions_take_arguments() {
    let text = r#"
        rule data.t.p
        value 1 1 -> none
        value 2 1 -> none
        const 3 5
        func 2 2 -> none
        array 3 1 2
        return 3
        none:
        undefined
        rule data.t.q
        const 0 "q"
        return 0
        function data.t.f 2
        array 2 0 2
        return 2
    "#;
    assert_eq!(given(text).answer(), r#"["q", ["q", 5]]"#);
}

#[test]
fn undefined_rules_and_functions_fail() {
    let text = r#"
        rule data.t.p
        value 1 1 -> other
        return 1
        other:
        const 1 3
        func 1 2 -> last
        return 1
        last:
        const 1 4
        func 1 2 -> none
        return 1
        none:
        undefined
        rule data.t.q
        undefined
        function data.t.f 1
        const 1 4
        eq 0 1 -> no
        return 1
        no:
        undefined
    "#;
    assert_eq!(given(text).answer(), "4");
}

#[test]
fn functions_and_asked_rules_remember_by_argument() {
    // 20 calls with 2 arguments each of a function that loops 1,000 times: remembered, they take some 2,000 steps.
    let text = r#"
        rule data.t.p
        begin array
        data 1 xs -> end
        each 0 1 2 -> end
        top:
        move 3 2
        func 3 1 -> more
        emit 3
        move 4 2
        lookup 4 2 -> more
        emit 4
        more:
        next 0 2 -> top
        end:
        finish 0
        return 0
        function data.t.f 1
        begin count
        data 1 many -> end
        each 0 1 2 -> end
        top:
        emit 2
        next 0 2 -> top
        end:
        finish 1
        add 1 1 0 -> no
        return 1
        no:
        undefined
        ask data.t.q
        move 1 0
        func 1 1 -> no
        return 1
        no:
        undefined
    "#;
    let many = vec!["0"; 1000].join(",");
    let xs = ["1,2"; 10].join(",");
    let data: &'static str = Box::leak(format!("{{\"many\": [{many}], \"xs\": [{xs}]}}").into_boxed_str());
    let parts = Parts { remembered: vec![1], ..Parts::default() };
    let limits = lictor_engine::Limits { steps: 3000, ..Default::default() };
    let answer = given_with(text, parts).data(data).limits(limits).answer();
    assert!(answer.starts_with("[1001, 1001, 1002, 1002, 1001,"), "{answer}");
}

#[test]
fn switches_jump_by_constant() {
    let text = r#"
        rule data.t.p
        input 1 k -> none
        switch 1 "a"=one 2=two -> none
        one:
        const 0 "first"
        return 0
        two:
        const 0 "second"
        return 0
        none:
        undefined
    "#;
    assert_eq!(given(text).input(r#"{"k": "a"}"#).answer(), r#""first""#);
    assert_eq!(given(text).input(r#"{"k": 2.0}"#).answer(), r#""second""#);
    assert_eq!(given(text).input(r#"{"k": "b"}"#).answer(), "undefined");
}

#[test]
fn choices_try_all_arms_without_a_chooser() {
    let text = r#"
        rule data.t.p
        begin set
        choose 0 one two -> end
        one:
        const 1 1
        emit 1
        jump -> more
        two:
        input 1 x -> more
        emit 1
        more:
        nextchoice 0 0
        end:
        finish 0
        return 0
    "#;
    assert_eq!(given(text).answer(), "{1}");
    assert_eq!(given(text).input(r#"{"x": 2}"#).answer(), "{1, 2}");
}
