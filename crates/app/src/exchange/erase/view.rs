//! The register of erasures (廃棄簿), as the window and the command line show it. No content of what was erased.

use domain::DocId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::table::erase::OrderRow;
use store::table::projection::Order as Sort;
use ts_rs::TS;
use wire::directory::Role;
use wire::erase::Order;
use wire::ids::{Device, Hash};

use super::effect::{self, DAY, PATIENCE};
use super::horizon::ErasureKeys;
use super::{late, retention};
use crate::App;
use crate::error::{AppError, Result};
use crate::exchange::state;
use crate::facts::attachment::AttachmentFacts;
use crate::facts::memo::MemoFacts;
use crate::facts::said::hex;
use crate::look::{self, Look};
use crate::restricted;

/// Asks for an erasure: of a household, or of single notes, rounds, intakes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export, optional_fields)]
pub struct ProposeErasure {
    /// The household, with all its records.
    #[serde(default)]
    pub household_id: Option<DocId>,
    /// Or single records.
    #[serde(default)]
    pub documents: Vec<DocId>,
    /// Of a single record of any kind: the one field that is to go with all its past, as its history names it
    /// (`fields/address`, `text`). The rest of the record stays.
    #[serde(default)]
    pub field: Option<String>,
    /// Why (理由).
    pub reason: String,
    /// On what ground (根拠).
    pub basis: String,
    /// Who asked for it (請求した人・起案者).
    #[serde(default)]
    pub asked_by: String,
}

/// The register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ErasureList {
    /// Newest first.
    pub items: Vec<ErasureView>,
    /// Words that had not left a laptop when their case was erased, for supervisors and administrators; newest first.
    pub offered: Vec<OfferedView>,
    /// Whether this device may sign.
    pub admin: bool,
    /// How long the office keeps its backups, days.
    pub backup_days: u32,
    /// Restricted records of households that were erased, of those that this device reads: an order about an open household
    /// names none of them, and nobody else can tell that there are any.
    pub left: Vec<LeftView>,
}

/// A restricted record whose household was erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct LeftView {
    /// Its vault, as it is opened.
    pub id: DocId,
    /// What to erase; none until it is opened.
    pub documents: Vec<DocId>,
    /// How many records lie in it.
    pub records: u32,
    /// Whether it is open in this session.
    pub opened: bool,
}

/// One erasure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, optional_fields)]
pub struct ErasureView {
    /// The name of the order: a hash.
    pub id: String,
    /// `proposed`, `hidden` (signed, to be destroyed here), `erased` (destroyed here) or `cancelled`.
    pub state: String,
    /// `household`, `documents`, `field`, or `late` (what came later to one of these).
    pub what: String,
    /// Of `field`: which, as its history names it.
    pub fields: Vec<String>,
    /// While it is only proposed: the household's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The household, while it is only proposed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub household_id: Option<DocId>,
    /// Why.
    pub reason: String,
    /// On what ground.
    pub basis: String,
    /// Who asked for it.
    pub asked_by: String,
    /// When the order was drawn up.
    pub at: String,
    /// How many records it names.
    pub records: u32,
    /// Who signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed_by: Option<String>,
    /// Who signed beside them, where it was a colleague.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed_with: Option<String>,
    /// Whether the paper key of the recovery sheet was the second signature.
    pub with_paper: bool,
    /// While hidden: days of running time until it is destroyed here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days_left: Option<u32>,
    /// When it was destroyed here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub erased_at: Option<String>,
    /// The day from which it can be deciphered nowhere, backups included (読めなくなる日).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub horizon: Option<String>,
    /// Of a whole household that two signed: how far the keys are given up under which it lay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keys: Option<ErasureKeys>,
    /// Documents of this laptop that had not left it and were shown to the team instead.
    pub unsent: u32,
    /// Records that came later and that no order names (あとから届いた分): at a hub they stay as ciphertext until two sign for
    /// them as well.
    pub late: u32,
}

/// Unsent words of what was erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct OfferedView {
    /// The memo in which they lie.
    pub id: DocId,
    /// Whose words.
    pub by: String,
    /// The words.
    pub text: String,
    /// Since when they are here.
    pub at: String,
    /// A file that had been added there.
    pub files: Vec<OfferedFile>,
}

/// A file beside unsent words: it opens as an attachment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct OfferedFile {
    /// The attachment.
    pub id: DocId,
    /// Its name.
    pub name: String,
}

/// How an order stands to what came late.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lateness {
    /// So many records came after it that no order names.
    Before(u32),
    /// It is about what came later to another one.
    Late,
}

