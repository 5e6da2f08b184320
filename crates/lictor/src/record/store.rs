//! The store: records in one file, for as long as they are to be kept, and ways to find them again.
//!
//! One process writes a store, and none reads it meanwhile: whoever comes second is told so. What was added is on the disk
//! when [`Store::add`] returns. Records past their time go when the store is opened.

use std::path::Path;
use std::time::Duration;

use redb::{Database, ReadableDatabase, TableDefinition};

use super::{Record, Status};
use crate::event::Entity;

/// How long records are kept unless said otherwise: six months.
pub const KEPT: Duration = Duration::from_secs(180 * 24 * 60 * 60);

/// Records as JSON, by time and id.
const RECORDS: TableDefinition<'_, (i64, &str), &[u8]> = TableDefinition::new("evaluations");
/// The time of each, by id.
const TIMES: TableDefinition<'_, &str, i64> = TableDefinition::new("evaluation_times");

/// A file of records.
pub struct Store {
    path: String,
    database: Database,
}

/// Which records are wanted: those that meet all that is said.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Not older than this: ms since 1970.
    pub since_ms: Option<i64>,
    /// What came of it.
    pub status: Option<Status>,
    /// About this entity.
    pub entity: Option<Entity>,
    /// A policy of this name judged.
    pub policy: Option<String>,
    /// At most this many, the newest.
    pub limit: Option<usize>,
}

/// Why a store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file cannot be opened, read or written.
    #[error("{path}: {}", crate::database::in_words(.source))]
    Database {
        /// The file.
        path: String,
        /// Why.
        source: Box<redb::Error>,
    },
    /// There is no such file.
    #[error("{path}: there is no such store")]
    Missing {
        /// The file.
        path: String,
    },
    /// A record in it is none: another program wrote it, or a later version of this one.
    #[error("{path}: the record {id} cannot be read: {message}")]
    Malformed {
        /// The file.
        path: String,
        /// The record.
        id: String,
        /// What is wrong.
        message: String,
    },
}

impl Store {
    /// Opens a store, or makes one, and takes out what is older at `now_ms` than `keep`.
    ///
    /// # Errors
    /// When the file is no store, cannot be written, or is in use.
    pub fn open(path: impl AsRef<Path>, now_ms: i64, keep: Duration) -> Result<Self, StoreError> {
        let shown = path.as_ref().display().to_string();
        let database = Database::create(path).map_err(|e| wrong(&shown, e))?;
        let store = Store { path: shown, database };
        let keep = i64::try_from(keep.as_millis()).unwrap_or(i64::MAX);
        store.prune(now_ms.saturating_sub(keep))?;
        Ok(store)
    }

    /// Opens a store that is there, to read it; nothing is taken out.
    ///
    /// # Errors
    /// When it is not there, is no store, or is in use.
    pub fn existing(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let shown = path.as_ref().display().to_string();
        if !path.as_ref().exists() {
            return Err(StoreError::Missing { path: shown });
        }
        let database = Database::open(path).map_err(|e| wrong(&shown, e))?;
        Ok(Store { path: shown, database })
    }

    /// Adds records, all or none, and waits until they are on the disk.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn add(&self, records: &[Record]) -> Result<(), StoreError> {
        if records.is_empty() {
            return Ok(());
        }
        let write = self.database.begin_write().map_err(|e| self.wrong(e))?;
        {
            let mut by_time = write.open_table(RECORDS).map_err(|e| self.wrong(e))?;
            let mut times = write.open_table(TIMES).map_err(|e| self.wrong(e))?;
            for record in records {
                let json = serde_json::to_vec(record).map_err(|e| self.malformed(&record.id, &e))?;
                let id = record.id.as_str();
                by_time.insert((record.time_ms, id), json.as_slice()).map_err(|e| self.wrong(e))?;
                times.insert(id, record.time_ms).map_err(|e| self.wrong(e))?;
            }
        }
        write.commit().map_err(|e| self.wrong(e))
    }

    /// The records that are wanted, the newest first.
    ///
    /// # Errors
    /// When the file, or a record in it, cannot be read.
    pub fn list(&self, filter: &Filter) -> Result<Vec<Record>, StoreError> {
        let read = self.database.begin_read().map_err(|e| self.wrong(e))?;
        let by_time = read.open_table(RECORDS).map_err(|e| self.wrong(e))?;
        let since = filter.since_ms.unwrap_or(i64::MIN);
        let range = by_time.range((since, "")..).map_err(|e| self.wrong(e))?;
        let mut found = Vec::new();
        for entry in range.rev() {
            if filter.limit.is_some_and(|limit| found.len() >= limit) {
                break;
            }
            let (key, json) = entry.map_err(|e| self.wrong(e))?;
            let record = serde_json::from_slice(json.value()).map_err(|e| self.malformed(key.value().1, &e))?;
            if filter.wants(&record) {
                found.push(record);
            }
        }
        Ok(found)
    }

    /// The records whose ids begin so: as many as there are, but no more than two.
    ///
    /// # Errors
    /// As [`Store::list`].
    pub fn find(&self, id: &str) -> Result<Vec<Record>, StoreError> {
        let read = self.database.begin_read().map_err(|e| self.wrong(e))?;
        let by_time = read.open_table(RECORDS).map_err(|e| self.wrong(e))?;
        let times = read.open_table(TIMES).map_err(|e| self.wrong(e))?;
        let mut found = Vec::new();
        for entry in times.range(id..).map_err(|e| self.wrong(e))?.take(2) {
            let (key, time) = entry.map_err(|e| self.wrong(e))?;
            if !key.value().starts_with(id) {
                break;
            }
            if let Some(json) = by_time.get((time.value(), key.value())).map_err(|e| self.wrong(e))? {
                found.push(serde_json::from_slice(json.value()).map_err(|e| self.malformed(key.value(), &e))?);
            }
        }
        Ok(found)
    }

    /// Takes out what is older; makes the tables where they are not there.
    fn prune(&self, before_ms: i64) -> Result<(), StoreError> {
        let write = self.database.begin_write().map_err(|e| self.wrong(e))?;
        {
            let mut by_time = write.open_table(RECORDS).map_err(|e| self.wrong(e))?;
            let mut times = write.open_table(TIMES).map_err(|e| self.wrong(e))?;
            let mut old: Vec<String> = Vec::new();
            let old_ones = |key: (i64, &str), _: &[u8]| {
                old.push(key.1.to_owned());
                false
            };
            by_time.retain_in(..(before_ms, ""), old_ones).map_err(|e| self.wrong(e))?;
            for id in old {
                times.remove(id.as_str()).map_err(|e| self.wrong(e))?;
            }
        }
        write.commit().map_err(|e| self.wrong(e))
    }

    fn wrong(&self, error: impl Into<redb::Error>) -> StoreError {
        wrong(&self.path, error)
    }

    fn malformed(&self, id: &str, error: &serde_json::Error) -> StoreError {
        StoreError::Malformed { path: self.path.clone(), id: id.to_owned(), message: error.to_string() }
    }
}

