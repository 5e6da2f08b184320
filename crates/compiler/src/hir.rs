//! The resolved tree: what the front stages hand to the plan.
//!
//! Every name is an id: locals are numbered within their definition, rules by path, functions and builtins by reference;
//! imports, packages, `some x` and `:=` are gone. Each body stands in an order in which every literal finds its inputs
//! bound, so the plan can walk it once, keeping the set of bound locals, and never needs a general unifier.
//!
//! Operands may nest as deeply as they were written, except where nesting would change what undefined means: below an
//! old `not` (see `rego-to-ir`: calls, references in operand places and `with` values stand in literals of their own in
//! front of it).

use std::sync::Arc;

use lictor_syntax::{Name, Source, Span};
use lictor_value::Builtin;

/// A rule or function: an index into [`Unit::rules`].
pub type RuleId = u32;
/// A local of a definition, closures inside it included.
pub type LocalId = u32;
/// A node of the rule tree: an index into [`Unit::nodes`].
pub type NodeId = u32;

/// Everything that is compiled together.
#[derive(Clone, Debug, Default)]
pub struct Unit {
    /// The files, in order of their names (OPA's order of modules), and after them the sources of the queries.
    pub files: Vec<Arc<Source>>,
    /// The rules and functions, callee before caller.
    pub rules: Vec<Rule>,
    /// The rule trees' nodes. Node 0 is `data` of the first tree; units that are merged keep trees of their
    /// own, so that two policies with the same package never meet.
    pub nodes: Vec<Node>,
    /// Queries to answer.
    pub queries: Vec<Query>,
    /// Documents that callers ask for by path: the program gets an entry for each. The front stages leave this empty; who
    /// asks fills it in.
    pub documents: Vec<Document>,
}

/// A document that callers ask for by path: a rule, a package with all below it, base data.
#[derive(Clone, Debug)]
pub struct Document {
    /// What the program's entry is called.
    pub name: Name,
    /// The node that `data` means: 0, unless units were merged.
    pub root: NodeId,
    /// The path from there.
    pub path: Vec<Name>,
}

/// A node of the rule tree.
#[derive(Clone, Debug, Default)]
pub struct Node {
    /// The path from `data`.
    pub path: Vec<Name>,
    /// The rule at this node.
    pub rule: Option<RuleId>,
    /// The nodes below, in order of their names.
    pub children: Vec<(Name, NodeId)>,
}

/// A place in a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct At {
    /// The file, by its position in [`Unit::files`].
    pub file: u32,
    /// Where in it.
    pub span: Span,
}

/// What a rule defines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleKind {
    /// One value.
    Complete,
    /// A set, one member a solution.
    Set,
    /// An object, or a tree of objects: heads have variables in their reference.
    Object,
    /// A function of this many arguments.
    Function(u16),
}

/// All definitions of one rule or function.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The constant path from `data`.
    pub path: Vec<Name>,
    /// What it defines.
    pub kind: RuleKind,
    /// Its definitions, modules by name and then as written; of objects, those with variables in their path first.
    pub definitions: Vec<Definition>,
    /// What `default` gives, a definition without body.
    pub default: Option<Box<Definition>>,
    /// The rules and functions it asks for directly, each once.
    pub uses: Vec<RuleId>,
    /// The node that `data` means in it: 0, unless units were merged.
    pub root: NodeId,
}

/// One definition.
#[derive(Clone, Debug)]
pub struct Definition {
    /// Its head's place.
    pub at: At,
    /// Patterns of a function's arguments.
    pub args: Vec<Term>,
    /// The rest of the head's path below the rule's own: not empty for [`RuleKind::Object`] only.
    pub path: Vec<Term>,
    /// What a solution gives.
    pub head: Head,
    /// The body.
    pub body: Vec<Literal>,
    /// The `else` branches.
    pub elses: Vec<Branch>,
    /// Names of the locals as written, by id; generated ones are empty.
    pub locals: Vec<Name>,
}

/// What a solution gives.
#[derive(Clone, Debug)]
pub enum Head {
    /// A value.
    Value(Term),
    /// A member of a set.
    Member(Term),
}

/// An `else` branch.
#[derive(Clone, Debug)]
pub struct Branch {
    /// Its place.
    pub at: At,
    /// Its value.
    pub value: Term,
    /// Its body.
    pub body: Vec<Literal>,
}

/// A query: a body whose solutions are rows.
#[derive(Clone, Debug)]
pub struct Query {
    /// What the program's entry is called.
    pub name: Name,
    /// The node that `data` means in it: 0, unless units were merged.
    pub root: NodeId,
    /// The body, in order.
    pub body: Vec<Literal>,
    /// The locals that rows show, with their names.
    pub bindings: Vec<(Name, LocalId)>,
    /// For each literal of `body` that is an expression of the query: where it stands there, its text, and its value.
    pub expressions: Vec<QueryExpression>,
    /// Names of the locals by id; generated ones are empty.
    pub locals: Vec<Name>,
    /// Whether a single literal without iteration shows `false` instead of dropping the row.
    pub shows_false: bool,
}

