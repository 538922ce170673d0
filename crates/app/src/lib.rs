//! The one door: every operation that a person does, as a typed request and a view.
//!
//! The window, the command line and the tests call the same operations ([`ops`]). Each write is one
//! transaction that holds the raw changes, snapshots, projections, search rows and the undo step,
//! and it is on the disk before it is answered.
//!
//! # Invariants
//!
//! - **One transaction per operation.** A refused operation leaves nothing.
//! - **Views are functions of the merged documents**; what concerns only this device stands under `local`.
//! - **No text for a screen** but the words of errors.

mod app;
pub mod attach;
mod audit;
pub mod backup;
pub mod demo;
mod documents;
mod environment;
mod error;
mod exchange;
mod facts;
pub mod floor;
pub mod forms;
mod identity;
mod links;
mod look;
mod names;
pub mod ops;
mod page;
mod panics;
mod project;
pub mod renewal;
mod restricted;
pub mod session;
pub mod team;
mod trust;
pub mod verify;
pub mod view;
mod write;

pub use domain::{DocId, Lang};

pub use self::app::App;
pub use self::audit::classes::says_what_is_logged;
pub use self::audit::export::{AuditExport, unreadable};
pub use self::environment::{Environment, Fixed, System};
pub use self::error::{AppError, ErrorCode, Result};
pub use self::exchange::{hub, passing, reentry, sweep as keys, teams};
pub use self::panics::keep_silent;
