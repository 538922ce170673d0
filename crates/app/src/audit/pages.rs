//! Pages: a day of the log, sealed for those who may read it.
//!
//! # Invariants
//!
//! - **The device's own book goes to the auditors (監査担当)** of the office, or to its administrators while it has no auditor
//!   but the device's own; a restricted record's book goes to that record's readers, inside its vault.
//! - **A day is handed in once it is over**, with the next exchange, or at once where the worker hands it in.
//! - **A device that is out hands nothing in**: nobody takes records of it. Its log stays with it.
//! - In the organisation's lane a page is a record like any other: nobody else can tell it from a restricted one.

use std::collections::BTreeSet;

use store::table::audit::{AuditRow, BookRow};
use store::{Reader, Transaction};
use wire::audit::{Check, Fault, MAX_ENTRIES, Page, Seal};
use wire::cbor::{self, Bytes};
use wire::directory::{Directory, Role};
use wire::ids::{Device, Hash, Org, Vault};
use wire::rights::author_key;
use wire::roster::{Grant, Readers};

use super::OWN;
use crate::error::Result;
use crate::identity::Identity;
use crate::look::Look;
use crate::trust::{self, Trust};

/// The audit vault of this device (`device_state`).
const VAULT: &str = "audit-vault";
/// Present where the worker hands in today's entries too.
pub(crate) const HANDED_IN: &str = "audit-handed-in";
/// Bytes of entries in one page: it fits into a record whatever they are.
const PAGE: usize = 256 << 10;

/// A page that is to be sealed.
pub(crate) struct Due {
    /// Into this vault.
    pub(crate) vault: [u8; 16],
    /// The entries in it.
    pub(crate) rows: Vec<AuditRow>,
    /// The page.
    pub(crate) page: Page,
}

/// The pages that are to be sealed now; vaults and keys for them are made where they are lacking.
pub(crate) fn due(
    tx: &Transaction<'_>,
    identity: &Identity,
    trust: &Trust,
    now: i64,
) -> Result<Vec<Due>> {
    if !trust
        .directory
        .state()
        .is_active(Device::new(identity.device))
    {
        return Ok(Vec::new());
    }
    let handed_in = tx.device_state(HANDED_IN)?.is_some();
    let today = identity
        .zone
        .start_of(identity.zone.day_of(domain::Timestamp::from_millis(now)));
    let before = if handed_in { i64::MAX } else { today.millis() };
    let mut due = Vec::new();
    for book in tx.audit_books_waiting(&identity.device)? {
        let mut rows = tx.audit_waiting(&identity.device, &book, i64::MAX)?;
        // A clock that was set back leaves no gap: everything up to the last entry of a day that is over.
        let over = rows.iter().rposition(|row| row.at < before);
        rows.truncate(over.map_or(0, |last| last + 1));
        if rows.is_empty() {
            continue;
        }
        let vault = if book == OWN {
            own_vault(tx, identity, trust)?
        } else {
            still_read(tx, identity, trust, &book)?
        };
        let Some(vault) = vault else { continue };
        trust::follow_up(tx, identity, trust, &vault)?;
        due.extend(pages(identity, vault, book, rows, now));
    }
    if handed_in {
        tx.drop_device_state(HANDED_IN)?;
    }
    Ok(due)
}

fn pages(
    identity: &Identity,
    vault: [u8; 16],
    book: [u8; 16],
    rows: Vec<AuditRow>,
    now: i64,
) -> Vec<Due> {
    let (mut parts, mut part, mut bytes) = (Vec::new(), Vec::new(), 0);
    for row in rows {
        bytes += row.bytes.len();
        if !part.is_empty() && (bytes > PAGE || part.len() == MAX_ENTRIES) {
            bytes = row.bytes.len();
            parts.push(std::mem::take(&mut part));
        }
        part.push(row);
    }
    parts.push(part);
    let (org, device) = (Org::new(identity.org), Device::new(identity.device));
    parts
        .into_iter()
        .filter_map(|rows| {
            let last = rows.last()?;
            let place = (last.incarnation, last.seq, Hash::new(last.hash));
            let seal = Seal::make(org, (device, &identity.sign), Vault::new(book), place, now);
            let entries = rows.iter().map(|row| Bytes(row.bytes.clone())).collect();
            Some(Due {
                vault,
                page: Page { entries, seal },
                rows,
            })
        })
        .collect()
}

