//! The builder: modules, data, queries and sets in, a compiled policy out.
//!
//! ```
//! # fn main() -> Result<(), lictor::BuildError> {
//! let policy = lictor::Builder::new()
//!     .module("authz.rego", "package authz\n\nallow if input.user == \"ann\"")
//!     .query("allow", "data.authz.allow")
//!     .build()?;
//! let mut session = policy.session();
//! let rows = session.eval("allow", Some(br#"{"user": "ann"}"#)).unwrap();
//! assert_eq!(rows.len(), 1);
//! # Ok(())
//! # }
//! ```

use std::sync::Arc;
use std::time::Duration;

use lictor_engine::Limits;
use lictor_syntax::ast::Import;
use lictor_syntax::{Body, Code, Diagnostic, Dialect, Module, Name, Source, Version, parallel};
use lictor_value::{Host, Network, Registry};

use crate::cache::Cache;
use crate::capabilities::Capabilities;
use crate::compile;
use crate::document;
use crate::error::BuildError;
use crate::git::Repositories;
use crate::host::StandardHost;
use crate::load::{DataFile, Loaded, ModuleFile};
use crate::policy::Policy;
use crate::policy_set::PolicySet;
use crate::schemas::{SchemaFile, SchemaFiles};

/// Gathers what a policy is made of. Nothing is compiled before [`Builder::build`].
pub struct Builder {
    pub(crate) version: Version,
    pub(crate) loaded: Loaded,
    pub(crate) ignore: Vec<String>,
    /// What paths of repositories are read of.
    repositories: Repositories,
    pub(crate) queries: Vec<QueryText>,
    pub(crate) sets: Vec<PolicySet>,
    pub(crate) enforce_all: bool,
    pub(crate) strict: bool,
    pub(crate) every_stage: bool,
    /// What policies may use; everything there is unless said.
    pub(crate) capabilities: Option<Capabilities>,
    /// Builtins that may not be called.
    pub(crate) unsafe_builtins: Vec<String>,
    /// JSON texts by path.
    pub(crate) schemas: Option<SchemaFiles>,
    pub(crate) settings: Settings,
    pub(crate) host: Arc<dyn Host>,
    pub(crate) cache: Option<Cache>,
}

/// How a policy is evaluated.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Settings {
    pub(crate) limits: Limits,
    pub(crate) strict_builtin_errors: bool,
    pub(crate) print: bool,
    pub(crate) now_ns: Option<i64>,
    /// Take it for granted that events are well-formed.
    pub(crate) trusted: bool,
    /// Leave the fast rooms out: every answer is the same, only later. For tests.
    pub(crate) slow: bool,
    /// Note what is evaluated, as tests of policies do for coverage: every answer is the same, only later. For tests.
    pub(crate) traced: bool,
}

/// A query to compile.
pub(crate) struct QueryText {
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) package: Option<String>,
    pub(crate) imports: Vec<String>,
}

impl Default for Builder {
    fn default() -> Self {
        Builder {
            version: Version::V1,
            loaded: Loaded::default(),
            ignore: vec![],
            repositories: Repositories::default(),
            queries: vec![],
            sets: vec![],
            enforce_all: false,
            strict: false,
            every_stage: false,
            capabilities: None,
            unsafe_builtins: vec![],
            schemas: None,
            settings: Settings::default(),
            host: Arc::new(StandardHost::default()),
            cache: None,
        }
    }
}

impl Builder {
    /// A builder with nothing in it.
    pub fn new() -> Self {
        Builder::default()
    }

    /// The version of Rego that modules and queries are read as; v1 unless said. Policies of sets are read as v1 where
    /// they are v1, and as v0 otherwise, whatever is said here.
    #[must_use]
    pub fn version(mut self, version: Version) -> Self {
        self.version = version;
        self
    }

    /// Adds a module; `name` is what messages call it.
    #[must_use]
    pub fn module(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.loaded.modules.push(ModuleFile { name: name.into(), text: text.into() });
        self
    }

    /// Adds base data: a JSON object, merged with what is there.
    #[must_use]
    pub fn data(mut self, json: impl Into<Vec<u8>>) -> Self {
        let name = format!("data#{}", self.loaded.data.len() + 1);
        self.loaded.data.push(DataFile { name, at: vec![], bytes: json.into(), yaml: false });
        self
    }

