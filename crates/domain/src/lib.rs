#![doc = include_str!("../README.md")]

pub mod date;
pub mod fold;
pub mod id;
pub mod lang;
pub mod text;
pub mod time;

pub use date::{Age, DateError, Direction, Era, PartialDate, Precision};
pub use id::{
    AreaId, DeviceId, DocId, HouseholdId, IntakeId, LaneId, LinkId, MemoId, NoteId, OrgId,
    PersonId, RoundId, VaultId, WorkerId,
};
pub use lang::Lang;
pub use time::{Day, Timestamp, Zone};
