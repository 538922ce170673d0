//! A call to a hub, and who carries it there and back.
//!
//! # Invariants
//!
//! - **A carrier understands nothing.** It brings bytes and a status; what they are worth is judged by whoever asked.

use std::error::Error;

/// What is done with a place at the hub.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Read it.
    Get,
    /// Give it something.
    Post,
    /// Read `length` bytes of it from `from` on.
    GetPart {
        /// The first byte.
        from: u64,
        /// How many; not 0.
        length: u64,
    },
    /// Put a part there that begins at `from` of `total` bytes.
    PutPart {
        /// The first byte.
        from: u64,
        /// Bytes of the whole.
        total: u64,
    },
}

impl Method {
    /// The method of HTTP.
    #[must_use]
    pub const fn verb(self) -> &'static str {
        match self {
            Self::Get | Self::GetPart { .. } => "GET",
            Self::Post => "POST",
            Self::PutPart { .. } => "PUT",
        }
    }

    /// The header that says which part, and what it says; none where it is about the whole.
    #[must_use]
    pub fn part(self, body: usize) -> Option<(&'static str, String)> {
        match self {
            Self::Get | Self::Post => None,
            Self::GetPart { from, length } => {
                let last = from.saturating_add(length).saturating_sub(1);
                Some(("range", format!("bytes={from}-{last}")))
            }
            Self::PutPart { from, total } => {
                let last = from.saturating_add(body as u64).saturating_sub(1);
                Some(("content-range", format!("bytes {from}-{last}/{total}")))
            }
        }
    }
}

/// A call.
#[derive(Clone, PartialEq, Eq)]
pub struct Call {
    /// What is done.
    pub method: Method,
    /// The path with its query, from `/v1/` on.
    pub path: String,
    /// What is sent along; nothing where something is read.
    pub body: Vec<u8>,
    /// What the hub gave when it let the device in.
    pub token: Option<[u8; 32]>,
}

impl std::fmt::Debug for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Call({:?} {}, {} bytes)",
            self.method,
            self.path,
            self.body.len()
        )
    }
}

/// What came back.
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    /// As of HTTP.
    pub status: u16,
    /// At most [`MAX_REPLY`] bytes.
    pub body: Vec<u8>,
}

impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Reply({}, {} bytes)", self.status, self.body.len())
    }
}

/// The longest answer that is taken.
pub const MAX_REPLY: usize = 64 << 20;

/// Nothing came back: no network, no such address, a certificate that does not hold, the line cut.
#[derive(Debug, thiserror::Error)]
#[error("the other side could not be reached")]
pub struct Unreachable(#[source] pub Box<dyn Error + Send + Sync>);

/// Why nothing came back, where somebody answered: nobody vouches for the certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the certificate of the other side does not hold")]
pub struct Uncertified;

/// Whoever brings calls to one hub.
pub trait Carrier {
    /// Brings a call there and its answer back. An answer that says no is an answer.
    ///
    /// # Errors
    /// [`Unreachable`]; whether the hub has heard the call is not known then.
    fn carry(&mut self, call: &Call) -> Result<Reply, Unreachable>;
}
