//! `lictor library`: the policies that come with the program, listed, shown, and copied to where a team keeps its own.

mod show;

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use lictor::library::{Entry, Library as Collection, LibraryError, Parameter, Profile, copy};
use lictor::{Entity, Event};
use serde_json::{Value as Json, json};

use crate::output::{failure, table};

/// Ready-made policies: list them, look at them, take them over
///
/// The library is part of the program. Its policies need no data: each parameter has a default. Taken over, they are files
/// like any other, with their tests, and run in OPA too.
///
/// Exit code: 0, or 2 when there is no such policy or profile, or a file cannot be written.
#[derive(Args)]
#[command(after_help = "Examples:
  What there is on lifetimes:
    lictor library list --family lifetime
  What serves a control:
    lictor library list --control 'CIS AWS'
  All about a policy, or a profile:
    lictor library show rotation.due
    lictor library show pci-4
  Take two over, and try them:
    lictor library use rotation.due naming.token --to governance
    lictor validate governance/events --sets governance/sets --data governance/data
  Take over what a standard asks for:
    lictor library use --profile pci-4 --to governance")]
pub(crate) struct Library {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    List(List),
    Show(show::Show),
    Use(Use),
}

/// List policies
#[derive(Args)]
struct List {
    /// Only this family: the first part of a policy's id
    #[arg(long)]
    family: Option<String>,

    /// Only policies on this entity: token or api_key
    #[arg(long)]
    entity: Option<Entity>,

    /// Only policies that judge this event: create, update, rotate, revoke, use or save
    #[arg(long)]
    event: Option<Event>,

    /// Only policies that serve a control with these words in its number: `CIS AWS 1.14`, `pci`
    #[arg(long, value_name = "WORDS")]
    control: Option<String>,

    /// Only policies of this profile
    #[arg(long, value_name = "ID")]
    profile: Option<String>,

    /// How policies are written
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Table,
    /// One document: an array of objects
    Json,
}

/// Copy policies into a folder: texts, tests, events, parameters, and policy sets that are not enforced
///
/// With a profile and no policies, the profile's policies and sets are copied. Nothing is written when a file is in the way.
#[derive(Args)]
struct Use {
    /// The policies: lifetime.maximum ...
    #[arg(value_name = "ID", required_unless_present = "profile")]
    ids: Vec<String>,

    /// Where to: the folder is made where it is not there
    #[arg(long, value_name = "DIR")]
    to: PathBuf,

    /// Parameters as this profile has them, and its policies where none are named
    #[arg(long, value_name = "ID")]
    profile: Option<String>,

    /// Write over files that are in the way
    #[arg(long)]
    force: bool,
}

/// Why a command ends early.
#[derive(Debug)]
enum Stop {
    Library(LibraryError),
    Said(String),
    Output(io::Error),
}

impl From<LibraryError> for Stop {
    fn from(error: LibraryError) -> Self {
        Stop::Library(error)
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Stop::Output(error)
    }
}

