//! The draft: a definition while the front stages work on it.
//!
//! It is the syntax tree with names told apart (each variable is a number in its definition's [`Vars`]) and references
//! resolved to `data`. Stages rewrite it in place until every body is a plain, ordered conjunction; then it is lowered to
//! [`hir`](crate::hir). No stage after `names` looks at the syntax tree again.

use lictor_syntax::{Name, Span};
use lictor_value::Builtin;

use crate::hash::Map;
use crate::hir::{ComprehensionKind, Constant};

/// A variable: its position in [`Vars`].
pub(crate) type Var = u32;
/// `input`
pub(crate) const INPUT: Var = 0;
/// `data`
pub(crate) const DATA: Var = 1;

/// The variables of one definition, `else` branches and closures included.
#[derive(Clone, Debug, Default)]
pub(crate) struct Vars {
    all: Vec<VarInfo>,
    /// Those that nothing declares, by name.
    bare: Map<Name, Var>,
}

/// What is known of a variable.
#[derive(Clone, Debug)]
pub(crate) struct VarInfo {
    /// Its name as written; empty where a stage made it.
    pub(crate) name: Name,
    /// Whether it was declared (`:=`, `some`, `every`, an argument): then it is another than the bare name.
    pub(crate) declared: bool,
    /// Whether it is a `_`.
    pub(crate) wildcard: bool,
}

/// Most definitions have no more variables.
const FEW: usize = 12;

thread_local! {
    /// Names that every definition has: those of `input` and `data`, and that of what a stage makes.
    static NAMES: [Name; 3] = ["input".into(), "data".into(), "".into()];
}

impl Vars {
    /// `input` and `data` only.
    pub(crate) fn new() -> Self {
        let root = |name: &Name| VarInfo { name: name.clone(), declared: false, wildcard: false };
        let mut all = Vec::with_capacity(FEW);
        NAMES.with(|[input, data, _]| all.extend([root(input), root(data)]));
        Vars { all, bare: Map::default() }
    }

    /// The variable that a bare name means where nothing declares it; each `_` is a new one.
    pub(crate) fn named(&mut self, name: &Name) -> Var {
        match &**name {
            "input" => return INPUT,
            "data" => return DATA,
            _ => {}
        }
        let wildcard = &**name == "_";
        if !wildcard && let Some(known) = self.bare.get(name) {
            return *known;
        }
        let var = self.push(VarInfo { name: name.clone(), declared: false, wildcard });
        if !wildcard {
            self.bare.insert(name.clone(), var);
        }
        var
    }

    /// A new variable of that name, for a declaration.
    pub(crate) fn declare(&mut self, name: &Name) -> Var {
        self.push(VarInfo { name: name.clone(), declared: true, wildcard: &**name == "_" })
    }

    /// A new variable without a name.
    pub(crate) fn generate(&mut self) -> Var {
        let name = NAMES.with(|[.., none]| none.clone());
        self.push(VarInfo { name, declared: false, wildcard: false })
    }

    fn push(&mut self, info: VarInfo) -> Var {
        self.all.push(info);
        (self.all.len() - 1) as Var
    }

    /// What is known of it.
    pub(crate) fn info(&self, var: Var) -> &VarInfo {
        &self.all[var as usize]
    }

    /// Its name as written.
    pub(crate) fn name(&self, var: Var) -> &Name {
        &self.info(var).name
    }

    /// Whether a stage made it.
    pub(crate) fn is_generated(&self, var: Var) -> bool {
        self.name(var).is_empty()
    }
}

/// A definition: a rule of the syntax tree.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    /// Its file.
    pub(crate) file: u32,
    /// Its place among the rules of the file.
    pub(crate) number: usize,
    /// Whether it is a `default`.
    pub(crate) default: bool,
    /// The whole path from `data`: package, name and the rest of the head's reference.
    pub(crate) path: Vec<Term>,
    /// How many terms of `path` come before the rule's name.
    pub(crate) package: usize,
    /// The arguments of a function.
    pub(crate) args: Option<Vec<Term>>,
    /// The member that a set gains.
    pub(crate) key: Option<Term>,
    /// The main branch and then the `else` branches.
    pub(crate) branches: Vec<Branch>,
    /// Its variables.
    pub(crate) vars: Vars,
    /// The whole rule.
    pub(crate) at: Span,
    /// The head.
    pub(crate) head_at: Span,
}

