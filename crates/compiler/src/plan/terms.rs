//! Terms to ops: operands first, then the op, each into a slot. A term has a value or its literal fails.

use lictor_ir::{Act, Kind, Slot};
use lictor_value::Builtin;

use super::builder::{Builder, Load};
use super::{Failure, Outcome};
use crate::hir::{At, Base, Callee, Comprehension, ComprehensionKind, Constant, TemplatePart, Term, TermKind};

impl Builder<'_, '_> {
    /// Writes what `f` writes as coming from `at`.
    pub(super) fn from<T>(&mut self, at: At, f: impl FnOnce(&mut Self) -> Outcome<T>) -> Outcome<T> {
        let outer = std::mem::replace(&mut self.at, at);
        let done = f(self);
        self.at = outer;
        done
    }

    /// A term's value, in whatever slot.
    pub(super) fn value(&mut self, term: &Term) -> Outcome<Slot> {
        self.term(term, None)
    }

    /// A term's value in that very slot.
    pub(super) fn value_in(&mut self, term: &Term, dst: Slot) -> Outcome<()> {
        // What a call leaves in its first argument's place must not be taken for the argument.
        let slot = self.term(term, (!self.shared.traced).then_some(dst))?;
        self.copy(slot, dst);
        Ok(())
    }

    /// Copies a slot into another, if it is another.
    pub(super) fn copy(&mut self, src: Slot, dst: Slot) {
        if src != dst {
            self.just(Act::Move { dst, src });
        }
    }

    /// The slot of a constant.
    pub(super) fn constant(&mut self, constant: &Constant) -> Outcome<Slot> {
        let id = self.shared.constants.id(constant);
        self.load(Load::Const(id))
    }

    /// The values of `terms` in slots in a row; at least one slot.
    pub(super) fn row(&mut self, terms: &[Term]) -> Outcome<Slot> {
        let first = self.slots(terms.len().max(1))?;
        let terms: Vec<&Term> = terms.iter().collect();
        self.fill(&terms, first)?;
        Ok(first)
    }

    /// The values of `terms` in slots in a row from `first`. What another one of them binds comes after it: `x > xs[x]`.
    fn fill(&mut self, terms: &[&Term], first: Slot) -> Outcome<()> {
        let mut open: Vec<(&Term, Slot)> = terms.iter().copied().zip(first..).collect();
        while !open.is_empty() {
            let before = open.len();
            let mut waiting = vec![];
            for at in 0..before {
                let (term, dst) = open[at];
                let others = open[at + 1..].iter().map(|(term, _)| *term);
                if self.is_ready(term, others) {
                    self.value_in(term, dst)?;
                } else {
                    waiting.push((term, dst));
                }
            }
            if waiting.len() == before {
                return Err(Failure::unsafe_local(self.at));
            }
            open = waiting;
        }
        Ok(())
    }

    /// The values of two terms, in whatever slots; the second one first where it binds what the first one needs.
    pub(super) fn both(&mut self, a: &Term, b: &Term) -> Outcome<(Slot, Slot)> {
        if self.is_ready(a, std::iter::once(b)) {
            return Ok((self.value(a)?, self.value(b)?));
        }
        let b = self.value(b)?;
        Ok((self.value(a)?, b))
    }

