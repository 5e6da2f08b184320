//! Locals: what `:=`, `some`, `every` and arguments declare gets variables of its own, and the declarations are gone.
//!
//! After it two variables of one name in different scopes are two variables, `x := e` is `x = e` that remembers it was an
//! assignment, `some x` is away, `some k, v in d` is `v = d[k]`. A name that nothing declares is one variable in the whole
//! definition, closures included.
//!
//! Not here: whether anything binds a variable, which `safety` asks.

mod rename;
mod unused;

use lictor_syntax::{Code, Span};

use self::rename::rename;
use crate::front::analysis::Stage;
use crate::front::draft::{
    Body, Comprehension, From, INPUT, Literal, LiteralKind, Operand, Rule, TemplatePart, Term, TermKind, Var, Vars,
};
use crate::front::report::Report;
use crate::front::safety;
use crate::front::vars::{ALL, Look, VarSet};
use crate::hash::Map;

/// How a variable came to be known in a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Occurrence {
    Argument,
    Seen,
    Assigned,
    Declared,
}

/// What is known of a name in a scope.
#[derive(Clone, Copy, Debug)]
struct Known {
    /// What it means; itself where it was only seen.
    meaning: Var,
    occurrence: Occurrence,
    count: usize,
}

type Scope = Map<Var, Known>;

/// The stage's state within one definition.
struct Locals<'a> {
    vars: &'a mut Vars,
    scopes: Vec<Scope>,
    strict: bool,
    file: u32,
    errors: Vec<(Span, String)>,
    unused: Vec<(Span, String)>,
    /// How much was found before the body under way: heads do not count against it.
    before: usize,
}

/// Tells the locals of a definition apart.
pub(crate) fn rule(rule: &mut Rule, strict: bool, report: &mut Report) {
    let mut vars = std::mem::take(&mut rule.vars);
    let mut arguments = Locals::new(&mut vars, strict, rule.file);
    let mut unused_arguments = VarSet::new();
    for arg in rule.args.iter_mut().flatten() {
        ALL.walk_term(arg, &mut |var, _| {
            unused_arguments.insert(var);
        });
        arguments.argument(arg);
    }
    let scope = arguments.scopes.pop().unwrap_or_default();
    arguments.finish(report);
    for number in 0..rule.branches.len() {
        let mut locals = Locals::new(&mut vars, strict, rule.file);
        if number == 0 {
            rule.path.iter_mut().skip(rule.package + 1).for_each(|term| locals.head_term(term));
            rule.key.iter_mut().for_each(|term| locals.head_term(term));
        }
        let branch = &mut rule.branches[number];
        branch.value.iter_mut().for_each(|term| locals.head_term(term));
        let mut used = VarSet::new();
        let mut values = VarSet::new();
        branch.value.iter().for_each(|term| values.add(&ALL.term(term)));
        used.add(&values);
        for term in rule.path.iter().skip(rule.package + 1).chain(&rule.key) {
            used.add(&ALL.term(term));
        }
        unused_arguments.take(&values);
        locals.scopes.clear();
        locals.scopes.push(scope.clone());
        locals.before = locals.errors.len() + locals.unused.len();
        locals.body(&mut branch.body, &used);
        let scope = locals.scopes.pop().unwrap_or_default();
        unused_arguments.retain(|var| scope.get(&var).is_none_or(|known| known.count <= 1));
        // The head means what the body declared.
        branch.value.iter_mut().for_each(|term| rename(term, &scope));
        if number == 0 {
            rule.path.iter_mut().skip(rule.package + 1).for_each(|term| rename(term, &scope));
            rule.key.iter_mut().for_each(|term| rename(term, &scope));
        }
        locals.finish(report);
    }
    if strict {
        for var in unused_arguments.iter() {
            if !vars.info(var).wildcard {
                let name = vars.name(var);
                let message = format!("unused argument {name}. (hint: use _ (wildcard variable) instead)");
                report.add(Stage::UnusedLocals, Code::Compile, rule.file, rule.head_at, message);
            }
        }
    }
    rule.vars = vars;
}

/// Tells the locals of a query apart.
pub(crate) fn query(body: &mut Body, vars: &mut Vars, strict: bool, file: u32, report: &mut Report) {
    let mut locals = Locals::new(vars, strict, file);
    locals.body(body, &VarSet::new());
    locals.finish(report);
}

