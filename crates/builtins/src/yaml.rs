//! YAML text, as OPA reads and writes it: with Go's package `yaml` 3, by way of JSON.
//!
//! A stream's characters ([`source`]) become tokens ([`scanner`]), these nodes ([`parser`]), which OPA touches up
//! ([`normal`]), and nodes the value ([`decode`]). Values are written by [`emit`]. YAML is read as 1.1 is, but for what plain
//! scalars mean ([`scalar`]): `on` is a word. Of several documents the first one counts, and all must be YAML.
//!
//! `yaml.unmarshal("limits: {rpm: 0x20, on: yes}")` is `{"limits": {"on": "yes", "rpm": 32}}`, and `yaml.marshal` of that
//! is `"limits:\n  \"on\": \"yes\"\n  rpm: 32\n"`.
//!
//! Nesting is bounded as in JSON, and so is what aliases add; all else takes time in proportion to the text.

mod data;
mod decode;
mod emit;
mod error;
mod node;
mod normal;
mod parser;
mod scalar;
mod scanner;
mod source;
mod token;

use lictor_value::{Arena, Builtin, Fault, Halt, Object, Type, Value, json, number};

use crate::family;
use data::{Data, Mapping};
use error::Error;

/// The family.
pub static FAMILY: &[Builtin] = family! {
    /// The value as YAML. Sets become sequences, and keys that are no strings their JSON.
    "yaml.marshal" in "encoding" |cx, x ("any value"): Value<'_>| -> "y" ("its YAML"): Option<String> {
        let mut json = Vec::new();
        json::write_json(x, &mut json);
        cx.reserve(json.len().saturating_mul(WORKING))?;
        match marshal(&json) {
            Ok(text) => Some(text),
            Err(error) => cx.catch(Err(fault(error))),
        }
    }
    /// The value of a YAML text's first document; null where there is none.
    "yaml.unmarshal" in "encoding" |cx, x ("YAML"): &[u8]| -> "y" ("the value that it says"): Option<Value<'_>> {
        cx.reserve(x.len().saturating_mul(WORKING))?;
        match unmarshal(cx.arena, x) {
            Ok(value) => Some(value),
            Err(error) => cx.catch(Err(fault(error))),
        }
    }
    /// Whether the value is a string of YAML that has a value.
    "yaml.is_valid" in "encoding" |cx, x ("any value"): Value<'_> [Type::String]|
    -> "result" ("whether it is a string of YAML"): Option<bool> {
        let Some(text) = x.as_bytes() else { return Some(false) };
        cx.reserve(text.len().saturating_mul(WORKING))?;
        match unmarshal(&Arena::default(), text).map_err(fault) {
            Err(halt @ Fault::Halt(_)) => cx.catch(Err(halt)),
            result => Some(result.is_ok()),
        }
    }
};

/// Reads YAML, of which JSON is a part, where it is no builtin's operand: data, input, configuration.
///
/// ```
/// use lictor_builtins::yaml;
/// use lictor_value::Arena;
///
/// let arena = Arena::default();
/// let value = yaml::value(&arena, b"plans: {free: 0x10}").unwrap();
/// assert_eq!(value.as_object().unwrap().len(), 1);
/// assert_eq!(yaml::value(&arena, b"{").unwrap_err(), "yaml: line 1: did not find expected node content");
/// ```
///
/// # Errors
/// What is wrong, in OPA's words.
pub fn value<'v>(arena: &'v Arena, text: &[u8]) -> Result<Value<'v>, String> {
    unmarshal(arena, text).map_err(|error| error.to_string())
}

/// The value of a YAML text where it has one; an error only where the evaluation must end.
pub(crate) fn value_if_any<'v>(arena: &'v Arena, text: &[u8]) -> Result<Option<Value<'v>>, Halt> {
    if !arena.has_room(text.len().saturating_mul(WORKING)) {
        return Err(Halt::Memory);
    }
    match unmarshal(arena, text).map_err(fault) {
        Ok(value) => Ok(Some(value)),
        Err(Fault::Halt(why)) => Err(why),
        Err(_) => Ok(None),
    }
}

/// How many bytes the nodes of a text may take for each of its own while they are needed.
const WORKING: usize = 64;

/// What a text that has no value does to the call. Texts that only this reader refuses end the evaluation, as for JSON.
fn fault(error: Error) -> Fault {
    match error {
        Error::TooDeep => Fault::Halt(Halt::Depth),
        Error::Memory => Fault::Halt(Halt::Memory),
        error => Fault::Failed(error.to_string().into()),
    }
}

