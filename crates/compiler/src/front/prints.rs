//! Calls of `print`: kept as bodies, one for each argument, or erased. Kept or not, they may print only what is declared
//! before them. Nothing may take a value from them.

use lictor_syntax::Code;

use crate::front::analysis::Stage;
use crate::front::draft::{Body, DATA, INPUT, Literal, LiteralKind, Rule, TemplatePart, Term, TermKind, Vars};
use crate::front::report::Report;
use crate::front::safety::outputs;
use crate::front::text;
use crate::front::vars::{ALL, NEEDED, VarSet, each_term, walk_terms};

/// Rewrites or erases the calls of a definition.
pub(crate) fn rule(rule: &mut Rule, keep: bool, report: &mut Report) {
    void_calls(rule, report);
    let mut vars = std::mem::take(&mut rule.vars);
    let mut globals = VarSet::from([INPUT, DATA]);
    rule.args.iter().flatten().for_each(|arg| globals.add(&ALL.term(arg)));
    let mut stage = Prints { vars: &mut vars, keep, file: rule.file, report };
    rule.path.iter_mut().chain(&mut rule.key).for_each(|term| stage.term(term, &globals));
    for branch in &mut rule.branches {
        branch.value.iter_mut().for_each(|term| stage.term(term, &globals));
        stage.body(&mut branch.body, &globals);
    }
    rule.vars = vars;
}

/// Rewrites or erases the calls of a query.
pub(crate) fn query(body: &mut Body, vars: &mut Vars, keep: bool, file: u32, report: &mut Report) {
    for literal in &*body {
        walk_terms(literal, &mut |term| void_call(term, vars, file, report));
    }
    Prints { vars, keep, file, report }.body(body, &VarSet::from([INPUT, DATA]));
}

fn void_calls(rule: &Rule, report: &mut Report) {
    let mut see = |term: &Term| void_call(term, &rule.vars, rule.file, report);
    rule.path.iter().chain(&rule.key).for_each(|term| each_term(term, &mut see));
    for branch in &rule.branches {
        branch.value.iter().for_each(|term| each_term(term, &mut see));
        branch.body.iter().for_each(|literal| walk_terms(literal, &mut see));
    }
}

fn void_call(term: &Term, vars: &Vars, file: u32, report: &mut Report) -> bool {
    if let TermKind::Call(call) = &term.kind
        && &**vars.name(call.head) == "print"
        && call.rest.is_empty()
        && !vars.info(call.head).declared
    {
        let message = format!("{} used as value", text::call(call, vars));
        report.add(Stage::VoidCalls, Code::Type, file, term.at, message);
    }
    false
}

struct Prints<'a> {
    vars: &'a mut Vars,
    keep: bool,
    file: u32,
    report: &'a mut Report,
}

