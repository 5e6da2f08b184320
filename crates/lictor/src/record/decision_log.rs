//! The decision log: one JSON line a decision, in the format of OPA's decision logs, for whatever reads these.
//!
//! | member | what it has |
//! |---|---|
//! | `decision_id`, `timestamp` | the record's id and time |
//! | `labels` | `id` of this log's writer and `version` of Lictor, and labels of your own |
//! | `bundles` | the revision of the policy, as the bundle `policy`; each commit that it was read from, as the bundle `git+URL#REFERENCE:FOLDER` |
//! | `path` | `lictor/ENTITY/EVENT`, as far as they are known |
//! | `input` | the event, masked ([`super::masking`]) |
//! | `result` | `allow`, `verdict` and `findings`; missing where the event could not be judged |
//! | `error` | `code` and `message`, where it could not |
//! | `erased`, `masked` | JSON pointers to what was taken out or replaced |
//! | `metrics` | `timer_rego_query_eval_ns`: how long reading and judging took, where it was measured |
//! | `custom` | `status`, and the `sets` that judged with their policies |
//!
//! Numbers of the event keep all their digits; members are in the order of their names.
//!
//! Policies may take out more, with the rules that OPA has for it: `data.system.log.mask`, a set of pointers or of objects
//! `{"op": "remove" | "upsert", "path": .., "value": ..}`, and `data.system.log.drop`, which leaves a line out where it is
//! `true`. They see the line as `input`, after our own masking. Where a mask cannot be applied the line has neither input nor
//! result and says why in `custom.mask_error` (OPA writes no line at all); a `drop` that fails drops nothing.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::json::{Json, Map};
use super::mask_rule::{self, MaskError};
use super::{Evaluation, Record, Recorder};
use crate::builder::Builder;
use crate::decision::Finding;
use crate::error::{BuildError, Error};
use crate::live::{Current, Live};
use crate::policy::Policy;
use crate::session::Session;

const MASK: &str = "data.system.log.mask";
const DROP: &str = "data.system.log.drop";

/// What all lines have in common, for threads to share.
pub struct DecisionLog {
    recorder: Recorder,
    labels: Map,
    rules: Rules,
}

/// Who says what is masked and dropped.
enum Rules {
    None,
    Fixed(Policy),
    Live(Arc<Current>),
}

/// Makes lines of evaluations: one a thread.
pub struct Lines<'l> {
    log: &'l DecisionLog,
    rules: Option<Session>,
}

impl DecisionLog {
    /// A log of what `recorder` records.
    pub fn new(recorder: Recorder) -> Self {
        let mut labels = Map::new();
        labels.insert("id".into(), Json::String(recorder.id()));
        labels.insert("version".into(), Json::String(env!("CARGO_PKG_VERSION").to_owned()));
        DecisionLog { recorder, labels, rules: Rules::None }
    }

    /// Adds a label to every line.
    #[must_use]
    pub fn label(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.labels.insert(name.into(), Json::String(value.into()));
        self
    }

    /// Asks `data.system.log.mask` and `data.system.log.drop` of these policies and data about every line.
    ///
    /// # Errors
    /// As [`Builder::build`].
    pub fn rules(mut self, policies: Builder) -> Result<Self, BuildError> {
        self.rules = Rules::Fixed(DecisionLog::queries(policies).build()?);
        Ok(self)
    }

    /// Asks them of a live policy, whichever is in force when a line is written. It has to be prepared with
    /// [`DecisionLog::queries`]; lines that cannot be asked about have neither input nor result.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use lictor::record::{DecisionLog, Recorder};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # std::fs::write(folder.path().join("mask.rego"), "package system.log\n\nmask contains \"/input/user\"")?;
    /// # std::fs::write(folder.path().join("set.yaml"), "{name: s, entity: token, policies: [{severity: error, rego: 'package a\n\ndeny if false'}]}")?;
    /// let live = lictor::Watch::new()
    ///     .sets(folder.path())
    ///     .data(folder.path().join("mask.rego").to_string_lossy())
    ///     .prepare(DecisionLog::queries)
    ///     .start()?;
    /// let log = DecisionLog::new(Recorder::new(&live.policy())).follow(&live);
    /// let event = br#"{"event": "create", "token": {"id": "t"}, "user": "ann"}"#;
    /// let (_, line) = log.lines().line(&live.session().evaluate(event), event, None);
    /// assert!(!String::from_utf8(line.unwrap_or_default())?.contains("ann"));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn follow(mut self, live: &Live) -> Self {
        self.rules = Rules::Live(live.current());
        self
    }

    /// Adds what is asked about lines to a policy.
    pub fn queries(builder: Builder) -> Builder {
        builder.query(MASK, MASK).query(DROP, DROP)
    }

    /// Makes lines. It has scratch memory of its own: make one a thread and keep it.
    pub fn lines(&self) -> Lines<'_> {
        let rules = match &self.rules {
            Rules::None => None,
            Rules::Fixed(policy) => Some(policy.session()),
            Rules::Live(current) => Some(Session::following(Arc::clone(current))),
        };
        Lines { log: self, rules }
    }
}

