//! One write: everything that an operation changes, in one transaction.
//!
//! [`Write`] makes edits at the version the person was looking at, keeps the raw changes, and at the
//! end brings snapshot, projections, search rows and the undo step up to date.
//!
//! # Invariants
//!
//! - All or nothing: a refused operation leaves no row, and documents that it touched are closed.
//! - Every edit leaves its inverse in the undo step.

use std::collections::BTreeSet;

use record::{DocKey, Document, Edit, Kind, Pen, Version};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::table::change::ChangeRow;
use store::table::document::DocumentRow;
use store::{Chunks, Transaction};

use crate::documents::{self, Documents};
use crate::environment::{Environment, new_id};
use crate::error::{AppError, ErrorCode, Result};
use crate::exchange::ledger::newer_in;
use crate::facts::said::{self, DELETED, FIELDS, OPENED, Said};
use crate::identity::Identity;
use crate::look::Look;
use crate::names::Names;
use crate::project;
use crate::team;
use crate::trust::{self, Trust};
use wire::ids::Group;

/// How to take one edit back.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub(crate) enum Step {
    /// A register: what stood there before, what was put.
    Put {
        doc: [u8; 16],
        map: String,
        key: String,
        before: Vec<Said>,
        after: Value,
    },
    /// A text: what stood there before, and the version right after.
    Text {
        doc: [u8; 16],
        before: String,
        after: String,
    },
    /// Statements: the spans before, and the version right after.
    Marks {
        doc: [u8; 16],
        before: Vec<(usize, usize, record::Statement)>,
        after: String,
    },
}

/// The write that an operation works with.
pub(crate) struct Write<'a, 't> {
    pub(crate) tx: &'a Transaction<'t>,
    pub(crate) documents: &'a mut Documents,
    pub(crate) environment: &'a mut dyn Environment,
    pub(crate) identity: &'a Identity,
    pub(crate) names: &'a Names,
    pub(crate) now: i64,
    pub(crate) trust: &'a Trust,
    pub(crate) chunks: &'a Chunks,
    pub(crate) touched: BTreeSet<String>,
    pub(crate) steps: Vec<Step>,
    /// The record that the operation is about, for the undo step.
    pub(crate) about: Option<[u8; 16]>,
    changed: BTreeSet<DocKey>,
    written: BTreeSet<DocKey>,
}

impl<'a, 't> Write<'a, 't> {
    pub(crate) fn new(
        tx: &'a Transaction<'t>,
        documents: &'a mut Documents,
        environment: &'a mut dyn Environment,
        identity: &'a Identity,
        names: &'a Names,
        trust: &'a Trust,
        chunks: &'a Chunks,
    ) -> Self {
        let now = environment.now();
        Self {
            tx,
            documents,
            environment,
            identity,
            names,
            now,
            trust,
            chunks,
            touched: BTreeSet::new(),
            steps: Vec::new(),
            about: None,
            changed: BTreeSet::new(),
            written: BTreeSet::new(),
        }
    }

    /// A new id.
    pub(crate) fn id(&mut self) -> [u8; 16] {
        new_id(self.environment, self.now)
    }

    /// Opens a new document in a vault, with its first fields.
    pub(crate) fn begin(
        &mut self,
        kind: Kind,
        vault: [u8; 16],
        fields: Vec<(&'static str, Value)>,
        text: Option<String>,
    ) -> Result<[u8; 16]> {
        let doc = self.id();
        self.begin_as(DocKey::new(kind, vault, doc), fields, text)?;
        Ok(doc)
    }

    /// Opens a new document under a given name.
    pub(crate) fn begin_as(
        &mut self,
        key: DocKey,
        fields: Vec<(&'static str, Value)>,
        text: Option<String>,
    ) -> Result<()> {
        self.must_understand(&key.vault)?;
        self.must_read(&key.vault)?;
        self.tx.put_document(&documents::row(key))?;
        self.documents.keep(Document::genesis(key));
        self.changed.insert(key);
        self.written.insert(key);
        let mut edits = vec![put(FIELDS, OPENED, json!(true))];
        edits.extend(
            fields
                .into_iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(name, value)| put(FIELDS, name, value)),
        );
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            edits.push(Edit::Text(text));
        }
        self.write(key, None, &edits)?;
        // Taking back a creation is one tombstone, not a walk through its fields.
        self.steps.push(Step::Put {
            doc: key.doc,
            map: FIELDS.to_owned(),
            key: DELETED.to_owned(),
            before: vec![Said {
                value: json!({ "reason": "undo" }),
                by: said::hex(self.identity.device.get(..8).unwrap_or_default()),
                at: self.now,
            }],
            after: Value::Null,
        });
        Ok(())
    }

