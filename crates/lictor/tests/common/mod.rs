//! Lictor as one that answers questions, so that OPA's cases and sentences can be put to it.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use lictor::{BuildError, Builder, Error, Host, Network, Rows, StandardHost, StandardNetwork, json};
use lictor_testing::{Answer, Answers, Compilation, Finding, Json, Question, Version};

/// Lictor, with its fast rooms or without.
pub(crate) struct Lictor {
    /// Whether lens and index are left out.
    pub(crate) slow: bool,
    /// Whether programs note what they evaluate.
    pub(crate) traced: bool,
}

/// The clock and randomness of the machine, and its own addresses, but nothing that only this machine has.
struct Sealed;

static NETWORK: LazyLock<StandardNetwork> = LazyLock::new(|| StandardNetwork::to(["localhost", "10.0.0.0", "::"]));

impl Host for Sealed {
    fn now_ns(&self) -> i64 {
        StandardHost::default().now_ns()
    }

    fn random(&self, bytes: &mut [u8]) {
        StandardHost::default().random(bytes);
    }

    fn network(&self) -> Option<&dyn Network> {
        Some(&*NETWORK)
    }
}

impl Answers for Lictor {
    fn answer(&self, question: &Question) -> Answer {
        let policy = match self.builder(question).build() {
            Ok(policy) => policy,
            Err(BuildError::Rejected(diagnostics)) => {
                let code = diagnostics.first().map_or("", |diagnostic| diagnostic.code.as_str());
                return Answer::error(code, lictor::report::opa_text(&diagnostics));
            }
            Err(other) => return Answer::error("build", other.to_string()),
        };
        let mut session = policy.session();
        match session.eval("question", question.input.as_deref().map(str::as_bytes)) {
            Ok(rows) => Answer::Rows(rows_as_json(rows)),
            Err(error) => {
                let code = if let Error::Evaluation(error) = &error { error.code() } else { "lictor" };
                Answer::error(code, error.to_string())
            }
        }
    }
}

impl Lictor {
    fn builder(&self, question: &Question) -> Builder {
        let version = match question.version {
            Version::V0 => lictor::Version::V0,
            Version::V1 => lictor::Version::V1,
        };
        let mut builder = Builder::new()
            .version(version)
            .host(Arc::new(Sealed))
            .deadline(Duration::from_secs(20))
            .strict_builtin_errors(question.strict)
            .query("question", &question.query);
        for (place, text) in question.modules.iter().enumerate() {
            builder = builder.module(Question::module_name(place), text);
        }
        if let Some(data) = &question.data {
            builder = builder.data(data.as_bytes());
        }
        let builder = if self.traced { builder.traced() } else { builder };
        if self.slow { builder.without_fast_rooms() } else { builder }
    }
}

/// What is wrong with the modules of a case.
pub(crate) fn findings(case: &Compilation) -> Vec<Finding> {
    let version = match case.version() {
        Some(Version::V0) => lictor::Version::V0,
        _ => lictor::Version::V1,
    };
    let mut builder = Builder::new().version(version).strict(case.strict).print(case.print_statements);
    for (place, text) in case.modules.iter().enumerate() {
        builder = builder.module(Question::module_name(place), text);
    }
    let Err(BuildError::Rejected(diagnostics)) = builder.check() else { return vec![] };
    let finding = |diagnostic: &lictor::Diagnostic| {
        let (module, row, col) = diagnostic.position().unwrap_or_default();
        let code = diagnostic.code.as_str().to_owned();
        Finding { module: module.to_owned(), code, row, col, message: diagnostic.message.clone() }
    };
    diagnostics.iter().map(finding).collect()
}

fn rows_as_json(rows: Rows<'_>) -> Vec<Json> {
    let binding = |(name, value): (&str, lictor::Value<'_>)| {
        let mut text = Vec::new();
        json::write_json(value, &mut text);
        let value = Json::read(&String::from_utf8_lossy(&text)).expect("what is written is JSON");
        (name.to_owned(), value)
    };
    rows.iter().map(|row| Json::Object(row.bindings().map(binding).collect())).collect()
}
