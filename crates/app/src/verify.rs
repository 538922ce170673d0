//! `verify` and `recover`: what is wrong with a store, what is safe, and saving what verifies.

mod derived;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::iter;
use std::path::Path;

use crypto::recovery::RecoveryCode;
use domain::Lang;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{Finding, Pin, Severity, Store};
use ts_rs::TS;

use self::derived::{Built, Derived};
use crate::audit::pages;
use crate::environment::Environment;
use crate::error::Result;
use crate::session::{self, Opener, Unlocked};
use crate::{App, documents, exchange, look};

/// What `verify` found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, optional_fields)]
pub struct VerifyView {
    /// Nothing is damaged or missing.
    pub ok: bool,
    /// What is worth knowing, worst first.
    pub findings: Vec<FindingView>,
    /// Documents built anew from the change log.
    pub documents: u32,
    /// The lists and the index were emptied and filled again.
    pub rebuilt: bool,
    /// Who this store was last compared with (最後に照合). An old copy of the whole folder shows only at such a meeting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_compared: Option<LastCompared>,
}

/// A meeting with another device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct LastCompared {
    /// Whose device.
    pub name: String,
    /// When.
    pub at: String,
}

/// One thing that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct FindingView {
    /// A stable code.
    pub code: String,
    /// `notice` (put right already, or harmless) or `damage`.
    pub severity: String,
    /// What it is, in the user's language.
    pub message: String,
    /// What is safe in spite of it.
    pub safe: String,
}

/// What `recover` saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct RecoverView {
    /// Changes that came over.
    pub changes: u64,
    /// Documents that can be opened again.
    pub documents: u32,
    /// Those, of each kind how many.
    pub saved: BTreeMap<String, u64>,
    /// Rows that could be read and did not verify.
    pub refused: u64,
    /// What the journal names and nothing shows, of each kind how many.
    pub missing: BTreeMap<String, u64>,
    /// Tables of which something could not be read, and in how many places: there more may be missing than is listed.
    pub unreadable: BTreeMap<String, u64>,
    /// Acknowledged commits that are not there at all.
    pub commits_missing: u64,
    /// False when the journal itself could not be read to its end: more may be missing than is listed.
    pub journal_whole: bool,
}

/// Whether lists and index are filled anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rebuild {
    /// They are compared only.
    Compare,
    /// They are emptied and filled again.
    Refill,
}

/// Checks files, pages, journal, chains, signatures, documents and lists of a store that nobody has open.
///
/// # Errors
/// What keeps it from being looked at at all: no store, wrong passphrase, damaged header, in use.
pub fn verify(
    dir: &Path,
    secret: &str,
    rebuild: Rebuild,
    lang: Lang,
    environment: Box<dyn Environment>,
) -> Result<VerifyView> {
    let code = RecoveryCode::parse(secret).ok();
    let opened = code
        .as_ref()
        .map_or(store::Secret::Passphrase(secret), store::Secret::Recovery);
    let mut findings: Vec<FindingView> = store::integrity::check(dir, opened)?
        .into_iter()
        .map(|finding| found(finding, lang))
        .collect();
    let mut view = VerifyView {
        ok: false,
        findings: Vec::new(),
        documents: 0,
        rebuilt: false,
        last_compared: None,
    };
    if findings.iter().all(|finding| finding.severity == "notice") {
        match session::unlock(dir, secret, environment)? {
            Unlocked::Open(mut app) => {
                findings.extend(contents(&mut app, rebuild, lang, &mut view)?);
                let asks = !app.escrow_is_used()?.is_empty();
                findings.extend(asks.then(|| named("escrow_used", "notice", lang)));
                view.last_compared = app.last_compared()?;
                // Said now; what was put right is not said twice.
                app.store.clear_notices()?;
                app.lock()?;
            }
            Unlocked::Waiting(waiting) => waiting.lock()?,
        }
    }
    findings.sort_by(|a, b| (&a.severity, &a.code).cmp(&(&b.severity, &b.code)));
    view.ok = findings.iter().all(|finding| finding.severity == "notice");
    view.findings = findings;
    Ok(view)
}

