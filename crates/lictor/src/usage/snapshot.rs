//! Snapshots: the store in memory, written to a file every second and at the end. No request waits for the disk.
//!
//! A process that is killed loses what happened since the last snapshot, so a second's counts and uses. What the store in
//! memory forgot goes from the file when that is opened next, or holds twice as many records as the store.

use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use redb::{
    Database, ReadableDatabase, ReadableTable, ReadableTableMetadata, Table, TableDefinition, WriteTransaction,
};

use super::{Kind, MemoryStore};

const EVERY: Duration = Duration::from_secs(1);
/// So many records more than there are do no harm.
const SPARE: u64 = 1024;
/// Kind and name, and the record as JSON.
const RECORDS: TableDefinition<'static, (u8, &str), &[u8]> = TableDefinition::new("usage-1");
/// When those of a kind that were forgotten were seen last, in ns since 1970.
const FORGOTTEN: TableDefinition<'static, u8, i64> = TableDefinition::new("usage-forgotten-1");

/// Why a snapshot cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// The file is not there, is no store, or cannot be written.
    #[error("usage cannot be kept: {}", crate::database::in_words(.0))]
    File(#[from] redb::Error),
    /// A record in it is not one of ours.
    #[error("usage cannot be read: {0}")]
    Record(#[from] serde_json::Error),
    /// No thread could be had.
    #[error("usage cannot be kept: {0}")]
    Thread(#[from] std::io::Error),
}

/// A store in memory that is written to a file. When it is dropped the last snapshot is taken.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("usage.redb");
/// let snapshots = lictor::usage::Snapshots::open(&path, lictor::MemoryStore::new())?;
/// let store = snapshots.store(); // for sessions
/// # drop(store);
/// snapshots.close()?; // or drop it, where nobody wants to know what went wrong
/// # Ok(())
/// # }
/// ```
pub struct Snapshots {
    store: Arc<MemoryStore>,
    database: Arc<Database>,
    failed: Arc<Mutex<Option<SnapshotError>>>,
    writer: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Snapshots {
    /// Opens a file, or makes it, reads what is in it into `store`, and writes what changes every second.
    ///
    /// # Errors
    /// When it cannot be opened or read, or is open elsewhere.
    pub fn open(path: impl AsRef<Path>, store: MemoryStore) -> Result<Self, SnapshotError> {
        let database = Arc::new(Database::create(path).map_err(redb::Error::from)?);
        let store = Arc::new(store);
        load(&database, &store)?;
        store.is_kept();
        let failed = Arc::new(Mutex::new(None));
        let (stop, stopped) = channel();
        let (to, from, error) = (Arc::clone(&database), Arc::clone(&store), Arc::clone(&failed));
        let work = move || {
            while stopped.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
                *error.lock().unwrap_or_else(PoisonError::into_inner) = save(&to, &from).err();
            }
        };
        let thread = std::thread::Builder::new().name("usage".into()).spawn(work)?;
        Ok(Snapshots { store, database, failed, writer: Some((stop, thread)) })
    }

    /// The store.
    pub fn store(&self) -> Arc<MemoryStore> {
        Arc::clone(&self.store)
    }

    /// What went wrong with the last snapshot. What was to be in it will be in the next.
    pub fn failure(&self) -> Option<String> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(ToString::to_string)
    }

    /// Takes the last snapshot.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn close(mut self) -> Result<(), SnapshotError> {
        self.end()
    }

    fn end(&mut self) -> Result<(), SnapshotError> {
        let Some((stop, thread)) = self.writer.take() else { return Ok(()) };
        drop(stop);
        // It does not panic; and if it did, the last snapshot is still to be taken.
        let _ = thread.join();
        save(&self.database, &self.store)
    }
}

impl Drop for Snapshots {
    fn drop(&mut self) {
        let _ = self.end();
    }
}

