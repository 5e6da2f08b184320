//! Puts OPA's answers to thousands of builtin calls to Lictor as ad-hoc queries, as `lictor_testing`'s vectors describe.
//!
//! The test of the same name in `lictor-builtins` puts the same calls to the builtins themselves, prepared and not, and
//! leaves out what the compiler has a part in; here it has one in all of them.
#![expect(clippy::unwrap_used, reason = "a test may stop where its own data is broken")]

use std::time::Duration;

use lictor::{BuildError, Builder, Error};
use lictor_testing::{Outcome, Vectors};
use lictor_value::json;

#[test]
fn calls_as_queries_give_what_opa_gives() {
    let Some(vectors) = Vectors::named_or_skip("the test of OPA's answers to builtin calls") else { return };
    vectors.check(|vector| Some(answer(&vector.call, vector.is_strict())));
}

fn answer(call: &str, strict: bool) -> Outcome {
    let builder = Builder::new().deadline(Duration::from_secs(60)).strict_builtin_errors(strict).query("call", call);
    let policy = match builder.build() {
        Ok(policy) => policy,
        Err(BuildError::Rejected(diagnostics)) => {
            let first = &diagnostics[0];
            return Outcome::Error { code: first.code.as_str().to_owned(), message: first.message.clone() };
        }
        Err(other) => return failure(&other),
    };
    let mut session = policy.session();
    let rows = match session.eval("call", None) {
        Ok(rows) => rows,
        Err(error @ Error::Evaluation(_)) => {
            let error = lictor::report::eval_json(&error);
            let part = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
            return Outcome::Error { code: part("code"), message: part("message") };
        }
        Err(other) => return failure(&other),
    };
    let Some((_, value)) = rows.iter().next().and_then(|row| row.expressions().last()) else {
        return Outcome::Undefined;
    };
    let mut text = Vec::new();
    json::write_json(value, &mut text);
    Outcome::Value(String::from_utf8(text).unwrap())
}

fn failure(why: &dyn std::error::Error) -> Outcome {
    Outcome::Error { code: String::new(), message: why.to_string() }
}
