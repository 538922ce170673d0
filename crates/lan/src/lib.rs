#![doc = include_str!("../README.md")]

mod certificate;
pub mod find;
mod gate;
pub mod host;
pub mod line;
mod see;
#[cfg(test)]
mod tests;

pub use self::certificate::Certificate;
