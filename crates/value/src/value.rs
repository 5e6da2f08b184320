//! The value: two words, copied and never counted.
//!
//! A value points into an arena, into a program's constants, into a snapshot of base data, or into the input's own
//! bytes; `'v` is the shortest of these lifetimes. Two words rather than a Rust enum, so that a value and an `Option`
//! of one travel in two registers: as an enum of 16 bytes it travelled through the stack in overlapping pieces, which
//! cost 3 to 21 % on whole workloads.
//!
//! Numbers are an `i64`, or the number's own text where it is anything else (`1.50`, `1e3`, integers past 64 bits):
//! Rego prints a literal as it was written, and arithmetic on text is exact (see [`crate::number`]).
//!
//! This is one of the files that may hold `unsafe`: what reads a value is in [`Value::view`], what makes one is in the
//! constructors above it.
#![expect(unsafe_code, reason = "the representation of values")]

use std::fmt;
use std::marker::PhantomData;
use std::num::NonZeroU64;

use crate::collection::{Object, Set};

/// A Rego value, or [`Value::ABSENT`].
#[derive(Clone, Copy)]
pub struct Value<'v> {
    /// The tag in the low byte, and the length of a string, number text or array in the high half. Never 0.
    head: NonZeroU64,
    /// A number's bits without provenance, or a pointer.
    body: *const u8,
    life: PhantomData<&'v [u8]>,
}

/// What a value is, for `match`.
#[derive(Clone, Copy, Debug)]
pub enum View<'v> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// An integer written plainly that fits 64 bits.
    Int(i64),
    /// Any other number, as its text: JSON's grammar, kept as written.
    Number(&'v str),
    /// A string: mostly UTF-8, but a builtin may have made bytes that are not.
    Str(&'v [u8]),
    /// An array.
    Array(&'v [Value<'v>]),
    /// An object, its keys in order.
    Object(&'v Object<'v>),
    /// A set, its members in order.
    Set(&'v Set<'v>),
}

