//! A capabilities file, read: which builtins, keywords and features policies may use, and which hosts they may reach.
//!
//! What is not in it is not there: a call of another builtin is one of an undefined function, whether it is written or put
//! in a builtin's place by `with`.

use std::collections::{BTreeMap, BTreeSet};

use lictor_syntax::ast::Import;
use lictor_syntax::{Code, Diagnostic, Dialect, Module, Rule, TermKind, Version, has_name, reference_text};
use lictor_value::Registry;
use serde_json::Value as Json;

use super::{capabilities_of, declared};

/// What policies may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// By name, what the file says of each.
    builtins: BTreeMap<String, Json>,
    features: BTreeSet<String>,
    future_keywords: BTreeSet<String>,
    allow_net: Option<Vec<String>>,
}

/// Why there are no such capabilities.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CapabilitiesError {
    /// Neither a file nor a version that is known.
    #[error("no such file or capabilities version found: {0}")]
    Unknown(String),
    /// A file that cannot be read as capabilities.
    #[error("{path}: {why}")]
    Unreadable {
        /// The file.
        path: String,
        /// What is wrong with it.
        why: String,
    },
}

/// The keywords of v1 that v0 imports, and those that v1 imports.
const OF_V1: [&str; 4] = ["contains", "every", "if", "in"];
const OF_V2: [&str; 3] = ["and", "not", "or"];

impl Capabilities {
    /// Reads the text of a capabilities file.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    ///
    /// ```
    /// use lictor::{Builder, capabilities::Capabilities};
    ///
    /// let few = r#"{"builtins": [{"name": "count"}], "features": ["rego_v1"]}"#;
    /// let checked = Builder::new()
    ///     .capabilities(Capabilities::read(few.as_bytes())?)
    ///     .module("p.rego", "package p\n\nn := count(input.x)\n\nl := lower(input.y)")
    ///     .check();
    /// assert!(checked.unwrap_err().to_string().contains("undefined function lower"));
    /// # Ok::<(), String>(())
    /// ```
    pub fn read(text: &[u8]) -> Result<Self, String> {
        let json: Json = serde_json::from_slice(text).map_err(|error| error.to_string())?;
        let fields = json.as_object().ok_or("capabilities are an object")?;
        let list = |name: &str| match fields.get(name) {
            None | Some(Json::Null) => Ok(None),
            Some(Json::Array(items)) => Ok(Some(items)),
            Some(_) => Err(format!("{name} is a list")),
        };
        let texts = |name: &str| -> Result<Option<Vec<String>>, String> {
            let text = |item: &Json| item.as_str().map(str::to_owned).ok_or_else(|| format!("{name} holds texts"));
            list(name)?.map(|items| items.iter().map(text).collect()).transpose()
        };
        let builtin = |item: &Json| {
            let name = item["name"].as_str().map(str::to_owned).ok_or("a builtin has no name")?;
            Ok::<_, &str>((name, item.clone()))
        };
        Ok(Capabilities {
            builtins: list("builtins")?.into_iter().flatten().map(builtin).collect::<Result<_, _>>()?,
            features: texts("features")?.into_iter().flatten().collect(),
            future_keywords: texts("future_keywords")?.into_iter().flatten().collect(),
            allow_net: texts("allow_net")?,
        })
    }

    /// The capabilities of a file, or of a version of OPA ([`super::versions`]).
    ///
    /// # Errors
    /// When there is neither, or the file is none of capabilities.
    pub fn find(path_or_version: &str) -> Result<Self, CapabilitiesError> {
        let unreadable = |why: String| CapabilitiesError::Unreadable { path: path_or_version.to_owned(), why };
        let of_version = || capabilities_of(path_or_version).map(|known| Self::read(known.to_string().as_bytes()));
        match std::fs::read(path_or_version) {
            Ok(text) => Self::read(&text).map_err(unreadable),
            Err(error) => match of_version() {
                Some(known) => known.map_err(unreadable),
                None if error.kind() == std::io::ErrorKind::NotFound => {
                    Err(CapabilitiesError::Unknown(path_or_version.to_owned()))
                }
                None => Err(unreadable(error.to_string())),
            },
        }
    }

    /// The hosts that policies may reach; any where nothing is said of them.
    pub fn hosts(&self) -> Option<&[String]> {
        self.allow_net.as_deref()
    }