    /// Names of files and folders that loading leaves out; `*` matches any text.
    #[must_use]
    pub fn ignore(mut self, patterns: Vec<String>) -> Self {
        self.ignore = patterns;
        self
    }

    /// The repositories that paths beginning with `git+` are read of from here on ([`crate::git`]). Share them with what
    /// loads sets, and all is of one commit.
    #[must_use]
    pub fn repositories(mut self, repositories: Repositories) -> Self {
        self.repositories = repositories;
        self
    }

    /// Adds policies and data as `--data` does: a file or a folder, perhaps with a prefix for data: `a.b:path`.
    ///
    /// # Errors
    /// When something cannot be read.
    pub fn data_path(mut self, path: &str) -> Result<Self, BuildError> {
        self.loaded.data(path, &self.ignore, &self.repositories)?;
        Ok(self)
    }

    /// Adds a folder's policies and data files as `--bundle` does.
    ///
    /// # Errors
    /// When something cannot be read.
    pub fn bundle_path(mut self, path: &str) -> Result<Self, BuildError> {
        self.loaded.bundle(path, &self.ignore, &self.repositories)?;
        Ok(self)
    }

    /// Adds policies only: a Rego file or the Rego files of a folder.
    ///
    /// # Errors
    /// When something cannot be read.
    pub fn policy_path(mut self, path: &str) -> Result<Self, BuildError> {
        let mut loaded = Loaded::default();
        loaded.data(path, &self.ignore, &self.repositories)?;
        self.loaded.modules.append(&mut loaded.modules);
        self.loaded.commits.append(&mut loaded.commits);
        Ok(self)
    }

    /// Adds a query that sessions can evaluate by its name.
    #[must_use]
    pub fn query(self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.query_in(name, text, None, &[])
    }

    /// Adds a query whose names are resolved in a package and under imports (`data.lib as l`).
    #[must_use]
    pub fn query_in(
        mut self,
        name: impl Into<String>,
        text: impl Into<String>,
        package: Option<&str>,
        imports: &[String],
    ) -> Self {
        let (name, text) = (name.into(), text.into());
        self.queries.push(QueryText { name, text, package: package.map(str::to_owned), imports: imports.to_vec() });
        self
    }

    /// Adds policy sets: [`crate::Session::decide`] judges events by them.
    #[must_use]
    pub fn sets(mut self, sets: Vec<PolicySet>) -> Self {
        self.sets.extend(sets);
        self
    }

    /// Policies of sets that were compiled before: those that are in the cache as they are here are not compiled again.
    #[must_use]
    pub fn cache(mut self, cache: &Cache) -> Self {
        self.cache = Some(cache.clone());
        self
    }

    /// What policies and queries may use; everything that is there unless said.
    #[must_use]
    pub fn capabilities(mut self, capabilities: Capabilities) -> Self {
        self.capabilities = Some(capabilities);
        self
    }

    /// Forbids calls of builtins by name: a policy or query that calls one, or replaces it by `with`, is rejected.
    /// [`Builder::capabilities`] does more: what they leave out does not exist.
    ///
    /// ```
    /// let checked = lictor::Builder::new()
    ///     .unsafe_builtins(["http.send"])
    ///     .module("p.rego", "package p\n\nallow if http.send({\"method\": \"get\", \"url\": input.url}).status_code == 200")
    ///     .check();
    /// assert!(checked.unwrap_err().to_string().contains("unsafe built-in function calls in expression: http.send"));
    /// ```
    #[must_use]
    pub fn unsafe_builtins(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.unsafe_builtins.extend(names.into_iter().map(Into::into));
        self
    }

    /// Whether to judge as if every policy set were enforced.
    #[must_use]
    pub fn enforce_all(mut self, enforce_all: bool) -> Self {
        self.enforce_all = enforce_all;
        self
    }

    /// Adds a JSON Schema, JSON or YAML text. Its path is what annotations call it by: `["a", "b"]` is `schema.a.b`; the one
    /// without a path is that of the input, which every policy and query is checked against.
    ///
    /// ```
    /// let schema = r#"{"type": "object", "properties": {"user": {"type": "string"}}}"#;
    /// let checked = lictor::Builder::new()
    ///     .schema(&[], schema)
    ///     .module("authz.rego", "package authz\n\nallow if input.usr == \"ann\"")
    ///     .check();
    /// assert!(checked.unwrap_err().to_string().contains("undefined ref: input.usr"));
    /// ```
    #[must_use]
    pub fn schema(mut self, path: &[&str], text: impl Into<Vec<u8>>) -> Self {
        let name = path.iter().fold("schema".to_owned(), |name, part| format!("{name}.{part}"));
        let path = path.iter().map(|name| (*name).into()).collect();
        self.schemas.get_or_insert_default().insert(path, SchemaFile { name, bytes: text.into() });
        self
    }