/// Builds every document anew from the change log, and compares or refills what is derived from it.
pub(crate) fn contents(
    app: &mut App,
    rebuild: Rebuild,
    lang: Lang,
    view: &mut VerifyView,
) -> Result<Vec<FindingView>> {
    let kept = app.store.read(Derived::read)?;
    let built = match rebuild {
        // Into a store in memory: a look writes nothing.
        Rebuild::Compare => app
            .store
            .read(|reader| Store::ephemeral()?.transact(|tx| Built::make(reader, tx)))?,
        Rebuild::Refill => app.store.transact(|tx| {
            tx.clear_projections()?;
            tx.clear_search()?;
            tx.clear_snapshots()?;
            tx.recount_lines()?;
            tx.find_unreceipted()?;
            Built::make(tx, tx)
        })?,
    };
    view.documents = built.documents;
    view.rebuilt = rebuild == Rebuild::Refill;
    let mut findings = Vec::new();
    let nameless = app
        .store
        .read(|reader| Ok::<_, crate::AppError>(reader.undocumented()?))?;
    findings.extend(
        (0..built.damaged + nameless.len()).map(|_| named("document_damaged", "damage", lang)),
    );
    let broken = app.broken_logs()?;
    findings.extend((0..broken).map(|_| named("audit_broken", "damage", lang)));
    findings.extend(attachments(app, rebuild, lang)?);
    let refused = app.refused_signatures()?;
    findings.extend((0..refused).map(|_| named("record_signature", "damage", lang)));
    findings.extend(
        kept.differing(&built.derived)
            .map(|(differs, restored)| match rebuild {
                Rebuild::Compare => named(differs, "damage", lang),
                Rebuild::Refill => named(restored, "notice", lang),
            }),
    );
    Ok(findings)
}

/// Compares every chunk of an attachment with its name. What does not hold is taken away when all is put right: it comes
/// again from the hub or a colleague.
fn attachments(app: &mut App, rebuild: Rebuild, lang: Lang) -> Result<Vec<FindingView>> {
    let state = app.check_attachments()?;
    let mut findings = Vec::new();
    if state.awaited > 0 {
        findings.push(named("attachment_awaited", "notice", lang));
    }
    if state.lost > 0 {
        findings.push(named("attachment_lost", "damage", lang));
    }
    if !state.damaged.is_empty() {
        findings.push(match rebuild {
            Rebuild::Compare => named("attachment_differs", "damage", lang),
            Rebuild::Refill => {
                for hash in &state.damaged {
                    app.chunks.remove(hash)?;
                }
                named("attachment_taken_away", "notice", lang)
            }
        });
    }
    Ok(findings)
}

/// From a damaged store into a new folder: all that verifies, under the same device key, as a new incarnation. With two
/// shares in the place of a secret, their use is written into the fresh store before it has its new passphrase.
///
/// # Errors
/// What is wrong with the shares, or that they are of another key. Without the key (both headers lost) nothing can be read; the target folder must be new.
pub fn recover<'a>(
    from: &Path,
    to: &Path,
    opener: impl Into<Opener<'a>>,
    environment: Box<dyn Environment>,
) -> Result<RecoverView> {
    let opener = opener.into();
    let believed = |row: &store::recover::DoubtfulRow<'_>| {
        if row.table() != "change" {
            return true;
        }
        let (Some(bytes), Some(device), Some(hash)) =
            (row.blob("bytes"), row.blob("device"), row.blob("hash"))
        else {
            return false;
        };
        let Ok(device) = <[u8; 16]>::try_from(device) else {
            return false;
        };
        record::prescan(bytes, &device).is_ok_and(|facts| facts.hash.as_slice() == hash)
    };
    let recovered = opener.open(|secret| store::recover::recover(from, to, secret, believed))?;
    let mut view = RecoverView {
        changes: recovered
            .tables
            .iter()
            .filter(|t| t.table == "change")
            .map(|t| t.saved)
            .sum(),
        documents: 0,
        saved: BTreeMap::new(),
        refused: recovered.tables.iter().map(|t| t.refused).sum(),
        missing: by_kind(&recovered.missing),
        unreadable: recovered
            .tables
            .iter()
            .filter(|t| t.unreadable > 0)
            .map(|t| (t.table.to_owned(), t.unreadable))
            .collect(),
        commits_missing: recovered.commits_missing,
        journal_whole: recovered.journal_whole,
    };
    match session::unlock_with(to, opener, environment) {
        Ok(Unlocked::Open(mut app)) => {
            app.chunks.take_over(from)?;
            name_documents(&mut app)?;
            // What stands alone is what the records are tried on.
            refill(&mut app)?;
            app.changes_from_records()?;
            view.documents = refill(&mut app)?;
            for row in app.store.read(|reader| reader.documents())? {
                *view.saved.entry(row.kind).or_default() += 1;
            }
            view.missing = by_kind(&store::recover::missing(&app.store, &recovered.missing)?);
            if let Opener::Shares { shares, new, cost } = opener {
                app.use_escrow(exchange::escrow::key_of(shares)?.set(), new, cost)?;
            }
            app.lock()?;
        }
        Ok(Unlocked::Waiting(waiting)) => waiting.lock()?,
        // Where nothing can be written of the use, the forgotten passphrase gets no other.
        Err(error) if matches!(opener, Opener::Shares { .. }) => return Err(error),
        // Without this device's keys or its office's the changes are saved all the same, for adoption by another device.
        Err(_) => {}
    }
    Ok(view)
}

