//! `lictor usage`: what is known of a token, API key, user or role, for people who look and who have to step in.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use lictor::record::decision_log::timestamp;
use lictor::usage::{Kind, Moment, Record};
use lictor::{StandardHost, UsageStore};
use serde_json::{Map, Value as Json};

use crate::output::{Format, printable};
use crate::stop::Stop;
use crate::usage::{Certificates, Opened, Opening};

/// What is known of a token's use: look at it, push a risk, forget it
///
/// The store is the one that `lictor validate --usage` has: a file, not while that is running, or a Redis, at any time. Names
/// are those that events have: token.id (or jti, or ACCOUNT/IDENTIFIER), the API key's and the user's; never the token itself.
///
/// Exit code: 0; 1 when nothing is known; 2 when the store does not answer.
#[derive(Args)]
#[command(after_help = "Examples:
  What is known of a token:
    lictor usage show token tok_01HQ7ZC0H6 --store usage.redb
  From now on it is risky, for policies such as risk.score; and not any more:
    lictor usage set token tok_01HQ7ZC0H6 risk=90 --store redis://127.0.0.1/
    lictor usage set token tok_01HQ7ZC0H6 risk=null --store redis://127.0.0.1/
  When it was made, for tokens that were never used:
    lictor usage set token tok_01HQ7ZC0H6 created_ms=1771957800000 --store usage.redb
  As if it had never been seen:
    lictor usage clear token tok_01HQ7ZC0H6 --store usage.redb")]
pub(crate) struct Usage {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Show what is known
    Show(Show),
    /// Push facts that policies see in input.usage: risk, created_ms, active_keys, or any other
    Set(Set),
    /// Forget uses, counts, countries and facts
    Clear(Clear),
}

#[derive(Args)]
struct Whose {
    /// Whose usage: token, key, user or role
    #[arg(value_name = "KIND")]
    kind: Kind,

    /// Its name
    #[arg(value_name = "NAME")]
    name: String,

    /// The store: a file, or redis://USER:PASSWORD@HOST:PORT/DATABASE (rediss:// for TLS)
    #[arg(long, value_name = "FILE|URL", env = "LICTOR_USAGE", hide_env_values = true)]
    store: String,

    /// What keys in a Redis begin with; {lictor}: unless said
    #[arg(long, value_name = "TEXT")]
    prefix: Option<String>,

    #[command(flatten)]
    certificates: Certificates,
}

#[derive(Args)]
struct Show {
    #[command(flatten)]
    whose: Whose,

    /// How it is written; JSON is as policies see it
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Args)]
struct Set {
    #[command(flatten)]
    whose: Whose,

    /// Facts: NAME=VALUE, where the value is JSON, or else a text; null takes it back. Others that were pushed stay
    #[arg(required = true, value_name = "NAME=VALUE", value_parser = fact)]
    facts: Vec<(String, Json)>,
}

#[derive(Args)]
struct Clear {
    #[command(flatten)]
    whose: Whose,
}

fn fact(text: &str) -> Result<(String, Json), String> {
    /// What the store counts by itself goes before what was pushed.
    const ITS_OWN: [&str; 9] =
        ["count_1s", "count_1m", "count_1h", "count_1d", "key", "user", "roles", "status", "known_since_ms"];
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE, as risk=90")?;
    if name.is_empty() || ITS_OWN.contains(&name) {
        return Err(format!("`{name}` cannot be set; the store says it itself"));
    }
    Ok((name.to_owned(), serde_json::from_str(value).unwrap_or_else(|_| Json::from(value))))
}

impl Usage {
    pub(crate) fn run(self) -> ExitCode {
        let done = match self.action {
            Action::Show(show) => show.run(),
            Action::Set(set) => set.run(),
            Action::Clear(clear) => clear.run(),
        };
        match done {
            Ok(code) => code,
            Err(stop) => stop.end(),
        }
    }
}

