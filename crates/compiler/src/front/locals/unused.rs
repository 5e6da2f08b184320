//! Locals that nothing reads: an error for what `some` declares, and in strict mode for what `:=` assigns.

use lictor_syntax::Span;

use super::{Locals, Occurrence};
use crate::front::draft::{Body, Var};
use crate::front::vars::{ALL, VarSet};

impl Locals<'_> {
    pub(super) fn unused_assigned(&mut self, body: &Body, places: &[(Span, VarSet)], used: &VarSet) {
        if !self.strict || !self.clean() {
            return;
        }
        let mut unused: Vec<(Var, Var)> = self
            .scope()
            .iter()
            .filter(|(_, known)| known.occurrence == Occurrence::Assigned && known.count <= 1)
            .map(|(var, known)| (known.meaning, *var))
            .collect();
        unused.retain(|(_, var)| !self.vars.info(*var).wildcard && !used.contains(*var));
        unused.sort_unstable();
        for (meaning, var) in unused {
            let literal = body.iter().find(|literal| ALL.literal(literal).contains(meaning));
            let at = literal.map(|l| l.at).or_else(|| places.first().map(|(at, _)| *at)).unwrap_or_default();
            let name = self.vars.name(var).clone();
            self.unused.push((at, format!("assigned var {name} unused")));
        }
    }

    pub(super) fn unused_declared(&mut self, body: &Body, places: &[(Span, VarSet)], used: &VarSet) {
        if !self.clean() {
            return;
        }
        let mut declared: Vec<(Var, Var)> = self
            .scope()
            .iter()
            .filter(|(_, known)| known.occurrence == Occurrence::Declared)
            .map(|(var, known)| (known.meaning, *var))
            .collect();
        if declared.is_empty() {
            return;
        }
        declared.sort_unstable();
        let mut mentioned = ALL.body(body);
        for var in used {
            mentioned.insert(self.known(var).map_or(var, |known| known.meaning));
        }
        for (meaning, var) in declared {
            if mentioned.contains(meaning) {
                continue;
            }
            let place = places.iter().find(|(_, names)| names.contains(var)).or(places.first());
            let at = place.map(|(at, _)| *at).unwrap_or_default();
            let name = self.vars.name(var).clone();
            self.unused.push((at, format!("declared var {name} unused")));
        }
    }
}
