//! The world that a policy runs in: `opa.runtime`, and `trace`.
//!
//! Both show what is outside only as far as the host does (see [`lictor_value::Host::runtime`]).

use lictor_value::text::lossy;
use lictor_value::{Builtin, Context, Object, Type, Value, View, json};

use crate::family;

const OBJECT: Type = Type::Object(&Type::String, &Type::Any);

/// The family.
pub static FAMILY: &[Builtin] = family! {
    /// What the host tells of where policies run: `config`, without credentials and keys, `env`, `version` and `commit` as
    /// far as it tells them. The object is empty unless the host wants otherwise.
    "opa.runtime" { nondeterministic: true } |cx| -> "output" ("what there is to know"): Option<Value<'_>> [OBJECT] {
        let Some(text) = cx.host.runtime() else { return Some(Value::object(cx.arena.one(Object::EMPTY))) };
        match json::parse_copied(cx.arena, text.as_bytes()) {
            Ok(runtime) => redacted(cx, runtime),
            Err(error) => cx.fail(error.to_string()),
        }
    }
    /// Notes a text in the explanation of a query, where there is one; always true.
    "trace" in "tracing" { placed: true } |cx, note ("what to note"): &[u8]| -> "result" ("true"): bool {
        cx.host.note(cx.scratch.place(), &lossy(note));
        true
    }
};

/// The runtime without what must stay secret in its configuration.
fn redacted<'v>(cx: &mut Context<'_, 'v>, runtime: Value<'v>) -> Option<Value<'v>> {
    let Some(object) = runtime.as_object() else { return cx.fail("the runtime is not an object") };
    let Some(config) = object.get_str("config").and_then(Value::as_object) else { return Some(runtime) };
    let mut changed = Vec::new();
    for (key, value) in config.iter() {
        let value = match (key.as_text(), value.view()) {
            (Some("services" | "keys"), View::Null) => value,
            (Some("services"), View::Array(services)) => {
                let mut kept = Vec::new();
                for service in services {
                    kept.push(without(cx, *service, &["credentials"])?);
                }
                Value::array(cx.arena.slice(&kept))
            }
            (Some("services"), View::Object(services)) => each_without(cx, services, &["credentials"])?,
            (Some("keys"), View::Object(keys)) => each_without(cx, keys, &["key", "private_key"])?,
            (Some(kind @ ("services" | "keys")), _) => {
                let kind = if kind == "keys" { "keys" } else { "service" };
                return cx.fail(format!("illegal {kind} config type: {}", value.type_name()));
            }
            _ => value,
        };
        changed.push((key, value));
    }
    let config = Value::object(cx.arena.one(Object::from_unsorted(cx.arena, &mut changed)));
    let of_runtime = |(key, value): (Value<'v>, _)| (key, if key.as_text() == Some("config") { config } else { value });
    let mut pairs = object.iter().map(of_runtime).collect();
    Some(Value::object(cx.arena.one(Object::from_unsorted(cx.arena, &mut pairs))))
}

fn each_without<'v>(cx: &mut Context<'_, 'v>, of: &Object<'v>, secrets: &[&str]) -> Option<Value<'v>> {
    let mut kept = Vec::new();
    for (key, value) in of.iter() {
        kept.push((key, without(cx, value, secrets)?));
    }
    Some(Value::object(cx.arena.one(Object::from_unsorted(cx.arena, &mut kept))))
}

fn without<'v>(cx: &mut Context<'_, 'v>, value: Value<'v>, secrets: &[&str]) -> Option<Value<'v>> {
    let Some(object) = value.as_object() else { return cx.fail("type assertion error") };
    let secret = |key: Value<'_>| key.as_text().is_some_and(|key| secrets.contains(&key));
    let mut kept = object.iter().filter(|(key, _)| !secret(*key)).collect();
    Some(Value::object(cx.arena.one(Object::from_unsorted(cx.arena, &mut kept))))
}

#[cfg(test)]
mod tests {
    use lictor_value::{Arena, Context, Host, Scratch, json};

    use super::FAMILY;
    use crate::family::calls::assert_gives;

    struct Talkative(&'static str);

    impl Host for Talkative {
        fn now_ns(&self) -> i64 {
            0
        }
        fn random(&self, _bytes: &mut [u8]) {}
        fn runtime(&self) -> Option<String> {
            Some(self.0.into())
        }
    }

    fn runtime(told: &'static str) -> Result<String, String> {
        let arena = Arena::default();
        let mut cx = Context {
            arena: &arena,
            buffer: &mut Vec::new(),
            host: &Talkative(told),
            scratch: &mut Scratch::default(),
            prepared: None,
            fault: None,
        };
        match (FAMILY[0].run)(&mut cx, &[]) {
            Some(value) => {
                let mut text = Vec::new();
                json::write_json(value, &mut text);
                Ok(String::from_utf8(text).expect("JSON is UTF-8"))
            }
            None => Err(format!("{:?}", cx.fault)),
        }
    }

    #[test]
    fn a_silent_host_has_an_empty_runtime() {
        assert_gives(FAMILY, "opa.runtime", &[], "{}");
        assert_gives(FAMILY, "trace", &[r#""note""#], "true");
        assert_gives(FAMILY, "trace", &["1"], "operand 1 must be string but got number");
    }

    #[test]
    fn secrets_of_the_configuration_are_left_out() {
        let told = r#"{"env":{"HOME":"/"},"config":{"services":{"a":{"url":"u","credentials":{"bearer":1}}},
            "keys":{"k":{"algorithm":"HS256","key":"secret","private_key":"secret"}},"labels":{"x":"y"}}}"#;
        let shown = r#"{"config":{"keys":{"k":{"algorithm":"HS256"}},"labels":{"x":"y"},"services":{"a":{"url":"u"}}},"env":{"HOME":"/"}}"#;
        assert_eq!(runtime(told).as_deref(), Ok(shown));
        let listed = r#"{"config":{"services":[{"name":"a","credentials":1}],"keys":null}}"#;
        let shown = r#"{"config":{"keys":null,"services":[{"name":"a"}]}}"#;
        assert_eq!(runtime(listed).as_deref(), Ok(shown));
        assert!(runtime(r#"{"config":{"services":1}}"#).is_err_and(|why| why.contains("illegal service config type")));
    }
}
