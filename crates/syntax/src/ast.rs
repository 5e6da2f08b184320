//! The syntax tree: what a module says, with a span on every node and nothing resolved.
//!
//! Names are as written; no scope, no type, no value. What OPA normalises while parsing is normalised here too: a rule
//! with several `{ .. }` bodies is several rules, an operator is a call of its builtin, `a.b` and `a["b"]` are one
//! reference.

use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::span::{Source, Span};

/// Text of a name or constant, cheap to clone.
pub type Name = Arc<str>;

/// A parsed file.
#[derive(Clone, Debug)]
pub struct Module {
    /// The text it was parsed from.
    pub source: Arc<Source>,
    /// The dialect that its last import left in force.
    pub dialect: Dialect,
    /// The package.
    pub package: Package,
    /// The imports, in order.
    pub imports: Vec<Import>,
    /// The rules, in order; several bodies make several rules.
    pub rules: Vec<Rule>,
    /// The comments, in order.
    pub comments: Vec<Comment>,
    /// The annotations (`# METADATA`), in order.
    pub annotations: Vec<Annotations>,
}

/// What parsing gives: as much of the tree as could be read, and everything that was wrong.
#[derive(Clone, Debug)]
pub struct Parsed<T> {
    /// The tree, without the statements that could not be read. `None` where not even a package could.
    pub tree: Option<T>,
    /// What was wrong, in order.
    pub diagnostics: Vec<Diagnostic>,
    /// How many of these OPA tells, from the first on: its parser stops at the first token that cannot be.
    pub told_by_opa: usize,
}

impl<T> Parsed<T> {
    /// Forgets what OPA would not tell.
    #[must_use]
    pub fn as_opa(mut self) -> Self {
        self.diagnostics.truncate(self.told_by_opa);
        self
    }
}

/// Which words are keywords, and what they may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// The version that the file is read as: v0 or v1.
    pub version: Version,
    /// `if`
    pub if_: bool,
    /// `in`
    pub in_: bool,
    /// `every`
    pub every: bool,
    /// `contains` in rule heads
    pub contains: bool,
    /// `and` and `or`
    pub logic: bool,
    /// `not { .. }`, and its newer meaning
    pub not: bool,
    /// `import rego.v1` stands in the file: v1's rules of law hold though the version may be v0.
    pub rego_v1: bool,
    /// Template strings
    pub templates: bool,
    /// Keywords may stand in references: `input.if`.
    pub keywords_in_refs: bool,
}

/// A version of the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Version {
    /// Before OPA 1.0.
    V0,
    /// OPA 1.0 and later.
    #[default]
    V1,
}

/// `package a.b`
#[derive(Clone, Debug)]
pub struct Package {
    /// The segments after `data`.
    pub path: Vec<Name>,
    /// Their places.
    pub segments: Vec<Span>,
    /// The whole statement.
    pub span: Span,
}

/// `import data.a.b as c`
#[derive(Clone, Debug)]
pub struct Import {
    /// The path: its first segment is `data`, `input`, `rego` or `future`.
    pub path: Vec<Name>,
    /// The path's place.
    pub path_span: Span,
    /// The places of its segments.
    pub segments: Vec<Span>,
    /// The name given with `as`.
    pub alias: Option<Name>,
    /// Its place; the whole statement's where there is none.
    pub alias_span: Span,
    /// The whole statement.
    pub span: Span,
}

/// A comment, its `#` excluded.
#[derive(Clone, Debug)]
pub struct Comment {
    /// The text after `#`.
    pub text: Name,
    /// Its place, `#` included.
    pub span: Span,
}

/// A `# METADATA` block.
#[derive(Clone, Debug)]
pub struct Annotations {
    /// The YAML text, comment signs taken off; read by the stage that needs it.
    pub yaml: Name,
    /// From `# METADATA` to its last line.
    pub span: Span,
    /// What it stands before.
    pub target: AnnotationTarget,
}

/// What an annotation block stands before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnnotationTarget {
    /// The package statement.
    Package,
    /// The rule at this position of [`Module::rules`].
    Rule(usize),
    /// An import.
    Import,
    /// Nothing.
    Nothing,
}

/// One definition of a rule or function.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Whether `default` stands before it.
    pub default: bool,
    /// The head.
    pub head: Head,
    /// The body; `None` where none is written.
    pub body: Option<Body>,
    /// What `else` adds, in order.
    pub elses: Vec<Else>,
    /// The whole rule with its `else`s.
    pub span: Span,
}

