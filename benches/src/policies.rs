//! The policies that the benchmarks run: the texts of `policies/` in this repository.

/// A policy's name and text.
pub type Policy = (&'static str, &'static str);

/// The seed's three rules for a token service that refuses tokens of users: Rego v0, one package.
pub const SEED: [Policy; 3] = [
    ("deny-user-type.rego", include_str!("../../policies/seed/policies/deny-user-type.rego")),
    ("valid-to.rego", include_str!("../../policies/seed/policies/valid-to.rego")),
    ("scheduled-expire-time.rego", include_str!("../../policies/seed/policies/scheduled-expire-time.rego")),
];

/// What to ask the seed policies.
pub const SEED_QUERY: &str = "data.opapolicy.deny";

/// The sample library: 26 rules in one package, for a whole platform.
pub const LIBRARY: Policy = ("library.rego", include_str!("../../policies/workload/library.rego"));

/// What to ask the sample library.
pub const LIBRARY_QUERY: &str = "data.tokens.library.deny";

/// A v0 module of `count` deny rules on a token, of which few hold: alternately `==` on its name and `>` on an age.
pub fn equality_and_order(count: usize) -> String {
    use std::fmt::Write;
    let mut text = String::from("package many\n\n");
    for rule in 0..count {
        let _ = if rule % 2 == 0 {
            writeln!(text, "deny[\"name {rule}\"] {{ input.token.name == \"blocked-{rule}\" }}")
        } else {
            // Only the tokens that live longest, some 370 days, pass the lowest few thresholds.
            let limit = 1_800_390_000_000_u64 + 1_000_000 * rule as u64;
            writeln!(text, "deny[\"expiry {rule}\"] {{ input.token.validTo > {limit} }}")
        };
    }
    text
}

/// A v0 module of `count` deny rules that look for a piece of the token's name.
pub fn substrings(count: usize) -> String {
    use std::fmt::Write;
    let mut text = String::from("package many\n\n");
    for rule in 0..count {
        let _ = writeln!(text, "deny[\"piece {rule}\"] {{ contains(input.token.name, \"-blocked{rule}-\") }}");
    }
    text
}

/// What to ask the modules of many rules.
pub const MANY_QUERY: &str = "data.many.deny";
