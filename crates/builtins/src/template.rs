//! `strings.render_template`: Go's `text/template`, as OPA offers it.
//!
//! A template's text becomes tokens ([`lexer`]), these a tree ([`parser`], [`tree`]), and that is rendered
//! ([`execution`], [`pipeline`]) with what Go would decode the variables' JSON to ([`datum`]). All actions and functions
//! of Go's package are there; there are no methods, since no such value has any.
//!
//! `strings.render_template("{{range $i, $n := .names}}{{if $i}}, {{end}}{{$n}}{{end}}", {"names": ["a", "b"]})` is
//! `"a, b"`. What is absent is rendered as `<undefined>`.

mod comparison;
mod datum;
mod execution;
mod functions;
mod lexer;
mod literal;
mod parser;
mod pipeline;
mod tree;

use lictor_value::{Builtin, Context, Fault, Halt, Object, Prepared, Type, Value, json, text};

use crate::family;
use execution::Failure;
use tree::Tree;

const VARIABLES: Type = Type::Object(&Type::String, &Type::Any);

/// The family.
pub static FAMILY: &[Builtin] = family! {
    /// The template in the manner of Go, rendered with the variables: `{{.user}}` is the value at the key `user`.
    "strings.render_template" in "strings" { prepare: Some(prepare) } |
        cx,
        value ("the template"): &[u8],
        vars ("its variables"): &Object<'_> [VARIABLES],
    | -> "result" ("the rendered text"): Option<Vec<u8>> [Type::String] {
        let variables = decoded(cx, vars)?;
        let prepared = cx.prepared.and_then(|prepared| prepared.downcast_ref::<Tree>());
        match prepared {
            Some(tree) => render(cx, tree, variables),
            None => match parser::parse(value) {
                Ok(tree) => render(cx, &tree, variables),
                Err(parser::Error::Syntax(why)) => cx.fail(why),
                Err(parser::Error::TooDeep) => cx.catch(Err(Fault::Halt(Halt::Depth))),
            },
        }
    }
};

fn prepare(args: &[Option<Value<'_>>]) -> Option<Prepared> {
    let text = args.first().copied().flatten()?.as_bytes()?;
    Some(Box::new(parser::parse(text).ok()?))
}

/// The variables as JSON: OPA reads their Rego text as that, so what JSON does not have is an error.
fn decoded<'v>(cx: &mut Context<'_, 'v>, variables: &'v Object<'v>) -> Option<Value<'v>> {
    let mut text = Vec::new();
    text::write_rego(Value::object(variables), &mut text);
    cx.reserve(text.len().saturating_mul(2))?;
    cx.catch(json::parse_copied(cx.arena, &text).map_err(|error| crate::json::fault(error, &text)))
}

fn render<'v>(cx: &mut Context<'_, 'v>, tree: &Tree, variables: Value<'v>) -> Option<Vec<u8>> {
    let variables = datum::Data::of(cx, variables);
    match execution::execute(cx, tree, variables) {
        Ok(text) => Some(without_absent(&text)),
        Err(Failure::Failed(why)) => cx.fail(why),
        Err(Failure::Faulted) => None,
        Err(Failure::Halted(halt)) => cx.catch(Err(Fault::Halt(halt))),
    }
}

/// The text with OPA's word for what is absent, even where the template itself says Go's.
fn without_absent(text: &[u8]) -> Vec<u8> {
    const GO: &[u8] = b"<no value>";
    let mut replaced = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memmem::find(rest, GO) {
        replaced.extend_from_slice(&rest[..at]);
        replaced.extend_from_slice(b"<undefined>");
        rest = &rest[at + GO.len()..];
    }
    replaced.extend_from_slice(rest);
    replaced
}

#[cfg(test)]
mod tests {
    use lictor_value::{Arena, Context, Fault, Halt, NoHost, Scratch, Value, json};

    use super::{FAMILY, prepare};
    use crate::family::calls::{assert_gives, call};

    const VARIABLES: &str =
        r#"{"user": {"name": "Ann", "age": 30}, "list": ["a", 2, null], "none": null, "yes": true}"#;

    #[track_caller]
    fn renders(template: &str, text: &str) {
        let arena = Arena::default();
        let variables = json::parse(&arena, VARIABLES.as_bytes()).unwrap();
        assert_eq!(run(&arena, template, variables).as_deref(), Ok(text), "{template}");
    }

