//! Renders a template, statement by statement: Go's `text/template/exec.go`, with a stack of its own.
//!
//! Steps, the depth of templates within templates, and the memory of text and stack are bounded.

use lictor_value::text::lossy;
use lictor_value::{Context, Halt};

use super::datum::{Data, Datum};
use super::functions;
use super::lexer::quoted;
use super::tree::{Branch, BranchKind, Call, MAIN, Place, Statement, Tree};

/// How deep templates may be used within templates, as in Go.
const MAX_CALLS: usize = 100_000;

/// How many statements, commands and operands may be evaluated.
const MAX_STEPS: usize = 1 << 23;

/// Why a template has no text.
#[derive(Debug)]
pub(super) enum Failure {
    /// It failed, in Go's words.
    Failed(String),
    /// The fault is in the context.
    Faulted,
    Halted(Halt),
}

/// A template on its way to text.
pub(super) struct Execution<'x, 'm, 'v, 't> {
    pub(super) cx: &'x mut Context<'m, 'v>,
    tree: &'t Tree,
    out: Vec<u8>,
    frames: Vec<Frame<'t, 'v>>,
    variables: Vec<(&'t [u8], Datum<'v>)>,
    /// Where the variables of the present template begin: it sees no others.
    base: usize,
    template: &'t [u8],
    calls: usize,
    steps: usize,
    /// What is being evaluated, for errors.
    pub(super) place: Option<Place<'t>>,
}

/// What is yet to be done.
enum Frame<'t, 'v> {
    /// Statements.
    List { rest: &'t [Statement], dot: Datum<'v> },
    /// Forget the variables from here on.
    Variables(usize),
    /// More rounds.
    Range { branch: &'t Branch, rounds: Rounds<'v>, variables: usize },
    /// Go on with the template that used this one.
    Return { template: &'t [u8], base: usize, place: Option<Place<'t>> },
}

/// What a range goes over: the next index, and where that is.
struct Rounds<'v> {
    next: usize,
    over: Data<'v>,
}

/// Renders a template with what `.` is.
pub(super) fn execute<'v>(cx: &mut Context<'_, 'v>, tree: &Tree, dot: Data<'v>) -> Result<Vec<u8>, Failure> {
    let dot = Datum::Plain(dot);
    let mut execution = Execution {
        cx,
        tree,
        out: Vec::new(),
        frames: Vec::new(),
        variables: vec![(b"$", dot)],
        base: 0,
        template: MAIN,
        calls: 0,
        steps: 0,
        place: None,
    };
    if let Some(main) = tree.templates.get(MAIN) {
        execution.frames.push(Frame::List { rest: main, dot });
    }
    execution.run()?;
    Ok(execution.out)
}

impl<'v, 't> Execution<'_, '_, 'v, 't> {
    fn run(&mut self) -> Result<(), Failure> {
        while let Some(frame) = self.frames.pop() {
            self.step()?;
            match frame {
                Frame::List { rest: [], .. } => {}
                Frame::List { rest: [statement, rest @ ..], dot } => {
                    self.frames.push(Frame::List { rest, dot });
                    self.statement(statement, dot)?;
                }
                Frame::Variables(mark) => self.variables.truncate(mark),
                Frame::Range { branch, rounds, variables } => self.round(branch, rounds, variables)?,
                Frame::Return { template, base, place } => {
                    self.variables.truncate(self.base);
                    (self.template, self.base, self.place) = (template, base, place);
                    self.calls -= 1;
                }
            }
        }
        Ok(())
    }

    /// Counts a step.
    pub(super) fn step(&mut self) -> Result<(), Failure> {
        self.steps += 1;
        if self.steps > MAX_STEPS { Err(Failure::Halted(Halt::Steps)) } else { Ok(()) }
    }