impl Prints<'_> {
    fn body(&mut self, body: &mut Body, globals: &VarSet) {
        if !has_work(body) {
            return;
        }
        let mut safe = globals.clone();
        for literal in &mut *body {
            if has_work(std::slice::from_ref(literal)) {
                self.literal(literal, &mut safe);
            }
            let more = outputs(literal, &safe);
            safe.add(&more);
            ALL.walk_literal(literal, &mut |var, _| {
                if self.vars.is_generated(var) {
                    safe.insert(var);
                }
            });
        }
        if !self.keep {
            body.retain(|literal| !matches!(literal.kind, LiteralKind::Print(_)));
        }
    }

    fn literal(&mut self, literal: &mut Literal, safe: &mut VarSet) {
        match &mut literal.kind {
            LiteralKind::Term(term) => self.term(term, safe),
            LiteralKind::Unify { left, right, .. } | LiteralKind::Assign(left, right) => {
                self.term(left, safe);
                self.term(right, safe);
            }
            LiteralKind::Every { key, value, domain, body } => {
                self.term(domain, safe);
                safe.extend(key.iter().chain([&*value]).copied());
                self.body(body, safe);
            }
            LiteralKind::Not(operand) => self.body(&mut operand.body, safe),
            LiteralKind::And(left, right) | LiteralKind::Or(left, right) => {
                self.body(&mut left.body, safe);
                self.body(&mut right.body, safe);
            }
            LiteralKind::Print(args) => {
                let args = std::mem::take(args);
                let args: Vec<Term> = args
                    .into_iter()
                    .map(|mut arg| {
                        self.term(&mut arg, safe);
                        if self.keep {
                            self.declared(&arg, safe);
                        }
                        arg
                    })
                    .collect();
                literal.kind = if self.keep {
                    let capture = |arg: Term, vars: &mut Vars| {
                        let var = vars.generate();
                        (var, vec![Literal::bind(var, arg)])
                    };
                    LiteralKind::Printed(args.into_iter().map(|arg| capture(arg, self.vars)).collect())
                } else {
                    LiteralKind::Print(args)
                };
            }
            LiteralKind::Some(_) | LiteralKind::SomeIn { .. } | LiteralKind::Printed(_) => {}
        }
        literal.with.iter_mut().for_each(|with| self.term(&mut with.value, safe));
    }

    fn declared(&mut self, arg: &Term, safe: &VarSet) {
        let mut missing: Vec<_> = NEEDED.term(arg).without(safe).iter().collect();
        missing.sort_by_key(|var| self.vars.name(*var).clone());
        for var in missing {
            let message = format!("var {} is undeclared", self.vars.name(var));
            self.report.add(Stage::Prints, Code::Compile, self.file, arg.at, message);
        }
    }

    fn term(&mut self, term: &mut Term, safe: &VarSet) {
        match &mut term.kind {
            TermKind::Scalar(_) | TermKind::Var(_) => {}
            TermKind::Ref(terms) | TermKind::Array(terms) | TermKind::Set(terms) => {
                terms.iter_mut().for_each(|term| self.term(term, safe));
            }
            TermKind::Call(call) => call.args.iter_mut().for_each(|term| self.term(term, safe)),
            TermKind::Object(pairs) => {
                for (key, value) in pairs {
                    self.term(key, safe);
                    self.term(value, safe);
                }
            }
            TermKind::Comprehension(it) => self.body(&mut it.body, safe),
            TermKind::Template(parts) => {
                for part in parts {
                    if let TemplatePart::Body(_, body) = part {
                        self.body(body, safe);
                    }
                }
            }
        }
    }
}

/// Whether there is a `print` anywhere inside.
fn has_work(body: &[Literal]) -> bool {
    fn term(it: &Term) -> bool {
        match &it.kind {
            TermKind::Scalar(_) | TermKind::Var(_) => false,
            TermKind::Ref(terms) | TermKind::Array(terms) | TermKind::Set(terms) => terms.iter().any(term),
            TermKind::Call(call) => call.args.iter().any(term),
            TermKind::Object(pairs) => pairs.iter().any(|(k, v)| term(k) || term(v)),
            TermKind::Comprehension(it) => has_work(&it.body) || term(&it.value) || it.key.as_ref().is_some_and(term),
            TermKind::Template(parts) => parts.iter().any(|part| match part {
                TemplatePart::Body(_, body) => has_work(body),
                _ => false,
            }),
        }
    }
    body.iter().any(|literal| {
        let inside = match &literal.kind {
            LiteralKind::Print(_) => true,
            LiteralKind::Term(it) => term(it),
            LiteralKind::Unify { left, right, .. } | LiteralKind::Assign(left, right) => term(left) || term(right),
            LiteralKind::Every { domain, body, .. } => term(domain) || has_work(body),
            LiteralKind::Not(operand) => has_work(&operand.body),
            LiteralKind::And(left, right) | LiteralKind::Or(left, right) => {
                has_work(&left.body) || has_work(&right.body)
            }
            LiteralKind::Some(_) | LiteralKind::SomeIn { .. } | LiteralKind::Printed(_) => false,
        };
        inside || literal.with.iter().any(|with| term(&with.value))
    })
}
