//! The front stages: syntax trees to the resolved tree, each stage a file.
//!
//! ```text
//! metadata    what `# METADATA` blocks say
//! names       syntax tree -> draft: references resolved, imports gone
//! conflicts   rules of one path agree
//! locals      :=, some, every and arguments get variables of their own
//! templates   parts of template strings are bodies
//! prints      arguments of print are bodies, or print is erased
//! with        targets and values are functions or terms
//! hoist       nested calls, head terms and values of `with` are literals of their own
//! functions   functions exist and get as many arguments as they take
//! recursion   no rule needs itself; callees come first
//! safety      each body is in an order in which inputs are bound
//! types       what can never hold is an error
//! forbidden   nobody calls an unsafe builtin, and v1 modules no deprecated one
//! nest        what need not stand alone goes back into its literal
//! lower       draft -> hir
//! ```

pub mod analysis;
mod conflicts;
mod draft;
mod forbidden;
mod functions;
mod hoist;
mod known;
mod locals;
mod lower;
mod metadata;
mod names;
mod nest;
mod origins;
mod prints;
mod query;
mod recursion;
mod report;
mod run;
mod safety;
mod templates;
mod text;
mod tree;
mod types;
mod unify;
mod var_set;
mod vars;
mod with;

pub use metadata::annotations_to_json;
pub(crate) use recursion::components;
pub use run::analyse;