/// Makes anew what is made from the change log. Returns how many documents stand.
fn refill(app: &mut App) -> Result<u32> {
    let mut view = VerifyView {
        ok: false,
        findings: Vec::new(),
        documents: 0,
        rebuilt: false,
        last_compared: None,
    };
    contents(app, Rebuild::Refill, Lang::Ja, &mut view)?;
    Ok(view.documents)
}

/// Of each kind how many.
fn by_kind(pins: &[Pin]) -> BTreeMap<String, u64> {
    let mut counted = BTreeMap::new();
    for pin in pins {
        *counted.entry(pin.kind().to_owned()).or_default() += 1;
    }
    counted
}

/// Gives documents whose row was lost their name again: their changes tell it.
fn name_documents(app: &mut App) -> Result<()> {
    app.store.transact(|tx| {
        for (vault, doc) in tx.undocumented()? {
            let facts: Vec<_> = tx
                .changes(&vault, &doc)?
                .into_iter()
                .filter_map(|change| record::prescan(&change.bytes, &change.device).ok())
                .collect();
            let mut roots = iter::once(vault).chain(tx.roots_in(&vault)?);
            if let Some(key) = roots.find_map(|root| exchange::kind::of(vault, root, doc, &facts)) {
                tx.put_document(&documents::row(key))?;
            }
        }
        Ok(())
    })
}

impl App {
    fn last_compared(&mut self) -> Result<Option<LastCompared>> {
        let peers = self
            .store
            .read(|reader| Ok::<_, crate::AppError>(reader.peers()?))?;
        Ok(peers
            .into_iter()
            .max_by_key(|peer| peer.merged_at)
            .map(|peer| LastCompared {
                name: self
                    .names
                    .author(&crate::facts::said::hex(&peer.device))
                    .name,
                at: look::instant(self.identity.zone, peer.merged_at),
            }))
    }

    /// How many access logs, of this device and of others, are not whole.
    fn broken_logs(&self) -> Result<usize> {
        self.store.read(|reader| {
            let mut broken = 0;
            for book in reader.audit_books()? {
                let faults = pages::faults(reader, &self.trust.directory, &book)?;
                broken += usize::from(!faults.is_empty());
            }
            Ok(broken)
        })
    }

    /// How many kept records do not carry the signature of the device that they name.
    fn refused_signatures(&self) -> Result<usize> {
        let mut refused = 0;
        for state in ["own", "applied", "erased"] {
            for row in self
                .store
                .read(|reader| Ok::<_, crate::AppError>(reader.records_in(state)?))?
            {
                if !crate::exchange::is_genuine(&self.trust.directory, &row.bytes) {
                    refused += 1;
                }
            }
        }
        Ok(refused)
    }
}

fn found(finding: Finding, lang: Lang) -> FindingView {
    let severity = match finding.severity() {
        Severity::Notice => "notice",
        Severity::Damage => "damage",
    };
    let mut view = named(finding.code(), severity, lang);
    view.safe = words(
        lang,
        match finding.safe() {
            store::Safe::Everything => "safe_everything",
            store::Safe::AllButTheNewest => "safe_all_but_the_newest",
            store::Safe::WhatVerifies => "safe_what_verifies",
        },
    );
    view
}

fn named(code: &str, severity: &str, lang: Lang) -> FindingView {
    let safe = if severity == "notice" {
        "safe_everything"
    } else {
        "safe_what_verifies"
    };
    FindingView {
        code: code.to_owned(),
        severity: severity.to_owned(),
        message: words(lang, code),
        safe: words(lang, safe),
    }
}

fn words(lang: Lang, code: &str) -> String {
    let all: BTreeMap<String, BTreeMap<String, String>> =
        serde_json::from_str(include_str!("../words/findings.json")).unwrap_or_default();
    let key = match lang {
        Lang::Ja => "ja",
        Lang::En => "en",
    };
    all.get(code)
        .and_then(|words| words.get(key))
        .cloned()
        .unwrap_or_else(|| code.to_owned())
}