impl<'a> Locals<'a> {
    fn new(vars: &'a mut Vars, strict: bool, file: u32) -> Self {
        Locals { vars, scopes: vec![Scope::default()], strict, file, errors: vec![], unused: vec![], before: 0 }
    }

    fn finish(self, report: &mut Report) {
        for (at, message) in self.errors {
            report.add(Stage::Locals, Code::Compile, self.file, at, message);
        }
        for (at, message) in self.unused {
            report.add(Stage::UnusedLocals, Code::Compile, self.file, at, message);
        }
    }

    fn error(&mut self, at: Span, message: impl Into<String>) {
        self.errors.push((at, message.into()));
    }

    fn scope(&mut self) -> &mut Scope {
        if self.scopes.is_empty() {
            self.scopes.push(Scope::default());
        }
        let last = self.scopes.len() - 1;
        &mut self.scopes[last]
    }

    fn insert(&mut self, var: Var, meaning: Var, occurrence: Occurrence) {
        self.scope().insert(var, Known { meaning, occurrence, count: 1 });
    }

    fn known(&self, var: Var) -> Option<Known> {
        self.scopes.iter().rev().find_map(|scope| scope.get(&var)).copied()
    }

    /// What a variable means that is known; counts that it was met.
    fn see(&mut self, var: Var) -> Option<Var> {
        let known = self.scopes.iter_mut().rev().find_map(|scope| scope.get_mut(&var))?;
        known.count += 1;
        Some(known.meaning)
    }

    /// A variable where it is used: what it means.
    fn used(&mut self, var: Var) -> Var {
        self.see(var).unwrap_or_else(|| {
            self.insert(var, var, Occurrence::Seen);
            var
        })
    }

    /// A variable where it is declared: a new one, unless this scope knows it already.
    fn declare(&mut self, var: Var, occurrence: Occurrence, at: Span) -> Option<Var> {
        let name = self.vars.name(var).clone();
        let above = match self.scope().get(&var).map(|known| known.occurrence) {
            Some(Occurrence::Seen) => format!("var {name} referenced above"),
            Some(Occurrence::Assigned) => format!("var {name} assigned above"),
            Some(Occurrence::Declared) => format!("var {name} declared above"),
            Some(Occurrence::Argument) => format!("arg {name} redeclared"),
            None => {
                let new = self.vars.declare(&name);
                self.insert(var, new, occurrence);
                return Some(new);
            }
        };
        self.error(at, above);
        None
    }

    fn argument(&mut self, arg: &mut Term) {
        let at = arg.at;
        match &mut arg.kind {
            TermKind::Var(var) => match self.see(*var) {
                Some(meaning) => *var = meaning,
                None => {
                    let name = self.vars.name(*var).clone();
                    let new = self.vars.declare(&name);
                    self.insert(*var, new, Occurrence::Argument);
                    *var = new;
                }
            },
            TermKind::Object(pairs) => pairs.iter_mut().for_each(|(_, value)| self.argument(value)),
            TermKind::Array(items) | TermKind::Set(items) => items.iter_mut().for_each(|item| self.argument(item)),
            // Its base too: what an argument names is a new variable, so a reference in an argument is never bound.
            TermKind::Ref(terms) => terms.iter_mut().for_each(|item| self.argument(item)),
            TermKind::Call(_) => self.error(at, "rule arguments cannot contain calls"),
            TermKind::Scalar(_) | TermKind::Comprehension(_) | TermKind::Template(_) => {}
        }
    }

    /// Closures of a head have scopes of their own, before the body is looked at.
    fn head_term(&mut self, term: &mut Term) {
        match &mut term.kind {
            TermKind::Comprehension(it) => {
                let outer = std::mem::take(&mut self.scopes);
                self.scopes = vec![Scope::default()];
                self.comprehension(it);
                self.scopes = outer;
            }
            TermKind::Template(parts) => {
                let outer = std::mem::take(&mut self.scopes);
                self.scopes = vec![Scope::default()];
                for part in parts {
                    if let TemplatePart::Expression(literal) = part {
                        self.scopes.push(Scope::default());
                        self.literal_terms(literal);
                        self.scopes.pop();
                    }
                }
                self.scopes = outer;
            }
            TermKind::Scalar(_) | TermKind::Var(_) => {}
            TermKind::Ref(terms) | TermKind::Array(terms) | TermKind::Set(terms) => {
                terms.iter_mut().for_each(|t| self.head_term(t));
            }
            TermKind::Call(call) => call.args.iter_mut().for_each(|t| self.head_term(t)),
            TermKind::Object(pairs) => pairs.iter_mut().for_each(|(k, v)| {
                self.head_term(k);
                self.head_term(v);
            }),
        }
    }

