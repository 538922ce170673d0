//! Reading a table around its unreadable pages.
//!
//! Rows are looked for by their *place*: the number in an integer key, the first bytes of a binary one. Where reading
//! stops, it goes on from the other end, and then in the halves of what lies between.

use std::collections::VecDeque;

use rusqlite::Connection;
use rusqlite::types::Value;

use super::reading::Reading;
use crate::connect::has_read_well;
use crate::error::Error;

/// After so many stretches in a row without a single row, the rest is given up. Each costs two openings of the database.
const PATIENCE: u32 = 128;

/// How a table is read and written. Names come from our own schema, never from the damaged one.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) table: &'static str,
    pub(super) columns: Vec<String>,
    key: Vec<String>,
    place: Place,
}

/// What the first column of the key says about where a row stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Number,
    Bytes,
    /// Nothing: the table is read from both ends only.
    Nowhere,
}

impl Shape {
    /// The columns that both the damaged and the fresh store have.
    pub(super) fn read(table: &'static str, old: &Reading<'_>, fresh: &Connection) -> Option<Self> {
        let conn = old.connect().ok()?;
        let found = columns(&conn, table).ok()?;
        let known = columns(fresh, table)
            .ok()?
            .into_iter()
            .filter(|known| found.iter().any(|old| old.name == known.name));
        let mut shape = Self {
            table,
            columns: Vec::new(),
            key: Vec::new(),
            place: Place::Nowhere,
        };
        let mut key = Vec::new();
        for column in known {
            if column.in_key > 0 {
                key.push(column.clone());
            }
            shape.columns.push(column.name);
        }
        key.sort_by_key(|column| column.in_key);
        shape.place = match key.first()?.kind.as_str() {
            "INTEGER" => Place::Number,
            "BLOB" => Place::Bytes,
            _ => Place::Nowhere,
        };
        shape.key = key.into_iter().map(|column| column.name).collect();
        Some(shape)
    }

    /// The place of a row, between 0 and the largest number.
    fn place_of(&self, row: &[Value]) -> i64 {
        let at = self
            .columns
            .iter()
            .position(|name| self.key.first() == Some(name));
        match at.and_then(|at| row.get(at)) {
            Some(Value::Integer(number)) => *number,
            Some(Value::Blob(bytes)) => {
                let mut first = [0; 8];
                for (to, from) in first.iter_mut().zip(bytes) {
                    *to = *from;
                }
                (u64::from_be_bytes(first) >> 1).cast_signed()
            }
            _ => 0,
        }
    }

    /// The condition for a stretch of places, both ends included.
    fn between(&self, low: i64, high: i64) -> String {
        let key = self.key.first().map_or("", String::as_str);
        let bytes = |place: i64| format!("X'{:016x}'", place.cast_unsigned() << 1);
        match (self.place, high.checked_add(1)) {
            (Place::Number, _) => format!("WHERE {key} BETWEEN {low} AND {high}"),
            (Place::Bytes, Some(end)) => {
                format!("WHERE {key} >= {} AND {key} < {}", bytes(low), bytes(end))
            }
            (Place::Bytes, None) => format!("WHERE {key} >= {}", bytes(low)),
            (Place::Nowhere, _) => String::new(),
        }
    }

    fn query(&self, low: i64, high: i64, order: &str) -> String {
        let key: Vec<String> = self
            .key
            .iter()
            .map(|column| format!("{column} {order}"))
            .collect();
        let (columns, between, key) = (
            self.columns.join(", "),
            self.between(low, high),
            key.join(", "),
        );
        format!(
            "SELECT {columns} FROM {} {between} ORDER BY {key}",
            self.table
        )
    }
}

/// Hands out all rows that can be read; some of them twice. Returns how many stretches cannot be read.
pub(super) fn read(
    old: &Reading<'_>,
    shape: &Shape,
    each: &mut impl FnMut(Vec<Value>) -> Result<(), Error>,
) -> Result<u64, Error> {
    let mut patience = PATIENCE;
    let mut unreadable = 0;
    // The widest stretch first: what can be had easily is not given up for what can not.
    let mut stretches = VecDeque::from([(0, i64::MAX)]);
    while let Some((mut low, mut high)) = stretches.pop_front() {
        if patience == 0 {
            unreadable += 1;
            continue;
        }
        patience -= 1;
        let mut seen = |place: &mut i64, row: Vec<Value>| {
            patience = PATIENCE;
            *place = shape.place_of(&row);
            each(row)
        };
        if select(old, shape, &shape.query(low, high, "ASC"), |row| {
            seen(&mut low, row)
        })? {
            continue;
        }
        select(old, shape, &shape.query(low, high, "DESC"), |row| {
            seen(&mut high, row)
        })?;
        if shape.place == Place::Number && high == i64::MAX {
            // Nothing tells where the rows end; their numbers are close together.
            high = low.saturating_add(1 << 20);
        }
        if shape.place == Place::Nowhere || high.saturating_sub(low) <= 1 {
            unreadable += 1;
        } else {
            let middle = low.midpoint(high);
            stretches.extend([(low, middle), (middle, high)]);
        }
    }
    Ok(unreadable)
}

/// Runs one query on a connection of its own: after an unreadable page SQLCipher answers nothing more. Says whether it
/// came to the end; an error of `each` is passed on.
fn select(
    old: &Reading<'_>,
    shape: &Shape,
    sql: &str,
    mut each: impl FnMut(Vec<Value>) -> Result<(), Error>,
) -> Result<bool, Error> {
    let Ok(conn) = old.connect() else {
        return Ok(false);
    };
    let Ok(mut statement) = conn.prepare(sql) else {
        return Ok(false);
    };
    let Ok(mut rows) = statement.query(()) else {
        return Ok(false);
    };
    loop {
        match rows
            .next()
            .and_then(|row| row.map(|row| values(row, shape)).transpose())
        {
            // A long value may end on a damaged page.
            Ok(Some(_)) if has_read_well(&conn).is_err() => return Ok(false),
            Ok(Some(row)) => each(row)?,
            Ok(None) => return Ok(true),
            Err(_) => return Ok(false),
        }
    }
}

fn values(row: &rusqlite::Row<'_>, shape: &Shape) -> rusqlite::Result<Vec<Value>> {
    (0..shape.columns.len()).map(|at| row.get(at)).collect()
}

/// A column, as SQLite describes it.
#[derive(Clone)]
struct Column {
    name: String,
    kind: String,
    in_key: i64,
}

fn columns(conn: &Connection, table: &str) -> Result<Vec<Column>, Error> {
    let mut statement =
        conn.prepare("SELECT name, type, pk FROM pragma_table_info(?1) ORDER BY cid")?;
    let columns = statement.query_map([table], |row| {
        Ok(Column {
            name: row.get(0)?,
            kind: row.get(1)?,
            in_key: row.get(2)?,
        })
    })?;
    Ok(columns.collect::<Result<_, _>>()?)
}
