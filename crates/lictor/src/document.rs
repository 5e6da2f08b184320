//! The base document: data files merged into one frozen object.

use std::sync::Arc;

use lictor_value::{Arena, Frozen, Object, Value, json};

use crate::load::DataFile;

/// Why data files make no document.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// A file is not JSON or YAML.
    #[error("{file}: {message}")]
    Malformed {
        /// The file.
        file: String,
        /// What is wrong and where.
        message: String,
    },
    /// A file holds something other than an object.
    #[error("{file}: document must be of type object")]
    NotAnObject {
        /// The file.
        file: String,
    },
    /// Two files say different things of one path.
    #[error("{file}: merge error: conflicting values at data.{path}, also defined in {other}")]
    Conflict {
        /// The later file.
        file: String,
        /// The path, with dots.
        path: String,
        /// The earlier file.
        other: String,
    },
}

/// Merges data files into the base document.
///
/// # Errors
/// When a file is malformed, is no object, or contradicts another one.
pub fn merge(files: &[DataFile]) -> Result<Arc<Frozen>, DataError> {
    Frozen::try_build(|arena| {
        let mut all = Value::object(arena.one(Object::EMPTY));
        for (i, file) in files.iter().enumerate() {
            let mut document = read(arena, file)?;
            if document.as_object().is_none() && file.at.is_empty() {
                return Err(DataError::NotAnObject { file: file.name.clone() });
            }
            for key in file.at.iter().rev() {
                let key = Value::str(arena.slice(key.as_bytes()));
                document = Value::object(arena.one(Object::from_unsorted(arena, &mut vec![(key, document)])));
            }
            let mut path = Vec::new();
            all = join(arena, all, document, &mut path).ok_or_else(|| {
                let path: Vec<String> =
                    path.iter().map(|key| String::from_utf8_lossy(key.as_bytes().unwrap_or_default()).into()).collect();
                // The last earlier file is the likeliest; OPA names the one it finds.
                let other = files[..i].iter().rev().find(|f| read(arena, f).is_ok_and(|v| reaches(v, f, &path)));
                let other = other.map_or_else(String::new, |f| f.name.clone());
                DataError::Conflict { file: file.name.clone(), path: path.join("."), other }
            })?;
        }
        Ok(all)
    })
    .map(Arc::new)
}

fn reaches(document: Value<'_>, file: &DataFile, path: &[String]) -> bool {
    let below = path.strip_prefix(file.at.as_slice());
    below.is_some_and(|rest| rest.iter().try_fold(document, |v, key| v.get(Value::str(key.as_bytes()))).is_some())
}

fn read<'v>(arena: &'v Arena, file: &DataFile) -> Result<Value<'v>, DataError> {
    let malformed = |message: String| DataError::Malformed { file: file.name.clone(), message };
    if file.yaml {
        return yaml(arena, &file.bytes).map_err(malformed);
    }
    json::parse_compact(arena, &file.bytes).map_err(|e| malformed(e.to_string()))
}

/// Reads YAML (or JSON) as OPA's loader does: the value that its JSON form has.
///
/// # Errors
/// What is wrong, in words.
pub fn yaml<'v>(arena: &'v Arena, bytes: &[u8]) -> Result<Value<'v>, String> {
    lictor_builtins::yaml::value(arena, bytes)
}

/// Both documents as one, or `None` with the path where they contradict each other.
fn join<'v>(arena: &'v Arena, a: Value<'v>, b: Value<'v>, path: &mut Vec<Value<'v>>) -> Option<Value<'v>> {
    let (Some(x), Some(y)) = (a.as_object(), b.as_object()) else {
        return lictor_value::same(a, b).then_some(a);
    };
    let mut pairs: Vec<(Value<'v>, Value<'v>)> = x.iter().collect();
    for (key, val) in y.iter() {
        match x.keys().find(key) {
            None => pairs.push((key, val)),
            Some(at) => {
                path.push(key);
                pairs[at].1 = join(arena, x.vals()[at], val, path)?;
                path.pop();
            }
        }
    }
    Some(Value::object(arena.one(Object::from_unsorted(arena, &mut pairs))))
}