    /// Whether a term can be evaluated before others: it needs nothing that they bind, in closures neither.
    fn is_ready<'t>(&self, term: &Term, others: impl Iterator<Item = &'t Term>) -> bool {
        match &term.kind {
            TermKind::Constant(_) => return true,
            TermKind::Local(local) => return self.bound(*local).is_some(),
            _ if !self.is_known(term) => return false,
            _ => {}
        }
        let mut closed = false;
        super::solutions::locals_of_closures(term, &mut |_| closed = true);
        if !closed {
            return true;
        }
        let mut gives = vec![];
        others.for_each(|other| self.look(other, &mut vec![], &mut gives));
        let mut ready = true;
        super::solutions::locals_of_closures(term, &mut |local| ready &= !gives.contains(&local));
        ready
    }

    pub(super) fn wanted(&mut self, want: Option<Slot>) -> Outcome<Slot> {
        match want {
            Some(slot) => Ok(slot),
            None => self.slot(),
        }
    }

    /// A term's value; in `want` where that costs nothing.
    fn term(&mut self, term: &Term, want: Option<Slot>) -> Outcome<Slot> {
        let slot = self.any_term(term, want)?;
        self.watch(term, slot);
        Ok(slot)
    }

    fn any_term(&mut self, term: &Term, want: Option<Slot>) -> Outcome<Slot> {
        self.from(term.at, |b| match &term.kind {
            TermKind::Constant(constant) => match want {
                // Straight into its place, unless a loop makes it worth keeping.
                Some(dst) => {
                    let k = b.shared.constants.id(constant);
                    b.just(Act::Const { dst, k });
                    Ok(dst)
                }
                None => b.constant(constant),
            },
            TermKind::Local(local) => b.bound(*local).ok_or_else(|| Failure::unsafe_local(b.at)),
            TermKind::Ref(base, keys) => b.reference(base, keys, want),
            TermKind::Array(items) => {
                let (first, n) = (b.row(items)?, items.len() as u16);
                let dst = b.wanted(want)?;
                b.emit(Act::Array { dst, first, n });
                Ok(dst)
            }
            TermKind::Set(items) => {
                let (first, n) = (b.row(items)?, items.len() as u16);
                let dst = b.wanted(want)?;
                b.emit(Act::Set { dst, first, n });
                Ok(dst)
            }
            TermKind::Object(pairs) => {
                let first = b.slots((pairs.len() * 2).max(1))?;
                let terms: Vec<&Term> = pairs.iter().flat_map(|(key, value)| [key, value]).collect();
                b.fill(&terms, first)?;
                let dst = b.wanted(want)?;
                b.emit(Act::Object { dst, first, n: pairs.len() as u16 });
                Ok(dst)
            }
            TermKind::Comprehension(inner) => b.comprehension(inner, want),
            TermKind::Call(Callee::Function(rule), args) => {
                if let Some(slot) = b.constant_call(*rule, args)? {
                    return Ok(slot);
                }
                let first = b.row(args)?;
                b.emit(Act::Func { first, routine: *rule });
                b.result_of(first, want)
            }
            TermKind::Call(Callee::Builtin(builtin), args) => b.builtin(builtin, args, want),
            TermKind::Template(parts) => b.template(parts),
        })
    }

    /// A builtin's result.
    fn builtin(&mut self, builtin: &'static Builtin, args: &[Term], want: Option<Slot>) -> Outcome<Slot> {
        if builtin.relation {
            return self.relation(args);
        }
        if self.shared.strict {
            self.keep_order();
        }
        let mocked = self.shared.mock_of_builtin(builtin).is_some();
        if let [left, right] = args
            && !mocked
            && matches!(builtin.name, "plus" | "minus" | "mul" | "div" | "rem")
        {
            let (a, b) = self.both(left, right)?;
            let dst = self.wanted(want)?;
            self.emit(match builtin.name {
                "plus" => Act::Add { dst, a, b },
                "minus" => Act::Sub { dst, a, b },
                "mul" => Act::Mul { dst, a, b },
                "div" => Act::Div { dst, a, b },
                _ => Act::Rem { dst, a, b },
            });
            return Ok(dst);
        }
        if let [of, key, default] = args
            && builtin.name == "object.get"
            && !mocked
            && let Some(slot) = self.get_or(of, key, default, want)?
        {
            return Ok(slot);
        }
        let first = match args {
            // How many there are can be told without keeping them.
            [Term { kind: TermKind::Comprehension(inner), .. }]
                if builtin.name == "count" && inner.kind == ComprehensionKind::Array && !mocked =>
            {
                match self.grouped(inner)? {
                    Some(array) => array,
                    None => return self.gathered(inner, Kind::Count, want),
                }
            }
            _ => self.row(args)?,
        };
        let call = self.shared.call(builtin, args);
        self.emit(Act::Call { first, call });
        self.result_of(first, want)
    }

    /// `walk` as a value: a loop whose values are pairs of path and node.
    fn relation(&mut self, args: &[Term]) -> Outcome<Slot> {
        let Some(of) = args.first() else { return Err(Failure::unsafe_local(self.at)) };
        let of = self.value(of)?;
        let first = self.slots(3)?;
        self.each_walk(of, Some(first), first + 1)?;
        self.just(Act::Array { dst: first + 2, first, n: 2 });
        Ok(first + 2)
    }

    /// A comprehension: always defined; its locals are the definition's.
    fn comprehension(&mut self, inner: &Comprehension, want: Option<Slot>) -> Outcome<Slot> {
        let kind = match inner.kind {
            ComprehensionKind::Array => Kind::Array,
            ComprehensionKind::Set => Kind::Set { indexed: false },
            ComprehensionKind::Object => Kind::Object,
        };
        match self.grouped(inner)? {
            Some(slot) => Ok(slot),
            None => self.gathered(inner, kind, want),
        }
    }

    /// What a comprehension gathers, in a builder of that kind.
    fn gathered(&mut self, inner: &Comprehension, kind: Kind, want: Option<Slot>) -> Outcome<Slot> {
        let at = self.at;
        self.gather(kind, want, |b| {
            b.body(&inner.body)?;
            match &inner.key {
                Some(key) => {
                    let (k, v) = (b.value(key)?, b.value(&inner.value)?);
                    b.at = At { file: at.file, span: key.at.span };
                    b.just(Act::EmitPair { k, v });
                }
                None => {
                    let v = b.value(&inner.value)?;
                    b.just(Act::Emit { v });
                }
            }
            Ok(())
        })
    }

    /// A builder around a body that emits: all its solutions.
    pub(super) fn gather(
        &mut self,
        kind: Kind,
        want: Option<Slot>,
        body: impl FnOnce(&mut Self) -> Outcome<()>,
    ) -> Outcome<Slot> {
        self.just(Act::Begin { kind });
        let end = self.code.label();
        let scope = self.open(end);
        self.closures += 1;
        body(self)?;
        self.closures -= 1;
        self.jump(self.fail);
        self.close(scope);
        self.code.bind(end);
        let dst = self.wanted(want)?;
        self.just(Act::Finish { dst });
        Ok(dst)
    }

    /// A template string: each part is the set of its values, at most one, and the builtin prints them.
    fn template(&mut self, parts: &[TemplatePart]) -> Outcome<Slot> {
        let Some(builtin) = self.shared.registry.get("internal.template_string") else {
            return Err(Failure::no_builtin(self.at, "internal.template_string"));
        };
        let first = self.slots(parts.len().max(1))?;
        for (i, part) in parts.iter().enumerate() {
            let dst = first + i as Slot;
            match part {
                TemplatePart::Text(text) => {
                    let k = self.shared.constants.name(text);
                    self.just(Act::Const { dst, k });
                }
                TemplatePart::Expression(body, local) => {
                    let local = *local;
                    self.gather(Kind::Set { indexed: false }, Some(dst), |b| {
                        b.body(body)?;
                        let v = b.bound(local).ok_or_else(|| Failure::unsafe_local(b.at))?;
                        b.just(Act::Emit { v });
                        Ok(())
                    })?;
                }
            }
        }
        let argument = self.slot()?;
        self.just(Act::Array { dst: argument, first, n: parts.len() as u16 });
        let call = self.shared.call(builtin, &[]);
        self.emit(Act::Call { first: argument, call });
        Ok(argument)
    }

    /// A reference: a document or a value, and keys into it.
    fn reference(&mut self, base: &Base, keys: &[Term], want: Option<Slot>) -> Outcome<Slot> {
        match base {
            Base::Input => {
                let steps = self.string_steps(keys);
                let path = self.shared.constants.path(&steps);
                let of = self.load(Load::Input(path))?;
                self.index(of, &keys[steps.len()..], want)
            }
            Base::Data => self.document(keys, want),
            Base::Term(term) => {
                let of = self.value(term)?;
                self.index(of, keys, want)
            }
        }
    }

    /// The constant strings that `keys` begin with.
    pub(super) fn string_steps(&mut self, keys: &[Term]) -> Vec<u32> {
        keys.iter()
            .map_while(|key| match &key.kind {
                TermKind::Constant(Constant::String(name)) => Some(self.shared.constants.name(name)),
                _ => None,
            })
            .collect()
    }

    /// `of[key][key]..`
    pub(super) fn index(&mut self, mut of: Slot, keys: &[Term], want: Option<Slot>) -> Outcome<Slot> {
        for (i, key) in keys.iter().enumerate() {
            let want = want.filter(|_| i + 1 == keys.len());
            of = self.from(key.at, |b| b.step(of, key, want))?;
        }
        Ok(of)
    }

    fn step(&mut self, of: Slot, key: &Term, want: Option<Slot>) -> Outcome<Slot> {
        if let TermKind::Constant(constant) = &key.kind {
            let k = self.shared.constants.id(constant);
            return self.field(of, k);
        }
        if !self.is_open(key) {
            let key = self.value(key)?;
            let dst = self.wanted(want)?;
            self.emit(Act::Get { dst, of, key });
            return Ok(dst);
        }
        let val = self.slot()?;
        match &key.kind {
            TermKind::Local(local) if self.is_wildcard(*local) => self.each(of, None, val)?,
            TermKind::Local(local) => {
                let slot = self.slot()?;
                self.each(of, Some(slot), val)?;
                self.bind_local(*local, slot);
            }
            _ => {
                let slot = self.slot()?;
                self.each(of, Some(slot), val)?;
                self.match_pattern(key, slot)?;
            }
        }
        Ok(val)
    }

    /// A slot's value at a constant key.
    pub(super) fn field(&mut self, of: Slot, constant: u32) -> Outcome<Slot> {
        if let Some(key) = self.shared.constants.key(constant) {
            return self.load(Load::Field(of, key));
        }
        let key = self.load(Load::Const(constant))?;
        let dst = self.slot()?;
        self.emit(Act::Get { dst, of, key });
        Ok(dst)
    }
}