/// An expression of a query.
#[derive(Clone, Debug)]
pub struct QueryExpression {
    /// Its text as written.
    pub text: Name,
    /// Its place; the file is the query's own source, not one of the unit's.
    pub span: Span,
    /// Its row and column from 1.
    pub position: (u32, u32),
    /// The literal of the ordered body it belongs to.
    pub literal: u32,
    /// The local that holds its value; `None` where the value is always `true` (unification, `some`, `not`, `every`).
    pub value: Option<LocalId>,
}

/// A condition.
#[derive(Clone, Debug)]
pub struct Literal {
    /// What must hold.
    pub kind: LiteralKind,
    /// What is replaced while it is evaluated; values are computed before, outside.
    pub with: Vec<With>,
    /// Its place.
    pub at: At,
}

/// What must hold.
#[derive(Clone, Debug)]
pub enum LiteralKind {
    /// A term that is defined and not `false`. References in it may loop.
    Term(Term),
    /// Both sides are equal; locals not yet bound are bound by it. `:=` too.
    Unify(Term, Term),
    /// `some key, value in domain`: patterns of locals and constants.
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
        /// The key's local.
        key: Option<LocalId>,
        /// The value's local.
        value: LocalId,
        /// The collection.
        domain: Term,
        /// What must hold for each element.
        body: Vec<Literal>,
    },
    /// The body has no solution.
    Not {
        /// The body.
        body: Vec<Literal>,
        /// Whether all of its solutions are looked for, not only the first: what goes wrong in a later one is an error.
        whole: bool,
    },
    /// Both bodies have one.
    And(Vec<Literal>, Vec<Literal>),
    /// One of the bodies has one.
    Or(Vec<Literal>, Vec<Literal>),
    /// Prints: each argument on its own; an undefined one prints `<undefined>`.
    Print(Vec<Term>),
}

/// A replacement while a literal is evaluated.
#[derive(Clone, Debug)]
pub struct With {
    /// What is replaced.
    pub target: WithTarget,
    /// By what.
    pub value: WithValue,
}

/// What `with` replaces.
#[derive(Clone, Debug)]
pub enum WithTarget {
    /// `input` at a path of constants.
    Input(Vec<Constant>),
    /// `data` at a path of constants: base data and rules.
    Data(Vec<Constant>),
    /// A function.
    Function(RuleId),
    /// A builtin.
    Builtin(&'static Builtin),
}

/// What `with` puts in place.
#[derive(Clone, Debug)]
pub enum WithValue {
    /// A value.
    Term(Term),
    /// A function, in place of a function.
    Function(RuleId),
    /// A builtin, in place of a function.
    Builtin(&'static Builtin),
}

/// An expression.
#[derive(Clone, Debug)]
pub struct Term {
    /// What it is.
    pub kind: TermKind,
    /// Its place.
    pub at: At,
}

/// What a term is.
#[derive(Clone, Debug)]
pub enum TermKind {
    /// A constant, composite ones included.
    Constant(Constant),
    /// A local. Each `_` is one of its own.
    Local(LocalId),
    /// A base and the keys after it. An unbound local among the keys makes a loop.
    Ref(Base, Vec<Term>),
    /// An array that is no constant.
    Array(Vec<Term>),
    /// A set that is no constant.
    Set(Vec<Term>),
    /// An object that is no constant.
    Object(Vec<(Term, Term)>),
    /// A comprehension; its locals are the definition's.
    Comprehension(Box<Comprehension>),
    /// A call.
    Call(Callee, Vec<Term>),
    /// A template string: each part on its own; an undefined one prints `<undefined>`.
    Template(Vec<TemplatePart>),
}

/// Where a reference begins.
#[derive(Clone, Debug)]
pub enum Base {
    /// `input`
    Input,
    /// `data`: rules and base data; the keys are the whole path.
    Data,
    /// Any other value.
    Term(Box<Term>),
}

/// What a call calls.
#[derive(Clone, Copy, Debug)]
pub enum Callee {
    /// A builtin.
    Builtin(&'static Builtin),
    /// A function.
    Function(RuleId),
}

/// A comprehension.
#[derive(Clone, Debug)]
pub struct Comprehension {
    /// What it makes.
    pub kind: ComprehensionKind,
    /// The element, or an object's value.
    pub value: Term,
    /// An object's key.
    pub key: Option<Term>,
    /// The body.
    pub body: Vec<Literal>,
}

/// What a comprehension makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ComprehensionKind {
    /// An array.
    Array,
    /// A set.
    Set,
    /// An object.
    Object,
}

/// A part of a template string.
#[derive(Clone, Debug)]
pub enum TemplatePart {
    /// Text.
    Text(Name),
    /// A body whose last literal binds the local that is printed.
    Expression(Vec<Literal>, LocalId),
}

/// A constant.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Constant {
    /// `null`
    Null,
    /// A boolean.
    Bool(bool),
    /// A number as written.
    Number(Name),
    /// A string.
    String(Name),
    /// An array.
    Array(Vec<Constant>),
    /// A set, as written: order and duplicates are the plan's to settle.
    Set(Vec<Constant>),
    /// An object, as written.
    Object(Vec<(Constant, Constant)>),
}
