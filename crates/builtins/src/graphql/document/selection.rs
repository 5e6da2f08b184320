//! What is selected of an object: fields and fragments.

use lictor_value::{Arena, Value, View};

use super::{Field, Inline, Spread};
use crate::graphql::decoder::Decoder;
use crate::graphql::node::Node;

/// A part of a selection set.
#[derive(Clone, Debug)]
pub(crate) enum Selection {
    Field(Field),
    Spread(Spread),
    Inline(Inline),
}

impl Default for Selection {
    fn default() -> Self {
        Selection::Field(Field::default())
    }
}

impl Node for Selection {
    const TYPE: &'static str = "ast.Selection";
    const LIST: &'static str = "[]json.RawMessage";

    fn emit<'v>(&self, arena: &'v Arena) -> Option<Value<'v>> {
        match self {
            Selection::Field(field) => field.emit(arena),
            Selection::Spread(spread) => spread.emit(arena),
            Selection::Inline(inline) => inline.emit(arena),
        }
    }

    fn read(&mut self, value: Value<'_>, decoder: &mut Decoder) {
        match Selection::of_tree(value) {
            Some(selection) => *self = selection,
            None => decoder.refuse(value, Self::TYPE),
        }
    }

    /// What is no selection is left out.
    fn read_list(list: &mut Vec<Self>, value: Value<'_>, decoder: &mut Decoder) {
        match (value.view(), crate::operand::items(value)) {
            (View::Null, _) => list.clear(),
            (_, None) => decoder.refuse(value, Self::LIST),
            (_, Some(items)) => {
                list.clear();
                for item in items {
                    list.extend(Selection::of_tree(*item));
                }
            }
        }
    }
}

impl Selection {
    /// Nothing in a tree says which kind a selection has: gqlparser takes the first that can be read, nearly always a field.
    fn of_tree(value: Value<'_>) -> Option<Selection> {
        fn read<T: Node>(value: Value<'_>) -> Option<T> {
            let mut node = T::default();
            Decoder::default().alone(value, &mut node).then_some(node)
        }
        read(value)
            .map(Selection::Field)
            .or_else(|| read(value).map(Selection::Spread))
            .or_else(|| read(value).map(Selection::Inline))
    }
}