impl Lines<'_> {
    /// The record of an evaluation of `event`, and its line without a line break; `None` where policies drop it.
    pub fn line(&mut self, evaluation: &Evaluation, event: &[u8], took: Option<Duration>) -> (Record, Option<Vec<u8>>) {
        let masked = self.log.recorder.read(evaluation, event);
        let record = self.log.recorder.record_masked(evaluation, &masked);
        let below = |pointers: &[String]| -> Vec<Json> {
            pointers.iter().map(|at| Json::String(format!("/input{at}"))).collect()
        };
        let (erased, replaced) = (below(&masked.erased), below(&masked.masked));
        let mut line = Map::new();
        line.insert("labels".into(), Json::Object(self.log.labels.clone()));
        line.insert("decision_id".into(), Json::String(record.id.clone()));
        let bundle = |revision: &str| Json::from(json!({ "revision": revision }));
        let commits = record.commits.iter().map(|commit| (commit.source(), bundle(&commit.id)));
        let policy = ("policy".to_owned(), bundle(&record.revision));
        line.insert("bundles".into(), Json::Object(commits.chain([policy]).collect()));
        let path = record
            .subject
            .as_ref()
            .map_or_else(|| "lictor".to_owned(), |subject| format!("lictor/{}/{}", subject.entity, subject.event));
        line.insert("path".into(), Json::String(path));
        if let Some(input) = masked.input.clone() {
            line.insert("input".into(), input);
        }
        match &evaluation.outcome {
            Ok(decision) => {
                let shown = |finding: &Finding| Finding { message: masked.text(&finding.message), ..finding.clone() };
                let findings: Vec<Finding> = decision.findings.iter().map(shown).collect();
                let verdict = decision.verdict;
                let result = json!({"allow": decision.is_allowed(), "verdict": verdict, "findings": findings});
                line.insert("result".into(), result.into());
            }
            Err(error) => {
                let message = record.errors.first().cloned().unwrap_or_default();
                line.insert("error".into(), json!({"code": code(error), "message": message}).into());
            }
        }
        for (name, pointers) in [("erased", erased), ("masked", replaced)] {
            if !pointers.is_empty() {
                line.insert(name.into(), Json::Array(pointers));
            }
        }
        line.insert("timestamp".into(), Json::String(timestamp(record.time_ms)));
        if let Some(took) = took {
            let ns = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
            line.insert("metrics".into(), json!({"timer_rego_query_eval_ns": ns}).into());
        }
        line.insert("custom".into(), json!({"status": record.status, "sets": record.sets}).into());
        if self.is_dropped(&mut line) {
            return (record, None);
        }
        let text = Json::Object(line).to_string();
        (record, Some(text.into_bytes()))
    }

    /// Does to a line what policies say of it.
    fn is_dropped(&mut self, line: &mut Map) -> bool {
        let Some(session) = &mut self.rules else { return false };
        let input = Json::Object(line.clone()).to_string();
        let mut ask = |query: &str| -> Result<Option<Json>, Error> {
            let rows = session.eval(query, Some(input.as_bytes()))?;
            Ok(rows.value().map(|value| Json::of(value).unwrap_or(Json::Null)))
        };
        if matches!(ask(DROP), Ok(Some(Json::Bool(true)))) {
            return true;
        }
        let masks = ask(MASK).map_err(|error| MaskError::Failed(error.to_string()));
        let done = masks.and_then(|masks| masks.map_or(Ok(()), |masks| mask_rule::apply(&masks, line)));
        if let Err(error) = done {
            for whole in ["input", "result"] {
                if line.remove(whole).is_some() {
                    mask_rule::note(line, "erased", format!("/{whole}"));
                }
            }
            // Their messages are in the result's findings too.
            let why = match error {
                // A policy's error may have values of the event in it.
                MaskError::Failed(_) => "data.system.log.mask cannot be evaluated".to_owned(),
                error => error.to_string(),
            };
            line.insert("custom".into(), json!({"mask_error": why}).into());
        }
        false
    }
}

