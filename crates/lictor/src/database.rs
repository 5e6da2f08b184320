//! What the embedded database says when it cannot be used, in words for people.

use std::io::ErrorKind;

pub(crate) fn in_words(error: &redb::Error) -> String {
    match error {
        redb::Error::Io(error) if error.kind() == ErrorKind::InvalidData => "it is no store".to_owned(),
        redb::Error::Io(error) => error.to_string(),
        redb::Error::DatabaseAlreadyOpen => "it is open in another process, or twice in this one".to_owned(),
        other => other.to_string(),
    }
}
