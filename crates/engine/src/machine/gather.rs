//! Builders: they gather the elements of collections in the making.
//!
//! Builders nest, and only the innermost one takes elements. So all of them share a few vectors, each builder's part above
//! that of the one around it, and closing one cuts them back. Sets and objects drop duplicates as they come, so memory is
//! bounded by distinct elements, and sort once when they are complete. Up to [`SMALL`] keys are scanned; more get a hash
//! table.
//!
//! A rule with variables in its reference gathers a tree: each node is an entry with its parent and its key, looked up by
//! both, so that `p[x].z[y] := v` finds its place in one probe for each step.

use lictor_ir::Kind;
use lictor_value::collection::{SMALL, probe};
use lictor_value::{Arena, Object, Set, Value, hash, order, same};

use super::kept::emptied;

/// The vectors of values.
#[derive(Default)]
pub(super) struct Elements<'v> {
    keys: Vec<Value<'v>>,
    vals: Vec<Value<'v>>,
    pairs: Vec<(Value<'v>, Value<'v>)>,
}

/// The plain vectors.
#[derive(Default)]
pub(super) struct Tables {
    open: Vec<Open>,
    hashes: Vec<u32>,
    /// Open addressing; position of the key in the builder's part + 1, and 0 where free.
    table: Vec<u32>,
    /// Of groups, for each value its group; of trees, for each node its parent.
    of: Vec<u32>,
    /// Of trees: what each node is.
    nodes: Vec<Node>,
    /// Free for the work of closing a builder.
    order: Vec<u32>,
}

/// An open builder: where its parts begin.
#[derive(Clone, Copy)]
struct Open {
    kind: Kind,
    keys: usize,
    vals: usize,
    hashes: usize,
    table: usize,
    of: usize,
    nodes: usize,
    count: i64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Node {
    /// An object, and its keys lead on.
    Branch,
    /// A value.
    Leaf,
    /// A set, and its keys are its members.
    Set,
}

/// A key has two values, or a path leads through a value.
#[derive(Debug)]
pub(super) struct Clash;

/// Both, together.
pub(super) struct Gather<'a, 'v> {
    pub(super) elements: &'a mut Elements<'v>,
    pub(super) tables: &'a mut Tables,
}

impl Elements<'_> {
    #[inline]
    pub(super) fn bytes(&self) -> usize {
        // Hash, table (twice to eight times as many places) and group of each key.
        const BESIDE: usize = 24;
        self.keys.len() * (size_of::<Value<'_>>() + BESIDE) + self.vals.len() * (size_of::<Value<'_>>() + 4)
    }

    pub(super) fn clear(&mut self) {
        self.keys.clear();
        self.vals.clear();
    }

    pub(super) fn emptied<'w>(self) -> Elements<'w> {
        Elements { keys: emptied(self.keys), vals: emptied(self.vals), pairs: emptied(self.pairs) }
    }
}

impl Tables {
    /// How many builders are open.
    pub(super) fn depth(&self) -> usize {
        self.open.len()
    }

    pub(super) fn begin(&mut self) {
        self.open.clear();
        self.hashes.clear();
        self.table.clear();
        self.of.clear();
        self.nodes.clear();
    }
}

