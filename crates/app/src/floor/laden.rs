//! What an open store holds, as another program would keep it, and what its records weigh. For invented data only.

use record::View;
use serde_json::{Map, Value, json};
use store::Reader;
use store::table::document::DocumentRow;
use wire::body::{Body, RawChange};
use wire::envelope::{ADDED, compressed_len};
use wire::ids::Hash;

use crate::App;
use crate::documents;
use crate::error::{AppError, ErrorCode, Result};
use crate::exchange::ledger::standing;

/// What sealed records weigh, in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Weight {
    /// How many there are.
    pub records: usize,
    /// As they travel.
    pub sealed: usize,
    /// The same without what pads them.
    pub unpadded: usize,
    /// Their changes, compressed and not sealed.
    pub compressed: usize,
}

/// The documents with these ids as plain JSON, or all there are: each value that is shown, once.
///
/// # Errors
/// [`ErrorCode::NotFound`]; when the store cannot be read.
pub fn documents(app: &App, ids: Option<&[String]>) -> Result<Vec<Value>> {
    app.store.read(|reader| {
        let rows = match ids {
            None => reader.documents()?,
            Some(ids) => ids
                .iter()
                .map(|id| row(reader, id))
                .collect::<Result<_>>()?,
        };
        rows.iter().map(|row| as_json(reader, row)).collect()
    })
}

fn row(reader: &Reader<'_>, id: &str) -> Result<DocumentRow> {
    let id: domain::DocId = id.parse().map_err(|_| ErrorCode::NotFound)?;
    Ok(reader
        .document(&id.to_bytes())?
        .ok_or(ErrorCode::NotFound)?)
}

fn as_json(reader: &Reader<'_>, row: &DocumentRow) -> Result<Value> {
    let key = documents::key(row)?;
    let document = documents::load(reader, key)?;
    let view = document.view(None);
    let id = domain::DocId::from_bytes(row.doc).to_string();
    let mut fields = Map::from_iter([
        ("_id".to_owned(), json!(id)),
        ("kind".to_owned(), json!(row.kind)),
    ]);
    for map in key.kind.maps() {
        let values = shown(&view, map);
        if !values.is_empty() {
            fields.insert((*map).to_owned(), Value::Object(values));
        }
    }
    if key.kind.has_text() {
        fields.insert("text".to_owned(), json!(view.text()));
    }
    Ok(Value::Object(fields))
}

fn shown(view: &View<'_>, map: &str) -> Map<String, Value> {
    let entries = view.entries(map).into_iter();
    entries
        .filter_map(|(key, held)| Some((key, held.into_iter().next()?.value)))
        .collect()
}

/// Weighs what this device sealed since `since` (ms), for changes that were made since then.
///
/// # Errors
/// When the store cannot be read.
pub fn weigh(app: &App, since: i64) -> Result<Weight> {
    app.store.read(|reader| {
        let mut weight = Weight::default();
        let own = reader.records_in(standing::OWN)?;
        for record in own.into_iter().filter(|record| record.at >= since) {
            let mut changes = Vec::new();
            for name in reader.documents_of_record(&record.id)? {
                let all = reader.changes(&name.0, &name.1)?.into_iter();
                changes.extend(all.filter(|row| row.at >= since).map(|row| RawChange {
                    hash: Hash::new(row.hash),
                    bytes: row.bytes,
                }));
            }
            if changes.is_empty() {
                continue;
            }
            let compressed = compressed_len(&Body::Changes(changes));
            weight.records += 1;
            weight.sealed += record.bytes.len();
            weight.compressed += compressed;
            weight.unpadded += compressed + ADDED;
        }
        Ok::<_, AppError>(weight)
    })
}
