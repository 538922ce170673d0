//! The clock and the randomness that `app` takes as an argument, so that a test can repeat a day.

use std::fmt;

/// Time and randomness for ids and actors. Key material never comes from here: `crypto` draws it.
pub trait Environment: Send {
    /// Now, milliseconds since 1970, UTC.
    fn now(&mut self) -> i64;
    /// Fills `bytes` with random bytes.
    fn fill(&mut self, bytes: &mut [u8]);
}

impl fmt::Debug for dyn Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Environment")
    }
}

/// The computer's clock and the operating system's randomness.
#[derive(Debug, Default, Clone, Copy)]
pub struct System;

impl Environment for System {
    fn now(&mut self) -> i64 {
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the one place where the clock is read"
        )]
        let now = std::time::SystemTime::now();
        now.duration_since(std::time::UNIX_EPOCH)
            .ok()
            .and_then(|since| i64::try_from(since.as_millis()).ok())
            .unwrap_or_default()
    }

    fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(16) {
            let random = crypto::random::<16>();
            for (to, from) in chunk.iter_mut().zip(random) {
                *to = from;
            }
        }
    }
}

/// A clock that stands until it is moved, and a seeded stream of bytes.
#[derive(Debug, Clone)]
pub struct Fixed {
    now: i64,
    state: u64,
}

impl Fixed {
    /// Starts at `now` (ms) with the stream of `seed`.
    #[must_use]
    pub fn new(now: i64, seed: u64) -> Self {
        Self { now, state: seed }
    }

    /// Moves the clock.
    pub fn set(&mut self, now: i64) {
        self.now = now;
    }
}

impl Environment for Fixed {
    fn now(&mut self) -> i64 {
        // A millisecond passes with every look, so that two records of one test keep their order.
        self.now = self.now.saturating_add(1);
        self.now
    }

    fn fill(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            // SplitMix64: small, and equal everywhere.
            self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = self.state;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            *byte = u8::try_from((z ^ (z >> 31)) & 0xff).unwrap_or_default();
        }
    }
}

/// A new document id: UUID version 7 of this moment.
pub(crate) fn new_id(environment: &mut dyn Environment, now: i64) -> [u8; 16] {
    let mut random = [0; 10];
    environment.fill(&mut random);
    let ms = u64::try_from(now).unwrap_or_default();
    uuid::Builder::from_unix_timestamp_millis(ms, &random)
        .into_uuid()
        .into_bytes()
}
