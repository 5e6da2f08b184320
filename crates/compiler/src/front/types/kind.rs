//! Types as OPA infers them: what values of a term are known to be.
//!
//! A type that is not known, whole or in a part, is `None`: [`Maybe`]. The order of types is OPA's, which shows where it
//! lists several. Types larger than [`LARGEST`] become `any`, so that no module makes the check slow: `x1 := [x0, x0]`,
//! `x2 := [x1, x1]` and so on double at each step.

use std::fmt;
use std::rc::Rc;

use lictor_value::{Shape, Type as Declared};

use crate::hir::Constant;

/// How many parts a type has at most, and how deeply they nest.
const LARGEST: Extent = Extent { size: 2_000, depth: 64 };

/// How large a type is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Extent {
    size: u32,
    depth: u32,
}

/// A type, or nothing where it is not known.
pub(super) type Maybe = Option<Kind>;

/// What values are.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Null,
    Boolean,
    Number,
    String,
    Array(Rc<Array>),
    Object(Rc<Object>),
    Set(Rc<Set>),
    /// One of several; of none: any.
    Any(Rc<Any>),
    Function(Rc<Function>),
}

/// Items by place, and perhaps a type for all after them.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Array {
    pub(super) rest: Maybe,
    pub(super) fixed: Vec<Maybe>,
    extent: Extent,
}

/// Values by key, and perhaps types for other keys and their values.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Object {
    pub(super) rest: Option<(Maybe, Maybe)>,
    /// In order of the keys.
    pub(super) fixed: Vec<(Constant, Maybe)>,
    extent: Extent,
}

/// Members of a type; of none: the empty set.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Set {
    pub(super) of: Maybe,
    extent: Extent,
}

/// Types in order, each once.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Any {
    pub(super) of: Vec<Kind>,
    extent: Extent,
}

/// Arguments and result.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Function {
    pub(super) args: Vec<Maybe>,
    pub(super) result: Maybe,
}

impl Extent {
    const ONE: Extent = Extent { size: 1, depth: 1 };

    /// The extent of what has these parts.
    fn around(parts: impl IntoIterator<Item = Extent>) -> Extent {
        parts.into_iter().fold(Extent::ONE, |all, part| Extent {
            size: all.size.saturating_add(part.size),
            depth: all.depth.max(part.depth.saturating_add(1)),
        })
    }
}

fn extent(kind: &Maybe) -> Extent {
    kind.as_ref().map_or(Extent::ONE, Kind::extent)
}

impl Kind {
    fn extent(&self) -> Extent {
        match self {
            Kind::Array(it) => it.extent,
            Kind::Object(it) => it.extent,
            Kind::Set(it) => it.extent,
            Kind::Any(it) => it.extent,
            Kind::Function(it) => Extent::around(it.args.iter().chain([&it.result]).map(extent)),
            _ => Extent::ONE,
        }
    }

    fn bounded(self) -> Kind {
        let Extent { size, depth } = self.extent();
        if size > LARGEST.size || depth > LARGEST.depth { Kind::any() } else { self }
    }

    /// Any value.
    pub(super) fn any() -> Kind {
        thread_local! {
            static ANY: Rc<Any> = Rc::new(Any { of: vec![], extent: Extent::ONE });
        }
        Kind::Any(ANY.with(Rc::clone))
    }

    /// An array.
    pub(super) fn array(fixed: Vec<Maybe>, rest: Maybe) -> Kind {
        Kind::array_of_any_size(fixed, rest).bounded()
    }

    fn array_of_any_size(fixed: Vec<Maybe>, rest: Maybe) -> Kind {
        let extent = Extent::around(fixed.iter().chain([&rest]).map(extent));
        Kind::Array(Rc::new(Array { rest, fixed, extent }))
    }

    /// An object.
    pub(super) fn object(fixed: Vec<(Constant, Maybe)>, rest: Option<(Maybe, Maybe)>) -> Kind {
        Kind::object_of_any_size(fixed, rest).bounded()
    }

