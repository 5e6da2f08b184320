//! A revision: which texts a policy was made of, as one hash that decisions can be traced back by.
//!
//! Not a signature: whoever can change the texts can compute it. The hash depends on what files say and not on where they lie,
//! nor on the order in which they were given, so that the same texts have the same one on every machine. What was read from
//! Git repositories has their commits behind it.

use std::fmt::Write;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::builder::Builder;
use crate::git::Commit;
use crate::policy_set::{PolicySet, PolicySource};

/// The hashes of what a policy was made of, in hexadecimal.
pub(crate) struct Revision {
    /// Of everything, with the commits.
    pub(crate) whole: String,
    /// The commits that anything was read from.
    pub(crate) commits: Arc<[Commit]>,
    /// Names of sets, in their order, with names and hashes of each one's policies.
    pub(crate) sets: Vec<(String, Vec<(String, String)>)>,
}

impl Revision {
    pub(crate) fn of(builder: &Builder) -> Self {
        let mut parts: Vec<[u8; 32]> = Vec::new();
        let module = |text: &str| part("module", &[text.as_bytes()]);
        parts.extend(builder.loaded.modules.iter().map(|file| module(&file.text)));
        for file in &builder.loaded.data {
            let mut fields: Vec<&[u8]> = file.at.iter().map(String::as_bytes).collect();
            fields.push(&file.bytes);
            parts.push(part("data", &fields));
        }
        for query in &builder.queries {
            let package = query.package.as_deref().unwrap_or_default();
            let mut fields = vec![query.name.as_bytes(), query.text.as_bytes(), package.as_bytes()];
            fields.extend(query.imports.iter().map(String::as_bytes));
            parts.push(part("query", &fields));
        }
        for (path, schema) in builder.schemas.iter().flatten() {
            let mut fields: Vec<&[u8]> = path.iter().map(|name| name.as_bytes()).collect();
            fields.push(&schema.bytes);
            parts.push(part("schema", &fields));
        }
        parts.extend(builder.sets.iter().map(set));
        parts.sort_unstable();
        let fields: Vec<&[u8]> = parts.iter().map(<[u8; 32]>::as_slice).collect();
        let version = format!("{:?}", builder.version);
        let mut whole = hex(&part(&version, &fields));
        let of_sets = builder.sets.iter().flat_map(PolicySet::commits);
        let mut commits: Vec<Commit> = builder.loaded.commits.iter().chain(of_sets).cloned().collect();
        commits.sort();
        commits.dedup();
        let mut ids: Vec<&str> = commits.iter().map(|commit| commit.id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        for (at, id) in ids.into_iter().enumerate() {
            whole.push(if at == 0 { '@' } else { ',' });
            whole.push_str(id);
        }
        let policies =
            |set: &PolicySet| set.policies.iter().map(|policy| (policy.name.clone(), policy.hash())).collect();
        let commits = commits.into();
        Revision { whole, commits, sets: builder.sets.iter().map(|set| (set.name.clone(), policies(set))).collect() }
    }
}

impl PolicySource {
    /// The hash of the policy's text: SHA-256 in hexadecimal, as `sha256sum` prints it of the file.
    pub fn hash(&self) -> String {
        hex(&Sha256::digest(&self.text).into())
    }
}

/// Everything about a set that decides anything.
fn set(set: &PolicySet) -> [u8; 32] {
    let mut about = format!("{:?} {:?} {:?} {}", set.entity, set.events, set.scope, set.enforced);
    if let Some(rule) = set.on_state_error {
        let _ = write!(about, " {rule:?}");
    }
    let policies: Vec<[u8; 32]> = (set.policies.iter())
        .map(|policy| {
            let severity = format!("{:?}", policy.severity);
            let mut fields = vec![policy.name.as_bytes(), severity.as_bytes(), policy.text.as_bytes()];
            let parameters = policy.unit().2;
            if !parameters.is_empty() {
                fields.push(parameters.as_bytes());
            }
            part("policy", &fields)
        })
        .collect();
    let mut fields = vec![set.name.as_bytes(), about.as_bytes()];
    fields.extend(policies.iter().map(<[u8; 32]>::as_slice));
    part("set", &fields)
}

/// The hash of fields, each with its length, so that no two lists of them are alike.
fn part(kind: &str, fields: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for field in std::iter::once(&kind.as_bytes()).chain(fields) {
        hasher.update((field.len() as u64).to_le_bytes());
        hasher.update(field);
    }
    hasher.finalize().into()
}

fn hex(bytes: &[u8; 32]) -> String {
    bytes.iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn set_of(file: &str, enforced: bool, rego: &str) -> PolicySet {
        let text = format!(
            "{{name: s, entity: token, enforced: {enforced}, policies: [{{name: p, severity: error, rego: {rego:?}}}]}}"
        );
        PolicySet::parse(&text, Path::new(file)).unwrap()
    }

    const DENY: &str = "package a\n\ndeny if input.x == 1";

    #[test]
    fn a_revision_is_of_what_texts_say_and_not_of_where_they_lie() {
        let of = |file, enforced, rego, data: &str| {
            Revision::of(&Builder::new().sets(vec![set_of(file, enforced, rego)]).data(data)).whole
        };
        let first = of("a.yaml", true, DENY, "{}");
        assert_eq!(first.len(), 64);
        assert_eq!(first, of("elsewhere/b.yaml", true, DENY, "{}"));
        assert_ne!(first, of("a.yaml", false, DENY, "{}"));
        assert_ne!(first, of("a.yaml", true, "package a\n\ndeny if input.x == 2", "{}"));
        assert_ne!(first, of("a.yaml", true, DENY, r#"{"a": 1}"#));
    }

    #[test]
    fn the_order_of_modules_makes_no_difference_and_their_number_does() {
        let of = |texts: &[&str]| {
            Revision::of(&texts.iter().fold(Builder::new(), |builder, text| builder.module("m", *text))).whole
        };
        assert_eq!(of(&["package a", "package b"]), of(&["package b", "package a"]));
        assert_ne!(of(&["package a"]), of(&["package a", "package a"]));
    }

    #[test]
    fn the_hash_of_a_policy_is_that_of_its_text() {
        let mut set = set_of("a.yaml", true, DENY);
        set.policies[0].text = "abc".to_owned();
        // FIPS 180-2, appendix B.1.
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(set.policies[0].hash(), expected);
    }

    #[test]
    fn a_policy_tells_its_revision_and_the_hashes_of_its_sets_policies() {
        let set = set_of("a.yaml", true, DENY);
        let hash = set.policies[0].hash();
        let policy = Builder::new().sets(vec![set]).build().unwrap();
        assert_eq!(policy.policy_hash("s", "p"), Some(hash.as_str()));
        assert_eq!(policy.policy_hash("s", "q"), None);
        assert_eq!(policy.revision().len(), 64);
    }
}
