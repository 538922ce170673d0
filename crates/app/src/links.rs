//! Links (つながり) between documents that may be one: how they are written, and what is one by them.
//!
//! # Invariants
//!
//! - **Duplicates are never merged.** A link joins what is shown; taken back, everything is as it was.
//! - **One document for each pair in each vault**, named by the pair: two people who judge the same pair while apart
//!   meet in one register, and where they differ both stand until somebody decides.
//! - **A pair that is not decided joins nothing.**
//! - **From outside nothing points at who is in a restricted case**: the link lies in the restricted vault of either end.

use std::collections::BTreeSet;

use domain::DocId;
use record::{DocKey, Kind};
use serde_json::{Value, json};
use store::Reader;
use store::table::projection::ProjectionRow;

use crate::error::{AppError, ErrorCode, Result};
use crate::facts::link::{KIND, LinkFacts, RETRACTED, SAME_PERSON};
use crate::facts::said::{self, DELETED, FIELDS};
use crate::write::{Write, put};

/// The most documents that are one.
const MOST: usize = 100;

/// Which links are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seen {
    /// Those that the whole office sees.
    ByAll,
    /// Also those of restricted vaults that this session opened.
    Here,
}

/// An id that two laptops make alike from the same words: a UUID of version 8.
pub(crate) fn made_from(parts: &[&[u8]]) -> [u8; 16] {
    let digest = crypto::sha256(parts);
    let mut id = [0; 16];
    for (to, from) in id.iter_mut().zip(digest) {
        *to = from;
    }
    id[6] = (id[6] & 0x0f) | 0x80;
    id[8] = (id[8] & 0x3f) | 0x80;
    id
}

/// The document of a pair in a vault.
fn pair(vault: &[u8; 16], a: DocId, b: DocId) -> [u8; 16] {
    let (first, second) = (a.min(b).to_bytes(), a.max(b).to_bytes());
    made_from(&[b"mg/link/1", vault, &first, &second])
}

/// The links at one end, with the rows they are read from.
pub(crate) fn at(
    reader: &Reader<'_>,
    end: DocId,
    seen: Seen,
) -> Result<Vec<(ProjectionRow, LinkFacts)>> {
    let end = end.to_string();
    let mut rows = reader.links_at(&end, seen == Seen::Here)?;
    rows.sort_by(|a, b| (&a.sort, a.doc).cmp(&(&b.sort, b.doc)));
    rows.into_iter()
        .map(|row| {
            let facts = serde_json::from_str(&row.view)?;
            Ok((row, facts))
        })
        .collect()
}

/// All that is one with a document by links of this kind, itself included. The smallest id stands for all of them.
pub(crate) fn one_with(
    reader: &Reader<'_>,
    of: DocId,
    kind: &str,
    seen: Seen,
) -> Result<BTreeSet<DocId>> {
    let mut found = BTreeSet::from([of]);
    let mut ahead = vec![of];
    while let Some(end) = ahead.pop() {
        let name = end.to_string();
        for (_, facts) in at(reader, end, seen)? {
            let other = facts.other(&name).parse().ok();
            if let Some(other) = other.filter(|_| facts.joins(kind) && found.len() < MOST)
                && found.insert(other)
            {
                ahead.push(other);
            }
        }
    }
    Ok(found)
}

/// The other person documents of a human being, by a direct link or over others.
pub(crate) fn same_people(reader: &Reader<'_>, of: DocId, seen: Seen) -> Result<Vec<DocId>> {
    let mut all = one_with(reader, of, SAME_PERSON, seen)?;
    all.remove(&of);
    Ok(all.into_iter().collect())
}

