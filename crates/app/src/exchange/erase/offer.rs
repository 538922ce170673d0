//! Unsent words of what is erased (late laptop): shown to the team, so that a supervisor sees what would be lost.
//!
//! They lie in a memo of its own vault, which can be erased by itself and is read by the team that read them. Words of a
//! restricted record go to nobody: only that there were some is said. Where one field goes, what was put into others goes
//! over into the document that was written anew.

use std::collections::BTreeSet;

use domain::DocId;
use record::{DocKey, Kind};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::Transaction;
use store::table::erase::Part;
use wire::erase::Order;
use wire::ids::Hash;

use super::rewrite::{self, Late, Went};
use crate::App;
use crate::documents;
use crate::error::{AppError, ErrorCode, Result};
use crate::exchange::state;
use crate::facts::attachment::AttachmentFacts;
use crate::facts::said::{hex, unhex};
use crate::ops::note_move;
use crate::project;
use crate::team;
use crate::write::Write;

/// The words of one document.
#[derive(Debug, Serialize, Deserialize)]
struct Offered {
    order: String,
    /// Empty where all of it goes over.
    text: String,
    /// What goes over, once there is where to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    late: Option<Late>,
    /// An attachment, by its vault and id: it is sealed anew beside the words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    file: Option<(String, String)>,
    /// The lane of the team that read them, hexadecimal.
    #[serde(default)]
    lane: Option<String>,
}

/// The same of an order about fields. Gives 1 where words of the fields themselves were lost.
pub(super) fn put_by_fields(
    tx: &Transaction<'_>,
    id: &[u8; 32],
    order: &Order,
    part: &Part,
    own: &[u8; 16],
) -> Result<u32> {
    let (late, mut words) = rewrite::late(tx, order, part, own)?;
    let lost = u32::from(!words.is_empty());
    if tx.is_restricted(&part.vault)? {
        words.clear();
    }
    if late.is_some() || !words.is_empty() {
        let mut offered = kept(tx)?;
        offered.push(Offered {
            order: hex(id),
            text: words.join("\n"),
            late,
            file: None,
            lane: tx.vault(&part.vault)?.map(|row| hex(&row.lane)),
        });
        keep(tx, &offered)?;
    }
    Ok(lost)
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
            if row.kind == Kind::Attachment.as_str() {
                if let Some(facts) = AttachmentFacts::read(&document.view(None)) {
                    let words = [Some(facts.name), facts.description].into_iter().flatten();
                    offered.push(Offered {
                        order: hex(order),
                        text: words.collect::<Vec<_>>().join("\n"),
                        late: None,
                        file: Some((hex(&row.vault), hex(&row.doc))),
                        lane: lane.clone(),
                    });
                }
                continue;
            }
            let texts: Vec<String> = project::project(&document)?
                .search
                .into_iter()
                .map(|entry| entry.text)
                .collect();
            if !texts.is_empty() {
                offered.push(Offered {
                    order: hex(order),
                    text: texts.join("\n"),
                    late: None,
                    file: None,
                    lane: lane.clone(),
                });
            }
        }
        keep(tx, &offered)?;
    }
    Ok(u32::try_from(unsent.len()).unwrap_or(u32::MAX))
}

fn keep(tx: &Transaction<'_>, offered: &[Offered]) -> Result<()> {
    if offered.is_empty() {
        return Ok(tx.drop_device_state(state::OFFERED)?);
    }
    Ok(tx.put_device_state(state::OFFERED, &serde_json::to_vec(offered)?)?)
}

fn kept(reader: &store::Reader<'_>) -> Result<Vec<Offered>> {
    Ok(reader
        .device_state(state::OFFERED)?
        .map(|bytes| serde_json::from_slice(&bytes))
        .transpose()?
        .unwrap_or_default())
}

/// Seals the file of an attachment anew beside its memo, as far as it is here.
fn carry_file(
    w: &mut Write<'_, '_>,
    (vault, doc): &(String, String),
    home: [u8; 16],
    memo: [u8; 16],
) -> Result<()> {
    let (Some(vault), Some(doc)) = (unhex(vault), unhex(doc)) else {
        return Ok(());
    };
    let key = DocKey::new(Kind::Attachment, vault, doc);
    let belongs = vec![("note", json!(DocId::from_bytes(memo)))];
    match note_move::seal_anew(w, key, home, belongs) {
        Err(error)
            if ![ErrorCode::AttachmentMissing, ErrorCode::AttachmentDamaged]
                .contains(&error.code) =>
        {
            Err(error)
        }
        _ => Ok(()),
    }
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
            for mut offered in kept(w.tx)? {
                if let Some(late) = &offered.late {
                    match rewrite::carry_over(w, late)? {
                        Went::Waits => {
                            left.push(offered);
                            continue;
                        }
                        Went::Over(None) => {}
                        Went::Over(Some(words)) => {
                            let all = [offered.text.as_str(), &words].into_iter();
                            let all: Vec<_> = all.filter(|text| !text.is_empty()).collect();
                            offered.text = all.join("\n");
                        }
                    }
                    offered.late = None;
                }
                if offered.text.is_empty() {
                    continue;
                }
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
                let memo = w.begin(Kind::Memo, vault, fields, Some(offered.text))?;
                if let Some(file) = &offered.file {
                    carry_file(w, file, vault, memo)?;
                }
            }
            keep(w.tx, &left)?;
            w.steps.clear();
            Ok(())
        })?;
        Ok(touched)
    }
}