/// A branch of a definition.
#[derive(Clone, Debug)]
pub(crate) struct Branch {
    /// Its place.
    pub(crate) at: Span,
    /// Its value; `None` in sets.
    pub(crate) value: Option<Term>,
    /// Its body.
    pub(crate) body: Body,
}

/// Literals that must all hold.
pub(crate) type Body = Vec<Literal>;

/// A condition.
#[derive(Clone, Debug)]
pub(crate) struct Literal {
    /// What must hold.
    pub(crate) kind: LiteralKind,
    /// `not` in its old meaning.
    pub(crate) negated: bool,
    /// What is replaced.
    pub(crate) with: Vec<With>,
    /// Whether a stage made it to carry a part of another literal.
    pub(crate) generated: bool,
    /// Its place.
    pub(crate) at: Span,
}

impl Literal {
    /// A literal that a stage makes: `var = term`.
    pub(crate) fn bind(var: Var, term: Term) -> Self {
        let at = term.at;
        let kind = LiteralKind::Unify { left: Term { kind: TermKind::Var(var), at }, right: term, from: From::Stage };
        Literal { kind, negated: false, with: vec![], generated: true, at }
    }
}

/// What must hold.
#[derive(Clone, Debug)]
pub(crate) enum LiteralKind {
    /// A term that is defined and not `false`.
    Term(Term),
    /// Both sides are equal.
    Unify {
        /// The left side; of a call with an output, the output.
        left: Term,
        /// The right side.
        right: Term,
        /// What it was written as.
        from: From,
    },
    /// `:=`; gone after `locals`.
    Assign(Term, Term),
    /// `some x`; gone after `locals`.
    Some(Vec<Term>),
    /// `some key, value in domain`; a `Unify` after `locals`.
    SomeIn {
        /// The key's pattern.
        key: Option<Term>,
        /// The value's pattern.
        value: Term,
        /// The collection.
        domain: Term,
    },
    /// `every key, value in domain { body }`
    Every {
        /// The key's variable.
        key: Option<Var>,
        /// The value's variable.
        value: Var,
        /// The collection.
        domain: Term,
        /// What must hold for each.
        body: Body,
    },
    /// `not` in its newer meaning.
    Not(Operand),
    /// Both operands hold.
    And(Operand, Operand),
    /// One of the operands holds.
    Or(Operand, Operand),
    /// `print` while its arguments are still terms.
    Print(Vec<Term>),
    /// `print` with each argument bound in a body of its own.
    Printed(Vec<(Var, Body)>),
}

/// What a `Unify` was written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum From {
    /// `=`
    Unification,
    /// `:=`
    Assignment,
    /// `some .. in`: the right side is a reference whose last key is the key's pattern.
    SomeIn {
        /// Whether the key was written.
        keyed: bool,
    },
    /// A call whose last argument takes the result.
    Output,
    /// Nothing: a stage made it.
    Stage,
}

/// A body that is an operand.
#[derive(Clone, Debug)]
pub(crate) struct Operand {
    /// The body.
    pub(crate) body: Body,
    /// Whether it was written in braces.
    pub(crate) explicit: bool,
}

/// A replacement.
#[derive(Clone, Debug)]
pub(crate) struct With {
    /// What is replaced.
    pub(crate) target: Term,
    /// By what.
    pub(crate) value: Term,
    /// The function that stands in, where the value names one.
    pub(crate) function: Option<Callee>,
    /// The function that is replaced.
    pub(crate) target_function: Option<Callee>,
    /// Its place.
    pub(crate) at: Span,
}

/// An expression.
#[derive(Clone, Debug)]
pub(crate) struct Term {
    /// What it is.
    pub(crate) kind: TermKind,
    /// Its place.
    pub(crate) at: Span,
}

/// What a term is.
#[derive(Clone, Debug)]
pub(crate) enum TermKind {
    /// A scalar.
    Scalar(Constant),
    /// A variable.
    Var(Var),
    /// A base and its keys; the base is first. `input` and `data` are references of one term.
    Ref(Vec<Term>),
    /// A call.
    Call(Box<Call>),
    /// An array.
    Array(Vec<Term>),
    /// A set.
    Set(Vec<Term>),
    /// An object.
    Object(Vec<(Term, Term)>),
    /// A comprehension.
    Comprehension(Box<Comprehension>),
    /// A template string.
    Template(Vec<TemplatePart>),
}