    /// Adds schemas as `--schema` does: a file is the input's, the files of a folder are called by their paths in it.
    ///
    /// # Errors
    /// When something cannot be read.
    pub fn schema_path(mut self, path: &str) -> Result<Self, BuildError> {
        self.schemas.get_or_insert_default().extend(crate::load::schemas(path)?);
        Ok(self)
    }

    /// Whether unused variables, arguments and imports are errors.
    #[must_use]
    pub fn strict(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }

    /// Whether what is wrong is reported from all stages of the compiler at once. OPA, and so a builder unless told
    /// otherwise, stops at the first stage that finds something.
    #[must_use]
    pub fn report_every_stage(mut self, every: bool) -> Self {
        self.every_stage = every;
        self
    }

    /// Whether the first builtin that fails ends an evaluation; it is undefined otherwise.
    #[must_use]
    pub fn strict_builtin_errors(mut self, strict: bool) -> Self {
        self.settings.strict_builtin_errors = strict;
        self
    }

    /// Whether `print` prints, through the host.
    #[must_use]
    pub fn print(mut self, print: bool) -> Self {
        self.settings.print = print;
        self
    }

    /// How much one evaluation may take: memory, steps, depth, time.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.settings.limits = limits;
        self
    }

    /// The longest an evaluation may run.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.settings.limits.deadline = Some(deadline);
        self
    }

    /// The instant that every evaluation sees, in ns since 1970, instead of the clock's.
    #[must_use]
    pub fn now_ns(mut self, now: i64) -> Self {
        self.settings.now_ns = Some(now);
        self
    }

    /// The network that policies may use: a [`crate::StandardNetwork`], or one of your own. Without it, `http.send` and
    /// `net.lookup_ip_addr` fail: a rule that calls them is undefined, unless errors of builtins are strict, so ask
    /// [`Policy::calls`] whether a policy needs one. This gives policies the standard host; a host of your own has a network
    /// of its own ([`Host::network`]). HTTP needs the feature `http`.
    #[must_use]
    pub fn network(mut self, network: Arc<dyn Network>) -> Self {
        self.host = Arc::new(StandardHost::default().network(network));
        self
    }

    /// The outside world that policies see.
    #[must_use]
    pub fn host(mut self, host: Arc<dyn Host>) -> Self {
        self.host = host;
        self
    }

    /// Whether to take it for granted that events are well-formed JSON in UTF-8, so that what no policy reads need not be
    /// looked at. Decisions about well-formed events stay the same and come sooner; one that is not well-formed may be
    /// decided by what it seems to say, instead of being refused. So trust only events that you have written yourself.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let policy = lictor::Builder::new()
    ///     .module("p.rego", "package p\n\ndeny contains \"no\" if input.token.type == \"USER\"")
    ///     .trusted(true)
    ///     .build()?;
    /// let event = serde_json::json!({"token": {"type": "USER", "tags": [1, 2.5]}});
    /// assert!(!policy.session().decide_value(&event)?.is_allowed());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn trusted(mut self, trusted: bool) -> Self {
        self.settings.trusted = trusted;
        self
    }

    /// Leaves lens and index out: answers stay the same and come later. For tests and for finding faults.
    #[must_use]
    pub fn without_fast_rooms(mut self) -> Self {
        self.settings.slow = true;
        self
    }

    /// Compiles programs that note what they evaluate, as coverage and reasons of failing tests need it: answers stay the
    /// same and come later. For tests and for finding faults.
    #[must_use]
    pub fn traced(mut self) -> Self {
        self.settings.traced = true;
        self
    }

    /// Compiles.
    ///
    /// # Errors
    /// Everything that is wrong with policies, queries, sets and data.
    pub fn build(mut self) -> Result<Policy, BuildError> {
        for set in &mut self.sets {
            set.enforced |= self.enforce_all;
        }
        compile::compile(self)
    }

    /// Checks modules and sets without keeping anything.
    ///
    /// # Errors
    /// As for [`Builder::build`].
    pub fn check(self) -> Result<(), BuildError> {
        self.build().map(drop)
    }

    /// The parsed modules, or what is wrong with them.
    pub(crate) fn modules(&self) -> Result<Vec<Module>, Vec<Diagnostic>> {
        let mut diagnostics = Vec::new();
        let mut modules = Vec::new();
        if let Some(why) = self.capabilities.as_ref().and_then(|allowed| allowed.fault(self.version)) {
            return Err(vec![Diagnostic::placeless(Code::Parse, why)]);
        }
        let dialect = self.dialect();
        let parse = |file: &ModuleFile| lictor_syntax::parse_module_in(&file.name, &file.text, dialect);
        let size = self.loaded.modules.iter().map(|file| file.text.len()).sum();
        for parsed in parallel::map(&self.loaded.modules, size, parse) {
            let mut parsed = if self.every_stage { parsed } else { parsed.as_opa() };
            diagnostics.append(&mut parsed.diagnostics);
            if let (Some(allowed), Some(module)) = (&self.capabilities, &parsed.tree) {
                diagnostics.extend(allowed.refused(module, self.version));
            }
            modules.extend(parsed.tree);
        }
        if let Some(allowed) = self.capabilities.as_ref().filter(|_| diagnostics.is_empty()) {
            diagnostics.extend(modules.iter().flat_map(|module| allowed.refused_heads(module)));
        }
        if diagnostics.is_empty() { Ok(modules) } else { Err(diagnostics) }
    }

    /// The dialect of modules and queries before their imports.
    pub(crate) fn dialect(&self) -> Dialect {
        let allowed = self.capabilities.as_ref();
        allowed.map_or_else(|| Dialect::new(self.version), |allowed| allowed.dialect(self.version))
    }

    /// The builtins that may be called.
    pub(crate) fn registry(&self) -> Registry {
        let mut registry = lictor_builtins::registry();
        if let Some(allowed) = &self.capabilities {
            allowed.restrict(&mut registry);
        }
        self.unsafe_builtins.iter().for_each(|name| registry.forbid(name.as_str()));
        registry
    }

    /// The base document.
    pub(crate) fn document(&self) -> Result<Arc<lictor_value::Frozen>, BuildError> {
        Ok(document::merge(&self.loaded.data)?)
    }
}

