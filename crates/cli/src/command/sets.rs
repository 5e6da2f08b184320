//! `lictor sets`: the policy sets that there are, whether they compile, and whether anybody has to obey.

use std::collections::HashSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use lictor::policy_set::{Found, SetError, switch};
use lictor::report;
use lictor::{BuildError, Builder, Location, OnStateError, PolicySet, Scope, Severity};
use serde_json::{Value as Json, json};

use crate::git;
use crate::output::{build_error, table};
use crate::stop::Stop;

/// Policy sets: list them, look at them, check them, switch them on and off
///
/// Exit code: 0; 1 when sets that are checked do not compile; 2 when there is no such set, or a file cannot be read or written.
#[derive(Args)]
#[command(after_help = "Examples:
  What judges what:
    lictor sets list --sets governance/sets
  All about one, with the hash of each policy:
    lictor sets show requests -s governance/sets
  Everything that is wrong with them, before they are rolled out:
    lictor sets check -s governance/sets -d governance/data
  Of a commit, in a pipeline:
    lictor sets check -s git+https://host/governance.git#main:sets
  From now on everybody has to obey; and not any more:
    lictor sets enable requests -s governance/sets
    lictor sets disable requests -s governance/sets")]
pub(crate) struct Sets {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// List policy sets
    List(List),
    /// Show a set: what it applies to, its policies and their hashes
    Show(Show),
    /// Compile all sets, and report everything that is wrong with any
    Check(Check),
    /// Enforce sets: what they deny is refused from now on
    Enable(Switch),
    /// Enforce sets no more: they judge and report, and refuse nothing
    Disable(Switch),
}

#[derive(Args)]
struct Where {
    /// A folder of policy sets (.yaml), or one set's file; or one in a Git repository, git+URL#BRANCH:FOLDER; repeatable
    #[arg(short, long, required = true, value_name = "DIR|git+URL", value_parser = crate::git::Locations)]
    sets: Vec<Location>,
}

#[derive(Args)]
struct List {
    #[command(flatten)]
    at: Where,

    /// How they are written
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Args)]
struct Show {
    /// Its name
    #[arg(value_name = "NAME")]
    name: String,

    #[command(flatten)]
    at: Where,

    /// How it is written
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Args)]
struct Check {
    #[command(flatten)]
    at: Where,

    /// Data for policies, as `lictor eval --data`; repeatable
    #[arg(short, long, value_name = "[PREFIX:]PATH")]
    data: Vec<String>,

    /// How what is wrong is written
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

/// Only the word after `enforced` in the set's file changes; it is replaced as a whole, so that whoever follows it (`lictor
/// validate --watch`) never reads half of it.
#[derive(Args)]
struct Switch {
    /// Their names
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,

    #[command(flatten)]
    at: Where,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Table,
    /// One document
    Json,
}

impl Sets {
    pub(crate) fn run(self) -> ExitCode {
        let done = match self.action {
            Action::List(list) => list.run(),
            Action::Show(show) => show.run(),
            Action::Check(check) => check.run(),
            Action::Enable(them) => them.run(true),
            Action::Disable(them) => them.run(false),
        };
        match done {
            Ok(code) => code,
            Err(stop) => stop.end(),
        }
    }
}

impl Where {
    fn load(&self) -> Result<Vec<PolicySet>, SetError> {
        let mut all: Vec<PolicySet> = Vec::new();
        for location in &self.sets {
            for set in PolicySet::load_from(location, &git::repositories())? {
                if let Some(other) = all.iter().find(|other| other.name == set.name) {
                    return Err(SetError::Duplicate { name: set.name.clone(), path: file(&set), other: file(other) });
                }
                all.push(set);
            }
        }
        Ok(all)
    }

    /// The set of this name; others may be bad, and what is wrong with them is told where it is not there.
    fn find(&self, name: &str) -> Result<PolicySet, SetError> {
        let (mut known, mut wrong) = (Vec::new(), None);
        for location in &self.sets {
            let Found { sets, shared } = PolicySet::load_each(location, &git::repositories())?;
            for set in sets {
                match set {
                    Ok(set) if set.name == name => return Ok(set),
                    Ok(set) => known.push(set.name),
                    Err(error) => wrong = wrong.or(Some(error)),
                }
            }
            wrong = shared.or(wrong);
        }
        let unknown = SetError::Unknown { name: name.to_owned(), known: known.join(", ") };
        Err(wrong.unwrap_or(unknown))
    }

