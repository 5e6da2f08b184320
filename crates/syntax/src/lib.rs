//! Rego text to syntax tree: a lexer, a layout pass, an LALR grammar.
//!
//! Knows no values and no files: text in, [`Module`] and [`Diagnostic`]s out.

#![forbid(unsafe_code)]

pub mod ast;
pub mod diagnostic;
pub mod parallel;
pub mod span;

mod annotations;
mod ast_json;
mod ast_text;
mod head;
mod imports;
mod json;
mod layout;
mod lexeme;
mod lexer;
mod lookahead;
mod message;
mod near;
mod number;
mod order;
mod parse;
mod show;
mod statement;
mod token;
mod tree;
mod unescape;
mod wording;

pub use ast::{Body, Dialect, Literal, LiteralKind, Module, Name, Parsed, Rule, Term, TermKind, Version};
pub use ast_json::{Parts, has_name, location_to_json, module_to_json, module_to_json_with, reference_to_json};
pub use ast_text::tree_to_text;
pub use diagnostic::{Code, Details, Diagnostic};
pub use json::Json;
pub use layout::MAX_DEPTH;
pub use near::nearest;
pub use parse::{parse_module, parse_module_in, parse_query};
pub use show::reference_text;
pub use span::{Source, Span};
pub use wording::opa_text;
