//! Cursors: where a page ended, opaque outside.

use store::table::projection::ProjectionRow;

use crate::error::{AppError, ErrorCode, Result};

/// Where a page ended.
pub(crate) struct Cursor {
    sort: String,
    id: String,
}

/// Reads a cursor that a request named.
pub(crate) fn read(text: Option<&str>) -> Result<Option<Cursor>> {
    let Some(text) = text else { return Ok(None) };
    let (id, sort) = text
        .split_once('~')
        .ok_or_else(|| AppError::new(ErrorCode::InvalidValue).with("field", "cursor"))?;
    Ok(Some(Cursor {
        sort: sort.to_owned(),
        id: id.to_owned(),
    }))
}

/// The place as the store takes it.
pub(crate) fn after(cursor: Option<&Cursor>) -> Option<(&str, &str)> {
    cursor.map(|cursor| (cursor.sort.as_str(), cursor.id.as_str()))
}

/// The cursor behind a page, where there may be another.
pub(crate) fn next(rows: &[ProjectionRow], limit: u32) -> Option<String> {
    let full = u32::try_from(rows.len()).is_ok_and(|count| count >= limit);
    rows.last()
        .filter(|_| full)
        .map(|last| format!("{}~{}", last.id, last.sort))
}
