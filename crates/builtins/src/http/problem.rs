//! Why a call of `http.send` has no response, and what becomes of that: a fault, or with `raise_error: false` an object.

use lictor_value::text::lossy;
pub(super) use lictor_value::text::quoted;
use lictor_value::{Context, Fault, Halt, Object, Value};

use super::NAME;

/// A problem, in OPA's words. It can be remembered: it holds no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// Of the operand: `eval_type_error`.
    Operand(String),
    /// Of what an option says: `eval_builtin_error`.
    Failed(String),
    /// The same, but for those that OPA passes on as they are.
    Bare(String),
    /// [`Problem::Operand`] or [`Problem::Failed`] of a call that stands somewhere.
    Placed(Box<Problem>, String),
    /// Of the exchange.
    Network {
        /// The method, as in a sentence: `Get`.
        operation: String,
        /// The URL, without password.
        url: Vec<u8>,
        /// What happened.
        text: String,
        /// Whether time was up.
        timed_out: bool,
    },
    /// The evaluation must end.
    Halt(Halt),
}

impl Problem {
    /// The problem with the place of the call, where it does not have one.
    pub(super) fn at(self, cx: &Context<'_, '_>) -> Problem {
        match self {
            Problem::Operand(_) | Problem::Failed(_) => Problem::Placed(Box::new(self), cx.scratch.place().to_owned()),
            other => other,
        }
    }

    /// What the call fails with.
    pub(super) fn into_fault(self) -> Fault {
        match self {
            Problem::Operand(text) => Fault::OperandText { position: 1, text: text.into() },
            Problem::Failed(text) | Problem::Bare(text) => Fault::Failed(text.into()),
            Problem::Placed(problem, _) => problem.into_fault(),
            Problem::Network { operation, url, timed_out: true, .. } => {
                Fault::Failed(format!("{operation} {}: request timed out", lossy(&url)).into())
            }
            Problem::Network { .. } => Fault::Failed(self.message().into()),
            Problem::Halt(why) => Fault::Halt(why),
        }
    }

    /// What the call gives instead of a response.
    pub(super) fn into_object<'v>(self, cx: &mut Context<'_, 'v>) -> Option<Value<'v>> {
        let code = match self {
            Problem::Halt(why) => return cx.catch(Err(Fault::Halt(why))),
            Problem::Network { .. } => "eval_http_send_network_error",
            _ => "eval_http_send_internal_error",
        };
        let message = self.at(cx).message();
        let mut error = vec![(cx.string("code"), cx.string(code)), (cx.string("message"), cx.string(message))];
        let error = Value::object(cx.arena.one(Object::from_unsorted(cx.arena, &mut error)));
        let mut object = vec![(cx.string("status_code"), Value::int(0)), (cx.string("error"), error)];
        Some(Value::object(cx.arena.one(Object::from_unsorted(cx.arena, &mut object))))
    }

    fn message(&self) -> String {
        match self {
            Problem::Operand(text) => format!("eval_type_error: {NAME}: operand 1 {text}"),
            Problem::Failed(text) => format!("eval_builtin_error: {NAME}: {text}"),
            Problem::Bare(text) => text.clone(),
            Problem::Placed(problem, place) if place.is_empty() => problem.message(),
            Problem::Placed(problem, place) => format!("{place}: {}", problem.message()),
            Problem::Network { operation, url, text, .. } => format!("{operation} {}: {text}", quoted(url)),
            Problem::Halt(_) => String::new(),
        }
    }
}
