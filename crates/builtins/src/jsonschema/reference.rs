//! References to schemas: a URL, and within the document that it names a JSON pointer.

use lictor_value::text::lossy;
use lictor_value::{Value, View};

use crate::url::Url;

/// A reference.
#[derive(Clone, Debug)]
pub(crate) struct Reference {
    url: Url,
}

impl Reference {
    /// Reads a reference.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, String> {
        Url::parse(text).map(|url| Reference { url })
    }

    /// The reference that means nothing: the document itself.
    pub(crate) fn empty() -> Self {
        Reference { url: Url::default() }
    }

    pub(crate) fn text(&self) -> String {
        lossy(&self.url.to_bytes()).into_owned()
    }

    /// The same without the pointer: the document.
    pub(crate) fn document(&self) -> String {
        let url = Url { fragment: Vec::new(), raw_fragment: Vec::new(), ..self.url.clone() };
        lossy(&url.to_bytes()).into_owned()
    }

    /// Whether it can be followed without knowing where it stands.
    pub(crate) fn is_canonical(&self) -> bool {
        match &self.url.scheme[..] {
            b"file" => self.url.path.first() == Some(&b'/'),
            scheme => !scheme.is_empty() && !self.url.host.is_empty(),
        }
    }

    /// What a reference that stands below this one means.
    pub(crate) fn resolve(&self, below: &Reference) -> Option<Reference> {
        let base = Url { fragment: Vec::new(), ..self.url.clone() };
        Reference::parse(&base.resolve(&below.url).to_bytes()).ok()
    }

    /// The part of a document that the pointer leads to; all of it where the fragment is no pointer.
    pub(crate) fn follow<'v>(&self, document: Value<'v>) -> Result<Value<'v>, String> {
        let Some(pointer) = self.url.fragment.strip_prefix(b"/") else {
            return Ok(document);
        };
        let pointer = lossy(pointer);
        let mut node = document;
        for token in pointer.split('/') {
            node = match node.view() {
                View::Object(object) => {
                    let key = token.replace("~1", "/").replace("~0", "~");
                    object.get_str(&key).ok_or_else(|| format!("Object has no key '{key}'"))?
                }
                View::Array(items) => {
                    let index = token.parse::<i64>().map_err(|_| format!("Invalid array index '{token}'"))?;
                    let item = usize::try_from(index).ok().and_then(|index| items.get(index).copied());
                    item.ok_or_else(|| format!("Out of bound array[0,{}] index '{index}'", items.len()))?
                }
                _ => return Err(format!("Invalid token reference '{token}'")),
            };
        }
        Ok(node)
    }
}

#[cfg(test)]
mod tests {
    use lictor_value::{Arena, json};

    use super::*;

    #[test]
    fn pointers_lead_into_documents() {
        let arena = Arena::default();
        let document = json::parse(&arena, br#"{"a/b": [1, {"~": 2}]}"#).expect("it is JSON");
        let follow = |text: &str| {
            let found = Reference::parse(text.as_bytes()).expect("it is a reference").follow(document);
            found.map(|value| value.as_int())
        };
        assert_eq!(follow("#/a~1b/1/~0"), Ok(Some(2)));
        assert_eq!(follow("#name"), Ok(None));
        assert_eq!(follow("#/c"), Err("Object has no key 'c'".to_owned()));
        assert_eq!(follow("#/a~1b/2"), Err("Out of bound array[0,2] index '2'".to_owned()));
        assert_eq!(follow("#/a~1b/x"), Err("Invalid array index 'x'".to_owned()));
        assert_eq!(follow("#/a~1b/0/x"), Err("Invalid token reference 'x'".to_owned()));
    }
}
