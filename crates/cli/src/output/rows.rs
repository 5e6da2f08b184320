//! A query's result in the formats of `opa eval`.

use std::io::{self, Write};

use lictor::{Row, Rows, json};

use super::indent::indent;

/// `{"result": [..]}`, or `{}` where there is none.
pub(crate) fn write_json(rows: &Rows<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut text = Vec::new();
    if rows.is_empty() {
        text.extend_from_slice(b"{}");
    } else {
        text.extend_from_slice(b"{\"result\":[");
        separated(&mut text, rows.iter(), |text, row| {
            text.extend_from_slice(b"{\"expressions\":[");
            separated(text, row.expressions(), |text, (expression, value)| {
                text.extend_from_slice(b"{\"value\":");
                json::write_json(value, text);
                text.extend_from_slice(b",\"text\":");
                json::write_json_string(expression.text.as_bytes(), true, text);
                let place = format!(",\"location\":{{\"row\":{},\"col\":{}}}}}", expression.row, expression.col);
                text.extend_from_slice(place.as_bytes());
            });
            text.push(b']');
            if row.bindings().len() > 0 {
                text.extend_from_slice(b",\"bindings\":");
                bindings(&row, text);
            }
            text.push(b'}');
        });
        text.extend_from_slice(b"]}");
    }
    line(&text, out)
}

/// One object of bindings a row.
pub(crate) fn write_bindings(rows: &Rows<'_>, out: &mut dyn Write) -> io::Result<()> {
    rows.iter().try_for_each(|row| {
        let mut text = Vec::new();
        bindings(&row, &mut text);
        line(&text, out)
    })
}

/// One array of values a row.
pub(crate) fn write_values(rows: &Rows<'_>, out: &mut dyn Write) -> io::Result<()> {
    rows.iter().try_for_each(|row| {
        let mut text = vec![b'['];
        separated(&mut text, row.expressions(), |text, (_, value)| json::write_json(value, text));
        text.push(b']');
        line(&text, out)
    })
}

/// The values of a row on one line, strings without quotes.
pub(crate) fn write_raw(rows: &Rows<'_>, out: &mut dyn Write) -> io::Result<()> {
    for row in rows.iter() {
        let mut text = Vec::new();
        for (i, (_, value)) in row.expressions().enumerate() {
            if i > 0 {
                text.push(b' ');
            }
            match value.as_bytes() {
                Some(string) => text.extend_from_slice(String::from_utf8_lossy(string).as_bytes()),
                None => json::write_json(value, &mut text),
            }
        }
        text.push(b'\n');
        out.write_all(&text)?;
    }
    Ok(())
}

/// A value alone, or a table of bindings and values; cells past `limit` bytes are cut.
pub(crate) fn write_pretty(rows: &Rows<'_>, limit: usize, out: &mut dyn Write) -> io::Result<()> {
    let Some(first) = rows.iter().next() else { return writeln!(out, "undefined") };
    if rows.len() == 1 && first.bindings().len() == 0 {
        let all_boolean = first.expressions().all(|(_, value)| value.as_bool().is_some());
        if let Some((_, value)) = first.expressions().next().filter(|_| first.expressions().len() == 1 || all_boolean) {
            let mut text = Vec::new();
            json::write_json(value, &mut text);
            return line(&text, out);
        }
    }
    // Expressions come first, those that are mere conditions only where nothing else is bound.
    let shown: Vec<usize> = (first.expressions().enumerate())
        .filter(|(_, (_, value))| value.as_bool().is_none() || first.bindings().len() == 0)
        .map(|(i, _)| i)
        .collect();
    let mut names: Vec<&str> = first.bindings().map(|(name, _)| name).collect();
    names.sort_unstable();
    let header = (first.expressions().enumerate())
        .filter(|(i, _)| shown.contains(i))
        .map(|(_, (expression, _))| expression.text.to_string())
        .chain(names.iter().map(|name| (*name).to_owned()))
        .collect();
    let cell = |value| {
        let mut text = Vec::new();
        json::write_json(value, &mut text);
        if limit > 0 && text.len() > limit {
            text.truncate(limit);
            text.extend_from_slice(b"...");
        }
        String::from_utf8_lossy(&text).into_owned()
    };
    let body = rows.iter().map(|row| {
        let values = row.expressions().enumerate().filter(|(i, _)| shown.contains(i)).map(|(_, (_, value))| value);
        let bound = names.iter().filter_map(|name| row.bindings().find(|(n, _)| n == name).map(|(_, value)| value));
        values.chain(bound).map(cell).collect()
    });
    table(header, body.collect(), out)
}

/// A table with OPA's borders: the header centred, cells to the left.
fn table(header: Vec<String>, body: Vec<Vec<String>>, out: &mut dyn Write) -> io::Result<()> {
    let width = |text: &str| text.chars().count();
    let widths: Vec<usize> = (0..header.len())
        .map(|i| body.iter().map(|row| &row[i]).chain([&header[i]]).map(|cell| width(cell)).max().unwrap_or(0) + 2)
        .collect();
    let rule = |left: &str, middle: &str, right: &str| {
        let parts: Vec<String> = widths.iter().map(|w| "─".repeat(*w)).collect();
        format!("{left}{}{right}", parts.join(middle))
    };
    writeln!(out, "{}", rule("┌", "┬", "┐"))?;
    let centred: Vec<String> = (header.iter().zip(&widths))
        .map(|(cell, w)| {
            let left = (w - width(cell)) / 2;
            format!("{}{cell}{}", " ".repeat(left), " ".repeat(w - width(cell) - left))
        })
        .collect();
    writeln!(out, "│{}│", centred.join("│"))?;
    writeln!(out, "{}", rule("├", "┼", "┤"))?;
    for row in &body {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, w)| format!(" {cell}{}", " ".repeat(w - 1 - width(cell)))).collect();
        writeln!(out, "│{}│", cells.join("│"))?;
    }
    writeln!(out, "{}", rule("└", "┴", "┘"))
}

fn bindings(row: &Row<'_>, text: &mut Vec<u8>) {
    let mut pairs: Vec<_> = row.bindings().collect();
    pairs.sort_unstable_by_key(|(name, _)| *name);
    text.push(b'{');
    separated(text, pairs.into_iter(), |text, (name, value)| {
        json::write_json_string(name.as_bytes(), true, text);
        text.push(b':');
        json::write_json(value, text);
    });
    text.push(b'}');
}

fn separated<T>(text: &mut Vec<u8>, items: impl Iterator<Item = T>, mut write: impl FnMut(&mut Vec<u8>, T)) {
    for (i, item) in items.enumerate() {
        if i > 0 {
            text.push(b',');
        }
        write(text, item);
    }
}

fn line(compact: &[u8], out: &mut dyn Write) -> io::Result<()> {
    let mut text = indent(compact);
    text.push(b'\n');
    out.write_all(&text)
}
