//! What the stages find: findings gathered with the stage that found them.

use std::sync::Arc;

use lictor_syntax::{Code, Details, Diagnostic, Source, Span};

use crate::front::analysis::{Finding, Stage};

/// The findings so far, and the files they are about.
pub(crate) struct Report {
    files: Arc<[Arc<Source>]>,
    findings: Vec<Finding>,
    query: Option<usize>,
}

impl Report {
    /// Nothing found yet.
    pub(crate) fn new(files: impl Into<Arc<[Arc<Source>]>>) -> Self {
        Report { files: files.into(), findings: vec![], query: None }
    }

    /// Nothing found yet of the same files.
    pub(crate) fn beside(&self) -> Self {
        Report::new(Arc::clone(&self.files))
    }

    /// What was found so far.
    pub(crate) fn take(&mut self) -> Vec<Finding> {
        std::mem::take(&mut self.findings)
    }

    /// Adds what was found elsewhere.
    pub(crate) fn extend(&mut self, findings: impl IntoIterator<Item = Finding>) {
        self.findings.extend(findings);
    }

    /// From here on findings are about the query of that number, or about modules.
    pub(crate) fn about(&mut self, query: Option<usize>) {
        self.query = query;
    }

    /// Notes a finding at a place of a file.
    pub(crate) fn add(&mut self, stage: Stage, code: Code, file: u32, at: Span, message: impl Into<String>) {
        self.hinted(stage, code, file, at, message, None);
    }

    /// The same with a hint.
    pub(crate) fn hinted(
        &mut self,
        stage: Stage,
        code: Code,
        file: u32,
        at: Span,
        message: impl Into<String>,
        hint: Option<String>,
    ) {
        let diagnostic = match self.files.get(file as usize) {
            Some(source) => Diagnostic::new(code, message, source, at),
            None => {
                let message = message.into();
                Diagnostic { code, message, source: None, span: at, labels: vec![], hints: vec![], details: None }
            }
        };
        let diagnostic = hint.into_iter().fold(diagnostic, Diagnostic::hint);
        self.findings.push(Finding { stage, query: self.query, diagnostic });
    }

    /// The same with details.
    #[expect(clippy::too_many_arguments, reason = "all that a finding is made of")]
    pub(crate) fn detailed(
        &mut self,
        stage: Stage,
        code: Code,
        file: u32,
        at: Span,
        message: impl Into<String>,
        hint: Option<String>,
        details: Option<Details>,
    ) {
        self.hinted(stage, code, file, at, message, hint);
        if let Some(last) = self.findings.last_mut() {
            last.diagnostic.details = details.map(Box::new);
        }
    }

    /// Notes a finding that has no place, as some of OPA's have not.
    pub(crate) fn add_placeless(&mut self, stage: Stage, code: Code, message: impl Into<String>) {
        self.hinted(stage, code, u32::MAX, Span::default(), message, None);
    }

    /// `file:row` of a place, as messages name it.
    pub(crate) fn place(&self, file: u32, at: Span) -> String {
        match self.files.get(file as usize) {
            Some(source) => format!("{}:{}", source.name(), source.row_of(at.start)),
            None => String::new(),
        }
    }

    /// The row of a place.
    pub(crate) fn row(&self, file: u32, at: Span) -> u32 {
        self.files.get(file as usize).map_or(0, |source| source.row_of(at.start))
    }

    /// Whether nothing was found after which the next stage could not go on.
    pub(crate) fn goes_on(&self) -> bool {
        self.findings.iter().all(|finding| finding.stage.goes_on())
    }

    /// The findings, modules before queries, stage by stage, by place within a stage; those of a query as they came.
    pub(crate) fn finish(mut self) -> Vec<Finding> {
        self.findings.sort_by_cached_key(|finding| {
            let place = finding.diagnostic.position().map(|(name, row, col)| (name.to_owned(), row, col));
            // What has no place comes last.
            let placeless = place.is_none();
            let by_place = finding.query.is_none().then(|| (placeless, place, finding.diagnostic.message.clone()));
            (finding.query, finding.stage, by_place)
        });
        self.findings
    }
}
