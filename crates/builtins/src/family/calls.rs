//! Calls of builtins, for the tests of families: arguments and outcomes as text.

use lictor_value::{Arena, Builtin, Fault, NoHost, json};

/// What the builtin of this name gives for arguments in JSON: a value in JSON, `undefined`, `fails: …`, or what is wrong
/// with an operand.
pub(crate) fn call(family: &[Builtin], name: &str, args: &[&str]) -> String {
    let arena = Arena::default();
    let args: Vec<_> =
        args.iter().map(|text| json::parse(&arena, text.as_bytes()).expect("arguments are JSON")).collect();
    let builtin = family.iter().find(|builtin| builtin.name == name).expect("it is in the family");
    match builtin.call_alone(&arena, &NoHost, &args, None) {
        (Some(value), _) => {
            let mut text = Vec::new();
            json::write_json(value, &mut text);
            String::from_utf8(text).expect("JSON is UTF-8")
        }
        (None, None) => "undefined".into(),
        (None, Some(Fault::Failed(why))) => format!("fails: {why}"),
        (None, Some(fault)) => fault.to_string(),
    }
}

/// Asserts what [`call`] says.
#[track_caller]
pub(crate) fn assert_gives(family: &[Builtin], name: &str, args: &[&str], given: &str) {
    assert_eq!(call(family, name, args), given, "{name}({})", args.join(", "));
}
