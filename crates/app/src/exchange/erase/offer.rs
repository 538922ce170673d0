//! Unsent words of what is erased (late laptop): shown to the team, so that a supervisor sees what would be lost.
//!
//! They lie in a memo of its own vault, which can be erased by itself and is read by the team that read them. Words of a
//! restricted record go to nobody: only that there were some is said.

use std::collections::BTreeSet;

use record::Kind;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::Transaction;
use store::table::erase::Part;
use wire::ids::Hash;

use crate::App;
use crate::documents;
use crate::error::{AppError, ErrorCode, Result};
use crate::exchange::state;
use crate::facts::said::{hex, unhex};
use crate::project;
use crate::team;

/// The words of one document.
#[derive(Debug, Serialize, Deserialize)]
struct Offered {
    order: String,
    text: String,
    /// The lane of the team that read them, hexadecimal.
    #[serde(default)]
    lane: Option<String>,
}

/// Puts by what of a part had not left this laptop and was not before those who signed. Gives how many documents that are.
pub(super) fn put_by(
    tx: &Transaction<'_>,
    order: &[u8; 32],
    named: &BTreeSet<Hash>,
    part: &Part,
) -> Result<u32> {
    let unsent: BTreeSet<_> = tx
        .unsent_documents(part)?
        .into_iter()
        .filter(|(_, record)| record.is_none_or(|record| !named.contains(&Hash::new(record))))
        .map(|(doc, _)| doc)
        .collect();
    if !tx.is_restricted(&part.vault)? {
        let mut offered = kept(tx)?;
        let lane = tx.vault(&part.vault)?.map(|row| hex(&row.lane));
        for doc in &unsent {
            let Some(row) = tx.document_in(&part.vault, doc)? else {
                continue;
            };
            let document = documents::load(tx, documents::key(&row)?)?;
            let texts: Vec<String> = project::project(&document)?
                .search
                .into_iter()
                .map(|entry| entry.text)
                .collect();
            if !texts.is_empty() {
                offered.push(Offered {
                    order: hex(order),
                    text: texts.join("\n"),
                    lane: lane.clone(),
                });
            }
        }
        if !offered.is_empty() {
            tx.put_device_state(state::OFFERED, &serde_json::to_vec(&offered)?)?;
        }
    }
    Ok(u32::try_from(unsent.len()).unwrap_or(u32::MAX))
}

fn kept(reader: &store::Reader<'_>) -> Result<Vec<Offered>> {
    Ok(reader
        .device_state(state::OFFERED)?
        .map(|bytes| serde_json::from_slice(&bytes))
        .transpose()?
        .unwrap_or_default())
}

impl App {
    /// Writes the memos of what was put by.
    pub(super) fn offer_unsent(&mut self) -> Result<Vec<String>> {
        let offered = self
            .store
            .read(|reader| Ok::<_, AppError>(reader.device_state(state::OFFERED)?.is_some()))?;
        if !offered {
            return Ok(Vec::new());
        }
        let ((), touched) = self.apply("erase.offer", |w| {
            let mut left = Vec::new();
            for offered in kept(w.tx)? {
                let lane = offered.lane.as_deref().and_then(unhex);
                let team = lane.and_then(|lane| team::in_lane(w.trust, &lane));
                let vault = match w.open_vault(team.as_deref()) {
                    Ok(vault) => vault,
                    // Out of that team, this device has nobody to show them to: they stay put by.
                    Err(error) if error.code == ErrorCode::InvalidValue => {
                        left.push(offered);
                        continue;
                    }
                    Err(error) => return Err(error),
                };
                let fields = vec![("erasure", json!(offered.order))];
                w.begin(Kind::Memo, vault, fields, Some(offered.text))?;
            }
            w.tx.drop_device_state(state::OFFERED)?;
            if !left.is_empty() {
                w.tx.put_device_state(state::OFFERED, &serde_json::to_vec(&left)?)?;
            }
            w.steps.clear();
            Ok(())
        })?;
        Ok(touched)
    }
}
