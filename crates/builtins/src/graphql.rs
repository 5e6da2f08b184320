//! GraphQL: parses requests and schemas, and validates requests against schemas.
//!
//! OPA uses gqlparser and shows its trees and its complaints, so that these are followed here: trees in
//! [`document`] (how they look as values: [`node`]), parsers in [`parser`] and [`definitions`], schemas in [`schema`],
//! rules in [`definition_rules`] and [`rules`]. The grammar and the rules are those of
//! <https://spec.graphql.org/October2021/>. What gqlparser does not bound is bounded: how deeply documents nest, and by
//! the evaluation's effort the work of rules that compare fields with each other.

mod decoder;
mod definition_rules;
mod definitions;
mod document;
mod lexer;
mod node;
mod parser;
mod rules;
mod schema;
mod suggestion;
mod validator;

use std::fmt::Write as _;

use lictor_value::{Builtin, Context, Object, Prepared, Type, Value, View, effort, text};

use crate::family;
use decoder::Decoder;
use document::{Complaint, QueryDocument, SchemaDocument};
use node::Node;
use schema::Schema;
use validator::Wanted;

const TEXT_OR_TREE: Type = Type::OneOf(&[Type::String, TREE]);
const TREE: Type = Type::Object(&Type::Any, &Type::Any);
const TREES: Type = Type::Tuple(&[TREE, TREE], None);
const VERDICT_AND_TREES: Type = Type::Tuple(&[Type::Boolean, TREE, TREE], None);

/// How deeply a tree given as a value may nest.
const MAX_TREE_DEPTH: usize = 600;

/// How much memory a byte of a document may take as a tree.
const TREE_PER_BYTE: usize = 64;

/// The family.
pub static FAMILY: &[Builtin] = family! {
    /// The syntax trees of a request and a schema, each given as text or as a tree, where both are valid.
    ///
    /// `graphql.parse("{ a }", "type Query { a: Int }")` is `[{"Operations": […]}, {"Definitions": […]}]`
    "graphql.parse" { prepare: Some(prepare_second) } |
        cx,
        query ("the request"): Value<'_> [TEXT_OR_TREE],
        schema ("the schema"): Value<'_> [TEXT_OR_TREE],
    | -> "output" ("`[request, schema]` as trees"): Option<Value<'_>> [TREES] {
        match parse(cx, query, schema, Wanted::All) {
            Ok((query, schema)) => Some(Value::array(cx.arena.slice(&[query, schema]))),
            Err(Failure::Type(operand, found)) => cx.wrong_operand(operand, "one of {string, object}", found),
            Err(Failure::Text(text)) => cx.fail(text),
            Err(Failure::Memory) => None,
        }
    }
    /// The same with a verdict before: `[true, request, schema]`, or `[false, {}, {}]` where one is invalid.
    ///
    /// `graphql.parse_and_verify("{ b }", "type Query { a: Int }")` is `[false, {}, {}]`
    "graphql.parse_and_verify" { prepare: Some(prepare_second) } |
        cx,
        query ("the request"): Value<'_> [TEXT_OR_TREE],
        schema ("the schema"): Value<'_> [TEXT_OR_TREE],
    | -> "output" ("`[valid, request, schema]`, empty where not valid"): Option<Value<'_>> [VERDICT_AND_TREES] {
        let empty = Value::object(&Object::EMPTY);
        let all = match parse(cx, query, schema, Wanted::First) {
            Ok((query, schema)) => [Value::bool(true), query, schema],
            Err(Failure::Memory) => return None,
            Err(_) => [Value::bool(false), empty, empty],
        };
        Some(Value::array(cx.arena.slice(&all)))
    }
    /// The syntax tree of a request, which is not validated.
    ///
    /// `graphql.parse_query("{ a }").Operations[0].SelectionSet[0].Name` is `"a"`
    "graphql.parse_query" |cx, query ("the text of a request"): &[u8]|
    -> "output" ("the tree"): Option<Value<'_>> [TREE] {
        cx.reserve(query.len().saturating_mul(TREE_PER_BYTE))?;
        match parser::parse_query(query) {
            Ok(document) => Some(tree(cx, &document)),
            Err(complaint) => cx.fail(located(&complaint.to_string())),
        }
    }
    /// The syntax tree of a schema, which is not validated.
    ///
    /// `graphql.parse_schema("scalar Key").Definitions[0].Name` is `"Key"`
    "graphql.parse_schema" |cx, schema ("the text of a schema"): &[u8]|
    -> "output" ("the tree"): Option<Value<'_>> [TREE] {
        cx.reserve(schema.len().saturating_mul(TREE_PER_BYTE))?;
        match definitions::parse_schema(schema, false) {
            Ok(document) => Some(tree(cx, &document)),
            Err(complaint) => cx.fail(located(&complaint.to_string())),
        }
    }
    /// Whether a request is valid by a schema.
    ///
    /// `graphql.is_valid("{ a }", "type Query { a: Int }")` is `true`
    "graphql.is_valid" { prepare: Some(prepare_second) } |
        cx,
        query ("the request"): Value<'_> [TEXT_OR_TREE],
        schema ("the schema"): Value<'_> [TEXT_OR_TREE],
    | -> "output" ("whether it is"): bool {
        let Ok(query) = read_query(query) else { return false };
        let valid = |read: &Read| read.valid().is_ok_and(|schema| is_valid(schema, &query));
        with_schema(cx, schema, valid).unwrap_or(false)
    }
    /// Whether a schema is valid.
    ///
    /// `graphql.schema_is_valid("type Query { a: Int }")` is `true`, of `"type Query { a: Missing }"` it is `false`
    "graphql.schema_is_valid" { prepare: Some(prepare_first) } |cx, schema ("the schema"): Value<'_> [TEXT_OR_TREE]|
    -> "output" ("whether it is"): bool {
        with_schema(cx, schema, |read| read.valid().is_ok()).unwrap_or(false)
    }
};

