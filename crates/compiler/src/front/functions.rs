//! Functions: each call finds what it calls, with as many arguments as it takes. A last argument too many takes the
//! result: `plus(1, 2, x)` is `x = plus(1, 2)`.

use lictor_syntax::{Code, Name, Span, nearest};
use lictor_value::Registry;

use crate::front::analysis::Stage;
use crate::front::draft::{
    Body, Call, Callee, DATA, From, Literal, LiteralKind, Rule, TemplatePart, Term, TermKind, Vars,
};
use crate::front::known;
use crate::front::report::Report;
use crate::front::text;
use crate::front::tree::Tree;
use crate::front::types::details;

/// Checks the calls of a definition.
pub(crate) fn rule(rule: &mut Rule, tree: &Tree, registry: &Registry, report: &mut Report) {
    let mut stage = Functions { vars: &rule.vars, tree, registry, file: rule.file, report };
    rule.branches.iter_mut().for_each(|branch| stage.body(&mut branch.body));
}

/// Checks the calls of a query.
pub(crate) fn query(body: &mut Body, vars: &Vars, tree: &Tree, registry: &Registry, file: u32, report: &mut Report) {
    Functions { vars, tree, registry, file, report }.body(body);
}

struct Functions<'a> {
    vars: &'a Vars,
    tree: &'a Tree,
    registry: &'a Registry,
    file: u32,
    report: &'a mut Report,
}

