//! Why changes from outside were not taken in.

/// Why changes were not taken in. Nothing of them is in the document then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// They rest on changes that are not here: to be held and tried again, not quarantined.
    #[error("rests on {} changes that are not here", .0.len())]
    Waiting(Vec<[u8; 32]>),
    /// Not one well-formed, uncompressed change and nothing else.
    #[error("not a well-formed change: {0}")]
    Malformed(&'static str),
    /// Its bytes do not have the hash under which it was announced.
    #[error("not the change that was announced")]
    HashDiffers,
    /// It claims to be written by another device than the one that signed it.
    #[error("written in the name of another device")]
    ForeignActor,
    /// More operations than a change or a record may have.
    #[error("{0} operations are too many")]
    TooManyOperations(u64),
    /// Its operations are numbered so that later edits would run out of numbers, or below what it rests on.
    #[error("operation number {0} is out of bounds")]
    OutOfBounds(u64),
    /// It makes or removes a container, deletes a field, or writes where nothing may be written.
    #[error("breaks the form of the document: {0}")]
    BreaksForm(&'static str),
    /// Automerge would not take it, or took something else.
    #[error("could not be merged")]
    NotMerged,
    /// Automerge panicked.
    #[error("made the merge fail badly")]
    Panicked,
    /// The document could not be saved and loaded again.
    #[error("would make the document unreadable")]
    Unloadable,
}

impl Refused {
    /// Whether it may be taken in later, when more has arrived.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        matches!(self, Refused::Waiting(_))
    }
}
