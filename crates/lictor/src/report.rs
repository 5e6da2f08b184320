//! Diagnostics as text and as JSON: the one place where errors become something to look at.

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use lictor_syntax::Diagnostic;
use serde_json::{Value as Json, json};

use crate::error::Error;
use crate::traceback::Frame;

/// How diagnostics look as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Style {
    /// Colour and bold, for terminals.
    pub color: bool,
}

/// Diagnostics with the source line underlined, one block each.
///
/// ```text
/// error[rego_unsafe_var_error]: var y is unsafe
///  --> authz.rego:3:8
///   |
/// 3 | allow if { y > 1 }
///   |            ^
/// ```
pub fn pretty(diagnostics: &[Diagnostic], style: Style) -> String {
    let renderer = if style.color { Renderer::styled() } else { Renderer::plain() };
    let blocks = diagnostics.iter().map(|diagnostic| block(diagnostic, &renderer));
    blocks.collect::<Vec<_>>().join("\n\n") + "\n"
}

fn block(diagnostic: &Diagnostic, renderer: &Renderer) -> String {
    let title = Level::ERROR.primary_title(diagnostic.message.as_str()).id(diagnostic.code.as_str());
    let Some(source) = &diagnostic.source else {
        return renderer.render(&[title.elements(hints(diagnostic))]);
    };
    let text = source.text();
    let range = |span: lictor_syntax::Span| {
        // A span may end behind the text (at its end, nothing is left to underline): show one place at least.
        let start = floor(text, (span.start as usize).min(text.len()));
        start..floor(text, (span.end as usize).min(text.len())).max(start)
    };
    let snippet = Snippet::source(text)
        .path(&**source.name())
        .annotation(AnnotationKind::Primary.span(range(diagnostic.span)))
        .annotations(
            diagnostic
                .labels
                .iter()
                .map(|(span, label)| AnnotationKind::Context.span(range(*span)).label(label.as_str())),
        );
    renderer.render(&[title.element(snippet).elements(hints(diagnostic))])
}

fn hints(diagnostic: &Diagnostic) -> impl Iterator<Item = annotate_snippets::Message<'_>> {
    diagnostic.hints.iter().map(|hint| Level::HELP.message(hint.as_str()))
}

/// The nearest character boundary at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// Diagnostics as OPA prints them: a count, then `file:row: code: message` for each; parse errors with their line.
pub fn opa_text(diagnostics: &[Diagnostic]) -> String {
    if diagnostics.is_empty() { String::new() } else { lictor_syntax::opa_text(diagnostics) + "\n" }
}

/// A diagnostic as in OPA's `{"errors": [..]}`, with our hints beside it.
pub fn json(diagnostic: &Diagnostic) -> Json {
    let mut entry = json!({"message": diagnostic.message, "code": diagnostic.code.as_str()});
    if let Some((file, row, col)) = diagnostic.opa_position() {
        entry["location"] = json!({"file": file, "row": row, "col": col});
    }
    if let Some((line, idx)) = diagnostic.opa_details() {
        entry["details"] = json!({"line": line, "idx": idx});
    }
    if let Some(details) = &diagnostic.details {
        entry["details"] = details.json.to_value();
    }
    if !diagnostic.hints.is_empty() {
        entry["hints"] = json!(diagnostic.hints);
    }
    entry
}

/// The same with the text at its place, in base64 as OPA has it.
pub fn json_with_text(diagnostic: &Diagnostic) -> Json {
    let mut entry = json(diagnostic);
    if let (Some(source), Some(place)) = (&diagnostic.source, entry.get_mut("location")) {
        let located = lictor_syntax::location_to_json(source, diagnostic.span, true).to_value();
        place["text"] = located["text"].clone();
    }
    entry
}

/// An evaluation's error as in OPA's `{"errors": [..]}`.
pub fn eval_json(error: &Error) -> Json {
    let Error::Evaluation(error) = error else { return json!({ "message": error.to_string() }) };
    let mut entry = json!({"message": error.to_string(), "code": error.code()});
    if let Some(at) = &error.at {
        entry["location"] = json!({"file": &*at.file, "row": at.row, "col": at.col});
    }
    entry
}

/// The same with where the evaluation was.
pub fn eval_json_with(error: &Error, frames: &[Frame]) -> Json {
    let mut entry = eval_json(error);
    if !frames.is_empty() {
        entry["stack_trace"] = stack_trace(frames);
    }
    entry
}

/// Where an evaluation was, as in OPA's errors. OPA numbers queries as they begin; here the query that was asked is 0, and
/// each one inside another has the next number.
pub fn stack_trace(frames: &[Frame]) -> Json {
    let frame = |(number, Frame { at, .. }): (usize, &Frame)| {
        let place = json!({"file": &*at.file, "row": at.row, "col": at.col});
        json!({"query_id": frames.len() - 1 - number, "location": place})
    };
    frames.iter().enumerate().map(frame).collect()
}

/// An evaluation's error as OPA prints it.
pub fn eval_text(error: &Error) -> String {
    match error {
        Error::Evaluation(error) => format!("1 error occurred: {}\n", eval_line(error)),
        other => format!("1 error occurred: {other}\n"),
    }
}

/// `file:row: code: message`
pub(crate) fn eval_line(error: &lictor_engine::Error) -> String {
    let head = format!("{}: {error}", error.code());
    match &error.at {
        Some(at) if at.file.is_empty() => format!("{}:{}: {head}", at.row, at.col),
        Some(at) => format!("{}:{}: {head}", at.file, at.row),
        None => head,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use lictor_syntax::{Code, Source, Span};

    use super::*;

    fn unsafe_var() -> Diagnostic {
        let source = Arc::new(Source::new("t.rego", "package t\n\np if { yy > 1 }\n"));
        Diagnostic::new(Code::UnsafeVar, "var yy is unsafe", &source, Span { start: 18, end: 20 }).hint("bind it first")
    }

    #[test]
    fn the_source_line_is_underlined() {
        let text = pretty(&[unsafe_var()], Style::default());
        let expected = "\
error[rego_unsafe_var_error]: var yy is unsafe
 --> t.rego:3:8
  |
3 | p if { yy > 1 }
  |        ^^
  |
  = help: bind it first
";
        assert_eq!(text, expected);
    }

    #[test]
    fn opa_s_own_form_counts_and_names_rows() {
        let one = "1 error occurred: t.rego:3: rego_unsafe_var_error: var yy is unsafe\n";
        assert_eq!(opa_text(&[unsafe_var()]), one);
        assert!(opa_text(&[unsafe_var(), unsafe_var()]).starts_with("2 errors occurred:\nt.rego:3: "));
    }

    #[test]
    fn a_span_past_the_end_of_the_text_is_shown_at_its_end() {
        let source = Arc::new(Source::new("q", "x = é"));
        let at_end = Diagnostic::new(Code::Parse, "unexpected eof token", &source, Span { start: 6, end: 9 });
        assert!(pretty(&[at_end], Style::default()).contains("x = é"));
    }
}
