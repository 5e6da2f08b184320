//! The builtin functions of Rego, one file a family.
//!
//! Each builtin is one entry in its family's file: name, documentation, arguments, types and function (see [`mod@family`]).
//! No builtin touches the outside except through the host in its context, and none panics on any values.

#![forbid(unsafe_code)]

pub mod aggregates;
pub mod arrays;
#[cfg(feature = "aws")]
pub mod aws;
pub mod bits;
pub mod calendar;
pub mod comparison;
pub mod conversions;
pub mod crypto;
pub mod encoding;
pub mod family;
pub mod glob;
pub mod graph;
#[cfg(feature = "graphql")]
pub mod graphql;
pub mod http;
pub mod internal;
pub mod json;
#[cfg(feature = "jsonschema")]
pub mod jsonschema;
#[cfg(feature = "jwt")]
pub mod jwt;
pub mod net;
pub mod numbers;
pub mod objects;
pub mod operand;
mod ordered;
pub mod patch;
mod paths;
mod pattern;
pub mod random;
pub mod regex;
#[cfg(feature = "rego")]
pub mod rego;
pub mod runtime;
pub mod semver;
pub mod sets;
mod shortest;
pub mod sprintf;
pub mod strings;
#[cfg(feature = "template")]
pub mod template;
pub mod time;
pub mod types;
mod unicode;
pub mod units;
pub mod uri;
pub mod url;
pub mod urlquery;
pub mod uuid;
#[cfg(feature = "x509")]
pub mod x509;
pub mod yaml;

use lictor_value::{Builtin, Registry};

/// Every family, by the name of its file.
pub static FAMILIES: &[(&str, &[Builtin])] = &[
    ("aggregates", aggregates::FAMILY),
    ("arrays", arrays::FAMILY),
    #[cfg(feature = "aws")]
    ("aws", aws::FAMILY),
    ("bits", bits::FAMILY),
    ("comparison", comparison::FAMILY),
    ("conversions", conversions::FAMILY),
    ("crypto", crypto::FAMILY),
    ("encoding", encoding::FAMILY),
    ("glob", glob::FAMILY),
    ("graph", graph::FAMILY),
    #[cfg(feature = "graphql")]
    ("graphql", graphql::FAMILY),
    ("http", http::FAMILY),
    ("internal", internal::FAMILY),
    ("json", json::FAMILY),
    #[cfg(feature = "jsonschema")]
    ("jsonschema", jsonschema::FAMILY),
    #[cfg(feature = "jwt")]
    ("jwt", jwt::FAMILY),
    ("net", net::FAMILY),
    ("numbers", numbers::FAMILY),
    ("objects", objects::FAMILY),
    ("patch", patch::FAMILY),
    ("random", random::FAMILY),
    ("regex", regex::FAMILY),
    #[cfg(feature = "rego")]
    ("rego", rego::FAMILY),
    ("runtime", runtime::FAMILY),
    ("semver", semver::FAMILY),
    ("sets", sets::FAMILY),
    ("sprintf", sprintf::FAMILY),
    ("strings", strings::FAMILY),
    #[cfg(feature = "template")]
    ("template", template::FAMILY),
    ("time", time::FAMILY),
    ("types", types::FAMILY),
    ("units", units::FAMILY),
    ("uri", uri::FAMILY),
    ("urlquery", urlquery::FAMILY),
    ("uuid", uuid::FAMILY),
    #[cfg(feature = "x509")]
    ("x509", x509::FAMILY),
    #[cfg(feature = "yaml")]
    ("yaml", yaml::FAMILY),
];

/// A family that is a feature of this crate, and of the crates above it by the same name.
#[derive(Debug)]
pub struct Feature {
    /// The feature's name.
    pub name: &'static str,
    /// Whether it is switched on.
    pub is_on: bool,
    /// What the names of its builtins begin with, and those of no others.
    pub builtins: &'static [&'static str],
}

const fn feature(name: &'static str, is_on: bool, builtins: &'static [&'static str]) -> Feature {
    Feature { name, is_on, builtins }
}

/// Every family that is a feature. `time-zones` is none: without it the family is there, and zones of the database are not.
pub static FEATURES: &[Feature] = &[
    feature("aws", cfg!(feature = "aws"), &["providers.aws."]),
    feature("graphql", cfg!(feature = "graphql"), &["graphql."]),
    feature("jsonschema", cfg!(feature = "jsonschema"), &["json.match_schema", "json.verify_schema"]),
    feature("jwt", cfg!(feature = "jwt"), &["io.jwt."]),
    feature("rego", cfg!(feature = "rego"), &["rego."]),
    feature("template", cfg!(feature = "template"), &["strings.render_template"]),
    feature("x509", cfg!(feature = "x509"), &["crypto.x509.", "crypto.parse_private_keys"]),
    feature("yaml", cfg!(feature = "yaml"), &["yaml."]),
];

/// All builtins.
pub fn registry() -> Registry {
    let families: Vec<&'static [Builtin]> = FAMILIES.iter().map(|(_, family)| *family).collect();
    let mut registry = Registry::new(&families);
    FEATURES.iter().filter(|it| !it.is_on).for_each(|it| registry.note_lacking(it.name, it.builtins));
    registry
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_are_known_by_the_names_of_their_builtins_and_of_no_others() {
        for (family, builtins) in FAMILIES {
            for Builtin { name, .. } in *builtins {
                let of = |it: &&Feature| it.builtins.iter().any(|begin| name.starts_with(begin));
                let found = FEATURES.iter().find(of).map(|it| it.name);
                let expected = FEATURES.iter().find(|it| it.name == *family).map(|it| it.name);
                assert_eq!(found, expected, "{name}");
            }
        }
    }

    #[test]
    fn what_is_switched_off_is_told() {
        let registry = registry();
        for Feature { name, is_on, builtins } in FEATURES {
            let family = FAMILIES.iter().find(|(family, _)| family == name);
            assert_eq!(family.is_some(), *is_on, "{name}");
            for builtin in *builtins {
                assert_eq!(registry.lacking_feature(builtin), (!is_on).then_some(*name), "{builtin}");
            }
        }
    }
}
