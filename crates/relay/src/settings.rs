//! What a hub allows, and where its time and randomness come from.
//!
//! # Invariants
//!
//! - **No clock and no randomness of its own**: both are [`World`], so that a test or a simulator can turn them.

use wire::hub::{MAX_BLOB, MAX_BODY};

/// Time and randomness.
pub trait World: Send + Sync + 'static {
    /// Seconds since 1970.
    fn now(&self) -> u64;
    /// Bytes that nobody can guess.
    fn random(&self) -> [u8; 32];
}

/// The limits of a hub.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The address under which devices know the hub; when it is set, an answer for another one is refused.
    pub origin: Option<String>,
    /// Seconds that a challenge is good for.
    pub challenge_seconds: u64,
    /// Seconds that a token is good for.
    pub token_seconds: u64,
    /// Records that a device may send a day.
    pub records_a_day: u64,
    /// Bytes that an office may have here.
    pub office_bytes: u64,
    /// Attempts to be let in, for a device and a minute.
    pub asks_a_minute: u32,
    /// Open event streams of a device.
    pub streams_a_device: usize,
    /// Open event streams of an office.
    pub streams_an_office: usize,
    /// Bytes of a body.
    pub body_bytes: usize,
    /// Bytes of a blob.
    pub blob_bytes: u64,
    /// Bytes of a page of the feed, beyond its first record.
    pub page_bytes: usize,
    /// Notices of one kind that an office may have.
    pub notices: usize,
    /// Seconds that a call may take; event streams are free.
    pub call_seconds: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            origin: None,
            challenge_seconds: 60,
            token_seconds: 3600,
            records_a_day: 200_000,
            office_bytes: 200 << 30,
            asks_a_minute: 30,
            streams_a_device: 4,
            streams_an_office: 1000,
            body_bytes: MAX_BODY,
            blob_bytes: MAX_BLOB,
            page_bytes: 8 << 20,
            notices: 20_000,
            call_seconds: 60,
        }
    }
}
