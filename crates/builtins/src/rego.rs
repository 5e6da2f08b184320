//! Rego about Rego: the syntax tree of a module, and the metadata of the rule that asks for them.

use std::sync::Arc;

use lictor_syntax::{Code, Diagnostic, Source, Span, Version, module_to_json, opa_text, parse_module};
use lictor_value::text::lossy;
use lictor_value::{Builtin, Context, Type, Value, effort, json};

use crate::family;
use crate::family::take;

const TREE: Type = Type::Object(&Type::String, &Type::Any);

/// How much memory a byte of a module may take as a tree.
const TREE_PER_BYTE: usize = 64;

/// The family.
pub static FAMILY: &[Builtin] = family! {
    /// The syntax tree of a module of Rego v1; its errors name the file.
    ///
    /// `rego.parse_module("keys.rego", "package keys").package.path[1].value` is `"keys"`
    "rego.parse_module" |
        cx,
        filename ("the name that errors give the module"): Value<'_> [Type::String],
        rego ("its text"): Value<'_> [Type::String],
    | -> "output" ("the tree"): Option<Value<'_>> [TREE] {
        // OPA counts both operands as the first.
        let name: &[u8] = take(cx, &[filename], 0)?;
        let text: &[u8] = take(cx, &[rego], 0)?;
        parse(cx, name, text)
    }
    /// What the metadata of the rule that calls it says. The compiler knows it; only a query gets here.
    "rego.metadata.rule" |cx| -> "output" ("the annotations, an empty object where there are none"): Option<Value<'_>> {
        outside(cx, "rego.metadata.rule")
    }
    /// The metadata of the rule that calls it, of its package and of those above. The compiler knows it; only a query gets
    /// here.
    "rego.metadata.chain" |cx|
    -> "chain" ("`path` and `annotations` of each, the rule first"): Option<Value<'_>> [Type::Array(&Type::Any)] {
        outside(cx, "rego.metadata.chain")
    }
};

fn parse<'v>(cx: &mut Context<'_, 'v>, name: &[u8], text: &[u8]) -> Option<Value<'v>> {
    cx.reserve(text.len().saturating_mul(TREE_PER_BYTE))?;
    effort::spend_bytes(text.len());
    let name = lossy(name);
    let text = match std::str::from_utf8(text) {
        Ok(text) => text,
        Err(error) => {
            return cx.fail(opa_text(&[illegal_character(&name, &lossy(text), error.valid_up_to() as u32)]));
        }
    };
    let parsed = parse_module(&name, text, Version::V1).as_opa();
    let [first, ..] = &parsed.diagnostics[..] else {
        let tree = parsed.tree.as_ref().map(|module| module_to_json(module).to_string()).unwrap_or_default();
        cx.reserve(tree.len())?;
        return match json::parse_copied(cx.arena, tree.as_bytes()) {
            Ok(tree) => Some(tree),
            Err(error) => cx.fail(error.to_string()),
        };
    };
    if first.message == "empty module" {
        // It is at no row, and not counted.
        let place = if name.is_empty() { "0" } else { &name };
        return cx.fail(format!("{place}:0: {}: {}", first.code.as_str(), first.message));
    }
    cx.fail(opa_text(&parsed.diagnostics))
}

/// What OPA says of text that is not UTF-8 from a byte on. It says so once for each such byte.
fn illegal_character(name: &str, text: &str, at: u32) -> Diagnostic {
    Diagnostic {
        code: Code::Parse,
        message: "illegal utf-8 character".into(),
        source: Some(Arc::new(Source::new(name, text))),
        span: Span { start: at, end: at + char::REPLACEMENT_CHARACTER.len_utf8() as u32 },
        labels: Vec::new(),
        hints: Vec::new(),
        details: None,
    }
}

fn outside<T>(cx: &mut Context<'_, '_>, name: &str) -> Option<T> {
    cx.fail(format!("the {name} function must only be called within the scope of a rule"))
}

#[cfg(test)]
mod tests {
    use lictor_value::{Arena, Fault, NoHost, Scratch};

    use super::*;

    fn call(at: usize, args: &[Value<'_>]) -> Result<String, Fault> {
        let arena = Arena::default();
        let args: Vec<Value<'_>> = args.to_vec();
        let mut cx = Context {
            arena: &arena,
            buffer: &mut Vec::new(),
            host: &NoHost,
            scratch: &mut Scratch::default(),
            prepared: None,
            fault: None,
        };
        match (FAMILY[at].run)(&mut cx, &args) {
            Some(value) => {
                let mut text = Vec::new();
                json::write_json(value, &mut text);
                Ok(String::from_utf8(text).expect("JSON is UTF-8"))
            }
            None => Err(cx.fault.expect("what has no value has a reason")),
        }
    }

    fn parse(name: &str, text: &str) -> Result<String, Fault> {
        call(0, &[Value::str(name.as_bytes()), Value::str(text.as_bytes())])
    }

    #[test]
    fn a_module_that_is_not_utf8_or_has_null_characters_is_refused() {
        let refused = |text: &[u8]| match call(0, &[Value::str(b"f.rego"), Value::str(text)]) {
            Err(Fault::Failed(why)) => why.to_string(),
            other => panic!("{other:?}"),
        };
        let (broken, null) = (refused(b"package a\n# \xff"), refused(b"package a\np := \"\0\""));
        assert!(
            broken.starts_with("1 error occurred: f.rego:2: rego_parse_error: illegal utf-8 character\n"),
            "{broken}"
        );
        assert!(null.contains("f.rego:2: rego_parse_error: illegal null character\n"), "{null}");
    }

    #[test]
    fn a_module_becomes_its_tree() {
        assert_eq!(
            parse("keys.rego", "package keys\nlimit := 1.50").as_deref(),
            Ok(
                r#"{"package":{"path":[{"type":"var","value":"data"},{"type":"string","value":"keys"}]},"rules":[{"body":[{"generated":true,"index":0,"terms":{"type":"boolean","value":true}}],"head":{"assign":true,"name":"limit","ref":[{"type":"var","value":"limit"}],"value":{"type":"number","value":1.50}}}]}"#
            )
        );
    }

    #[test]
    fn a_text_that_is_no_module_is_a_fault_that_names_the_file() {
        for (name, text, fault) in [
            ("keys.rego", "", "keys.rego:0: rego_parse_error: empty module"),
            ("", "", "0:0: rego_parse_error: empty module"),
            ("keys.rego", "allow", "1 error occurred: keys.rego:1: rego_parse_error: package expected"),
            (
                "keys.rego",
                "package keys\nallow if )",
                "1 error occurred: keys.rego:2: rego_parse_error: unexpected ) token\n\tallow if )\n\t         ^",
            ),
        ] {
            assert_eq!(parse(name, text), Err(Fault::Failed(fault.into())), "{text}");
        }
        let fault = call(0, &[Value::str(b"keys.rego"), Value::NULL]);
        assert_eq!(fault, Err(Fault::Operand { position: 1, expected: "string", found: "null" }));
    }

    #[test]
    fn deep_modules_are_refused() {
        let deep = format!("package keys\np := {}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(matches!(parse("keys.rego", &deep), Err(Fault::Failed(_))));
    }

    #[test]
    fn metadata_is_of_rules_only() {
        let text = "the rego.metadata.rule function must only be called within the scope of a rule";
        assert_eq!(call(1, &[]), Err(Fault::Failed(text.into())));
        assert!(call(2, &[]).is_err());
    }
}
