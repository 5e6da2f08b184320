//! Where the variables of a reference get their values, for messages about recursion that is only possible.

use crate::front::conflicts::path_text;
use crate::front::draft::{Callee, DATA, From, INPUT, LiteralKind, Rule, Term, TermKind, Var};
use crate::front::recursion::members;
use crate::front::text;
use crate::hash::Map;
use crate::hir::Constant;

/// Where variables get their values.
pub(crate) struct Origins {
    bindings: Map<Var, Term>,
    outputs: Map<Var, &'static lictor_value::Builtin>,
    heads: Map<Var, &'static str>,
    limit: usize,
}

/// Where one does.
enum Origin {
    Input(String),
    Rule(String),
    Collection(Constant),
    Builtin(&'static lictor_value::Builtin),
    Head(&'static str),
}

/// How many members of a collection a message lists.
const MAX_MEMBERS: usize = 5;

/// Looks at the head of a definition and at what stands in front of a literal of a branch.
pub(crate) fn find(rule: &Rule, branch: usize, literal: usize) -> Origins {
    let mut found = Origins { bindings: Map::default(), outputs: Map::default(), heads: Map::default(), limit: 0 };
    let body = rule.branches.get(branch).map(|branch| &*branch.body).unwrap_or_default();
    found.limit = body.len();
    for literal in body.iter().take(literal).filter(|l| !l.negated && l.with.is_empty()) {
        let LiteralKind::Unify { left, right, from } = &literal.kind else { continue };
        if let (TermKind::Call(call), From::Output | From::Stage) = (&right.kind, from) {
            if let (Callee::Builtin(builtin), Some(var)) = (call.callee, left.as_var()) {
                found.outputs.insert(var, builtin);
            }
            continue;
        }
        for (side, other) in [(left, right), (right, left)] {
            if let Some(var) = side.as_var() {
                found.bindings.entry(var).or_insert_with(|| other.clone());
            }
        }
    }
    for var in rule.path.iter().skip(rule.package + 1).chain(&rule.key).filter_map(Term::as_var) {
        found.heads.insert(var, "a key");
    }
    for var in rule.args.iter().flatten().filter_map(Term::as_var) {
        found.heads.insert(var, "an argument");
    }
    found
}

impl Origins {
    fn of(&self, mut var: Var) -> Option<Origin> {
        for _ in 0..=self.limit {
            if let Some(builtin) = self.outputs.get(&var) {
                return Some(Origin::Builtin(builtin));
            }
            match self.bindings.get(&var).map(|term| &term.kind) {
                Some(TermKind::Var(next)) => {
                    var = *next;
                    continue;
                }
                Some(TermKind::Ref(terms)) => {
                    let constant = || terms.iter().skip(1).map_while(Term::as_constant);
                    let path = || {
                        let keys = constant().map(|key| match key {
                            Constant::String(name) => name,
                            other => text::constant(&other).into(),
                        });
                        keys.collect::<Vec<_>>()
                    };
                    match terms.first().and_then(Term::as_var) {
                        Some(INPUT) => {
                            let all: Vec<_> = std::iter::once("input".into()).chain(path()).collect();
                            return Some(Origin::Input(text::path(&all)));
                        }
                        Some(DATA) => return Some(Origin::Rule(text::data_path(&path()))),
                        Some(base) if terms.len() == 2 && constant().next().is_none() => {
                            if let Some(collection) = self.collection(base) {
                                return Some(Origin::Collection(collection));
                            }
                        }
                        _ => {}
                    }
                }
                _ => {}
            }
            return self.heads.get(&var).map(|what| Origin::Head(what));
        }
        None
    }

    fn collection(&self, mut var: Var) -> Option<Constant> {
        for _ in 0..=self.bindings.len() {
            let term = self.bindings.get(&var)?;
            match term.as_var() {
                Some(next) => var = next,
                None => return term.as_constant().filter(|constant| members(constant).is_some()),
            }
        }
        None
    }

    /// Whether a key cannot hold a value, by what is known of it.
    pub(crate) fn excludes(&self, key: &Term, value: &Constant) -> bool {
        match key.as_var().and_then(|var| self.of(var)) {
            Some(Origin::Collection(collection)) => {
                !members(&collection).is_some_and(|members| members.contains(value))
            }
            Some(Origin::Builtin(builtin)) => !may_return(&builtin.result.ty, value),
            _ => false,
        }
    }

    /// What to say about where a key gets its value.
    pub(crate) fn note(&self, key: &Term, rule: &Rule) -> Option<String> {
        if let TermKind::Ref(terms) = &key.kind {
            let data = terms.first().and_then(Term::as_var) == Some(DATA);
            return data.then(|| "rule values aren't known at compile time".to_owned());
        }
        let var = key.as_var()?;
        let name = rule.vars.name(var);
        Some(match self.of(var)? {
            Origin::Input(path) => format!("{name} comes from {path}"),
            Origin::Rule(path) => format!("{name} comes from rule {path}, whose value isn't known at compile time"),
            Origin::Collection(collection) => match members(&collection).map_or(0, |members| members.len()) {
                count if count > MAX_MEMBERS => format!("{name} is one of {count} values"),
                _ => format!("{name} is one of {}", text::constant(&collection)),
            },
            Origin::Builtin(builtin) => format!("{name} is computed by {}", builtin.name),
            Origin::Head(what) => format!("{name} is {what} of {}", path_text(rule)),
        })
    }
}

fn may_return(ty: &lictor_value::Type, value: &Constant) -> bool {
    use lictor_value::Type;
    match (ty, value) {
        (Type::Any, _) | (_, Constant::Array(_) | Constant::Set(_) | Constant::Object(_)) => true,
        (Type::OneOf(types), value) => types.iter().any(|ty| may_return(ty, value)),
        (Type::Null, Constant::Null)
        | (Type::Boolean, Constant::Bool(_))
        | (Type::Number, Constant::Number(_))
        | (Type::String, Constant::String(_)) => true,
        _ => false,
    }
}
