//! The resolved tree as text, for golden tests and for looking at it: names where there are any, `#n` for locals.

use std::fmt::{self, Display, Formatter, Write};

use crate::hir::{
    Base, Callee, Comprehension, ComprehensionKind, Constant, Definition, Head, Literal, LiteralKind, LocalId, Query,
    RuleId, RuleKind, TemplatePart, Term, TermKind, Unit, With, WithTarget, WithValue,
};
use lictor_syntax::Name;

/// What names come from: the unit, and the definition's or query's locals.
struct Names<'a> {
    unit: &'a Unit,
    locals: &'a [Name],
}

impl Display for Unit {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (id, rule) in self.rules.iter().enumerate() {
            let kind = match rule.kind {
                RuleKind::Complete => "complete".to_owned(),
                RuleKind::Set => "set".to_owned(),
                RuleKind::Object => "object".to_owned(),
                RuleKind::Function(arity) => format!("function of {arity}"),
            };
            write!(f, "rule {id} {}: {kind}", path(&rule.path))?;
            if !rule.uses.is_empty() {
                let uses: Vec<String> = rule.uses.iter().map(RuleId::to_string).collect();
                write!(f, ", uses {}", uses.join(" "))?;
            }
            writeln!(f)?;
            for definition in &rule.definitions {
                define(f, self, "define", definition)?;
            }
            if let Some(default) = &rule.default {
                define(f, self, "default", default)?;
            }
        }
        for query in &self.queries {
            ask(f, self, query)?;
        }
        Ok(())
    }
}

fn define(f: &mut Formatter<'_>, unit: &Unit, word: &str, definition: &Definition) -> fmt::Result {
    let names = Names { unit, locals: &definition.locals };
    let args: Vec<String> = definition.args.iter().map(|arg| names.term(arg)).collect();
    let keys: String = definition.path.iter().map(|key| format!("[{}]", names.term(key))).collect();
    write!(f, "  {word}{keys}")?;
    if !args.is_empty() {
        write!(f, " ({})", args.join(", "))?;
    }
    match &definition.head {
        Head::Value(value) => writeln!(f, " := {}", names.term(value))?,
        Head::Member(member) => writeln!(f, " contains {}", names.term(member))?,
    }
    f.write_str(&names.body(&definition.body, 2))?;
    for branch in &definition.elses {
        writeln!(f, "  else := {}", names.term(&branch.value))?;
        f.write_str(&names.body(&branch.body, 2))?;
    }
    Ok(())
}

fn ask(f: &mut Formatter<'_>, unit: &Unit, query: &Query) -> fmt::Result {
    let names = Names { unit, locals: &query.locals };
    writeln!(f, "query {}{}", query.name, if query.shows_false { ", shows false" } else { "" })?;
    f.write_str(&names.body(&query.body, 1))?;
    for (name, local) in &query.bindings {
        writeln!(f, "  binding {name} = {}", names.local(*local))?;
    }
    for expression in &query.expressions {
        let value = expression.value.map_or_else(|| "true".to_owned(), |local| names.local(local));
        writeln!(f, "  expression {} = {value}", expression.text)?;
    }
    Ok(())
}

fn path(path: &[Name]) -> String {
    path.iter().fold("data".to_owned(), |text, name| format!("{text}.{name}"))
}