    /// An object that is not made larger by what a policy says, as a schema's is.
    pub(super) fn object_of_any_size(mut fixed: Vec<(Constant, Maybe)>, rest: Option<(Maybe, Maybe)>) -> Kind {
        fixed.iter_mut().for_each(|(key, _)| normalise(key));
        fixed.sort_by(|a, b| a.0.cmp(&b.0));
        let others = rest.iter().flat_map(|(key, value)| [key, value]);
        let extent = Extent::around(fixed.iter().map(|(_, value)| value).chain(others).map(extent));
        Kind::Object(Rc::new(Object { rest, fixed, extent }))
    }

    /// A set.
    pub(super) fn set(of: Maybe) -> Kind {
        let extent = Extent::around([extent(&of)]);
        Kind::Set(Rc::new(Set { of, extent })).bounded()
    }

    fn one_of(mut of: Vec<Kind>) -> Kind {
        of.sort();
        of.dedup();
        let extent = Extent::around(of.iter().map(Kind::extent));
        Kind::Any(Rc::new(Any { of, extent })).bounded()
    }

    /// A function.
    pub(super) fn function(args: Vec<Maybe>, result: Maybe) -> Kind {
        Kind::Function(Rc::new(Function { args, result }))
    }

    /// The type of documents that keep to a schema.
    pub(super) fn shaped(shape: &Shape) -> Kind {
        let inner = |shape: &Shape| Some(Kind::shaped(shape));
        match shape {
            Shape::Any => Kind::any(),
            Shape::Boolean => Kind::Boolean,
            Shape::Number => Kind::Number,
            Shape::String => Kind::String,
            Shape::Array(of) => Kind::array_of_any_size(vec![], inner(of)),
            Shape::Tuple(fixed) => Kind::array_of_any_size(fixed.iter().map(inner).collect(), None),
            Shape::Object => Kind::object(vec![], Some((Some(Kind::any()), Some(Kind::any())))),
            Shape::Record(fixed) => {
                let field = |(name, shape): &(String, Shape)| (string(name), inner(shape));
                Kind::object_of_any_size(fixed.iter().map(field).collect(), None)
            }
            Shape::OneOf(of) => of.iter().fold(None, |all, shape| or(inner(shape), all)).unwrap_or_else(Kind::any),
        }
    }

    /// The type that a builtin declares.
    pub(super) fn declared(declared: &Declared) -> Kind {
        match declared {
            Declared::Any => Kind::any(),
            Declared::Null => Kind::Null,
            Declared::Boolean => Kind::Boolean,
            Declared::Number => Kind::Number,
            Declared::String => Kind::String,
            Declared::Array(of) => Kind::array(vec![], Some(Kind::declared(of))),
            Declared::Tuple(fixed, rest) => {
                Kind::array(fixed.iter().map(|of| Some(Kind::declared(of))).collect(), rest.map(Kind::declared))
            }
            Declared::Set(of) => Kind::set(Some(Kind::declared(of))),
            Declared::Object(key, value) => {
                Kind::object(vec![], Some((Some(Kind::declared(key)), Some(Kind::declared(value)))))
            }
            Declared::Record(fixed, rest) => {
                let field = |(name, of): &(&str, Declared)| (string(name), Some(Kind::declared(of)));
                let rest = rest.map(|(key, value)| (Some(Kind::declared(key)), Some(Kind::declared(value))));
                Kind::object(fixed.iter().map(field).collect(), rest)
            }
            Declared::OneOf(of) => Kind::one_of(of.iter().map(Kind::declared).collect()),
        }
    }

    /// The type of a constant.
    pub(super) fn of(constant: &Constant) -> Kind {
        match constant {
            Constant::Null => Kind::Null,
            Constant::Bool(_) => Kind::Boolean,
            Constant::Number(_) => Kind::Number,
            Constant::String(_) => Kind::String,
            Constant::Array(items) => Kind::array(items.iter().map(|item| Some(Kind::of(item))).collect(), None),
            Constant::Set(items) => Kind::set(items.iter().fold(None, |of, item| or(of, Some(Kind::of(item))))),
            Constant::Object(pairs) => {
                Kind::object(pairs.iter().map(|(key, value)| (key.clone(), Some(Kind::of(value)))).collect(), None)
            }
        }
    }