fn load(database: &Database, store: &MemoryStore) -> Result<(), SnapshotError> {
    let writing = database.begin_write().map_err(redb::Error::from)?;
    writing.open_table(RECORDS).map_err(redb::Error::from)?;
    writing.open_table(FORGOTTEN).map_err(redb::Error::from)?;
    writing.commit().map_err(redb::Error::from)?;
    let reading = database.begin_read().map_err(redb::Error::from)?;
    let forgotten = reading.open_table(FORGOTTEN).map_err(redb::Error::from)?;
    for kind in Kind::ALL {
        if let Some(until) = forgotten.get(kind as u8).map_err(redb::Error::from)? {
            store.has_forgotten(kind, until.value());
        }
    }
    let records = reading.open_table(RECORDS).map_err(redb::Error::from)?;
    for record in records.iter().map_err(redb::Error::from)? {
        let (name, cell) = record.map_err(redb::Error::from)?;
        let (kind, id) = name.value();
        if let Some(kind) = Kind::ALL.into_iter().find(|known| *known as u8 == kind) {
            store.restore(kind, id, serde_json::from_slice(cell.value())?);
        }
    }
    let writing = database.begin_write().map_err(redb::Error::from)?;
    {
        let mut records = writing.open_table(RECORDS).map_err(redb::Error::from)?;
        forget(&mut records, store)?;
    }
    note_forgotten(&writing, store)?;
    writing.commit().map_err(redb::Error::from)?;
    Ok(())
}

fn note_forgotten(writing: &WriteTransaction, store: &MemoryStore) -> Result<(), SnapshotError> {
    let mut forgotten = writing.open_table(FORGOTTEN).map_err(redb::Error::from)?;
    for (kind, until) in Kind::ALL.into_iter().zip(store.forgotten()) {
        if let Some(until) = until {
            forgotten.insert(kind as u8, until).map_err(redb::Error::from)?;
        }
    }
    Ok(())
}

/// Takes out what the store does not hold.
fn forget(
    records: &mut Table<'_, (u8, &'static str), &'static [u8]>,
    store: &MemoryStore,
) -> Result<(), SnapshotError> {
    let held = |kind: u8, id: &str| Kind::ALL.into_iter().any(|known| known as u8 == kind && store.holds(known, id));
    records.retain(|(kind, id), _| held(kind, id)).map_err(redb::Error::from)?;
    Ok(())
}

fn save(database: &Database, store: &MemoryStore) -> Result<(), SnapshotError> {
    // Those first: who came back since is among what changed.
    let cleared = store.cleared();
    let changed = store.changed();
    if changed.is_empty() && cleared.is_empty() {
        return Ok(());
    }
    let write = || {
        let writing = database.begin_write().map_err(redb::Error::from)?;
        {
            let mut records = writing.open_table(RECORDS).map_err(redb::Error::from)?;
            for (kind, id) in &cleared {
                records.remove((*kind as u8, &**id)).map_err(redb::Error::from)?;
            }
            for (kind, id, cell) in &changed {
                let bytes = serde_json::to_vec(cell)?;
                records.insert((*kind as u8, &**id), bytes.as_slice()).map_err(redb::Error::from)?;
            }
            // Names are what requests make them: without this the file would grow with each new one.
            if records.len().map_err(redb::Error::from)? > 2 * store.records() as u64 + SPARE {
                forget(&mut records, store)?;
            }
        }
        note_forgotten(&writing, store)?;
        writing.commit().map_err(redb::Error::from)?;
        Ok(())
    };
    let written = write();
    if written.is_err() {
        changed.iter().for_each(|(kind, id, _)| store.mark(*kind, id));
        store.still_cleared(cleared);
    }
    written
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop where its own data is broken")]

    use super::super::{Subject, UsageStore};
    use super::*;

    #[test]
    fn the_file_does_not_grow_with_every_name_that_was_ever_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::create(folder.path().join("usage.redb")).unwrap();
        let store = MemoryStore::with_limit(100);
        for round in 0..50 {
            for n in 0..100 {
                let name = format!("{round}-{n}");
                let subject = Subject { token: Some(&name), ..Subject::default() };
                store.consume(&subject, (round * 1_000_000_000).into()).unwrap();
            }
            save(&database, &store).unwrap();
        }
        let records = database.begin_read().unwrap().open_table(RECORDS).unwrap();
        assert!(records.len().unwrap() <= 200 + SPARE, "{}", records.len().unwrap());
        assert!(records.len().unwrap() >= store.records() as u64);
    }
}
