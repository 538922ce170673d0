#![doc = include_str!("../README.md")]

pub mod audit;
pub mod body;
pub mod bundle;
pub mod cbor;
pub mod chunk;
mod dag;
pub mod directory;
pub mod enrol;
pub mod envelope;
pub mod erase;
pub mod frame;
pub mod hub;
pub mod ids;
pub mod keybox;
pub mod lan;
pub mod pair;
pub mod passing;
pub mod rights;
pub mod roster;
mod signed;
mod take;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod vectors;
