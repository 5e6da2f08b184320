//! What `data.system.log.mask` says, applied to a line of the decision log.
//!
//! As in OPA: a pointer starts with `/input`, `/result` or `/nd_builtin_cache`; what is not there is passed over, an `upsert`
//! makes the objects on its way, and one rule that is malformed spoils all. Unlike there, keys with blanks and other signs
//! that URLs escape are found.

use super::json::{Json, Map};

/// Why a mask cannot be applied.
#[derive(Debug, thiserror::Error)]
pub(super) enum MaskError {
    #[error("data.system.log.mask cannot be evaluated: {0}")]
    Failed(String),
    #[error("data.system.log.mask is no set")]
    NotASet,
    #[error("data.system.log.mask has a rule that is neither a text nor an object")]
    NotARule,
    #[error("data.system.log.mask has an op that is neither `remove` nor `upsert`")]
    Op,
    #[error("data.system.log.mask has a path that does not begin with /input, /result or /nd_builtin_cache")]
    Path,
}

/// One rule.
struct Rule<'j> {
    /// `None` where something is to be removed.
    value: Option<Json>,
    first: &'j str,
    rest: Vec<&'j str>,
}

/// Applies all rules, and notes in `erased` and `masked` what was done.
pub(super) fn apply(masks: &Json, line: &mut Map) -> Result<(), MaskError> {
    let rules = masks.as_array().ok_or(MaskError::NotASet)?;
    let rules = rules.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    for rule in rules {
        let at =
            rule.rest.iter().fold(format!("/{}", escaped(rule.first)), |at, part| format!("{at}/{}", escaped(part)));
        let Some(root) = line.get_mut(rule.first) else { continue };
        let (done, list) = match (rule.value, rule.rest.as_slice()) {
            (None, []) => (line.remove(rule.first).is_some(), "erased"),
            (Some(value), []) => {
                *root = value;
                (true, "masked")
            }
            (None, rest) => (remove(root, rest).is_some(), "erased"),
            (Some(value), rest) => (upsert(root, rest, value).is_some(), "masked"),
        };
        if done {
            note(line, list, at);
        }
    }
    Ok(())
}

/// Adds a pointer to a list of the line.
pub(super) fn note(line: &mut Map, list: &str, at: String) {
    match line.get_mut(list) {
        Some(Json::Array(pointers)) => pointers.push(Json::String(at)),
        _ => _ = line.insert(list.into(), Json::Array(vec![Json::String(at)])),
    }
}

fn read(rule: &Json) -> Result<Rule<'_>, MaskError> {
    let (path, value) = match rule {
        Json::String(path) => (path.as_str(), None),
        Json::Object(fields) => {
            let text = |name: &str| fields.get(name).and_then(Json::as_str);
            let value = match text("op") {
                Some("remove") => None,
                Some("upsert") => Some(fields.get("value").cloned().unwrap_or(Json::Null)),
                _ => return Err(MaskError::Op),
            };
            (text("path").ok_or(MaskError::Path)?, value)
        }
        _ => return Err(MaskError::NotARule),
    };
    let mut parts = path.strip_prefix('/').ok_or(MaskError::Path)?.split('/');
    match parts.next() {
        Some(first @ ("input" | "result" | "nd_builtin_cache")) => Ok(Rule { value, first, rest: parts.collect() }),
        _ => Err(MaskError::Path),
    }
}

fn child<'j>(node: &'j mut Json, key: &str) -> Option<&'j mut Json> {
    match node {
        Json::Object(fields) => fields.get_mut(key),
        Json::Array(items) => items.get_mut(key.parse::<usize>().ok()?),
        _ => None,
    }
}

fn remove(root: &mut Json, path: &[&str]) -> Option<Json> {
    let (last, way) = path.split_last()?;
    match way.iter().try_fold(root, |node, key| child(node, key))? {
        Json::Object(fields) => fields.remove(*last),
        Json::Array(items) => {
            let at = last.parse::<usize>().ok().filter(|at| *at < items.len())?;
            Some(items.remove(at))
        }
        _ => None,
    }
}

fn upsert(root: &mut Json, path: &[&str], value: Json) -> Option<()> {
    let (last, way) = path.split_last()?;
    let mut node = root;
    for key in way {
        node = match node {
            Json::Object(fields) => fields.entry((*key).to_owned()).or_insert_with(|| Json::Object(Map::new())),
            node => child(node, key)?,
        };
    }
    match node {
        Json::Object(fields) => _ = fields.insert((*last).to_owned(), value),
        node => *child(node, last)? = value,
    }
    Some(())
}

/// A part of a pointer as OPA writes it: as in the path of a URL.
fn escaped(part: &str) -> String {
    let mut text = String::new();
    for byte in part.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => text.push(char::from(byte)),
            _ if b"-_.~$&+=:@".contains(&byte) => text.push(char::from(byte)),
            _ => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn masked(masks: serde_json::Value) -> Result<serde_json::Value, String> {
        let line = json!({"input": {"a": 1, "l": [1, 2], "m": [1, 2], "a b": {"c": 1}}, "result": {"x": 1}});
        let Json::Object(mut line) = Json::from(line) else { unreachable!("it is an object") };
        apply(&masks.into(), &mut line).map_err(|error| error.to_string())?;
        Ok(serde_json::from_str(&Json::Object(line).to_string()).unwrap())
    }

    /// The pointers that OPA's server writes for these rules.
    #[test]
    fn lists_and_objects_are_masked_and_what_is_not_there_is_passed_over() {
        let upsert = |path: &str| json!({"op": "upsert", "path": path, "value": "z"});
        let rules = json!([
            upsert("/input/l/0"),
            upsert("/input/l/7"),
            upsert("/input/a/b"),
            "/input/m/0",
            "/input/l/9",
            "/nd_builtin_cache",
            "/result"
        ]);
        let line = masked(rules).unwrap();
        assert_eq!(line["input"], json!({"a": 1, "l": ["z", 2], "m": [2], "a b": {"c": 1}}));
        assert_eq!((&line["erased"], &line["masked"]), (&json!(["/input/m/0", "/result"]), &json!(["/input/l/0"])));
    }

    #[test]
    fn keys_with_blanks_are_found() {
        let line = masked(json!(["/input/a b/c"])).unwrap();
        assert_eq!((&line["input"]["a b"], &line["erased"]), (&json!({}), &json!(["/input/a%20b/c"])));
    }

    #[test]
    fn malformed_rules_are_errors() {
        for wrong in [json!(1), json!([1]), json!(["input"]), json!(["/custom"]), json!([{"path": "/input"}])] {
            assert!(masked(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
