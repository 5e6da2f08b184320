//! What the sender says of every event: the flags of commands that read events whose payload does not say it itself.

use clap::Args;
use lictor::{Entity, Event, Place, Route};

#[derive(Args)]
pub(crate) struct SaidBySender {
    /// What every event is about, instead of what its payload says: token or api_key; needs --event
    #[arg(long, value_name = "ENTITY", requires = "event")]
    entity: Option<Entity>,

    /// What happened in every event, instead of what its payload says: create, update, rotate, revoke, use or save; needs
    /// --entity
    #[arg(long, value_name = "EVENT", requires = "entity")]
    event: Option<Event>,
}

impl SaidBySender {
    /// Where events belong; `None` where their payloads say it.
    pub(crate) fn route(&self) -> Option<Route<'static>> {
        let (entity, event) = self.entity.zip(self.event)?;
        Some(Route { entity, event, place: Place::default() })
    }
}