    fn body(&mut self, body: &mut Body, used: &VarSet) {
        let places: Vec<(Span, VarSet)> = body.iter().map(|literal| (literal.at, declared(literal))).collect();
        body.retain_mut(|literal| self.literal(literal).is_some());
        self.unused_assigned(body, &places, used);
        self.unused_declared(body, &places, used);
    }

    fn clean(&self) -> bool {
        self.errors.len() + self.unused.len() == self.before
    }

    /// Looks at a literal; `None` where it is away.
    fn literal(&mut self, literal: &mut Literal) -> Option<()> {
        let at = literal.at;
        match &mut literal.kind {
            LiteralKind::Assign(..) => self.assignment(literal),
            LiteralKind::Some(terms) => {
                for term in terms {
                    // `some input` hides the document.
                    if let Some(var) = term.as_var().or_else(|| term.as_root()) {
                        self.declare(var, Occurrence::Declared, at);
                    }
                }
                return None;
            }
            LiteralKind::SomeIn { .. } => self.some_in(literal)?,
            LiteralKind::Every { key, value, domain, body } => {
                self.term(domain);
                self.scopes.push(Scope::default());
                for var in key.iter_mut().chain([value]) {
                    if self.vars.info(*var).wildcard {
                        continue;
                    }
                    match self.declare(*var, Occurrence::Declared, at) {
                        Some(new) => *var = new,
                        None => {
                            self.scopes.pop();
                            return None;
                        }
                    }
                }
                self.body(body, &VarSet::new());
                self.with(literal);
                self.scopes.pop();
            }
            LiteralKind::Not(operand) => {
                if operand.explicit {
                    self.scopes.push(Scope::default());
                    self.body(&mut operand.body, &VarSet::new());
                    self.with(literal);
                    self.scopes.pop();
                } else {
                    let before = self.errors.len();
                    self.implicit(&mut operand.body, "cannot assign vars inside negated expression");
                    if self.errors.len() == before {
                        self.literal_terms(literal);
                    }
                }
            }
            LiteralKind::And(left, right) => {
                let before = self.errors.len();
                self.operand(left, "cannot assign vars inside implicit and operand");
                self.operand(right, "cannot assign vars inside implicit and operand");
                if self.errors.len() == before {
                    self.literal_terms(literal);
                }
            }
            LiteralKind::Or(left, right) => {
                let before = self.errors.len();
                self.operand(left, "cannot assign vars inside implicit or operand");
                self.operand(right, "cannot assign vars inside implicit or operand");
                if self.errors.len() == before {
                    self.literal_terms(literal);
                }
            }
            _ => self.literal_terms(literal),
        }
        Some(())
    }

    fn operand(&mut self, operand: &mut Operand, message: &str) {
        if operand.explicit {
            self.scopes.push(Scope::default());
            self.body(&mut operand.body, &VarSet::new());
            self.scopes.pop();
        } else {
            self.implicit(&mut operand.body, message);
        }
    }

    /// An operand without braces may not assign.
    fn implicit(&mut self, body: &mut Body, message: &str) {
        for literal in body.iter_mut() {
            match &literal.kind {
                LiteralKind::Assign(..) => self.error(literal.at, message),
                LiteralKind::Not(_) | LiteralKind::And(..) | LiteralKind::Or(..) => {
                    let mut new = literal.clone();
                    if self.literal(&mut new).is_some() {
                        *literal = new;
                    }
                }
                _ => {}
            }
        }
    }

    fn assignment(&mut self, literal: &mut Literal) {
        if literal.negated {
            self.error(literal.at, "cannot assign vars inside negated expression");
            return;
        }
        let LiteralKind::Assign(left, right) = &mut literal.kind else { return };
        self.term(right);
        for with in &mut literal.with {
            self.term(&mut with.value);
        }
        self.assigned(left);
        let blank = || Term::var(INPUT, Span::default());
        let (left, right) = (std::mem::replace(left, blank()), std::mem::replace(right, blank()));
        literal.kind = LiteralKind::Unify { left, right, from: From::Assignment };
    }

