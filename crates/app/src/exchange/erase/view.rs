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
use crate::App;
use crate::error::{AppError, Result};
use crate::exchange::state;
use crate::facts::memo::MemoFacts;
use crate::facts::said::hex;
use crate::look;

/// Backups carry keys: this long after the last laptop has destroyed something, no backup of it is left. Days.
const BACKUPS: i64 = 365;
/// The rule of the office by which its backups are kept longer, days in figures.
const BACKUP_RULE: &str = "backup-days";

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
    /// `household` or `documents`.
    pub what: String,
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
    /// Documents of this laptop that had not left it and were shown to the team instead.
    pub unsent: u32,
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
}

impl App {
    /// The register of erasures.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn erasures(&mut self) -> Result<ErasureList> {
        self.after_erasures()?;
        let (rows, ran) = self.store.read(|reader| {
            let mut rows = Vec::new();
            for row in reader.erasure_orders()? {
                rows.extend(effect::read(reader, &row.id)?.map(|order| (row, order)));
            }
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
        for (row, order) in shown {
            items.push((order.at, self.erasure(row, order, ran)?));
        }
        items.sort_by(|a, b| (b.0, &b.1.id).cmp(&(a.0, &a.1.id)));
        let own = Device::new(self.identity.device);
        let admin = self.trust.directory.state().is_admin(own);
        let sees = admin || self.trust.directory.state().has_role(own, Role::Supervisor);
        Ok(ErasureList {
            items: items.into_iter().map(|(_, view)| view).collect(),
            offered: if sees { self.offered()? } else { Vec::new() },
            admin,
        })
    }

    fn erasure(&mut self, row: &OrderRow, order: &Order, ran: i64) -> Result<ErasureView> {
        let zone = self.identity.zone;
        let signers = self.signers(Hash::new(row.id));
        let state = match (&signers, row.since, row.done) {
            (_, _, Some(_)) => "erased",
            (_, Some(_), None) => "hidden",
            (Some(_), None, None) => "cancelled",
            (None, None, None) => "proposed",
        };
        let at = i64::try_from(order.at).unwrap_or_default();
        let kept: i64 = self
            .trust
            .directory
            .state()
            .policy
            .get(BACKUP_RULE)
            .and_then(|value| std::str::from_utf8(value).ok()?.parse().ok())
            .unwrap_or(BACKUPS);
        let horizon = at + PATIENCE + kept.max(BACKUPS) * DAY;
        let household = (state == "proposed")
            .then(|| self.household_in(order))
            .transpose()?
            .flatten();
        let (household_id, name) = household.unzip();
        Ok(ErasureView {
            id: hex(&row.id),
            state: state.to_owned(),
            what: if order.docs.is_empty() {
                "household"
            } else {
                "documents"
            }
            .to_owned(),
            name,
            household_id,
            reason: order.reason.clone(),
            basis: order.basis.clone(),
            asked_by: order.asked_by.clone(),
            at: look::instant(zone, at),
            records: u32::try_from(order.records.len()).unwrap_or(u32::MAX),
            with_paper: signers.is_some_and(|(_, paper)| paper),
            signed_by: signers.map(|(device, _)| self.names.author(&hex(device.as_bytes())).name),
            days_left: row.since.filter(|_| row.done.is_none()).map(|since| {
                let left = (since + PATIENCE - ran).max(0);
                u32::try_from((left + DAY - 1) / DAY).unwrap_or_default()
            }),
            erased_at: row.done.map(|at| look::instant(zone, at)),
            horizon: (row.since.is_some()).then(|| {
                zone.day_of(domain::Timestamp::from_millis(horizon))
                    .to_string()
            }),
            unsent: row.unsent,
        })
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
            let mut offered = Vec::new();
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
                    });
                }
            }
            Ok(offered)
        })
    }
}
