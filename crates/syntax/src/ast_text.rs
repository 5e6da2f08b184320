//! A syntax tree as indented lines, one a node: what `opa parse --format pretty` prints, for looking at a tree by eye.
//!
//! It reads the JSON of [`crate::module_to_json`], which has OPA's nodes; what kind each is follows from its members.

use std::fmt::Write;

use crate::json::Json;

/// A module's tree as text.
///
/// ```
/// let parsed = lictor_syntax::parse_module("a.rego", "package a", lictor_syntax::Version::V1);
/// let tree = lictor_syntax::module_to_json(&parsed.tree.unwrap());
/// assert_eq!(lictor_syntax::tree_to_text(&tree), "module\n package\n  ref\n   data\n   \"a\"\n");
/// ```
pub fn tree_to_text(module: &Json) -> String {
    let mut printer = Printer { out: String::new(), depth: 0 };
    printer.node("module", |p| {
        if let Some(package) = member(module, "package") {
            p.node("package", |p| p.reference(items(package, "path")));
        }
        for import in items(module, "imports") {
            p.node("import", |p| {
                p.term_of(import, "path");
                p.line(member(import, "alias").map_or("", string));
            });
        }
        items(module, "rules").iter().for_each(|rule| p.rule(rule));
        items(module, "annotations").iter().for_each(|_| p.line("annotations"));
        items(module, "comments").iter().for_each(|_| p.line("comment"));
    });
    printer.out
}

struct Printer {
    out: String,
    depth: usize,
}

fn member<'j>(json: &'j Json, name: &str) -> Option<&'j Json> {
    match json {
        Json::Object(members) => members.iter().find(|(key, _)| *key == name).map(|(_, value)| value),
        _ => None,
    }
}

fn items<'j>(json: &'j Json, name: &str) -> &'j [Json] {
    member(json, name).map_or(&[], all)
}

fn all(json: &Json) -> &[Json] {
    match json {
        Json::Array(items) => items,
        _ => &[],
    }
}

fn string(json: &Json) -> &str {
    match json {
        Json::String(text) | Json::Number(text) => text,
        _ => "",
    }
}

/// A string in quotes as Go writes it.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\x07' => out.push_str("\\a"),
            '\x08' => out.push_str("\\b"),
            '\x0b' => out.push_str("\\v"),
            '\x0c' => out.push_str("\\f"),
            '\0'..' ' | '\x7f' => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

impl Printer {
    fn line(&mut self, text: &str) {
        // A string is all that writing to one can fill.
        let _ = writeln!(self.out, "{:1$}{text}", "", self.depth);
    }

    fn node(&mut self, name: &str, below: impl FnOnce(&mut Self)) {
        self.line(name);
        self.depth += 1;
        below(self);
        self.depth -= 1;
    }

    fn rule(&mut self, rule: &Json) {
        self.node("rule", |p| {
            if let Some(head) = member(rule, "head") {
                p.node("head", |p| {
                    p.reference(items(head, "ref"));
                    let args = items(head, "args");
                    if !args.is_empty() {
                        p.node("args", |p| p.terms(args));
                    }
                    p.term_of(head, "value");
                });
            }
            p.body(items(rule, "body"));
            if let Some(otherwise) = member(rule, "else") {
                p.rule(otherwise);
            }
        });
    }

    fn body(&mut self, literals: &[Json]) {
        self.node("body", |p| literals.iter().for_each(|literal| p.literal(literal)));
    }

    fn literal(&mut self, literal: &Json) {
        let negated = if member(literal, "negated").is_some() { " negated" } else { "" };
        let index = member(literal, "index").map_or("0", string);
        self.node(&format!("expr{negated} index={index}"), |p| {
            match member(literal, "terms") {
                Some(Json::Array(terms)) => p.terms(terms),
                Some(terms) => p.condition(terms),
                None => {}
            }
            for with in items(literal, "with") {
                p.node("with", |p| {
                    p.term_of(with, "target");
                    p.term_of(with, "value");
                });
            }
        });
    }

    /// What a literal says where it is neither a call nor a list of terms.
    fn condition(&mut self, terms: &Json) {
        if let Some(symbols) = member(terms, "symbols") {
            return self.node("somedecl", |p| p.terms(all(symbols)));
        }
        if member(terms, "domain").is_some() {
            return self.node("every", |p| {
                ["key", "value", "domain"].iter().for_each(|part| p.term_of(terms, part));
                p.body(items(terms, "body"));
            });
        }
        let logical = match member(terms, "type").map_or("", string) {
            "and" => "logicaland",
            "or" => "logicalor",
            "not" if member(terms, "body").is_some() => return self.node("not", |p| p.body(items(terms, "body"))),
            _ => return self.term(terms),
        };
        self.node(logical, |p| {
            p.body(items(terms, "lhs"));
            p.body(items(terms, "rhs"));
        });
    }

    fn terms(&mut self, terms: &[Json]) {
        terms.iter().for_each(|term| self.term(term));
    }

    fn term_of(&mut self, json: &Json, name: &str) {
        if let Some(term) = member(json, name).filter(|term| **term != Json::Null) {
            self.term(term);
        }
    }

    fn reference(&mut self, terms: &[Json]) {
        self.node("ref", |p| p.terms(terms));
    }

    fn term(&mut self, term: &Json) {
        let kind = member(term, "type").map_or("", string);
        let Some(value) = member(term, "value") else { return };
        match kind {
            "null" => self.line("null"),
            "boolean" => self.line(if *value == Json::Bool(true) { "true" } else { "false" }),
            "number" => self.line(string(value)),
            "string" => self.line(&quoted(string(value))),
            // Wildcards have numbers in JSON only.
            "var" if string(value).starts_with('$') => self.line("_"),
            "var" => self.line(string(value)),
            "object" => self.node("object", |p| all(value).iter().for_each(|entry| p.terms(all(entry)))),
            "arraycomprehension" | "setcomprehension" | "objectcomprehension" => self.node(kind, |p| {
                ["term", "key", "value"].iter().for_each(|part| p.term_of(value, part));
                p.body(items(value, "body"));
            }),
            // OPA does not look into these.
            "templatestring" => self.line(kind),
            _ => self.node(kind, |p| p.terms(all(value))),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Version, module_to_json, parse_module, tree_to_text};

    #[test]
    fn each_node_has_a_line_and_stands_below_its_parent() {
        let text = "package a\n\np contains x if {\n\tsome x in [1, _]\n\tnot x == \"b\" with input as {}\n}\n";
        let tree = module_to_json(&parse_module("a.rego", text, Version::V1).tree.unwrap());
        let printed = tree_to_text(&tree);
        let lines: Vec<&str> = printed.lines().skip(5).collect();
        let expected = [
            " rule",
            "  head",
            "   ref",
            "    p",
            "  body",
            "   expr index=0",
            "    somedecl",
            "     call",
            "      ref",
            "       internal",
            "       \"member_2\"",
            "      x",
            "      array",
            "       1",
            "       _",
            "   expr negated index=1",
            "    ref",
            "     equal",
            "    x",
            "    \"b\"",
            "    with",
            "     ref",
            "      input",
            "     object",
        ];
        assert_eq!(lines, expected);
    }
}
