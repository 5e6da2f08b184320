//! Graphs given as objects from a node to the array or set of its neighbours, and walking through values.

use std::collections::VecDeque;

use lictor_value::{Builtin, Context, Object, Set, Type, Value, View};

use crate::family;
use crate::operand::items;

const EDGES: Type = Type::OneOf(&[Type::Array(&Type::Any), Type::Set(&Type::Any)]);
const GRAPH: Type = Type::Object(&Type::Any, &EDGES);
const PAIR: Type = Type::Tuple(&[Type::Array(&Type::Any), Type::Any], None);

/// The family.
pub static FAMILY: &[Builtin] = family! {
    /// The nodes that can be reached from some nodes, those themselves included, as far as the graph has them.
    "graph.reachable" |
        cx,
        graph ("for each node, the nodes that its edges lead to"): &Object<'_> [GRAPH],
        initial ("the nodes to begin at"): Value<'_> [EDGES],
    | -> "output" ("the nodes reached"): Option<Value<'_>> [Type::Set(&Type::Any)] {
        let Some(initial) = items(initial) else {
            return cx.wrong_operand(2, "{array, set}", initial);
        };
        Some(reachable(cx, graph, initial))
    }
    /// The longest paths from some nodes: each ends where no edge leads on, or before a node that it has passed.
    "graph.reachable_paths" |
        cx,
        graph ("for each node, the nodes that its edges lead to"): &Object<'_> [GRAPH],
        initial ("the nodes to begin at"): Value<'_> [EDGES],
    | -> "output" ("the paths, each an array of nodes"): Option<Value<'_>> [Type::Set(&Type::Array(&Type::Any))] {
        let Some(initial) = items(initial) else {
            return cx.wrong_operand(2, "{array, set}", initial);
        };
        let mut paths = Paths::new(graph);
        for node in initial {
            paths.search(cx, *node)?;
        }
        Some(Value::set(cx.arena.one(Set::from_unsorted(cx.arena, &mut paths.found, true))))
    }
    /// Pairs of path and value: `x` itself at the empty path, and all that is in it.
    "walk" in "graph" { relation: true } |cx, x ("the value to take apart"): Value<'_>|
    -> "output" ("pairs `[path, value]`: `path` is the keys that lead to `value`"): Option<Value<'_>> [PAIR] {
        let mut pairs = Vec::new();
        walk(cx, &mut Vec::new(), x, &mut pairs)?;
        Some(Value::array(cx.arena.slice(&pairs)))
    }
};

fn neighbours<'v>(graph: &Object<'v>, node: Value<'v>) -> Option<&'v [Value<'v>]> {
    // What is no collection has no neighbours, but is a node.
    graph.get(node).map(|edges| items(edges).unwrap_or(&[]))
}

fn reachable<'v>(cx: &Context<'_, 'v>, graph: &Object<'v>, initial: &[Value<'v>]) -> Value<'v> {
    // The graph's own positions say which nodes were seen, each of which enters the queue once.
    let mut seen = vec![false; graph.len()];
    let mut queue: VecDeque<Value<'v>> = VecDeque::new();
    let mut reached = Vec::new();
    let mut edges = initial;
    loop {
        for node in edges {
            if let Some(at) = graph.keys().find(*node)
                && !std::mem::replace(&mut seen[at], true)
            {
                reached.push(*node);
                queue.push_back(*node);
            }
        }
        let Some(node) = queue.pop_front() else {
            return Value::set(cx.arena.one(Set::from_unsorted(cx.arena, &mut reached, true)));
        };
        edges = neighbours(graph, node).unwrap_or(&[]);
    }
}

/// A search in depth, with a stack of its own: a path may be as long as the graph is large.
struct Paths<'g, 'v> {
    graph: &'g Object<'v>,
    /// How often each node of the graph is on the path.
    passed: Vec<u32>,
    path: Vec<Value<'v>>,
    /// For each node on the path: its position in the graph and the neighbours to go to yet.
    open: Vec<(usize, std::slice::Iter<'v, Value<'v>>)>,
    found: Vec<Value<'v>>,
}

impl<'g, 'v> Paths<'g, 'v> {
    fn new(graph: &'g Object<'v>) -> Self {
        Paths { graph, passed: vec![0; graph.len()], path: Vec::new(), open: Vec::new(), found: Vec::new() }
    }

    fn search(&mut self, cx: &mut Context<'_, 'v>, root: Value<'v>) -> Option<()> {
        let Some(at) = self.graph.keys().find(root) else {
            return Some(());
        };
        self.enter(cx, at, root)?;
        while let Some((at, rest)) = self.open.last_mut() {
            let Some(next) = rest.next() else {
                self.passed[*at] -= 1;
                self.open.pop();
                self.path.pop();
                continue;
            };
            match self.graph.keys().find(*next) {
                // An edge from the root to itself is followed once.
                Some(at) if self.passed[at] == 0 || self.path.len() == 1 => self.enter(cx, at, *next)?,
                _ => self.end_here(cx)?,
            }
        }
        Some(())
    }

    fn enter(&mut self, cx: &mut Context<'_, 'v>, at: usize, node: Value<'v>) -> Option<()> {
        let neighbours = items(self.graph.vals()[at]).unwrap_or(&[]);
        self.path.push(node);
        self.passed[at] += 1;
        self.open.push((at, neighbours.iter()));
        if neighbours.is_empty() { self.end_here(cx) } else { Some(()) }
    }

    fn end_here(&mut self, cx: &mut Context<'_, 'v>) -> Option<()> {
        cx.reserve(size_of_val(self.path.as_slice()))?;
        self.found.push(Value::array(cx.arena.slice(&self.path)));
        Some(())
    }
}

fn walk<'v>(
    cx: &mut Context<'_, 'v>,
    path: &mut Vec<Value<'v>>,
    value: Value<'v>,
    pairs: &mut Vec<Value<'v>>,
) -> Option<()> {
    cx.reserve(size_of_val(path.as_slice()).saturating_add(64))?;
    let pair = [Value::array(cx.arena.slice(path)), value];
    pairs.push(Value::array(cx.arena.slice(&pair)));
    let mut step = |key, inner| {
        path.push(key);
        walk(cx, path, inner, pairs)?;
        path.pop();
        Some(())
    };
    match value.view() {
        View::Array(items) => (0..).zip(items).try_for_each(|(at, item)| step(Value::int(at), *item)),
        View::Object(object) => object.iter().try_for_each(|(key, inner)| step(key, inner)),
        View::Set(set) => set.items().iter().try_for_each(|member| step(*member, *member)),
        _ => Some(()),
    }
}
