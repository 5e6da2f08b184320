//! What policies are told of usage: `input.usage` and `input.time_ns` as values, all of it or what is at one path.

use lictor_value::json::{MAX_DEPTH, Style, write_json_with};
use lictor_value::{Arena, Object, Value, json};
use serde_json::Value as Json;

use super::{Record, Subject, Usage};
use crate::error::Error;
use crate::session::malformed;

/// The member of an event that holds the instant.
pub(crate) const TIME: &str = "time_ns";
/// The member of an event that holds usage.
pub(crate) const USAGE: &str = "usage";

const COUNTS: [&str; 4] = ["count_1s", "count_1m", "count_1h", "count_1d"];
/// What a store knows itself, besides counts.
const STAMPS: [&str; 3] = ["first_used_ms", "last_used_ms", "known_since_ms"];
const COUNTRIES: &str = "countries";
/// What is known of a request, and how.
#[derive(Clone, Copy)]
pub(crate) struct Known<'k> {
    pub(crate) usage: &'k Usage,
    pub(crate) subject: &'k Subject<'k>,
    pub(crate) status: &'static str,
}

/// Makes values in an arena.
pub(crate) struct Maker<'v> {
    arena: &'v Arena,
    /// The pairs of objects that are not complete yet.
    pairs: Vec<(Value<'v>, Value<'v>)>,
}

impl Known<'_> {
    /// The instant.
    pub(crate) fn time(&self) -> Value<'static> {
        Value::int(self.usage.now_ns)
    }

    /// The value at some keys below `input.usage`.
    ///
    /// # Errors
    /// When a fact is nested too deep.
    pub(crate) fn at<'v>(&self, keys: &[Box<str>], maker: &mut Maker<'v>) -> Result<Option<Value<'v>>, Error> {
        let Some((name, rest)) = keys.split_first() else { return self.all(maker).map(Some) };
        let record = |record: &Option<Record>, maker: &mut Maker<'v>| match record {
            Some(record) => record.at(rest, maker),
            None => Ok(None),
        };
        match &**name {
            "key" => record(&self.usage.key, maker),
            "user" => record(&self.usage.user, maker),
            "status" => Ok(Some(maker.text(self.status)).filter(|_| rest.is_empty())),
            "roles" => match rest.split_first() {
                None => self.roles(maker).map(Some),
                Some((role, rest)) => match self.role(role) {
                    Some(record) => record.at(rest, maker),
                    None => Ok(None),
                },
            },
            name => Ok(below(self.member(name, maker)?, rest)),
        }
    }

    fn role(&self, name: &str) -> Option<&Record> {
        let at = self.subject.roles.binary_search(&name).ok()?;
        self.usage.roles.get(at)
    }

    fn roles<'v>(&self, maker: &mut Maker<'v>) -> Result<Value<'v>, Error> {
        let start = maker.pairs.len();
        for (role, record) in self.subject.roles.iter().zip(&self.usage.roles) {
            let pair = (maker.text(role), record.all(maker)?);
            maker.pairs.push(pair);
        }
        Ok(maker.object(start))
    }

    /// A member of the token's record, or of what else is told beside it.
    fn member<'v>(&self, name: &str, maker: &mut Maker<'v>) -> Result<Option<Value<'v>>, Error> {
        if let Some(record) = &self.usage.token
            && let Some(value) = record.member(name, maker)?
        {
            return Ok(Some(value));
        }
        // What was pushed for the user and the key, unless it was for the token.
        let whose = match name {
            "active_keys" => &self.usage.user,
            "active_tokens" => &self.usage.key,
            _ => return Ok(None),
        };
        whose.as_ref().and_then(|record| record.fact(name)).map(|fact| maker.json(fact, 0)).transpose()
    }

    /// All of `input.usage`.
    fn all<'v>(&self, maker: &mut Maker<'v>) -> Result<Value<'v>, Error> {
        let start = maker.pairs.len();
        if let Some(record) = &self.usage.token {
            record.members(maker)?;
            // A pushed fact of one of these names is none.
            let own = maker.pairs.split_off(start);
            let is_fact = |name: Value<'v>| !matches!(name.as_bytes(), Some(b"key" | b"user"));
            maker.pairs.extend(own.into_iter().filter(|(name, _)| is_fact(*name)));
        }
        for name in ["active_keys", "active_tokens"] {
            if let Some(value) = self.member(name, maker)? {
                maker.push(name, value);
            }
        }
        for (name, record) in [("key", &self.usage.key), ("user", &self.usage.user)] {
            if let Some(record) = record {
                let value = record.all(maker)?;
                maker.push(name, value);
            }
        }
        let (roles, status) = (self.roles(maker)?, maker.text(self.status));
        maker.push("roles", roles);
        maker.push("status", status);
        Ok(maker.object(start))
    }

    /// An event that was read as an object, with instant and usage instead of what it says there itself.
    ///
    /// # Errors
    /// When a fact is nested too deep.
    pub(crate) fn within<'v>(&self, event: &Object<'v>, arena: &'v Arena) -> Result<Value<'v>, Error> {
        let mut maker = Maker::new(arena);
        let usage = self.all(&mut maker)?;
        maker.pairs.extend(event.iter());
        maker.push(TIME, self.time());
        maker.push(USAGE, usage);
        Ok(maker.object(0))
    }

    /// Writes an event, the text of an object, with instant and usage as its last members.
    ///
    /// # Errors
    /// When a fact is nested too deep.
    pub(crate) fn write_into(&self, event: &[u8], to: &mut Vec<u8>) -> Result<(), Error> {
        // Without its last brace it is open for more.
        let open = event.trim_ascii_end();
        let open = open.strip_suffix(b"}").unwrap_or(open).trim_ascii_end();
        let arena = Arena::default();
        let mut maker = Maker::new(&arena);
        let usage = self.all(&mut maker)?;
        to.clear();
        to.extend_from_slice(open);
        if !open.ends_with(b"{") {
            to.push(b',');
        }
        for (name, value, end) in [(TIME, self.time(), b','), (USAGE, usage, b'}')] {
            json::write_json_string(name.as_bytes(), false, to);
            to.push(b':');
            write_json_with(value, Style { escape_html: false, indent: false }, to);
            to.push(end);
        }
        Ok(())
    }
}