/// Who is to read the log of a device: the office's auditors, or its administrators where there is no other auditor.
pub(crate) fn auditors(directory: &Directory, own: Device) -> BTreeSet<Device> {
    let office = directory.state();
    let others = || {
        let devices = office.devices.keys().copied();
        devices.filter(|device| *device != own && office.is_active(*device))
    };
    let auditors: BTreeSet<_> = others()
        .filter(|device| office.has_role(*device, Role::Auditor))
        .collect();
    if auditors.is_empty() {
        others().filter(|device| office.is_admin(*device)).collect()
    } else {
        auditors
    }
}

/// The audit vault of this device, with those in its roster who are to read it. None while there is nobody.
fn own_vault(tx: &Transaction<'_>, identity: &Identity, trust: &Trust) -> Result<Option<[u8; 16]>> {
    let wanted = auditors(&trust.directory, Device::new(identity.device));
    let vault = tx.device_state(VAULT)?;
    let vault = vault.and_then(|bytes| <[u8; 16]>::try_from(bytes).ok());
    let Some(vault) = vault else {
        if wanted.is_empty() {
            return Ok(None);
        }
        let vault = trust::found_audit_vault(tx, identity, trust, wanted)?;
        tx.put_device_state(VAULT, &vault)?;
        return Ok(Some(vault));
    };
    let Some(roster) = trust::read_roster(tx, &trust.directory, &vault)? else {
        return Ok(None);
    };
    let named = &roster.state().readers.devices;
    let readers = |devices: BTreeSet<Device>| Readers {
        devices,
        ..Readers::default()
    };
    let coming: BTreeSet<_> = wanted.difference(named).copied().collect();
    let going: BTreeSet<_> = named.difference(&wanted).copied().collect();
    if !going.is_empty() {
        let grant = Grant::Remove(readers(going));
        trust::change_readers(tx, identity, trust, &vault, &grant)?;
    }
    if !coming.is_empty() {
        let grant = Grant::Grant(readers(coming));
        trust::change_readers(tx, identity, trust, &vault, &grant)?;
    }
    Ok(Some(vault))
}

/// A restricted vault that this device may still write into.
fn still_read(
    tx: &Transaction<'_>,
    identity: &Identity,
    trust: &Trust,
    vault: &[u8; 16],
) -> Result<Option<[u8; 16]>> {
    let roster = trust::read_roster(tx, &trust.directory, vault)?;
    let own = Device::new(identity.device);
    let reads = roster.is_some_and(|roster| roster.state().reads(own, trust.directory.state()));
    Ok(reads.then_some(*vault))
}

/// A page is in a record now.
pub(crate) fn sealed(tx: &Transaction<'_>, due: &Due, record: &[u8; 32]) -> Result<()> {
    for row in &due.rows {
        tx.audit_in_record(row, record)?;
    }
    keep_seal(tx, &due.page.seal)
}

/// Keeps a seal.
pub(crate) fn keep_seal(tx: &Transaction<'_>, seal: &Seal) -> Result<()> {
    Ok(tx.put_audit_seal(
        seal.device.as_bytes(),
        seal.book.as_bytes(),
        (seal.incarnation, seal.seq),
        &cbor::to_vec(seal),
    )?)
}

/// What is wrong with a book that is here; nothing where it is whole.
pub(crate) fn faults(
    reader: &Reader<'_>,
    directory: &Directory,
    book: &BookRow,
) -> Result<Vec<(u64, Fault)>> {
    let (org, device) = (directory.org(), Device::new(book.device));
    let mut check = Check::of(org, device, Vault::new(book.book));
    for row in reader.audit_book(&book.device, &book.book)? {
        check.entry(&row.bytes);
    }
    let public = author_key(directory, device).unwrap_or_default();
    for bytes in reader.audit_seals(&book.device, &book.book)? {
        if let Ok(seal) = cbor::from_slice::<Seal>(&bytes) {
            check.seal(&seal, org, &public);
        }
    }
    Ok(check.faults())
}

/// The books of which this session may show something: those of the devices, and those of opened restricted records.
pub(crate) fn books(look: &Look<'_, '_>) -> Result<Vec<BookRow>> {
    let mut books = look.reader.audit_books()?;
    let mut shown = Vec::new();
    for book in books.drain(..) {
        if book.book == OWN || look.reader.is_opened(&book.book)? {
            shown.push(book);
        }
    }
    Ok(shown)
}
