//! A folder with policies, sets, data and events, and what the command says of them.

use std::fs;
use std::path::PathBuf;

use assert_cmd::Command;
use lictor_testing::Repository;
use serde_json::{Value as Json, json};
use tempfile::TempDir;

/// When the events of the library's samples happen, in s since 1970.
pub(crate) const NOW: i64 = 1_771_957_800;
pub(crate) const DAY: i64 = 86_400;

pub(crate) struct Stage(TempDir);

/// What a command wrote and how it ended.
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    pub(crate) fn json(&self) -> Json {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}{}", self.out, self.err))
    }

    /// The decision on the first event, and what was said of it.
    pub(crate) fn first(&self) -> (String, Vec<String>) {
        let event = &self.json()["events"][0];
        let findings = event["findings"].as_array().unwrap();
        let messages = findings.iter().map(|finding| finding["message"].as_str().unwrap().to_owned());
        (event["decision"].as_str().unwrap().to_owned(), messages.collect())
    }
}

impl Stage {
    pub(crate) fn empty() -> Stage {
        Stage(tempfile::tempdir().unwrap())
    }

    /// The seed's policies and sets, as they are shipped.
    pub(crate) fn seed() -> Stage {
        let stage = Stage::empty();
        for part in ["policies", "sets"] {
            for file in fs::read_dir(repository(&format!("policies/seed/{part}"))).unwrap() {
                let file = file.unwrap();
                let name = format!("{part}/{}", file.file_name().to_str().unwrap());
                stage.write(&name, &fs::read_to_string(file.path()).unwrap());
            }
        }
        stage
    }

    /// Policies of the library, taken over and enforced.
    pub(crate) fn library(ids: &[&str]) -> Stage {
        let stage = Stage::empty();
        let said = stage.lictor(&[&["library", "use", "--to", "."][..], ids].concat());
        assert_eq!(said.code, 0, "{}", said.err);
        let said = stage.lictor(&[&["sets", "enable", "-s", "sets"][..], ids].concat());
        assert_eq!(said.code, 0, "{}", said.err);
        // A switch is off until it is written.
        fs::create_dir_all(stage.path("data")).unwrap();
        stage
    }

    /// One enforced set on tokens, with one policy.
    pub(crate) fn policy(events: &str, rego: &str) -> Stage {
        let stage = Stage::empty();
        stage.set("ours", events, rego, true);
        stage
    }

    pub(crate) fn set(&self, name: &str, events: &str, rego: &str, enforced: bool) {
        self.write(&format!("policies/{name}.rego"), rego);
        let set = format!(
            "name: {name}\nentity: token\nevents: {events}\nenforced: {enforced}\npolicies:\n  - {{path: ../policies/{name}.rego, severity: error}}\n"
        );
        self.write(&format!("sets/{name}.yaml"), &set);
        fs::create_dir_all(self.path("data")).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        // Beside it and then in its place, as who deploys should.
        let beside = path.with_extension("written");
        fs::write(&beside, text).unwrap();
        fs::rename(beside, path).unwrap();
    }

    pub(crate) fn replace(&self, name: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.path(name)).unwrap();
        assert!(text.contains(from), "{name} has no {from:?}: {text}");
        self.write(name, &text.replace(from, to));
    }

    /// Puts sets, policies and data as they are now into a repository; the commit's id.
    pub(crate) fn commit(&self, repository: &Repository) -> String {
        let mut files = Vec::new();
        for part in ["sets", "policies", "data"] {
            self.gather(part, &mut files);
        }
        let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        repository.commit(&files)
    }

    fn gather(&self, name: &str, files: &mut Vec<(String, String)>) {
        let path = self.path(name);
        if path.is_dir() {
            for below in fs::read_dir(path).unwrap() {
                self.gather(&format!("{name}/{}", below.unwrap().file_name().to_str().unwrap()), files);
            }
        } else if let Ok(text) = fs::read_to_string(path) {
            files.push((name.to_owned(), text));
        }
    }

    pub(crate) fn lictor(&self, arguments: &[&str]) -> Said {
        self.lictor_reading(arguments, "")
    }

    pub(crate) fn lictor_reading(&self, arguments: &[&str], input: &str) -> Said {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lictor"));
        command.env("XDG_CACHE_HOME", self.path("cache"));
        let output = command.current_dir(self.0.path()).args(arguments).write_stdin(input).output().unwrap();
        Said {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// What the sets say of one event, with the data of the folder `data`.
    pub(crate) fn judge(&self, event: &Json) -> Said {
        self.judge_with(event, &[])
    }

    pub(crate) fn judge_with(&self, event: &Json, more: &[&str]) -> Said {
        let mut asked = vec!["validate", "-", "-s", "sets", "--format", "json"];
        if self.path("data").exists() {
            asked.extend(["-d", "data"]);
        }
        self.lictor_reading(&[&asked[..], more].concat(), &event.to_string())
    }

    /// The messages that an event is denied with; none where it is allowed.
    pub(crate) fn denials(&self, event: &Json) -> Vec<String> {
        let said = self.judge(event);
        let (decision, messages) = said.first();
        assert_eq!(said.code, i32::from(decision == "deny"), "{}{}", said.out, said.err);
        if decision == "deny" { messages } else { Vec::new() }
    }

    pub(crate) fn allows(&self, event: &Json) -> bool {
        let said = self.judge(event);
        assert!([0, 1].contains(&said.code), "{}{}", said.out, said.err);
        said.first().0 == "allow"
    }
}

pub(crate) fn repository(path: &str) -> String {
    format!("{}/../../{path}", env!("CARGO_MANIFEST_DIR"))
}

/// An event of the library's samples: `lifetime/maximum.allowed`.
pub(crate) fn sample(name: &str) -> Json {
    let path = repository(&format!("policies/events/{name}.json"));
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// A request with a token, of which every policy of the library has what it requires.
pub(crate) fn request() -> Json {
    sample("scopes/endpoint.allowed")
}

/// The event with another value at `place`, a JSON pointer.
pub(crate) fn but(mut event: Json, place: &str, value: impl Into<Json>) -> Json {
    let (parent, key) = place.rsplit_once('/').unwrap();
    event.pointer_mut(parent).unwrap()[key] = value.into();
    event
}

/// A token or API key that is being saved.
pub(crate) fn saved(entity: &str, fields: Json) -> Json {
    let kind = if entity == "apiKey" { "apikey" } else { entity };
    json!({entity: fields, "metadata": {"action": "onsave", "type": kind, "timestamp": NOW, "principalType": "USER"}})
}

pub(crate) fn token(kind: &str) -> Json {
    saved("token", json!({"identifier": "laptop", "name": "laptop", "apiKeyType": kind, "accountIdentifier": "acme"}))
}
