#![doc = include_str!("../README.md")]

mod backup;
mod chunks;
mod connect;
mod dir;
mod error;
mod finding;
pub mod floor;
mod head;
mod header_file;
pub mod integrity;
mod journal;
mod lock;
mod meta;
mod migrate;
mod open;
mod pin;
pub mod recover;
mod renewal;
mod store;
pub mod table;
mod transaction;
pub mod wipe;

pub use self::chunks::Chunks;
pub use self::error::{Error, Loss, SqlFault};
pub use self::finding::{Finding, Safe, Severity};
pub use self::header_file::{NewHeader, Secret};
pub use self::journal::Hash;
pub use self::pin::Pin;
pub use self::renewal::{Renewal, settle};
pub use self::store::Store;
pub use self::transaction::{Reader, Transaction};
