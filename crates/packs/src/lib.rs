#![doc = include_str!("../README.md")]

mod check;
mod expression;
mod format;
mod hash;
pub mod lists;
mod registry;
mod scores;
mod value;

pub use check::{Problem, ProblemKind, check};
pub use format::{
    Ages, AppliesTo, Area, Field, Item, ItemType, Label, Measure, Pack, Provenance, ProvenanceKind,
    Score, ScoreResult, Side, Visibility, json_schema,
};
pub use format::{AnswerOption, Column, ColumnType};
pub use hash::PackHash;
pub use registry::{PackError, PackRef, Ready, Registry, registry};
pub use value::ValueProblem;