fn read(text: &[u8]) -> Result<node::Tree, Error> {
    parser::parse(&source::Source::new(text))
}

/// Writes a value in JSON, which is read as YAML and so comes to what Go takes it for.
fn marshal(json: &[u8]) -> Result<String, Error> {
    let tree = read(json)?;
    Ok(emit::emit(&decode::decode(&tree)?))
}

fn unmarshal<'v>(arena: &'v Arena, text: &[u8]) -> Result<Value<'v>, Error> {
    let mut tree = read(text)?;
    normal::normalize(&mut tree);
    let data = decode::decode(&tree)?;
    if let Some((key, value)) = data::unsayable(&data) {
        return Err(Error::Json(format!(
            "unsupported map key of type: {}, key: {}, value: {}",
            data::go_type(key),
            data::go_key(key),
            data::go_syntax(value)
        )));
    }
    to_value(arena, &data)
}

fn to_value<'v>(arena: &'v Arena, data: &Data<'_>) -> Result<Value<'v>, Error> {
    let string = |text: &str| Value::str(arena.slice(text.as_bytes()));
    Ok(match data {
        Data::Null => Value::NULL,
        Data::Bool(bool) => Value::bool(*bool),
        Data::Int(int) => Value::int(*int),
        Data::Unsigned(int) => number::from_text(arena, &int.to_string()),
        Data::Float(float) => number::from_text(arena, &json_number(*float)?),
        Data::Timestamp(text) => string(text),
        Data::Text(text) => string(text),
        Data::Sequence(items) => {
            room(arena, size_of_val(&items[..]))?;
            let items: Result<Vec<_>, _> = items.iter().map(|item| to_value(arena, item)).collect();
            Value::array(arena.slice(&items?))
        }
        Data::Mapping(mapping) => Value::object(arena.one(to_object(arena, mapping)?)),
    })
}

fn to_object<'v>(arena: &'v Arena, mapping: &Mapping<'_>) -> Result<Object<'v>, Error> {
    room(arena, mapping.entries.len() * 2 * size_of::<Value<'_>>())?;
    let mut pairs = Vec::with_capacity(mapping.entries.len());
    for (key, value) in mapping.sorted() {
        let Some(key) = key.to_json() else { continue };
        pairs.push((Value::str(arena.slice(key.as_bytes())), to_value(arena, value)?));
    }
    Ok(Object::from_unsorted(arena, &mut pairs))
}

fn room(arena: &Arena, bytes: usize) -> Result<(), Error> {
    if arena.has_room(bytes) { Ok(()) } else { Err(Error::Memory) }
}

/// A number as Go writes it in JSON.
fn json_number(float: f64) -> Result<String, Error> {
    if !float.is_finite() {
        let name = if float.is_nan() {
            "NaN"
        } else if float > 0.0 {
            "+Inf"
        } else {
            "-Inf"
        };
        return Err(Error::Json(format!("json: unsupported value: {name}")));
    }
    let size = float.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{float:e}");
        return Ok(if size >= 1.0 { text.replace('e', "e+") } else { text });
    }
    Ok(format!("{float}"))
}

#[cfg(test)]
mod tests {
    use super::FAMILY;
    use crate::family::calls::{assert_gives, call};

    fn json(text: &str) -> String {
        serde_json::to_string(text).expect("text is JSON")
    }

    #[track_caller]
    fn reads(yaml: &str, given: &str) {
        assert_gives(FAMILY, "yaml.unmarshal", &[&json(yaml)], given);
    }