    /// Opens a document of a known name in another vault, with nothing in it yet. Until the one of that name is hidden, it
    /// shows nowhere.
    pub(crate) fn begin_copy(&mut self, key: DocKey) -> Result<()> {
        self.must_understand(&key.vault)?;
        self.tx.put_document(&documents::row(key))?;
        self.documents.keep(Document::genesis(key));
        self.changed.insert(key);
        self.written.insert(key);
        Ok(())
    }

    /// Makes edits in an open document as of a time that is past, ms, with no way to take them back.
    pub(crate) fn write_as_of(
        &mut self,
        key: DocKey,
        base: Option<&Version>,
        edits: &[Edit],
        at: i64,
    ) -> Result<()> {
        let now = std::mem::replace(&mut self.now, at);
        let written = self.write(key, base, edits);
        self.now = now;
        written.map(|_| ())
    }

    /// Makes edits in a document of this kind, at `base`, and remembers how to take them back.
    pub(crate) fn edit(
        &mut self,
        doc: &[u8; 16],
        kind: Kind,
        base: Option<&str>,
        edits: &[Edit],
    ) -> Result<()> {
        let row = self
            .tx
            .document(doc)?
            .filter(|row| row.kind == kind.as_str())
            .ok_or(ErrorCode::NotFound)?;
        self.edit_row(&row, base, edits)
    }

    /// Refuses to write where a newer program said that older ones must not. The office's own vault stays open: what is in
    /// it keeps no case, and without it nothing could leave this laptop.
    fn must_understand(&self, vault: &[u8; 16]) -> Result<()> {
        let stops =
            *vault != self.identity.office_vault && self.tx.count_held_for(&newer_in(vault))? > 0;
        if stops {
            return Err(ErrorCode::NeedsNewer.into());
        }
        Ok(())
    }

    /// Refuses to write into a case that went to a team which this device is not in: nobody would count it.
    fn must_read(&self, vault: &[u8; 16]) -> Result<()> {
        match self.tx.moved(vault)? {
            Some(moved) if !moved.reads => {
                let team = team::named(self.names, Group::new(moved.team)).name;
                Err(AppError::new(ErrorCode::MovedAway).with("team", team))
            }
            _ => Ok(()),
        }
    }

    /// The same for a document of any kind.
    pub(crate) fn edit_row(
        &mut self,
        row: &DocumentRow,
        base: Option<&str>,
        edits: &[Edit],
    ) -> Result<()> {
        let base = base.map(parse_version).transpose()?;
        self.must_understand(&row.vault)?;
        self.must_read(&row.vault)?;
        let document = self.documents.open(self.tx, row)?;
        let key = document.key();
        let mut inverse = Vec::new();
        let mut text_before = None;
        let mut marks_before = None;
        {
            let view = document.view(base.as_ref().filter(|base| document.knows(base)));
            for edit in edits {
                match edit {
                    Edit::Put {
                        map,
                        key: register,
                        value,
                    } => inverse.push(Step::Put {
                        doc: key.doc,
                        map: (*map).to_owned(),
                        key: register.clone(),
                        before: said::all(&view, map, register),
                        after: value.clone(),
                    }),
                    Edit::Text(_) => text_before = Some(view.text()),
                    Edit::Mark { .. } | Edit::Unmark { .. } => {
                        marks_before = Some(
                            view.spans()
                                .into_iter()
                                .map(|s| (s.start, s.end, s.statement))
                                .collect::<Vec<_>>(),
                        );
                    }
                }
            }
        }
        let after = self.write(key, base.as_ref(), edits)?;
        if let Some(before) = text_before {
            inverse.push(Step::Text {
                doc: key.doc,
                before,
                after: after.to_string(),
            });
        }
        if let Some(before) = marks_before {
            inverse.push(Step::Marks {
                doc: key.doc,
                before,
                after: after.to_string(),
            });
        }
        self.steps.extend(inverse);
        Ok(())
    }