/// What is restricted and belongs to a household that no longer is.
fn left(look: &mut Look<'_, '_>) -> Result<Vec<LeftView>> {
    let mut left = Vec::new();
    for vault in look.reader.vaults_of_class(restricted::CLASS)? {
        if look.reader.is_hidden(&vault.vault, &[0; 16])? {
            continue;
        }
        let rows = restricted::rows(look.reader, &vault)?;
        let mut of_gone = Vec::new();
        for row in rows {
            let Some(household) = row.household else {
                continue;
            };
            let is_hidden = look.reader.is_hidden(&vault.vault, &row.doc)?;
            let is_gone = look.reader.is_gone(&household)?;
            if is_gone && !is_hidden {
                of_gone.push(DocId::from_bytes(row.doc));
            }
        }
        if !of_gone.is_empty() {
            let opened = look.reader.is_opened(&vault.vault)?;
            left.push(LeftView {
                id: DocId::from_bytes(vault.vault),
                records: u32::try_from(of_gone.len()).unwrap_or(u32::MAX),
                documents: if opened { of_gone } else { Vec::new() },
                opened,
            });
        }
    }
    Ok(left)
}

impl App {
    /// The register of erasures.
    ///
    /// # Errors
    /// [`ErrorCode::RestoredUnchecked`](crate::ErrorCode::RestoredUnchecked); when the store cannot be read.
    pub fn erasures(&mut self) -> Result<ErasureList> {
        self.must_be_compared()?;
        self.after_erasures()?;
        let (rows, ran) = self.store.read(|reader| {
            let rows = late::all(reader)?;
            let ran = reader
                .device_state(state::RUNNING)?
                .and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok())
                .and_then(|running| running.get("ran").and_then(serde_json::Value::as_i64));
            Ok::<_, AppError>((rows, ran.unwrap_or_default()))
        })?;
        // What was signed stands in the place of what it was drawn up from.
        let superseded = |order: &Order| {
            rows.iter().any(|(row, other)| {
                other.vaults == order.vaults
                    // Signed, it names the attachments besides.
                    && other.docs.is_empty() == order.docs.is_empty()
                    && other.fields == order.fields
                    && order.docs.is_subset(&other.docs)
                    && other.at >= order.at
                    && self.signers(Hash::new(row.id)).is_some()
            })
        };
        let (mut items, mut shown) = (Vec::new(), Vec::new());
        for (row, order) in &rows {
            let stood = self.signers(Hash::new(row.id)).is_some();
            if stood || !superseded(order) {
                shown.push((row, order));
            }
        }
        let directory = &self.trust.directory;
        let named = late::named_by(&rows, directory);
        let late: Vec<Lateness> = self.store.read(|reader| {
            let of = |(row, order): &(&OrderRow, &Order)| {
                if late::first(&rows, directory, order).is_some() {
                    return Ok(Lateness::Late);
                }
                let late = late::of(reader, row, order, &named)?.len();
                Ok::<_, AppError>(Lateness::Before(u32::try_from(late).unwrap_or(u32::MAX)))
            };
            shown.iter().map(of).collect::<Result<_>>()
        })?;
        for ((row, order), late) in shown.into_iter().zip(late) {
            items.push((order.at, self.erasure(row, order, ran, late)?));
        }
        items.sort_by(|a, b| (b.0, &b.1.id).cmp(&(a.0, &a.1.id)));
        let own = Device::new(self.identity.device);
        let admin = self.trust.directory.state().is_admin(own);
        let sees = admin || self.trust.directory.state().has_role(own, Role::Supervisor);
        Ok(ErasureList {
            items: items.into_iter().map(|(_, view)| view).collect(),
            offered: if sees { self.offered()? } else { Vec::new() },
            left: self.look(left)?,
            backup_days: retention::days(&self.trust.directory),
            admin,
        })
    }

    fn erasure(
        &mut self,
        row: &OrderRow,
        order: &Order,
        ran: i64,
        late: Lateness,
    ) -> Result<ErasureView> {
        let zone = self.identity.zone;
        let signers = self.signers(Hash::new(row.id));
        let state = match (&signers, row.since, row.done) {
            (_, _, Some(_)) => "erased",
            (Some(_), Some(_), None) if self.is_put_back(row.id) => "cancelled",
            (_, Some(_), None) => "hidden",
            (Some(_), None, None) => "cancelled",
            (None, None, None) => "proposed",
        };
        let at = i64::try_from(order.at).unwrap_or_default();
        // After the last laptop has destroyed it, no backup of it is left for longer.
        let kept = retention::days(&self.trust.directory).max(retention::YEAR);
        let horizon = at + PATIENCE + i64::from(kept) * DAY;
        let household = (state == "proposed")
            .then(|| self.household_in(order))
            .transpose()?
            .flatten();
        let (household_id, name) = household.unzip();
        let is_whole = order.docs.is_empty() && matches!(state, "hidden" | "erased");
        let keys = is_whole
            .then(|| self.erasure_keys(row.id, horizon))
            .transpose()?
            .flatten();
        Ok(ErasureView {
            id: hex(&row.id),
            state: state.to_owned(),
            what: match (order.docs.is_empty(), order.fields.is_empty()) {
                _ if late == Lateness::Late => "late",
                (true, _) => "household",
                (false, true) => "documents",
                (false, false) => "field",
            }
            .to_owned(),
            fields: order.fields.iter().cloned().collect(),
            name,
            household_id,
            reason: order.reason.clone(),
            basis: order.basis.clone(),
            asked_by: order.asked_by.clone(),
            at: look::instant(zone, at),
            records: u32::try_from(order.records.len()).unwrap_or(u32::MAX),
            with_paper: signers.is_some_and(|(_, second)| second.is_none()),
            signed_by: signers.map(|(device, _)| self.name_of(device)),
            signed_with: signers.and_then(|(_, second)| Some(self.name_of(second?))),
            days_left: row.since.filter(|_| row.done.is_none()).map(|since| {
                let left = (since + PATIENCE - ran).max(0);
                u32::try_from((left + DAY - 1) / DAY).unwrap_or_default()
            }),
            erased_at: row.done.map(|at| look::instant(zone, at)),
            horizon: (row.since.is_some()).then(|| {
                zone.day_of(domain::Timestamp::from_millis(horizon))
                    .to_string()
            }),
            keys,
            unsent: row.unsent,
            late: match late {
                Lateness::Before(late) => late,
                // It is told with the first one.
                Lateness::Late => 0,
            },
        })
    }

    /// Whether somebody took an order back: of one about fields, the words are back, and the old document goes all the same.
    fn is_put_back(&self, order: [u8; 32]) -> bool {
        let signed = effect::signed(&self.trust.directory);
        signed.get(&Hash::new(order)).is_some_and(|it| !it.stands)
    }

    /// The household of which an order is, while it is shown.
    fn household_in(&mut self, order: &Order) -> Result<Option<(DocId, String)>> {
        self.look(|look| {
            for vault in &order.vaults {
                for row in look.reader.documents_in(vault.as_bytes())? {
                    for it in look.reader.projections_of(&row.doc, "")? {
                        let Some(household) = it.household else {
                            continue;
                        };
                        let id = DocId::from_bytes(household);
                        let of = look.reader.projection("household", &id.to_string())?;
                        let name = of.and_then(|row| {
                            let view: serde_json::Value = serde_json::from_str(&row.view).ok()?;
                            Some(view.get("name")?.as_str()?.to_owned())
                        });
                        if let Some(name) = name {
                            return Ok(Some((id, name)));
                        }
                    }
                }
            }
            Ok(None)
        })
    }

    fn offered(&mut self) -> Result<Vec<OfferedView>> {
        self.look(|look| {
            let mut offered: Vec<OfferedView> = Vec::new();
            for row in
                look.reader
                    .projections("memo", Some("unfiled"), Sort::Descending, None, 1_000)?
            {
                let facts: MemoFacts = serde_json::from_str(&row.view)?;
                if facts.erasure.is_some() {
                    let (by, at) = look.opened(&facts.opened);
                    offered.push(OfferedView {
                        id: DocId::from_bytes(row.doc),
                        by: by.name,
                        text: facts.text,
                        at,
                        files: Vec::new(),
                    });
                }
            }
            if offered.is_empty() {
                return Ok(offered);
            }
            let state = Some("");
            for row in
                look.reader
                    .projections("attachment", state, Sort::Ascending, None, 100_000)?
            {
                if row.household.is_some() {
                    continue;
                }
                let facts: AttachmentFacts = serde_json::from_str(&row.view)?;
                let memo = facts.note.and_then(|memo| memo.parse().ok());
                if let Some(words) = offered.iter_mut().find(|it| Some(it.id) == memo) {
                    words.files.push(OfferedFile {
                        id: DocId::from_bytes(row.doc),
                        name: facts.name,
                    });
                }
            }
            Ok(offered)
        })
    }
}
