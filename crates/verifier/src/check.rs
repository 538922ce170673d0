//! Checking a file.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, Read};

use crypto::sign::{SignatureKind, verify};
use serde::Serialize;
use wire::audit::{Check, Entry, Seal, name_of};
use wire::cbor;
use wire::directory::Directory;
use wire::ids::{Device, Hash, Org, Vault};

use crate::file::{EndLine, EntryLine, FORMAT, Head, Line, VERSION, fixed, hex, statement, unhex};

/// The longest line: the directory of a large office.
const MAX_LINE: u64 = 64 << 20;

/// Why a file cannot be checked at all.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// It is no such file.
    #[error("not an exported access log")]
    NotOurFile,
    /// It was made by a newer version.
    #[error("made by a newer version")]
    Newer,
    /// A line is longer than any that this program writes.
    #[error("a line is too long")]
    Oversized,
    /// The file cannot be read.
    #[error("the file cannot be read")]
    Io(#[from] io::Error),
}

/// One log in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Log {
    /// Whose.
    pub device: String,
    /// Zero for the device's own, otherwise a restricted vault.
    pub book: String,
    /// The worker, as the exporter names them.
    pub worker: String,
    /// How many entries.
    pub entries: u64,
    /// The last one's name; equal in two files where both hold the same log.
    pub last: String,
    /// The place up to which the device has signed.
    pub sealed: u64,
    /// What is wrong, as `place: word`: `missing`, `rewritten`, `cut`, `forged`, or `unsealed` from that place on.
    pub faults: Vec<String>,
}

/// What the check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Nothing is wrong.
    pub ok: bool,
    /// The office.
    pub org: String,
    /// The device that made the file.
    pub exported_by: String,
    /// When, by its clock, ms.
    pub at: i64,
    /// The logs.
    pub logs: Vec<Log>,
    /// What is wrong with the file itself: `altered` (not as it was made), `truncated` (no last line), `line` (one that is
    /// none), `words` (words that say something else than the entry), `directory` or `exporter` (not of this office).
    pub faults: BTreeSet<String>,
}

/// The state of a check.
struct Checking {
    org: Org,
    directory: Option<Directory>,
    books: BTreeMap<(Device, Vault), Book>,
    faults: BTreeSet<&'static str>,
}

struct Book {
    check: Check,
    worker: String,
    last: Option<(u32, u64, Hash)>,
    sealed: u64,
}

/// Checks a file.
///
/// # Errors
/// [`Unreadable`] when it is no exported log, or cannot be read to its end.
pub fn check(mut input: impl BufRead) -> Result<Report, Unreadable> {
    let first = line(&mut input)?.ok_or(Unreadable::NotOurFile)?;
    let head: serde_json::Value =
        serde_json::from_str(&first).map_err(|_| Unreadable::NotOurFile)?;
    if head.get("format").and_then(|it| it.as_str()) != Some(FORMAT) {
        return Err(Unreadable::NotOurFile);
    }
    if head.get("version").and_then(|it| it.as_u64()) != Some(u64::from(VERSION)) {
        return Err(Unreadable::Newer);
    }
    let head: Head = serde_json::from_value(head).map_err(|_| Unreadable::NotOurFile)?;
    let org = fixed(&head.org)
        .map(Org::new)
        .ok_or(Unreadable::NotOurFile)?;
    let exporter = fixed(&head.exported_by).map(Device::new);
    let exporter = exporter.ok_or(Unreadable::NotOurFile)?;
    let mut checking = Checking {
        org,
        directory: directory(org, &head.directory),
        books: BTreeMap::new(),
        faults: BTreeSet::new(),
    };
    if checking.directory.is_none() {
        checking.faults.insert("directory");
    }
    let (mut digest, mut lines) = (Hash::of(&[Hash::ZERO.as_bytes(), first.as_bytes()]), 1_u64);
    let mut ended = false;
    while let Some(text) = line(&mut input)? {
        if ended {
            checking.faults.insert("altered");
            break;
        }
        match serde_json::from_str(&text) {
            Ok(Line::Entry(line)) => checking.entry(*line),
            Ok(Line::Seal(line)) => checking.seal(&line.seal),
            Ok(Line::End(end)) => {
                checking.end(&end, exporter, lines, digest);
                ended = true;
            }
            Err(_) => _ = checking.faults.insert("line"),
        }
        digest = Hash::of(&[digest.as_bytes(), text.as_bytes()]);
        lines = lines.saturating_add(1);
    }
    if !ended {
        checking.faults.insert("truncated");
    }
    Ok(checking.report(&head))
}

