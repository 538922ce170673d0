//! Restricted records in a world: who is named as a reader, what is written, and that nobody else knows of any.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use store::table::trust::Signed;
use wire::ids::Device;

use super::super::{attempt, call, id};
use super::Kind;
use super::world::World;
use crate::{App, ErrorCode};

/// A note that only some may read.
pub(super) struct Secret {
    pub(super) text: String,
    /// The note, and the vault in which it lies.
    note: String,
    vault: String,
    home: usize,
    pub(super) by: usize,
    /// The laptops that were named, that of its author included.
    readers: BTreeSet<usize>,
    /// How much had been written in the world.
    pub(super) number: usize,
    /// Who was out as far as its author knew.
    pub(super) knew: BTreeSet<Device>,
    /// It may have been on no other laptop when an old copy took this one's place.
    pub(super) gone: bool,
}

fn listed(app: &mut App) -> Vec<Value> {
    let list = call(app, "restricted.list", json!({}));
    list["items"].as_array().unwrap().clone()
}

fn open(app: &mut App, vault: &str) -> Result<Value, ErrorCode> {
    let asked = json!({ "id": vault, "reason": "確認のため" });
    attempt(app, "restricted.open", asked).map_err(|error| error.code)
}

fn bytes(id: &str) -> [u8; 16] {
    id.parse::<domain::DocId>().unwrap().to_bytes()
}

impl World {
    /// A restricted note: for one or two others, or in a record that this laptop reads already.
    pub(super) fn restrict(&mut self, at: usize) {
        if self.kind == Kind::Plain {
            return;
        }
        let (home, again) = (self.dice.roll(self.homes.len()), self.dice.roll(3) > 0);
        let mut known = self.secrets.iter().rev();
        let known = known.find(|it| again && it.readers.contains(&at));
        let known = known.map(|it| (it.vault.clone(), it.readers.clone(), it.home));
        let (home, readers) = if let Some((vault, readers, home)) = &known {
            // It may not have come yet; then what is written makes another one.
            let _ = open(&mut self.desks[at].app, vault);
            (*home, readers.clone())
        } else {
            let mut readers = BTreeSet::from([at]);
            for _ in 0..=self.dice.roll(2) {
                readers.insert(self.dice.roll(self.desks.len()));
            }
            (home, readers)
        };
        let text = format!("極秘のしるし<{at}-{}>", self.secrets.len());
        let named = readers.iter().filter(|reader| **reader != at);
        let named: Vec<_> = named
            .map(|reader| self.desks[*reader].app.identity.worker.clone())
            .collect();
        let wish = json!({ "householdId": self.homes[home].id, "text": text, "restrictTo": named });
        let knew = self.out_as_known(at);
        let app = &mut self.desks[at].app;
        match attempt(app, "note.create", wish) {
            Ok(view) => {
                let note = id(&view);
                let holds = |entry: &Value| entry["id"] == *note;
                let of = listed(app).into_iter();
                let mut of = of.filter(|it| it["entries"].as_array().unwrap().iter().any(holds));
                let vault = id(&of.next().unwrap());
                if known.is_some_and(|(known, ..)| known == vault) {
                    self.happens("a restricted record was written on");
                }
                self.happens("a record was restricted");
                self.secrets.push(Secret {
                    text,
                    note,
                    vault,
                    home,
                    by: at,
                    readers,
                    number: self.written.len(),
                    knew,
                    gone: false,
                });
            }
            Err(error) => {
                // The household is not here or with another team; somebody has left; nobody else was named.
                let expected = [
                    ErrorCode::NotFound,
                    ErrorCode::MovedAway,
                    ErrorCode::UnknownWorker,
                    ErrorCode::TooFewReaders,
                ];
                assert!(expected.contains(&error.code), "{error:?}");
            }
        }
    }

    pub(super) fn check_secrets(&mut self) {
        let secrets = std::mem::take(&mut self.secrets);
        for secret in &secrets {
            for at in 0..self.desks.len() {
                if !secret.readers.contains(&at) {
                    self.knows_nothing_of(at, secret);
                }
            }
        }
        for secret in &secrets {
            // Of somebody who is out it may not have been heard.
            if secret.gone || self.is_out(secret.by) {
                continue;
            }
            for at in secret.readers.iter().copied() {
                if self.is_out(at) {
                    continue;
                }
                let app = &mut self.desks[at].app;
                let opened = open(app, &secret.vault);
                let note = attempt(app, "note.get", json!({ "id": secret.note }));
                let read = note.map(|note| note["text"] == *secret.text);
                assert!(
                    opened.is_ok() && matches!(read, Ok(true)),
                    "{at} is a reader and lacks {}: {opened:?}, {read:?}",
                    secret.text
                );
            }
        }
        self.secrets = secrets;
    }

    /// No title, no count, no hit and no key.
    fn knows_nothing_of(&mut self, at: usize, secret: &Secret) {
        let homes: Vec<_> = self.homes.iter().map(|home| home.id.clone()).collect();
        let app = &mut self.desks[at].app;
        let vault = bytes(&secret.vault);
        let is_there = app.store.read(|reader| {
            let boxes = reader.signed_of(Signed::Keybox, &vault)?;
            let documents = reader.documents_in(&vault)?;
            Ok::<_, store::Error>(
                reader.vault(&vault)?.is_some() || !boxes.is_empty() || !documents.is_empty(),
            )
        });
        let mut views = vec![
            call(app, "restricted.list", json!({})),
            call(app, "search", json!({ "text": secret.text })),
            call(app, "today.get", json!({})),
        ];
        for home in homes {
            views.extend(attempt(app, "household.get", json!({ "id": home })).ok());
        }
        let names = [&secret.note, &secret.vault, &secret.text];
        let shown = views.iter().map(Value::to_string);
        let told = shown.filter(|view| names.iter().any(|name| view.contains(name.as_str())));
        assert!(
            !is_there.unwrap() && told.count() == 0,
            "{at} is no reader and knows of {}",
            secret.text
        );
    }
}
