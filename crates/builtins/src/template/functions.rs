//! The functions that a template may call, but for what is special about `and`, `or` and `call`: Go's
//! `text/template/funcs.go`.

use lictor_value::{Context, Value, text};

use super::comparison;
use super::datum::{Data, Datum, TextKind};
use super::execution::Failure;
use crate::sprintf::{self, Argument, Layout};
use crate::urlquery;

/// How a function takes its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Signature {
    /// How many arguments it has at least.
    pub(super) fixed: usize,
    /// Whether there may be more.
    pub(super) variadic: bool,
    /// Whether the first one must be a string.
    pub(super) format: bool,
}

const fn exactly(fixed: usize) -> Signature {
    Signature { fixed, variadic: false, format: false }
}

const fn at_least(fixed: usize) -> Signature {
    Signature { fixed, variadic: true, format: false }
}

/// The signature of the function of that name.
pub(super) fn signature(name: &[u8]) -> Option<Signature> {
    Some(match name {
        b"and" | b"or" | b"call" | b"index" | b"slice" | b"eq" => at_least(1),
        b"html" | b"js" | b"urlquery" | b"print" | b"println" => at_least(0),
        b"printf" => Signature { format: true, ..at_least(1) },
        b"len" | b"not" => exactly(1),
        b"ge" | b"gt" | b"le" | b"lt" | b"ne" => exactly(2),
        _ => return None,
    })
}

/// Whether there is a function of that name.
pub(super) fn is_function(name: &[u8]) -> bool {
    signature(name).is_some()
}

/// What a function may give: a value, or what is wrong in Go's words.
pub(super) type Given<'v> = Result<Datum<'v>, Failure>;

/// Calls a function with as many arguments as its signature asks for.
pub(super) fn call<'v>(cx: &mut Context<'_, 'v>, name: &[u8], args: &[Datum<'v>]) -> Given<'v> {
    match name {
        b"index" => index(cx, args[0], &args[1..]),
        b"slice" => slice(args[0], &args[1..]),
        b"len" => length(args[0]),
        b"not" => Ok(Datum::bool(!args[0].is_true())),
        b"html" => escaped(cx, args, write_html),
        b"js" => escaped(cx, args, write_js),
        b"urlquery" => escaped(cx, args, urlquery::escape),
        b"print" => printed(cx, |cx| print(cx, args)),
        b"println" => printed(cx, |cx| print_line(cx, args)),
        b"printf" => {
            let Some(Data::Text(format, _)) = args[0].data() else { return fails("the format is no string") };
            printed(cx, |cx| sprintf::print(cx, format, &args[1..]))
        }
        _ => comparison::call(cx, name, args),
    }
}

/// A function that fails.
pub(super) fn fails<T>(why: impl Into<String>) -> Result<T, Failure> {
    Err(Failure::Failed(why.into()))
}

fn index<'v>(cx: &Context<'_, 'v>, item: Datum<'v>, indexes: &[Datum<'v>]) -> Given<'v> {
    let mut item = item.unboxed();
    if matches!(item, Datum::Absent) {
        return fails("index of untyped nil");
    }
    for index in indexes {
        let index = index.data();
        let Some(of) = item.data() else { return fails("index of nil pointer") };
        item = match of {
            Data::Slice(items, len) => match items[..len].get(position(index, len)?) {
                Some(item) => Datum::out_of(cx, *item),
                None => return fails("reflect: slice index out of range"),
            },
            Data::Text(text, _) => match text.get(position(index, text.len())?) {
                Some(byte) => Datum::Plain(Data::Byte(*byte)),
                None => return fails("reflect: string index out of range"),
            },
            Data::Map(object) => match index {
                None => return fails("value is nil; should be of type string"),
                Some(Data::Text(key, TextKind::String)) => {
                    object.get(Value::str(key)).map_or(Datum::Boxed(Data::Null), |value| Datum::out_of(cx, value))
                }
                Some(other) => return fails(format!("value has type {}; should be string", other.type_name())),
            },
            _ => return fails(format!("can't index item of type {}", of.type_name())),
        };
    }
    Ok(item)
}

/// An index as a number up to `most`.
fn position(index: Option<Data<'_>>, most: usize) -> Result<usize, Failure> {
    let index = match index {
        Some(Data::Int(index)) => index,
        Some(Data::Byte(index)) => i64::from(index),
        Some(other) => return fails(format!("cannot index slice/array with type {}", other.type_name())),
        None => return fails("cannot index slice/array with nil"),
    };
    match usize::try_from(index).ok().filter(|index| *index <= most) {
        Some(index) => Ok(index),
        None => fails(format!("index out of range: {index}")),
    }
}

/// A part of a string or slice. In Go a slice may reach past its end as far as there is memory behind it; here there is
/// none behind what was decoded.
fn slice<'v>(item: Datum<'v>, indexes: &[Datum<'v>]) -> Given<'v> {
    let Some(item) = item.data() else { return fails("slice of untyped nil") };
    if indexes.len() > 3 {
        return fails(format!("too many slice indexes: {}", indexes.len()));
    }
    let (len, room) = match item {
        Data::Text(..) if indexes.len() == 3 => return fails("cannot 3-index slice a string"),
        Data::Text(text, _) => (text.len(), text.len()),
        Data::Slice(items, len) => (len, items.len()),
        _ => return fails(format!("can't slice item of type {}", item.type_name())),
    };
    let mut bounds = [0, len, room];
    for (bound, index) in bounds.iter_mut().zip(indexes) {
        // Go does not look into an interface here.
        if matches!(index, Datum::Boxed(_)) {
            return fails("cannot index slice/array with type interface {}");
        }
        *bound = position(index.data(), room)?;
    }
    let [from, to, end] = bounds;
    for (low, high) in [(from, to), (to, end)] {
        if low > high {
            return fails(format!("invalid slice index: {low} > {high}"));
        }
    }
    Ok(Datum::Plain(match item {
        Data::Slice(items, _) => Data::Slice(&items[from..end], to - from),
        Data::Text(text, kind) => Data::Text(&text[from..to], kind),
        other => other,
    }))
}

fn length<'v>(item: Datum<'v>) -> Given<'v> {
    let length = match item.data() {
        Some(Data::Text(text, _)) => text.len(),
        Some(Data::Slice(_, len)) => len,
        Some(Data::Map(object)) => object.len(),
        Some(other) => return fails(format!("len of type {}", other.type_name())),
        None if matches!(item, Datum::Absent) => return fails("reflect: call of reflect.Value.Type on zero Value"),
        None => return fails("len of nil pointer"),
    };
    Ok(Datum::Plain(Data::Int(length as i64)))
}