    /// Takes away the builtins that may not be used, and declares the others as the file does.
    pub(crate) fn restrict(&self, registry: &mut Registry) {
        let missing: Vec<&str> =
            registry.iter().map(|builtin| builtin.name).filter(|name| !self.builtins.contains_key(*name)).collect();
        missing.into_iter().for_each(|name| registry.remove(name));
        self.builtins.iter().for_each(|(name, said)| declared::put(name, said, registry));
    }

    /// The dialect of a version, without what it may not use.
    pub(crate) fn dialect(&self, version: Version) -> Dialect {
        let dialect = Dialect::new(version);
        let templates = dialect.templates && self.has("template_strings");
        Dialect { templates, keywords_in_refs: self.has("keywords_in_refs"), ..dialect }
    }

    /// What is wrong with the capabilities themselves for modules of a version, in OPA's words.
    pub(crate) fn fault(&self, version: Version) -> Option<String> {
        if version == Version::V1 && !self.has("rego_v1") {
            return Some("illegal capabilities: rego_v1 feature required for parsing v1 Rego".to_owned());
        }
        let known = |word: &&String| OF_V1.contains(&word.as_str()) || OF_V2.contains(&word.as_str());
        let unknown = self.future_keywords.iter().find(|word| !known(word))?;
        Some(format!("illegal capabilities: unknown keyword: {unknown}"))
    }

    /// Imports of a module that may not be used.
    pub(crate) fn refused(&self, module: &Module, version: Version) -> Vec<Diagnostic> {
        let refusal = |import: &Import| {
            let path: Vec<&str> = import.path.iter().map(|name| &**name).collect();
            match path[..] {
                ["future", "keywords", word] => {
                    let allowed = self.keywords(version);
                    let list = allowed.iter().copied().collect::<Vec<_>>().join(" ");
                    (!allowed.contains(word)).then(|| format!("unexpected keyword, must be one of [{list}]"))
                }
                ["rego", one @ ("v1" | "v2")] => {
                    let has = self.has(&format!("rego_{one}_import")) || self.has("rego_v2");
                    let has = has || one == "v1" && self.has("rego_v1");
                    (!has).then(|| format!("invalid import, `rego.{one}` is not supported by current capabilities"))
                }
                _ => None,
            }
        };
        let found = module.imports.iter().filter_map(|import| Some((import, refusal(import)?)));
        found.map(|(import, why)| Diagnostic::new(Code::Parse, why, &module.source, import.path_span)).collect()
    }

    /// Heads of a module's rules that may not be used.
    pub(crate) fn refused_heads(&self, module: &Module) -> Vec<Diagnostic> {
        let all = ["rule_head_refs", "rego_v1", "rego_v2"].iter().any(|feature| self.has(feature));
        let constant = all || self.has("rule_head_ref_string_prefixes");
        if all {
            return vec![];
        }
        let refusal = |rule: &Rule| {
            let head = &rule.head;
            if !constant && !has_name(rule) {
                return Some((Code::Compile, "rule heads with refs are not supported"));
            }
            let prefix = if head.contains || head.key.is_some() { 0 } else { 1 };
            let segments = head.reference.get(1..head.reference.len().saturating_sub(prefix)).unwrap_or_default();
            let general = segments.iter().any(|segment| !matches!(segment.kind, TermKind::String(_)));
            general.then_some((Code::Type, "rule heads with general refs (containing variables) are not supported"))
        };
        let refused = module.rules.iter().filter_map(|rule| {
            let (code, why) = refusal(rule)?;
            // A member of a set is the last part of the name to OPA.
            let mut reference = rule.head.reference.clone();
            reference.extend(rule.head.key.clone().filter(|_| !rule.head.contains));
            let message = format!("{why}: {}", reference_text(&reference));
            Some(Diagnostic::new(code, message, &module.source, rule.span))
        });
        refused.collect()
    }

    fn has(&self, feature: &str) -> bool {
        self.features.contains(feature)
    }

    /// The keywords that modules of a version may import.
    fn keywords(&self, version: Version) -> BTreeSet<&str> {
        let listed = self.future_keywords.iter().map(String::as_str);
        match version {
            Version::V1 => listed.filter(|word| OF_V2.contains(word)).chain(OF_V1).collect(),
            Version::V0 if self.has("rego_v1") => listed.chain(OF_V1).collect(),
            Version::V0 => listed.collect(),
        }
    }
}