fn wrong(path: &str, error: impl Into<redb::Error>) -> StoreError {
    StoreError::Database { path: path.to_owned(), source: Box::new(error.into()) }
}

impl Filter {
    fn wants(&self, record: &Record) -> bool {
        let judged = |name: &str| record.sets.iter().flat_map(|set| &set.policies).any(|policy| policy.name == name);
        self.status.is_none_or(|status| record.status == status)
            && self.entity.is_none_or(|entity| record.subject.as_ref().is_some_and(|about| about.entity == entity))
            && self.policy.as_deref().is_none_or(judged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(id: &str, time_ms: i64, status: Status) -> Record {
        let (messages, errors, revision) = (vec![], vec![], String::new());
        let (subject, sets, usage, commits) = (None, vec![], None, vec![]);
        Record { id: id.into(), time_ms, subject, sets, usage, messages, errors, status, revision, commits }
    }

    fn ids(records: &[Record]) -> Vec<&str> {
        records.iter().map(|record| record.id.as_str()).collect()
    }

    fn day(days: u64) -> Duration {
        Duration::from_secs(days * 86_400)
    }

    #[test]
    fn records_are_found_again_the_newest_first_and_by_the_beginning_of_their_id() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        let store = Store::open(&path, 0, KEPT).unwrap();
        store
            .add(&[record("ab1", 1, Status::Pass), record("ab2", 3, Status::Error), record("c", 2, Status::Pass)])
            .unwrap();
        drop(store);
        let store = Store::existing(&path).unwrap();
        assert_eq!(ids(&store.list(&Filter::default()).unwrap()), ["ab2", "c", "ab1"]);
        let only = |filter: Filter| store.list(&filter).unwrap().len();
        assert_eq!(only(Filter { status: Some(Status::Pass), ..Filter::default() }), 2);
        assert_eq!(only(Filter { since_ms: Some(2), ..Filter::default() }), 2);
        assert_eq!(only(Filter { limit: Some(1), ..Filter::default() }), 1);
        assert_eq!(only(Filter { policy: Some("p".into()), ..Filter::default() }), 0);
        assert_eq!(ids(&store.find("ab").unwrap()), ["ab1", "ab2"]);
        assert_eq!(ids(&store.find("c").unwrap()), ["c"]);
        assert!(store.find("x").unwrap().is_empty());
    }

    #[test]
    fn records_past_their_time_go_when_the_store_is_opened() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        Store::open(&path, 0, KEPT)
            .unwrap()
            .add(&[record("a", 0, Status::Pass), record("b", 10, Status::Pass)])
            .unwrap();
        let days = |days| i64::try_from(day(days).as_millis()).unwrap();
        let kept = |now_ms| {
            let store = Store::open(&path, now_ms, day(180)).unwrap();
            (store.list(&Filter::default()).unwrap().len(), store.find("a").unwrap().len())
        };
        assert_eq!(kept(days(180)), (2, 1));
        assert_eq!(kept(days(180) + 1), (1, 0));
        assert_eq!(kept(days(200)), (0, 0));
    }

    #[test]
    fn a_store_in_use_or_that_is_none_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        let first = Store::open(&path, 0, KEPT).unwrap();
        assert!(matches!(Store::existing(&path), Err(StoreError::Database { .. })));
        drop(first);
        assert!(matches!(Store::existing(folder.path().join("none")), Err(StoreError::Missing { .. })));
        std::fs::write(folder.path().join("text"), "not a store").unwrap();
        assert!(matches!(Store::existing(folder.path().join("text")), Err(StoreError::Database { .. })));
    }
}
