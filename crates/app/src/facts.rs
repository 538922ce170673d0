//! Facts: what a merged document says, read out once and used by lists, views and past views alike.
//!
//! # Invariants
//!
//! - A function of the document (at one version) alone: two merged laptops read the same.
//! - Authors stand as device pseudonyms; names are put on when a view is made.

pub(crate) mod attachment;
pub(crate) mod carryout;
pub(crate) mod case;
pub(crate) mod cover;
pub(crate) mod handover;
pub(crate) mod intake;
pub(crate) mod link;
pub(crate) mod memo;
pub(crate) mod note;
pub(crate) mod person;
pub(crate) mod round;
pub(crate) mod said;
pub(crate) mod settings;
