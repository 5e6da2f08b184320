//! What a session keeps of keys and tokens, so that a text of keys is read once and a token's signature is checked once.
//!
//! Only good signatures are kept, so that nobody can push them out with tokens that he made up, and only that they are
//! good: claims and times are looked at anew each time. HMAC is not kept; computing it again costs as much as looking.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::FixedState;

use super::algorithm::Algorithm;
use super::keys::Keys;

/// The sizes of all that a session keeps of keys, and of tokens, in bytes: twice as much at most.
const ROOM: usize = 2 << 20;

/// A text longer than this is not kept.
const LONGEST: usize = ROOM / 8;

/// How a signature was found good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// By the algorithm that the builtin is for.
    Builtin(Algorithm),
    /// By the one that the token names.
    Header,
}

/// What a session keeps.
#[derive(Debug, Default)]
pub(super) struct Ring {
    keys: Kept<Arc<Keys>>,
    /// For each token the keys, by number, that it is good for; and how.
    tokens: Kept<Vec<(u64, By)>>,
}

/// How many answers a token may have.
const ANSWERS: usize = 8;

impl Ring {
    /// The keys of a text; on failure, OPA's words.
    pub(super) fn keys(&mut self, text: &[u8]) -> Result<Arc<Keys>, String> {
        if let Some(keys) = self.keys.get(text) {
            return Ok(Arc::clone(keys));
        }
        let keys = Arc::new(Keys::read(text)?);
        self.keys.keep(text, Arc::clone(&keys));
        Ok(keys)
    }

    /// Whether a token is known to be good.
    pub(super) fn knows(&mut self, token: &[u8], keys: &Keys, by: By) -> bool {
        self.tokens.get(token).is_some_and(|answers| answers.contains(&(keys.number, by)))
    }

    /// A token was found good.
    pub(super) fn learn(&mut self, token: &[u8], keys: &Keys, by: By) {
        let answer = (keys.number, by);
        match self.tokens.get(token) {
            Some(answers) if answers.len() < ANSWERS => answers.push(answer),
            Some(answers) => *answers = vec![answer],
            None => self.tokens.keep(token, vec![answer]),
        }
    }
}

/// Values by texts, of a bounded size. What was not asked for while as much came in as there is room for, is forgotten.
#[derive(Debug)]
struct Kept<V> {
    recent: HashMap<Box<[u8]>, V, FixedState>,
    older: HashMap<Box<[u8]>, V, FixedState>,
    /// The size of what is recent.
    used: usize,
}

impl<V> Default for Kept<V> {
    fn default() -> Self {
        // A fixed seed: tokens get in only when they are signed, and there is no room for so many that collisions would hurt.
        Kept { recent: HashMap::default(), older: HashMap::default(), used: 0 }
    }
}

impl<V> Kept<V> {
    fn get(&mut self, text: &[u8]) -> Option<&mut V> {
        if !self.recent.contains_key(text) {
            let (text, value) = self.older.remove_entry(text)?;
            self.insert(text, value);
        }
        self.recent.get_mut(text)
    }

    fn keep(&mut self, text: &[u8], value: V) {
        if text.len() <= LONGEST {
            self.insert(text.into(), value);
        }
    }

    fn insert(&mut self, text: Box<[u8]>, value: V) {
        // The text, what was read of it, and the table.
        let size = 2 * text.len() + 256;
        if self.used + size > ROOM {
            self.older = std::mem::take(&mut self.recent);
            self.used = 0;
        }
        self.used += size;
        self.recent.insert(text, value);
    }
}
