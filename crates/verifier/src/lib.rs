#![doc = include_str!("../README.md")]

mod check;
mod file;
#[cfg(test)]
mod tests;

pub use self::check::{Log, Report, Unreadable, check};
pub use self::file::{Readable, Written, hex, write};