    /// Fails at the place that is being evaluated.
    pub(super) fn fail<T>(&self, why: impl AsRef<str>) -> Result<T, Failure> {
        let why = why.as_ref();
        let Some(place) = self.place else { return Err(Failure::Failed(format!("template: template: {why}"))) };
        let before = &self.tree.text[..place.at()];
        let line = 1 + memchr::memchr_iter(b'\n', before).count();
        let column = before.len() - memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
        let template = quoted(self.template);
        Err(Failure::Failed(format!("template: template:{line}:{column}: executing {template} at <{place}>: {why}")))
    }

    fn statement(&mut self, statement: &'t Statement, dot: Datum<'v>) -> Result<(), Failure> {
        match statement {
            Statement::Text(text) => self.write(text),
            Statement::Action(pipe) => {
                let value = self.pipe(pipe, dot)?;
                if pipe.variables.is_empty() { self.print(value) } else { Ok(()) }
            }
            Statement::Branch(branch) if branch.kind == BranchKind::Range => self.range(branch, dot),
            Statement::Branch(branch) => {
                let mark = self.variables.len();
                let value = self.pipe(&branch.pipe, dot)?;
                let list = if value.is_true() { Some(&branch.list) } else { branch.otherwise.as_ref() };
                let inner = if value.is_true() && branch.kind == BranchKind::With { value } else { dot };
                self.frames.push(Frame::Variables(mark));
                self.frames.extend(list.map(|list| Frame::List { rest: list, dot: inner }));
                Ok(())
            }
            Statement::Template(call) => self.call(call, dot),
            Statement::Break => {
                while let Some(frame) = self.frames.pop() {
                    if matches!(frame, Frame::Range { .. }) {
                        break;
                    }
                }
                Ok(())
            }
            Statement::Continue => {
                while !matches!(self.frames.last(), None | Some(Frame::Range { .. })) {
                    self.frames.pop();
                }
                Ok(())
            }
        }
    }

    fn write(&mut self, text: &[u8]) -> Result<(), Failure> {
        self.cx.reserve(self.out.len() + text.len()).ok_or(Failure::Faulted)?;
        self.out.extend_from_slice(text);
        Ok(())
    }

    fn print(&mut self, value: Datum<'v>) -> Result<(), Failure> {
        self.cx.buffer.clear();
        match value {
            Datum::Absent => self.cx.buffer.extend_from_slice(b"<no value>"),
            _ => functions::print(self.cx, &[value]).ok_or(Failure::Faulted)?,
        }
        let printed = std::mem::take(self.cx.buffer);
        let written = self.write(&printed);
        *self.cx.buffer = printed;
        written
    }

    fn call(&mut self, call: &'t Call, dot: Datum<'v>) -> Result<(), Failure> {
        self.place = Some(Place::Call(call));
        let Some(list) = self.tree.templates.get(&call.name) else {
            return self.fail(format!("template {} not defined", quoted(&call.name)));
        };
        if self.calls == MAX_CALLS {
            return self.fail(format!("exceeded maximum template depth ({MAX_CALLS})"));
        }
        let dot = match &call.pipe {
            Some(pipe) => self.pipe(pipe, dot)?,
            None => Datum::Absent,
        };
        // The stack takes memory too.
        let stack = self.frames.len() * size_of::<Frame<'_, '_>>() + self.variables.len() * 64;
        self.cx.reserve(self.out.len() + stack).ok_or(Failure::Faulted)?;
        self.calls += 1;
        self.frames.push(Frame::Return { template: self.template, base: self.base, place: self.place });
        self.template = &call.name;
        self.base = self.variables.len();
        self.variables.push((b"$", dot));
        self.frames.push(Frame::List { rest: list, dot });
        Ok(())
    }

