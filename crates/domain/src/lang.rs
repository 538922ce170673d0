//! The two languages of the program.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A language that every screen, print and message comes in.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, TS,
)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// Japanese, the first language of the offices.
    #[default]
    Ja,
    /// English.
    En,
}