/// One line without its end; none at the end of the file.
fn line(input: &mut impl BufRead) -> Result<Option<String>, Unreadable> {
    let mut bytes = Vec::new();
    let read = input
        .by_ref()
        .take(MAX_LINE)
        .read_until(b'\n', &mut bytes)?;
    if read == 0 {
        return Ok(None);
    }
    if bytes.pop_if(|last| *last == b'\n').is_none() && read as u64 == MAX_LINE {
        return Err(Unreadable::Oversized);
    }
    // What is no text is a line that is none.
    Ok(Some(
        String::from_utf8(bytes).unwrap_or_else(|_| "\u{fffd}".to_owned()),
    ))
}

/// The directory, where all its operations hold and it is that of this office.
fn directory(org: Org, ops: &[String]) -> Option<Directory> {
    let ops: Vec<_> = ops.iter().map(|op| unhex(op)).collect::<Option<_>>()?;
    let (first, rest) = ops.split_first()?;
    let mut directory = Directory::open(first).ok()?;
    let received = directory.receive(rest.iter().map(Vec::as_slice));
    let whole = received.refused.is_empty() && received.held == 0 && directory.org() == org;
    whole.then_some(directory)
}

impl Checking {
    fn public(&self, device: Device) -> Option<[u8; 32]> {
        let directory = self.directory.as_ref()?;
        wire::rights::author_key(directory, device)
    }

    fn book(&mut self, device: Device, book: Vault) -> &mut Book {
        let org = self.org;
        self.books.entry((device, book)).or_insert_with(|| Book {
            check: Check::of(org, device, book),
            worker: String::new(),
            last: None,
            sealed: 0,
        })
    }

    fn entry(&mut self, line: EntryLine) {
        let read = || {
            let bytes = unhex(&line.entry)?;
            let entry = Entry::parse(&bytes).ok()?;
            let device = Device::new(fixed(&line.device)?);
            Some((bytes, entry, device, Vault::new(fixed(&line.book)?)))
        };
        let Some((bytes, entry, device, book)) = read() else {
            self.faults.insert("line");
            return;
        };
        let place = (line.device.as_str(), line.book.as_str());
        if EntryLine::of(&bytes, &entry, place, line.words.clone()) != line {
            self.faults.insert("words");
        }
        let book = self.book(device, book);
        book.check.entry(&bytes);
        book.worker = line.words.worker;
        book.last = book
            .last
            .max(Some((entry.incarnation, entry.seq, name_of(&bytes))));
    }

    fn seal(&mut self, text: &str) {
        let seal = unhex(text).and_then(|bytes| cbor::from_slice::<Seal>(&bytes).ok());
        let Some(seal) = seal else {
            self.faults.insert("line");
            return;
        };
        // A device that the directory does not know has signed nothing.
        let public = self.public(seal.device).unwrap_or_default();
        let org = self.org;
        let book = self.book(seal.device, seal.book);
        book.check.seal(&seal, org, &public);
        book.sealed = book.sealed.max(seal.seq);
    }

    fn end(&mut self, line: &EndLine, exporter: Device, lines: u64, digest: Hash) {
        #[cfg(test)]
        if crate::tests::UNSIGNED.get() {
            return;
        }
        let end = &line.end;
        if end.lines != lines || fixed(&end.sha256) != Some(*digest.as_bytes()) {
            self.faults.insert("altered");
        }
        let statement = statement(lines, *digest.as_bytes());
        let signed = self.public(exporter).zip(fixed(&end.signature));
        let holds = signed.is_some_and(|(public, signature)| {
            let kind = SignatureKind::Audit;
            verify(&public, kind, self.org.as_bytes(), &statement, &signature).is_ok()
        });
        if !holds {
            self.faults.insert("exporter");
        }
    }

    fn report(self, head: &Head) -> Report {
        let logs: Vec<Log> = self
            .books
            .into_iter()
            .map(|((device, book), kept)| {
                let last = kept.last.map(|(.., name)| hex(name.as_bytes()));
                let entries = kept.check.entries() as u64;
                let unsealed = kept.check.unsealed().map(|seq| said(seq, "unsealed"));
                let faults = kept.check.faults().into_iter();
                let faults = faults.map(|(seq, fault)| said(seq, fault.word()));
                Log {
                    device: hex(device.as_bytes()),
                    book: hex(book.as_bytes()),
                    worker: kept.worker,
                    entries,
                    last: last.unwrap_or_default(),
                    sealed: kept.sealed,
                    faults: faults.chain(unsealed).collect(),
                }
            })
            .collect();
        let ok = self.faults.is_empty() && logs.iter().all(|log| log.faults.is_empty());
        Report {
            ok,
            org: head.org.clone(),
            exported_by: head.exported_by.clone(),
            at: head.at,
            logs,
            faults: self.faults.into_iter().map(str::to_owned).collect(),
        }
    }
}

fn said(seq: u64, word: &str) -> String {
    format!("{seq}: {word}")
}
