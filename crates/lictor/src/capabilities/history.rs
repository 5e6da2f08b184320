//! What each version of OPA had: in which version a builtin, a keyword or a feature came. Nothing was ever taken away.
//!
//! Taken from what `opa capabilities --version` prints of each version; what a builtin does is in its own words, and so are
//! its types but where they were others before.

use lictor_syntax::Version;
use serde_json::{Value as Json, json};

use super::capabilities;

/// All versions whose capabilities OPA knows, a minor version with its patches a word.
const VERSIONS: &str = "v0.17.0,1,2,3 v0.18.0 v0.19.0-rc1,0,1,2 v0.20.0,1,2,3,4,5 v0.21.0,1 v0.22.0 v0.23.0,1,2 v0.24.0 \
    v0.25.0-rc1,0-rc2,0-rc3,0-rc4,0,1,2 v0.26.0 v0.27.0,1 v0.28.0 v0.29.0,1,2,3,4 v0.30.0,1,2 v0.31.0 v0.32.0,1 v0.33.0,1 \
    v0.34.0,1,2 v0.35.0 v0.36.0,1 v0.37.0,1,2 v0.38.0,1 v0.39.0 v0.40.0 v0.41.0 v0.42.0,1,2 v0.43.0,1 v0.44.0 v0.45.0 \
    v0.46.0,1,2,3 v0.47.0,1,2,3,4 v0.48.0 v0.49.0,1,2 v0.50.0,1,2 v0.51.0 v0.52.0 v0.53.0,1 v0.54.0 v0.55.0 v0.56.0 \
    v0.57.0,1 v0.58.0 v0.59.0 v0.60.0 v0.61.0 v0.62.0,1 v0.63.0 v0.64.0,1 v0.65.0 v0.66.0 v0.67.0,1 v0.68.0 v0.69.0 v0.70.0 \
    v1.0.0,1 v1.1.0 v1.2.0 v1.3.0 v1.4.0,1,2 v1.5.0,1 v1.6.0 v1.7.0 v1.8.0 v1.9.0 v1.10.0 v1.11.0,1 v1.12.0,1,2,3 \
    v1.13.0,1,2 v1.14.0,1 v1.15.0,1 v1.16.0,1,2 v1.17.0,1 v1.18.0,1,2 v1.19.0,1 v1.20.0,1,2 v1.21.0,1,2,3,4 v1.22.0,1,2";