    /// The folders and files on the disk; sets of a repository are switched by a commit.
    fn folders(&self) -> Result<Vec<&Path>, Stop> {
        let folders = self.sets.iter().map(|location| match location {
            Location::Path(path) => Ok(path.as_path()),
            Location::Git(source) => Err(Stop::Said(format!(
                "{source}: sets of a repository are switched by a commit: change `enforced` there"
            ))),
        });
        folders.collect()
    }
}

impl List {
    fn run(self) -> Result<ExitCode, Stop> {
        let sets = self.at.load()?;
        let mut out = io::stdout().lock();
        if self.format == Format::Json {
            let all: Json = sets.iter().map(about).collect();
            writeln!(out, "{all:#}")?;
            return Ok(ExitCode::SUCCESS);
        }
        let mut grid = table::grid(["NAME", "ENTITY", "EVENTS", "SCOPE", "ENFORCED", "POLICIES", "FILE"]);
        for set in &sets {
            let policies = set.policies.len().to_string();
            let (events, scope) = (events(set).join(", "), scope(&set.scope));
            grid.add_row([&set.name, set.entity.as_str(), &events, &scope, yes(set.enforced), &policies, &file(set)]);
        }
        writeln!(out, "{grid}")?;
        let enforced = sets.iter().filter(|set| set.enforced).count();
        let plural = if sets.len() == 1 { "" } else { "s" };
        writeln!(out, "{} policy set{plural}, {enforced} enforced", sets.len())?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Show {
    fn run(self) -> Result<ExitCode, Stop> {
        let set = self.at.find(&self.name)?;
        let mut out = io::stdout().lock();
        if self.format == Format::Json {
            writeln!(out, "{:#}", about(&set))?;
            return Ok(ExitCode::SUCCESS);
        }
        writeln!(out, "{}", set.name)?;
        if let Some(description) = &set.description {
            writeln!(out, "{}", description.trim_end())?;
        }
        let enforced =
            if set.enforced { "yes: what it denies is refused" } else { "no: it judges, and refuses nothing" };
        writeln!(out, "\nentity:          {}", set.entity)?;
        writeln!(out, "events:          {}", events(&set).join(", "))?;
        writeln!(out, "scope:           {}", scope(&set.scope))?;
        writeln!(out, "enforced:        {enforced}")?;
        writeln!(out, "on state error:  {}", rule(&set))?;
        writeln!(out, "file:            {}", file(&set))?;
        for commit in set.commits() {
            writeln!(out, "commit:          {} of {}", commit.id, commit.source())?;
        }
        let mut grid = table::grid(["POLICY", "SEVERITY", "PARAMETERS", "FILE", "SHA-256"]);
        for policy in &set.policies {
            let parameters = policy.parameters.iter().map(|(name, value)| format!("{name}: {value}"));
            let parameters = parameters.collect::<Vec<_>>().join(", ");
            grid.add_row([&policy.name, severity(policy.severity), &parameters, &policy.file, &policy.hash()]);
        }
        writeln!(out, "\n{grid}")?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Check {
    fn run(self) -> Result<ExitCode, Stop> {
        let (mut sets, mut wrong) = (0, Wrong::default());
        let mut good: Vec<PolicySet> = Vec::new();
        for location in &self.at.sets {
            let found = PolicySet::load_each(location, &git::repositories())?;
            found.shared.into_iter().for_each(|error| wrong.add(BuildError::Set(error)));
            for set in found.sets {
                sets += 1;
                match set {
                    Err(error) => wrong.add(BuildError::Set(error)),
                    Ok(set) => match good.iter().find(|other| other.name == set.name) {
                        Some(other) => {
                            let (name, path, other) = (set.name.clone(), file(&set), file(other));
                            wrong.add(BuildError::Set(SetError::Duplicate { name, path, other }));
                        }
                        None => good.push(set),
                    },
                }
            }
        }
        // Each by itself, so that one that is bad hides nothing of another one.
        for set in good {
            let builder = crate::sets::builder().report_every_stage(true).sets(vec![set]);
            let builder = self.data.iter().try_fold(builder, |builder, path| builder.data_path(path));
            if let Err(error) = builder.and_then(Builder::check) {
                wrong.add(error);
            }
        }
        if self.format == Format::Json {
            writeln!(io::stdout().lock(), "{:#}", json!({"sets": sets, "errors": wrong.json}))?;
        } else {
            for text in &wrong.text {
                eprintln!("{}", text.trim_end());
            }
            let plural = |many: usize| if many == 1 { "" } else { "s" };
            let errors = wrong.json.len();
            writeln!(io::stdout().lock(), "{sets} policy set{}, {errors} error{}", plural(sets), plural(errors))?;
        }
        Ok(if wrong.json.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }
}

/// What is wrong, each thing once, though several sets have the policy.
#[derive(Default)]
struct Wrong {
    seen: HashSet<String>,
    text: Vec<String>,
    json: Vec<Json>,
}

impl Wrong {
    fn add(&mut self, error: BuildError) {
        let BuildError::Rejected(diagnostics) = error else {
            let text = error.to_string();
            if self.seen.insert(text.clone()) {
                self.text.push(format!("error: {text}"));
                self.json.push(json!({ "message": text }));
            }
            return;
        };
        let mut new = diagnostics;
        new.retain(|diagnostic| {
            let json = Json::from_iter([("error", report::json(diagnostic))]).to_string();
            self.seen.insert(json)
        });
        self.json.extend(new.iter().map(|diagnostic| json!(report::json(diagnostic))));
        if !new.is_empty() {
            self.text.push(format!("error: {}", build_error(&BuildError::Rejected(new))));
        }
    }
}

impl Switch {
    fn run(self, enforced: bool) -> Result<ExitCode, Stop> {
        // All are found before any is changed.
        let folders = self.at.folders()?;
        let files: Result<Vec<PathBuf>, SetError> =
            self.names.iter().map(|name| PolicySet::file_of(name, &folders)).collect();
        let mut out = io::stdout().lock();
        for (name, file) in self.names.iter().zip(files?) {
            let changed = switch(&file, enforced)?;
            let (now, word) = (if changed { "is now" } else { "was already" }, if enforced { "on" } else { "off" });
            writeln!(out, "{name} {now} switched {word}: {}", file.display())?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn about(set: &PolicySet) -> Json {
    let policy = |policy: &lictor::policy_set::PolicySource| {
        json!({
            "name": policy.name,
            "severity": policy.severity,
            "file": policy.file,
            "sha256": policy.hash(),
            "parameters": policy.parameters,
            "commit": policy.commit,
        })
    };
    let policies: Json = set.policies.iter().map(policy).collect();
    let Scope { account, org, project } = &set.scope;
    json!({
        "name": set.name,
        "description": set.description,
        "entity": set.entity,
        "events": events(set),
        "scope": {"account": account, "org": org, "project": project},
        "enforced": set.enforced,
        "on_state_error": rule_json(set),
        "file": file(set),
        "commit": set.commit,
        "policies": policies,
    })
}

fn file(set: &PolicySet) -> String {
    set.file.as_ref().map_or_else(String::new, |file| file.display().to_string())
}

fn events(set: &PolicySet) -> Vec<&'static str> {
    set.events.iter().map(lictor::Event::as_str).collect()
}

fn scope(scope: &Scope) -> String {
    let part = |what: &str, name: &Option<String>| name.as_ref().map(|name| format!("{what} {name}"));
    let parts = [part("account", &scope.account), part("org", &scope.org), part("project", &scope.project)]
        .into_iter()
        .flatten();
    let parts: Vec<String> = parts.collect();
    if parts.is_empty() { "everywhere".to_owned() } else { parts.join(", ") }
}

/// What becomes of events while usage is not known, for people.
fn rule(set: &PolicySet) -> String {
    let rule = set.on_state_error.unwrap_or_default();
    if set.enforced { rule.to_string() } else { format!("{rule}, once it is enforced") }
}

fn rule_json(set: &PolicySet) -> Json {
    match set.on_state_error {
        None | Some(OnStateError::Deny) => json!("deny"),
        Some(OnStateError::Allow) => json!("allow"),
        Some(OnStateError::Stale(most)) => json!({"stale": format!("{}s", most.as_secs())}),
    }
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

fn yes(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}