/// A rule's head.
#[derive(Clone, Debug)]
pub struct Head {
    /// What is defined: the first segment is a [`TermKind::Var`] for the rule's name, and dots give string constants. In
    /// `p[x]` of a v0 partial set the bracket is in `key` instead.
    pub reference: Vec<Term>,
    /// The arguments of a function.
    pub args: Option<Vec<Term>>,
    /// The member that a partial set gains: after `contains`, or in v0's `p[x] { .. }`.
    pub key: Option<Term>,
    /// The value; `None` where none is written, which means `true` unless `key` is there.
    pub value: Option<Term>,
    /// Whether the value was given by `:=` rather than `=`.
    pub assigned: bool,
    /// Whether the head says `contains`.
    pub contains: bool,
    /// Whether `if` follows the head.
    pub if_: bool,
    /// The head's place.
    pub span: Span,
}

/// `else := value { body }`
#[derive(Clone, Debug)]
pub struct Else {
    /// The value; `true` where none is written.
    pub value: Option<Term>,
    /// The body; `None` where none is written.
    pub body: Option<Body>,
    /// Whether the value was given by `:=`.
    pub assigned: bool,
    /// Its place.
    pub span: Span,
}

/// Literals that must all hold.
pub type Body = Vec<Literal>;

/// One condition of a body.
#[derive(Clone, Debug)]
pub struct Literal {
    /// Whether `not` stands before it.
    pub negated: bool,
    /// The condition.
    pub kind: LiteralKind,
    /// What `with` replaces.
    pub with: Vec<With>,
    /// The whole literal with its `with`s.
    pub span: Span,
}

/// What a literal says.
#[derive(Clone, Debug)]
pub enum LiteralKind {
    /// A term; `a := b`, `a = b`, `a == b` are calls of `assign`, `eq` and `equal`.
    Term(Term),
    /// `{ .. }` after `not` or as an operand of `and` and `or`.
    Body(Body),
    /// `some x, y`
    Some(Vec<Term>),
    /// `some k, v in domain`
    SomeIn {
        /// The key pattern.
        key: Option<Term>,
        /// The value pattern.
        value: Term,
        /// The place of `in`.
        word: Span,
        /// Where elements come from.
        domain: Term,
    },
    /// `every k, v in domain { .. }`
    Every {
        /// The key's variable.
        key: Option<Term>,
        /// The value's variable.
        value: Term,
        /// Where elements come from.
        domain: Term,
        /// What must hold for each.
        body: Body,
    },
    /// `a and b`
    And(Box<(Literal, Literal)>),
    /// `a or b`
    Or(Box<(Literal, Literal)>),
}

/// `with target as value`
#[derive(Clone, Debug)]
pub struct With {
    /// What is replaced: a reference to input, data, or a function.
    pub target: Term,
    /// By what.
    pub value: Term,
    /// Its place.
    pub span: Span,
}

/// An expression.
#[derive(Clone, Debug)]
pub struct Term {
    /// What it is.
    pub kind: TermKind,
    /// Its place.
    pub span: Span,
}

/// What a term is.
#[derive(Clone, Debug)]
pub enum TermKind {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number as written.
    Number(Name),
    /// A string, escapes resolved.
    String(Name),
    /// A variable; `_` as written.
    Var(Name),
    /// `head[a].b`: the head is a variable, a call, a comprehension or a literal collection.
    Ref(Box<Term>, Vec<Term>),
    /// `f(x)`; operators too.
    Call(Box<Call>),
    /// `[a, b]`
    Array(Vec<Term>),
    /// `{a, b}`, `set()`
    Set(Vec<Term>),
    /// `{a: b}`
    Object(Vec<(Term, Term)>),
    /// `[t | body]`
    ArrayComprehension(Box<Term>, Body),
    /// `{t | body}`
    SetComprehension(Box<Term>, Body),
    /// `{k: v | body}`
    ObjectComprehension(Box<(Term, Term)>, Body),
    /// `$"text {expression}"`
    Template(Template),
}

/// A call.
#[derive(Clone, Debug)]
pub struct Call {
    /// The function: a variable, or a reference made of a variable and string constants. Operators have their builtin's
    /// name: `plus`, `equal`, `internal.member_2`.
    pub function: Term,
    /// The arguments.
    pub args: Vec<Term>,
    /// Whether it was written as an operator.
    pub operator: bool,
}

/// A template string.
#[derive(Clone, Debug)]
pub struct Template {
    /// Text and expressions in turn.
    pub parts: Vec<TemplatePart>,
    /// Whether it is written with backquotes, over several lines.
    pub raw: bool,
}

/// A part of a template string.
#[derive(Clone, Debug)]
pub enum TemplatePart {
    /// Text, escapes resolved.
    Text(Name, Span),
    /// An expression in braces.
    Expression(Literal),
}