    #[track_caller]
    fn fails(template: &str, why: &str) {
        let template = serde_json::to_string(template).unwrap();
        let given = format!("fails: template: template:{why}");
        assert_gives(FAMILY, "strings.render_template", &[&template, VARIABLES], &given);
    }

    #[test]
    fn values_stand_where_they_are_named() {
        for (template, text) in [
            ("{{.user.name}} is {{.user.age}}", "Ann is 30"),
            ("{{.user}} {{.list}} {{.yes}}", "map[age:30 name:Ann] [a 2 <nil>] true"),
            ("{{.none}} {{.missing}} {{.missing.too}}", "<undefined> <undefined> <undefined>"),
            ("a {{- .user.name -}} \n b{{/* nothing */}}", "aAnnb"),
            ("{{1.5e3}} {{0x1F}} {{'a'}} {{`raw`}} {{\"q\\u00e9\"}} {{1i}}", "1500 31 97 raw qé (0+1i)"),
        ] {
            renders(template, text);
        }
    }

    #[test]
    fn branches_and_ranges_are_followed() {
        for (template, text) in [
            ("{{if .none}}1{{else if .yes}}2{{else}}3{{end}}", "2"),
            ("{{with .user}}{{.name}}{{$.yes}}{{end}}", "Anntrue"),
            ("{{with .none}}{{else with .list}}{{len .}}{{end}}", "3"),
            ("{{range $i, $x := .list}}{{$i}}={{$x}} {{end}}", "0=a 1=2 2=<undefined> "),
            ("{{range $k, $v := .user}}{{$k}}:{{$v}};{{end}}", "age:30;name:Ann;"),
            ("{{range .list}}{{if not .}}{{break}}{{end}}{{.}}{{else}}empty{{end}}", "a2"),
            ("{{range .missing}}x{{else}}empty{{end}} {{range 3}}{{.}}{{end}}", "empty 012"),
            ("{{$x := 1}}{{range .list}}{{$x = .}}{{continue}}{{end}}{{$x}}", "<undefined>"),
            ("{{define \"t\"}}[{{.}}]{{end}}{{template \"t\" .yes}}{{block \"b\" 2}}({{.}}){{end}}", "[true](2)"),
        ] {
            renders(template, text);
        }
    }

    #[test]
    fn functions_take_what_stands_before_them_last() {
        for (template, text) in [
            ("{{.user.name | printf \"%s-%s\" \"b\"}} {{printf \"%d\" .user.age}}", "b-Ann %!d(json.Number=30)"),
            ("{{index .list 1}} {{index .user \"name\" | len}} {{slice .user.name 1}}", "2 3 nn"),
            ("{{and .yes .none .list}} {{or .none .user.name}} {{not .none}}", "<undefined> Ann true"),
            ("{{eq .user.name \"Bob\" \"Ann\"}} {{lt 1 2}} {{ge \"a\" \"b\"}}", "true true false"),
            (
                "{{html \"<a>\" .none}} {{js \"<'\\n\"}} {{urlquery \"a b&\"}}",
                "&lt;a&gt;&lt;no value&gt; \\u003C\\'\\u000A a+b%26",
            ),
            ("{{print 1 2 \"a\" 3}}{{println .yes nil}}", "1 2a3true <nil>\n"),
            (
                "{{printf \"%#v %q\" .list .user}}",
                "[]interface {}{\"a\", \"2\", interface {}(nil)} map[\"age\":\"30\" \"name\":\"Ann\"]",
            ),
        ] {
            renders(template, text);
        }
    }

    #[test]
    fn what_is_no_template_says_where() {
        for (template, why) in [
            ("a\n{{.b", "2: unclosed action"),
            ("{{if .a}}\n{{if\n.b", "3: unclosed action started at template:2"),
            ("{{/*", "1: unclosed comment"),
            ("{{nothing}}", "1: function \"nothing\" not defined"),
            ("{{$x}}", "1: undefined variable \"$x\""),
            ("{{end}}", "1: unexpected {{end}}"),
            ("{{break}}", "1: {{break}} outside {{range}}"),
            ("{{(1}}", "1: unclosed left paren"),
            ("{{1 | 2}}", "1: non executable command in pipeline stage 2"),
            ("{{.user | longer_than_that}}", "1: function \"longer_than_that\" not defined"),
            ("{{if longer_than_that \"}}", "1: function \"longer_than_that\" not defined"),
            ("{{define \"a\"}}1{{end}}{{define \"a\"}}2{{end}}", "1: template: multiple definition of template \"a\""),
        ] {
            fails(template, why);
        }
    }

