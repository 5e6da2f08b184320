//! Calls of builtins, and what becomes of those that give nothing.

use lictor_value::{Builtin, Context, Fault, Value};

use crate::error::{ErrorKind, Location};
use crate::linked::location;

use super::{Machine, Outcome};

impl<'v> Machine<'v, '_> {
    /// Calls a builtin; where it gives nothing, [`Machine::check_fault`] says whether evaluation goes on.
    #[inline(always)]
    pub(super) fn call(&mut self, at: usize, call: u32, args: &[Value<'v>]) -> Option<Value<'v>> {
        let call = &self.program.calls[call as usize];
        if call.builtin.placed {
            self.tell_place(at);
        }
        let mut cx = Context {
            arena: self.arena,
            buffer: &mut self.kept.buffer,
            host: self.options.host,
            scratch: &mut self.kept.scratch,
            prepared: call.prepared.as_deref(),
            fault: None,
        };
        let answer = (call.builtin.run)(&mut cx, args);
        if answer.is_none() {
            let fault = cx.fault;
            self.note(call.builtin, fault);
        }
        answer
    }

    /// Lets the builtin that is called know where its call stands.
    #[cold]
    pub(super) fn tell_place(&mut self, at: usize) {
        let place = self.program.places.get(at).map(|place| location(self.program, *place));
        self.kept.scratch.set_place(match place {
            Some(Location { file, row, col }) if file.is_empty() => format!("{row}:{col}"),
            Some(Location { file, row, .. }) => format!("{file}:{row}"),
            None => String::new(),
        });
    }

    #[cold]
    pub(super) fn note(&mut self, builtin: &'static Builtin, fault: Option<Fault>) {
        self.fault = fault.map(|fault| (builtin.name, fault));
    }

    /// After an op gave nothing: an error where a limit was passed, or a builtin failed and evaluation is strict.
    #[inline]
    pub(super) fn check_fault(&mut self, at: usize) -> Outcome<()> {
        if self.fault.is_none() { Ok(()) } else { self.raise_fault(at) }
    }

    #[cold]
    pub(super) fn raise_fault(&mut self, at: usize) -> Outcome<()> {
        let strict = self.options.strict_builtin_errors;
        let Some((name, fault)) = self.fault.take() else { return Ok(()) };
        let name = name.into();
        let kind = match fault {
            Fault::Halt(why) => ErrorKind::Halt(why),
            Fault::Unsupported => ErrorKind::Unsupported { name },
            Fault::Fatal { code, text } => ErrorKind::Fatal { code, text },
            _ if !strict => return Ok(()),
            Fault::Failed(text) => ErrorKind::Builtin { name, text },
            wrong => ErrorKind::Operand { name, text: wrong.to_string().into() },
        };
        Err(self.error(at, kind))
    }
}
