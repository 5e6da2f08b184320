//! Coverage: which heads and expressions tests evaluated, file by file, counted as OPA counts.
//!
//! An expression is covered where it was evaluated, whether it held or not; a head where its definition gave a value. What
//! OPA's rule index or early exit skips is not covered. Two more runs, one without each, tell which of that they would
//! reach.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use lictor_compiler::Traced;
use lictor_engine::Linked;
use lictor_ir::Mark;
use lictor_syntax::{Module, Span};

use super::places::{Part, Places, parts};
use super::run::PatternError;
use super::{TestOptions, TestResult, Tests};
use crate::error::BuildError;

/// What tests covered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Coverage {
    /// Each file by its name.
    pub files: BTreeMap<String, FileCoverage>,
    /// Rows of all files that are covered.
    pub covered_lines: usize,
    /// Rows that are not, though there is something to evaluate.
    pub not_covered_lines: usize,
    /// The covered part of both, in percent.
    pub percent: f64,
}

/// What tests covered of a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FileCoverage {
    /// What was evaluated, in order.
    pub covered: Vec<Range>,
    /// What was not.
    pub not_covered: Vec<Range>,
    /// Rows that are covered.
    pub covered_lines: usize,
    /// Rows that are not.
    pub not_covered_lines: usize,
    /// The covered part of both, in percent.
    pub percent: f64,
}

/// A part of a file: rows and columns from 1, the end behind the last character.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Range {
    /// The row and column of the first character.
    pub start: (u32, u32),
    /// Those behind the last one.
    pub end: (u32, u32),
    /// Of what is not covered, what kept it from being evaluated, as far as that is known.
    pub kinds: Vec<Skip>,
}

/// Why something is not evaluated though its rule is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Skip {
    /// The rule index knew that its definition cannot hold.
    IndexExcluded,
    /// The rule's value was known before.
    EarlyExit,
}

