//! Rules for fragments, where they are defined and where they are spread.

use std::collections::HashMap;

use crate::graphql::document::{Definition, DefinitionKind, Fragment, Inline, Selection, Spread};
use crate::graphql::parser::MAX_DEPTH;
use crate::graphql::suggestion::{quoted_list, similar};
use crate::graphql::validator::Validator;

impl<'a> Validator<'a> {
    pub(crate) fn inline_on_composite_type(&mut self, inline: &Inline) {
        let Inline { condition, position, .. } = inline;
        if self.schema.get(condition).is_some_and(|definition| !definition.is_composite()) {
            self.complaints.add(*position, format!("Fragment cannot condition on non composite type \"{condition}\"."));
        }
    }

    pub(crate) fn fragment_on_composite_type(&mut self, fragment: &Fragment) {
        let Fragment { name, condition, position, .. } = fragment;
        let definition = self.schema.get(condition).filter(|_| !condition.is_empty());
        if definition.is_some_and(|definition| !definition.is_composite()) {
            let text = format!("Fragment \"{name}\" cannot condition on non composite type \"{condition}\".");
            self.complaints.add(*position, text);
        }
    }

    pub(crate) fn known_inline_type(&mut self, inline: &Inline) {
        let Inline { condition, position, .. } = inline;
        if !condition.is_empty() && self.schema.get(condition).is_none() {
            self.complaints.add(*position, format!("Unknown type \"{condition}\"."));
        }
    }

    pub(crate) fn known_fragment_type(&mut self, fragment: &Fragment) {
        let Fragment { condition, position, .. } = fragment;
        if self.schema.get(condition).is_none() {
            let mut text = format!("Unknown type \"{condition}\".");
            let similar = similar(condition, self.schema.types.keys().map(String::as_str));
            if !similar.is_empty() {
                text.push_str(&format!(" Did you mean {}?", quoted_list(&similar)));
            }
            self.complaints.add(*position, text);
        }
    }

    pub(crate) fn known_fragment_names(&mut self, spread: &Spread, fragment: Option<&Fragment>) {
        if fragment.is_none() {
            self.complaints.add(spread.position, format!("Unknown fragment \"{}\".", spread.name));
        }
    }

    pub(crate) fn note_used_fragment(&mut self, spread: &'a Spread) {
        if !self.seen.in_fragments {
            self.seen.used_fragments.insert(&spread.name);
        }
    }

    pub(crate) fn no_unused_fragments(&mut self, fragment: &Fragment) {
        self.seen.in_fragments = true;
        if !self.seen.used_fragments.contains(fragment.name.as_str()) {
            self.complaints.add(fragment.position, format!("Fragment \"{}\" is never used.", fragment.name));
        }
    }

    pub(crate) fn unique_fragment_names(&mut self, fragment: &'a Fragment) {
        if !self.seen.fragments.insert(&fragment.name) {
            let text = format!("There can be only one fragment named \"{}\".", fragment.name);
            self.complaints.add(fragment.position, text);
        }
    }

    pub(crate) fn possible_inline(&mut self, parent: Option<&Definition>, inline: &Inline) {
        let Inline { condition, position, .. } = inline;
        if let Some(parent) = self.never_is(parent, condition) {
            let text = format!(
                "Fragment cannot be spread here as objects of type \"{parent}\" can never be of type \"{condition}\"."
            );
            self.complaints.add(*position, text);
        }
    }

    pub(crate) fn possible_spread(
        &mut self,
        parent: Option<&Definition>,
        spread: &Spread,
        fragment: Option<&Fragment>,
    ) {
        let Some(Fragment { condition, .. }) = fragment else { return };
        let Spread { name, position, .. } = spread;
        if let Some(parent) = self.never_is(parent, condition) {
            let text = format!(
                "Fragment \"{name}\" cannot be spread here as objects of type \"{parent}\" can never be of type \
                 \"{condition}\"."
            );
            self.complaints.add(*position, text);
        }
    }

    /// The parent's name where none of its types is among those of the condition.
    fn never_is<'p>(&self, parent: Option<&'p Definition>, condition: &str) -> Option<&'p str> {
        let parent = parent?;
        let of_fragment = self.schema.get(condition).filter(|definition| definition.is_composite())?;
        let own = [parent.name.clone()];
        let of_parent = match parent.kind {
            DefinitionKind::Object => &own[..],
            DefinitionKind::Interface | DefinitionKind::Union => self.schema.possible(&parent.name),
            _ => return None,
        };
        let of_fragment = self.schema.possible(&of_fragment.name);
        let meet = of_fragment.iter().any(|ty| !self.is_over() && of_parent.contains(ty));
        (!meet).then_some(&parent.name)
    }

    pub(crate) fn no_fragment_cycles(&mut self, fragment: &'a Fragment) {
        FragmentCycles { validator: self, path: Vec::new(), starts: HashMap::new() }.visit(fragment);
    }
}

/// Looks for fragments that spread themselves.
struct FragmentCycles<'v, 'a> {
    validator: &'v mut Validator<'a>,
    path: Vec<&'a Spread>,
    /// Where in the path a fragment that is being visited begins.
    starts: HashMap<&'a str, usize>,
}

impl<'a> FragmentCycles<'_, 'a> {
    fn visit(&mut self, fragment: &'a Fragment) {
        let is_new = self.validator.seen.acyclic.insert(&fragment.name);
        // What is nested more deeply was complained of.
        if !is_new || self.path.len() > 2 * MAX_DEPTH {
            return;
        }
        self.starts.insert(&fragment.name, self.path.len());
        for spread in spreads(&fragment.selections) {
            let name = spread.name.as_str();
            self.path.push(spread);
            match (self.starts.get(name), self.validator.fragments.get(name).copied()) {
                (Some(start), _) => {
                    let between: Vec<String> =
                        self.path[*start..self.path.len() - 1].iter().map(|it| format!("\"{}\"", it.name)).collect();
                    let via = if between.is_empty() { String::new() } else { format!(" via {}", between.join(", ")) };
                    let text = format!("Cannot spread fragment \"{name}\" within itself{via}.");
                    self.validator.complaints.add(spread.position, text);
                }
                (None, Some(fragment)) => self.visit(fragment),
                (None, None) => {}
            }
            self.path.pop();
        }
        self.starts.remove(fragment.name.as_str());
    }
}

/// The spreads within selections: those of a set before those of sets in it, of which the last comes first.
fn spreads(selections: &[Selection]) -> Vec<&Spread> {
    let mut found = Vec::new();
    let mut sets = vec![selections];
    while let Some(set) = sets.pop() {
        for selection in set {
            match selection {
                Selection::Spread(spread) => found.push(spread),
                Selection::Field(field) => sets.push(&field.selections),
                Selection::Inline(inline) => sets.push(&inline.selections),
            }
        }
    }
    found
}
