//! The documents and parts of documents that references can lead to.
//!
//! A document is known by its URL, and its parts by their `$id`s; what else a reference leads to is found by its pointer.
//! Nothing is fetched: besides the schema itself only the schemas of the drafts are known, which
//! <https://json-schema.org> publishes (`draft-*.json` here are these).

use std::collections::HashMap;
use std::ptr::from_ref;

use lictor_value::{Arena, Object, Value, View, effort, json};

use super::reference::Reference;
use super::schema::Draft;

/// How deeply a schema may nest.
pub(crate) const MAX_DEPTH: usize = 150;

const DRAFTS: [(&str, Draft, &str); 3] = [
    ("http://json-schema.org/draft-04/schema", Draft::Four, include_str!("draft-04.json")),
    ("http://json-schema.org/draft-06/schema", Draft::Six, include_str!("draft-06.json")),
    ("http://json-schema.org/draft-07/schema", Draft::Seven, include_str!("draft-07.json")),
];

/// A document or a part of one, and the draft that its document names.
#[derive(Clone, Copy)]
pub(crate) struct Document<'v> {
    pub(crate) value: Value<'v>,
    pub(crate) draft: Option<Draft>,
}

/// The documents that are known.
pub(crate) struct Pool<'v> {
    arena: &'v Arena,
    documents: HashMap<String, Document<'v>>,
    /// What `$ref`s mean where they stand, by the objects that have them. Each object is in one place, as documents are
    /// read from text.
    references: HashMap<*const Object<'v>, String>,
}

impl<'v> Pool<'v> {
    pub(crate) fn new(arena: &'v Arena) -> Self {
        Pool { arena, documents: HashMap::new(), references: HashMap::new() }
    }

    /// Adds a document by its URL; the draft that it names.
    pub(crate) fn add(&mut self, value: Value<'v>, at: &Reference) -> Result<Option<Draft>, String> {
        let text = at.text();
        if self.documents.contains_key(&text) {
            return Err(format!("Reference already exists: \"{text}\""));
        }
        let draft = named_draft(value)?;
        self.add_parts(value, at, draft, 0)?;
        self.documents.insert(text, Document { value, draft });
        Ok(draft)
    }

    fn add_parts(
        &mut self,
        value: Value<'v>,
        at: &Reference,
        draft: Option<Draft>,
        depth: usize,
    ) -> Result<(), String> {
        if depth > 2 * MAX_DEPTH || !effort::spend(1) {
            return Err(format!("schema is nested more than {MAX_DEPTH} levels deep"));
        }
        if let Some(items) = value.as_array() {
            return items.iter().try_for_each(|item| self.add_parts(*item, at, draft, depth + 1));
        }
        let Some(object) = value.as_object() else { return Ok(()) };
        let id = object.get_str("id").or_else(|| object.get_str("$id"));
        let below = |text: Option<Value<'v>>, at: &Reference| at.resolve(&Reference::parse(text?.as_bytes()?).ok()?);
        let own = below(id, at);
        if let Some(own) = &own {
            let text = own.text();
            if self.documents.contains_key(&text) {
                return Err(format!("Reference already exists: \"{text}\""));
            }
            self.documents.insert(text, Document { value, draft });
        }
        let at = own.as_ref().unwrap_or(at);
        if let Some(reference) = below(object.get_str("$ref"), at) {
            self.references.insert(from_ref(object), reference.text());
        }
        for (key, part) in object.iter() {
            match key.as_bytes() {
                Some(b"const" | b"enum") => {}
                Some(b"properties" | b"dependencies" | b"patternProperties") => {
                    for (_, schema) in part.as_object().into_iter().flat_map(Object::iter) {
                        self.add_parts(schema, at, draft, depth + 1)?;
                    }
                }
                _ => self.add_parts(part, at, draft, depth + 1)?,
            }
        }
        Ok(())
    }

    /// What an object's `$ref` means, if it could be resolved.
    pub(crate) fn meaning(&self, object: &Object<'v>) -> Option<&str> {
        self.references.get(&from_ref(object)).map(String::as_str)
    }

    /// What a reference leads to.
    pub(crate) fn get(&mut self, reference: &Reference) -> Result<Document<'v>, String> {
        let text = reference.text();
        if let Some(document) = self.documents.get(&text) {
            return Ok(*document);
        }
        let name = reference.document();
        let (document, known) = match self.documents.get(&name) {
            Some(document) => (*document, true),
            None if !reference.is_canonical() => return Err(format!("Reference {text} must be canonical")),
            None => (self.load(&name, &text)?, false),
        };
        let part = Document { value: reference.follow(document.value)?, ..document };
        if known {
            self.documents.insert(text, part);
        }
        Ok(part)
    }

    fn load(&mut self, name: &str, reference: &str) -> Result<Document<'v>, String> {
        let Some((_, _, text)) = DRAFTS.iter().find(|(url, _, _)| *url == name) else {
            return Err(format!("remote reference loading disabled: {reference}"));
        };
        let value = json::parse(self.arena, text.as_bytes()).map_err(|error| error.to_string())?;
        let draft = self.add(value, &Reference::parse(name.as_bytes())?)?;
        Ok(Document { value, draft })
    }
}

/// The draft that a schema names.
fn named_draft(schema: Value<'_>) -> Result<Option<Draft>, String> {
    match schema.view() {
        View::Bool(_) => Ok(None),
        View::Object(object) => match object.get_str("$schema") {
            None => Ok(None),
            Some(url) => {
                let url = url.as_bytes().ok_or("$schema must be of type string")?;
                let url = Reference::parse(url)?.text();
                Ok(DRAFTS.iter().find(|(known, _, _)| *known == url).map(|(_, draft, _)| *draft))
            }
        },
        _ => Err("schema is invalid".to_owned()),
    }
}