impl Record {
    /// The value at some keys.
    fn at<'v>(&self, keys: &[Box<str>], maker: &mut Maker<'v>) -> Result<Option<Value<'v>>, Error> {
        match keys.split_first() {
            None => self.all(maker).map(Some),
            Some((name, rest)) => Ok(below(self.member(name, maker)?, rest)),
        }
    }

    /// A member. What the store knows itself goes before what was pushed.
    fn member<'v>(&self, name: &str, maker: &mut Maker<'v>) -> Result<Option<Value<'v>>, Error> {
        if let Some(at) = COUNTS.iter().position(|count| *count == name) {
            return Ok(Some(count(self.counts[at])));
        }
        if name == COUNTRIES {
            return self.countries(maker).map(Some);
        }
        let stamp = STAMPS.iter().position(|stamp| *stamp == name).and_then(|at| self.stamps()[at]);
        match stamp {
            Some(ms) => Ok(Some(Value::int(ms))),
            // A pushed use may tell of what came before the store; what was forgotten only the store knows.
            None if name == "known_since_ms" => Ok(None),
            None => self.fact(name).map(|fact| maker.json(fact, 0)).transpose(),
        }
    }

    fn stamps(&self) -> [Option<i64>; 3] {
        [self.first_used_ms, self.last_used_ms, self.known_since_ms]
    }

    fn countries<'v>(&self, maker: &mut Maker<'v>) -> Result<Value<'v>, Error> {
        let pushed = match self.fact(COUNTRIES) {
            None => &[],
            Some(Json::Array(pushed)) => pushed.as_slice(),
            Some(other) => return maker.json(other, 0),
        };
        let to = maker.arena.filled(pushed.len() + self.countries.len(), Value::NULL);
        let mut count = 0;
        for country in pushed {
            to[count] = maker.json(country, 1)?;
            count += 1;
        }
        for country in self.countries.iter().filter(|country| !pushed.iter().any(|known| *known == ***country)) {
            to[count] = maker.text(country);
            count += 1;
        }
        Ok(Value::array(&to[..count]))
    }

    /// All of it.
    pub(super) fn all<'v>(&self, maker: &mut Maker<'v>) -> Result<Value<'v>, Error> {
        let start = maker.pairs.len();
        self.members(maker)?;
        Ok(maker.object(start))
    }

    /// All members, as pairs.
    fn members<'v>(&self, maker: &mut Maker<'v>) -> Result<(), Error> {
        for (name, fact) in self.facts.iter().flat_map(|facts| facts.iter()) {
            if name != COUNTRIES && name != "known_since_ms" {
                let pair = (maker.text(name), maker.json(fact, 0)?);
                maker.pairs.push(pair);
            }
        }
        for (name, stamp) in STAMPS.into_iter().zip(self.stamps()) {
            if let Some(ms) = stamp {
                maker.push(name, Value::int(ms));
            }
        }
        for (name, number) in COUNTS.into_iter().zip(self.counts) {
            maker.push(name, count(number));
        }
        let countries = self.countries(maker)?;
        maker.push(COUNTRIES, countries);
        Ok(())
    }
}

fn count(count: u64) -> Value<'static> {
    Value::int(i64::try_from(count).unwrap_or(i64::MAX))
}

/// The value at some keys of another one.
fn below<'v>(value: Option<Value<'v>>, keys: &[Box<str>]) -> Option<Value<'v>> {
    keys.iter().try_fold(value?, |value, key| value.as_object()?.get_str(key))
}

impl<'v> Maker<'v> {
    pub(crate) fn new(arena: &'v Arena) -> Self {
        Maker { arena, pairs: vec![] }
    }

    fn text(&self, text: &str) -> Value<'v> {
        Value::str(self.arena.slice(text.as_bytes()))
    }

    fn push(&mut self, name: &'static str, value: Value<'v>) {
        self.pairs.push((Value::str(name.as_bytes()), value));
    }

    /// An object of the pairs from `start` on; of equal keys the last one counts.
    fn object(&mut self, start: usize) -> Value<'v> {
        Value::object(self.arena.one(Object::from_pairs(self.arena, &mut self.pairs, start)))
    }

    fn json(&mut self, json: &Json, depth: usize) -> Result<Value<'v>, Error> {
        if depth > MAX_DEPTH / 2 {
            return Err(Error::Unserializable("what was pushed to the usage store is nested too deep".into()));
        }
        Ok(match json {
            Json::Null => Value::NULL,
            Json::Bool(is) => Value::bool(*is),
            Json::String(text) => self.text(text),
            Json::Number(number) => match number.as_i64() {
                Some(int) => Value::int(int),
                None => json::parse_copied(self.arena, number.to_string().as_bytes()).map_err(malformed)?,
            },
            Json::Array(items) => {
                let to = self.arena.filled(items.len(), Value::NULL);
                for (to, item) in to.iter_mut().zip(items) {
                    *to = self.json(item, depth + 1)?;
                }
                Value::array(to)
            }
            Json::Object(members) => {
                let start = self.pairs.len();
                for (name, member) in members {
                    let pair = (self.text(name), self.json(member, depth + 1)?);
                    self.pairs.push(pair);
                }
                self.object(start)
            }
        })
    }
}
