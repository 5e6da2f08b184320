//! How OPA writes terms in its messages.

use lictor_syntax::Name;

use crate::front::draft::{Call, Literal, LiteralKind, Operand, TemplatePart, Term, TermKind, Vars};
use crate::hir::{ComprehensionKind, Constant};

/// Whether a key of a reference may follow a dot.
fn is_identifier(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// A path of names: `data.a["b-c"]`.
pub(crate) fn path(path: &[Name]) -> String {
    let mut text = path.first().map(|name| name.to_string()).unwrap_or_default();
    path.iter().skip(1).for_each(|name| push_key(&mut text, name));
    text
}

/// A path of constants: `schema.a["b-c"][1]`.
pub(crate) fn keys_path(root: &str, keys: &[Constant]) -> String {
    let mut text = root.to_owned();
    for key in keys {
        match key {
            Constant::String(name) => push_key(&mut text, name),
            other => text.push_str(&format!("[{}]", constant(other))),
        }
    }
    text
}

/// A path of names below `data`.
pub(crate) fn data_path(path: &[Name]) -> String {
    let mut text = "data".to_owned();
    path.iter().for_each(|name| push_key(&mut text, name));
    text
}

fn push_key(text: &mut String, name: &str) {
    if is_identifier(name) {
        text.push('.');
        text.push_str(name);
    } else {
        text.push('[');
        text.push_str(&quoted(name));
        text.push(']');
    }
}

/// A string as Go quotes it.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{b}' => out.push_str("\\v"),
            '\u{c}' => out.push_str("\\f"),
            c if (c as u32) < 0x20 || c as u32 == 0x7f => out.push_str(&format!("\\x{:02x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A constant.
pub(crate) fn constant(constant: &Constant) -> String {
    let list = |items: &[Constant]| items.iter().map(self::constant).collect::<Vec<_>>().join(", ");
    match constant {
        Constant::Null => "null".to_owned(),
        Constant::Bool(it) => it.to_string(),
        Constant::Number(it) => it.to_string(),
        Constant::String(it) => quoted(it),
        Constant::Array(items) => format!("[{}]", list(items)),
        Constant::Set(items) if items.is_empty() => "set()".to_owned(),
        Constant::Set(items) => {
            let mut items = items.clone();
            items.sort();
            format!("{{{}}}", list(&items))
        }
        Constant::Object(pairs) => {
            let pairs = pairs.iter().map(|(k, v)| format!("{}: {}", self::constant(k), self::constant(v)));
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
        }
    }
}

/// A term.
pub(crate) fn term(it: &Term, vars: &Vars) -> String {
    let list = |items: &[Term]| items.iter().map(|t| term(t, vars)).collect::<Vec<_>>().join(", ");
    match &it.kind {
        TermKind::Scalar(scalar) => constant(scalar),
        // OPA shows the names that it makes up; what a stage made has none here.
        TermKind::Var(var) if vars.is_generated(*var) => "_".to_owned(),
        TermKind::Var(var) => vars.name(*var).to_string(),
        TermKind::Ref(terms) => reference(terms, vars),
        TermKind::Call(it) => call(it, vars),
        TermKind::Array(items) => format!("[{}]", list(items)),
        TermKind::Set(items) if items.is_empty() => "set()".to_owned(),
        TermKind::Set(items) => format!("{{{}}}", list(items)),
        TermKind::Object(pairs) => {
            let pairs = pairs.iter().map(|(k, v)| format!("{}: {}", term(k, vars), term(v, vars)));
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
        }
        TermKind::Comprehension(it) => {
            let body = it.body.iter().map(|l| literal(l, vars)).collect::<Vec<_>>().join("; ");
            let value = term(&it.value, vars);
            match (it.kind, &it.key) {
                (ComprehensionKind::Array, _) => format!("[{value} | {body}]"),
                (_, Some(key)) => format!("{{{}: {value} | {body}}}", term(key, vars)),
                _ => format!("{{{value} | {body}}}"),
            }
        }
        TermKind::Template(parts) => {
            let part = |part: &TemplatePart| match part {
                TemplatePart::Text(text) => text.to_string(),
                TemplatePart::Expression(it) => format!("{{{}}}", literal(it, vars)),
                TemplatePart::Plain(it) => format!("{{{}}}", term(it, vars)),
                TemplatePart::Body(_, body) => {
                    format!("{{{}}}", body.iter().map(|l| literal(l, vars)).collect::<Vec<_>>().join("; "))
                }
            };
            format!("$\"{}\"", parts.iter().map(part).collect::<String>())
        }
    }
}

/// A reference: a base and its keys.
pub(crate) fn reference(terms: &[Term], vars: &Vars) -> String {
    let mut text = terms.first().map(|base| term(base, vars)).unwrap_or_default();
    for key in terms.iter().skip(1) {
        match key.as_string() {
            Some(name) => push_key(&mut text, name),
            None => {
                text.push('[');
                text.push_str(&term(key, vars));
                text.push(']');
            }
        }
    }
    text
}

/// The name of the function that a call calls.
pub(crate) fn function(call: &Call, vars: &Vars) -> String {
    let mut text = vars.name(call.head).to_string();
    call.rest.iter().for_each(|name| push_key(&mut text, name));
    text
}

/// A call.
pub(crate) fn call(it: &Call, vars: &Vars) -> String {
    let args = it.args.iter().map(|t| term(t, vars)).collect::<Vec<_>>().join(", ");
    format!("{}({args})", function(it, vars))
}

fn literal(it: &Literal, vars: &Vars) -> String {
    let operand = |operand: &Operand| operand.body.iter().map(|l| literal(l, vars)).collect::<Vec<_>>().join("; ");
    let text = match &it.kind {
        LiteralKind::Term(it) => term(it, vars),
        LiteralKind::Unify { left, right, .. } => format!("{} = {}", term(left, vars), term(right, vars)),
        LiteralKind::Assign(left, right) => format!("{} := {}", term(left, vars), term(right, vars)),
        LiteralKind::Some(terms) => {
            format!("some {}", terms.iter().map(|t| term(t, vars)).collect::<Vec<_>>().join(", "))
        }
        LiteralKind::SomeIn { key, value, domain } => {
            let key = key.as_ref().map(|key| format!("{}, ", term(key, vars))).unwrap_or_default();
            format!("some {key}{} in {}", term(value, vars), term(domain, vars))
        }
        LiteralKind::Every { value, domain, .. } => {
            format!("every {} in {} {{ .. }}", vars.name(*value), term(domain, vars))
        }
        LiteralKind::Not(it) => format!("not {{ {} }}", operand(it)),
        LiteralKind::And(left, right) => format!("{} and {}", operand(left), operand(right)),
        LiteralKind::Or(left, right) => format!("{} or {}", operand(left), operand(right)),
        LiteralKind::Print(_) | LiteralKind::Printed(_) => "print(..)".to_owned(),
    };
    if it.negated { format!("not {text}") } else { text }
}
