//! The tables, one file each. Rows in and out are plain structs; no SQL leaves this folder.

/// The SQL of whether an order of erasure hides the document that a row of `$of` names, by itself or with its whole vault. Two
/// looks at the key: for `doc IN (…, x'')` SQLite makes a table of its own each time.
macro_rules! hidden {
    ($of:literal) => {
        concat!(
            "(EXISTS (SELECT 1 FROM hidden WHERE vault = ",
            $of,
            ".vault AND doc = ",
            $of,
            ".doc) OR EXISTS (SELECT 1 FROM hidden WHERE vault = ",
            $of,
            ".vault AND doc = x''))",
        )
    };
}

pub mod audit;
pub mod carried;
pub mod change;
pub mod chunk;
pub mod document;
pub mod erase;
pub mod file;
pub mod hub;
pub mod line;
pub mod passing;
pub mod projection;
pub mod record;
pub mod restricted;
pub mod search;
pub mod trust;
pub mod undo;
pub mod vault;
