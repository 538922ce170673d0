//! From what a person types to a key, slowly.
//!
//! # Invariants
//!
//! - **The keyboard does not matter.** NFKC first, so half and full width are one; a passphrase made of the list's words
//!   is one whether typed in hiragana, katakana or romaji (a password field has no input method).
//! - **Parameters outside floor and ceiling do not exist** as [`Params`], so a downgraded header cannot be derived from.

mod strength;

pub use self::strength::{Level, Strength, strength};

use std::fmt;
use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Version};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::secret::SecretKey;
use crate::words;

/// The cost of Argon2id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Params {
    memory_kib: u32,
    passes: u32,
}

impl Params {
    /// The least that is ever used: 64 MiB, 3 passes, 1 lane.
    pub const FLOOR: Self = Self {
        memory_kib: 64 * 1024,
        passes: 3,
    };
    /// The most that is ever used, so that a hostile header cannot hang the machine: 1 GiB, 10 passes, 1 lane.
    pub const CEILING: Self = Self {
        memory_kib: 1024 * 1024,
        passes: 10,
    };

    /// Accepts parameters from outside.
    ///
    /// # Errors
    ///
    /// - [`ParamsError::BelowFloor`] when any is below [`Params::FLOOR`].
    /// - [`ParamsError::AboveCeiling`] when none is, and any is above [`Params::CEILING`].
    pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, ParamsError> {
        if memory_kib < Self::FLOOR.memory_kib || passes < Self::FLOOR.passes || lanes < 1 {
            return Err(ParamsError::BelowFloor);
        }
        if memory_kib > Self::CEILING.memory_kib || passes > Self::CEILING.passes || lanes > 1 {
            return Err(ParamsError::AboveCeiling);
        }
        Ok(Self { memory_kib, passes })
    }

    /// What [`Params::new`] refuses, for the proof that nothing but the check refuses it.
    #[cfg(test)]
    pub(crate) const CHEAP: Self = Self {
        memory_kib: 8,
        passes: 1,
    };

    /// Memory in KiB.
    #[must_use]
    pub fn memory_kib(self) -> u32 {
        self.memory_kib
    }

    /// Passes over the memory.
    #[must_use]
    pub fn passes(self) -> u32 {
        self.passes
    }

    /// Whether neither cost is less than `other`'s, and one is more.
    #[must_use]
    pub fn raises(self, other: Self) -> bool {
        self != other && self.memory_kib >= other.memory_kib && self.passes >= other.passes
    }
}

/// Why parameters from outside are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParamsError {
    /// Guessing would be too cheap.
    #[error("key derivation below the floor")]
    BelowFloor,
    /// Deriving would take too long, or too much memory.
    #[error("key derivation above the ceiling")]
    AboveCeiling,
}

/// The machine has not the memory that the parameters ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not enough memory to derive the key")]
pub struct NoMemory;

/// A passphrase after [`normalise`].
pub struct Normalised(Zeroizing<Vec<u8>>);

impl Normalised {
    /// For texts that are no passphrase but need the same slow derivation.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Self {
        Self(Zeroizing::new(bytes.to_vec()))
    }

    /// See [`derive()`].
    pub(crate) fn derive(&self, salt: &[u8; 32], params: Params) -> Result<SecretKey, NoMemory> {
        let Params { memory_kib, passes } = params;
        let params = argon2::Params::new(memory_kib, passes, 1, Some(32)).map_err(|_| NoMemory)?;
        let mut key = SecretKey::zero();
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(&self.0, salt, key.as_mut_slice())
            .map_err(|_| NoMemory)?;
        Ok(key)
    }
}

impl fmt::Debug for Normalised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Normalised(..)")
    }
}

/// Brings what was typed to the one form that keys are derived from.
#[must_use]
pub fn normalise(text: &str) -> Normalised {
    let spelling = words::spell(text).unwrap_or_else(|| Zeroizing::new(text.nfkc().collect()));
    Normalised::from_bytes(spelling.as_bytes())
}

/// Derives the key of a passphrase: Argon2id, version 0x13, one lane.
///
/// # Errors
///
/// [`NoMemory`] when the machine cannot give the memory.
pub fn derive(
    passphrase: &Normalised,
    salt: &[u8; 32],
    params: Params,
) -> Result<SecretKey, NoMemory> {
    passphrase.derive(salt, params)
}

/// Finds the least parameters that take this machine at least `target`, measured, never below the floor.
///
/// Memory grows first, to 256 MiB at most so that a backup opens on a small machine too, then the passes.
#[must_use]
pub fn calibrate(target: Duration) -> Params {
    climb(target, measure)
}

fn climb(target: Duration, mut measure: impl FnMut(Params) -> Duration) -> Params {
    const MOST_MEMORY: u32 = 256 * 1024;
    let mut params = Params::FLOOR;
    while measure(params) < target {
        if params.memory_kib < MOST_MEMORY {
            params.memory_kib *= 2;
        } else if params.passes < Params::CEILING.passes {
            params.passes += 1;
        } else {
            break;
        }
    }
    params
}

/// The duration of one derivation; where memory is short, longer than any target.
fn measure(params: Params) -> Duration {
    let start = Instant::now();
    let done = Normalised::from_bytes(b"calibration").derive(&[0; 32], params);
    done.map_or(Duration::MAX, |_| start.elapsed())
}

#[cfg(test)]
mod tests;