/// The builtins that came after the first of these versions.
const BUILTINS: &[(&str, &str)] = &[
    ("v0.17.2", "object.filter object.remove object.union"),
    ("v0.18.0", "bits.and bits.lsh bits.negate bits.or bits.rsh bits.xor json.remove"),
    ("v0.19.0-rc1", "net.cidr_contains_matches"),
    ("v0.19.0", "time.add_date"),
    (
        "v0.20.0",
        "graph.reachable io.jwt.verify_es384 io.jwt.verify_es512 io.jwt.verify_hs384 io.jwt.verify_hs512 \
         io.jwt.verify_ps384 io.jwt.verify_ps512 io.jwt.verify_rs384 io.jwt.verify_rs512 uuid.rfc4122",
    ),
    ("v0.21.0", "crypto.x509.parse_certificate_request"),
    ("v0.22.0", "numbers.range semver.compare semver.is_valid"),
    ("v0.23.0", "regex.is_valid regex.match"),
    ("v0.24.0", "base64.is_valid net.cidr_merge urlquery.decode_object"),
    ("v0.25.0-rc1", "json.is_valid yaml.is_valid"),
    ("v0.25.0-rc2", "base64url.encode_no_pad hex.decode hex.encode"),
    ("v0.25.0", "json.patch"),
    ("v0.26.0", "ceil floor"),
    ("v0.28.0", "time.diff"),
    ("v0.31.0", "crypto.x509.parse_and_verify_certificates rand.intn"),
    ("v0.33.0", "crypto.x509.parse_rsa_private_key"),
    ("v0.34.0", "internal.member_2 internal.member_3 internal.print print"),
    ("v0.35.0", "net.lookup_ip_addr"),
    ("v0.36.0", "array.reverse crypto.hmac.md5 crypto.hmac.sha1 crypto.hmac.sha256 crypto.hmac.sha512 strings.reverse"),
    ("v0.37.0", "graph.reachable_paths indexof_n object.union_n"),
    ("v0.40.0", "rego.metadata.chain rego.metadata.rule"),
    (
        "v0.41.0",
        "graphql.is_valid graphql.parse graphql.parse_and_verify graphql.parse_query graphql.parse_schema \
         units.parse",
    ),
    ("v0.42.0", "object.subset"),
    ("v0.44.0", "strings.any_prefix_match strings.any_suffix_match"),
    ("v0.45.0", "regex.replace"),
    ("v0.46.0", "graphql.schema_is_valid net.cidr_is_valid"),
    ("v0.47.0", "object.keys providers.aws.sign_req"),
    ("v0.48.0", "time.format"),
    ("v0.50.0", "json.match_schema json.verify_schema"),
    ("v0.52.0", "crypto.hmac.equal"),
    ("v0.53.0", "crypto.x509.parse_keypair"),
    ("v0.55.0", "crypto.parse_private_keys"),
    ("v0.56.0", "numbers.range_step"),
    ("v0.57.0", "uuid.parse"),
    ("v0.59.0", "strings.render_template"),
    ("v0.63.0", "crypto.x509.parse_and_verify_certificates_with_options"),
    ("v0.64.0", "json.marshal_with_options"),
    ("v0.67.0", "strings.count"),
    ("v1.2.0", "internal.test_case"),
    ("v1.8.0", "io.jwt.verify_eddsa"),
    ("v1.12.0", "internal.template_string"),
    ("v1.13.0", "array.flatten"),
    ("v1.16.0", "uri.is_valid uri.parse"),
    ("v1.19.0", "strings.split_n"),
];

/// Features from a version on.
const FEATURES: &[(&str, &[&str])] = &[
    ("v0.46.0", &["rule_head_ref_string_prefixes"]),
    ("v0.59.0", &["rule_head_ref_string_prefixes", "rule_head_refs", "rego_v1_import"]),
    ("v1.0.0", &["rego_v1"]),
    ("v1.6.0", &["keywords_in_refs", "rego_v1"]),
    ("v1.12.0", &["keywords_in_refs", "rego_v1", "template_strings"]),
    ("v1.22.0", &["keywords_in_refs", "rego_v1", "rego_v2", "rego_v2_import", "template_strings"]),
];

/// Keywords that need an import, from a version on.
const KEYWORDS: &[(&str, &[&str])] = &[
    ("v0.34.0", &["in"]),
    ("v0.38.0", &["every", "in"]),
    ("v0.42.0", &["contains", "every", "if", "in"]),
    ("v1.0.0", &[]),
    ("v1.17.0", &["not"]),
    ("v1.20.0", &["and", "not", "or"]),
];

/// Builtins whose flags came later than they themselves.
const FLAGS: &[(&str, &str, &str)] = &[
    (
        "deprecated",
        "v1.11.0",
        "all any cast_array cast_boolean cast_null cast_object cast_set cast_string net.cidr_overlap re_match set_diff",
    ),
    (
        "nondeterministic",
        "v0.44.0",
        "http.send io.jwt.decode_verify io.jwt.encode_sign io.jwt.encode_sign_raw net.lookup_ip_addr opa.runtime rand.intn \
         time.now_ns uuid.rfc4122",
    ),
    ("nondeterministic", "v1.21.0", "json.match_schema json.verify_schema"),
];

/// The builtins whose results could be anything, or whose arguments were others, before a version.
const RESULTS: (&str, &str) =
    ("v1.19.0", "json.filter json.remove object.filter object.remove object.subset object.union object.union_n");
const QUERIES: (&str, &str) = ("v0.45.0", "graphql.is_valid graphql.parse graphql.parse_and_verify");
const DELIMITERS: (&str, &str) = ("v0.43.0", "glob.match");

