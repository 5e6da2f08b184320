//! What evaluation remembers: the value of each rule, and results of calls by their arguments.
//!
//! A rule's stamp says in which evaluation its value was found and where that stands, so a new evaluation forgets all of
//! them by counting one up, however many rules there are. Calls are found by routine, version and arguments; `with` gives
//! a routine another version for a while, and its remembered results come back when the old version does.

use lictor_value::collection::probe;
use lictor_value::{Value, hash, same};

use super::kept::emptied;

/// When and where a routine's value was found; for calls, the version instead of the place.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Stamp {
    generation: u32,
    at: u32,
}

/// In [`Stamp::at`]: the routine stands for a value that replaces it, even where it is one that is asked by key.
const REPLACED: u32 = 1 << 31;

/// All stamps, kept by the session.
#[derive(Default)]
pub(super) struct Stamps {
    stamps: Vec<Stamp>,
    generation: u32,
    table: Vec<u32>,
}

/// One evaluation's part.
pub(super) struct Memo {
    generation: u32,
    versions: u32,
}

/// What was found.
#[derive(Default)]
pub(super) struct Known<'v> {
    /// Values of rules; absent where undefined.
    rules: Vec<Value<'v>>,
    calls: Vec<Call<'v>>,
    args: Vec<Value<'v>>,
}

#[derive(Clone, Copy)]
struct Call<'v> {
    hash: u32,
    routine: u32,
    version: u32,
    /// Where its arguments begin; the next call's begin where they end.
    args: u32,
    /// The result, absent where undefined.
    value: Value<'v>,
    done: bool,
}

/// What is known of a call.
pub(super) enum Remembered<'v> {
    /// The result; absent where undefined.
    Known(Value<'v>),
    /// Nothing: the result belongs to this entry.
    New(u32),
    /// It is being evaluated: nothing is remembered of this one.
    Busy,
}

impl Stamps {
    /// A new evaluation: nothing is known.
    #[inline]
    pub(super) fn begin(&mut self, routines: usize) -> Memo {
        if self.stamps.len() < routines {
            self.stamps.resize(routines, Stamp::default());
        }
        self.generation = self.generation.wrapping_add(1);
        if self.generation == 0 {
            self.stamps.fill(Stamp::default());
            self.generation = 1;
        }
        self.table.clear();
        Memo { generation: self.generation, versions: 0 }
    }

    #[inline(always)]
    pub(super) fn get(&self, routine: u32) -> Stamp {
        self.stamps[routine as usize]
    }

    pub(super) fn put(&mut self, routine: u32, stamp: Stamp) {
        self.stamps[routine as usize] = stamp;
    }
}

