//! A replay as a page: one file with its style and charts in it, without scripts, and nothing is fetched.
//!
//! All that comes from events, policies and arguments is escaped.

use std::fmt::Write as _;
use std::io::{self, Write};

use lictor::replay::{Counts, Kind, Report};

use super::{Bad, message, policy, sentence, words};

/// Groups and errors past this many are counted, not shown.
const ROWS: usize = 500;

const STYLE: &str = include_str!("page.css");

/// Writes the page; `old` and `new` are what both policies are called.
pub(crate) fn write(report: &Report, bad: &[Bad], old: &str, new: &str, out: &mut dyn Write) -> io::Result<()> {
    write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>Policy replay</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n"
    )?;
    let (from, to) = (escape(old), escape(new));
    writeln!(out, "<h1>Policy replay</h1>\n<p>From <code>{from}</code> to <code>{to}</code></p>")?;
    writeln!(out, "<p class=\"sentence\">{}.</p>", escape(&sentence(report)))?;
    out.write_all(verdicts(report).as_bytes())?;
    out.write_all(kinds(report).as_bytes())?;
    out.write_all(groups(report).as_bytes())?;
    out.write_all(errors(report, bad).as_bytes())?;
    out.write_all(b"</main>\n</body>\n</html>\n")
}

/// The verdicts of both policies: a bar each, in the same scale.
fn verdicts(report: &Report) -> String {
    let mut svg = String::new();
    for (row, (side, counts)) in [("Old", &report.old), ("New", &report.new)].into_iter().enumerate() {
        let y = row * 44;
        let _ = writeln!(svg, "<text class=\"label\" x=\"0\" y=\"{}\">{side}</text>", y + 21);
        let mut x = 48.0;
        for (class, count) in parts(counts) {
            let width = share(count, report.events) * 700.0;
            if count == 0 {
                continue;
            }
            let _ = writeln!(
                svg,
                "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y}\" width=\"{width:.1}\" height=\"32\"><title>{side}: {count} \
                 {class}</title></rect>"
            );
            if width > 9.0 * (count.to_string().len() + 1) as f64 {
                let middle = x + width / 2.0;
                let _ = writeln!(svg, "<text class=\"on\" x=\"{middle:.1}\" y=\"{}\">{count}</text>", y + 21);
            }
            x += width;
        }
    }
    let mut text = String::from("<h2>Decisions</h2>\n");
    let sides = [("old", &report.old), ("new", &report.new)].map(|(side, counts)| {
        let parts: Vec<String> = parts(counts).iter().map(|(class, count)| format!("{count} {class}")).collect();
        format!("{side}: {}", parts.join(", "))
    });
    let _ = writeln!(
        text,
        "<svg role=\"img\" viewBox=\"0 0 748 78\" aria-label=\"{}\">\n{svg}</svg>",
        escape(&sides.join("; "))
    );
    text.push_str("<ul class=\"legend\">");
    for ((class, old), (_, new)) in parts(&report.old).into_iter().zip(parts(&report.new)) {
        let _ = write!(text, "<li><i class=\"{class}\"></i>{class}: {old} &rarr; {new}</li>");
    }
    text.push_str("</ul>\n");
    text
}

fn parts(counts: &Counts) -> [(&'static str, u64); 4] {
    [("allowed", counts.allow), ("warned", counts.warn), ("denied", counts.deny), ("error", counts.error)]
}

/// How many events change how: a bar a kind.
fn kinds(report: &Report) -> String {
    let shown: Vec<Kind> = Kind::ALL.into_iter().filter(|kind| report.count(*kind) > 0).collect();
    let mut text = String::from("<h2>Changes</h2>\n");
    let Some(most) = shown.iter().map(|kind| report.count(*kind)).max() else {
        text.push_str("<p>Nothing changes.</p>\n");
        return text;
    };
    let height = shown.len() * 34;
    let _ = writeln!(text, "<svg role=\"img\" viewBox=\"0 0 748 {height}\" aria-label=\"Events by kind of change\">");
    for (row, kind) in shown.into_iter().enumerate() {
        let (y, count) = (row * 34, report.count(kind));
        // The longest bar leaves room for its number.
        let width = (share(count, most) * 500.0).max(2.0);
        let _ = writeln!(
            text,
            "<text class=\"label\" x=\"0\" y=\"{base}\">{words}</text><rect class=\"{class}\" x=\"150\" y=\"{y}\" \
             width=\"{width:.1}\" height=\"24\"/><text class=\"label\" x=\"{end:.1}\" y=\"{base}\">{count}</text>",
            base = y + 17,
            words = words(kind),
            class = class(kind),
            end = 158.0 + width,
        );
    }
    text.push_str("</svg>\n");
    text
}

fn class(kind: Kind) -> &'static str {
    match kind {
        Kind::NewlyDenied => "denied",
        Kind::NewlyAllowed => "allowed",
        Kind::NewlyWarned => "warned",
        Kind::NoLongerWarned | Kind::OtherMessages => "plain",
        Kind::NewlyFailing | Kind::NoLongerFailing => "error",
    }
}

fn groups(report: &Report) -> String {
    let groups = report.groups();
    if groups.is_empty() {
        return String::new();
    }
    let mut text = String::from(
        "<h2>By policy and message</h2>\n<table>\n<thead><tr><th>Change</th><th class=\"number\">Events</th>\
         <th>Policy</th><th>Message</th><th>For example</th></tr></thead>\n<tbody>\n",
    );
    for group in groups.iter().take(ROWS) {
        let examples: Vec<String> =
            group.examples.iter().map(|place| format!("<code>{}</code>", escape(place))).collect();
        let _ = writeln!(
            text,
            "<tr><td><span class=\"badge {}\">{}</span></td><td class=\"number\">{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            class(group.kind),
            words(group.kind),
            group.count,
            escape(&policy(group)),
            escape(&message(group)),
            examples.join("<br>"),
        );
    }
    text.push_str("</tbody>\n</table>\n");
    if groups.len() > ROWS {
        let _ = writeln!(text, "<p>And {} groups more.</p>", groups.len() - ROWS);
    }
    text
}

fn errors(report: &Report, bad: &[Bad]) -> String {
    if report.failed == 0 {
        return String::new();
    }
    let mut text = format!(
        "<h2>Not judged</h2>\n<p>{} of {} events could not be judged by the old policy, the new one, or both. An error is \
         never an allow.</p>\n<table>\n<thead><tr><th>Event</th><th>Old</th><th>New</th></tr></thead>\n<tbody>\n",
        report.failed, report.events
    );
    for Bad { place, old, new } in bad.iter().take(ROWS) {
        let side = |error: &Option<String>| error.as_ref().map_or_else(|| "judged".to_owned(), |error| escape(error));
        let place = escape(place);
        let _ = writeln!(text, "<tr><td><code>{place}</code></td><td>{}</td><td>{}</td></tr>", side(old), side(new));
    }
    text.push_str("</tbody>\n</table>\n");
    let more = report.failed.saturating_sub(bad.len().min(ROWS) as u64);
    if more > 0 {
        let _ = writeln!(text, "<p>And {more} more.</p>");
    }
    text
}

fn share(count: u64, of: u64) -> f64 {
    if of == 0 { 0.0 } else { count as f64 / of as f64 }
}

/// Text that is nothing but text, in elements and in quoted attributes.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c if c.is_control() => escaped.push(char::REPLACEMENT_CHARACTER),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_a_message_is_text() {
        assert_eq!(escape("<b a='\"'>&\n"), "&lt;b a=&#39;&quot;&#39;&gt;&amp;\u{fffd}");
    }
}