/// Why there is no coverage.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CoverageError {
    /// The pattern that chooses tests is no regular expression.
    #[error(transparent)]
    Pattern(#[from] PatternError),
    /// The program that notes what is evaluated would be too large.
    #[error(transparent)]
    Build(#[from] BuildError),
}

/// A program that notes what it evaluates, and what it has noted so far.
pub(super) struct Pass {
    pub(super) linked: Linked,
    pub(super) reached: Mutex<Vec<bool>>,
}

impl Pass {
    /// Adds what an evaluation noted.
    pub(super) fn add(&self, reached: &[bool]) {
        let mut all = self.reached.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() < reached.len() {
            all.resize(reached.len(), false);
        }
        all.iter_mut().zip(reached).for_each(|(all, reached)| *all |= *reached);
    }
}

impl Tests {
    /// Runs the tests as [`Tests::run`] does, and tells what they covered. `skips` says for which reasons it is worth to find
    /// out what else was not: each takes another run.
    ///
    /// # Errors
    /// When the pattern is no regular expression, or the program that notes what is evaluated would be too large.
    pub fn coverage(
        &self,
        options: &TestOptions,
        skips: &[Skip],
        each: impl FnMut(TestResult),
    ) -> Result<Coverage, CoverageError> {
        let flat = self.compiled.flat(&self.modules);
        let pass = |index, early_exit| -> Result<Pass, BuildError> {
            let linked = self.compiled.traced_of(&flat, Traced::AsOpa { index, early_exit })?;
            Ok(Pass { linked, reached: Mutex::default() })
        };
        let mut passes = vec![pass(true, true)?];
        for skip in skips {
            passes.push(pass(*skip != Skip::IndexExcluded, *skip != Skip::EarlyExit)?);
        }
        self.run_with(options, &passes, each)?;
        let places: Vec<Places<'_>> = self.modules.iter().map(Places::of).collect();
        let heads = Heads::of(&self.modules);
        let covered: Vec<_> = passes.iter().map(|pass| heads.covered(pass, &places)).collect();
        Ok(self.report(&places, &covered, skips))
    }

    /// `covered` holds the ranges by file: of the run that counts, and of one more for each skip.
    fn report(&self, places: &[Places<'_>], covered: &[Vec<BTreeSet<Range>>], skips: &[Skip]) -> Coverage {
        let mut all = Coverage::default();
        for (file, (module, places)) in self.modules.iter().zip(places).enumerate() {
            let ranges = |run: usize| covered.get(run).and_then(|files| files.get(file)).into_iter().flatten();
            let within = |run: usize, range: &Range| ranges(run).any(|other| other.contains(range));
            let parts =
                module.rules.iter().flat_map(parts).flat_map(|(_, part)| part.body.into_iter().chain([part.head]));
            let there: BTreeSet<Range> =
                places.literals.iter().copied().chain(parts).map(|span| places.range(span)).collect();
            let missing = there.into_iter().filter(|range| !within(0, range)).map(|range| {
                let reached = |(number, _): &(usize, &Skip)| within(number + 1, &range);
                let kinds = skips.iter().enumerate().filter(reached).map(|(_, skip)| *skip).collect();
                Range { kinds, ..range }
            });
            let not_covered: Vec<Range> = missing.collect();
            let covered: Vec<Range> = ranges(0).cloned().collect();
            let (lines, missing) = (lines(&covered), lines(&not_covered));
            let percent = percent(lines, missing);
            all.covered_lines += lines;
            all.not_covered_lines += missing;
            let file = FileCoverage { covered, not_covered, covered_lines: lines, not_covered_lines: missing, percent };
            all.files.insert(module.source.name().to_string(), file);
        }
        all.percent = percent(all.covered_lines, all.not_covered_lines);
        all
    }
}

impl Range {
    fn contains(&self, other: &Range) -> bool {
        self.start <= other.start && self.end >= other.end
    }
}

fn percent(covered: usize, not_covered: usize) -> f64 {
    match covered + not_covered {
        0 => 0.0,
        all => 100.0 * covered as f64 / all as f64,
    }
}

/// How many rows ranges touch.
fn lines(ranges: &[Range]) -> usize {
    ranges.iter().flat_map(|range| range.start.0..=range.end.0).collect::<BTreeSet<_>>().len()
}

/// The parts of all definitions, by file and place.
struct Heads(HashMap<(u32, Span), Part>);

impl Heads {
    fn of(modules: &[Module]) -> Self {
        let mut heads = HashMap::new();
        for (file, module) in (0..).zip(modules) {
            for rule in &module.rules {
                heads.extend(parts(rule).into_iter().map(|(span, part)| ((file, span), part)));
            }
        }
        Heads(heads)
    }

    /// What a run covered, by file.
    fn covered(&self, pass: &Pass, places: &[Places<'_>]) -> Vec<BTreeSet<Range>> {
        let mut covered = vec![BTreeSet::new(); places.len()];
        let reached = pass.reached.lock().unwrap_or_else(PoisonError::into_inner);
        let marks = pass.linked.program().marks.iter();
        for (mark, _) in marks.zip(reached.iter()).filter(|(_, reached)| **reached) {
            let Mark { file, start, end, definition, begins_case, .. } = *mark;
            let span = Span { start, end };
            let (Some(ranges), Some(places)) = (covered.get_mut(file as usize), places.get(file as usize)) else {
                continue;
            };
            match self.0.get(&(file, span)) {
                Some(part) if definition => {
                    ranges.insert(places.range(part.head));
                    ranges.extend(part.body.filter(|_| part.constant).map(|body| places.range(body)));
                }
                _ if definition => {}
                // The call that begins a case stands in no file, unless it is written there.
                _ if begins_case && !places.is_written(span) => {}
                _ if !places.counts(span) => {}
                _ => drop(ranges.insert(places.range(span))),
            }
        }
        covered
    }
}