/// A query, parsed.
pub(crate) struct ParsedQuery {
    pub(crate) name: Name,
    pub(crate) body: Body,
    pub(crate) source: Arc<Source>,
    pub(crate) package: Option<Vec<Name>>,
    pub(crate) imports: Vec<Import>,
    pub(crate) dialect: Dialect,
}

impl QueryText {
    /// Parses the query with its package and imports, which may change the dialect that it begins with.
    pub(crate) fn parse(&self, dialect: Dialect) -> Result<ParsedQuery, Vec<Diagnostic>> {
        let (package, imports, dialect) = self.surroundings(dialect)?;
        let (source, parsed) = lictor_syntax::parse_query(&self.text, dialect);
        let parsed = parsed.as_opa();
        match parsed.tree {
            Some(body) if parsed.diagnostics.is_empty() => {
                Ok(ParsedQuery { name: self.name.as_str().into(), body, source, package, imports, dialect })
            }
            _ => Err(parsed.diagnostics),
        }
    }

    /// Package and imports are parsed as the head of a module, and so is what they do to the dialect.
    #[expect(clippy::type_complexity, reason = "three parts of one head, taken apart at once")]
    fn surroundings(&self, dialect: Dialect) -> Result<(Option<Vec<Name>>, Vec<Import>, Dialect), Vec<Diagnostic>> {
        if self.package.is_none() && self.imports.is_empty() {
            return Ok((None, vec![], dialect));
        }
        let package = self.package.as_deref().unwrap_or("query");
        let path = package.strip_prefix("data.").unwrap_or(package);
        let imports: String = self.imports.iter().map(|i| format!("import {i}\n")).collect();
        let parsed = lictor_syntax::parse_module_in("", &format!("package {path}\n{imports}"), dialect);
        match parsed.tree {
            Some(module) if parsed.diagnostics.is_empty() => {
                Ok((self.package.is_some().then_some(module.package.path), module.imports, module.dialect))
            }
            _ => Err(parsed.diagnostics),
        }
    }
}
