//! The tables, one file each. Rows in and out are plain structs; no SQL leaves this folder.

pub mod audit;
pub mod carried;
pub mod change;
pub mod chunk;
pub mod document;
pub mod erase;
pub mod file;
pub mod hub;
pub mod line;
pub mod passing;
pub mod projection;
pub mod record;
pub mod restricted;
pub mod search;
pub mod trust;
pub mod undo;
pub mod vault;
