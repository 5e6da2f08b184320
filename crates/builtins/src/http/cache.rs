//! Responses that are used again: within an evaluation ([`Memo`]), and between evaluations ([`Cache`]).
//!
//! Both know a request by the text of its object. The cache is bounded in bytes; where there is no room, what came first
//! goes first.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use lictor_value::network::HttpResponse;

use super::problem::Problem;

/// What an evaluation knows of its requests. Whatever comes of one, it comes of all that are equal.
#[derive(Default)]
pub(super) struct Memo {
    known: HashMap<String, Result<Arc<HttpResponse>, Problem>>,
    bytes: usize,
}

impl Memo {
    /// What came of the request.
    pub(super) fn get(&self, key: &str) -> Option<Result<Arc<HttpResponse>, Problem>> {
        self.known.get(key).cloned()
    }

    /// Keeps what came of the request.
    pub(super) fn insert(&mut self, key: &str, outcome: Result<Arc<HttpResponse>, Problem>) {
        self.bytes += key.len() + outcome.as_ref().map_or(0, |response| response.size());
        self.known.insert(key.to_owned(), outcome);
    }

    /// The bytes of all that is kept.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}

/// What all evaluations know of earlier requests.
#[derive(Default)]
pub(super) struct Cache {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    entries: HashMap<String, Entry>,
    /// Keys, the oldest first. A key that was kept anew is here twice; the number tells which one counts.
    order: VecDeque<(String, u64)>,
    next: u64,
    bytes: usize,
}

struct Entry {
    response: Arc<HttpResponse>,
    expires_ns: i64,
    number: u64,
    bytes: usize,
}

impl Cache {
    /// A response and until when it is fresh, in ns since 1970.
    pub(super) fn get(&self, key: &str) -> Option<(Arc<HttpResponse>, i64)> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.entries.get(key).map(|entry| (entry.response.clone(), entry.expires_ns))
    }

    /// Keeps a response in place of what was kept for the request, as long as all that is kept has at most `most` bytes.
    pub(super) fn insert(&self, key: &str, response: Arc<HttpResponse>, expires_ns: i64, most: usize) {
        let bytes = key.len() + response.size();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = &mut *kept;
        kept.remove(key);
        if bytes > most {
            return;
        }
        while kept.bytes + bytes > most {
            let Some((oldest, number)) = kept.order.pop_front() else { break };
            if kept.entries.get(&oldest).is_some_and(|entry| entry.number == number) {
                kept.remove(&oldest);
            }
        }
        let number = kept.next;
        kept.next += 1;
        kept.bytes += bytes;
        kept.order.push_back((key.to_owned(), number));
        kept.entries.insert(key.to_owned(), Entry { response, expires_ns, number, bytes });
        // Keys that count no more must not pile up.
        if kept.order.len() > 2 * kept.entries.len() + 16 {
            let entries = &kept.entries;
            kept.order.retain(|(key, number)| entries.get(key).is_some_and(|entry| entry.number == *number));
        }
    }

    /// Forgets a request.
    pub(super) fn remove(&self, key: &str) {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}

impl Kept {
    fn remove(&mut self, key: &str) {
        if let Some(entry) = self.entries.remove(key) {
            self.bytes -= entry.bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(bytes: usize) -> Arc<HttpResponse> {
        Arc::new(HttpResponse { body: vec![b'x'; bytes], ..HttpResponse::default() })
    }

    #[test]
    fn what_came_first_goes_first_where_there_is_no_room() {
        let cache = Cache::default();
        for key in ["a", "b", "c"] {
            cache.insert(key, response(9), 0, 30);
        }
        cache.insert("a", response(9), 7, 30);
        cache.insert("d", response(9), 0, 30);
        assert_eq!(cache.get("a").map(|(_, expires)| expires), Some(7));
        assert!(cache.get("b").is_none());
        assert!(cache.get("c").is_some() && cache.get("d").is_some());
        cache.insert("e", response(30), 0, 30);
        assert!(cache.get("e").is_none() && cache.get("d").is_some());
    }

    #[test]
    fn a_request_kept_again_and_again_takes_no_more_room() {
        let cache = Cache::default();
        for at in 0..1000 {
            cache.insert("a", response(9), at, 30);
        }
        let kept = cache.kept.lock().unwrap();
        assert_eq!((kept.bytes, kept.entries.len()), (10, 1));
        assert!(kept.order.len() < 32);
    }
}