/// A call.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// The function's name as written: its first segment.
    pub(crate) head: Var,
    /// The rest of its name; for a rule, all segments after `data`.
    pub(crate) rest: Vec<Name>,
    /// What it calls.
    pub(crate) callee: Callee,
    /// How many arguments that takes: one more takes the result.
    pub(crate) arity: Option<usize>,
    /// The arguments.
    pub(crate) args: Vec<Term>,
}

/// What a call calls.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Callee {
    /// A builtin.
    Builtin(&'static Builtin),
    /// A function: the rule tree's group.
    Function(u32),
    /// Nothing that is known.
    Unknown,
}

/// A comprehension.
#[derive(Clone, Debug)]
pub(crate) struct Comprehension {
    /// What it makes.
    pub(crate) kind: ComprehensionKind,
    /// An object's key.
    pub(crate) key: Option<Term>,
    /// The element or an object's value.
    pub(crate) value: Term,
    /// The body.
    pub(crate) body: Body,
}

/// A part of a template string.
#[derive(Clone, Debug)]
pub(crate) enum TemplatePart {
    /// Text.
    Text(Name),
    /// An expression as written; gone after `templates`.
    Expression(Box<Literal>),
    /// A variable or a rule that is always defined.
    Plain(Term),
    /// A body that binds the variable.
    Body(Var, Body),
}

impl Comprehension {
    /// What stands in front of the bar.
    pub(crate) fn heads(&self) -> impl Iterator<Item = &Term> {
        self.key.iter().chain([&self.value])
    }
}

impl Term {
    /// A variable at a place.
    pub(crate) fn var(var: Var, at: Span) -> Self {
        Term { kind: TermKind::Var(var), at }
    }

    /// The variable it is.
    pub(crate) fn as_var(&self) -> Option<Var> {
        match self.kind {
            TermKind::Var(var) => Some(var),
            _ => None,
        }
    }

    /// The variable that is the whole reference: `input`, `data`.
    pub(crate) fn as_root(&self) -> Option<Var> {
        match &self.kind {
            TermKind::Ref(terms) if terms.len() == 1 => terms[0].as_var(),
            _ => None,
        }
    }

    /// The string it is.
    pub(crate) fn as_string(&self) -> Option<&Name> {
        match &self.kind {
            TermKind::Scalar(Constant::String(name)) => Some(name),
            _ => None,
        }
    }

    /// The constant that it is: scalars, and collections of constants.
    pub(crate) fn as_constant(&self) -> Option<Constant> {
        Some(match &self.kind {
            TermKind::Scalar(scalar) => scalar.clone(),
            TermKind::Array(items) => Constant::Array(items.iter().map(Term::as_constant).collect::<Option<_>>()?),
            TermKind::Set(items) => Constant::Set(items.iter().map(Term::as_constant).collect::<Option<_>>()?),
            TermKind::Object(pairs) => {
                let constant = |(k, v): &(Term, Term)| Some((k.as_constant()?, v.as_constant()?));
                Constant::Object(pairs.iter().map(constant).collect::<Option<_>>()?)
            }
            _ => return None,
        })
    }

    /// Whether it is a constant: see [`Term::as_constant`].
    pub(crate) fn is_constant(&self) -> bool {
        match &self.kind {
            TermKind::Scalar(_) => true,
            TermKind::Array(items) | TermKind::Set(items) => items.iter().all(Term::is_constant),
            TermKind::Object(pairs) => pairs.iter().all(|(key, value)| key.is_constant() && value.is_constant()),
            _ => false,
        }
    }

    /// Whether it contains a reference or comprehension: something to evaluate.
    pub(crate) fn requires_evaluation(&self) -> bool {
        match &self.kind {
            TermKind::Scalar(_) | TermKind::Var(_) => false,
            TermKind::Ref(_) | TermKind::Comprehension(_) | TermKind::Call(_) | TermKind::Template(_) => true,
            TermKind::Array(items) | TermKind::Set(items) => items.iter().any(Term::requires_evaluation),
            TermKind::Object(pairs) => pairs.iter().any(|(k, v)| k.requires_evaluation() || v.requires_evaluation()),
        }
    }
}
