//! From values to text, in the style of Go's package `yaml` 3 with an indentation of two: blocks for all but what is empty,
//! scalars plain wherever they then mean the same to YAML 1.1 and 1.2, long lines never folded.

mod order;
mod style;

use lictor_value::effort;

use super::data::{Data, Key, Mapping};
use super::scalar::print_float;
use style::{Analysis, Style};

/// How long a key may be that is not marked by `?`.
const SIMPLE_KEY: usize = 128;

const INDENT: isize = 2;

/// Writes a value as a document.
pub(super) fn emit(data: &Data<'_>) -> String {
    let mut emitter =
        Emitter { to: String::new(), column: 0, at_blank: true, at_indentation: true, indent: -1, whole: true };
    emitter.node(data, Place { in_sequence: false, simple_key: false });
    emitter.write_indent();
    emitter.to
}

/// Where a node stands.
#[derive(Clone, Copy)]
struct Place {
    /// After a dash, which is part of the indentation.
    in_sequence: bool,
    /// Before a colon, on the same line.
    simple_key: bool,
}

const VALUE: Place = Place { in_sequence: false, simple_key: false };

struct Emitter {
    to: String,
    column: isize,
    /// What was last written is a blank, or nothing on this line.
    at_blank: bool,
    /// Nothing was written on this line but indentation and dashes.
    at_indentation: bool,
    /// -1 before anything is indented.
    indent: isize,
    /// The evaluation has not run out of effort.
    whole: bool,
}

impl Emitter {
    fn put(&mut self, c: char) {
        self.to.push(c);
        self.column += 1;
    }

    fn put_break(&mut self) {
        self.to.push('\n');
        self.column = 0;
        self.at_indentation = true;
    }

    /// Goes to the column of the indentation, on a new line unless nothing but indentation is on this one.
    fn write_indent(&mut self) {
        let indent = self.indent.max(0);
        if !self.at_indentation || self.column > indent || self.column == indent && !self.at_blank {
            self.put_break();
        }
        while self.column < indent {
            self.put(' ');
        }
        self.at_blank = true;
    }

    /// Writes a sign, which may be part of the indentation, after a blank where it needs one.
    fn indicator(&mut self, sign: &str, apart: bool, indentation: bool) {
        if apart && !self.at_blank {
            self.put(' ');
        }
        sign.chars().for_each(|c| self.put(c));
        self.at_blank = false;
        self.at_indentation &= indentation;
    }

    /// Indents further; gives the indentation to return to.
    fn increase(&mut self, flow: bool, place: Place) -> isize {
        let before = self.indent;
        self.indent = match before {
            ..0 => INDENT * isize::from(flow),
            _ if place.in_sequence => before + 2,
            _ => INDENT * ((before + INDENT) / INDENT),
        };
        before
    }

    fn node(&mut self, data: &Data<'_>, place: Place) {
        self.whole &= effort::spend_written(0);
        if !self.whole {
            return;
        }
        match data {
            Data::Null => self.scalar("null", Style::Plain, place),
            Data::Bool(true) => self.scalar("true", Style::Plain, place),
            Data::Bool(false) => self.scalar("false", Style::Plain, place),
            Data::Int(int) => self.scalar(&int.to_string(), Style::Plain, place),
            Data::Unsigned(int) => self.scalar(&int.to_string(), Style::Plain, place),
            Data::Float(float) => self.scalar(&print_float(*float), Style::Plain, place),
            Data::Timestamp(text) => self.scalar(text, Style::Plain, place),
            Data::Text(text) => self.scalar(text, style::wanted(text), place),
            Data::Sequence(items) if items.is_empty() => self.indicator("[]", true, false),
            Data::Mapping(mapping) if mapping.entries.is_empty() => self.indicator("{}", true, false),
            Data::Sequence(items) => self.sequence(items, place),
            Data::Mapping(mapping) => self.mapping(mapping, place),
        }
    }

