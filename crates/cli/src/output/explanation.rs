//! Explanations as lines for people.

use std::io::{self, Write};

use lictor::explain::{Definition, DefinitionOutcome, Explanation, Literal, Outcome, PolicyExplanation};
use lictor::{Severity, Verdict};

/// Whether there is colour.
#[derive(Clone, Copy)]
pub(crate) struct Colors(bool);

impl Colors {
    /// Colour for a terminal, unless `NO_COLOR` says otherwise.
    pub(crate) fn of(terminal: bool) -> Self {
        Colors(terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()))
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.0 { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    fn bad(self, text: &str) -> String {
        self.paint("31", text)
    }

    fn good(self, text: &str) -> String {
        self.paint("32", text)
    }

    fn quiet(self, text: &str) -> String {
        self.paint("2", text)
    }
}

/// Writes why an event is decided as it is, or why it cannot be explained.
pub(crate) fn write(
    place: &str,
    explained: &Result<Explanation, String>,
    colors: Colors,
    out: &mut dyn Write,
) -> io::Result<()> {
    let place = printable(place);
    let explanation = match explained {
        Ok(explanation) => explanation,
        Err(error) => return writeln!(out, "{place}: {}: {}", colors.bad("error"), printable(error)),
    };
    let verdict = match explanation.verdict {
        Some(Verdict::Allow) => colors.good("allow"),
        Some(Verdict::Warn) => colors.paint("33", "warn"),
        Some(Verdict::Deny) => colors.bad("deny"),
        None => colors.bad("error"),
    };
    let Explanation { entity, event, account, org, project, .. } = explanation;
    let mut about = vec![format!("entity {entity}"), format!("event {event}")];
    for (word, part) in [("account", account), ("org", org), ("project", project)] {
        about.extend(part.as_ref().map(|part| format!("{word} {}", printable(part))));
    }
    writeln!(out, "{place}: {verdict} ({})", about.join(", "))?;
    if let Some(error) = &explanation.error {
        writeln!(out, "  {}", printable(error))?;
    }
    explanation.policies.iter().try_for_each(|policy| write_policy(policy, colors, out))
}

fn write_policy(policy: &PolicyExplanation, colors: Colors, out: &mut dyn Write) -> io::Result<()> {
    let name = format!("{}/{}", policy.set, policy.policy);
    let force = match (policy.severity, policy.enforced) {
        (Severity::Error, true) => "severity error, enforced",
        (Severity::Error, false) => "severity error, but its set is not enforced: only reported",
        (Severity::Warning, true) => "severity warning",
        (Severity::Warning, false) => "severity warning, and its set is not enforced",
    };
    match policy.outcome {
        Outcome::NotAsked => {
            let why = printable(&policy.not_asked.join("; "));
            return writeln!(out, "\n{name} {}", colors.quiet(&format!("is not asked: {why}")));
        }
        Outcome::Denies => writeln!(out, "\n{name} {} ({force})", colors.bad("denies"))?,
        Outcome::Passes => writeln!(out, "\n{name} {} ({force})", colors.good("passes"))?,
        Outcome::Fails => {
            let error = policy.error.as_deref().unwrap_or_default();
            writeln!(out, "\n{name} {}: {}", colors.bad("fails"), printable(error))?;
        }
    }
    if let (Some(error), false) = (&policy.error, policy.outcome == Outcome::Fails) {
        policy.messages.iter().try_for_each(|message| writeln!(out, "  {}", printable(message)))?;
        writeln!(out, "  why is unknown, since this fails where it is looked at in order: {}", printable(error))?;
    }
    policy.definitions.iter().try_for_each(|definition| write_definition(definition, colors, out))
}

fn write_definition(definition: &Definition, colors: Colors, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "  {}:{}: {}", definition.file, definition.row, printable(&definition.text))?;
    match definition.outcome {
        DefinitionOutcome::Held => {
            for message in &definition.messages {
                writeln!(out, "    {}: {}", colors.bad("held"), printable(message))?;
            }
            if definition.messages.is_empty() {
                writeln!(out, "    held, but gave no message")?;
            }
            for (number, way) in definition.held.iter().enumerate() {
                if definition.held.len() > 1 {
                    writeln!(out, "    way {}:", number + 1)?;
                }
                way.iter().try_for_each(|literal| write_literal(literal, 3, out))?;
            }
            Ok(())
        }
        DefinitionOutcome::Failed => {
            let at = definition.literal.map(|at| format!(" at literal {at} of {}", definition.literals));
            writeln!(out, "    {}{}", colors.good("did not hold"), at.unwrap_or_default())?;
            definition.failed.iter().try_for_each(|literal| write_literal(literal, 3, out))
        }
        DefinitionOutcome::NoValue => writeln!(out, "    gave no value"),
    }
}

fn write_literal(literal: &Literal, depth: usize, out: &mut dyn Write) -> io::Result<()> {
    let indent = |more: usize| "  ".repeat(depth + more);
    let mut rows = literal.text.lines();
    writeln!(out, "{}{}:{}: {}", indent(0), literal.file, literal.row, printable(rows.next().unwrap_or_default()))?;
    for row in rows {
        writeln!(out, "{}{}", indent(1), row.replace(char::is_control, " "))?;
    }
    for value in &literal.values {
        let is = value.value.as_deref().unwrap_or("undefined");
        writeln!(out, "{}{} is {}", indent(1), printable(&value.term), printable(is))?;
    }
    literal.because.iter().try_for_each(|inner| write_literal(inner, depth + 1, out))
}

/// Text without control characters: what an event says must not steer the terminal.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}
