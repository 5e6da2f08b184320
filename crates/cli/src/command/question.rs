//! What `lictor eval` and `lictor bench` are asked: a query over policies, data and input, in OPA's words.

use std::io::{self, Read};
use std::path::PathBuf;

use clap::Args;
use lictor::capabilities::Capabilities;
use lictor::traceback::{self, Frame};
use lictor::{BuildError, Builder, Error, Version, report};
use serde_json::{Value as Json, json};

/// A query and what it is about.
#[derive(Args)]
pub(crate) struct Question {
    /// The query: `data.authz.allow`, `x := input.users[_]; startswith(x, "a")`
    #[arg(value_name = "QUERY", required_unless_present = "stdin")]
    query: Option<String>,

    /// A policy or data file, or a folder of both; repeatable
    #[arg(short, long, value_name = "[PREFIX:]PATH")]
    data: Vec<String>,

    /// A bundle folder: its .rego files, data.json and data.yaml; repeatable
    #[arg(short, long, value_name = "PATH")]
    bundle: Vec<String>,

    /// The input: a JSON or YAML file
    #[arg(short, long, value_name = "FILE")]
    input: Option<PathBuf>,

    /// Read the input from standard input
    #[arg(short = 'I', long, conflicts_with_all = ["input", "stdin"])]
    stdin_input: bool,

    /// Read the query from standard input
    #[arg(long, conflicts_with = "query")]
    stdin: bool,

    /// The package that the query's names are resolved in
    #[arg(long, value_name = "PACKAGE")]
    package: Option<String>,

    /// An import for the query: `data.lib as l`; repeatable
    #[arg(long, value_name = "IMPORT")]
    import: Vec<String>,

    /// What policies may use: a capabilities file, or a version of OPA
    #[arg(long, value_name = "FILE|VERSION")]
    capabilities: Option<String>,

    /// JSON Schemas: a file for the input, or a folder of those that annotations name
    #[arg(short, long, value_name = "PATH")]
    schema: Option<String>,

    /// Files and folders left out when loading; `*` matches any text; repeatable
    #[arg(long, value_name = "PATTERN", value_delimiter = ',')]
    ignore: Vec<String>,

    /// Read policies as before OPA 1.0
    #[arg(long)]
    v0_compatible: bool,

    /// Read policies as OPA 1.0 and later do; so it is without saying
    #[arg(long, hide = true)]
    v1_compatible: bool,

    /// Let policies speak with this host only (http.send, net.lookup_ip_addr); repeatable; every host unless given
    #[arg(long, value_name = "HOST")]
    allow_net: Vec<String>,
}

/// Why there is no result.
pub(crate) enum Failure {
    /// In OPA's `errors`.
    Errors(Vec<Json>, String),
    /// Only words, on standard error.
    Said(String),
    /// The output went away.
    Output(io::Error),
}

impl Question {
    /// The name of the query in a policy that is built here.
    pub(crate) const QUERY: &str = "query";

    /// The query's text.
    pub(crate) fn query(&self) -> Result<String, Failure> {
        match &self.query {
            Some(query) => Ok(query.clone()),
            None => io::read_to_string(io::stdin()).map_err(|e| Failure::Said(e.to_string())),
        }
    }

    /// A builder with everything that was named.
    pub(crate) fn builder(&self, query: &str) -> Result<Builder, Failure> {
        let version = if self.v0_compatible { Version::V0 } else { Version::V1 };
        let allowed = self.capabilities.as_ref().map(|given| Capabilities::find(given)).transpose();
        let allowed = allowed.map_err(|error| Failure::Said(error.to_string()))?;
        let network = crate::network::allowed(allowed.as_ref(), &self.allow_net);
        let mut builder = crate::git::builder()
            .version(version)
            .network(network)
            .query_in(Question::QUERY, query, self.package.as_deref(), &self.import)
            .ignore(self.ignore.clone());
        if let Some(allowed) = allowed {
            builder = builder.capabilities(allowed);
        }
        if let Some(path) = &self.schema {
            builder = builder.schema_path(path).map_err(|e| Failure::build(&e))?;
        }
        for path in &self.data {
            builder = builder.data_path(path).map_err(|e| Failure::build(&e))?;
        }
        for path in &self.bundle {
            builder = builder.bundle_path(path).map_err(|e| Failure::build(&e))?;
        }
        Ok(builder)
    }

    /// The input's bytes, as JSON.
    pub(crate) fn input(&self) -> Result<Option<Vec<u8>>, Failure> {
        let bytes = match &self.input {
            Some(path) => {
                let unreadable = |e: &io::Error| match e.kind() {
                    io::ErrorKind::NotFound => format!("open {}: no such file or directory", path.display()),
                    _ => format!("open {}: {e}", path.display()),
                };
                std::fs::read(path).map_err(|e| Failure::Said(unreadable(&e)))?
            }
            None if self.stdin_input => {
                let mut bytes = Vec::new();
                io::stdin().read_to_end(&mut bytes).map_err(|e| Failure::Said(e.to_string()))?;
                bytes
            }
            None => return Ok(None),
        };
        lictor::json_of_yaml(bytes).map(Some).map_err(|e| Failure::Said(format!("unable to parse input: {e}")))
    }
}

impl Failure {
    pub(crate) fn build(error: &BuildError) -> Self {
        match error {
            BuildError::Rejected(diagnostics) => {
                Failure::Errors(diagnostics.iter().map(report::json).collect(), report::opa_text(diagnostics))
            }
            other => Failure::of_message(&other.to_string()),
        }
    }

    pub(crate) fn eval(error: &Error) -> Self {
        Failure::eval_at(error, &[])
    }

    /// The same with where the evaluation was.
    pub(crate) fn eval_at(error: &Error, frames: &[Frame]) -> Self {
        let traceback = if frames.is_empty() { String::new() } else { format!("\n{}", traceback::text(frames)) };
        Failure::Errors(vec![report::eval_json_with(error, frames)], report::eval_text(error) + &traceback)
    }

    /// An error that is nothing but words.
    pub(crate) fn of_message(message: &str) -> Self {
        Failure::Errors(vec![json!({ "message": message })], format!("1 error occurred: {message}\n"))
    }
}