/// The vault that a link of these two may lie in: the one whose readers read both. None where two restricted vaults, or two
/// teams, would hear of each other.
fn home(w: &Write<'_, '_>, a: DocId, b: DocId, kind: Kind) -> Result<Option<[u8; 16]>> {
    let (mut restricted, mut lanes) = (BTreeSet::new(), BTreeSet::new());
    for end in [a, b] {
        let vault = w.vault_of(&end.to_bytes(), kind)?;
        if w.tx.is_restricted(&vault)? {
            restricted.insert(vault);
        } else if let Some(row) = w.tx.vault(&vault)?
            && row.lane != w.identity.lane
        {
            lanes.insert(row.lane);
        }
    }
    let mut restricted = restricted.into_iter();
    let mut lanes = lanes.into_iter();
    match (
        restricted.next(),
        restricted.next(),
        lanes.next(),
        lanes.next(),
    ) {
        (None, _, None, _) => Ok(Some(w.identity.office_vault)),
        (None, _, Some(lane), None) => {
            let teams = w.tx.vaults_of_class("team")?;
            let team = teams.into_iter().find(|row| row.lane == lane);
            Ok(team.map(|row| row.vault))
        }
        (Some(one), None, _, _) => Ok(Some(one)),
        (Some(_), Some(_), ..) | (None, _, Some(_), Some(_)) => Ok(None),
    }
}

/// Says of a pair what it is; what was said of it before is history. Gives false where nobody may be told.
///
/// # Errors
/// [`ErrorCode::NotFound`], [`ErrorCode::InvalidValue`] for a pair of one.
pub(crate) fn say(
    w: &mut Write<'_, '_>,
    ends: (DocId, DocId),
    of: Kind,
    kind: &str,
    reason: Option<String>,
) -> Result<bool> {
    let (a, b) = (ends.0.min(ends.1), ends.0.max(ends.1));
    if a == b {
        return Err(AppError::new(ErrorCode::InvalidValue).with("field", "b"));
    }
    let Some(vault) = home(w, a, b, of)? else {
        return Ok(false);
    };
    let doc = pair(&vault, a, b);
    // What an older program said of the pair, in a document of its own, no longer stands beside this.
    retract_others(w, a, b, Some(doc))?;
    if w.tx.document_in(&vault, &doc)?.is_none() {
        let fields = vec![
            (KIND, json!(kind)),
            ("a", json!(a)),
            ("b", json!(b)),
            ("reason", json!(reason)),
        ];
        let key = DocKey::new(Kind::Link, vault, doc);
        w.begin_as(key, fields, None)?;
        return Ok(true);
    }
    let mut edits = vec![
        put(FIELDS, KIND, json!(kind)),
        put(FIELDS, "reason", json!(reason)),
    ];
    let view = w.read(&doc, Kind::Link)?.view(None);
    // It was taken back before, or its making undone.
    for tombstone in [RETRACTED, DELETED] {
        if said::shown(&view, FIELDS, tombstone).is_some() {
            edits.push(put(FIELDS, tombstone, Value::Null));
        }
    }
    w.edit(&doc, Kind::Link, None, &edits)?;
    Ok(true)
}

/// Takes back what stands about a pair. Gives how many links that were.
pub(crate) fn retract(w: &mut Write<'_, '_>, a: DocId, b: DocId) -> Result<usize> {
    retract_others(w, a, b, None)
}

fn retract_others(
    w: &mut Write<'_, '_>,
    a: DocId,
    b: DocId,
    but: Option<[u8; 16]>,
) -> Result<usize> {
    let name = a.to_string();
    let standing = at(w.tx, a, Seen::Here)?;
    let mut count = 0;
    for (row, facts) in standing {
        if facts.other(&name) == b.to_string() && Some(row.doc) != but {
            let edit = put(FIELDS, RETRACTED, json!(true));
            w.edit(&row.doc, Kind::Link, Some(&row.version), &[edit])?;
            count += 1;
        }
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two laptops meet in these documents only while both name them alike: the names never change.
    #[test]
    fn documents_that_two_laptops_make_alike_have_the_names_they_always_had() {
        let [vault, a, b] = [0x11, 0x22, 0x33].map(|byte| [byte; 16]);
        let (one, two) = (DocId::from_bytes(a), DocId::from_bytes(b));
        let link = DocId::from_bytes(pair(&vault, one, two));
        assert_eq!(link.to_string(), "4993ed7b-81c9-82d7-8701-39b612a708a8");
        assert_eq!(pair(&vault, two, one), pair(&vault, one, two));
        let moved = DocId::from_bytes(made_from(&[b"mg/moved/1", &a, &b]));
        assert_eq!(moved.to_string(), "62e778ec-f8d7-8154-8e7e-dcf96f42b1ac");
    }
}
