//! `with`: what is replaced exists and may be replaced; functions that stand in are found.

use lictor_syntax::{Code, Name};
use lictor_value::Registry;

use crate::front::analysis::Stage;
use crate::front::draft::{
    Body, Callee, DATA, INPUT, Literal, LiteralKind, Rule, TemplatePart, Term, TermKind, Vars, With,
};
use crate::front::report::Report;
use crate::front::tree::Tree;
use crate::front::types::details::{self, Signature};

/// Checks the replacements of a definition.
pub(crate) fn rule(rule: &mut Rule, tree: &Tree, registry: &Registry, print: bool, report: &mut Report) {
    let mut stage = Replacements { vars: &rule.vars, tree, registry, print, file: rule.file, report };
    rule.path.iter_mut().chain(&mut rule.key).for_each(|term| stage.term(term));
    for branch in &mut rule.branches {
        branch.value.iter_mut().for_each(|term| stage.term(term));
        stage.body(&mut branch.body);
    }
}

/// Checks the replacements of a query.
pub(crate) fn query(
    body: &mut Body,
    vars: &Vars,
    tree: &Tree,
    registry: &Registry,
    print: bool,
    file: u32,
    report: &mut Report,
) {
    Replacements { vars, tree, registry, print, file, report }.body(body);
}

struct Replacements<'a> {
    vars: &'a Vars,
    tree: &'a Tree,
    registry: &'a Registry,
    /// Whether `print` prints.
    print: bool,
    file: u32,
    report: &'a mut Report,
}

