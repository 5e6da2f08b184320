//! How a family of builtins is written down: one entry a builtin, everything else derived.
//!
//! ```
//! use lictor_builtins::family;
//! use lictor_value::Builtin;
//!
//! static FAMILY: &[Builtin] = family! {
//!     /// Whether `search` begins with `base`.
//!     "startswith" in "strings" |cx, search ("the whole string"): &[u8], base: &[u8]|
//!     -> "result" ("whether it does"): bool { search.starts_with(base) }
//!     /// Always gives nothing; shows a flag.
//!     "nothing" { nondeterministic: true } |cx| -> Option<bool> { cx.fail("there is nothing") }
//! };
//! assert_eq!(FAMILY[0].args.len(), 2);
//! assert_eq!(FAMILY[0].args[0].doc, "the whole string");
//! assert_eq!((FAMILY[0].result.name, FAMILY[0].categories), ("result", &["strings"][..]));
//! assert!(FAMILY[1].nondeterministic);
//! ```
//!
//! Behind a builtin's name stand the categories that OPA puts it in. What an argument is may be said behind its name, and
//! what the result is behind the name that OPA's documentation gives it.
//!
//! An argument's Rust type says its Rego type and how to read it ([`Take`]); where OPA declares another type than the one
//! that is read, it follows in brackets: `of: Value<'_> [Type::Any]`. The result's type works likewise ([`Give`]). A body
//! may use `?` where it returns an `Option`; what fails says why through the context and returns `None`.

#[cfg(test)]
pub(crate) mod calls;

use lictor_value::{Argument, Builtin, Context, Object, Set, Type, Value, View};

/// A Rust type that an argument can be read as.
pub trait Take<'v>: Sized {
    /// Its Rego type.
    const TYPE: Type;
    /// What OPA says it wants when the operand is something else: `string`, `one of {array, set}`.
    const EXPECTED: &'static str;
    /// Reads it; `None` where the value has another type.
    fn take(value: Value<'v>) -> Option<Self>;
}

/// A Rust type that a builtin can give.
pub trait Give<'v> {
    /// Its Rego type.
    const TYPE: Type;
    /// Makes the value.
    fn give(self, cx: &mut Context<'_, 'v>) -> Option<Value<'v>>;
}

/// The items of an array or set.
#[derive(Clone, Copy, Debug)]
pub struct Items<'v>(pub &'v [Value<'v>]);

/// A number, as a value.
#[derive(Clone, Copy, Debug)]
pub struct Number<'v>(pub Value<'v>);

/// Reads an operand, or leaves the fault that it has the wrong type.
#[inline(always)]
pub fn take<'v, T: Take<'v>>(cx: &mut Context<'_, 'v>, args: &[Value<'v>], at: usize) -> Option<T> {
    let value = args[at];
    match T::take(value) {
        Some(taken) => Some(taken),
        None => cx.wrong_operand(at + 1, T::EXPECTED, value),
    }
}

macro_rules! takes {
    ($($ty:ty, $rego:expr, $expected:literal, |$value:ident| $take:expr;)*) => {
        $(impl<'v> Take<'v> for $ty {
            const TYPE: Type = $rego;
            const EXPECTED: &'static str = $expected;
            #[inline(always)]
            fn take($value: Value<'v>) -> Option<Self> {
                $take
            }
        })*
    };
}

takes! {
    Value<'v>, Type::Any, "any", |value| Some(value);
    bool, Type::Boolean, "boolean", |value| value.as_bool();
    &'v [u8], Type::String, "string", |value| value.as_bytes();
    Number<'v>, Type::Number, "number", |value| value.is_number().then_some(Number(value));
    &'v [Value<'v>], Type::Array(&Type::Any), "array", |value| value.as_array();
    &'v Set<'v>, Type::Set(&Type::Any), "set", |value| value.as_set();
    &'v Object<'v>, Type::Object(&Type::Any, &Type::Any), "object", |value| value.as_object();
    Items<'v>, Type::OneOf(&[Type::Array(&Type::Any), Type::Set(&Type::Any)]), "one of {array, set}",
        |value| match value.view() {
            View::Array(items) => Some(Items(items)),
            View::Set(set) => Some(Items(set.items())),
            _ => None,
        };
}