/// Why there is no tree.
enum Failure<'v> {
    /// The operand, in OPA's count here from 0, is neither text nor tree.
    Type(usize, Value<'v>),
    Text(String),
    /// It would not fit; the context says so.
    Memory,
}

/// A schema that was read, and that it is valid or why not.
struct Read {
    document: SchemaDocument,
    schema: Result<Schema, Complaint>,
}

impl Read {
    fn new(document: SchemaDocument) -> Self {
        let schema = Schema::new(&document);
        Read { document, schema }
    }

    fn valid(&self) -> Result<&Schema, String> {
        let wrapped =
            |complaint: &Complaint| format!("Error in gqlparser SchemaDocument to Schema conversion: {complaint}");
        self.schema.as_ref().map_err(wrapped)
    }
}

fn prepare_first(args: &[Option<Value<'_>>]) -> Option<Prepared> {
    prepare(*args.first()?)
}

fn prepare_second(args: &[Option<Value<'_>>]) -> Option<Prepared> {
    prepare(*args.get(1)?)
}

fn prepare(schema: Option<Value<'_>>) -> Option<Prepared> {
    Some(Box::new(Read::new(read_schema(schema?).ok()?)))
}

/// Reads a schema, or takes the one that was prepared.
fn with_schema<'v, T>(
    cx: &Context<'_, 'v>,
    schema: Value<'v>,
    then: impl FnOnce(&Read) -> T,
) -> Result<T, Failure<'v>> {
    match cx.prepared.and_then(|prepared| prepared.downcast_ref::<Read>()) {
        Some(prepared) => Ok(then(prepared)),
        None => read_schema(schema).map(|document| then(&Read::new(document))),
    }
}