    /// Writes into an open document and keeps the raw changes. Gives the version right after.
    fn write(&mut self, key: DocKey, base: Option<&Version>, edits: &[Edit]) -> Result<Version> {
        let dir_head = self.trust.dir_head();
        let roster_head = trust::roster_head(self.tx, &self.trust.directory, &key.vault)?;
        let environment = &mut *self.environment;
        let mut nonce = || {
            let mut bytes = [0; 8];
            environment.fill(&mut bytes);
            bytes
        };
        let mut pen = Pen {
            device: self.identity.device,
            at: self.now,
            nonce: &mut nonce,
        };
        let document = self.documents.get(&key).ok_or(ErrorCode::Internal)?;
        self.changed.insert(key);
        self.written.insert(key);
        let changes = document.write(&mut pen, base, edits)?;
        // An edit that changes nothing writes nothing.
        let after = changes.last().map_or_else(
            || base.cloned().unwrap_or_else(|| document.version()),
            |last| Version::from_hashes(vec![last.hash]),
        );
        for change in changes {
            let row = ChangeRow {
                vault: key.vault,
                doc: key.doc,
                hash: change.hash,
                bytes: change.bytes,
                device: self.identity.device,
                at: self.now,
                dir_head,
                roster_head,
            };
            self.tx.put_change(&row, None)?;
        }
        Ok(after)
    }

    /// A document, for reading within the write.
    pub(crate) fn read(&mut self, doc: &[u8; 16], kind: Kind) -> Result<&mut Document> {
        self.documents.of_kind(self.tx, doc, kind)
    }

    /// The vault of a document.
    pub(crate) fn vault_of(&self, doc: &[u8; 16], kind: Kind) -> Result<[u8; 16]> {
        let row = self
            .tx
            .document(doc)?
            .filter(|row| row.kind == kind.as_str())
            .ok_or(ErrorCode::NotFound)?;
        Ok(row.vault)
    }

    /// Founds a vault for a new case, intake or memo, readable by the named team, or else by the worker's own.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidValue`] when this device is in no such team.
    pub(crate) fn open_vault(&mut self, team: Option<&str>) -> Result<[u8; 16]> {
        let group = team::chosen(self.tx, self.identity, self.trust, self.names, team)?;
        trust::found_case_vault(self.tx, self.identity, self.trust, group)
    }

    /// The household of a person document.
    pub(crate) fn household_of(&mut self, person: &[u8; 16]) -> Result<[u8; 16]> {
        let document = self.read(person, Kind::Person)?;
        let household = said::string(&document.view(None), said::HOUSEHOLD);
        let id: domain::DocId = household
            .and_then(|id| id.parse().ok())
            .ok_or(ErrorCode::NotFound)?;
        Ok(id.to_bytes())
    }

    /// A look at what has been written so far.
    pub(crate) fn look(&mut self) -> Look<'_, 't> {
        Look {
            reader: self.tx,
            documents: self.documents,
            names: self.names,
            identity: self.identity,
            directory: &self.trust.directory,
            chunks: self.chunks,
            now: self.now,
        }
    }

    /// Takes note that something a screen may show is stale.
    pub(crate) fn touch(&mut self, tag: impl Into<String>) {
        self.touched.insert(tag.into());
    }

    /// Brings snapshots, projections and the index of every changed document up to date.
    pub(crate) fn settle(&mut self) -> Result<()> {
        for key in std::mem::take(&mut self.changed) {
            // Opened anew where the write went through more documents than stay open.
            let row = documents::row(key);
            // A bare id answers for the vault it was first seen in.
            let answers = self.tx.document(&key.doc)?;
            let document = self.documents.open(self.tx, &row)?;
            if answers.is_some_and(|other| other.vault != key.vault) {
                project::snapshot(self.tx, document)?;
            } else {
                project::store(self.tx, document, &mut self.touched)?;
            }
        }
        Ok(())
    }

    /// The documents that the write has touched, to be closed when it is refused.
    pub(crate) fn changed(&self) -> Vec<DocKey> {
        self.written.iter().copied().collect()
    }

    /// Settles, and keeps the undo step.
    pub(crate) fn finish(&mut self, op: &str) -> Result<BTreeSet<String>> {
        self.settle()?;
        if !self.steps.is_empty() {
            let entries = serde_json::to_string(&self.steps)?;
            self.tx
                .push_undo(op, self.now, self.about, None, &entries)?;
        }
        Ok(std::mem::take(&mut self.touched))
    }
}

/// Makes an edit that puts a value into a register.
pub(crate) fn put(map: &'static str, key: impl Into<String>, value: Value) -> Edit {
    Edit::Put {
        map,
        key: key.into(),
        value,
    }
}

/// Reads a version that a request named.
pub(crate) fn parse_version(text: &str) -> Result<Version> {
    text.parse().map_err(|error: record::ParseVersionError| {
        AppError::new(ErrorCode::UnknownBase).because(error)
    })
}