impl Functions<'_> {
    fn body(&mut self, body: &mut Body) {
        for literal in body {
            self.literal(literal);
        }
    }

    fn literal(&mut self, literal: &mut Literal) {
        if self.takes_result_of_unification(literal) {
            if let LiteralKind::Term(term) = &mut literal.kind {
                self.term(term);
            }
            return;
        }
        match &mut literal.kind {
            LiteralKind::Term(term) => {
                if let TermKind::Call(call) = &mut term.kind
                    && self.call(call, literal.at, true)
                    && let Some(left) = call.args.pop()
                {
                    let blank = Term::var(0, term.at);
                    let right = std::mem::replace(term, blank);
                    literal.kind = LiteralKind::Unify { left, right, from: From::Output };
                    return self.literal(literal);
                }
                self.term(term);
            }
            LiteralKind::Unify { left, right, from } => {
                if let (TermKind::Call(call), From::Stage) = (&right.kind, *from) {
                    self.call(call, literal.at, false);
                }
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
            LiteralKind::Assign(..) | LiteralKind::Some(_) | LiteralKind::SomeIn { .. } | LiteralKind::Print(_) => {}
        }
        literal.with.iter_mut().for_each(|with| self.term(&mut with.value));
    }

    /// `eq` and `assign` called where a value is wanted: the value is one operand more, so `x := eq(y)` is `x := y`, and of
    /// two operands nothing binds it, which is the case that is told.
    fn takes_result_of_unification(&self, literal: &mut Literal) -> bool {
        let LiteralKind::Unify { left, right, from: from @ From::Stage } = &mut literal.kind else { return false };
        let TermKind::Call(call) = &mut right.kind else { return false };
        match call.args.len() {
            1 if self.is_unification(call) => {
                if let Some(operand) = call.args.pop() {
                    *right = operand;
                    *from = From::Output;
                }
                false
            }
            2 if self.is_unification(call) => {
                call.args.push(left.clone());
                literal.kind = LiteralKind::Term(right.clone());
                true
            }
            _ => false,
        }
    }

    /// Whether a call is one of `eq` or `assign`, which are no builtins here.
    fn is_unification(&self, call: &Call) -> bool {
        matches!(call.callee, Callee::Unknown)
            && call.rest.is_empty()
            && call.head != DATA
            && matches!(&**self.vars.name(call.head), "eq" | "assign")
    }

    /// Looks into closures.
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
            TermKind::Comprehension(it) => self.body(&mut it.body),
            TermKind::Template(parts) => {
                for part in parts {
                    if let TemplatePart::Body(_, body) = part {
                        self.body(body);
                    }
                }
            }
        }
    }

    /// Reports what is wrong with a call; whether its last argument takes the result.
    fn call(&mut self, call: &Call, at: Span, literal: bool) -> bool {
        let arity = match call.callee {
            Callee::Builtin(builtin) => builtin.args.len(),
            Callee::Function(node) => self.tree.node(node).arity,
            Callee::Unknown => {
                let name = text::function(call, self.vars);
                if self.is_unification(call) {
                    let what = if call.args.len() < 2 { "arity mismatch" } else { "too many arguments" };
                    self.report.add(Stage::Functions, Code::Type, self.file, at, format!("{name}: {what}"));
                    return false;
                }
                if self.names_rule(call) {
                    let message = match call.args.len() {
                        0 => format!("undefined function {name}"),
                        1 => format!("function {name} has arity 0, got 1 argument"),
                        given => format!("function {name} has arity 0, got {given} arguments"),
                    };
                    let hint = Some(format!("{name} is no function, but a rule"));
                    self.report.hinted(Stage::Functions, Code::Type, self.file, at, message, hint);
                    return false;
                }
                let (message, hint) = match self.registry.lacking_feature(&name) {
                    // OPA has it, so there are no words of OPA's to keep to.
                    Some(feature) => (format!("undefined function {name}: it {}", needs(feature)), None),
                    None => {
                        let hint = hint(&name, self.registry).or_else(|| self.nearby(call));
                        (format!("undefined function {name}"), hint)
                    }
                };
                self.report.hinted(Stage::Functions, Code::Type, self.file, at, message, hint);
                return false;
            }
        };
        let given = call.args.len();
        if given == arity || (literal && given == arity + 1) {
            return given > arity;
        }
        let name = text::function(call, self.vars);
        let message = match call.callee {
            Callee::Builtin(_) => format!("{name}: arity mismatch"),
            _ if given == 1 => format!("function {name} has arity {arity}, got {given} argument"),
            _ => format!("function {name} has arity {arity}, got {given} arguments"),
        };
        let (hint, details) = match call.callee {
            Callee::Builtin(builtin) => {
                let names: Vec<&str> = builtin.args.iter().map(|arg| arg.name).collect();
                let hint = format!("it is called as {name}({})", names.join(", "));
                (Some(hint), Some(details::arity(&call.args, !literal, builtin)))
            }
            _ => (None, None),
        };
        self.report.detailed(Stage::Functions, Code::Type, self.file, at, message, hint, details);
        false
    }

    /// Whether what is called is a rule that takes no arguments.
    fn names_rule(&self, call: &Call) -> bool {
        call.head == DATA && self.tree.find(&call.rest).is_some_and(|at| !self.tree.node(at).rules.is_empty())
    }

    /// A function beside the one that is missing with a name like it.
    fn nearby(&self, call: &Call) -> Option<String> {
        let (last, package) = call.rest.split_last()?;
        let package = self.tree.node(self.tree.find(package)?);
        let names: Vec<Name> = package
            .children
            .iter()
            .filter(|(_, at)| self.tree.node(**at).function)
            .flat_map(|(key, _)| crate::front::lower::names(std::slice::from_ref(key)))
            .collect();
        nearest(last, names.iter().map(|name| &**name)).map(|name| format!("did you mean `{name}`?"))
    }
}

/// What is said of a builtin whose family is switched off.
fn needs(feature: &str) -> String {
    format!("needs the feature `{feature}` of lictor, which is switched off")
}

/// What to say about a name that is no builtin: that this build lacks it, or which one it may be.
pub(crate) fn hint(name: &str, registry: &Registry) -> Option<String> {
    if known::NAMES.contains(&name) {
        if let Some(feature) = registry.lacking_feature(name) {
            return Some(format!("`{name}` {}", needs(feature)));
        }
        return Some(format!(
            "`{name}` is one of OPA's builtins, but this build, or what its policies may use, does not have it"
        ));
    }
    nearest(name, registry.iter().map(|builtin| builtin.name).filter(|near| !near.starts_with("internal.")))
        .map(|near| format!("did you mean `{near}`?"))
}
