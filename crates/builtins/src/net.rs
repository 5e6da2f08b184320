//! Networks in CIDR notation, and the addresses of names.
//!
//! Addresses are read as Go's `net.ParseIP` and `net.ParseCIDR` read them: no zones, no leading zeros; an IPv4 address
//! mapped into IPv6 is the IPv4 address. OPA names operand 1 in the fault of either operand, and so does this.

pub(crate) mod cidr;
mod lookup;

use lictor_value::text::lossy;
use lictor_value::{Builtin, Context, Set, Type, Value, View};

use crate::family;

use cidr::{Cidr, address};

// A choice of one: OPA declares it so, and shows it.
const STRINGS: Type = Type::OneOf(&[Type::Array(&Type::OneOf(&[Type::String])), Type::Set(&Type::String)]);
const TUPLE: Type = Type::OneOf(&[Type::String, Type::Array(&Type::Any)]);
const MATCHED: Type =
    Type::OneOf(&[Type::String, Type::Array(&TUPLE), Type::Object(&Type::String, &TUPLE), Type::Set(&TUPLE)]);
const PAIRS: Type = Type::Set(&Type::Tuple(&[Type::Any, Type::Any], None));

/// The family.
pub static FAMILY: &[Builtin] = family! {
    /// Whether the network `cidr` contains an address or all of a network.
    "net.cidr_contains" |
        cx,
        cidr ("the network"): Value<'_> [Type::String],
        cidr_or_ip ("an address or a network"): Value<'_> [Type::String],
    | -> "result" ("whether all of it is in the network"): Option<bool> {
        contains(cx, cidr, cidr_or_ip)
    }
    /// Which of `cidrs` contain which of `cidrs_or_ips`: pairs of positions, keys or members.
    "net.cidr_contains_matches" |
        cx,
        cidrs ("networks"): Value<'_> [MATCHED],
        cidrs_or_ips ("addresses and networks"): Value<'_> [MATCHED],
    | -> "output" ("the pairs, each the place of a network and of what is in it"): Option<Value<'_>> [PAIRS] {
        contains_matches(cx, cidrs, cidrs_or_ips)
    }
    /// All addresses of a network.
    "net.cidr_expand" |cx, cidr ("the network"): &[u8]|
    -> "hosts" ("its addresses"): Option<Value<'_>> [Type::Set(&Type::String)] { expand(cx, cidr) }
    /// Whether two networks have an address in common.
    "net.cidr_intersects" |
        cx,
        cidr1 ("a network"): Value<'_> [Type::String],
        cidr2 ("another network"): Value<'_> [Type::String],
    | -> "result" ("whether they share an address"): Option<bool> {
        let (a, b) = (network(cx, cidr1)?, network(cx, cidr2)?);
        Some(a.has(b.address()) || b.has(a.address()))
    }
    /// Whether the text is a network.
    "net.cidr_is_valid" |_cx, cidr ("any value"): Value<'_> [Type::String]|
    -> "result" ("whether it is a network such as `10.0.0.0/8`"): bool {
        cidr.as_bytes().is_some_and(|text| Cidr::parse(text).is_some())
    }
    /// The fewest networks that have just the addresses of these.
    "net.cidr_merge" |cx, addrs ("addresses and networks"): Value<'_> [STRINGS]|
    -> "output" ("the networks"): Option<Value<'_>> [Type::Set(&Type::String)] {
        merge(cx, addrs)
    }
    /// `net.cidr_contains` by its old name.
    "net.cidr_overlap" { deprecated: true }
    |cx, cidr: Value<'_> [Type::String], cidr_or_ip: Value<'_> [Type::String]| -> Option<bool> {
        contains(cx, cidr, cidr_or_ip)
    }
    /// The addresses that a name stands for; needs a host that allows the network.
    "net.lookup_ip_addr" { nondeterministic: true } |cx, name ("the name of a host"): &[u8]|
    -> "addrs" ("its addresses"): Option<Value<'_>> [Type::Set(&Type::String)] {
        lookup::addresses(cx, name)
    }
};

fn text<'v>(cx: &mut Context<'_, 'v>, value: Value<'v>) -> Option<&'v [u8]> {
    family::take(cx, &[value], 0)
}