    fn sequence(&mut self, items: &[Data<'_>], place: Place) {
        let before = self.increase(false, place);
        for item in items {
            self.write_indent();
            self.indicator("-", true, true);
            self.node(item, Place { in_sequence: true, simple_key: false });
        }
        self.indent = before;
    }

    fn mapping(&mut self, mapping: &Mapping<'_>, place: Place) {
        let before = self.increase(false, place);
        // The values came of JSON, so their keys are text.
        let mut entries: Vec<(&str, &Data<'_>)> = Vec::with_capacity(mapping.entries.len());
        for (key, value) in &mapping.entries {
            if let Key::Text(text) = key {
                entries.push((text, value));
            }
        }
        order::sort(&mut entries);
        for (key, value) in entries {
            self.write_indent();
            if key.len() <= SIMPLE_KEY && !Analysis::of(key).multiline {
                self.scalar(key, style::wanted(key), Place { in_sequence: false, simple_key: true });
                self.indicator(":", false, false);
            } else {
                self.indicator("?", true, true);
                self.scalar(key, style::wanted(key), VALUE);
                self.write_indent();
                self.indicator(":", true, true);
            }
            self.node(value, VALUE);
        }
        self.indent = before;
    }

    fn scalar(&mut self, text: &str, wanted: Style, place: Place) {
        self.whole &= effort::spend_bytes(text.len());
        if !self.whole {
            return;
        }
        let before = self.increase(true, place);
        match Analysis::of(text).style(wanted, place.simple_key) {
            Style::Plain => {
                if !self.at_blank {
                    self.put(' ');
                }
                text.chars().for_each(|c| self.put(c));
                self.at_blank = false;
                self.at_indentation = false;
            }
            Style::Single => self.single_quoted(text),
            Style::Double => self.double_quoted(text),
            Style::Literal => self.literal(text),
        }
        self.indent = before;
    }

    /// Writes a character of a text over several lines; after line breaks, others are indented.
    fn write_line_by_line(&mut self, c: char, broken: &mut bool) {
        if style::is_break(c) {
            if c == '\n' {
                self.put_break();
            } else {
                self.put(c);
                self.column = 0;
                self.at_indentation = true;
            }
            *broken = true;
        } else {
            if *broken {
                self.write_indent();
            }
            self.put(c);
            self.at_indentation = false;
            *broken = false;
        }
    }

    fn single_quoted(&mut self, text: &str) {
        self.indicator("'", true, false);
        let mut broken = false;
        for c in text.chars() {
            if c == '\'' {
                self.write_line_by_line(c, &mut broken);
            }
            self.write_line_by_line(c, &mut broken);
        }
        self.indicator("'", false, false);
        self.at_indentation = false;
    }

    fn double_quoted(&mut self, text: &str) {
        self.indicator("\"", true, false);
        // Go looks for the byte order mark at the beginning of the text, wherever it is.
        let marked = text.starts_with('\u{feff}');
        for c in text.chars() {
            if marked || !style::is_printable(c) || style::is_break(c) || matches!(c, '"' | '\\') {
                style::escape(c).chars().for_each(|c| self.put(c));
            } else {
                self.put(c);
            }
        }
        self.indicator("\"", false, false);
        self.at_indentation = false;
    }

    fn literal(&mut self, text: &str) {
        self.indicator("|", true, false);
        if text.starts_with(|c| c == ' ' || style::is_break(c)) {
            self.indicator("2", false, false);
        }
        let mut from_end = text.chars().rev().map(style::is_break);
        match (from_end.next(), from_end.next()) {
            (Some(true), Some(false)) => {}
            (Some(true), _) => self.indicator("+", false, false),
            _ => self.indicator("-", false, false),
        }
        self.put_break();
        self.at_blank = true;
        let mut broken = true;
        for c in text.chars() {
            self.write_line_by_line(c, &mut broken);
        }
    }
}
