//! `verify`, as far as files, pages and the journal go: everything is looked at, and everything that is wrong is said.
//!
//! Reading alone does not do it: SQLite drops a damaged write-ahead log in silence, a free page is never read, and a
//! page from an older copy carries a good checksum.

use std::path::Path;

use rusqlite::Connection;

use crate::connect::{connect_to_pages, salt_is_own};
use crate::dir::DATABASE;
use crate::error::{Error, Loss};
use crate::finding::Finding;
use crate::head;
use crate::header_file::{Headers, Secret};
use crate::journal::{self, Place};
use crate::open::{Entered, compare};
use crate::pin::Present;
use crate::store::Store;

/// Checks a store that nobody has open, whether it opens or not. A damaged one is left as it was found.
///
/// # Errors
///
/// What keeps the database from being looked at at all: [`Error::NotFound`], [`Error::InUse`], [`Error::WrongSecret`],
/// [`Error::HeaderDamaged`], [`Error::HeaderLost`], [`Error::ForeignFile`], [`Error::NewerFormat`].
pub fn check(path: &Path, secret: Secret<'_>) -> Result<Vec<Finding>, Error> {
    let entered = Entered::enter(path, secret)?;
    match entered.judge() {
        Ok(judged) => {
            let mut store = entered.into_store(judged)?;
            let findings = store.check()?;
            match store.lock() {
                Ok(()) | Err(Error::DatabaseDamaged) => Ok(findings),
                Err(fault) => Err(fault),
            }
        }
        Err(Error::Loss(loss)) => Ok(examine(&entered, Finding::Lost(loss))),
        Err(Error::DatabaseDamaged) => Ok(examine(&entered, Finding::Unreadable)),
        Err(fault) => Err(fault),
    }
}

impl Store {
    /// Checks the files, every page, the journal and what it pins. An empty list means that all is well.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] when the disk fails, not when it holds something wrong.
    pub fn check(&mut self) -> Result<Vec<Finding>, Error> {
        let mut findings = match self.outside() {
            Err(Error::DatabaseDamaged) => vec![Finding::Unreadable],
            findings => findings?,
        };
        findings.extend(contents(&self.conn, &self.id));
        findings.sort_unstable_by_key(|finding| (finding.code(), finding.at()));
        findings.dedup();
        Ok(findings)
    }

    /// Checks the files around the database, and folds the log in: pages are checked in the file.
    fn outside(&mut self) -> Result<Vec<Finding>, Error> {
        self.checkpoint()?;
        let mut findings = self.notices()?;
        let Some(files) = &self.files else {
            return Ok(findings);
        };
        findings.extend(Headers::read(&files.dir)?.judge(&self.conn)?.0);
        if !salt_is_own(&files.dir.path(DATABASE), &files.key, &self.id)? {
            findings.push(Finding::Salt);
        }
        let told = head::read(&files.dir, &files.key, &self.id)?;
        match compare(&self.conn, &self.tip, told) {
            Ok(told) if told.other_damaged => findings.push(Finding::HeadSlot),
            Ok(_) => {}
            Err(Error::Loss(loss)) => findings.push(Finding::Lost(loss)),
            Err(fault) => return Err(fault),
        }
        Ok(findings)
    }
}

/// Looks at a store that does not open.
fn examine(entered: &Entered, why: Finding) -> Vec<Finding> {
    let mut findings = vec![why];
    if why == Finding::Lost(Loss::DatabaseMissing) {
        return findings;
    }
    match entered.connect_anyway() {
        Ok(conn) => {
            findings.extend(
                entered
                    .headers
                    .judge(&conn)
                    .map(|(found, _)| found)
                    .unwrap_or_default(),
            );
            findings.extend(contents(&conn, &entered.id));
        }
        // A page of the schema is damaged: which one can still be said.
        Err(_) => {
            findings.push(Finding::Unreadable);
            let path = entered.dir.path(DATABASE);
            if let Ok(conn) = connect_to_pages(&path, &entered.key, &entered.id) {
                findings.extend(pages(&conn).unwrap_or_default());
            }
        }
    }
    findings.dedup();
    findings
}

/// What is wrong inside the database. That it cannot be read is a finding, too.
fn contents(conn: &Connection, store: &[u8; 16]) -> Vec<Finding> {
    let mut findings = pages(conn).unwrap_or_else(|_| vec![Finding::Unreadable]);
    for part in [structure(conn), chain(conn, store)] {
        findings.extend(part.unwrap_or_else(|_| vec![Finding::Unreadable]));
    }
    findings
}

fn pages(conn: &Connection) -> Result<Vec<Finding>, Error> {
    let mut statement = conn.prepare("PRAGMA cipher_integrity_check")?;
    let faults = statement.query_map([], |row| row.get::<_, String>(0))?;
    faults.map(|fault| Ok(page(&fault?))).collect()
}

/// Reads one line of `cipher_integrity_check`.
fn page(fault: &str) -> Finding {
    if fault.contains("invalid size") {
        return Finding::Size;
    }
    let after = fault
        .split("page ")
        .nth(1)
        .and_then(|rest| rest.split(' ').next());
    after
        .and_then(|number| number.parse().ok())
        .map_or(Finding::Unreadable, |number| Finding::Page { number })
}

fn structure(conn: &Connection) -> Result<Vec<Finding>, Error> {
    // Not `quick_check`: an index page from an older copy is only told by comparing it with its table.
    let mut statement = conn.prepare("PRAGMA integrity_check(1)")?;
    let well = statement.query_map([], |row| Ok(row.get::<_, String>(0)? == "ok"))?;
    well.filter(|well| !matches!(well, Ok(true)))
        .map(|_| Ok(Finding::Structure))
        .collect()
}

fn chain(conn: &Connection, store: &[u8; 16]) -> Result<Vec<Finding>, Error> {
    let present = Present::read(conn)?;
    let mut findings = Vec::new();
    let broken = journal::walk(conn, store, &Place::START, |row| {
        let pins = journal::unpack(&row.pins).ok_or(Error::DatabaseDamaged)?;
        let missing = pins.into_iter().filter(|pin| !present.holds(pin));
        findings.extend(missing.map(|pin| Finding::Pinned {
            counter: row.place.counter,
            kind: pin.kind(),
        }));
        Ok(())
    })?;
    findings.extend(broken.map(|counter| Finding::Chain { counter }));
    Ok(findings)
}

#[cfg(test)]
mod tests;