    #[test]
    fn documents_are_read() {
        reads("", "null");
        reads("# nothing\n", "null");
        reads("key: |+\n  one\n   two\n\nlast: >-\n  a\n  b\n\n  c\n", r#"{"key":"one\n two\n\n","last":"a b\nc"}"#);
        reads("- a\n-\n- - b\n  - c: d\n    e: f\n", r#"["a",null,["b",{"c":"d","e":"f"}]]"#);
        reads("{a: [1, 'it''s', \"\\x41\\\n  b\"], ? b : c, d}", r#"{"a":[1,"it's","Ab"],"b":"c","d":null}"#);
        reads("plain text\n  on lines\n\n  and more # not this", r#""plain text on lines\nand more""#);
        reads("k:\n- a\n- b\nl: c", r#"{"k":["a","b"],"l":"c"}"#);
        reads("--- first\n--- second\n...\n", r#""first""#);
        reads(
            "when: 2024-01-02\nbig: 12345678901234567890123\nsmall: 1.5e-9",
            r#"{"big":1.2345678901234568e+22,"small":1.5e-9,"when":"2024-01-02"}"#,
        );
        reads("!!binary aGk=", r#""hi""#);
        reads("%TAG !x! tag:yaml.org,2002:\n--- !x!str 1", r#""1""#);
    }

    #[test]
    fn aliases_and_merges_are_followed() {
        reads("a: &x {p: 1, q: 2}\nb: {<<: *x, q: 3}", r#"{"a":{"p":1,"q":2},"b":{"p":1,"q":3}}"#);
        reads("a: &x {p: 1}\nb: {<<: *x, <<: {p: 2, r: 3}}", r#"{"a":{"p":1},"b":{"p":1,"r":3}}"#);
        reads("[&a 1, *a, *b]", "fails: yaml: unknown anchor 'b' referenced");
        reads("&a [*a]", "fails: yaml: anchor 'a' value contains itself");
        reads("{<<: [1]}", "fails: yaml: map merge requires map or sequence of maps as the value");
        let doubled: Vec<_> = (1..30).map(|i| format!("a{i}: &a{i} [*a{0}, *a{0}]\n", i - 1)).collect();
        reads(&format!("a0: &a0 []\n{}", doubled.concat()), "fails: yaml: document contains excessive aliasing");
    }

    #[test]
    fn keys_become_strings_and_the_last_one_counts() {
        reads("1: a\n\"1\": b\ntrue: c\n1.50: d", r#"{"1":"b","1.5":"d","true":"c"}"#);
        reads("~: a", "fails: unsupported map key of type: %!s(<nil>), key: <nil>, value: \"a\"");
        reads("? [a, 1]\n: b", "fails: yaml: invalid map key: []interface {}{\"a\", 1}");
        reads("~: a\n~: b", "fails: yaml: unmarshal errors:\n  line 2: mapping key \"~\" already defined at line 1");
    }

    #[test]
    fn what_is_no_yaml_says_where() {
        for (yaml, why) in [
            ("a: [1\nb", "line 2: did not find expected ',' or ']'"),
            ("x\n  y: z", "line 2: mapping values are not allowed in this context"),
            ("a:\n  b: 'c", "line 2: found unexpected end of stream"),
            ("k: |\n\tx", "line 2: found a tab character where an indentation space is expected"),
            ("!h!x y", "found undefined tag handle"),
            ("[!a,b]", "line 1: did not find expected ',' or ']'"),
            ("\"\\", "found unknown escape character"),
        ] {
            reads(yaml, &format!("fails: yaml: {why}"));
        }
        reads(".inf", "fails: json: unsupported value: +Inf");
        assert_gives(FAMILY, "yaml.is_valid", &[&json("a: b: c")], "false");
        assert_gives(FAMILY, "yaml.is_valid", &["1"], "false");
        assert_gives(FAMILY, "yaml.is_valid", &[&json("- a")], "true");
    }

    #[test]
    fn no_text_takes_more_depth_than_there_is() {
        for deep in ["[".repeat(100_000), "- ".repeat(100_000), "{a: ".repeat(100_000), "? ".repeat(100_000)] {
            reads(&deep, "halts: Depth");
        }
        let deep = |inner: &str| "[".repeat(600) + inner + &"]".repeat(600);
        reads(&format!("- &deep {}\n- {}", deep("x"), deep("*deep")), "halts: Depth");
        let whole = call(FAMILY, "yaml.unmarshal", &[&json(&deep("x"))]);
        assert_eq!(whole, deep("\"x\""));
    }

    #[test]
    fn values_are_written_in_blocks() {
        for (value, yaml) in [
            (
                r#"{"b":[1,{"c":null,"d":[[],{}]}],"a10":"no","a9":"yes!"}"#,
                "a9: yes!\na10: \"no\"\nb:\n  - 1\n  - c: null\n    d:\n      - []\n      - {}\n",
            ),
            (r#"[[[0.5]],"x\ny\n",": "]"#, "- - - 0.5\n- |\n  x\n  y\n- ': '\n"),
            (r#"{"two\nlines":1}"#, "? |-\n  two\n  lines\n: 1\n"),
            ("1e30", "1e+30\n"),
        ] {
            assert_gives(FAMILY, "yaml.marshal", &[value], &json(yaml));
        }
    }
}
