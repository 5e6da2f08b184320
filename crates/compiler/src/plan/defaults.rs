//! `object.get` with a constant key: a load with a default, so that what it looks at is known.
//!
//! `object.get(input.token, "age", 0)` asks whether `input.token` is an object, and reads `input.token.age`. Where builtins'
//! errors end evaluations it stays a call, which says what is wrong.

use lictor_ir::{Act, Slot};

use super::Outcome;
use super::builder::{Builder, Load};
use crate::hir::{Base, Callee, Constant, Term, TermKind};

impl Builder<'_, '_> {
    /// A value at a constant key, or a default; `None` where it takes a call.
    pub(super) fn get_or(
        &mut self,
        of: &Term,
        key: &Term,
        default: &Term,
        want: Option<Slot>,
    ) -> Outcome<Option<Slot>> {
        let (TermKind::Constant(key), false) = (&key.kind, self.shared.strict || self.shared.traced) else {
            return Ok(None);
        };
        if let Some(path) = self.input_path(of)
            && let Some(steps) = self.steps(key)
        {
            let a = self.load(Load::Input(path))?;
            self.emit(Act::IsObject { a });
            let path = self.shared.constants.longer(path, &steps);
            return self.input_or(path, default, want).map(Some);
        }
        let Constant::String(key) = key else { return Ok(None) };
        let key = self.shared.constants.name(key);
        let Some(key) = self.shared.constants.key(key) else { return Ok(None) };
        let (of, default) = self.both(of, default)?;
        let dst = self.wanted(want)?;
        self.copy(default, dst);
        self.emit(Act::FieldOr { dst, of, key });
        Ok(Some(dst))
    }

    fn input_or(&mut self, path: u32, default: &Term, want: Option<Slot>) -> Outcome<Slot> {
        let dst = self.wanted(want)?;
        if matches!(default.kind, TermKind::Call(..)) && self.is_total(default) {
            let (other, done) = (self.code.label(), self.code.label());
            self.emit_to(Act::Input { dst, path }, other);
            self.jump(done);
            self.code.bind(other);
            let scope = self.open(self.fail);
            self.value_in(default, dst)?;
            self.close(scope);
            self.code.bind(done);
            self.written_here(dst);
        } else {
            self.value_in(default, dst)?;
            self.just(Act::InputOr { dst, path });
        }
        Ok(dst)
    }

    /// The path of `input` that a term is.
    fn input_path(&mut self, term: &Term) -> Option<u32> {
        match &term.kind {
            TermKind::Ref(Base::Input, keys) => {
                let steps = self.string_steps(keys);
                (steps.len() == keys.len()).then(|| self.shared.constants.path(&steps))
            }
            TermKind::Local(local) => self.input_in(self.bound(*local)?),
            _ => None,
        }
    }

    /// The constant names that a key or a path of keys is.
    fn steps(&mut self, key: &Constant) -> Option<Vec<u32>> {
        let mut name = |key: &Constant| match key {
            Constant::String(name) => Some(self.shared.constants.name(name)),
            _ => None,
        };
        match key {
            Constant::Array(keys) if !keys.is_empty() => keys.iter().map(name).collect(),
            key => name(key).map(|name| vec![name]),
        }
    }

    /// Whether a term is a number whatever happens: then it makes no difference when it is evaluated, or whether.
    fn is_total(&self, term: &Term) -> bool {
        match &term.kind {
            TermKind::Constant(Constant::Number(_)) => true,
            TermKind::Call(Callee::Builtin(builtin), args) if self.shared.mock_of_builtin(builtin).is_none() => {
                match (builtin.name, &args[..]) {
                    ("time.now_ns", []) => true,
                    ("plus" | "minus" | "mul", [a, b]) => self.is_total(a) && self.is_total(b),
                    ("div", [a, Term { kind: TermKind::Constant(Constant::Number(by)), .. }]) => {
                        let mantissa = by.split(['e', 'E']).next().unwrap_or_default();
                        self.is_total(a) && mantissa.contains(|c: char| matches!(c, '1'..='9'))
                    }
                    _ => false,
                }
            }
            _ => false,
        }
    }
}
