//! Routing: which entity, event and place an event says it is about.
//!
//! [`crate::event`] tells where the words stand. Scalars are looked at first, so that the lens, which materialises what is
//! read and nothing else, builds no document to find out whether it is there; only what they do not tell is.

use lictor_value::Value;

use crate::error::Error;
use crate::event::{Entity, Event, Place, Route};

/// What is looked at, in this order: the indices below are positions in it.
pub(crate) const PATHS: [&[&str]; 19] = [
    &["metadata", "type"],
    &["metadata", "action"],
    &["metadata", "event"],
    &["event"],
    &["request", "method"],
    &["token", "scheduledExpireTime"],
    &["token", "accountIdentifier"],
    &["token", "orgIdentifier"],
    &["token", "projectIdentifier"],
    &["apiKey", "accountIdentifier"],
    &["apiKey", "orgIdentifier"],
    &["apiKey", "projectIdentifier"],
    &["apiKey", "identifier"],
    &["apiKey", "name"],
    &["token", "identifier"],
    &["token", "name"],
    &["token", "apiKeyType"],
    &["token", "id"],
    &["attributes", "request", "http", "method"],
];

const TYPE: usize = 0;
const ACTION: usize = 1;
const EVENT: [usize; 2] = [3, 2];
const METHOD: [usize; 2] = [4, 18];
const EXPIRES: usize = 5;
const TOKEN_PLACE: usize = 6;
const KEY_PLACE: usize = 9;
const KEY: [usize; 2] = [12, 13];
const TOKEN: [usize; 4] = [14, 15, 16, 17];

/// What an event that was read as a whole says of itself.
pub(crate) fn of_tree(tree: Value<'_>) -> Result<Route<'_>, Error> {
    of_reads(|position| at_path(tree, position), || Some(tree))
}

/// The value at a position of [`PATHS`] in an event that was read as a whole.
pub(crate) fn at_path(tree: Value<'_>, position: usize) -> Option<Value<'_>> {
    PATHS[position].iter().try_fold(tree, |value, key| value.get(Value::str(key.as_bytes())))
}

/// What an event says of itself. `at` gives the value at a position of [`PATHS`], `tree` all of the event: it is asked for only
/// where those values do not tell, as of a token that has nothing but dates.
pub(crate) fn of_reads<'v>(
    at: impl Fn(usize) -> Option<Value<'v>>,
    tree: impl FnOnce() -> Option<Value<'v>>,
) -> Result<Route<'v>, Error> {
    let text = |position| at(position).and_then(Value::as_text);
    let has = |positions: &[usize]| positions.iter().any(|position| at(*position).is_some());
    let requested = has(&METHOD);
    let entity = match at(TYPE) {
        Some(word) => {
            let known = word.as_text().and_then(|word| word.parse().ok());
            known.ok_or(Error::Unrouted("`metadata.type` is neither `token` nor `apikey`"))?
        }
        None if has(&KEY) => Entity::ApiKey,
        None if requested || has(&TOKEN) => Entity::Token,
        None => {
            let tree = tree().ok_or(NEITHER)?;
            tree.as_object().ok_or(NO_OBJECT)?;
            entity_of(tree).ok_or(NEITHER)?
        }
    };
    let said = EVENT.into_iter().find_map(&at);
    let event = match said {
        Some(word) => {
            let known = word.as_text().and_then(|word| word.parse().ok());
            known.ok_or(Error::Unrouted("its `event` is none of create, update, rotate, revoke, use, save"))?
        }
        None if entity == Entity::Token && at(EXPIRES).is_some() => Event::Rotate,
        None if requested && text(ACTION) != Some("onsave") => Event::Use,
        None => Event::Save,
    };
    let first = if entity == Entity::Token { TOKEN_PLACE } else { KEY_PLACE };
    let place = Place { account: text(first), org: text(first + 1), project: text(first + 2) };
    Ok(Route { entity, event, place })
}

/// Where many events were meant, one is told how to write them.
pub(crate) const NO_OBJECT: Error =
    Error::Unrouted("it is not an object; many events are written one a line, as .ndjson");

const NEITHER: Error = Error::Unrouted("it has neither `metadata.type` nor a `token`, an `apiKey` or a `request`");

/// What an event is about by the objects that it has.
fn entity_of(tree: Value<'_>) -> Option<Entity> {
    let has = |key: &str| tree.get(Value::str(key.as_bytes())).is_some_and(|value| value.as_object().is_some());
    if has("apiKey") { Some(Entity::ApiKey) } else { (has("token") || has("request")).then_some(Entity::Token) }
}

#[cfg(test)]
mod tests {
    use lictor_value::{Arena, json};

    use super::*;

    fn routed(event: &str) -> Result<(Entity, Event), String> {
        let arena = Arena::default();
        let tree = json::parse(&arena, event.as_bytes()).unwrap();
        of_tree(tree).map(|route| (route.entity, route.event)).map_err(|e| e.to_string())
    }

    #[test]
    fn events_say_what_they_are_about() {
        let cases = [
            (r#"{"metadata":{"type":"token","action":"onsave"},"token":{}}"#, Entity::Token, Event::Save),
            (r#"{"metadata":{"type":"apikey"},"apiKey":{}}"#, Entity::ApiKey, Event::Save),
            (r#"{"metadata":{"type":"token"},"token":{"scheduledExpireTime":1}}"#, Entity::Token, Event::Rotate),
            (r#"{"request":{"method":"GET"},"token":{"id":"t"}}"#, Entity::Token, Event::Use),
            (r#"{"attributes":{"request":{"http":{"method":"GET"}}}}"#, Entity::Token, Event::Use),
            (r#"{"event":"revoke","token":{"id":"t"}}"#, Entity::Token, Event::Revoke),
            (r#"{"event":"create","token":{"validTo":1}}"#, Entity::Token, Event::Create),
            (r#"{"event":"update","apiKey":{}}"#, Entity::ApiKey, Event::Update),
            (r#"{"event":"use","request":{"path":"/"}}"#, Entity::Token, Event::Use),
            (r#"{"apiKey":{"name":"k"},"metadata":{"event":"create"}}"#, Entity::ApiKey, Event::Create),
        ];
        for (event, entity, kind) in cases {
            assert_eq!(routed(event), Ok((entity, kind)), "{event}");
        }
    }

    #[test]
    fn an_event_that_does_not_say_is_refused() {
        for event in [
            "{}",
            "[]",
            "3",
            r#"{"token":3,"event":"use"}"#,
            r#"{"metadata":{"type":"pipeline"}}"#,
            r#"{"token":{"id":1},"event":"burn"}"#,
        ] {
            assert!(routed(event).is_err(), "{event}");
        }
        assert!(routed("[{\"token\": {}}]").unwrap_err().contains("not an object"), "an array of events is none");
    }
}