impl Whose {
    /// Does something with the store, and keeps what came of it. Where it has to be `there`, no file is made.
    fn with<R>(&self, there: bool, act: impl FnOnce(&dyn UsageStore) -> Result<R, Stop>) -> Result<R, Stop> {
        let prefix = self.prefix.as_deref();
        let opening = Opening { at: &self.store, prefix, certificates: &self.certificates, sync: None, there };
        let opened = Opened::open(opening)?;
        let done = act(&*opened.store)?;
        opened.close()?;
        Ok(done)
    }

    fn look(&self, store: &dyn UsageStore) -> Result<Option<Record>, Stop> {
        Ok(store.look(self.kind, &self.name, Moment::of_host(&StandardHost::default()))?)
    }

    fn nothing(&self) -> Result<ExitCode, Stop> {
        writeln!(io::stdout().lock(), "nothing is known of {} {}", self.kind.as_str(), printable(&self.name))?;
        Ok(ExitCode::from(1))
    }
}

impl Show {
    fn run(self) -> Result<ExitCode, Stop> {
        let record = self.whose.with(true, |store| self.whose.look(store))?;
        let mut out = io::stdout().lock();
        let Some(record) = record else {
            if self.format == Format::Json {
                writeln!(out, "null")?;
                return Ok(ExitCode::from(1));
            }
            drop(out);
            return self.whose.nothing();
        };
        if self.format == Format::Json {
            let json = record.to_json().map_err(|error| error.to_string())?;
            writeln!(out, "{:#}", Json::Object(json))?;
            return Ok(ExitCode::SUCCESS);
        }
        let time = |ms: Option<i64>, never: &str| ms.map_or(never.to_owned(), timestamp);
        let countries = if record.countries.is_empty() { "none".to_owned() } else { record.countries.join(", ") };
        let [second, minute, hour, day] = record.counts;
        writeln!(out, "{} {}\n", self.whose.kind.as_str(), printable(&self.whose.name))?;
        writeln!(out, "first used:  {}", time(record.first_used_ms, "never"))?;
        writeln!(out, "last used:   {}", time(record.last_used_ms, "never"))?;
        writeln!(out, "requests:    {second} in a second, {minute} in a minute, {hour} in an hour, {day} in a day")?;
        writeln!(out, "countries:   {}", printable(&countries))?;
        if record.known_since_ms.is_some() {
            let since = time(record.known_since_ms, "");
            writeln!(out, "known since: {since}; it may have been seen before, and been forgotten")?;
        }
        for (name, value) in record.facts.iter().flat_map(|facts| facts.iter()) {
            writeln!(out, "pushed:      {} = {}", printable(name), printable(&value.to_string()))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Set {
    fn run(self) -> Result<ExitCode, Stop> {
        self.whose.with(false, |store| {
            let known = self.whose.look(store)?.and_then(|record| record.facts);
            let mut facts: Map<String, Json> = known.map_or_else(Map::new, |facts| Map::clone(&facts));
            for (name, value) in &self.facts {
                match value {
                    Json::Null => _ = facts.shift_remove(name),
                    value => _ = facts.insert(name.clone(), value.clone()),
                }
            }
            Ok(store.push(self.whose.kind, &self.whose.name, facts)?)
        })?;
        let names: Vec<&str> = self.facts.iter().map(|(name, _)| name.as_str()).collect();
        let (kind, name) = (self.whose.kind.as_str(), printable(&self.whose.name));
        writeln!(io::stdout().lock(), "{kind} {name}: {} set", printable(&names.join(", ")))?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Clear {
    fn run(self) -> Result<ExitCode, Stop> {
        if !self.whose.with(true, |store| Ok(store.clear(self.whose.kind, &self.whose.name)?))? {
            return self.whose.nothing();
        }
        writeln!(io::stdout().lock(), "{} {} is forgotten", self.whose.kind.as_str(), printable(&self.whose.name))?;
        Ok(ExitCode::SUCCESS)
    }
}