macro_rules! gives {
    ($($ty:ty, $rego:expr, |$it:ident, $cx:ident| $give:expr;)*) => {
        $(impl<'v> Give<'v> for $ty {
            const TYPE: Type = $rego;
            #[inline(always)]
            fn give(self, $cx: &mut Context<'_, 'v>) -> Option<Value<'v>> {
                let $it = self;
                Some($give)
            }
        })*
    };
}

gives! {
    Value<'v>, Type::Any, |it, _cx| it;
    bool, Type::Boolean, |it, _cx| Value::bool(it);
    i64, Type::Number, |it, _cx| Value::int(it);
    Number<'v>, Type::Number, |it, _cx| it.0;
    &str, Type::String, |it, cx| cx.string(it);
    String, Type::String, |it, cx| cx.string(it);
    &[u8], Type::String, |it, cx| cx.string(it);
    Vec<u8>, Type::String, |it, cx| cx.string(it);
}

impl<'v, T: Give<'v>> Give<'v> for Option<T> {
    const TYPE: Type = T::TYPE;
    #[inline(always)]
    fn give(self, cx: &mut Context<'_, 'v>) -> Option<Value<'v>> {
        self?.give(cx)
    }
}

/// A builtin with nothing set: what entries leave out. Its function is never called.
pub const BLANK: Builtin = Builtin {
    name: "",
    infix: None,
    doc: "",
    categories: &[],
    args: &[],
    result: Argument { name: "", doc: "", ty: Type::Any },
    nondeterministic: false,
    relation: false,
    deprecated: false,
    placed: false,
    run: |_, _| None,
    prepare: None,
};

/// Picks the type given in brackets, or else the Rust type's own.
#[doc(hidden)]
#[macro_export]
macro_rules! rego_type {
    ($own:expr) => {
        $own
    };
    ($own:expr, $given:expr) => {
        $given
    };
}

/// The words given, or none.
#[doc(hidden)]
#[macro_export]
macro_rules! words {
    () => {
        ""
    };
    ($words:expr) => {
        $words
    };
}

/// An argument's name: a trailing `_` keeps it apart from a word of Rust's (`super_`).
#[doc(hidden)]
pub const fn argument_name(name: &'static str) -> &'static str {
    match name.as_bytes() {
        [_, .., b'_'] => name.split_at(name.len() - 1).0,
        _ => name,
    }
}

/// Writes down a family; see the module's documentation.
#[macro_export]
macro_rules! family {
    ($(
        $(#[doc = $doc:literal])+
        $name:literal $(in $($category:literal),+)? $({ $($field:ident: $set:expr),* $(,)? })?
        |$cx:ident $(, $arg:ident $(($arg_doc:expr))?: $ty:ty $([$rego:expr])?)* $(,)?|
        -> $($result_name:literal ($result_doc:expr):)? $ret:ty $([$result:expr])? $body:block
    )*) => {
        &[$($crate::family::entry(
            ::lictor_value::Builtin {
                name: $name,
                doc: concat!($($doc, "\n"),+),
                $(categories: &[$($category),+],)?
                args: &[$(::lictor_value::Argument {
                    name: $crate::family::argument_name(stringify!($arg)),
                    doc: $crate::words!($($arg_doc)?),
                    ty: $crate::rego_type!(<$ty as $crate::family::Take<'_>>::TYPE $(, $rego)?),
                }),*],
                result: ::lictor_value::Argument {
                    name: $crate::words!($($result_name)?),
                    doc: $crate::words!($($result_doc)?),
                    ty: $crate::rego_type!(<$ret as $crate::family::Give<'_>>::TYPE $(, $result)?),
                },
                run: |$cx, args| {
                    let _ = args;
                    #[allow(unused_mut, unused_assignments, reason = "a builtin may take no argument")]
                    let mut at = 0;
                    $(
                        let $arg = $crate::family::take::<$ty>($cx, args, at)?;
                        #[allow(unused_assignments, reason = "the last argument has none after it")]
                        {
                            at += 1;
                        }
                    )*
                    let _ = at;
                    #[allow(clippy::redundant_closure_call, reason = "gives `?` in the body its own function")]
                    let given: $ret = (|| $body)();
                    $crate::family::Give::give(given, $cx)
                },
                $($($field: $set,)*)?
                ..$crate::family::BLANK
            },
        )),*]
    };
}

/// An entry, unchanged: gives its function pointer a type to be inferred from.
#[doc(hidden)]
pub const fn entry(builtin: Builtin) -> Builtin {
    builtin
}