impl Library {
    pub(crate) fn run(self) -> ExitCode {
        let done = Collection::embedded().map_err(Stop::from).and_then(|library| match self.action {
            Action::List(list) => list.run(&library),
            Action::Show(show) => show.run(&library),
            Action::Use(copy) => copy.run(&library),
        });
        match done {
            Ok(()) => ExitCode::SUCCESS,
            // The reader of the output went away: nobody is left to be told.
            Err(Stop::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::from(2),
            Err(Stop::Output(error)) => failure(&format!("cannot write: {error}")),
            Err(Stop::Library(error)) => failure(&error.to_string()),
            Err(Stop::Said(message)) => failure(&message),
        }
    }
}

impl List {
    fn run(self, library: &Collection) -> Result<(), Stop> {
        let profile = self.profile.as_deref().map(|id| library.profile(id)).transpose()?;
        let families: BTreeSet<&str> = library.entries.iter().map(Entry::family).collect();
        if let Some(family) = &self.family
            && !families.contains(family.as_str())
        {
            let known: Vec<&str> = families.into_iter().collect();
            return Err(Stop::Said(format!("the library has no family `{family}`; it has {}", known.join(", "))));
        }
        let wanted = |entry: &&Entry| {
            self.family.as_deref().is_none_or(|family| entry.family() == family)
                && self.entity.is_none_or(|entity| entry.entity == entity)
                && self.event.is_none_or(|event| entry.judges(event))
                && self.control.as_deref().is_none_or(|words| entry.serves(words))
                && profile.is_none_or(|profile| profile.policies.iter().any(|chosen| chosen.policy == entry.id))
        };
        let entries: Vec<&Entry> = library.entries.iter().filter(wanted).collect();
        let mut out = io::stdout().lock();
        if self.format == Format::Json {
            let entries: Vec<Json> = entries.into_iter().map(|entry| summary(entry, profile)).collect();
            return Ok(writeln!(out, "{:#}", Json::from(entries))?);
        }
        if entries.is_empty() {
            return Ok(writeln!(out, "no policy is like that")?);
        }
        let mut grid = table::grid(["ID", "DENIES", "ENTITY", "EVENTS", "CONTROLS"]);
        for entry in &entries {
            let denies = entry.title.strip_prefix("Deny ").unwrap_or(&entry.title);
            grid.add_row([&entry.id, denies, entry.entity.as_str(), &events(entry), &controls(entry)]);
        }
        writeln!(out, "{grid}")?;
        let plural = if entries.len() == 1 { "y" } else { "ies" };
        writeln!(out, "{} polic{plural}; controls with * are from memory", entries.len())?;
        match profile {
            Some(profile) => {
                for control in &profile.elsewhere {
                    writeln!(out, "no policy for {}: {}", show::number(control), control.says)?;
                }
            }
            None => {
                let profiles: Vec<&str> = library.profiles.iter().map(|profile| profile.id.as_str()).collect();
                writeln!(out, "profiles: {}", profiles.join(", "))?;
            }
        }
        Ok(())
    }
}

impl Use {
    fn run(self, library: &Collection) -> Result<(), Stop> {
        let profile = self.profile.as_deref().map(|id| library.profile(id)).transpose()?;
        let files = match (profile, self.ids.is_empty()) {
            (Some(profile), true) => copy::profile(library, profile)?,
            _ => {
                let mut entries: Vec<&Entry> = self.ids.iter().map(|id| library.entry(id)).collect::<Result<_, _>>()?;
                let mut seen = BTreeSet::new();
                entries.retain(|entry| seen.insert(&entry.id));
                copy::policies(&entries, profile)
            }
        };
        let placed: Vec<(PathBuf, &str)> =
            files.iter().map(|file| (self.to.join(&file.path), file.text.as_str())).collect();
        // Same text, same file: what was taken over before and not changed is in nobody's way.
        let in_the_way = |(path, text): &&(PathBuf, &str)| {
            path.symlink_metadata().is_ok() && fs::read(path).map_or(true, |there| there != text.as_bytes())
        };
        let blocked: Vec<String> = placed.iter().filter(in_the_way).map(|(path, _)| shown(path)).collect();
        if !blocked.is_empty() && !self.force {
            let list = blocked.join("\n  ");
            return Err(Stop::Said(format!(
                "files are in the way, and nothing was written; --force replaces them:\n  {list}"
            )));
        }
        for (path, text) in &placed {
            let folder = path.parent().unwrap_or(Path::new("."));
            let failed = |error: io::Error| Stop::Said(format!("{}: {error}", shown(path)));
            fs::create_dir_all(folder).map_err(failed)?;
            fs::write(path, text).map_err(failed)?;
        }
        let mut out = io::stdout().lock();
        for (path, _) in &placed {
            writeln!(out, "{}", shown(path))?;
        }
        let at = |folder: &str| shown(&self.to.join(folder));
        let data = if self.to.join("data").is_dir() { format!(" --data {}", at("data")) } else { String::new() };
        writeln!(out, "\nTry it:     lictor validate {} --sets {}{data}", at("events"), at("sets"))?;
        let switches = self.to.join("switches");
        if files.iter().any(|file| file.path.starts_with("switches/")) {
            writeln!(out, "Switches:   --data {} turns on what its events are denied by", shown(&switches))?;
        }
        writeln!(out, "Test it:    lictor test {}", at("policies"))?;
        writeln!(out, "Enforce it: write `enforced: true` in the files of {}", at("sets"))?;
        Ok(())
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

fn events(entry: &Entry) -> String {
    entry.events.iter().map(Event::as_str).collect::<Vec<_>>().join(", ")
}

/// All controls, with a star at those that nobody looked up.
fn controls(entry: &Entry) -> String {
    let unverified = entry.unverified.iter().map(|control| format!("{control}*"));
    entry.controls.iter().cloned().chain(unverified).collect::<Vec<_>>().join(", ")
}

/// What a parameter is in a profile, or by default.
fn value<'p>(entry: &Entry, parameter: &'p Parameter, profile: Option<&'p Profile>) -> &'p Json {
    let set = profile.and_then(|profile| profile.parameter(entry, &parameter.name));
    set.unwrap_or(&parameter.default)
}

fn parameters(entry: &Entry, profile: Option<&Profile>) -> Json {
    let one = |parameter: &Parameter| {
        let mut one = json!(parameter);
        if profile.is_some() {
            one["value"] = value(entry, parameter, profile).clone();
        }
        one
    };
    entry.parameters.iter().map(one).collect()
}

/// A policy without its files.
fn summary(entry: &Entry, profile: Option<&Profile>) -> Json {
    let mut summary = json!(entry);
    summary["parameters"] = parameters(entry, profile);
    if let Some(fields) = summary.as_object_mut() {
        fields.insert("family".to_owned(), json!(entry.family()));
        for file in ["source", "tests", "allowed", "denied", "data"] {
            fields.remove(file);
        }
    }
    summary
}