    /// The left side of an assignment.
    fn assigned(&mut self, term: &mut Term) {
        let at = term.at;
        if let Some(root) = term.as_root() {
            if let Some(new) = self.declare(root, Occurrence::Assigned, at) {
                term.kind = TermKind::Var(new);
            }
            return;
        }
        let what = match &mut term.kind {
            TermKind::Var(var) => {
                if let Some(new) = self.declare(*var, Occurrence::Assigned, at) {
                    *var = new;
                }
                return;
            }
            TermKind::Array(items) => return items.iter_mut().for_each(|item| self.assigned(item)),
            TermKind::Object(pairs) => return pairs.iter_mut().for_each(|(_, value)| self.assigned(value)),
            kind => type_name(kind),
        };
        self.error(at, format!("cannot assign to {what}"));
    }

    fn some_in(&mut self, literal: &mut Literal) -> Option<()> {
        let LiteralKind::SomeIn { key, value, domain } = &mut literal.kind else { return Some(()) };
        let at = literal.at;
        let keyed = key.is_some();
        let pattern = Look { no_bases: true, no_keys: true, no_closures: true, ..ALL };
        let mut bound = pattern.term(value);
        key.iter().for_each(|key| bound.add(&pattern.term(key)));
        let inside = Look { no_closures: true, ..ALL }.term(domain);
        let mut again: Vec<_> = bound.in_both(&inside).iter().filter(|v| !self.vars.info(*v).wildcard).collect();
        again.sort_by_key(|var| self.vars.name(*var).clone());
        if !again.is_empty() {
            for var in again {
                let name = self.vars.name(var).clone();
                self.error(at, format!("var {name} assigned before"));
            }
            return None;
        }
        let key = key.take().unwrap_or_else(|| Term::var(self.vars.generate(), at));
        let blank = Term::var(INPUT, at);
        let domain = std::mem::replace(domain, blank.clone());
        let left = std::mem::replace(value, blank);
        let safe = ALL.term(&domain);
        let domain_at = domain.at;
        let mut terms = match domain.kind {
            TermKind::Ref(terms) => terms,
            kind => vec![Term { kind, at: domain_at }],
        };
        terms.push(key);
        let right = Term { kind: TermKind::Ref(terms), at: domain_at };
        literal.kind = LiteralKind::Unify { left, right, from: From::SomeIn { keyed } };
        let mut outputs: Vec<Var> = safety::unified(literal, &safe).iter().collect();
        outputs.retain(|var| !self.vars.is_generated(*var));
        outputs.sort_by_key(|var| self.vars.name(*var).clone());
        for var in outputs {
            self.declare(var, Occurrence::Declared, at)?;
        }
        self.literal_terms(literal);
        Some(())
    }

    /// Every variable in a literal is used there; closures in its terms have scopes of their own.
    fn literal_terms(&mut self, literal: &mut Literal) {
        match &mut literal.kind {
            LiteralKind::Term(term) => {
                if let TermKind::Call(call) = &mut term.kind {
                    // A call that is a literal does not say that its function is shadowed; it is undefined then.
                    let head = self.used(call.head);
                    if head != call.head {
                        call.callee = crate::front::draft::Callee::Unknown;
                    }
                    call.args.iter_mut().for_each(|term| self.term(term));
                } else {
                    self.term(term);
                }
            }
            LiteralKind::Unify { left, right, .. } | LiteralKind::Assign(left, right) => {
                self.term(left);
                self.term(right);
            }
            LiteralKind::Some(terms) | LiteralKind::Print(terms) => terms.iter_mut().for_each(|t| self.term(t)),
            LiteralKind::SomeIn { key, value, domain } => {
                key.iter_mut().for_each(|term| self.term(term));
                self.term(value);
                self.term(domain);
            }
            LiteralKind::Every { domain, body, .. } => {
                self.term(domain);
                body.iter_mut().for_each(|literal| self.literal_terms(literal));
            }
            LiteralKind::Not(operand) => operand.body.iter_mut().for_each(|literal| self.literal_terms(literal)),
            LiteralKind::And(left, right) | LiteralKind::Or(left, right) => {
                left.body.iter_mut().chain(&mut right.body).for_each(|literal| self.literal_terms(literal));
            }
            LiteralKind::Printed(_) => {}
        }
        self.with(literal);
    }

