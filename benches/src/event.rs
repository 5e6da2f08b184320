//! The events: an endless iterator of JSON documents.

use crate::json::object;
use crate::mix::{Kind, Mix};
use crate::random::Random;
use crate::{inventory, request, token};

/// The events of a seed.
pub struct Events {
    random: Random,
    mix: Mix,
    denied: u32,
    malformed: u32,
    /// The events' own clock, in ms since 1970.
    now_ms: u64,
}

/// When the first event happens: 2026-01-15T00:00:00Z, some weeks before the dates in the seed policies.
const BEGINNING_MS: u64 = 1_768_435_200_000;

/// One of 100 events has a value of the wrong type.
const MALFORMED: u32 = 1_000;

impl Events {
    /// The events of `seed` in `mix`, about 5 % of which should be denied.
    pub fn new(seed: u64, mix: Mix) -> Self {
        Events::denied(seed, mix, 5)
    }

    /// The same with another share of denials, in percent of those kinds that policies deny at all. Malformed events
    /// come on top: some of these are denied too.
    pub fn denied(seed: u64, mix: Mix, percent: u32) -> Self {
        Events { random: Random::new(seed), mix, denied: percent.min(100), malformed: MALFORMED, now_ms: BEGINNING_MS }
    }

    /// The same without values of the wrong type, for contenders that trip over these.
    #[must_use]
    pub fn well_formed(mut self) -> Self {
        self.malformed = 0;
        self
    }

    /// The next event and what kind it is.
    pub fn next_with_kind(&mut self) -> (Kind, String) {
        self.now_ms += self.random.below(20);
        let kind = self.mix.pick(&mut self.random);
        let share = (self.mix.denied(kind) * self.denied / 5).min(100_000);
        let faulty = self.random.happens(share);
        let malformed = self.random.happens(self.malformed);
        let random = &mut self.random;
        let event = match kind {
            Kind::TokenCreate | Kind::TokenUpdate | Kind::TokenRotate => {
                let fault = faulty.then(|| token::Fault::pick(random, self.mix, kind));
                token::save(random, kind, self.now_ms, fault, malformed)
            }
            Kind::ApiKeyCreate => token::save_key(random, self.now_ms),
            Kind::Request => {
                let fault = faulty.then(|| request::Fault::pick(random));
                request::gateway(random, self.now_ms, fault, malformed)
            }
            Kind::Envoy => request::envoy(random, self.now_ms),
            Kind::Inventory => inventory::seen(random),
        };
        (kind, event)
    }
}

impl Iterator for Events {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        Some(self.next_with_kind().1)
    }
}

/// The base data that goes with the main mix: limits, which scope an endpoint needs, which tokens are revoked.
pub fn data() -> String {
    object(|data| {
        data.object("limits", |limits| {
            limits.texts("countries", &request::COUNTRIES);
            limits.object("per_role_1m", |caps| {
                caps.number("default", 60);
                for role in 0..request::ROLES {
                    caps.number(&request::role(role), 120 + 10 * (role % 40));
                }
            });
        });
        data.object("endpoints", |endpoints| {
            for method in ["GET", "POST", "PUT", "DELETE"] {
                endpoints.object(method, |paths| {
                    for (place, name) in request::RESOURCES.iter().enumerate() {
                        paths.text(&format!("v1/{name}"), &request::scope(method, place));
                    }
                });
            }
        });
        data.object("token_networks", |networks| {
            for rank in 1..=100 {
                networks.texts(&request::token_id(rank), &["203.0.113.0/24", "198.51.100.0/24"]);
            }
        });
        data.object("control", |control| {
            control.object("shutdown", |shutdown| shutdown.truth("all", false));
            control.object("revoked", |revoked| {
                for number in 0..request::REVOKED {
                    revoked.truth(&request::revoked_hash(number), true);
                }
            });
        });
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn some(mix: Mix) -> Vec<(Kind, String)> {
        let mut events = Events::new(1, mix);
        (0..20_000).map(|_| events.next_with_kind()).collect()
    }

    fn mean(events: &[(Kind, String)]) -> usize {
        events.iter().map(|(_, event)| event.len()).sum::<usize>() / events.len()
    }

    #[test]
    fn every_event_is_json() {
        for mix in [Mix::Seed, Mix::Main] {
            for (kind, event) in some(mix) {
                let read: Result<serde_json::Value, _> = serde_json::from_str(&event);
                assert!(read.is_ok_and(|value| value.is_object()), "{kind:?}: {event}");
                assert!(!event.contains('\n'));
            }
        }
        assert!(serde_json::from_str::<serde_json::Value>(&data()).is_ok());
    }

    #[test]
    fn events_are_about_1200_bytes_long() {
        for mix in [Mix::Seed, Mix::Main] {
            let mean = mean(&some(mix));
            assert!((1_150..1_300).contains(&mean), "{mix:?}: {mean}");
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_events_everywhere() {
        // FNV-1a over the first 1,000 events: change it only together with every published figure.
        let hash = |mix| {
            Events::new(1, mix)
                .take(1_000)
                .flat_map(String::into_bytes)
                .fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3))
        };
        assert_eq!(format!("{:016x}", hash(Mix::Seed)), "db63d60f78943431");
        assert_eq!(format!("{:016x}", hash(Mix::Main)), "b57982e07cf3008d");
    }

    #[test]
    fn kinds_come_as_often_as_the_mix_says() {
        let mut shares: BTreeMap<Kind, usize> = BTreeMap::new();
        for (kind, _) in some(Mix::Main) {
            *shares.entry(kind).or_default() += 1;
        }
        for (kind, percent) in [(Kind::Request, 70), (Kind::Envoy, 15), (Kind::TokenCreate, 6), (Kind::Inventory, 2)] {
            let found = shares[&kind] as f64 / 200.0;
            assert!((found - f64::from(percent)).abs() < 1.0, "{kind:?}: {found} %");
        }
    }

    #[test]
    fn about_5_percent_of_token_events_break_a_seed_policy() {
        let denied = some(Mix::Seed)
            .iter()
            .filter(|(_, event)| {
                let event: serde_json::Value = serde_json::from_str(event).unwrap();
                let token = &event["token"];
                let past = |field: &str, limit| token[field].as_u64().is_some_and(|value| value > limit);
                token["apiKeyType"].as_str().is_some_and(|text| text.contains("USER"))
                    || past("validTo", 1_779_647_400_000)
                    || past("scheduledExpireTime", 1_771_957_800_000)
            })
            .count();
        assert!((900..1_150).contains(&denied), "{denied} of 20,000");
    }
}