    fn contains(&self, other: &Kind) -> bool {
        match self {
            Kind::Any(it) => it.of.is_empty() && !matches!(other, Kind::Function(_)) || it.of.contains(other),
            _ => self == other,
        }
    }

    /// Whether it is a collection that can hold nothing.
    pub(super) fn is_empty_collection(&self) -> bool {
        match self {
            Kind::Object(it) => it.fixed.is_empty() && it.rest.is_none(),
            Kind::Array(it) => it.fixed.is_empty() && it.rest.is_none(),
            Kind::Set(it) => it.of.is_none(),
            _ => false,
        }
    }
}

/// Writes equal numbers alike: 1.0 and 1 are one key. So few digits are exact in 64 bits.
fn normalise(key: &mut Constant) {
    if let Constant::Number(text) = key
        && text.len() <= 16
        && let Ok(number) = text.parse::<f64>()
    {
        *text = format!("{number}").into();
    }
}

fn string(name: &str) -> Constant {
    Constant::String(name.into())
}

/// Either of two types.
pub(super) fn or(a: Maybe, b: Maybe) -> Maybe {
    let (a, b) = match (a, b) {
        (None, other) | (other, None) => return other,
        (Some(a), Some(b)) => (a, b),
    };
    match (&a, &b) {
        (Kind::Function(x), Kind::Function(y)) => {
            if x.args.len() != y.args.len() {
                return None;
            }
            let args = x.args.iter().zip(&y.args).map(|(a, b)| or(a.clone(), b.clone())).collect();
            Some(Kind::function(args, or(x.result.clone(), y.result.clone())))
        }
        (Kind::Function(_), _) | (_, Kind::Function(_)) => None,
        (Kind::Any(x), Kind::Any(y)) => Some(if x.of.is_empty() || y.of.is_empty() {
            Kind::any()
        } else {
            Kind::one_of(x.of.iter().chain(&y.of).cloned().collect())
        }),
        (Kind::Any(x), other) | (other, Kind::Any(x)) => Some(if x.of.is_empty() {
            Kind::any()
        } else {
            Kind::one_of(x.of.iter().chain([other]).cloned().collect())
        }),
        _ if a == b => Some(a),
        _ => Some(Kind::one_of(vec![a, b])),
    }
}

/// The types of two definitions of one rule, as one: sets and objects of other keys are merged, all else is either.
pub(super) fn merge(a: Maybe, b: Maybe) -> Maybe {
    match (a, b) {
        (None, other) | (other, None) => other,
        (Some(Kind::Object(x)), Some(Kind::Object(y))) if x.fixed.is_empty() && y.fixed.is_empty() => {
            Some(match (&x.rest, &y.rest) {
                (None, _) => Kind::Object(y),
                (_, None) => Kind::Object(x),
                (Some((key, value)), Some((other_key, other_value))) => Kind::object(
                    vec![],
                    Some((or(key.clone(), other_key.clone()), merge(value.clone(), other_value.clone()))),
                ),
            })
        }
        (Some(Kind::Object(x)), Some(Kind::Any(y))) | (Some(Kind::Any(y)), Some(Kind::Object(x)))
            if x.fixed.is_empty() && x.rest.is_some() =>
        {
            let mut of = y.of.clone();
            let other = of.iter_mut().find_map(|kind| match kind {
                Kind::Object(it) if it.fixed.is_empty() && it.rest.is_some() => Some(kind),
                _ => None,
            });
            match other {
                Some(other) => {
                    let (mut keys, mut values) = x.rest.clone().unwrap_or_default();
                    if let Kind::Object(it) = &*other
                        && let Some((key, value)) = &it.rest
                    {
                        (keys, values) = (or(key.clone(), keys), or(value.clone(), values));
                    }
                    *other = Kind::object(vec![], Some((keys, values)));
                    Some(Kind::one_of(of))
                }
                None => or(Some(Kind::Object(x)), Some(Kind::Any(y))),
            }
        }
        (Some(Kind::Set(x)), Some(Kind::Set(y))) if x == y => Some(Kind::Set(x)),
        (Some(Kind::Set(x)), Some(Kind::Set(y))) => Some(Kind::set(or(x.of.clone(), y.of.clone()))),
        (a, b) => or(a, b),
    }
}

