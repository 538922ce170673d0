#![doc = include_str!("../README.md")]

mod diff;
mod document;
pub mod floor;
mod genesis;
mod history;
mod kind;
mod prescan;
mod refused;
mod register;
mod statement;
mod trial;
mod version;
mod view;
mod write;

pub use document::{Document, LoadError};
pub use history::{Changed, HistoryEntry, TextSplice};
pub use kind::{DocKey, Kind};
pub use prescan::{ChangeFacts, prescan};
pub use refused::Refused;
pub use statement::{Span, Statement};
pub use trial::{TRIAL, trial};
pub use version::{ParseVersionError, Version};
pub use view::{Held, View};
pub use write::{Change, Edit, Pen, WriteError};
