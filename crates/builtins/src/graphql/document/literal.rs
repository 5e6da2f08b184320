//! Literal values: their kinds, and how complaints show them.

use std::fmt;

use lictor_value::{Arena, Value};

use super::Literal;
use crate::graphql::decoder::Decoder;
use crate::graphql::node::{Node, read_integer};
use crate::graphql::quoted;

/// What a literal is, a number in the tree, which may have any other number too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum LiteralKind {
    #[default]
    Variable,
    Int,
    Float,
    String,
    Block,
    Boolean,
    Null,
    Enum,
    List,
    Object,
    Other(i64),
}

impl LiteralKind {
    /// The kinds in the order of their numbers.
    const ALL: [LiteralKind; 10] = [
        LiteralKind::Variable,
        LiteralKind::Int,
        LiteralKind::Float,
        LiteralKind::String,
        LiteralKind::Block,
        LiteralKind::Boolean,
        LiteralKind::Null,
        LiteralKind::Enum,
        LiteralKind::List,
        LiteralKind::Object,
    ];

    fn number(self) -> i64 {
        let at = LiteralKind::ALL.iter().position(|kind| *kind == self);
        match (self, at) {
            (LiteralKind::Other(number), _) => number,
            (_, at) => at.map_or(0, |at| at as i64),
        }
    }

    fn of(number: i64) -> Self {
        let known = usize::try_from(number).ok().and_then(|at| LiteralKind::ALL.get(at));
        known.copied().unwrap_or(LiteralKind::Other(number))
    }
}

impl Node for LiteralKind {
    const TYPE: &'static str = "ast.ValueKind";
    const LIST: &'static str = "[]ast.ValueKind";

    fn emit<'v>(&self, _: &'v Arena) -> Option<Value<'v>> {
        Some(Value::int(self.number()))
    }

    fn read(&mut self, value: Value<'_>, decoder: &mut Decoder) {
        if let Some(number) = read_integer(value, Self::TYPE, decoder) {
            *self = LiteralKind::of(number);
        }
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (open, close) = match self.kind {
            LiteralKind::Variable => return write!(f, "${}", self.raw),
            LiteralKind::String | LiteralKind::Block => return f.write_str(&quoted(&self.raw)),
            LiteralKind::List => ("[", "]"),
            LiteralKind::Object => ("{", "}"),
            _ => return f.write_str(&self.raw),
        };
        f.write_str(open)?;
        for (at, child) in self.children.iter().enumerate() {
            f.write_str(if at == 0 { "" } else { "," })?;
            if self.kind == LiteralKind::Object {
                write!(f, "{}:", child.name)?;
            }
            child.value.fmt(f)?;
        }
        f.write_str(close)
    }
}
