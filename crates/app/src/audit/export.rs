//! The log as a file: whole and signed, for the stand-alone check; or as a table, to read.

use std::collections::BTreeMap;
use std::path::Path;

use domain::Lang;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use verifier::{Readable, Written};
use wire::audit::{Act, Seal};
use wire::cbor;
use wire::ids::{Device, Hash, Vault};

use super::{Deed, pages};
use crate::App;
use crate::error::{AppError, ErrorCode, Result};
use crate::exchange::file::{Stopped, failed, write_whole};
use crate::look::Look;
use crate::ops::audit::{AuditItem, ListAudit, Words, each};

/// A log that was written into a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct AuditExport {
    /// The file's name.
    pub file: String,
    /// Entries in it.
    #[ts(type = "number")]
    pub entries: u64,
    /// It can be checked by itself; a table cannot.
    pub checkable: bool,
}

/// One entry of a book with its names, or a seal.
type Lines = Vec<Written>;

impl App {
    /// Writes the log into a file. A name that ends in `.csv` gets a table of what `wish` asks for; any other gets every
    /// book that is here, whole, with its seals, signed by this device.
    ///
    /// # Errors
    /// [`ErrorCode::FileFailed`], [`ErrorCode::DiskFull`]; [`ErrorCode::InvalidValue`] for a wish that cannot be read.
    pub fn audit_export(
        &mut self,
        path: &Path,
        wish: &ListAudit,
        lang: Lang,
    ) -> Result<AuditExport> {
        self.must_be_compared()?;
        let name = path.file_name().unwrap_or_default();
        let file = name.to_string_lossy().into_owned();
        // That the log leaves stands in the log that leaves.
        self.log(&Deed::of(Act::ExportLog, file.clone()))?;
        let is_table = path
            .extension()
            .is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
        let entries = if is_table {
            self.write_table(path, wish, lang)?
        } else {
            self.write_log(path)?
        };
        Ok(AuditExport {
            file,
            entries,
            checkable: !is_table,
        })
    }

    fn write_log(&mut self, path: &Path) -> Result<u64> {
        let at = self.environment.now();
        let (lines, entries) = self.look(|look| lines(look, at))?;
        let directory: Vec<_> = self.trust.directory.ops().map(|op| op.to_bytes()).collect();
        let own = (Device::new(self.identity.device), &self.identity.sign);
        let org = self.trust.directory.org();
        write_whole(path, |out| {
            verifier::write(out, org, &directory, own, at, lines).map_err(|e| Stopped(failed(e)))
        })
        .map_err(|Stopped(error)| error)?;
        Ok(entries)
    }

    fn write_table(&mut self, path: &Path, wish: &ListAudit, lang: Lang) -> Result<u64> {
        let words = TableWords::read(lang);
        let (table, entries) = self.look(|look| table(look, wish, &words))?;
        write_whole(path, |out| {
            std::io::Write::write_all(out, table.as_bytes()).map_err(|e| Stopped(failed(e)))
        })
        .map_err(|Stopped(error)| error)?;
        Ok(entries)
    }
}

/// Every book with its seals; this device seals the end of its own anew.
fn lines(look: &mut Look<'_, '_>, at: i64) -> Result<(Lines, u64)> {
    let (mut lines, mut entries, mut words) = (Vec::new(), 0, Words::default());
    let own = look.identity.device;
    for book in pages::books(look)? {
        let device = Device::new(book.device);
        let mut last = None;
        for row in look.reader.audit_book(&book.device, &book.book)? {
            let item = words.item(look, &row)?;
            entries += 1;
            last = Some((row.incarnation, row.seq, Hash::new(row.hash)));
            lines.push(Written::Entry {
                device,
                book: book.book,
                bytes: row.bytes,
                words: readable(item),
            });
        }
        let seals = look.reader.audit_seals(&book.device, &book.book)?;
        lines.extend(seals.into_iter().map(Written::Seal));
        if let Some(place) = last.filter(|_| book.device == own) {
            let org = look.directory.org();
            let pen = (device, &look.identity.sign);
            let seal = Seal::make(org, pen, Vault::new(book.book), place, at);
            lines.push(Written::Seal(cbor::to_vec(&seal)));
        }
    }
    Ok((lines, entries))
}

fn readable(item: AuditItem) -> Readable {
    Readable {
        time: item.at,
        worker: item.worker.name,
        household_name: item.household.unwrap_or_default(),
        about: item.about.unwrap_or_default(),
    }
}

/// The words of a table.
struct TableWords(BTreeMap<String, String>);

