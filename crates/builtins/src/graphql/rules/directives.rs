//! Rules for directives, and for the arguments that they share with fields.

use std::collections::{HashMap, HashSet};

use crate::graphql::document::{Argument, ArgumentDefinition, Directive, DirectiveDefinition, find};
use crate::graphql::suggestion::{quoted_list, similar};
use crate::graphql::validator::Validator;

impl<'a> Validator<'a> {
    pub(crate) fn known_directive_arguments(
        &mut self,
        directive: &Directive,
        definition: Option<&DirectiveDefinition>,
    ) {
        let Some(definition) = definition else { return };
        for argument in &directive.arguments {
            if let Some(suggestion) = unknown_argument(&definition.arguments, argument) {
                let (name, directive_name) = (&argument.name, &directive.name);
                let text = format!("Unknown argument \"{name}\" on directive \"@{directive_name}\".{suggestion}");
                self.complaints.add(directive.position, text);
            }
        }
    }

    pub(crate) fn known_directives(
        &mut self,
        directive: &'a Directive,
        definition: Option<&DirectiveDefinition>,
        location: &str,
    ) {
        let Directive { name, position, .. } = directive;
        match definition {
            None => self.complaints.add(*position, format!("Unknown directive \"@{name}\".")),
            Some(definition) => {
                if !definition.locations.iter().any(|it| it.0 == location)
                    && self.seen.misplaced_directives.insert((name, *position))
                {
                    self.complaints.add(*position, format!("Directive \"@{name}\" may not be used on {location}."));
                }
            }
        }
    }

    pub(crate) fn required_directive_arguments(
        &mut self,
        directive: &Directive,
        definition: Option<&DirectiveDefinition>,
    ) {
        let Some(definition) = definition else { return };
        for ArgumentDefinition { name, ty, .. } in missing_arguments(&definition.arguments, &directive.arguments) {
            let text = format!(
                "Directive \"@{}\" argument \"{name}\" of type \"{ty}\" is required, but it was not provided.",
                definition.name
            );
            self.complaints.add(directive.position, text);
        }
    }

    pub(crate) fn unique_directives_per_location(&mut self, directives: &[Directive]) {
        let mut seen = HashSet::new();
        for Directive { name, position, .. } in directives {
            let repeatable = self.schema.directives.get(name).is_some_and(|definition| definition.repeatable);
            if !seen.insert(name) && !repeatable {
                let text = format!("The directive \"@{name}\" can only be used once at this location.");
                self.complaints.add(*position, text);
            }
        }
    }

    pub(crate) fn unique_argument_names(&mut self, arguments: &[Argument]) {
        let mut seen: HashMap<&str, usize> = HashMap::new();
        for Argument { name, position, .. } in arguments {
            let times = seen.entry(name).or_default();
            *times += 1;
            if *times == 2 {
                self.complaints.add(*position, format!("There can be only one argument named \"{name}\"."));
            }
        }
    }
}

/// Where the argument is not defined, what to say about those that are.
pub(super) fn unknown_argument(definitions: &[ArgumentDefinition], argument: &Argument) -> Option<String> {
    if find(definitions, &argument.name).is_some() {
        return None;
    }
    let similar = similar(&argument.name, definitions.iter().map(|definition| definition.name.as_str()));
    Some(if similar.is_empty() { String::new() } else { format!(" Did you mean {}?", quoted_list(&similar)) })
}

/// The arguments that must be given and are not.
pub(super) fn missing_arguments<'d>(
    definitions: &'d [ArgumentDefinition],
    arguments: &[Argument],
) -> impl Iterator<Item = &'d ArgumentDefinition> {
    definitions
        .iter()
        .filter(|it| it.ty.non_null && it.default.is_none())
        .filter(|it| find(arguments, &it.name).is_none())
}
