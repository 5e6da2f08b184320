//! JSON schemas for the check of types: from files to what the compiler takes. What schemas mean is `lictor-builtins`' to
//! know, what they do to types the compiler's.

use std::collections::BTreeMap;

use lictor_compiler::Schemas;
use lictor_syntax::Name;

use crate::error::BuildError;

/// Schemas, by the names that lead to them below `schema`.
pub(crate) type SchemaFiles = BTreeMap<Vec<Name>, SchemaFile>;

/// A schema, not read yet.
#[derive(Clone, PartialEq)]
pub(crate) struct SchemaFile {
    /// What messages call it.
    pub(crate) name: String,
    /// Its content, JSON or YAML.
    pub(crate) bytes: Vec<u8>,
}

/// The schemas of files, and how those are read that annotations write out.
///
/// # Errors
/// A file that is neither JSON nor YAML. A schema that is none is the compiler's to report.
pub(crate) fn read(files: Option<&SchemaFiles>) -> Result<Schemas, BuildError> {
    let Some(files) = files else { return Ok(Schemas { given: None, read: shape }) };
    let mut given = BTreeMap::new();
    for (path, file) in files {
        let wrong = |why| BuildError::Schema { name: file.name.clone(), why };
        let json = crate::json_of_yaml(file.bytes.clone()).map_err(wrong)?;
        given.insert(path.clone(), shape(&json));
    }
    Ok(Schemas { given: Some(given), read: shape })
}

#[cfg(feature = "jsonschema")]
use lictor_builtins::jsonschema::shape;

#[cfg(not(feature = "jsonschema"))]
fn shape(_: &[u8]) -> Result<lictor_value::Shape, String> {
    Err("a schema needs the feature `jsonschema` of lictor, which is switched off".to_owned())
}