fn code(error: &Error) -> &'static str {
    match error {
        Error::Evaluation(_) => "evaluation_error",
        Error::Usage(_) => "usage_unknown",
        _ => "invalid_input",
    }
}

/// RFC 3339 in UTC, with milliseconds.
pub fn timestamp(ms: i64) -> String {
    let (days, of_day) = (ms.div_euclid(86_400_000), ms.rem_euclid(86_400_000));
    // Years from March on, so that leap days come last; 400 years have 146,097 days.
    let days = days + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let from_march = (5 * day + 2) / 153;
    let day = day - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    let (seconds, ms) = (of_day / 1_000, of_day % 1_000);
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{ms:03}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "package p\n\ndeny contains sprintf(\"no %v\", [input.user]) if input.user";

    fn line(rules: Option<&str>, event: &str) -> Option<serde_json::Value> {
        let policy = Policy::of_module("p.rego", TEXT).unwrap();
        let mut log = DecisionLog::new(Recorder::new(&policy)).label("region", "eu");
        if let Some(rules) = rules {
            let text = format!("package system.log\n\n{rules}");
            log = log.rules(Builder::new().module("mask.rego", text)).unwrap();
        }
        let (_, line) =
            log.lines().line(&policy.session().evaluate(event), event.as_bytes(), Some(Duration::from_nanos(7)));
        line.map(|line| serde_json::from_slice(&line).unwrap())
    }

    #[test]
    fn a_line_has_what_opa_s_decision_logs_have_and_our_findings() {
        let line = line(None, r#"{"user": "ann", "password": "hunter2"}"#).unwrap();
        assert_eq!(line["labels"]["region"], "eu");
        assert_eq!(line["input"], json!({"user": "ann"}));
        assert_eq!((&line["result"]["allow"], &line["result"]["verdict"]), (&json!(false), &json!("deny")));
        assert_eq!(line["result"]["findings"][0]["message"], "no ann");
        assert_eq!((&line["erased"], line.get("masked")), (&json!(["/input/password"]), None));
        assert_eq!((&line["path"], &line["metrics"]["timer_rego_query_eval_ns"]), (&json!("lictor"), &json!(7)));
        assert_eq!(line["bundles"]["policy"]["revision"].as_str().map(str::len), Some(64));
    }

    #[test]
    fn a_bad_event_has_a_line_too() {
        let line = line(None, "{").unwrap();
        assert_eq!(line["error"]["code"], "invalid_input");
        assert!(line.get("input").is_none() && line.get("result").is_none());
    }

    #[test]
    fn policies_mask_what_they_name() {
        let rules = r#"mask contains "/input/user"
            mask contains {"op": "upsert", "path": "/input/new/deep", "value": [1]}
            mask contains "/input/none""#;
        let line = line(Some(rules), r#"{"user": "ann", "n": 1}"#).unwrap();
        assert_eq!(line["input"], json!({"n": 1, "new": {"deep": [1]}}));
        assert_eq!((&line["erased"], &line["masked"]), (&json!(["/input/user"]), &json!(["/input/new/deep"])));
    }

    #[test]
    fn policies_drop_lines_only_where_they_say_true() {
        let drop = "drop if input.result.allow";
        assert!(line(Some(drop), "{}").is_none());
        assert!(line(Some(drop), r#"{"user": "ann"}"#).is_some());
        assert!(line(Some("drop := 1"), "{}").is_some());
        assert!(line(Some("drop := {input.path: v | some v in [1, 2]}"), "{}").is_some(), "it fails");
    }

    #[test]
    fn where_a_mask_cannot_be_applied_nothing_of_the_event_is_written() {
        for rules in ["mask := 1", "mask := [\"/path\"]", "mask := {input.path: v | some v in [1, 2]}"] {
            let line = line(Some(rules), r#"{"user": "tulip"}"#).unwrap();
            assert!(line["custom"]["mask_error"].is_string(), "{line}");
            assert!(!line.to_string().contains("tulip"), "{line}");
            assert_eq!(line["erased"], json!(["/input", "/result"]));
        }
    }

    #[test]
    fn timestamps_are_those_of_the_calendar() {
        for (ms, expected) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_767_225_599_123, "2025-12-31T23:59:59.123Z"),
        ] {
            assert_eq!(timestamp(ms), expected);
        }
    }
}
