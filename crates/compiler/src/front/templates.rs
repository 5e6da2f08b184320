//! Template strings: each expression in braces becomes a body of its own that binds the variable to print, so that what
//! is undefined stays inside.

use lictor_syntax::Code;

use crate::front::analysis::Stage;
use crate::front::draft::{Body, Callee, DATA, INPUT, Literal, LiteralKind, Rule, TemplatePart, Term, TermKind, Vars};
use crate::front::report::Report;
use crate::front::safety::body_outputs;
use crate::front::vars::{ALL, NEEDED, VarSet, each_term, walk_terms};

/// Rewrites the templates of a definition.
pub(crate) fn rule(rule: &mut Rule, report: &mut Report) {
    let mut vars = std::mem::take(&mut rule.vars);
    let mut globals = VarSet::from([INPUT, DATA]);
    rule.args.iter().flatten().for_each(|arg| globals.add(&ALL.term(arg)));
    let mut stage = Templates { vars: &mut vars, file: rule.file, report };
    for (number, branch) in rule.branches.iter_mut().enumerate() {
        let heads = rule.path.iter().chain(rule.args.iter().flatten()).chain(&rule.key).chain(&branch.value);
        if !branch.body.iter().any(has_template) && !heads.into_iter().any(is_templated) {
            continue;
        }
        let safe = stage.body(&mut branch.body, &globals);
        if number == 0 {
            let heads = rule.path.iter_mut().skip(rule.package + 1).chain(&mut rule.key);
            rule.args.iter_mut().flatten().chain(heads).for_each(|term| stage.term(term, &safe));
        }
        branch.value.iter_mut().for_each(|term| stage.term(term, &safe));
    }
    rule.vars = vars;
}

/// Rewrites the templates of a query.
pub(crate) fn query(body: &mut Body, vars: &mut Vars, file: u32, report: &mut Report) {
    Templates { vars, file, report }.body(body, &VarSet::from([INPUT, DATA]));
}

/// Whether a template stands anywhere in a literal.
fn has_template(literal: &Literal) -> bool {
    let mut found = false;
    walk_terms(literal, &mut |term| {
        found |= matches!(term.kind, TermKind::Template(_));
        found
    });
    found
}

/// Whether a template stands anywhere in a term.
fn is_templated(term: &Term) -> bool {
    let mut found = false;
    each_term(term, &mut |term| {
        found |= matches!(term.kind, TermKind::Template(_));
        found
    });
    found
}

struct Templates<'a> {
    vars: &'a mut Vars,
    file: u32,
    report: &'a mut Report,
}

impl Templates<'_> {
    /// Gives what is bound in the body.
    fn body(&mut self, body: &mut Body, globals: &VarSet) -> VarSet {
        let mut safe = body_outputs(body, globals);
        safe.add(globals);
        for literal in body {
            self.literal(literal, &safe);
        }
        safe
    }

    fn literal(&mut self, literal: &mut Literal, safe: &VarSet) {
        match &mut literal.kind {
            LiteralKind::Term(term) => self.term(term, safe),
            LiteralKind::Unify { left, right, .. } | LiteralKind::Assign(left, right) => {
                self.term(left, safe);
                self.term(right, safe);
            }
            LiteralKind::Every { key, value, domain, body } => {
                self.term(domain, safe);
                let mut inside = safe.clone();
                inside.extend(key.iter().chain([&*value]).copied());
                self.body(body, &inside);
            }
            LiteralKind::Not(operand) => {
                self.body(&mut operand.body, safe);
            }
            LiteralKind::And(left, right) | LiteralKind::Or(left, right) => {
                self.body(&mut left.body, safe);
                self.body(&mut right.body, safe);
            }
            LiteralKind::Print(args) => args.iter_mut().for_each(|arg| self.term(arg, safe)),
            LiteralKind::Some(_) | LiteralKind::SomeIn { .. } | LiteralKind::Printed(_) => {}
        }
        literal.with.iter_mut().for_each(|with| self.term(&mut with.value, safe));
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
            TermKind::Comprehension(it) if !it.body.iter().any(has_template) && !it.heads().any(is_templated) => {}
            TermKind::Comprehension(it) => {
                let inside = self.body(&mut it.body, safe);
                it.key.iter_mut().for_each(|key| self.term(key, &inside));
                self.term(&mut it.value, &inside);
            }
            TermKind::Template(parts) => parts.iter_mut().for_each(|part| self.part(part, safe)),
        }
    }

    fn part(&mut self, part: &mut TemplatePart, safe: &VarSet) {
        let TemplatePart::Expression(literal) = part else { return };
        self.literal(literal, safe);
        let LiteralKind::Term(term) = &literal.kind else {
            let message = "unexpected template-string expression type";
            self.report.add(Stage::Templates, Code::Compile, self.file, literal.at, message);
            return;
        };
        let mut place = Some(term.at);
        if let TermKind::Call(call) = &term.kind {
            // OPA has no place for a call here.
            place = None;
            if let Callee::Builtin(builtin) = call.callee
                && builtin.relation
            {
                let name = builtin.name;
                let message = format!("illegal call to relation built-in '{name}' that may cause multiple outputs");
                self.report.add_placeless(Stage::Templates, Code::Compile, message);
                return;
            }
        }
        if term.as_var().is_some() {
            *part = TemplatePart::Plain(term.clone());
            return;
        }
        let mut missing: Vec<_> = NEEDED.term(term).without(safe).iter().collect();
        missing.sort_by_key(|var| self.vars.name(*var).clone());
        for var in missing {
            let message = format!("var {} is undeclared", self.vars.name(var));
            match place {
                Some(at) => self.report.add(Stage::Templates, Code::Compile, self.file, at, message),
                None => self.report.add_placeless(Stage::Templates, Code::Compile, message),
            }
        }
        let var = self.vars.generate();
        let mut capture = Literal::bind(var, term.clone());
        capture.with = literal.with.clone();
        *part = TemplatePart::Body(var, vec![capture]);
    }
}