impl TableWords {
    fn read(lang: Lang) -> Self {
        let all: BTreeMap<String, BTreeMap<String, String>> =
            serde_json::from_str(include_str!("../../words/audit.json")).unwrap_or_default();
        let key = match lang {
            Lang::Ja => "ja",
            Lang::En => "en",
        };
        let words = all.into_iter().filter_map(|(code, mut words)| {
            let word = words.remove(key)?;
            Some((code, word))
        });
        Self(words.collect())
    }

    fn of(&self, code: &str) -> String {
        self.0.get(code).cloned().unwrap_or_else(|| code.to_owned())
    }
}

const COLUMNS: [&str; 9] = [
    "time",
    "worker",
    "act",
    "household",
    "kind",
    "about",
    "number",
    "reason",
    "detail",
];

/// A table for spreadsheets: UTF-8 with its mark, lines with CR LF, and nothing in a cell that a spreadsheet would run.
fn table(look: &mut Look<'_, '_>, wish: &ListAudit, words: &TableWords) -> Result<(String, u64)> {
    let mut out = String::from("\u{feff}");
    let mut entries = 0;
    line(
        &mut out,
        COLUMNS.map(|column| words.of(&format!("column.{column}"))),
    );
    let mut known = Words::default();
    let mut request = ListAudit {
        after: None,
        limit: None,
        ..wish.clone()
    };
    loop {
        let next = each(look, &request, &mut known, |item| {
            entries += 1;
            let kind = match item.kind.as_str() {
                "" => String::new(),
                kind => words.of(&format!("kind.{kind}")),
            };
            let detail = match item.act.as_str() {
                "device" => words.of(&format!("did.{}", item.detail)),
                _ => item.detail,
            };
            line(
                &mut out,
                [
                    item.at,
                    item.worker.name,
                    words.of(&format!("act.{}", item.act)),
                    item.household.unwrap_or_default(),
                    kind,
                    item.about.unwrap_or_default(),
                    item.number.unwrap_or_default(),
                    item.reason.unwrap_or_default(),
                    detail,
                ],
            );
            true
        })?;
        if next.is_none() {
            return Ok((out, entries));
        }
        request.after = next;
    }
}

fn line(out: &mut String, cells: [String; 9]) {
    let cells = cells.map(|cell| {
        let runs = cell.starts_with(['\t', '\r', '\n'])
            || cell
                .trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}')
                .starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
        let safe = if runs { format!("'{cell}") } else { cell };
        format!("\"{}\"", safe.replace('"', "\"\""))
    });
    out.push_str(&cells.join(","));
    out.push_str("\r\n");
}

/// An exported log that cannot be checked at all, in the words of this program.
#[must_use]
pub fn unreadable(error: &verifier::Unreadable) -> AppError {
    let code = match error {
        verifier::Unreadable::NotOurFile => ErrorCode::NotOurFile,
        verifier::Unreadable::Newer => ErrorCode::NewerFormat,
        verifier::Unreadable::Oversized => ErrorCode::FileOversized,
        verifier::Unreadable::Io(_) => ErrorCode::FileFailed,
    };
    AppError::new(code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::classes::{Class, class};

    /// A Japanese spreadsheet takes the wide signs for the narrow ones, and looks behind blanks.
    #[test]
    fn no_cell_is_one_that_a_spreadsheet_runs() {
        let written = |cell: &str| {
            let mut out = String::new();
            line(&mut out, std::array::from_fn(|_| cell.to_owned()));
            out
        };
        for runs in [
            "=1+1",
            "+1",
            "-1",
            "@a",
            "\t=1",
            "\r=1",
            "\n=1",
            "＝1+1",
            "＋1",
            "－1",
            "＠a",
            " =1",
            "\u{3000}＝1",
            "\u{feff}=1",
        ] {
            assert!(written(runs).starts_with("\"'"), "{runs:?}");
        }
        for plain in ["", "訪問 = 1回", "見本家", "1-2", "'", "(=1)"] {
            assert!(
                written(plain).starts_with(&format!("\"{plain}\",")),
                "{plain}"
            );
        }
    }

    #[test]
    fn every_kind_that_is_noted_has_a_word_in_both_languages() {
        let kinds = crate::ops::NAMES
            .iter()
            .filter_map(|name| match class(name)? {
                Class::Opens(kind) | Class::Writes(kind) => Some(kind),
                _ => None,
            });
        let kinds: Vec<_> = kinds.chain(["restricted", "device"]).collect();
        assert!(kinds.len() > 20);
        for lang in [Lang::Ja, Lang::En] {
            let words = TableWords::read(lang);
            for kind in &kinds {
                let code = format!("kind.{kind}");
                assert_ne!(words.of(&code), code);
            }
            // Red control: of what nobody worded, the code stands there.
            assert_eq!(words.of("kind.peek"), "kind.peek");
        }
    }
}
