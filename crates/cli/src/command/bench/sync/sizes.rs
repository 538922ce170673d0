//! How much is measured.

use app::Result;
use serde::Deserialize;

/// Other sizes, as JSON, for a quick look: `{"households":[5],"devices":[1],"new":5,"changed":5,"times":1,"crowd":2}`.
const SIZES: &str = "MARUGOTO_BENCH_SYNC";

/// The sizes of a run.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Sizes {
    /// Households of each office; 2,400 are about 33,000 documents, 4,200 are about 58,000.
    pub(super) households: Vec<u32>,
    /// How many devices fetch a small office for the first time.
    pub(super) devices: Vec<u32>,
    /// The households of that small office.
    pub(super) crowd: u32,
    /// New documents at a time.
    pub(super) new: u32,
    /// Changed documents at a time.
    pub(super) changed: u32,
    /// How often.
    pub(super) times: u32,
}

impl Default for Sizes {
    fn default() -> Self {
        Self {
            households: vec![2_400, 4_200],
            devices: vec![1, 10, 100],
            crowd: 47,
            new: 500,
            changed: 1_000,
            times: 3,
        }
    }
}

impl Sizes {
    pub(super) fn read() -> Result<Self> {
        match std::env::var(SIZES) {
            Ok(text) => Ok(serde_json::from_str(&text)?),
            Err(_) => Ok(Self::default()),
        }
    }
}