fn network<'v>(cx: &mut Context<'_, 'v>, value: Value<'v>) -> Option<Cidr> {
    let text = text(cx, value)?;
    match Cidr::parse(text) {
        Some(cidr) => Some(cidr),
        None => cx.fail(format!("invalid CIDR address: {}", lossy(text))),
    }
}

fn contains<'v>(cx: &mut Context<'_, 'v>, outer: Value<'v>, inner: Value<'v>) -> Option<bool> {
    let outer = network(cx, outer)?;
    let inner = text(cx, inner)?;
    if let Some(address) = address(inner) {
        return Some(outer.has(address));
    }
    match Cidr::parse(inner) {
        Some(inner) => Some(outer.contains(&inner)),
        None => {
            let said = lossy(inner);
            cx.fail(format!("not a valid textual representation of an IP address or CIDR: {said}"))
        }
    }
}

/// What stands for each network of an operand, and the network; an element that is none is a fault when it is reached.
fn matched<'v>(of: Value<'v>) -> Vec<(Value<'v>, Option<Value<'v>>)> {
    let network = |element: Value<'v>| match element.view() {
        View::Str(_) => Some(element),
        View::Array(tuple) => tuple.first().copied(),
        _ => None,
    };
    match of.view() {
        View::Str(_) => vec![(of, Some(of))],
        View::Array(items) => {
            items.iter().enumerate().map(|(at, item)| (Value::int(at as i64), network(*item))).collect()
        }
        View::Set(set) => set.items().iter().map(|item| (*item, network(*item))).collect(),
        View::Object(object) => object.iter().map(|(key, item)| (key, network(item))).collect(),
        _ => vec![],
    }
}

fn contains_matches<'v>(cx: &mut Context<'_, 'v>, outers: Value<'v>, inners: Value<'v>) -> Option<Value<'v>> {
    let inners = matched(inners);
    let mut pairs = Vec::new();
    for (outer_name, outer) in matched(outers) {
        let Some(outer) = outer else { return no_network(cx, 1) };
        for (inner_name, inner) in &inners {
            let Some(inner) = inner else { return no_network(cx, 2) };
            if contains(cx, outer, *inner)? {
                pairs.push(Value::array(cx.arena.slice(&[outer_name, *inner_name])));
                cx.reserve(size_of_val(&pairs[..]))?;
            }
        }
    }
    Some(Value::set(cx.arena.one(Set::from_unsorted(cx.arena, &mut pairs, false))))
}

fn no_network<T>(cx: &mut Context<'_, '_>, operand: usize) -> Option<T> {
    cx.fail(format!("operand {operand}: element must be string or non-empty array"))
}

fn expand<'v>(cx: &mut Context<'_, 'v>, cidr: &[u8]) -> Option<Value<'v>> {
    let Some(cidr) = Cidr::parse(cidr) else {
        return cx.fail(format!("invalid CIDR address: {}", lossy(cidr)));
    };
    // Each address is a value and a text of at least 7 bytes.
    const EACH: usize = size_of::<Value<'_>>() + 7;
    let count = usize::try_from(cidr.size()).unwrap_or(usize::MAX);
    cx.reserve(count.saturating_mul(EACH))?;
    let mut addresses = Vec::new();
    for address in cidr.addresses() {
        addresses.push(cx.string(address.to_string()));
        cx.reserve(0)?;
    }
    Some(Value::set(cx.arena.one(Set::from_unsorted(cx.arena, &mut addresses, false))))
}

fn merge<'v>(cx: &mut Context<'_, 'v>, of: Value<'v>) -> Option<Value<'v>> {
    let Some(items) = crate::operand::items(of) else { return cx.fail("operand must be an array") };
    let mut networks = Vec::with_capacity(items.len());
    for item in items {
        let Some(text) = item.as_bytes() else { return cx.fail("element must be string") };
        networks.push(match address(text) {
            Some(std::net::IpAddr::V4(address)) => Cidr::of_class(address),
            Some(std::net::IpAddr::V6(_)) => return cx.fail("IPv6 invalid: needs prefix length"),
            None => network(cx, *item)?,
        });
    }
    let mut merged: Vec<Value<'v>> =
        cidr::merge(networks).into_iter().map(|cidr| cx.string(cidr.to_string())).collect();
    Some(Value::set(cx.arena.one(Set::from_unsorted(cx.arena, &mut merged, false))))
}