const _: () = assert!(size_of::<Option<Value<'static>>>() == 16);

// SAFETY: a value is plain data and shared borrows of plain data.
unsafe impl Send for Value<'_> {}
// SAFETY: as above.
unsafe impl Sync for Value<'_> {}

const fn tag(of: u64) -> NonZeroU64 {
    match NonZeroU64::new(of) {
        Some(tag) => tag,
        None => panic!("tags are not 0"),
    }
}

const NULL: NonZeroU64 = tag(1);
const FALSE: NonZeroU64 = tag(2);
const TRUE: NonZeroU64 = tag(3);
const INT: NonZeroU64 = tag(4);
const NUMBER: NonZeroU64 = tag(5);
const STR: NonZeroU64 = tag(6);
const ARRAY: NonZeroU64 = tag(7);
const OBJECT: NonZeroU64 = tag(8);
const SET: NonZeroU64 = tag(9);
const ABSENT: NonZeroU64 = tag(10);

impl<'v> Value<'v> {
    /// `null`
    pub const NULL: Value<'static> = Value::raw(NULL, std::ptr::null());
    /// `true`
    pub const TRUE: Value<'static> = Value::raw(TRUE, std::ptr::null());
    /// `false`
    pub const FALSE: Value<'static> = Value::raw(FALSE, std::ptr::null());
    /// Not a value: marks a slot of the engine that holds none. No policy ever sees it; [`Value::view`] shows it as
    /// null, so ask [`Value::is_absent`] first where one may be met.
    pub const ABSENT: Value<'static> = Value::raw(ABSENT, std::ptr::null());

    #[inline(always)]
    const fn raw(head: NonZeroU64, body: *const u8) -> Self {
        Value { head, body, life: PhantomData }
    }

    #[inline(always)]
    fn long(tag: NonZeroU64, len: usize, body: *const u8) -> Self {
        assert!(len <= u32::MAX as usize, "strings and arrays hold less than 4 Gi elements");
        Value::raw(tag | ((len as u64) << 32), body)
    }

    /// A boolean.
    #[inline(always)]
    pub const fn bool(b: bool) -> Self {
        Value::raw(if b { TRUE } else { FALSE }, std::ptr::null())
    }

    /// An integer.
    #[inline(always)]
    pub const fn int(i: i64) -> Self {
        Value::raw(INT, std::ptr::without_provenance(i as usize))
    }

    /// A number by its text, which must be a number in JSON's grammar. Texts that are plain integers within 64 bits
    /// must come as [`Value::int`] instead: [`crate::number::from_text`] chooses.
    #[inline]
    pub fn number_text(text: &'v str) -> Self {
        Value::long(NUMBER, text.len(), text.as_ptr())
    }

    /// A string.
    ///
    /// # Panics
    /// At 4 GiB and more; inputs are limited below that.
    #[inline]
    pub fn str(bytes: &'v [u8]) -> Self {
        Value::long(STR, bytes.len(), bytes.as_ptr())
    }

    /// An array.
    #[inline]
    pub fn array(items: &'v [Value<'v>]) -> Self {
        Value::long(ARRAY, items.len(), items.as_ptr().cast())
    }

    /// An object.
    #[inline]
    pub fn object(object: &'v Object<'v>) -> Self {
        Value::raw(OBJECT, std::ptr::from_ref(object).cast())
    }

    /// A set.
    #[inline]
    pub fn set(set: &'v Set<'v>) -> Self {
        Value::raw(SET, std::ptr::from_ref(set).cast())
    }

    /// The value as an enum.
    #[inline(always)]
    pub fn view(self) -> View<'v> {
        let len = (self.head.get() >> 32) as usize;
        // SAFETY: each tag is written by one constructor, which stored a pointer (and length) of the type read here,
        // borrowed for 'v.
        unsafe {
            match self.head.get() as u8 {
                2 => View::Bool(false),
                3 => View::Bool(true),
                4 => View::Int(self.body.addr() as i64),
                5 => View::Number(std::str::from_utf8_unchecked(std::slice::from_raw_parts(self.body, len))),
                6 => View::Str(std::slice::from_raw_parts(self.body, len)),
                7 => View::Array(std::slice::from_raw_parts(self.body.cast(), len)),
                8 => View::Object(&*self.body.cast()),
                9 => View::Set(&*self.body.cast()),
                _ => View::Null,
            }
        }
    }

    /// Whether this is [`Value::ABSENT`].
    #[inline(always)]
    pub fn is_absent(self) -> bool {
        self.head == ABSENT
    }

    /// Whether a literal made of this value holds: everything but `false` does.
    #[inline(always)]
    pub fn holds(self) -> bool {
        self.head != FALSE
    }

    /// The integer, where the value is one that fits 64 bits and is written plainly.
    #[inline(always)]
    pub fn as_int(self) -> Option<i64> {
        (self.head == INT).then(|| self.body.addr() as i64)
    }

    /// The boolean, where the value is one.
    #[inline(always)]
    pub fn as_bool(self) -> Option<bool> {
        match self.head {
            TRUE => Some(true),
            FALSE => Some(false),
            _ => None,
        }
    }

    /// The bytes, where the value is a string.
    #[inline(always)]
    pub fn as_bytes(self) -> Option<&'v [u8]> {
        if let View::Str(s) = self.view() { Some(s) } else { None }
    }

    /// The text, where the value is a string of well-formed UTF-8.
    pub fn as_text(self) -> Option<&'v str> {
        std::str::from_utf8(self.as_bytes()?).ok()
    }

    /// The items, where the value is an array.
    #[inline(always)]
    pub fn as_array(self) -> Option<&'v [Value<'v>]> {
        if let View::Array(items) = self.view() { Some(items) } else { None }
    }

    /// The object, where the value is one.
    #[inline(always)]
    pub fn as_object(self) -> Option<&'v Object<'v>> {
        if let View::Object(object) = self.view() { Some(object) } else { None }
    }

    /// The set, where the value is one.
    #[inline(always)]
    pub fn as_set(self) -> Option<&'v Set<'v>> {
        if let View::Set(set) = self.view() { Some(set) } else { None }
    }

    /// Whether the value is a number.
    #[inline(always)]
    pub fn is_number(self) -> bool {
        matches!(self.view(), View::Int(_) | View::Number(_))
    }

    /// Both words are equal: the same scalar, or the same place in memory. Cheaper than equality, and implies it.
    #[inline(always)]
    pub fn is_same_word(self, other: Value<'_>) -> bool {
        self.head == other.head && std::ptr::eq(self.body, other.body)
    }

    /// Equal heads: the same type and, for strings, number texts and arrays, the same length.
    #[inline(always)]
    pub(crate) fn same_head(self, other: Value<'_>) -> bool {
        self.head == other.head
    }

    /// The type's name as OPA's `type_name` gives it.
    pub fn type_name(self) -> &'static str {
        match self.view() {
            View::Null => "null",
            View::Bool(_) => "boolean",
            View::Int(_) | View::Number(_) => "number",
            View::Str(_) => "string",
            View::Array(_) => "array",
            View::Object(_) => "object",
            View::Set(_) => "set",
        }
    }
}

/// As Rego text.
impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_absent() {
            return f.write_str("<absent>");
        }
        let mut text = Vec::new();
        crate::text::write_rego(*self, &mut text);
        f.write_str(&String::from_utf8_lossy(&text))
    }
}