    fn with(&mut self, literal: &mut Literal) {
        for with in &mut literal.with {
            self.term(&mut with.target);
            // `input` may be a local here, but what is replaced is the document.
            if let Some(shadow) = self.known(INPUT).map(|known| known.meaning) {
                let at = with.target.at;
                match &mut with.target.kind {
                    TermKind::Var(var) if *var == shadow => {
                        with.target.kind = TermKind::Ref(vec![Term::var(INPUT, at)]);
                    }
                    TermKind::Ref(terms) => {
                        if let Some(base) = terms.first_mut()
                            && base.as_var() == Some(shadow)
                        {
                            *base = Term::var(INPUT, at);
                        }
                    }
                    _ => {}
                }
            }
            self.term(&mut with.value);
        }
    }

    fn term(&mut self, term: &mut Term) {
        let at = term.at;
        if let Some(root) = term.as_root() {
            if let Some(known) = self.known(root)
                && known.occurrence != Occurrence::Seen
            {
                term.kind = TermKind::Var(known.meaning);
            }
            return;
        }
        match &mut term.kind {
            TermKind::Scalar(_) => {}
            TermKind::Var(var) => *var = self.used(*var),
            TermKind::Ref(terms) | TermKind::Array(terms) | TermKind::Set(terms) => {
                terms.iter_mut().for_each(|term| self.term(term));
            }
            TermKind::Call(call) => {
                let meaning = self.used(call.head);
                if meaning != call.head {
                    let name = crate::front::text::function(call, self.vars);
                    self.error(at, format!("called function {name} shadowed"));
                }
                call.args.iter_mut().for_each(|term| self.term(term));
            }
            TermKind::Object(pairs) => {
                for (key, value) in pairs {
                    self.term(key);
                    self.term(value);
                }
            }
            TermKind::Comprehension(it) => self.comprehension(it),
            TermKind::Template(parts) => {
                for part in parts {
                    if let TemplatePart::Expression(literal) = part {
                        self.literal_terms(literal);
                    }
                }
            }
        }
    }

    fn comprehension(&mut self, it: &mut Comprehension) {
        let mut used = ALL.term(&it.value);
        it.key.iter().for_each(|key| used.add(&ALL.term(key)));
        self.scopes.push(Scope::default());
        self.body(&mut it.body, &used);
        it.key.iter_mut().for_each(|key| self.term(key));
        self.term(&mut it.value);
        self.scopes.pop();
    }
}

/// What OPA calls a kind of term that cannot be assigned to.
fn type_name(kind: &TermKind) -> &'static str {
    use crate::hir::{ComprehensionKind, Constant};
    match kind {
        TermKind::Scalar(Constant::Null) => "null",
        TermKind::Scalar(Constant::Bool(_)) => "boolean",
        TermKind::Scalar(Constant::Number(_)) => "number",
        TermKind::Scalar(_) => "string",
        TermKind::Var(_) => "var",
        TermKind::Ref(_) => "ref",
        TermKind::Call(_) => "call",
        TermKind::Array(_) => "array",
        TermKind::Set(_) => "set",
        TermKind::Object(_) => "object",
        TermKind::Comprehension(it) => match it.kind {
            ComprehensionKind::Array => "arraycomprehension",
            ComprehensionKind::Set => "setcomprehension",
            ComprehensionKind::Object => "objectcomprehension",
        },
        TermKind::Template(_) => "templatestring",
    }
}

/// The variables that a literal declares, closures of terms left out.
fn declared(literal: &Literal) -> VarSet {
    let mut found = VarSet::new();
    declared_in(literal, &mut found);
    found
}

fn declared_in(literal: &Literal, found: &mut VarSet) {
    match &literal.kind {
        LiteralKind::Assign(left, _) => found.add(&ALL.term(left)),
        LiteralKind::Some(terms) => terms.iter().for_each(|term| found.add(&ALL.term(term))),
        LiteralKind::SomeIn { key, value, .. } => {
            key.iter().chain([value]).for_each(|term| found.add(&ALL.term(term)));
        }
        LiteralKind::Every { body, .. } => body.iter().for_each(|literal| declared_in(literal, found)),
        LiteralKind::Not(operand) => operand.body.iter().for_each(|literal| declared_in(literal, found)),
        LiteralKind::And(left, right) | LiteralKind::Or(left, right) => {
            left.body.iter().chain(&right.body).for_each(|literal| declared_in(literal, found));
        }
        _ => {}
    }
}
