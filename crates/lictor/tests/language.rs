//! The language from text to answer: each test says what holds, and asks with the fast rooms and without.

#[allow(dead_code, reason = "not every test file uses all of it")]
mod common;

use common::Lictor;
use lictor_testing::{Sentence, given};

const FAST: Lictor = Lictor { slow: false, traced: false };

fn module(text: &str) -> Sentence<'static> {
    given(&FAST).module(text)
}

mod base_data {
    use super::module;

    #[test]
    fn a_number_finds_the_key_that_is_its_text() {
        module("package t\np := data.m[1]\nq := [x | some k in [1, 2]; x := data.m[k]]\nr := data.u.m[1]")
            .data(r#"{"m": {"1": "a"}, "u": {"m": {"1": "b"}}}"#)
            .gives("data.t.p", r#""a""#)
            .gives("data.t.q", r#"["a"]"#)
            .gives("data.t.r", r#""b""#);
    }

    #[test]
    fn a_text_of_digits_finds_an_item() {
        module("package t\np := data.l[\"1\"]\nq := [x | some k in [\"0\", \"x\", \"-1\"]; x := data.l[k]]")
            .data(r#"{"l": [5, 6]}"#)
            .gives("data.t.p", "6")
            .gives("data.t.q", "[5]");
    }

    #[test]
    fn what_a_reference_finds_in_an_item_is_found() {
        module("package t\np := data.l[1].a").data(r#"{"l": [0, {"a": 3}]}"#).gives("data.t.p", "3");
    }
}

mod errors {
    use super::module;

    #[test]
    fn a_deprecated_builtin_is_named() {
        module("package t\np if { not any([false]) }\nq := [x | x := all([true])]")
            .fails("data.t.p", "test-0.rego:2: rego_type_error: deprecated built-in function calls in expression: any")
            .fails("data.t.p", "test-0.rego:3: rego_type_error: deprecated built-in function calls in expression: all");
        super::given(&super::FAST).v0().module("package t\np { any([true]) }").gives("data.t.p", "true");
    }

    #[test]
    fn a_negation_of_some_or_every_is_named() {
        module("package t\np if { not some x in [1] }").fails("data.t.p", "illegal negation of 'some'");
        module("package t\np if { not every x in [1] { x } }").fails("data.t.p", "illegal negation of 'every'");
    }

    #[test]
    fn a_keyword_that_v0_must_import_is_named() {
        let v0 = |text: &str| super::given(&super::FAST).v0().module(text);
        v0("package t\np { x in [1] }")
            .fails("data.t.p", "(hint: `import future.keywords.in` for `x in xs` expressions)");
        v0("package t\np { some x in [1] }").fails("data.t.p", "for `some x in xs` expressions");
        v0("package t\np { every x in [1] { x } }").fails("data.t.p", "`import future.keywords.every`");
        v0("package t\np contains 1 { true }").fails("data.t.p", "`import future.keywords.contains`");
    }

    #[test]
    fn what_a_newer_not_mentions_cannot_be_declared_after_it() {
        for imports in ["", "import future.keywords.not\n", "import rego.v2\n"] {
            module(&format!("package t\n{imports}p if {{ not x; x := 1 }}"))
                .fails("data.t.p", "var x referenced above");
            module(&format!("package t\n{imports}p if {{ not x }}")).fails("data.t.p", "var x is unsafe");
        }
        module("package t\nimport rego.v2\np if { not { x := input.y; x == 1 } }").gives("data.t.p", "true");
    }

    #[test]
    fn a_default_has_a_value() {
        module("package t\ndefault p contains 5").fails("data.t.p", "illegal default rule (must have a value)");
    }

    #[test]
    fn what_only_operands_bind_is_unsafe_in_the_head() {
        module("package t\nimport future.keywords.or\np := x if { x = 1 or x = 2 }")
            .fails("data.t.p", "test-0.rego:3: rego_unsafe_var_error: var x is unsafe");
    }
}

mod partial_objects {
    use super::module;

    const CLASH: &str = "package t\np[k] := v if { some [k, v] in [[\"a\", 1], [\"a\", 2], [\"b\", 3]] }\n";

    #[test]
    fn a_key_with_two_values_is_an_error_to_who_asks_for_it_or_for_all() {
        let asks = |rule: &str| module(&format!("{CLASH}{rule}"));
        asks("q := p.b").gives("data.t.q", "3");
        asks("q := p[x] if x := input.k").input(r#"{"k": "b"}"#).gives("data.t.q", "3");
        asks("q := [p.b, p.b, p.c]").leaves_undefined("data.t.q");
        for whole in ["q := p", "q := p.a", "q := [p.b, p.a]", "q := [x | x := p[_]]", "q := [p.b, count(p)]"] {
            asks(whole).fails("data.t.q", "eval_conflict_error: object keys must be unique");
        }
        asks("q := p.b").fails("data.t", "object keys must be unique").fails("data.t.p", "object keys must be unique");
    }

    #[test]
    fn a_clash_is_one_of_its_world() {
        let text = "package t\np[k] := v if { some [k, v] in input.pairs }\n\
                    q := [p.b, r] if { r := s with input.pairs as [[\"c\", 4]] }\ns := p\n\
                    t := [r, p.b] if { r := p.c with input.pairs as [[\"a\", 1], [\"a\", 2], [\"c\", 4]] }\n\
                    u := y if { y := p with data.t.p as {\"x\": 1} }";
        let clash = r#"{"pairs": [["a", 1], ["a", 2], ["b", 3]]}"#;
        module(text)
            .input(clash)
            .gives("data.t.q", r#"[3, {"c": 4}]"#)
            .gives("data.t.u", r#"{"x": 1}"#)
            .fails("data.t.s", "object keys must be unique");
        module(text).input(r#"{"pairs": [["b", 3]]}"#).gives("data.t.t", "[4, 3]").gives("data.t.s", r#"{"b": 3}"#);
    }
}

mod references_in_heads {
    use super::module;

    #[test]
    fn what_a_constant_path_leads_to_is_there_without_members() {
        let text = "package t\nq.a[1].b contains x if { some x in input.xs }\nq.a.c contains 1 if input.c\n\
                    q.a[2][x] := 1 if { some x in input.xs }\nq.a[3].d := 4 if input.d\nr[x].b contains 1 if { some x in input.xs }";
        module(text)
            .input(r#"{"xs": []}"#)
            .gives("data.t.q", r#"{"a": {"1": {"b": []}, "2": {}, "3": {}, "c": []}}"#)
            .gives("data.t.q.a[1].b", "[]")
            .gives("data.t.r", "{}")
            .gives("data.t.q.a[3]", "{}")
            .leaves_undefined("data.t.q.a[3].d");
        module(text)
            .input(r#"{"xs": ["y"], "d": 1}"#)
            .gives("data.t.q", r#"{"a": {"1": {"b": ["y"]}, "2": {"y": 1}, "3": {"d": 4}, "c": []}}"#);
    }

    #[test]
    fn below_keys_that_are_looked_for_is_only_what_holds() {
        let text = "package t\nq.b[x] := 1 if { some x in input.xs }\nq[x].c := 2 if { some x in input.xs }";
        module(text)
            .input("{}")
            .gives("data.t.q", "{}")
            .input(r#"{"xs": ["y"]}"#)
            .gives("data.t.q", r#"{"b": {"y": 1}, "y": {"c": 2}}"#);
    }
}

mod strictness {
    use super::module;

    #[test]
    fn what_the_rule_index_leaves_out_raises_nothing() {
        let text = "package t\np if { 1 / 0 == 1; input.x == 2 }\np if { input.x == 3 }";
        module(text).strict().input(r#"{"x": 3}"#).gives("data.t.p", "true");
        module(text).strict().input(r#"{"x": 2}"#).fails("data.t.p", "div: divide by zero");
    }

    #[test]
    fn a_body_below_not_is_evaluated_to_its_end() {
        let text = "package t\nimport future.keywords.not\np if { not { some x in [1, 0]; 1 / x == 1 } }";
        module(text).strict().fails("data.t.p", "div: divide by zero");
        module(text).leaves_undefined("data.t.p");
        let text = "package t\nimport future.keywords.not\nf(x) := y if { some y in [1, x] }\n\
                    p if { not { some x in [1, 2]; f(x) } }";
        module(text).fails("data.t.p", "function data.t.f produced conflicting values");
    }
}

mod patterns {
    use super::module;

    #[test]
    fn no_argument_is_a_set_with_a_variable() {
        let text = "package t\nf({x}) := x\ng({1}) := 2\nh(x, {x}) := x\np := f({1})\nq := g({1})\nr := h(1, {1})";
        module(text).leaves_undefined("data.t.p").gives("data.t.q", "2").gives("data.t.r", "1");
    }

    #[test]
    fn an_operator_in_a_head_defines_its_function() {
        module("package t\na - b := 1\np := minus(7, 3)\nq := data.t.minus(7, 3)").gives("data.t.q", "1");
    }
}

mod comprehensions_that_group {
    use super::module;

    const ROWS: &str = r#"{"rows": [{"g": "a", "n": 1}, {"g": "b", "n": 2}, {"g": 1, "n": 3}, {"g": 1.0, "n": 4},
        {"n": 5}, {"g": "a", "n": 6}], "names": ["a", "z", 1, ["a"]]}"#;

    fn rows(text: &str) -> super::Sentence<'static> {
        module(&format!("package t\n{text}")).input(ROWS)
    }

    #[test]
    fn each_key_has_its_own_in_order() {
        rows("p := [xs | some g in input.names; xs := [r.n | some r in input.rows; r.g == g]]")
            .gives("data.t.p", "[[1, 6], [], [3, 4], []]");
        rows("p := [xs | some g in input.names; xs := {r.n | some r in input.rows; g = r.g}]")
            .gives("data.t.p", "[[1, 6], [], [3, 4], []]");
    }

    #[test]
    fn the_key_may_be_anything_that_the_loop_gives() {
        rows("p := [c | some o in input.rows; c := count([1 | some r in input.rows; r.g == o.g])]")
            .gives("data.t.p", "[2, 1, 2, 2, 0, 2]");
        rows("p := [c | some o in input.rows; c := count([1 | some r in input.rows; r.g == o.g; r.n == o.n])]")
            .gives("data.t.p", "[1, 1, 1, 1, 0, 1]");
        rows("p := [xs | some g in [\"A\", \"B\"]; xs := [r.n | some r in input.rows; r.g == {\"A\": \"a\", \"B\": \"b\"}[g]]]")
            .gives("data.t.p", "[[1, 6], [2]]");
    }

    #[test]
    fn a_function_groups_for_all_its_calls() {
        rows("of(g) := [r.n | some r in input.rows; r.g == g]\np := [of(\"a\"), of(\"b\"), of(\"c\")]")
            .gives("data.t.p", "[[1, 6], [2], []]");
    }

    #[test]
    fn what_needs_more_of_the_loop_is_not_grouped() {
        rows("p := [xs | some g in [1, 2]; xs := [r.n | some r in input.rows; r.n == g; r.n < g + 1]]")
            .gives("data.t.p", "[[1], [2]]");
        rows("p := [xs | some g in [\"a\"]; xs := [x | x = g; some r in input.rows; r.g == x]]")
            .gives("data.t.p", r#"[["a", "a"]]"#);
        rows("p := [xs | some g in [[\"a\", 1]]; xs := [r.n | some r in input.rows; [x, y] = g; r.g == x]]")
            .gives("data.t.p", "[[1, 6]]");
    }

    #[test]
    fn a_replaced_input_has_groups_of_its_own() {
        rows("of(g) := [r.n | some r in input.rows; r.g == g]\np := [a, b] if { a := of(\"a\"); b := of(\"a\") with input.rows as [{\"g\": \"a\", \"n\": 9}] }")
            .gives("data.t.p", "[[1, 6], [9]]");
        rows("p := [xs | some g in [\"a\", \"b\"]; xs := [r.n | some r in input.rows; r.g == g] with input.rows as [{\"g\": \"b\", \"n\": 9}]]")
            .gives("data.t.p", "[[], [9]]");
    }

    #[test]
    fn a_rule_that_only_some_elements_ask_for_is_not_asked_by_others() {
        rows("bad := x if { some x in [1, 2] }\np := [xs | some g in [\"z\"]; xs := [bad | some r in input.rows; r.g == g]]")
            .gives("data.t.p", "[[]]");
    }

    #[test]
    fn nested_groups_group_too() {
        rows(
            "p := [xs | some g in [\"a\", \"b\"]; xs := [ns | some r in input.rows; r.g == g; \
             ns := count([1 | some s in input.rows; s.g == r.g])]]",
        )
        .gives("data.t.p", "[[2, 2], [1]]");
    }

    #[test]
    fn many_rows_take_time_in_proportion() {
        // 40,000 rows and as many keys: one pass each, where trying each row for each key takes 1.6 billion steps.
        module(
            "package t\np := count([1 | some i in numbers.range(1, 40000); \
             count([1 | some j in numbers.range(1, 40000); j == i]) == 1])",
        )
        .gives("data.t.p", "40000");
    }
}

mod types {
    use super::module;

    fn policy(text: &str) -> super::Sentence<'static> {
        module(&format!("package t\n{text}"))
    }

    #[test]
    fn what_can_never_be_equal_is_an_error() {
        policy("p if { 1 == \"a\" }").fails("data.t.p", "test-0.rego:2: rego_type_error: match error");
        policy("p if { x := [1]; x == {\"a\"} }").fails("data.t.p", "match error");
        policy("p if { \"a\" in [1, 2] }").fails("data.t.p", "match error");
        policy("p if { input.x == \"a\"; 1 in [1, \"a\"] }").input(r#"{"x": "a"}"#).gives("data.t.p", "true");
    }

    #[test]
    fn arguments_that_no_function_takes_are_an_error() {
        policy("p := count(7)").fails("data.t.p", "rego_type_error: count: invalid argument(s)");
        policy("f(x) := x + 1\np := f(\"a\")").fails("data.t.p", "data.t.f: invalid argument(s)");
        policy("f(x) := x + 1\nf(x) := upper(x)\np := f(\"a\")").gives("data.t.p", "\"A\"");
        policy("p := count(x) if { x := input.x }").input(r#"{"x": [1]}"#).gives("data.t.p", "1");
    }

    #[test]
    fn a_reference_to_what_a_rule_never_has_is_an_error() {
        policy("q := {\"a\": 1}\np := q.b").fails("data.t.p", "undefined ref: data.t.q.b");
        policy("q := \"a\"\np := q.b").fails("data.t.p", "undefined ref: data.t.q.b");
        policy("p := [1, 2].a").fails("data.t.p", "undefined ref: [1, 2].a");
        policy("f(x) := x\np := f").fails("data.t.p", "function data.t.f used as reference, not called");
        policy("q := {\"a\": 1}\nq := {\"b\": 1} if { false }\np := x if { x := q.a }").gives("data.t.p", "1");
    }

    #[test]
    fn what_with_replaces_may_be_of_another_type() {
        policy("q := 1\np if { q == \"a\" with data.t.q as \"a\" }").gives("data.t.p", "true");
        policy("q := 1\nr := q\np if { r == \"a\" with data.t.q as \"a\" }").gives("data.t.p", "true");
    }

    #[test]
    fn types_that_double_at_each_step_are_no_burden() {
        let steps: String =
            (1..200).map(|n| format!("x{n} := [x{}, x{}, {{\"k\": x{}}}]\n", n - 1, n - 1, n - 1)).collect();
        policy(&format!("p := count(x199) if {{\nx0 := 1\n{steps}}}")).gives("data.t.p", "3");
    }
}

mod order_of_evaluation {
    use super::module;

    #[test]
    fn what_a_call_gives_to_its_last_argument_can_be_printed() {
        let given = |text: &str| module(&format!("package t\n{text}")).input(r#"["x"]"#);
        given("p if { walk(input, [_, v]); print(v) }").gives("data.t.p", "true");
        given("f(x) := x\np := $\"a{upper(v)}\" if { f(\"y\", v) }").gives("data.t.p", r#""aY""#);
        given("p := $\"a{v + 1}\" if { plus(1, 2, v) }").gives("data.t.p", r#""a4""#);
        given("p := $\"a{upper(v)}\" if { count(v) }").fails("data.t.p", "var v is undeclared");
    }

    #[test]
    fn a_value_in_braces_is_no_operand() {
        module("package t\nimport rego.v2\np if { {1} == input and input }")
            .fails("data.t.p", "operand of `and` cannot begin with `{` unless the braces hold a body");
        module("package t\nimport rego.v2\np if { ({1} == {1}) and 1 }").gives("data.t.p", "true");
    }

    #[test]
    fn an_operand_may_need_what_another_one_binds() {
        let given = |text: &str| module(&format!("package t\n{text}")).input(r#"{"xs": [3, 0]}"#);
        given("p if { x > input.xs[x] }").gives("data.t.p", "true");
        given("p contains [x, input.xs[x]]").gives("data.t.p", "[[0, 3], [1, 0]]");
        given("p contains {x: input.xs[x]}").gives("data.t.p", r#"[{"0": 3}, {"1": 0}]"#);
        given("f(x, y) := x + y\np contains f(x, input.xs[x])").gives("data.t.p", "[1, 3]");
    }

    #[test]
    fn of_two_values_for_one_key_as_written_the_last_one_is_evaluated() {
        module("package t\np := {\"a\": input.none, \"a\": 2}\nq := {k: input.none, k: 2} if { k := \"a\" }")
            .gives("data.t.p", r#"{"a": 2}"#)
            .gives("data.t.q", r#"{"a": 2}"#);
    }

    #[test]
    fn what_can_be_told_of_a_definition_is_asked_first() {
        let given = |text: &str| module(&format!("package t\n{text}")).input(r#"{"a": 1}"#);
        given("p := x if { x := {1: v | some v in [1, 2]}; input.a == 2 }").leaves_undefined("data.t.p");
        given("p := 1 if { x := {v: v | some v in [1]}; x == input.b } else := 2").gives("data.t.p", "2");
        given("p := input.b if { x := {1: v | some v in [1, 2]}; x }").leaves_undefined("data.t.p");
        given("p := x if { x := {1: v | some v in [1, 2]}; input.a == 1 }")
            .fails("data.t.p", "object keys must be unique");
    }

    #[test]
    fn a_conflict_names_its_rule_whatever_was_evaluated_before_it() {
        module("package t\na := 7\nb := v if { some v in [1, 2] } else := 3\nb := 9")
            .fails("data.t", "rule data.t.b produced conflicting values:\n  1 at test-0.rego:3\n  2 at test-0.rego:3\n  9 at test-0.rego:4");
    }

    #[test]
    fn a_scalar_is_no_base_of_a_reference() {
        module("package t\np := true[0]").fails("data.t.p", "illegal ref (head cannot be boolean)");
        module("package t\np := [1[0]]").fails("data.t.p", "illegal ref (head cannot be number)");
        module("package t\np := \"a\"[0]").fails("data.t.p", "illegal ref (head cannot be string)");
    }
}

mod large_modules {
    use std::time::Instant;

    use lictor::{Builder, Limits};

    use super::module;

    const MANY: usize = 3_000;

    fn lines(n: usize, line: impl Fn(usize) -> String) -> String {
        (0..n).map(line).collect::<Vec<_>>().join("\n")
    }

    /// Ten times the size may take some thirty times as long, but not a hundred. On a busy machine one of some tries tells.
    fn grows_gently(text: impl Fn(usize) -> String) {
        let time = |n: usize| {
            let text = text(n);
            let start = Instant::now();
            let _ = module(&text).gives("1", "1");
            start.elapsed().as_secs_f64()
        };
        let gently = |_| {
            let (small, large) = (time(MANY / 10), time(MANY));
            large < small.max(0.01) * 50.0
        };
        assert!((0..5).any(gently), "ten times the size takes more than fifty times as long");
    }

    #[test]
    fn long_bodies_are_ordered_in_time() {
        grows_gently(|n| format!("package t\np if {{\n{}\n}}", lines(n, |i| format!("x{i} := {i}"))));
        grows_gently(|n| format!("package t\np if {{\n{}\nx{n} = 1\n}}", lines(n, |i| format!("x{i} = x{}", i + 1))));
        grows_gently(|n| format!("package t\np if {{\n{}\n}}", lines(n, |i| format!("x{i} := [y | y := {i}]"))));
        grows_gently(|n| format!("package t\np if {{\n{}\n}}", lines(n, |i| format!("print({i})"))));
    }

    #[test]
    fn types_that_nest_are_compared_in_time() {
        let chain = lines(1_000, |i| format!("x{} := [x{i}]", i + 1));
        module(&format!("package t\np if {{\nx0 := 1\n{chain}\nx900 == [x899]\n}}")).gives("data.t.p", "true");
    }

    #[test]
    fn values_that_nest_too_deeply_are_an_error() {
        let locals = lines(5_000, |i| format!("x{} := [x{i}]", i + 1));
        module(&format!("package t\np := x5000 if {{\nx0 := 1\n{locals}\n}}"))
            .fails("data.t.p", "nest more than 1,000 deep");
        let rules = lines(3_000, |i| format!("x{} := {{\"k\": x{i}}}", i + 1));
        module(&format!("package t\nx0 := input\n{rules}")).fails("data.t.x0", "nest more than 1,000 deep");
        let functions = lines(1_500, |i| format!("f{}(x) := [f{i}(x)]", i + 1));
        module(&format!("package t\nf0(x) := x\n{functions}")).fails("data.t", "nest more than 1,000 deep");
    }

    #[test]
    fn values_that_double_at_each_step_end_at_a_limit() {
        let doubled = |name: &str| {
            format!("{name}0 := 1\n{}", lines(60, |i| format!("{name}{} := [{name}{i}, {name}{i}]", i + 1)))
        };
        let (x, y) = (doubled("x"), doubled("y"));
        let ask = |body: &str| {
            let text = format!("package t\np := z if {{\n{x}\n{y}\n{body}\n}}");
            let limits = Limits { steps: 1_000_000, ..Limits::default() };
            let builder = Builder::new().limits(limits).module("m.rego", text).query("q", "x = data.t.p");
            let policy = builder.build().expect("the module compiles");
            let mut session = policy.session();
            session.eval("q", None::<&[u8]>).map(|rows| rows.iter().count()).map_err(|error| error.to_string())
        };
        assert_eq!(ask("z := count(x60)"), Ok(1));
        assert_eq!(ask("z := x60 == [x59, x59]"), Ok(1));
        for body in
            ["z := x60", "z := x60 == y60", "z := count(json.marshal(x60))", "z := count(sprintf(\"%v\", [x60]))"]
        {
            let error = ask(body).expect_err("it never ends");
            assert!(error.contains("eval_limit_error"), "{error}");
        }
    }

    #[test]
    fn many_rules_are_compiled_in_time() {
        grows_gently(|n| {
            let each = |i| {
                let body = format!("some k, v in input.x; v == {i}; count([k]) > 0");
                format!("p contains sprintf(\"%v %v\", [k, [v, {i}]]) if {{ {body} }}")
            };
            format!("package t\n{}", lines(n, each))
        });
        grows_gently(|n| format!("package t\n{}", lines(n, |i| format!("p{i} := {i}"))));
        grows_gently(|n| format!("package t\np0 := 1\n{}", lines(n, |i| format!("p{} := p{i}", i + 1))));
        grows_gently(|n| format!("package t\n{}", lines(n, |i| format!("p contains {i} if {{ input.x == {i} }}"))));
        grows_gently(|n| format!("package t\np := {{{}}}", lines(n, |i| format!("\"k{i}\": input.x{i},"))));
    }

    #[test]
    fn what_nests_too_deeply_is_an_error() {
        let deep = |open: &str, middle: &str, close: &str| {
            format!("package t\np := {}{middle}{}", open.repeat(MANY), close.repeat(MANY))
        };
        for text in [
            deep("[", "", "]"),
            deep("(", "1", ")"),
            deep("{", "1", "}"),
            deep("[1 | x := ", "1", "]"),
            deep("count(", "1", ")"),
            deep("$\"{", "1", "}\""),
            deep("input", "", "[0]"),
            deep("1 + ", "1", ""),
            deep("1 in ", "[]", ""),
            deep("[x | ", "", ""),
            format!("package t\np if {{ {} true {} }}", "every x in [1] { ".repeat(MANY), "}".repeat(MANY)),
            format!("package t\np{} := 1", ".a".repeat(MANY)),
            format!("package t{}\np := 1", ".a".repeat(MANY)),
        ] {
            module(&text).fails("data.t.p", "max parsing recursion depth exceeded");
        }
        let dots = format!("package t\np := input{}", ".a".repeat(MANY));
        module(&dots).leaves_undefined("data.t.p");
    }
}

mod annotations {
    use super::module;

    const POLICY: &str = "# METADATA
# scope: subpackages
# organizations: [Keys]
package t.keys

# METADATA
# scope: document
# description: What keys may not be
# entrypoint: true
deny contains 0 if { false }

# METADATA
# title: Keys expire
# authors: [Ann <ann@example.com>, Ben]
# related_resources: [https://example.com/keys]
# custom:
#   severity: warn
#   days: 90
deny contains rego.metadata.rule().custom if { input.key }

chain := [link.annotations.scope | some link in rego.metadata.chain(); link.annotations]
own := rego.metadata.rule()
path := rego.metadata.chain()[0].path
";

    #[test]
    fn a_rule_knows_what_is_said_of_it() {
        module(POLICY)
            .input(r#"{"key": true}"#)
            .gives("data.t.keys.deny", r#"[{"severity": "warn", "days": 90}]"#)
            .gives("data.t.keys.own", "{}")
            .gives("data.t.keys.path", r#"["t", "keys", "path"]"#)
            .gives("data.t.keys.chain", r#"["subpackages"]"#);
    }

    #[test]
    fn a_chain_leads_from_the_rule_to_its_packages() {
        let text =
            POLICY.replace("deny contains rego.metadata.rule().custom if", "deny contains rego.metadata.chain() if");
        let authors = r#"[{"name": "Ann", "email": "ann@example.com"}, {"name": "Ben"}]"#;
        let rule = format!(
            r#"{{"scope": "rule", "title": "Keys expire", "authors": {authors}, "related_resources": [{{"ref": "https://example.com/keys"}}],
                "custom": {{"severity": "warn", "days": 90}}}}"#
        );
        module(&text).input(r#"{"key": true}"#).gives(
            "data.t.keys.deny",
            &format!(
                r#"[[{{"path": ["t", "keys", "deny"], "annotations": {rule}}},
                    {{"path": ["t", "keys", "deny"], "annotations": {{"scope": "document", "description": "What keys may not be", "entrypoint": true}}}},
                    {{"path": ["t", "keys"], "annotations": {{"scope": "subpackages", "organizations": ["Keys"]}}}}]]"#
            ),
        );
    }

    #[test]
    fn what_is_no_yaml_is_an_error() {
        module("# METADATA\n# title: a: b: c\npackage t\np := 1")
            .fails("data.t.p", "test-0.rego:2: rego_parse_error: yaml: mapping values");
        module("package t\n# METADATA\n# scope: package\np := 1")
            .fails("data.t.p", "annotation scope 'package' must be applied to package (have rule)");
        module("# METADATA\n# scope: everything\npackage t\np := 1")
            .fails("data.t.p", "invalid annotation scope 'everything'");
    }
}

mod with {
    use super::module;

    #[test]
    fn what_a_replacement_from_outside_asks_is_asked_anew_inside() {
        module(
            "package t\nf(x) := x\ng(_) := h\nh := input.a\ninner := y if y := f(1) with input as {\"a\": 2}\n\
             p := v if v := [h, inner, h] with data.t.f as data.t.g with input as {\"a\": 1}",
        )
        .gives("data.t.p", "[1, 2, 1]");
    }
}