/// The versions of OPA whose capabilities are known, the oldest first: `v0.17.0` and later.
pub fn versions() -> Vec<String> {
    let mut versions = vec![];
    for word in VERSIONS.split_whitespace() {
        let (first, patches) = word.split_once(',').unwrap_or((word, ""));
        let minor = first.match_indices('.').nth(1).map_or(first, |(dot, _)| &first[..dot]);
        versions.push(first.to_owned());
        let patches = patches.split(',').filter(|patch| !patch.is_empty());
        versions.extend(patches.map(|patch| format!("{minor}.{patch}")));
    }
    versions
}

/// The capabilities of a version of OPA, of which only the words are Lictor's own.
///
/// ```
/// use lictor::capabilities::capabilities_of;
///
/// let old = capabilities_of("v0.25.2").unwrap();
/// let has = |name: &str| old["builtins"].as_array().unwrap().iter().any(|builtin| builtin["name"] == name);
/// assert!(has("json.patch") && !has("time.diff"));
/// assert_eq!(capabilities_of("v0.1.0"), None);
/// ```
pub fn capabilities_of(version: &str) -> Option<Json> {
    let versions = versions();
    let place = |version: &str| versions.iter().position(|known| known == version);
    let at = place(version)?;
    let before = |since: &str| place(since).is_some_and(|since| at < since);
    let lists = |names: &str, name: &str| names.split_whitespace().any(|listed| listed == name);
    let mut capabilities = capabilities(Version::V1);
    let builtins = capabilities["builtins"].as_array_mut()?;
    builtins.retain(|builtin| {
        let name = builtin["name"].as_str().unwrap_or_default();
        !BUILTINS.iter().any(|(since, names)| before(since) && lists(names, name))
    });
    for builtin in builtins {
        let name = builtin["name"].as_str().unwrap_or_default().to_owned();
        for (flag, ..) in FLAGS.iter().filter(|(_, since, names)| before(since) && lists(names, &name)) {
            if let Some(fields) = builtin.as_object_mut() {
                fields.remove(*flag);
            }
        }
        let is_older = |(since, names): (&str, &str)| before(since) && lists(names, &name);
        let declaration = &mut builtin["decl"];
        if is_older(RESULTS) {
            declaration["result"] = json!({"name": declaration["result"]["name"], "type": "any"});
        }
        if is_older(QUERIES) {
            let texts = declaration["args"].as_array_mut().into_iter().flatten();
            texts.for_each(|arg| *arg = json!({"name": arg["name"], "type": "string"}));
        }
        if is_older(DELIMITERS) {
            let name = &declaration["args"][1]["name"];
            declaration["args"][1] = json!({"name": name, "dynamic": {"type": "string"}, "type": "array"});
        }
    }
    let latest = |list: &[(&str, &[&str])]| {
        let known = list.iter().rev().find(|(since, _)| !before(since));
        known.map_or(Json::Array(vec![]), |(_, names)| json!(names))
    };
    capabilities["features"] = latest(FEATURES);
    capabilities["future_keywords"] = latest(KEYWORDS);
    Some(capabilities)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_told_one_by_one() {
        let versions = versions();
        assert_eq!(versions.len(), 157);
        assert_eq!(&versions[4..7], ["v0.18.0", "v0.19.0-rc1", "v0.19.0"]);
        assert_eq!(versions.last().map(String::as_str), Some(super::super::VERSION));
    }

    #[test]
    fn every_version_and_every_builtin_of_the_tables_is_known() {
        let versions = versions();
        let (now, known) = (lictor_builtins::registry(), ["internal.print", "print"]);
        for (since, names) in BUILTINS {
            assert!(versions.iter().any(|version| version == since), "{since}");
            for name in names.split_whitespace() {
                assert!(now.get(name).is_some() || known.contains(&name), "{name}");
            }
        }
    }

    #[test]
    fn the_last_version_is_what_there_is_now() {
        assert_eq!(capabilities_of(super::super::VERSION), Some(capabilities(Version::V1)));
    }
}