impl Memo {
    /// A rule's value, absent where it is known to be undefined; `None` where it is not known yet.
    #[inline(always)]
    pub(super) fn rule<'v>(&self, stamps: &Stamps, known: &Known<'v>, routine: u32) -> Option<Value<'v>> {
        let stamp = stamps.get(routine);
        (stamp.generation == self.generation).then(|| known.rules[(stamp.at & !REPLACED) as usize])
    }

    /// Remembers a rule's value.
    #[inline]
    pub(super) fn remember<'v>(
        &self,
        stamps: &mut Stamps,
        known: &mut Known<'v>,
        routine: u32,
        value: Option<Value<'v>>,
    ) {
        stamps.put(routine, Stamp { generation: self.generation, at: known.rules.len() as u32 });
        known.rules.push(value.unwrap_or(Value::ABSENT));
    }

    /// Puts a value in the place of a routine.
    pub(super) fn replace<'v>(&self, stamps: &mut Stamps, known: &mut Known<'v>, routine: u32, value: Value<'v>) {
        stamps.put(routine, Stamp { generation: self.generation, at: known.rules.len() as u32 | REPLACED });
        known.rules.push(value);
    }

    /// The value that replaces a routine asked by key.
    #[inline]
    pub(super) fn replaced<'v>(&self, stamps: &Stamps, known: &Known<'v>, routine: u32) -> Option<Value<'v>> {
        let stamp = stamps.get(routine);
        (stamp.generation == self.generation && stamp.at & REPLACED != 0)
            .then(|| known.rules[(stamp.at & !REPLACED) as usize])
    }

    /// Where a rule's value is remembered.
    #[inline]
    pub(super) fn place(&self, stamps: &Stamps, routine: u32) -> Option<u32> {
        let stamp = stamps.get(routine);
        (stamp.generation == self.generation).then_some(stamp.at)
    }

    /// Forgets a rule.
    pub(super) fn forget_rule(&self, stamps: &mut Stamps, routine: u32) {
        stamps.put(routine, Stamp::default());
    }

    /// Forgets a routine's calls: a new version.
    pub(super) fn forget_calls(&mut self, stamps: &mut Stamps, routine: u32) {
        self.versions += 1;
        stamps.put(routine, Stamp { generation: self.generation, at: self.versions });
    }

    /// Looks a call up, and makes an entry for it where it is new.
    pub(super) fn call<'v>(
        &self,
        stamps: &mut Stamps,
        known: &mut Known<'v>,
        routine: u32,
        args: &[Value<'v>],
    ) -> Remembered<'v> {
        let stamp = stamps.get(routine);
        let version = if stamp.generation == self.generation { stamp.at } else { 0 };
        let start = routine.rotate_left(16) ^ version.wrapping_mul(0x9e37_79b9);
        let word = args.iter().fold(start, |word, arg| word.rotate_left(5).wrapping_mul(0x85eb_ca6b) ^ hash(*arg));
        if stamps.table.is_empty() {
            stamps.table.resize(16, 0);
        }
        let is = |i: usize| {
            let call = &known.calls[i];
            let stored = &known.args[call.args as usize..];
            call.hash == word
                && call.routine == routine
                && call.version == version
                && args.iter().zip(stored).all(|(a, b)| same(*a, *b))
        };
        match probe(&stamps.table, word, is) {
            Ok(at) if known.calls[at].done => Remembered::Known(known.calls[at].value),
            Ok(_) => Remembered::Busy,
            Err(free) => {
                let at = known.calls.len() as u32;
                let first = known.args.len() as u32;
                known.args.extend_from_slice(args);
                known.calls.push(Call { hash: word, routine, version, args: first, value: Value::ABSENT, done: false });
                stamps.table[free] = at + 1;
                if known.calls.len() * 2 > stamps.table.len() {
                    grow(&mut stamps.table, &known.calls);
                }
                Remembered::New(at)
            }
        }
    }
}

#[cold]
fn grow(table: &mut Vec<u32>, calls: &[Call<'_>]) {
    let size = table.len() * 4;
    table.clear();
    table.resize(size, 0);
    for (i, call) in calls.iter().enumerate() {
        if let Err(free) = probe(table, call.hash, |_| false) {
            table[free] = i as u32 + 1;
        }
    }
}

impl<'v> Known<'v> {
    /// The result of the call with that entry.
    pub(super) fn fill(&mut self, entry: u32, value: Option<Value<'v>>) {
        let call = &mut self.calls[entry as usize];
        call.value = value.unwrap_or(Value::ABSENT);
        call.done = true;
    }

    pub(super) fn clear(&mut self) {
        self.rules.clear();
        self.calls.clear();
        self.args.clear();
    }

    pub(super) fn bytes(&self) -> usize {
        self.rules.len() * size_of::<Value<'_>>()
            + self.calls.len() * (size_of::<Call<'_>>() + 16)
            + self.args.len() * size_of::<Value<'_>>()
    }

    pub(super) fn emptied<'w>(self) -> Known<'w> {
        Known { rules: emptied(self.rules), calls: emptied(self.calls), args: emptied(self.args) }
    }
}
