//! Puts OPA's answers to thousands of builtin calls, as `lictor_testing`'s vectors describe them, to the builtins
//! themselves, prepared and not. Left out is what only a compiler answers, and what the small reader here does not read.
#![expect(clippy::unwrap_used, reason = "a test may stop where its own data is broken")]

#[path = "vectors/expression.rs"]
mod expression;

use lictor_testing::{Outcome, Vectors};
use lictor_value::{Arena, json};

use expression::{Evaluated, Evaluator};

/// How many of the 19,996 vectors are answered at least.
const ANSWERED: usize = 18_937;

#[test]
fn builtins_answer_as_opa_does() {
    let Some(vectors) = Vectors::named_or_skip("the test of OPA's answers by builtins alone") else { return };
    let evaluator = Evaluator::new();
    let answered = vectors.check(|vector| {
        let arena = Arena::default();
        if !vector.is_evaluated() {
            return None;
        }
        match evaluator.evaluate(&arena, &vector.call) {
            Evaluated::Unread => None,
            Evaluated::Value(value) => {
                let mut text = Vec::new();
                json::write_json(value, &mut text);
                Some(Outcome::Value(String::from_utf8(text).unwrap()))
            }
            Evaluated::Undefined(None) => Some(Outcome::Undefined),
            Evaluated::Undefined(Some((code, message))) => Some(Outcome::Error { code: code.to_owned(), message }),
        }
    });
    let all = std::env::var_os("LICTOR_VECTOR_FAMILY").is_none();
    assert!(!all || answered >= ANSWERED, "{answered} vectors are answered, {ANSWERED} were");
}