/// What is printed to the buffer, as a string.
fn printed<'m, 'v>(cx: &mut Context<'m, 'v>, print: impl FnOnce(&mut Context<'m, 'v>) -> Option<()>) -> Given<'v> {
    cx.buffer.clear();
    print(cx).ok_or(Failure::Faulted)?;
    cx.reserve(cx.buffer.len()).ok_or(Failure::Faulted)?;
    Ok(Datum::string(cx.arena.slice(cx.buffer)))
}

/// Adds the values to the buffer, with spaces between those that are no strings: `fmt.Sprint`.
pub(super) fn print<'v>(cx: &mut Context<'_, 'v>, args: &[Datum<'v>]) -> Option<()> {
    let is_string = |datum: &Datum<'_>| matches!(datum.data(), Some(Data::Text(..)));
    for (at, arg) in args.iter().enumerate() {
        if at > 0 && !is_string(arg) && !is_string(&args[at - 1]) {
            cx.buffer.push(b' ');
        }
        print_one(cx, *arg)?;
    }
    Some(())
}

/// Adds the values to the buffer, with spaces between them and a line's end behind: `fmt.Sprintln`.
fn print_line<'v>(cx: &mut Context<'_, 'v>, args: &[Datum<'v>]) -> Option<()> {
    for (at, arg) in args.iter().enumerate() {
        if at > 0 {
            cx.buffer.push(b' ');
        }
        print_one(cx, *arg)?;
    }
    cx.buffer.push(b'\n');
    Some(())
}

fn print_one<'v>(cx: &mut Context<'_, 'v>, arg: Datum<'v>) -> Option<()> {
    if let Some(Data::Text(text, _)) = arg.data() {
        cx.reserve(text.len())?;
        cx.buffer.extend_from_slice(text);
        return Some(());
    }
    let (argument, layout) = (Argument::from(arg), Layout::default());
    cx.reserve(argument.room(&layout))?;
    argument.print(&layout, 'v', cx.buffer);
    Some(())
}

/// The values as text, escaped.
fn escaped<'v>(cx: &mut Context<'_, 'v>, args: &[Datum<'v>], escape: fn(&[u8], &mut Vec<u8>)) -> Given<'v> {
    let shown: Vec<_> = args
        .iter()
        .map(|arg| match arg.data() {
            None => Datum::string(b"<no value>"),
            Some(_) => *arg,
        })
        .collect();
    cx.buffer.clear();
    print(cx, &shown).ok_or(Failure::Faulted)?;
    // No byte becomes more than six.
    cx.reserve(cx.buffer.len().saturating_mul(12)).ok_or(Failure::Faulted)?;
    let mut to = Vec::with_capacity(cx.buffer.len());
    escape(cx.buffer, &mut to);
    Ok(Datum::string(cx.arena.slice(&to)))
}

fn write_html(text: &[u8], to: &mut Vec<u8>) {
    for byte in text {
        match byte {
            0 => to.extend_from_slice("\u{fffd}".as_bytes()),
            b'"' => to.extend_from_slice(b"&#34;"),
            b'\'' => to.extend_from_slice(b"&#39;"),
            b'&' => to.extend_from_slice(b"&amp;"),
            b'<' => to.extend_from_slice(b"&lt;"),
            b'>' => to.extend_from_slice(b"&gt;"),
            _ => to.push(*byte),
        }
    }
}

fn write_js(text: &[u8], to: &mut Vec<u8>) {
    let mut at = 0;
    for (c, size) in text::runes(text) {
        match c {
            '\\' => to.extend_from_slice(b"\\\\"),
            '\'' => to.extend_from_slice(b"\\'"),
            '"' => to.extend_from_slice(b"\\\""),
            '<' | '>' | '&' | '=' | '\0'..='\x1f' => {
                to.extend_from_slice(format!("\\u{:04X}", u32::from(c)).as_bytes());
            }
            _ if c.is_ascii() || text::is_printable(c) => to.extend_from_slice(&text[at..at + size]),
            _ => to.extend_from_slice(format!("\\u{:04X}", u32::from(c)).as_bytes()),
        }
        at += size;
    }
}