/// The type of what is at a constant key.
pub(super) fn select(of: &Maybe, key: &Constant) -> Maybe {
    match of.as_ref()? {
        Kind::Array(it) => {
            let Constant::Number(text) = key else { return None };
            let at: usize = text.parse().ok()?;
            it.fixed.get(at).unwrap_or(&it.rest).clone()
        }
        Kind::Object(it) => {
            let mut key = key.clone();
            normalise(&mut key);
            let key = &key;
            if let Ok(at) = it.fixed.binary_search_by(|(name, _)| name.cmp(key)) {
                return it.fixed[at].1.clone();
            }
            let (keys, value) = it.rest.as_ref()?;
            keys.as_ref()?.contains(&Kind::of(key)).then(|| value.clone())?
        }
        Kind::Set(it) => {
            let kind = Kind::of(key);
            match it.of.as_ref()? {
                of if *of == kind => Some(kind),
                Kind::Any(any) => (any.of.is_empty() || any.of.contains(&kind)).then_some(kind),
                _ => None,
            }
        }
        Kind::Any(it) if it.of.is_empty() => Some(Kind::any()),
        Kind::Any(it) => it.of.iter().fold(None, |all, kind| or(select(&Some(kind.clone()), key), all)),
        _ => None,
    }
}

/// The type of the keys.
pub(super) fn keys(of: &Maybe) -> Maybe {
    match of.as_ref()? {
        Kind::Array(_) => Some(Kind::Number),
        Kind::Object(it) => {
            let fixed = it.fixed.iter().fold(None, |all, (key, _)| or(all, Some(Kind::of(key))));
            it.rest.as_ref().map_or(fixed.clone(), |(key, _)| or(fixed, key.clone()))
        }
        Kind::Set(it) => it.of.clone(),
        Kind::Any(it) if it.of.is_empty() => Some(Kind::any()),
        Kind::Any(it) => it.of.iter().fold(None, |all, kind| or(keys(&Some(kind.clone())), all)),
        _ => None,
    }
}

/// The type of the values: items, members.
pub(super) fn values(of: &Maybe) -> Maybe {
    match of.as_ref()? {
        Kind::Array(it) => or(it.fixed.iter().fold(None, |all, kind| or(all, kind.clone())), it.rest.clone()),
        Kind::Object(it) => {
            let fixed = it.fixed.iter().fold(None, |all, (_, value)| or(all, value.clone()));
            it.rest.as_ref().map_or(fixed.clone(), |(_, value)| or(fixed, value.clone()))
        }
        Kind::Set(it) => it.of.clone(),
        Kind::Any(it) if it.of.is_empty() => Some(Kind::any()),
        Kind::Any(it) => it.of.iter().fold(None, |all, kind| or(values(&Some(kind.clone())), all)),
        _ => None,
    }
}

/// Whether a type is unknown, whole or in a part.
pub(super) fn is_unknown(of: &Maybe) -> bool {
    match of {
        None => true,
        Some(Kind::Function(it)) => it.args.iter().any(is_unknown) || is_unknown(&it.result),
        Some(Kind::Array(it)) => it.fixed.iter().any(is_unknown) || it.rest.is_some() && is_unknown(&it.rest),
        Some(Kind::Object(it)) => {
            it.fixed.iter().any(|(_, value)| is_unknown(value))
                || it.rest.as_ref().is_some_and(|(key, value)| is_unknown(key) || is_unknown(value))
        }
        Some(Kind::Set(it)) => is_unknown(&it.of),
        Some(_) => false,
    }
}

/// Whether a value may be of both types.
pub(super) fn unifies(a: &Maybe, b: &Maybe) -> bool {
    let (Some(a), Some(b)) = (a, b) else { return false };
    match (a, b) {
        (Kind::Any(x), Kind::Any(y)) => {
            x.of.is_empty() || y.of.is_empty() || x.of.iter().any(|kind| y.of.iter().any(|other| meets(kind, other)))
        }
        (Kind::Any(_), Kind::Function(_)) | (Kind::Function(_), Kind::Any(_)) => false,
        (Kind::Any(any), other) | (other, Kind::Any(any)) => {
            any.of.is_empty() || any.of.iter().any(|kind| meets(kind, other))
        }
        _ => meets(a, b),
    }
}

