//! Where the chunks of attachments lie from which a laptop hands out to a colleague, and where it puts what one gives.
//!
//! # Invariants
//!
//! - **A shelf understands nothing.** Who may hear of which chunk is decided by whoever asks it, and that a chunk is what
//!   its name says is checked by whoever takes it.

use std::fmt::Debug;
use std::io;

use wire::ids::Hash;

/// The chunks of one store. Asked from several threads.
pub trait Shelf: Debug + Send + Sync {
    /// How long a chunk is; nothing where it is not here.
    ///
    /// # Errors
    /// When the disk fails.
    fn length(&self, chunk: Hash) -> io::Result<Option<u64>>;

    /// Reads a chunk as it is; nothing where it is not here.
    ///
    /// # Errors
    /// When the disk fails.
    fn read(&self, chunk: Hash) -> io::Result<Option<Vec<u8>>>;

    /// Puts a whole chunk on the disk. It stays if an attachment names it.
    ///
    /// # Errors
    /// When the disk fails or is full; then nothing of it is there.
    fn keep(&self, chunk: Hash, bytes: &[u8]) -> io::Result<()>;
}
