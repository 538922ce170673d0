#![doc = include_str!("../README.md")]

mod bytes;
mod codes;
pub mod escrow;
pub mod header;
pub mod invitation;
pub mod kem;
pub mod once;
#[cfg(test)]
mod outside;
pub mod paper;
pub mod passphrase;
pub mod recovery;
mod secret;
pub mod sign;
pub mod words;

pub use self::bytes::{equal, random, sha256};
pub use self::secret::SecretKey;