    #[test]
    fn what_cannot_be_rendered_says_where() {
        for (template, why) in [
            (
                "\n {{.user.name.x}}",
                "2:8: executing \"template\" at <.user.name.x>: can't evaluate field x in type interface {}",
            ),
            (
                "{{index .list 7}}",
                "1:2: executing \"template\" at <index .list 7>: error calling index: index out of range: 7",
            ),
            (
                "{{eq .user.age 30}}",
                "1:2: executing \"template\" at <eq .user.age 30>: error calling eq: incompatible types for comparison: json.Number and int",
            ),
            (
                "{{define \"a\"}}{{len 1}}{{end}}{{template \"a\"}}",
                "1:16: executing \"a\" at <len 1>: error calling len: len of type int",
            ),
            (
                "{{template \"b\" .yes}}",
                "1:11: executing \"template\" at <{{template \"b\" .yes}}>: template \"b\" not defined",
            ),
            ("{{range .yes}}{{end}}", "1:8: executing \"template\" at <.yes>: range can't iterate over true"),
        ] {
            fails(template, why);
        }
    }

    #[test]
    fn variables_are_what_json_has() {
        let arena = Arena::default();
        let set = lictor_value::Set::from_unsorted(&arena, &mut vec![Value::int(1)], true);
        let mut pairs = vec![(Value::str(b"s"), Value::set(arena.one(set)))];
        let object = Value::object(arena.one(lictor_value::Object::from_unsorted(&arena, &mut pairs)));
        let fault = run(&arena, "{{.}}", object).unwrap_err();
        let why = "invalid character '1' looking for beginning of object key string";
        assert_eq!(fault, Some(Fault::Failed(why.into())));
    }

    fn run(arena: &Arena, template: &str, variables: Value<'_>) -> Result<String, Option<Fault>> {
        let args = [Value::str(arena.slice(template.as_bytes())), variables];
        let prepared = prepare(&[Some(args[0]), None]);
        let mut cx = Context {
            arena,
            buffer: &mut Vec::new(),
            host: &NoHost,
            scratch: &mut Scratch::default(),
            prepared: prepared.as_ref(),
            fault: None,
        };
        let text = (FAMILY[0].run)(&mut cx, &args);
        let text = text.and_then(Value::as_text).map(String::from);
        text.ok_or(cx.fault)
    }

    #[test]
    fn no_template_takes_more_than_there_is() {
        let halts = |template: &str, halt: Halt| {
            let arena = Arena::with_limit(16 << 20);
            let variables = json::parse(&arena, b"{}").unwrap();
            assert_eq!(run(&arena, template, variables), Err(Some(Fault::Halt(halt))), "{}", &template[..20]);
        };
        halts(&"{{if 1}}".repeat(100_000), Halt::Depth);
        halts(&"{{if 1}}{{else if 1}}".replacen("{{if", &"{{if 1}}{{else if 1}}".repeat(300), 1), Halt::Depth);
        halts(&format!("{{{{{}", "(".repeat(100_000)), Halt::Depth);
        halts("{{range 100000000000000}}{{end}}", Halt::Steps);
        halts("{{range 100000000000000}}{{print \"aaaaaaaaaaaa\"}}{{end}}", Halt::Memory);
        halts(
            "{{printf \"%1000000d\" 1 | printf \"%[1]s%[1]s%[1]s%[1]s%[1]s\" | printf \"%[1]s%[1]s%[1]s%[1]s%[1]s\"}}",
            Halt::Memory,
        );
        let within = "{{if 1}}".repeat(150) + "x" + &"{{end}}".repeat(150);
        assert_eq!(call(FAMILY, "strings.render_template", &[&format!("{within:?}"), "{}"]), "\"x\"");
    }

    #[test]
    fn templates_within_templates_end() {
        let template = r#"{{define "r"}}{{template "r" .}}{{end}}{{template "r" .}}"#;
        let why = "1:25: executing \"r\" at <{{template \"r\" .}}>: exceeded maximum template depth (100000)";
        fails(template, why);
    }
}
