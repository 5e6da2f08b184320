//! A decision: one verdict, and what led to it.
//!
//! The verdict is the worst of all findings; there is no other flag to forget. An event that could not be judged has no
//! decision but an error, and an error is never an allow.

use serde::Serialize;

use crate::policy_set::Severity;

/// What becomes of an event. Later is worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing was found.
    Allow,
    /// Something was found, but nothing that refuses.
    Warn,
    /// A policy of severity error in an enforced set denied.
    Deny,
}

/// What policies say of one event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// What becomes of it.
    pub verdict: Verdict,
    /// Why: in the order of sets, policies and messages. Empty without allocation where nothing was found.
    pub findings: Vec<Finding>,
}

/// One message of one policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The policy set.
    pub set: String,
    /// The policy.
    pub policy: String,
    /// Where the definition stands that says so, the first of several: `file:row`.
    pub rule: String,
    /// What the policy says.
    pub message: String,
    /// How severe the set takes it.
    pub severity: Severity,
    /// Whether the set is enforced; otherwise the finding is only reported.
    pub enforced: bool,
}

impl Verdict {
    /// The name that output uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Allow => "allow",
            Verdict::Warn => "warn",
            Verdict::Deny => "deny",
        }
    }
}

impl Finding {
    /// What this finding alone makes of an event.
    pub fn verdict(&self) -> Verdict {
        if self.enforced && self.severity == Severity::Error { Verdict::Deny } else { Verdict::Warn }
    }
}

impl Decision {
    /// Allowed, with nothing found.
    pub const ALLOW: Decision = Decision { verdict: Verdict::Allow, findings: Vec::new() };

    /// The decision that findings make.
    pub fn of(findings: Vec<Finding>) -> Self {
        Decision { verdict: findings.iter().map(Finding::verdict).max().unwrap_or(Verdict::Allow), findings }
    }

    /// Whether the event may go on.
    pub fn is_allowed(&self) -> bool {
        self.verdict != Verdict::Deny
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(severity: Severity, enforced: bool) -> Finding {
        let text = || String::from("x");
        Finding { set: text(), policy: text(), rule: text(), message: text(), severity, enforced }
    }

    #[test]
    fn only_an_enforced_error_denies() {
        let cases = [
            (Severity::Error, true, Verdict::Deny),
            (Severity::Error, false, Verdict::Warn),
            (Severity::Warning, true, Verdict::Warn),
            (Severity::Warning, false, Verdict::Warn),
        ];
        for (severity, enforced, verdict) in cases {
            assert_eq!(Decision::of(vec![finding(severity, enforced)]).verdict, verdict);
        }
    }

    #[test]
    fn the_worst_finding_decides() {
        let decision = Decision::of(vec![finding(Severity::Warning, true), finding(Severity::Error, true)]);
        assert_eq!(decision.verdict, Verdict::Deny);
        assert!(Decision::of(vec![]).is_allowed());
    }
}