    fn range(&mut self, branch: &'t Branch, dot: Datum<'v>) -> Result<(), Failure> {
        let mark = self.variables.len();
        let value = self.pipe(&branch.pipe, dot)?;
        self.frames.push(Frame::Variables(mark));
        let over = match value.data() {
            None => None,
            Some(data @ (Data::Slice(..) | Data::Map(_))) => Some(data).filter(Data::is_true),
            Some(Data::Int(_) | Data::Byte(_)) if branch.pipe.variables.len() > 1 => {
                let shown = self.shown(value)?;
                return self.fail(format!("can't use {shown} to iterate over more than one variable"));
            }
            Some(Data::Int(count)) => Some(Data::Int(count)).filter(|_| count > 0),
            Some(Data::Byte(count)) => Some(Data::Byte(count)).filter(|_| count > 0),
            Some(_) => {
                let shown = self.shown(value)?;
                return self.fail(format!("range can't iterate over {shown}"));
            }
        };
        match (over, &branch.otherwise) {
            (Some(over), _) => {
                let variables = self.variables.len();
                self.frames.push(Frame::Range { branch, rounds: Rounds { next: 0, over }, variables });
            }
            (None, Some(list)) => self.frames.push(Frame::List { rest: list, dot }),
            (None, None) => {}
        }
        Ok(())
    }

    /// The value as `%v` prints it.
    fn shown(&mut self, value: Datum<'v>) -> Result<String, Failure> {
        self.cx.buffer.clear();
        functions::print(self.cx, &[value]).ok_or(Failure::Faulted)?;
        Ok(lossy(self.cx.buffer).into_owned())
    }

    fn round(&mut self, branch: &'t Branch, mut rounds: Rounds<'v>, mark: usize) -> Result<(), Failure> {
        self.variables.truncate(mark);
        let Some((index, item)) = rounds.take(self.cx) else { return Ok(()) };
        match (&branch.pipe.variables[..], branch.pipe.assigns) {
            ([], _) => {}
            ([value], true) => self.assign(value, item)?,
            ([key, value, ..], true) => {
                self.assign(key, index)?;
                self.assign(value, item)?;
            }
            ([_], false) => self.variables[mark - 1].1 = item,
            ([_, _, ..], false) => {
                self.variables[mark - 1].1 = item;
                self.variables[mark - 2].1 = index;
            }
        }
        self.frames.push(Frame::Range { branch, rounds, variables: mark });
        self.frames.push(Frame::List { rest: &branch.list, dot: item });
        Ok(())
    }

    pub(super) fn declare(&mut self, name: &'t [u8], value: Datum<'v>) {
        self.variables.push((name, value));
    }

    pub(super) fn assign(&mut self, name: &'t [u8], value: Datum<'v>) -> Result<(), Failure> {
        match self.variables[self.base..].iter_mut().rev().find(|(known, _)| *known == name) {
            Some(variable) => variable.1 = value,
            None => return self.fail(format!("undefined variable: {}", lossy(name))),
        }
        Ok(())
    }

    pub(super) fn variable(&self, name: &[u8]) -> Result<Datum<'v>, Failure> {
        match self.variables[self.base..].iter().rev().find(|(known, _)| *known == name) {
            Some((_, value)) => Ok(*value),
            None => self.fail(format!("undefined variable: {}", lossy(name))),
        }
    }
}

impl<'v> Rounds<'v> {
    /// The next index or key, and what is there.
    fn take(&mut self, cx: &Context<'_, 'v>) -> Option<(Datum<'v>, Datum<'v>)> {
        let at = self.next;
        self.next += 1;
        match self.over {
            Data::Slice(items, len) => {
                let item = items[..len].get(at)?;
                Some((Datum::Plain(Data::Int(at as i64)), Datum::out_of(cx, *item)))
            }
            Data::Map(object) => {
                let (key, value) = (object.keys().items().get(at)?, object.vals().get(at)?);
                Some((Datum::Plain(Data::of(cx, *key)), Datum::out_of(cx, *value)))
            }
            Data::Int(count) => {
                let at = i64::try_from(at).ok().filter(|at| *at < count)?;
                Some((Datum::Absent, Datum::Plain(Data::Int(at))))
            }
            Data::Byte(count) => {
                let at = u8::try_from(at).ok().filter(|at| *at < count)?;
                Some((Datum::Absent, Datum::Plain(Data::Byte(at))))
            }
            _ => None,
        }
    }
}
