//! What an event is about: the entity, what happens to it, and where.
//!
//! Policy sets name an entity, events and a scope; an event says its own in the payload, or its sender does
//! ([`Route`]). The payload's own words are read from these places, the first that is there:
//!
//! | what | where |
//! |---|---|
//! | entity | `metadata.type` (`token`, `apikey`), else `token` or `apiKey` or `request` at the top |
//! | event | `event` or `metadata.event` (`create`, `update`, `rotate`, `revoke`, `use`, `save`), else `rotate` where `token.scheduledExpireTime` is set, else `save` where `metadata.action` is `onsave`, else `use` where there is a `request` |
//! | scope | `accountIdentifier`, `orgIdentifier`, `projectIdentifier` of the token or key |

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entity {
    /// A token.
    Token,
    /// An API key.
    ApiKey,
}

/// What happens to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// It is made.
    Create,
    /// It is changed.
    Update,
    /// It is replaced by a new one.
    Rotate,
    /// It is taken back.
    Revoke,
    /// A request uses it.
    Use,
    /// It is made or changed; the payload does not say which.
    Save,
}

/// A set of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Events(u8);

/// Where an event belongs: an account, an organization in it, a project in that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Place<'e> {
    /// The account.
    pub account: Option<&'e str>,
    /// The organization.
    pub org: Option<&'e str>,
    /// The project.
    pub project: Option<&'e str>,
}

/// What an event is about, said by its sender instead of its payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route<'e> {
    /// What it is about.
    pub entity: Entity,
    /// What happens.
    pub event: Event,
    /// Where.
    pub place: Place<'e>,
}

impl Events {
    /// Create, update and rotate: what "on save" means.
    pub const ON_SAVE: Events = Events(1 << Event::Create as u8 | 1 << Event::Update as u8 | 1 << Event::Rotate as u8);

    /// These events.
    pub fn of(events: &[Event]) -> Self {
        Events(events.iter().fold(0, |all, event| all | Events::bits(*event)))
    }

    /// Whether a set for these events judges one that is said to be `event`. One that only says "saved" meets a set for
    /// creating or for updating: better judged once more than waved through.
    pub fn includes(self, event: Event) -> bool {
        self.0 & Events::bits(event) != 0
    }

    const fn bits(event: Event) -> u8 {
        match event {
            Event::Save => 1 << Event::Create as u8 | 1 << Event::Update as u8,
            event => 1 << event as u8,
        }
    }

    /// The events in it.
    pub fn iter(self) -> impl Iterator<Item = Event> {
        [Event::Create, Event::Update, Event::Rotate, Event::Revoke, Event::Use]
            .into_iter()
            .filter(move |event| self.0 & (1 << *event as u8) != 0)
    }

    /// Both sets together.
    #[must_use]
    pub fn with(self, other: Events) -> Self {
        Events(self.0 | other.0)
    }
}

impl Entity {
    /// Both.
    pub const ALL: [Entity; 2] = [Entity::Token, Entity::ApiKey];

    /// The name that files and output use.
    pub fn as_str(self) -> &'static str {
        match self {
            Entity::Token => "token",
            Entity::ApiKey => "api_key",
        }
    }
}

impl Event {
    /// The name that files and output use.
    pub fn as_str(self) -> &'static str {
        match self {
            Event::Create => "create",
            Event::Update => "update",
            Event::Rotate => "rotate",
            Event::Revoke => "revoke",
            Event::Use => "use",
            Event::Save => "save",
        }
    }
}

impl fmt::Display for Entity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that names no entity or event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is no {what}; it is one of {choices}")]
pub struct UnknownWord {
    word: String,
    what: &'static str,
    choices: &'static str,
}

impl FromStr for Entity {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        match word {
            "token" => Ok(Entity::Token),
            "api_key" | "apikey" | "api-key" | "apiKey" => Ok(Entity::ApiKey),
            _ => Err(UnknownWord { word: word.to_owned(), what: "entity", choices: "token, api_key" }),
        }
    }
}

impl FromStr for Event {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        Ok(match word {
            "create" => Event::Create,
            "update" => Event::Update,
            "rotate" => Event::Rotate,
            "revoke" => Event::Revoke,
            "use" => Event::Use,
            "save" | "onsave" | "on_save" => Event::Save,
            _ => {
                let choices = "create, update, rotate, revoke, use, save";
                return Err(UnknownWord { word: word.to_owned(), what: "event", choices });
            }
        })
    }
}

impl FromStr for Events {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        match word {
            "on_save" | "onsave" => Ok(Events::ON_SAVE),
            "on_use" | "onuse" => Ok(Events::of(&[Event::Use])),
            word => word.parse().map(|event| Events::of(&[event])).map_err(|_| UnknownWord {
                word: word.to_owned(),
                what: "event of a policy set",
                choices: "on_save, on_use, create, update, rotate, revoke, use",
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_save_means_create_update_and_rotate() {
        let events: Events = "on_save".parse().unwrap();
        assert_eq!(events.iter().collect::<Vec<_>>(), [Event::Create, Event::Update, Event::Rotate]);
        assert!(!events.includes(Event::Use) && !events.includes(Event::Revoke));
    }

    #[test]
    fn an_event_that_only_says_saved_meets_sets_for_creating_or_updating() {
        assert!(Events::of(&[Event::Create]).includes(Event::Save));
        assert!(Events::of(&[Event::Update]).includes(Event::Save));
        assert!(!Events::of(&[Event::Rotate]).includes(Event::Save));
    }

    #[test]
    fn a_word_that_is_no_event_says_what_is() {
        let error = "onSvae".parse::<Event>().unwrap_err().to_string();
        assert_eq!(error, "`onSvae` is no event; it is one of create, update, rotate, revoke, use, save");
    }
}