impl<'v> Gather<'_, 'v> {
    /// Opens a builder.
    pub(super) fn begin(&mut self, kind: Kind) {
        let (elements, tables) = (&mut *self.elements, &mut *self.tables);
        tables.open.push(Open {
            kind,
            keys: elements.keys.len(),
            vals: elements.vals.len(),
            hashes: tables.hashes.len(),
            table: tables.table.len(),
            of: tables.of.len(),
            nodes: tables.nodes.len(),
            count: 0,
        });
        if kind == Kind::Tree {
            elements.keys.push(Value::ABSENT);
            elements.vals.push(Value::ABSENT);
            tables.hashes.push(0);
            tables.of.push(0);
            tables.nodes.push(Node::Branch);
        }
    }

    /// The innermost builder.
    #[inline(always)]
    fn open(&mut self) -> &mut Open {
        match self.tables.open.last_mut() {
            Some(open) => open,
            None => unreachable!("programs emit between Begin and Finish"),
        }
    }

    /// How many elements the innermost builder has, for the room that closing it takes.
    pub(super) fn len(&mut self) -> usize {
        let open = *self.open();
        (self.elements.keys.len() - open.keys).max(self.elements.vals.len() - open.vals)
    }

    /// Adds an element to an array, a set or a count.
    #[inline(always)]
    pub(super) fn emit(&mut self, v: Value<'v>) {
        let open = self.open();
        match open.kind {
            Kind::Array => self.elements.vals.push(v),
            Kind::Count => open.count += 1,
            _ => {
                let open = *open;
                self.place(&open, v);
            }
        }
    }

    /// Adds a pair to an object or to groups.
    #[inline]
    pub(super) fn emit_pair(&mut self, k: Value<'v>, v: Value<'v>) -> Result<(), Clash> {
        let open = *self.open();
        let (at, new) = self.place(&open, k);
        if matches!(open.kind, Kind::Groups | Kind::GroupSets) {
            self.tables.of.push(at as u32);
            self.elements.vals.push(v);
        } else if new {
            self.elements.vals.push(v);
        } else if !same(self.elements.vals[open.vals + at], v) {
            return Err(Clash);
        }
        Ok(())
    }

    /// Finds the key in a builder's part or adds it; its position there, and whether it is new.
    #[inline]
    fn place(&mut self, open: &Open, key: Value<'v>) -> (usize, bool) {
        let keys = &self.elements.keys[open.keys..];
        if keys.len() < SMALL {
            if let Some(at) = keys.iter().position(|k| same(*k, key)) {
                return (at, false);
            }
            self.elements.keys.push(key);
            return (self.elements.keys.len() - 1 - open.keys, true);
        }
        if self.tables.table.len() == open.table {
            self.tables.hashes.extend(keys.iter().map(|key| hash(*key)));
            self.grow(open);
        }
        let word = hash(key);
        let keys = &self.elements.keys[open.keys..];
        let hashes = &self.tables.hashes[open.hashes..];
        match probe(&self.tables.table[open.table..], word, |i| hashes[i] == word && same(keys[i], key)) {
            Ok(at) => (at, false),
            Err(free) => (self.add(open, key, word, free), true),
        }
    }

    /// Adds a new key at a free place of the table.
    #[inline]
    fn add(&mut self, open: &Open, key: Value<'v>, word: u32, free: usize) -> usize {
        self.elements.keys.push(key);
        self.tables.hashes.push(word);
        let n = self.elements.keys.len() - open.keys;
        self.tables.table[open.table + free] = n as u32;
        if n * 2 > self.tables.table.len() - open.table {
            self.grow(open);
        }
        n - 1
    }

    #[cold]
    fn grow(&mut self, open: &Open) {
        let tables = &mut *self.tables;
        let hashes = &tables.hashes[open.hashes..];
        let size = (hashes.len() * 4).next_power_of_two();
        tables.table.truncate(open.table);
        tables.table.resize(open.table + size, 0);
        let table = &mut tables.table[open.table..];
        for (i, word) in hashes.iter().enumerate() {
            if let Err(free) = probe(table, *word, |_| false) {
                table[free] = i as u32 + 1;
            }
        }
    }

    /// Adds a value to a tree at a path; `leaf_set` makes it a member of the set there. Where the value is absent there is at
    /// least that set, or an object.
    pub(super) fn emit_at(&mut self, path: &[Value<'v>], v: Value<'v>, leaf_set: bool) -> Result<(), Clash> {
        let open = *self.open();
        let mut node = 0;
        let mut new = false;
        for (step, key) in path.iter().enumerate() {
            if self.tables.nodes[open.nodes + node] != Node::Branch {
                return Err(Clash);
            }
            let kind = match (step + 1 == path.len(), leaf_set) {
                (false, _) => Node::Branch,
                (true, false) if v.is_absent() => Node::Branch,
                (true, false) => Node::Leaf,
                (true, true) => Node::Set,
            };
            (node, new) = self.child(&open, node as u32, *key, kind);
        }
        match self.tables.nodes[open.nodes + node] {
            Node::Branch if v.is_absent() && !leaf_set => Ok(()),
            Node::Leaf if leaf_set => Err(Clash),
            Node::Leaf if new => {
                self.elements.vals[open.vals + node] = v;
                Ok(())
            }
            Node::Leaf if same(self.elements.vals[open.vals + node], v) => Ok(()),
            Node::Set if leaf_set && v.is_absent() => Ok(()),
            Node::Set if leaf_set => {
                self.child(&open, node as u32, v, Node::Leaf);
                Ok(())
            }
            _ => Err(Clash),
        }
    }

    /// Finds the node below another, or adds it as `kind`; whether it is new.
    fn child(&mut self, open: &Open, parent: u32, key: Value<'v>, kind: Node) -> (usize, bool) {
        if self.tables.table.len() == open.table {
            self.grow(open);
        }
        let word = hash(key).rotate_left(5) ^ parent.wrapping_mul(0x9e37_79b9);
        let keys = &self.elements.keys[open.keys..];
        let hashes = &self.tables.hashes[open.hashes..];
        let parents = &self.tables.of[open.of..];
        // Node 0 is the root and below nothing: it is nobody's child, whatever its hash.
        let is = |i: usize| i > 0 && hashes[i] == word && parents[i] == parent && same(keys[i], key);
        match probe(&self.tables.table[open.table..], word, is) {
            Ok(at) => (at, false),
            Err(free) => {
                self.tables.of.push(parent);
                self.tables.nodes.push(kind);
                self.elements.vals.push(Value::ABSENT);
                (self.add(open, key, word, free), true)
            }
        }
    }

    /// Closes the innermost builder: its collection, in order.
    pub(super) fn finish(&mut self, arena: &'v Arena) -> Value<'v> {
        let open = *self.open();
        let value = match open.kind {
            Kind::Count => Value::int(open.count),
            Kind::Array => Value::array(arena.slice(&self.elements.vals[open.vals..])),
            Kind::Set { indexed } => {
                let keys = &mut self.elements.keys[open.keys..];
                if !keys.is_sorted_by(|a, b| order(*a, *b).is_lt()) {
                    keys.sort_unstable_by(|a, b| order(*a, *b));
                }
                set(arena, keys, indexed)
            }
            Kind::Object => self.finish_object(arena, &open),
            Kind::Groups | Kind::GroupSets => {
                self.cut_groups(arena, &open);
                self.finish_object(arena, &open)
            }
            Kind::Tree => self.finish_tree(arena, &open),
        };
        let tables = &mut *self.tables;
        self.elements.keys.truncate(open.keys);
        self.elements.vals.truncate(open.vals);
        tables.hashes.truncate(open.hashes);
        tables.table.truncate(open.table);
        tables.of.truncate(open.of);
        tables.nodes.truncate(open.nodes);
        tables.open.pop();
        value
    }

    fn finish_object(&mut self, arena: &'v Arena, open: &Open) -> Value<'v> {
        let elements = &mut *self.elements;
        let (keys, vals) = (&mut elements.keys[open.keys..], &mut elements.vals[open.vals..]);
        if !keys.is_sorted_by(|a, b| order(*a, *b).is_lt()) {
            elements.pairs.clear();
            elements.pairs.extend(keys.iter().copied().zip(vals.iter().copied()));
            elements.pairs.sort_unstable_by(|a, b| order(a.0, b.0));
            for (i, (key, val)) in elements.pairs.iter().enumerate() {
                (keys[i], vals[i]) = (*key, *val);
            }
        }
        object(arena, keys, vals)
    }

    /// From values in order of arrival to one collection for each key: a counting sort by group.
    fn cut_groups(&mut self, arena: &'v Arena, open: &Open) {
        let groups = self.elements.keys.len() - open.keys;
        let of = &self.tables.of[open.of..];
        let ends = &mut self.tables.order;
        ends.clear();
        ends.resize(groups, 0);
        of.iter().for_each(|group| ends[*group as usize] += 1);
        let mut sum = 0;
        for end in ends.iter_mut() {
            sum += *end;
            *end = sum;
        }
        let vals = &mut self.elements.vals;
        let sorted = arena.filled(vals.len() - open.vals, Value::NULL);
        for (v, group) in vals[open.vals..].iter().zip(of).rev() {
            let start = &mut ends[*group as usize];
            *start -= 1;
            sorted[*start as usize] = *v;
        }
        // By now each entry of `ends` is where its group starts.
        let sorted: &'v mut [Value<'v>] = sorted;
        vals.truncate(open.vals);
        let mut rest = sorted;
        for group in 0..groups {
            let start = ends[group];
            let end = ends.get(group + 1).copied().unwrap_or(start + rest.len() as u32);
            let (items, after) = rest.split_at_mut((end - start) as usize);
            rest = after;
            vals.push(match open.kind {
                Kind::GroupSets => {
                    items.sort_by(|a, b| order(*a, *b));
                    let distinct = deduplicated(items);
                    set_of(arena, distinct, false)
                }
                _ => Value::array(items),
            });
        }
    }

    /// From nodes to objects and sets. A node's children come after it, so they are complete before it when nodes are
    /// taken from the last to the first.
    fn finish_tree(&mut self, arena: &'v Arena, open: &Open) -> Value<'v> {
        let keys = &self.elements.keys[open.keys..];
        let vals = &mut self.elements.vals[open.vals..];
        let parents = &self.tables.of[open.of..];
        let nodes = &self.tables.nodes[open.nodes..];
        let by_parent = &mut self.tables.order;
        by_parent.clear();
        by_parent.extend(1..keys.len() as u32);
        by_parent.sort_unstable_by(|a, b| {
            let (a, b) = (*a as usize, *b as usize);
            parents[a].cmp(&parents[b]).then_with(|| order(keys[a], keys[b]))
        });
        let mut end = by_parent.len();
        for node in (0..keys.len()).rev() {
            if nodes[node] == Node::Leaf {
                continue;
            }
            let start = by_parent[..end].partition_point(|child| (parents[*child as usize] as usize) < node);
            let children = &by_parent[start..end];
            end = start;
            let names = arena.collect(children.iter().map(|child| keys[*child as usize]));
            vals[node] = if nodes[node] == Node::Set {
                set_of(arena, names, false)
            } else {
                let below = arena.collect(children.iter().map(|child| vals[*child as usize]));
                Value::object(arena.one(Object::new(Set::from_sorted(arena, names, true), below)))
            };
        }
        vals[0]
    }
}

/// Moves distinct items of a sorted slice to its front; the first of equal ones stays.
fn deduplicated<'a, 'v>(items: &'a mut [Value<'v>]) -> &'a [Value<'v>] {
    let mut kept = 0;
    for at in 0..items.len() {
        if kept == 0 || !same(items[kept - 1], items[at]) {
            items[kept] = items[at];
            kept += 1;
        }
    }
    &items[..kept]
}

fn set<'v>(arena: &'v Arena, sorted: &[Value<'v>], indexed: bool) -> Value<'v> {
    set_of(arena, arena.slice(sorted), indexed)
}

fn set_of<'v>(arena: &'v Arena, sorted: &'v [Value<'v>], indexed: bool) -> Value<'v> {
    Value::set(arena.one(Set::from_sorted(arena, sorted, indexed)))
}

fn object<'v>(arena: &'v Arena, keys: &[Value<'v>], vals: &[Value<'v>]) -> Value<'v> {
    let keys = Set::from_sorted(arena, arena.slice(keys), true);
    Value::object(arena.one(Object::new(keys, arena.slice(vals))))
}