fn parse<'v>(
    cx: &mut Context<'_, 'v>,
    query: Value<'v>,
    schema: Value<'v>,
    wanted: Wanted,
) -> Result<(Value<'v>, Value<'v>), Failure<'v>> {
    let bytes = [query, schema].iter().map(|it| it.as_bytes().map_or(0, <[u8]>::len)).sum::<usize>();
    cx.reserve(bytes.saturating_mul(TREE_PER_BYTE)).ok_or(Failure::Memory)?;
    let document = read_query(query)?;
    with_schema(cx, schema, |read| {
        let complaints = validator::validate(read.valid().map_err(Failure::Text)?, &document, wanted);
        if complaints.is_empty() {
            return Ok((tree(cx, &document), tree(cx, &read.document)));
        }
        let mut all = String::new();
        for complaint in complaints {
            // Writing to a string cannot fail.
            let _ = writeln!(all, "{complaint}");
        }
        Err(Failure::Text(located(&all)))
    })?
}

fn is_valid(schema: &Schema, query: &QueryDocument) -> bool {
    validator::validate(schema, query, Wanted::First).is_empty()
}

fn read_query(query: Value<'_>) -> Result<QueryDocument, Failure<'_>> {
    match query.view() {
        View::Object(_) => read_tree(query),
        View::Str(bytes) => parser::parse_query(bytes).map_err(of_parser),
        _ => Err(Failure::Type(0, query)),
    }
}

fn read_schema(schema: Value<'_>) -> Result<SchemaDocument, Failure<'_>> {
    match schema.view() {
        View::Object(_) => read_tree(schema),
        View::Str(bytes) => definitions::parse_schema(bytes, false).map_err(of_parser),
        _ => Err(Failure::Type(1, schema)),
    }
}

fn of_parser<'v>(complaint: Complaint) -> Failure<'v> {
    Failure::Text(located(&complaint.to_string()))
}

fn read_tree<'v, T: Node>(value: Value<'v>) -> Result<T, Failure<'v>> {
    if !is_within(value, MAX_TREE_DEPTH) {
        return Err(Failure::Text(format!("nested more than {MAX_TREE_DEPTH} levels deep")));
    }
    let (mut tree, mut decoder) = (T::default(), Decoder::default());
    tree.read(value, &mut decoder);
    decoder.first.map_or(Ok(tree), |mismatch| Err(Failure::Text(mismatch.to_string())))
}

/// Whether a value nests at most so deeply.
fn is_within(value: Value<'_>, depth: usize) -> bool {
    let all = |items: &[Value<'_>]| {
        depth > 0 && effort::spend(items.len()) && items.iter().all(|item| is_within(*item, depth - 1))
    };
    match value.view() {
        View::Array(items) => all(items),
        View::Set(set) => all(set.items()),
        View::Object(object) => all(object.vals()),
        _ => true,
    }
}

/// A document's tree.
fn tree<'v>(cx: &Context<'_, 'v>, document: &impl Node) -> Value<'v> {
    document.emit(cx.arena).unwrap_or(Value::object(&Object::EMPTY))
}

/// OPA's rewriting of gqlparser's complaints: the first one's place, `input:1:2:`, moves to the end of all.
fn located(complaints: &str) -> String {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match complaints.splitn(4, ':').collect::<Vec<&str>>()[..] {
        [_, line, column, rest] if number(line) && number(column) => {
            let rest = rest.trim_start_matches(' ');
            let rest = rest.strip_suffix(".\n").unwrap_or(rest);
            format!("{rest} in GraphQL string at location {line}:{column}")
        }
        _ => format!("GraphQL parse error: {complaints}"),
    }
}