fn meets(a: &Kind, b: &Kind) -> bool {
    match (a, b) {
        (Kind::Null, Kind::Null)
        | (Kind::Boolean, Kind::Boolean)
        | (Kind::Number, Kind::Number)
        | (Kind::String, Kind::String) => true,
        (Kind::Array(x), Kind::Array(y)) => {
            // Each pair once: going both ways would double the work at each level.
            let item = |array: &'_ Array, at: usize| array.fixed.get(at).unwrap_or(&array.rest).clone();
            (0..x.fixed.len().max(y.fixed.len())).all(|at| unifies(&item(x, at), &item(y, at)))
                && (x.rest.is_none() || y.rest.is_none() || unifies(&x.rest, &y.rest))
        }
        (Kind::Object(x), Kind::Object(y)) => {
            let value = |object: &Object| object.rest.as_ref().and_then(|(_, value)| value.clone());
            let (of_x, of_y) = (value(x), value(y));
            let fits = |(key, kind): &(Constant, Maybe), b: &Kind| match select(&Some(b.clone()), key) {
                None => of_x.is_some() || of_y.is_some(),
                other => unifies(kind, &other),
            };
            let only_in_y =
                |(key, _): &&(Constant, Maybe)| x.fixed.binary_search_by(|(name, _)| name.cmp(key)).is_err();
            x.fixed.iter().all(|pair| fits(pair, b))
                && y.fixed.iter().filter(only_in_y).all(|pair| fits(pair, a))
                && (of_x.is_none() || of_y.is_none() || unifies(&of_x, &of_y))
        }
        (Kind::Set(x), Kind::Set(y)) => x.of.is_none() || y.of.is_none() || unifies(&x.of, &y.of),
        (Kind::Function(x), Kind::Function(y)) => {
            x.args.len() == y.args.len() && x.args.iter().zip(&y.args).all(|(a, b)| unifies(a, b))
        }
        (Kind::Any(_), _) | (_, Kind::Any(_)) => unifies(&Some(a.clone()), &Some(b.clone())),
        _ => false,
    }
}

/// A type as OPA writes it: `array<number, string>`, `set[any]`.
pub(super) fn show(of: &Maybe) -> String {
    of.as_ref().map_or("???".to_owned(), Kind::to_string)
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list =
            |kinds: Vec<String>| if kinds.is_empty() { String::new() } else { format!("<{}>", kinds.join(", ")) };
        match self {
            Kind::Null => f.write_str("null"),
            Kind::Boolean => f.write_str("boolean"),
            Kind::Number => f.write_str("number"),
            Kind::String => f.write_str("string"),
            Kind::Array(it) => {
                write!(f, "array{}", list(it.fixed.iter().map(show).collect()))?;
                if it.rest.is_some() { write!(f, "[{}]", show(&it.rest)) } else { Ok(()) }
            }
            Kind::Object(it) => {
                let name = |key: &Constant| match key {
                    Constant::String(name) => name.to_string(),
                    other => crate::front::text::constant(other),
                };
                let fields = it.fixed.iter().map(|(key, value)| format!("{}: {}", name(key), show(value)));
                write!(f, "object{}", list(fields.collect()))?;
                match &it.rest {
                    Some((key, value)) => write!(f, "[{}: {}]", show(key), show(value)),
                    None => Ok(()),
                }
            }
            Kind::Set(it) => match &it.of {
                None => f.write_str("set"),
                of => write!(f, "set[{}]", show(of)),
            },
            Kind::Any(it) => write!(f, "any{}", list(it.of.iter().map(Kind::to_string).collect())),
            Kind::Function(it) => {
                let args: Vec<String> = it.args.iter().map(show).collect();
                write!(f, "({}) => {}", args.join(", "), show(&it.result))
            }
        }
    }
}
