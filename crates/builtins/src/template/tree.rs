//! What a template says, as a tree; and parts of it as text again, as errors show them.

use std::collections::HashMap;
use std::fmt;

use lictor_value::text::lossy;

use super::lexer::quoted;
use super::literal::Number;

/// The name of the template that is rendered; others are defined within it.
pub(super) const MAIN: &[u8] = b"template";

/// A template with all that are defined in it.
#[derive(Debug)]
pub(super) struct Tree {
    /// The text that it was made of.
    pub(super) text: Vec<u8>,
    pub(super) templates: HashMap<Vec<u8>, List>,
}

/// What stands one after the other.
pub(super) type List = Vec<Statement>;

/// Text, or what stands between `{{` and `}}`.
#[derive(Debug)]
pub(super) enum Statement {
    Text(Vec<u8>),
    /// A pipeline whose value is printed, unless it goes to a variable.
    Action(Pipe),
    Branch(Branch),
    Template(Call),
    Break,
    Continue,
}

/// `{{if}}`, `{{with}}` or `{{range}}`, up to its end.
#[derive(Debug)]
pub(super) struct Branch {
    pub(super) kind: BranchKind,
    pub(super) pipe: Pipe,
    pub(super) list: List,
    pub(super) otherwise: Option<List>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BranchKind {
    If,
    With,
    Range,
}

/// `{{template "name" pipeline}}`
#[derive(Debug)]
pub(super) struct Call {
    pub(super) at: usize,
    pub(super) name: Vec<u8>,
    pub(super) pipe: Option<Pipe>,
}

/// Commands, each of which gets the value of the one before it; perhaps into variables.
#[derive(Debug)]
pub(super) struct Pipe {
    pub(super) at: usize,
    /// Whether the variables exist already.
    pub(super) assigns: bool,
    pub(super) variables: Vec<Vec<u8>>,
    pub(super) commands: Vec<Command>,
}

/// A value, or a function and its arguments. There is at least one operand.
#[derive(Debug)]
pub(super) struct Command {
    pub(super) at: usize,
    pub(super) operands: Vec<Operand>,
}

/// A part of a command.
#[derive(Debug)]
pub(super) struct Operand {
    pub(super) at: usize,
    pub(super) term: Term,
}

#[derive(Debug)]
pub(super) enum Term {
    Bool(bool),
    Dot,
    Nil,
    /// `.a.b`
    Field(Vec<Vec<u8>>),
    /// Fields of a parenthesis or of a function's value.
    Chain(Box<Operand>, Vec<Vec<u8>>),
    /// A function.
    Identifier(Vec<u8>),
    Number(Number, Vec<u8>),
    Pipe(Box<Pipe>),
    /// A string, and how it is written.
    String(Vec<u8>, Vec<u8>),
    /// `$x.a.b`
    Variable(Vec<Vec<u8>>),
}

/// Where a template is being evaluated.
#[derive(Clone, Copy)]
pub(super) enum Place<'t> {
    Call(&'t Call),
    Pipe(&'t Pipe),
    Command(&'t Command),
    Operand(&'t Operand),
}

impl Place<'_> {
    pub(super) fn at(&self) -> usize {
        match self {
            Place::Call(call) => call.at,
            Place::Pipe(pipe) => pipe.at,
            Place::Command(command) => command.at,
            Place::Operand(operand) => operand.at,
        }
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Call(call) => write!(f, "{call}"),
            Place::Pipe(pipe) => write!(f, "{pipe}"),
            Place::Command(command) => write!(f, "{command}"),
            Place::Operand(operand) => write!(f, "{operand}"),
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{{template {}", quoted(&self.name))?;
        if let Some(pipe) = &self.pipe {
            write!(f, " {pipe}")?;
        }
        f.write_str("}}")
    }
}

impl fmt::Display for Pipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, variable) in self.variables.iter().enumerate() {
            f.write_str(if at > 0 { ", " } else { "" })?;
            f.write_str(&lossy(variable))?;
        }
        if !self.variables.is_empty() {
            f.write_str(if self.assigns { " = " } else { " := " })?;
        }
        for (at, command) in self.commands.iter().enumerate() {
            f.write_str(if at > 0 { " | " } else { "" })?;
            write!(f, "{command}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, operand) in self.operands.iter().enumerate() {
            f.write_str(if at > 0 { " " } else { "" })?;
            match &operand.term {
                Term::Pipe(pipe) => write!(f, "({pipe})")?,
                _ => write!(f, "{operand}")?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields = |f: &mut fmt::Formatter<'_>, fields: &[Vec<u8>]| {
            fields.iter().try_for_each(|field| write!(f, ".{}", lossy(field)))
        };
        match &self.term {
            Term::Bool(bool) => write!(f, "{bool}"),
            Term::Dot => f.write_str("."),
            Term::Nil => f.write_str("nil"),
            Term::Field(names) => fields(f, names),
            Term::Chain(of, names) => {
                match &of.term {
                    Term::Pipe(pipe) => write!(f, "({pipe})")?,
                    _ => write!(f, "{of}")?,
                }
                fields(f, names)
            }
            Term::Identifier(text) | Term::Number(_, text) | Term::String(_, text) => f.write_str(&lossy(text)),
            Term::Pipe(pipe) => write!(f, "{pipe}"),
            Term::Variable(names) => {
                f.write_str(&lossy(&names[0]))?;
                fields(f, &names[1..])
            }
        }
    }
}