impl Names<'_> {
    fn local(&self, local: LocalId) -> String {
        match self.locals.get(local as usize) {
            Some(name) if !name.is_empty() => format!("{name}#{local}"),
            _ => format!("#{local}"),
        }
    }

    fn body(&self, body: &[Literal], depth: usize) -> String {
        body.iter().map(|literal| format!("{}{}\n", "  ".repeat(depth), self.literal(literal))).collect()
    }

    fn line(&self, body: &[Literal]) -> String {
        body.iter().map(|literal| self.literal(literal)).collect::<Vec<_>>().join("; ")
    }

    fn literal(&self, literal: &Literal) -> String {
        let mut text = match &literal.kind {
            LiteralKind::Term(term) => self.term(term),
            LiteralKind::Unify(left, right) => format!("{} = {}", self.term(left), self.term(right)),
            LiteralKind::SomeIn { key, value, domain } => {
                let key = key.as_ref().map(|key| format!("{}, ", self.term(key))).unwrap_or_default();
                format!("some {key}{} in {}", self.term(value), self.term(domain))
            }
            LiteralKind::Every { key, value, domain, body } => {
                let key = key.map(|key| format!("{}, ", self.local(key))).unwrap_or_default();
                let (value, domain) = (self.local(*value), self.term(domain));
                format!("every {key}{value} in {domain} {{ {} }}", self.line(body))
            }
            LiteralKind::Not { body, .. } => format!("not {{ {} }}", self.line(body)),
            LiteralKind::And(left, right) => format!("{{ {} }} and {{ {} }}", self.line(left), self.line(right)),
            LiteralKind::Or(left, right) => format!("{{ {} }} or {{ {} }}", self.line(left), self.line(right)),
            LiteralKind::Print(args) => format!("print({})", self.list(args)),
        };
        for with in &literal.with {
            text.push_str(&self.with(with));
        }
        text
    }

    fn with(&self, with: &With) -> String {
        let keys = |root: &str, keys: &[Constant]| {
            keys.iter().fold(root.to_owned(), |text, key| format!("{text}[{}]", constant(key)))
        };
        let target = match &with.target {
            WithTarget::Input(path) => keys("input", path),
            WithTarget::Data(path) => keys("data", path),
            WithTarget::Function(rule) => self.function(*rule),
            WithTarget::Builtin(builtin) => builtin.name.to_owned(),
        };
        let value = match &with.value {
            WithValue::Term(term) => self.term(term),
            WithValue::Function(rule) => self.function(*rule),
            WithValue::Builtin(builtin) => builtin.name.to_owned(),
        };
        format!(" with {target} as {value}")
    }

    fn function(&self, rule: RuleId) -> String {
        self.unit.rules.get(rule as usize).map_or_else(|| "?".to_owned(), |rule| path(&rule.path))
    }

    fn list(&self, terms: &[Term]) -> String {
        terms.iter().map(|term| self.term(term)).collect::<Vec<_>>().join(", ")
    }

    fn term(&self, term: &Term) -> String {
        match &term.kind {
            TermKind::Constant(it) => constant(it),
            TermKind::Local(local) => self.local(*local),
            TermKind::Ref(base, keys) => {
                let mut text = match base {
                    Base::Input => "input".to_owned(),
                    Base::Data => "data".to_owned(),
                    Base::Term(term) => self.term(term),
                };
                for key in keys {
                    match &key.kind {
                        TermKind::Constant(Constant::String(name)) => _ = write!(text, ".{name}"),
                        _ => _ = write!(text, "[{}]", self.term(key)),
                    }
                }
                text
            }
            TermKind::Array(items) => format!("[{}]", self.list(items)),
            TermKind::Set(items) => format!("{{{}}}", self.list(items)),
            TermKind::Object(pairs) => {
                let pairs: Vec<String> =
                    pairs.iter().map(|(k, v)| format!("{}: {}", self.term(k), self.term(v))).collect();
                format!("{{{}}}", pairs.join(", "))
            }
            TermKind::Comprehension(it) => self.comprehension(it),
            TermKind::Call(Callee::Builtin(builtin), args) => format!("{}({})", builtin.name, self.list(args)),
            TermKind::Call(Callee::Function(rule), args) => format!("{}({})", self.function(*rule), self.list(args)),
            TermKind::Template(parts) => {
                let part = |part: &TemplatePart| match part {
                    TemplatePart::Text(text) => text.to_string(),
                    TemplatePart::Expression(body, local) => {
                        format!("{{{} | {}}}", self.local(*local), self.line(body))
                    }
                };
                format!("$\"{}\"", parts.iter().map(part).collect::<String>())
            }
        }
    }

    fn comprehension(&self, it: &Comprehension) -> String {
        let (value, body) = (self.term(&it.value), self.line(&it.body));
        match (it.kind, &it.key) {
            (ComprehensionKind::Array, _) => format!("[{value} | {body}]"),
            (_, Some(key)) => format!("{{{}: {value} | {body}}}", self.term(key)),
            _ => format!("{{{value} | {body}}}"),
        }
    }
}

fn constant(it: &Constant) -> String {
    let list = |items: &[Constant]| items.iter().map(constant).collect::<Vec<_>>().join(", ");
    match it {
        Constant::Null => "null".to_owned(),
        Constant::Bool(it) => it.to_string(),
        Constant::Number(it) => it.to_string(),
        Constant::String(it) => format!("{it:?}"),
        Constant::Array(items) => format!("[{}]", list(items)),
        Constant::Set(items) => format!("{{{}}}", list(items)),
        Constant::Object(pairs) => {
            let pairs: Vec<String> = pairs.iter().map(|(k, v)| format!("{}: {}", constant(k), constant(v))).collect();
            format!("{{{}}}", pairs.join(", "))
        }
    }
}
