//! Evaluates pipelines, their commands, and what these are made of.

use super::datum::{Data, Datum, TextKind};
use super::execution::{Execution, Failure};
use super::functions::{self, Signature};
use super::literal::Number;
use super::tree::{Command, Operand, Pipe, Place, Term};
use lictor_value::text::lossy;

type Value<'v> = Result<Datum<'v>, Failure>;

/// What a function wants of an argument.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// Anything, as it is.
    Any,
    /// A string.
    String,
}

impl<'v, 't> Execution<'_, '_, 'v, 't> {
    /// The last command's value, which also goes to the pipeline's variables.
    pub(super) fn pipe(&mut self, pipe: &'t Pipe, dot: Datum<'v>) -> Value<'v> {
        self.place = Some(Place::Pipe(pipe));
        let mut value = None;
        for command in &pipe.commands {
            value = Some(self.command(command, dot, value)?.unboxed());
        }
        let value = value.unwrap_or(Datum::Absent);
        for name in &pipe.variables {
            if pipe.assigns {
                self.assign(name, value)?;
            } else {
                self.declare(name, value);
            }
        }
        Ok(value)
    }

    /// `last` is the value of the command before, which is the last argument.
    fn command(&mut self, command: &'t Command, dot: Datum<'v>, last: Option<Datum<'v>>) -> Value<'v> {
        self.step()?;
        let first = &command.operands[0];
        let has_arguments = command.operands.len() > 1 || last.is_some();
        if let Term::Identifier(name) = &first.term {
            self.place = Some(Place::Operand(first));
            return self.function(name, Place::Command(command), &command.operands[1..], dot, last);
        }
        if let Term::Field(_) | Term::Chain(..) | Term::Variable(_) = &first.term {
            return self.reference(first, dot, has_arguments);
        }
        if !matches!(first.term, Term::Pipe(_)) {
            self.place = Some(Place::Operand(first));
        }
        if has_arguments {
            return self.fail(format!("can't give argument to non-function {first}"));
        }
        match &first.term {
            Term::Pipe(pipe) => self.pipe(pipe, dot),
            Term::Nil => self.fail("nil is not a command"),
            _ => self.constant(first, dot),
        }
    }

    /// A field, a variable, or fields of either or of a command's value.
    fn reference(&mut self, operand: &'t Operand, dot: Datum<'v>, has_arguments: bool) -> Value<'v> {
        self.place = Some(Place::Operand(operand));
        let (mut value, fields) = match &operand.term {
            Term::Field(fields) => (dot, &fields[..]),
            Term::Variable(names) => {
                let value = self.variable(&names[0])?;
                if names.len() == 1 && has_arguments {
                    return self.fail(format!("can't give argument to non-function {operand}"));
                }
                (value, &names[1..])
            }
            Term::Chain(of, fields) => (self.operand(of, dot)?, &fields[..]),
            _ => (Datum::Absent, &[][..]),
        };
        for (at, field) in fields.iter().enumerate() {
            value = self.field(value, field, has_arguments && at + 1 == fields.len())?;
        }
        Ok(value)
    }

    fn field(&self, of: Datum<'v>, name: &[u8], has_arguments: bool) -> Value<'v> {
        let shown = lossy(name);
        match of {
            Datum::Absent => Ok(Datum::Absent),
            Datum::Boxed(Data::Null) => self.fail(format!("nil pointer evaluating interface {{}}.{shown}")),
            Datum::Boxed(Data::Map(_)) | Datum::Plain(Data::Map(_)) if has_arguments => {
                self.fail(format!("{shown} is not a method but has arguments"))
            }
            Datum::Boxed(Data::Map(object)) | Datum::Plain(Data::Map(object)) => {
                let value = object.get(lictor_value::Value::str(self.cx.arena.slice(name)));
                Ok(value.map_or(Datum::Absent, |value| Datum::out_of(self.cx, value)))
            }
            _ => self.fail(format!("can't evaluate field {shown} in type {}", of.type_name())),
        }
    }

    /// An operand's value, where anything is wanted.
    fn operand(&mut self, operand: &'t Operand, dot: Datum<'v>) -> Value<'v> {
        self.step()?;
        match &operand.term {
            Term::Field(_) | Term::Chain(..) | Term::Variable(_) => self.reference(operand, dot, false),
            Term::Pipe(pipe) => self.pipe(pipe, dot),
            Term::Identifier(name) => {
                self.place = Some(Place::Operand(operand));
                self.function(name, Place::Operand(operand), &[], dot, None)
            }
            _ => self.constant(operand, dot),
        }
    }

    fn constant(&mut self, operand: &'t Operand, dot: Datum<'v>) -> Value<'v> {
        self.place = Some(Place::Operand(operand));
        Ok(Datum::Plain(match &operand.term {
            Term::Dot => return Ok(dot),
            Term::Bool(bool) => Data::Bool(*bool),
            Term::String(text, _) => Data::Text(self.cx.arena.slice(text), TextKind::String),
            Term::Number(number, text) => match number {
                Number::Int(int) => Data::Int(*int),
                Number::Float(float) => Data::Float(*float),
                Number::Complex(real, imaginary) => Data::Complex(*real, *imaginary),
                Number::TooLarge => return self.fail(format!("{} overflows int", lossy(text))),
            },
            _ => return Ok(Datum::Absent),
        }))
    }

    /// The value of a function. `place` is where its errors are.
    fn function(
        &mut self,
        name: &'t [u8],
        place: Place<'t>,
        operands: &'t [Operand],
        dot: Datum<'v>,
        last: Option<Datum<'v>>,
    ) -> Value<'v> {
        let shown = lossy(name);
        let Some(signature) = functions::signature(name) else {
            return self.fail(format!("{shown} is not a defined function"));
        };
        let Signature { fixed, variadic, .. } = signature;
        let count = operands.len() + usize::from(last.is_some());
        if variadic && count < fixed {
            return self
                .fail(format!("wrong number of args for {shown}: want at least {fixed} got {}", operands.len()));
        }
        if !variadic && count != fixed {
            return self.fail(format!("wrong number of args for {shown}: want {fixed} got {count}"));
        }
        if matches!(name, b"and" | b"or") {
            return self.shortcut(name == b"or", operands, dot, last);
        }
        let mut args = Vec::with_capacity(count);
        for operand in operands {
            let wanted = if signature.format && args.is_empty() { Wanted::String } else { Wanted::Any };
            args.push(self.argument(operand, dot, wanted)?);
        }
        if let Some(last) = last {
            let wanted = if signature.format && args.is_empty() { Wanted::String } else { Wanted::Any };
            args.push(self.fitting(last, wanted)?);
        }
        let given = if name == b"call" {
            // There is nothing that could be called.
            let callee = match operands.first() {
                Some(operand) => operand.to_string(),
                None => self.described(args[0]),
            };
            match args[0].data() {
                None => functions::fails("call of nil"),
                Some(data) => functions::fails(format!("non-function {callee} of type {}", data.type_name())),
            }
        } else {
            functions::call(self.cx, name, &args)
        };
        match given {
            Err(Failure::Failed(why)) => {
                self.place = Some(place);
                self.fail(format!("error calling {shown}: {why}"))
            }
            given => given,
        }
    }

    /// What Go's `reflect.Value.String` makes of a value.
    fn described(&self, value: Datum<'v>) -> String {
        match value.data() {
            Some(Data::Text(text, _)) => lossy(text).into_owned(),
            Some(data) => format!("<{} Value>", data.type_name()),
            None => "<invalid Value>".into(),
        }
    }

    /// `and` and `or`: the first value that settles it, or the last one.
    fn shortcut(
        &mut self,
        settles: bool,
        operands: &'t [Operand],
        dot: Datum<'v>,
        last: Option<Datum<'v>>,
    ) -> Value<'v> {
        let mut value = Datum::Absent;
        for operand in operands {
            value = self.argument(operand, dot, Wanted::Any)?;
            if value.is_true() == settles {
                return Ok(value);
            }
        }
        Ok(last.unwrap_or(value))
    }

    fn argument(&mut self, operand: &'t Operand, dot: Datum<'v>, wanted: Wanted) -> Value<'v> {
        self.place = Some(Place::Operand(operand));
        let is_string = wanted == Wanted::String;
        match &operand.term {
            Term::Nil if is_string => self.fail("cannot assign nil to string"),
            Term::Nil => Ok(Datum::Absent),
            Term::Bool(_) | Term::Number(..) if is_string => self.fail(format!("expected string; found {operand}")),
            _ => {
                let value = self.operand(operand, dot)?;
                self.fitting(value, wanted)
            }
        }
    }

    /// The value, if it is what is wanted.
    fn fitting(&self, value: Datum<'v>, wanted: Wanted) -> Value<'v> {
        match (wanted, value) {
            (Wanted::Any, _) => Ok(value),
            (Wanted::String, Datum::Absent) => self.fail("invalid value; expected string"),
            (Wanted::String, _) => match value.data() {
                Some(Data::Text(_, TextKind::String)) => Ok(value),
                other => {
                    let got = other.map_or("interface {}", |data| data.type_name());
                    self.fail(format!("wrong type for value; expected string; got {got}"))
                }
            },
        }
    }
}
