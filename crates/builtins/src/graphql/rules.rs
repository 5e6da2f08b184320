//! The rules for requests, by what they are about. Each is a method of [`super::validator::Validator`] and has the name of
//! the rule in gqlparser and graphql-js, whose words it says.

mod directives;
mod fields;
mod fragments;
mod operations;
pub(super) mod overlaps;
mod values;
