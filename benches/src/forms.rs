//! Modules of many deny rules of one form, and policy sets of many such modules. All look at tokens, and hardly any token fulfils a condition, so the time that a
//! decision takes shows what the rules cost that cannot hold.

use std::fmt::Write;
use std::ops::Range;

use crate::random::identifier;

/// How many rules a policy has.
const RULES: usize = 10;
/// How many policies a set has.
const POLICIES: usize = 10;

/// What a rule asks of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One name each.
    Equal,
    /// A bound each on one number; all bounds fail.
    Above,
    /// A range each on one number.
    Between,
    /// A piece of the name.
    Contains,
    /// The beginning of the name.
    StartsWith,
    /// Four names each.
    Member,
    /// One of the tags, by a name for each.
    Element,
    /// The type, which many tokens have, and a range.
    TypeAndBetween,
    /// A type that no token has, and a negation: nothing but the type tells much.
    TypeAndNot,
    /// A field's value and a bound on a number.
    EqualAndAbove,
    /// All of these in turn.
    Mixed,
}

impl Form {
    /// Every form.
    pub const ALL: [Form; 11] = [
        Form::Equal,
        Form::Above,
        Form::Between,
        Form::Contains,
        Form::StartsWith,
        Form::Member,
        Form::Element,
        Form::TypeAndBetween,
        Form::TypeAndNot,
        Form::EqualAndAbove,
        Form::Mixed,
    ];

    /// The form's name, as results show it.
    pub fn name(self) -> &'static str {
        match self {
            Form::Equal => "equal",
            Form::Above => "above",
            Form::Between => "between",
            Form::Contains => "contains",
            Form::StartsWith => "startswith",
            Form::Member => "member",
            Form::Element => "element",
            Form::TypeAndBetween => "type and between",
            Form::TypeAndNot => "type and not",
            Form::EqualAndAbove => "equal and above",
            Form::Mixed => "mixed",
        }
    }

    /// A v1 module of `count` such rules; each says with `sprintf` which token it denies.
    pub fn module(self, count: usize) -> String {
        self.rules(0..count)
    }

    /// Policy sets of `count` such rules, as their files would be written: ten rules a policy, ten policies a set. Most are
    /// for tokens that are saved, a quarter for keys, a quarter for requests; every third is for one of forty accounts. The
    /// first is for all tokens that are saved.
    pub fn sets(self, count: usize) -> Vec<String> {
        let policies = count.div_ceil(RULES);
        (0..policies.div_ceil(POLICIES))
            .map(|set| {
                let entity = if set % 4 == 3 { "api_key" } else { "token" };
                let events = if set % 4 == 2 { "on_use" } else { "on_save" };
                let scope = match set % 3 {
                    1 => format!("{{account: {}}}", identifier("account", set as u64 % 40, 22)),
                    _ => "account".to_owned(),
                };
                let mut text = format!(
                    "name: set-{set}\nentity: {entity}\nevents: {events}\nscope: {scope}\nenforced: true\npolicies:\n"
                );
                for policy in (set * POLICIES..policies).take(POLICIES) {
                    let rules = self.rules(policy * RULES..count.min((policy + 1) * RULES));
                    let _ = write!(text, "- name: policy-{policy}\n  severity: error\n  rego: |\n");
                    for line in rules.lines() {
                        let _ = writeln!(text, "    {line}");
                    }
                }
                text
            })
            .collect()
    }

    fn rules(self, rules: Range<usize>) -> String {
        let mut text = String::from("package many\n\n");
        for rule in rules {
            let condition = self.condition(rule);
            let _ = writeln!(text, "deny contains message if {{");
            let _ = writeln!(text, "\t{condition}");
            let _ = writeln!(text, "\tmessage := sprintf(\"rule {rule} denies %v\", [input.token.name])");
            let _ = writeln!(text, "}}\n");
        }
        text
    }

    fn condition(self, rule: usize) -> String {
        // Above what tokens have: these end in 2026.
        let time = 1_900_000_000_000 + 1_000 * rule as u64;
        let range = |time: u64| format!("input.token.validTo >= {time}; input.token.validTo < {}", time + 10);
        match self {
            Form::Equal => format!("input.token.name == \"blocked-{rule}\""),
            Form::Above => format!("input.token.validTo > {time}"),
            // Across what tokens have, so that half of all bounds hold, with gaps in which these lie.
            Form::Between => range(1_770_600_000_000 + 500_000 * rule as u64),
            Form::Contains => format!("contains(input.token.name, \"-blocked{rule}-\")"),
            Form::StartsWith => format!("startswith(input.token.name, \"blocked{rule}-\")"),
            Form::Member => {
                let names: Vec<String> = (0..4).map(|name| format!("\"blocked-{rule}-{name}\"")).collect();
                format!("input.token.name in {{{}}}", names.join(", "))
            }
            Form::Element => format!("some tag in input.token.tags; tag == \"blocked-{rule}\""),
            Form::TypeAndBetween => {
                format!("input.token.apiKeyType == \"SERVICE_ACCOUNT\"; {}", Form::Between.condition(rule))
            }
            Form::TypeAndNot => {
                let kind = ["ROBOT", "GHOST"][rule % 2];
                format!("input.token.apiKeyType == \"{kind}\"; not input.token.name == \"good-{rule}\"")
            }
            Form::EqualAndAbove => format!("{}; input.token.validTo > {time}", Form::Equal.condition(rule)),
            Form::Mixed => {
                let forms = &Form::ALL[..Form::ALL.len() - 1];
                forms[rule % forms.len()].condition(rule)
            }
        }
    }
}
