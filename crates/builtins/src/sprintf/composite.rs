//! Slices and maps, item by item: what Go's `fmt` prints for JSON that it has decoded.

use lictor_value::{Object, Value, View, text};

use super::argument::Argument;
use super::layout::Layout;

/// Go's name of the type of an array.
pub(super) const SLICE: &str = "[]interface {}";

/// Go's name of the type of an object.
pub(super) const MAP: &str = "map[string]interface {}";

impl<'v> Argument<'v> {
    /// What Go decodes JSON to. There are no sets in it, and all keys are strings.
    pub(crate) fn of_json(value: Value<'v>) -> Self {
        match value.view() {
            View::Null => Argument::Nil,
            View::Bool(bool) => Argument::Bool(bool),
            View::Str(text) => Argument::Text(text),
            View::Array(items) => Argument::Slice(items),
            View::Object(object) => Argument::Map(object),
            _ => {
                let mut number = Vec::new();
                text::write_rego(value, &mut number);
                Argument::JsonNumber(number)
            }
        }
    }
}

/// At most how many bytes a slice takes.
pub(super) fn room_of_slice(items: &[Value<'_>], layout: &Layout) -> usize {
    items.iter().fold(64, |sum, item| sum.saturating_add(Argument::of_json(*item).room(layout)))
}

/// At most how many bytes a map takes.
pub(super) fn room_of_map(object: &Object<'_>, layout: &Layout) -> usize {
    object.iter().fold(64, |sum, (key, value)| {
        let room = Argument::of_json(key).room(layout).saturating_add(Argument::of_json(value).room(layout));
        sum.saturating_add(room)
    })
}

/// Prints a slice: any verb is one for its items.
pub(super) fn print_slice(items: &[Value<'_>], layout: &Layout, verb: char, to: &mut Vec<u8>) -> bool {
    let (open, between, close) = if layout.go_syntax { ("[]interface {}{", ", ", "}") } else { ("[", " ", "]") };
    to.extend_from_slice(open.as_bytes());
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            to.extend_from_slice(between.as_bytes());
        }
        print_item(*item, layout, verb, to);
    }
    to.extend_from_slice(close.as_bytes());
    true
}

/// Prints a map: any verb is one for its keys and values.
pub(super) fn print_map(object: &Object<'_>, layout: &Layout, verb: char, to: &mut Vec<u8>) -> bool {
    let (open, between, close) =
        if layout.go_syntax { ("map[string]interface {}{", ", ", "}") } else { ("map[", " ", "]") };
    to.extend_from_slice(open.as_bytes());
    for (at, (key, value)) in object.iter().enumerate() {
        if at > 0 {
            to.extend_from_slice(between.as_bytes());
        }
        print_item(key, layout, verb, to);
        to.push(b':');
        print_item(value, layout, verb, to);
    }
    to.extend_from_slice(close.as_bytes());
    true
}

fn print_item(item: Value<'_>, layout: &Layout, verb: char, to: &mut Vec<u8>) {
    match Argument::of_json(item) {
        Argument::Nil if layout.go_syntax => to.extend_from_slice(b"interface {}(nil)"),
        Argument::Nil => to.extend_from_slice(b"<nil>"),
        argument => argument.print(layout, verb, to),
    }
}