impl Replacements<'_> {
    fn body(&mut self, body: &mut Body) {
        for literal in body {
            self.literal(literal);
        }
    }

    fn literal(&mut self, literal: &mut Literal) {
        match &mut literal.kind {
            LiteralKind::Term(term) => self.term(term),
            LiteralKind::Unify { left, right, .. } | LiteralKind::Assign(left, right) => {
                self.term(left);
                self.term(right);
            }
            LiteralKind::Every { domain, body, .. } => {
                self.term(domain);
                self.body(body);
            }
            LiteralKind::Not(operand) => self.body(&mut operand.body),
            LiteralKind::And(left, right) | LiteralKind::Or(left, right) => {
                self.body(&mut left.body);
                self.body(&mut right.body);
            }
            LiteralKind::Printed(args) => args.iter_mut().for_each(|(_, body)| self.body(body)),
            LiteralKind::Some(_) | LiteralKind::SomeIn { .. } | LiteralKind::Print(_) => {}
        }
        for with in &literal.with {
            let prints = matches!(literal.kind, LiteralKind::Printed(_));
            if self.print && !prints && self.builtin_name(&with.target).as_deref() == Some("print") {
                let message = "with keyword replacing built-in function: target must not be a void function";
                self.report.add(Stage::With, Code::Compile, self.file, with.target.at, message);
            }
        }
        // Where `print` prints nothing, replacing it is allowed and changes nothing.
        literal.with.retain(|with| self.builtin_name(&with.target).as_deref() != Some("print"));
        for with in &mut literal.with {
            self.term(&mut with.value);
            self.with(with);
        }
    }

    fn term(&mut self, term: &mut Term) {
        match &mut term.kind {
            TermKind::Scalar(_) | TermKind::Var(_) => {}
            TermKind::Ref(terms) | TermKind::Array(terms) | TermKind::Set(terms) => {
                terms.iter_mut().for_each(|term| self.term(term));
            }
            TermKind::Call(call) => call.args.iter_mut().for_each(|term| self.term(term)),
            TermKind::Object(pairs) => {
                for (key, value) in pairs {
                    self.term(key);
                    self.term(value);
                }
            }
            TermKind::Comprehension(it) => {
                it.key.iter_mut().for_each(|key| self.term(key));
                self.term(&mut it.value);
                self.body(&mut it.body);
            }
            TermKind::Template(parts) => {
                for part in parts {
                    if let TemplatePart::Body(_, body) = part {
                        self.body(body);
                    }
                }
            }
        }
    }

    fn with(&mut self, with: &mut With) {
        let at = with.target.at;
        for term in [&with.target, &with.value] {
            if let Some(name) = self.builtin_name(term).filter(|name| self.registry.is_unsafe(name)) {
                let message =
                    format!("with keyword replacing built-in function: target must not be unsafe: \"{name}\"");
                self.report.add(Stage::With, Code::Compile, self.file, term.at, message);
                return;
            }
        }
        let root = match &with.target.kind {
            TermKind::Ref(terms) => terms.first().and_then(Term::as_var),
            _ => None,
        };
        match (root, self.builtin_name(&with.target)) {
            (Some(INPUT), _) => {}
            (Some(DATA), _) => self.data(with),
            (_, Some(name)) => {
                if let Some(message) = refusal(&name) {
                    self.report.add(Stage::With, Code::Compile, self.file, at, message);
                    return;
                }
                let Some(builtin) = self.registry.get(&name) else {
                    self.unknown(with, &name);
                    return;
                };
                if builtin.relation {
                    let message = "with keyword replacing built-in function: target must not be a relation";
                    self.report.add(Stage::With, Code::Compile, self.file, at, message);
                    return;
                }
                with.target_function = Some(Callee::Builtin(builtin));
                with.function = self.function(&with.value);
            }
            (_, None) => self.unknown(with, ""),
        }
        if with.function.is_some() && with.target_function.is_some() {
            self.arity(with);
        }
    }

    fn unknown(&mut self, with: &With, name: &str) {
        let message = "with keyword target must reference existing input, data, or a function";
        let hint = crate::front::functions::hint(name, self.registry);
        self.report.hinted(Stage::With, Code::Type, self.file, with.target.at, message, hint);
    }

    fn data(&mut self, with: &mut With) {
        let TermKind::Ref(terms) = &with.target.kind else { return };
        let mut at = Some(0);
        for (depth, key) in terms.iter().enumerate().skip(1) {
            at = at.and_then(|at| key.as_constant().and_then(|key| self.tree.child(at, &key)));
            let Some(node) = at.map(|at| self.tree.node(at)) else { break };
            if depth + 1 < terms.len() && !node.rules.is_empty() {
                let message = "with keyword cannot partially replace virtual document(s)";
                self.report.add(Stage::With, Code::Compile, self.file, with.target.at, message);
                return;
            }
        }
        if let Some(at) = at
            && terms.len() > 1
            && self.tree.node(at).function
        {
            with.target_function = Some(Callee::Function(at));
            with.function = self.function(&with.value);
        }
    }

    /// The name that a term has as a builtin: undeclared and dotted.
    fn builtin_name(&self, term: &Term) -> Option<String> {
        let (head, rest) = match &term.kind {
            TermKind::Var(var) => (*var, &[][..]),
            TermKind::Ref(terms) => (terms.first()?.as_var()?, terms.get(1..)?),
            _ => return None,
        };
        if self.vars.info(head).declared || head == DATA || head == INPUT {
            return None;
        }
        let mut name = self.vars.name(head).to_string();
        for part in rest {
            name.push('.');
            name.push_str(part.as_string()?);
        }
        let known = self.registry.get(&name).is_some() || crate::front::known::NAMES.contains(&&*name);
        known.then_some(name)
    }

    /// The function that a value names.
    fn function(&self, value: &Term) -> Option<Callee> {
        if let TermKind::Ref(terms) = &value.kind
            && terms.first().and_then(Term::as_var) == Some(DATA)
        {
            let path: Option<Vec<Name>> = terms.iter().skip(1).map(|term| term.as_string().cloned()).collect();
            let at = self.tree.find(&path?)?;
            return self.tree.node(at).function.then_some(Callee::Function(at));
        }
        self.registry.get(&self.builtin_name(value)?).map(Callee::Builtin)
    }

    fn arity(&mut self, with: &With) {
        let arity = |callee: Option<Callee>| match callee? {
            Callee::Builtin(builtin) => Some((builtin.args.len(), builtin.name.to_owned())),
            Callee::Function(at) => {
                let node = self.tree.node(at);
                let path: Vec<Name> = crate::front::lower::names(&node.path);
                Some((node.arity, crate::front::text::data_path(&path)))
            }
            Callee::Unknown => None,
        };
        if let (Some((wanted, name)), Some((given, _))) = (arity(with.target_function), arity(with.function))
            && wanted != given
        {
            let message = format!("{name}: arity mismatch");
            let signature = |callee: Option<Callee>, arity: usize| match callee {
                Some(Callee::Builtin(builtin)) => Signature::Builtin(builtin),
                _ => Signature::Arity(arity),
            };
            let (given, replaced) = (signature(with.function, given), signature(with.target_function, wanted));
            let details = details::replacement(given, replaced);
            self.report.detailed(Stage::Types, Code::Type, self.file, with.at, message, None, Some(details));
        }
    }
}

/// Why a builtin may not be replaced.
fn refusal(name: &str) -> Option<String> {
    let prefix = "with keyword replacing built-in function: replacement of";
    match name {
        "eq" | "rego.metadata.chain" | "rego.metadata.rule" => Some(format!("{prefix} \"{name}\" invalid")),
        _ if name.starts_with("internal.") => Some(format!("{prefix} internal function \"{name}\" invalid")),
        _ => None,
    }
}
