//! Which kinds of events come, and how often.

use crate::random::Random;

/// A kind of event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A token is created.
    TokenCreate,
    /// A token is updated.
    TokenUpdate,
    /// A token is rotated; half of these show the old token, which has a `scheduledExpireTime`.
    TokenRotate,
    /// An API key is created.
    ApiKeyCreate,
    /// A request reaches a gateway with an introspected token.
    Request,
    /// A request reaches Envoy; the token's claims are in the metadata of the JWT filter.
    Envoy,
    /// A personal access token is seen in an inventory.
    Inventory,
}

/// A mix of kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mix {
    /// Token events only, for the seed policies.
    Seed,
    /// What a whole platform sees, for the sample library.
    Main,
}

impl Mix {
    /// The mix of that name: `seed` or `main`.
    pub fn named(name: &str) -> Option<Mix> {
        match name {
            "seed" => Some(Mix::Seed),
            "main" => Some(Mix::Main),
            _ => None,
        }
    }

    pub(crate) fn pick(self, random: &mut Random) -> Kind {
        match self {
            Mix::Seed => random.weighted(&[(6, Kind::TokenCreate), (3, Kind::TokenUpdate), (2, Kind::TokenRotate)]),
            Mix::Main => random.weighted(&[
                (70, Kind::Request),
                (15, Kind::Envoy),
                (6, Kind::TokenCreate),
                (3, Kind::TokenUpdate),
                (2, Kind::TokenRotate),
                (2, Kind::ApiKeyCreate),
                (2, Kind::Inventory),
            ]),
        }
    }

    /// Of 100,000 events of a kind, how many have something that should be denied, if 5 % of all events are to.
    ///
    /// In the main mix 3.5 of the 5 points fall on gateway requests and 1.5 on token events; Envoy, keys and the
    /// inventory have none.
    pub(crate) fn denied(self, kind: Kind) -> u32 {
        match (self, kind) {
            (Mix::Seed, _) => 5_000,
            (Mix::Main, Kind::Request) => 5_000,
            (Mix::Main, Kind::TokenCreate | Kind::TokenUpdate | Kind::TokenRotate) => 13_636,
            (Mix::Main, Kind::ApiKeyCreate | Kind::Envoy | Kind::Inventory) => 0,
        }
    }
}
