//! `net.lookup_ip_addr`: asked of the host's network, once an evaluation for each name.

use std::collections::HashMap;

use lictor_value::network::LookupError;
use lictor_value::text::lossy;
use lictor_value::{Context, Fault, Halt, Set, Value};

use crate::http::OFF;

/// What an evaluation found out so far.
#[derive(Default)]
struct Found(HashMap<Vec<u8>, Vec<String>>);

/// The set of a name's addresses.
pub(super) fn addresses<'v>(cx: &mut Context<'_, 'v>, name: &[u8]) -> Option<Value<'v>> {
    let Some(network) = cx.host.network() else { return cx.fail(OFF) };
    let text = lossy(name).into_owned();
    if !network.permits(&text) {
        return cx.fail(format!("disallowed host: {text}"));
    }
    let found = match cx.scratch.of_evaluation::<Found>().0.get(name) {
        Some(found) => found.clone(),
        None => {
            let found = match network.look_up(&text, cx.time_left()) {
                Ok(found) => found,
                Err(LookupError::Failed(why)) => return cx.fail(why),
                Err(LookupError::TimedOut) if cx.time_left().is_some() => {
                    return cx.catch(Err(Fault::Halt(Halt::Deadline)));
                }
                Err(LookupError::TimedOut) => return cx.fail(format!("lookup {text}: i/o timeout")),
            };
            cx.scratch.of_evaluation::<Found>().0.insert(name.to_vec(), found.clone());
            found
        }
    };
    let mut addresses: Vec<_> = found.iter().map(|address| cx.string(address)).collect();
    Some(Value::set(cx.arena.one(Set::from_unsorted(cx.arena, &mut addresses, false))))
}
