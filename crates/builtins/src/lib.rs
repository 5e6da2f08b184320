//! The builtin functions of Rego, one file a family.
//!
//! Each builtin is one entry in its family's file: name, documentation, arguments, types and function (see [`family`]).
//! No builtin touches the outside except through the host in its context, and none panics on any values.

#![forbid(unsafe_code)]

pub mod comparison;
pub mod family;
pub mod types;

use lictor_value::{Builtin, Registry};

/// Every family, by the name of its file.
pub static FAMILIES: &[(&str, &[Builtin])] = &[("comparison", comparison::FAMILY), ("types", types::FAMILY)];

/// All builtins.
pub fn registry() -> Registry {
    let families: Vec<&'static [Builtin]> = FAMILIES.iter().map(|(_, family)| *family).collect();
    Registry::new(&families)
}
