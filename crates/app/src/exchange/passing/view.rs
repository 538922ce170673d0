//! What a person sees of a passing.

use domain::DocId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::session::view::WordView;

/// A wish for cases of another office (依頼ファイル).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct WishView {
    /// Its name: a hash.
    pub id: String,
    /// The office that takes over.
    pub office: String,
    /// Who works there with the laptop that takes it in.
    pub worker: String,
    /// What people compare: made of the whole wish.
    pub words: Vec<WordView>,
}

/// Passes cases on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[ts(export, optional_fields)]
pub struct PassOut {
    /// The households.
    pub households: Vec<DocId>,
    /// Intakes (相談受付) that no household took up.
    pub intakes: Vec<DocId>,
    /// Opened restricted records (限定した記録), as `restricted.list` names them, each with its household.
    pub restricted: Vec<DocId>,
    /// All households and intakes that are here and not restricted; so too where nothing at all is named.
    pub all: bool,
    /// Why (理由).
    pub reason: String,
    /// On what ground (根拠).
    pub basis: String,
    /// The second signature: the key of the recovery sheet.
    pub paper_admin_key: Option<String>,
}

/// What a file with passed cases says, before anything of it is taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct PassFileView {
    /// The passing's name: a hash.
    pub id: String,
    /// The office that passes on.
    pub office: String,
    /// Its words, made of its first operation: to be compared before it is taken in.
    pub words: Vec<WordView>,
    /// The words of each other office in which something of it was written before. The office that passes on vouches for them.
    pub before: Vec<Vec<WordView>>,
    /// Who signed, by name.
    pub by: String,
    /// When.
    pub at: String,
    /// Why.
    pub reason: String,
    /// On what ground.
    pub basis: String,
    /// Households.
    pub households: u32,
    /// Restricted records: whoever takes them in names their readers.
    pub restricted: u32,
    /// Records.
    pub records: u32,
    /// Parts of attachments.
    pub chunks: u32,
}

/// What was taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct PassTaken {
    /// The office that passed on.
    pub office: String,
    /// Households.
    pub households: u32,
    /// Intakes without a household that were new.
    pub intakes: u32,
    /// Restricted records that were new.
    pub restricted: u32,
    /// Records that were new.
    pub records: u32,
    /// Records that were here.
    pub known: u32,
    /// Parts of attachments that arrived.
    pub chunks: u32,
    /// Parts of attachments that were passed, and were not whole.
    pub missing: u32,
}

/// What this device passed on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct PassList {
    /// Newest first.
    pub items: Vec<PassView>,
}

/// A passing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, optional_fields)]
pub struct PassView {
    /// Its name: a hash.
    pub id: String,
    /// The office that takes over.
    pub to: String,
    /// `passed`, `arrived` (the receipt is here), `erasing` (two signed; each laptop destroys it after 30 days), `erased`.
    pub state: String,
    /// When it was passed.
    pub at: String,
    /// Why.
    pub reason: String,
    /// On what ground.
    pub basis: String,
    /// Households.
    pub households: u32,
    /// Intakes without a household.
    pub intakes: u32,
    /// Restricted records.
    pub restricted: u32,
    /// Records.
    pub records: u32,
    /// When it arrived, by the clock there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arrived_at: Option<String>,
    /// When the last of it was destroyed on this device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub erased_at: Option<String>,
}

/// What a proof of destruction says that holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ProofView {
    /// The passing.
    pub id: String,
    /// The office that passed on and destroyed.
    pub from: String,
    /// Its words: what tells that it is this office.
    pub words: Vec<WordView>,
    /// The office that took over.
    pub to: String,
    /// The words of its wish.
    pub wish_words: Vec<WordView>,
    /// Households.
    pub households: u32,
    /// Records.
    pub records: u32,
    /// When it was passed on, when it arrived, when it was destroyed: RFC 3339, each by the clock of who says it.
    pub passed_at: String,
    /// When it arrived.
    pub arrived_at: String,
    /// When the last of it was destroyed on the device that says so.
    pub erased_at: String,
    /// Orders of erasure, each signed by two.
    pub orders: u32,
}
