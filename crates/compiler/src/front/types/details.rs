//! What OPA says below a type error: the types that met, as lines of text and as JSON. That there is an error is found
//! in `check.rs` and `refs.rs`.

use lictor_syntax::{Details, Json, Name};
use lictor_value::{Argument, Builtin};

use super::kind::{Kind, Maybe, show, unifies};
use crate::front::draft::{Term, TermKind, Vars};
use crate::front::text;
use crate::hir::Constant;

/// Lines wider than this are written anew, with less of each type.
const WIDEST: usize = 80;

/// Types wider than this are then shortened.
const WIDEST_TYPE: usize = 32;

/// What a function wants: types, and names where they have some.
pub(super) struct Wanted {
    name: Option<&'static str>,
    doc: &'static str,
    kind: Maybe,
}

impl Wanted {
    /// An argument or result of a builtin.
    pub(super) fn operand(of: &Builtin, it: &Argument) -> Self {
        let name = of.is_documented().then_some(it.name);
        Wanted { name, doc: it.doc, kind: Some(Kind::declared(&it.ty)) }
    }

    fn arguments(of: &Builtin) -> Vec<Self> {
        of.args.iter().map(|argument| Wanted::operand(of, argument)).collect()
    }

    /// An argument or result of a function.
    pub(super) fn bare(kind: Maybe) -> Self {
        Wanted { name: None, doc: "", kind }
    }

    fn show(&self, kind: String) -> String {
        match self.name {
            Some(name) => format!("{name}: {kind}"),
            None => kind,
        }
    }

    fn json(&self) -> Json {
        let mut members = members(&self.kind);
        if let Some(name) = self.name {
            if !self.doc.is_empty() {
                members.push(("description", string(self.doc)));
            }
            members.push(("name", string(name)));
        }
        members.sort_by_key(|(name, _)| *name);
        Json::Object(members)
    }
}

/// As many arguments as a builtin does not take. What takes the result counts too where a stage has added it, and is not
/// known.
pub(crate) fn arity(given: &[Term], result: bool, builtin: &Builtin) -> Details {
    let have: Vec<Maybe> = given.iter().map(apart).chain(result.then_some(None)).collect();
    let want = Wanted::arguments(builtin);
    arguments(&have, &want)
}