/// In quotes, with Go's escapes.
fn quoted(text: &str) -> String {
    text::quoted(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use lictor_value::{Arena, Context, Fault, NoHost, Scratch, json};

    use super::*;

    const SCHEMA: &str = "type Query { key(id: ID!): Key all(first: Int = 10, kind: Kind): [Key!]! } \
                          type Key { id: ID! owner: String } enum Kind { LIVE TEST }";

    /// Calls a builtin of the family with strings, or with values after `json:`, and prints the answer as JSON.
    fn call(name: &str, args: &[&str]) -> Result<String, Fault> {
        let arena = Arena::default();
        let args: Vec<Value<'_>> = args
            .iter()
            .map(|arg| match arg.strip_prefix("json:") {
                Some(text) => json::parse(&arena, text.as_bytes()).expect("it is JSON"),
                None => Value::str(arena.slice(arg.as_bytes())),
            })
            .collect();
        let builtin = FAMILY.iter().find(|builtin| builtin.name == name).expect("it is in the family");
        let mut cx = Context {
            arena: &arena,
            buffer: &mut Vec::new(),
            host: &NoHost,
            scratch: &mut Scratch::default(),
            prepared: None,
            fault: None,
        };
        match (builtin.run)(&mut cx, &args) {
            Some(value) => {
                let mut text = Vec::new();
                json::write_json(value, &mut text);
                Ok(String::from_utf8(text).expect("JSON is UTF-8"))
            }
            None => Err(cx.fault.expect("what has no value has a reason")),
        }
    }

    fn complaint(query: &str) -> String {
        match call("graphql.parse", &[query, SCHEMA]) {
            Err(Fault::Failed(text)) => text.into(),
            other => panic!("{query} gave {other:?}"),
        }
    }

    #[test]
    fn a_request_becomes_a_tree_without_what_is_empty() {
        assert_eq!(
            call("graphql.parse_query", &["query Mine($n: Int!) { all(first: $n) { id } }"]).as_deref(),
            Ok(
                r#"{"Operations":[{"Name":"Mine","Operation":"query","SelectionSet":[{"Alias":"all","Arguments":[{"Name":"first","Value":{"ExpectedTypeHasDefault":false,"Kind":0,"Raw":"n"}}],"Name":"all","SelectionSet":[{"Alias":"id","Name":"id"}]}],"VariableDefinitions":[{"Type":{"NamedType":"Int","NonNull":true},"Used":false,"Variable":"n"}]}]}"#
            )
        );
    }

    #[test]
    fn a_schema_becomes_a_tree_with_its_comments() {
        assert_eq!(
            call("graphql.parse_schema", &["# kinds\nenum Kind { LIVE }"]).as_deref(),
            Ok(
                r##"{"Definitions":[{"AfterDescriptionComment":{"List":[{"Value":"# kinds"}]},"BuiltIn":false,"Description":"","EnumValues":[{"Description":"","Name":"LIVE"}],"Kind":"ENUM","Name":"Kind"}]}"##
            )
        );
    }

    #[test]
    fn a_tree_may_stand_for_its_text() {
        let query = call("graphql.parse_query", &["{ key(id: 7) { owner } }"]).expect("it can be parsed");
        let schema = call("graphql.parse_schema", &[SCHEMA]).expect("it can be parsed");
        let (query, schema) = (format!("json:{query}"), format!("json:{schema}"));
        assert_eq!(call("graphql.is_valid", &[&query, &schema]).as_deref(), Ok("true"));
        assert_eq!(call("graphql.schema_is_valid", &[&schema]).as_deref(), Ok("true"));
        let pair = format!("[{},{}]", &query[5..], &schema[5..]);
        assert_eq!(call("graphql.parse", &[&query, &schema]), Ok(pair));
    }

    #[test]
    fn an_invalid_request_has_no_trees() {
        let args = ["{ key(id: 7) }", SCHEMA];
        assert_eq!(call("graphql.parse_and_verify", &args).as_deref(), Ok("[false,{},{}]"));
        assert_eq!(call("graphql.is_valid", &args).as_deref(), Ok("false"));
        let valid = call("graphql.parse_and_verify", &["{ key(id: 7) { id } }", SCHEMA]).expect("it always answers");
        assert!(valid.starts_with(r#"[true,{"Operations""#), "{valid}");
    }

    #[test]
    fn complaints_name_the_rule_and_the_place() {
        for (query, expected) in [
            ("{ key { id } }", "Field \"key\" argument \"id\" of type \"ID!\" is required, but it was not provided"),
            ("{ kez(id: 1) { id } }", "Cannot query field \"kez\" on type \"Query\". Did you mean \"key\"?\n"),
            (
                "{ all(kind: TESTS) { id } }",
                "Value \"TESTS\" does not exist in \"Kind\" enum. Did you mean the enum value \"TEST\"?\n",
            ),
            (
                "{ all(first: 99999999999999999999) { id } }",
                "Int cannot represent non 32-bit signed integer value: 99999999999999999999\n",
            ),
            ("mutation { all { id } }", "Schema does not support operation type \"mutation\"\n"),
            ("{ all { id } ...F }", "Unknown fragment \"F\""),
            (
                "{ all { id: owner id } }",
                "Fields \"id\" conflict because \"owner\" and \"id\" are different fields. Use different aliases on the fields to fetch both if this was intentional",
            ),
            ("{ all { ...F } } fragment F on Key { ...F }", "Cannot spread fragment \"F\" within itself"),
            (
                "{ all { ... on Query { __typename } } }",
                "Fragment cannot be spread here as objects of type \"Key\" can never be of type \"Query\"",
            ),
        ] {
            let text = complaint(query);
            let (said, place) = text.rsplit_once(" in GraphQL string at location ").expect("it has a place");
            assert_eq!(said, expected, "{query}");
            assert!(place.starts_with("1:"), "{query}");
        }
    }

    #[test]
    fn schemas_are_held_to_their_rules() {
        for schema in [
            "type Query { a: Missing }",
            "type Query { a: Int a: Int }",
            "input In { own: In! } type Query { a(in: In): Int }",
            "interface Named { name: String } type Query implements Named { a: Int }",
            "type Query @unheard { a: Int }",
            "union Both = Query | Query type Query { a: Int }",
            "schema { query: Nobody }",
        ] {
            assert_eq!(call("graphql.schema_is_valid", &[schema]).as_deref(), Ok("false"), "{schema}");
        }
        assert_eq!(call("graphql.schema_is_valid", &["extend type Query { a: Int }"]).as_deref(), Ok("true"));
    }

    #[test]
    fn what_nests_without_end_is_refused() {
        let deep = format!("{}x{}", "{a".repeat(5_000), "}".repeat(5_000));
        assert!(call("graphql.parse_query", &[&deep]).is_err());
        let lists = format!("type Query {{ a: {}Int{} }}", "[".repeat(5_000), "]".repeat(5_000));
        assert!(call("graphql.parse_schema", &[&lists]).is_err());
        // A chain of fragments is as deep as selections.
        let mut chain = "{ all { ...F0 } } fragment F2000 on Key { id }".to_owned();
        for at in 0..2_000 {
            chain.push_str(&format!(" fragment F{at} on Key {{ ...F{} }}", at + 1));
        }
        assert_eq!(call("graphql.is_valid", &[&chain, SCHEMA]).as_deref(), Ok("false"));
        assert_eq!(
            call("graphql.is_valid", &["{ all { ...F } } fragment F on Key { ... { ...F } }", SCHEMA]).as_deref(),
            Ok("false")
        );
    }

    #[test]
    fn trees_nest_as_deeply_as_is_allowed() {
        for (levels, open, close) in [
            (2, r#"{"SelectionSet":["#, "]}"),
            (1, r#"{"Elem":"#, "}"),
            (1, r#"{"Definition":"#, "}"),
            (3, r#"{"Children":[{"Value":"#, "}]}"),
            (5, r#"{"Directives":[{"ParentDefinition":{"Fields":["#, "]}}]}"),
        ] {
            let nested = |times: usize| format!("{}{}{}", open.repeat(times), "{}", close.repeat(times));
            let selection = |times: usize| {
                let within = nested(times);
                format!(
                    r#"json:{{"Operations":[{{"SelectionSet":[{within}],"VariableDefinitions":[{{"Type":{within},"DefaultValue":{within},"Directives":[{within}]}}]}}]}}"#
                )
            };
            let times = (MAX_TREE_DEPTH - 10) / levels;
            let refused = |times: usize| {
                let answer = call("graphql.parse", &[&selection(times), SCHEMA]);
                format!("{answer:?}").contains("nested more than")
            };
            assert!(!refused(times), "{open}");
            assert!(refused(times + 10), "{open}");
        }
    }
}
