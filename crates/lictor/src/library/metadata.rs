//! What a policy of the library says of itself: the `# METADATA` block above its package.

use lictor_syntax::Version;
use lictor_syntax::ast::AnnotationTarget;
use serde::{Deserialize, Serializer};
use serde_json::{Map, Value as Json};

use super::{Entry, Files, LibraryError, Parameter};
use crate::event::{Entity, Event, Events};
use crate::policy_set::Severity;

#[derive(Deserialize)]
struct Metadata {
    title: String,
    description: String,
    custom: Custom,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Custom {
    id: String,
    entity: Entity,
    events: Vec<Event>,
    severity: Severity,
    controls: Vec<String>,
    unverified: Vec<String>,
    requires: Vec<String>,
    optional: Vec<String>,
    #[serde(default)]
    switches: Vec<String>,
    parameters: Map<String, Json>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Described {
    default: Json,
    #[serde(rename = "type")]
    kind: String,
    description: String,
}

/// Reads what a policy says of itself.
pub(super) fn read(files: &Files) -> Result<Entry, LibraryError> {
    let malformed = |message: String| LibraryError::Malformed { file: files.id.to_owned(), message };
    let parsed = lictor_syntax::parse_module(files.id, files.source, Version::V1);
    let module = parsed.tree.ok_or_else(|| malformed("it is not Rego".to_owned()))?;
    let block = module.annotations.iter().find(|block| block.target == AnnotationTarget::Package);
    let block = block.ok_or_else(|| malformed("no METADATA stands above its package".to_owned()))?;
    let Metadata { title, description, custom } =
        serde_norway::from_str(&block.yaml).map_err(|e| malformed(format!("METADATA: {e}")))?;
    if custom.id != files.id {
        return Err(malformed(format!("it calls itself `{}`", custom.id)));
    }
    let parameters = custom.parameters.into_iter().map(|(name, said)| {
        let Described { default, kind, description } =
            serde_json::from_value(said).map_err(|e| malformed(format!("parameter {name}: {e}")))?;
        Ok(Parameter { name, default, kind, description })
    });
    Ok(Entry {
        id: custom.id,
        title,
        description,
        entity: custom.entity,
        events: Events::of(&custom.events),
        severity: custom.severity,
        controls: custom.controls,
        unverified: custom.unverified,
        requires: custom.requires,
        optional: custom.optional,
        switches: custom.switches,
        parameters: parameters.collect::<Result<_, _>>()?,
        source: files.source,
        tests: files.tests,
        allowed: files.allowed,
        denied: files.denied,
        data: files.data,
    })
}

/// Events as a list of words.
pub(super) fn events_as_list<S: Serializer>(events: &Events, to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(events.iter())
}