/// A function, known as a builtin or by its number of arguments.
#[derive(Clone, Copy)]
pub(crate) enum Signature {
    Builtin(&'static Builtin),
    Arity(usize),
}

/// A function that stands in for one of another arity.
pub(crate) fn replacement(given: Signature, replaced: Signature) -> Details {
    let have: Vec<Maybe> = match given {
        Signature::Builtin(builtin) => builtin.args.iter().map(|arg| Some(Kind::declared(&arg.ty))).collect(),
        Signature::Arity(arity) => vec![Some(Kind::any()); arity],
    };
    let want: Vec<Wanted> = match replaced {
        Signature::Builtin(builtin) => Wanted::arguments(builtin),
        Signature::Arity(arity) => (0..arity).map(|_| Wanted::bare(Some(Kind::any()))).collect(),
    };
    arguments(&have, &want)
}

/// Arguments that a function does not take.
pub(super) fn arguments(have: &[Maybe], want: &[Wanted]) -> Details {
    let lines = |have: Vec<String>, want: Vec<String>| {
        vec![format!("have: ({})", have.join(", ")), format!("want: ({})", want.join(", "))]
    };
    let wanted = want.iter().map(|one| one.show(show(&one.kind))).collect();
    let mut text = lines(have.iter().map(show).collect(), wanted);
    if too_wide(&text) {
        let differs = |at: usize| match (have.get(at), want.get(at)) {
            (Some(have @ Some(_)), Some(want)) => !unifies(have, &want.kind),
            (Some(_), Some(_)) => true,
            _ => false,
        };
        let short = |at: usize, kind: &Maybe| if differs(at) { elided(kind, 1) } else { shortened(kind) };
        let had = have.iter().enumerate().map(|(at, kind)| short(at, kind)).collect();
        let wanted = want.iter().enumerate().map(|(at, one)| one.show(short(at, &one.kind))).collect();
        text = lines(had, wanted);
    }
    let args = (!want.is_empty()).then(|| ("args", Json::Array(want.iter().map(Wanted::json).collect())));
    let want = Json::Object(args.into_iter().collect());
    let json = Json::Object(vec![("have", Json::Array(have.iter().map(json).collect())), ("want", want)]);
    Details { lines: text, json }
}

/// Two values that are never equal.
pub(super) fn mismatch(left: &Maybe, right: &Maybe) -> Details {
    let both = |left: String, right: String| vec![format!("left  : {left}"), format!("right : {right}")];
    let mut lines = both(show(left), show(right));
    if too_wide(&lines) {
        lines = both(elided(left, 1), elided(right, 1));
    }
    let kind = match (left, right) {
        (Some(Kind::Object(_)), Some(Kind::Object(_))) => Some("objects"),
        (Some(Kind::Array(_)), Some(Kind::Array(_))) => Some("arrays"),
        (Some(Kind::Set(_)), Some(Kind::Set(_))) => Some("sets"),
        _ => None,
    };
    if let Some(kind) = kind {
        let page = "https://www.openpolicyagent.org/docs/errors/rego-type-error/match-error";
        let hint = format!("both sides are {kind} but their types differ, so they can never be equal (see {page})");
        lines.push(format!("hint  : {hint}"));
    }
    Details { lines, json: Json::Object(vec![("a", json(left)), ("b", json(right))]) }
}

/// A reference that goes on behind what has no keys.
pub(super) fn no_keys(terms: &[Term], place: usize, have: &Maybe, vars: &Vars) -> Details {
    let upto = text::reference(&terms[..terms.len().min(place + 1)], vars);
    let lines = vec![text::reference(terms, vars), "^".repeat(upto.len()), format!("have: {}", show(have))];
    let json = Json::Object(vec![("ref", reference(terms, vars)), ("pos", number(place)), ("have", json(have))]);
    Details { lines, json }
}

/// A reference with a key that is not there.
pub(super) fn no_key(terms: &[Term], place: usize, key: &Keys, vars: &Vars) -> Details {
    let before = text::reference(&terms[..terms.len().min(place)], vars);
    let pad = " ".repeat(before.len() + 1);
    let have = match (&key.have, terms.get(place)) {
        (Some(kind), _) => format!("{pad}have (type): {kind}"),
        (None, Some(term)) => format!("{pad}have: {}", text::term(term, vars)),
        (None, None) => String::new(),
    };
    let want = if !key.one_of.is_empty() {
        let values: Vec<String> = key.one_of.iter().map(text::constant).collect();
        format!("{pad}want (one of): [{}]", values.join(" "))
    } else if key.want.is_none() {
        format!("{pad}want (one of): []")
    } else {
        format!("{pad}want (type): {}", show(&key.want))
    };
    let lines = vec![text::reference(terms, vars), format!("{pad}^"), have, want];
    let one_of = key.one_of.iter().map(constant_json).collect::<Vec<_>>();
    let mut members = vec![("ref", reference(terms, vars)), ("pos", number(place))];
    members.extend(key.have.is_some().then(|| ("have", json(&key.have))));
    members.push(("want", json(&key.want)));
    members.push(("oneOf", if one_of.is_empty() { Json::Null } else { Json::Array(one_of) }));
    Details { lines, json: Json::Object(members) }
}

/// A key's type, where it is no constant, and what it may be.
#[derive(Default)]
pub(super) struct Keys {
    pub(super) have: Maybe,
    pub(super) want: Maybe,
    pub(super) one_of: Vec<Constant>,
}

fn too_wide(lines: &[String]) -> bool {
    lines.iter().any(|line| line.chars().count() > WIDEST)
}

/// A type, only its outermost part if it is long.
fn shortened(of: &Maybe) -> String {
    let full = show(of);
    if full.chars().count() <= WIDEST_TYPE { full } else { elided(of, 0) }
}

/// A type, what is more than some levels inside it left out.
fn elided(of: &Maybe, depth: usize) -> String {
    let inner = |kind: &Maybe| depth.checked_sub(1).map_or("...".to_owned(), |depth| elided(kind, depth));
    let list = |parts: Vec<String>| match (parts.is_empty(), depth) {
        (true, _) => String::new(),
        (_, 0) => "<...>".to_owned(),
        _ => format!("<{}>", parts.join(", ")),
    };
    match of {
        Some(Kind::Array(it)) => {
            let rest = it.rest.as_ref().map_or(String::new(), |_| format!("[{}]", inner(&it.rest)));
            format!("array{}{rest}", list(it.fixed.iter().map(inner).collect()))
        }
        Some(Kind::Object(it)) => {
            let rest = it.rest.as_ref().map_or(String::new(), |(key, value)| match depth {
                0 => "[...]".to_owned(),
                _ => format!("[{}: {}]", inner(key), inner(value)),
            });
            let field = |(key, kind): &(Constant, Maybe)| match key {
                Constant::String(name) => format!("{name}: {}", inner(kind)),
                other => format!("{}: {}", text::constant(other), inner(kind)),
            };
            format!("object{}{rest}", list(it.fixed.iter().map(field).collect()))
        }
        Some(Kind::Set(it)) if it.of.is_some() => format!("set[{}]", inner(&it.of)),
        Some(Kind::Any(it)) if !it.of.is_empty() => {
            format!("any{}", list(it.of.iter().map(|kind| inner(&Some(kind.clone()))).collect()))
        }
        _ => show(of),
    }
}

fn string(text: &str) -> Json {
    Json::String(text.into())
}

fn number(number: usize) -> Json {
    Json::Number(number.to_string().into())
}

/// A type as OPA's JSON.
fn json(of: &Maybe) -> Json {
    if of.is_none() { Json::Null } else { Json::Object(members(of)) }
}

fn members(of: &Maybe) -> Vec<(&'static str, Json)> {
    let list = |kinds: &[Maybe]| Json::Array(kinds.iter().map(json).collect());
    let of_type = |name: &str| ("type", string(name));
    match of {
        None => vec![],
        Some(Kind::Null) => vec![of_type("null")],
        Some(Kind::Boolean) => vec![of_type("boolean")],
        Some(Kind::Number) => vec![of_type("number")],
        Some(Kind::String) => vec![of_type("string")],
        Some(Kind::Array(it)) => {
            let rest = it.rest.as_ref().map(|_| ("dynamic", json(&it.rest)));
            let fixed = (!it.fixed.is_empty()).then(|| ("static", list(&it.fixed)));
            rest.into_iter().chain(fixed).chain([of_type("array")]).collect()
        }
        Some(Kind::Object(it)) => {
            let rest = it
                .rest
                .as_ref()
                .map(|(key, value)| ("dynamic", Json::Object(vec![("key", json(key)), ("value", json(value))])));
            let field = |(key, kind): &(Constant, Maybe)| {
                Json::Object(vec![("key", constant_json(key)), ("value", json(kind))])
            };
            let fixed = (!it.fixed.is_empty()).then(|| ("static", Json::Array(it.fixed.iter().map(field).collect())));
            rest.into_iter().chain(fixed).chain([of_type("object")]).collect()
        }
        Some(Kind::Set(it)) => {
            let of = it.of.as_ref().map(|_| ("of", json(&it.of)));
            of.into_iter().chain([of_type("set")]).collect()
        }
        Some(Kind::Any(it)) => {
            let of = (!it.of.is_empty())
                .then(|| ("of", Json::Array(it.of.iter().map(|kind| json(&Some(kind.clone()))).collect())));
            of.into_iter().chain([of_type("any")]).collect()
        }
        Some(Kind::Function(it)) => {
            let result = it.result.as_ref().map(|_| ("result", json(&it.result)));
            let args = ("args", list(&it.args));
            [args].into_iter().chain(result).chain([of_type("function")]).collect()
        }
    }
}

/// A constant as JSON; keys of objects that are no strings as their text.
fn constant_json(constant: &Constant) -> Json {
    match constant {
        Constant::Null => Json::Null,
        Constant::Bool(it) => Json::Bool(*it),
        Constant::Number(it) => Json::Number(it.clone()),
        Constant::String(it) => Json::String(it.clone()),
        Constant::Array(items) | Constant::Set(items) => Json::Array(items.iter().map(constant_json).collect()),
        Constant::Object(_) => string(&text::constant(constant)),
    }
}

/// A reference as OPA's tree has it.
fn reference(terms: &[Term], vars: &Vars) -> Json {
    Json::Array(terms.iter().map(|term| term_json(term, vars)).collect())
}

fn term_json(term: &Term, vars: &Vars) -> Json {
    let (kind, value) = match &term.kind {
        TermKind::Var(var) => {
            let name: Name =
                if vars.info(*var).wildcard || vars.is_generated(*var) { "_".into() } else { vars.name(*var).clone() };
            ("var", Json::String(name))
        }
        TermKind::Scalar(constant) => {
            let kind = match constant {
                Constant::Null => "null",
                Constant::Bool(_) => "boolean",
                Constant::Number(_) => "number",
                Constant::String(_) => "string",
                Constant::Array(_) => "array",
                Constant::Set(_) => "set",
                Constant::Object(_) => "object",
            };
            (kind, constant_json(constant))
        }
        TermKind::Ref(terms) => ("ref", reference(terms, vars)),
        TermKind::Array(items) => ("array", reference(items, vars)),
        TermKind::Set(items) => ("set", reference(items, vars)),
        TermKind::Object(pairs) => {
            let pair = |(key, value): &(Term, Term)| Json::Array(vec![term_json(key, vars), term_json(value, vars)]);
            ("object", Json::Array(pairs.iter().map(pair).collect()))
        }
        TermKind::Call(_) => ("call", string(&text::term(term, vars))),
        TermKind::Comprehension(_) => ("comprehension", string(&text::term(term, vars))),
        TermKind::Template(_) => ("templatestring", string(&text::term(term, vars))),
    };
    Json::Object(vec![("type", string(kind)), ("value", value)])
}

/// The type of a term of which nothing else is known: of constants, and of collections of them.
fn apart(term: &Term) -> Maybe {
    match &term.kind {
        TermKind::Scalar(constant) => Some(Kind::of(constant)),
        TermKind::Ref(terms) => match terms.first().and_then(Term::as_var) {
            Some(crate::front::draft::DATA | crate::front::draft::INPUT) => Some(Kind::any()),
            _ => None,
        },
        TermKind::Array(items) => Some(Kind::array(items.iter().map(apart).collect(), None)),
        TermKind::Set(items) => Some(Kind::set(items.iter().fold(None, |of, item| super::kind::or(of, apart(item))))),
        TermKind::Object(pairs) => {
            let (mut fixed, mut rest) = (vec![], None);
            for (key, value) in pairs {
                match key.as_constant() {
                    Some(key) => fixed.push((key, apart(value))),
                    None => rest = Some((apart(key), apart(value))),
                }
            }
            Some(Kind::object(fixed, rest))
        }
        TermKind::Template(_) => Some(Kind::String),
        TermKind::Var(_) | TermKind::Call(_) | TermKind::Comprehension(_) => None,
    }
}
