//! The language from text to answer: each test says what holds, and asks with the fast rooms and without.

#[allow(dead_code, reason = "not every test file uses all of it")]
mod common;

use common::Lictor;
use lictor_testing::{Sentence, given};

const FAST: Lictor = Lictor { slow: false };

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
    fn a_default_has_a_value() {
        module("package t\ndefault p contains 5").fails("data.t.p", "illegal default rule (must have a value)");
    }

    #[test]
    fn what_only_operands_bind_is_unsafe_in_the_head() {
        module("package t\nimport future.keywords.or\np := x if { x = 1 or x = 2 }")
            .fails("data.t.p", "test-0.rego:3: rego_unsafe_var_error: var x is unsafe");
    }
}
