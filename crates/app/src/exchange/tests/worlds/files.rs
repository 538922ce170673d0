//! Attachments in a world: who reads the household has the file in the end, and of what was erased nobody has.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::super::attachments::text;
use super::super::{attempt, id};
use super::Kind;
use super::world::World;
use crate::ErrorCode;

/// A small file that was attached to a household.
pub(super) struct Attached {
    id: String,
    chunk: [u8; 32],
    pub(super) home: usize,
    pub(super) by: usize,
    /// How much had been written in the world.
    pub(super) number: usize,
    /// The order by which its household is erased names it.
    ordered: bool,
    /// It may have been on no other laptop when an old copy took this one's place.
    pub(super) gone: bool,
}

impl World {
    pub(super) fn attach(&mut self, at: usize) {
        if self.kind == Kind::Plain {
            return;
        }
        let home = self.dice.roll(self.homes.len());
        let bytes = text(1_000 + self.dice.roll(4_000), self.files.len());
        let wish = json!({
            "householdId": self.homes[home].id,
            "name": "記録.txt",
            "content": STANDARD.encode(bytes),
        });
        let app = &mut self.desks[at].app;
        match attempt(app, "attachment.add", wish) {
            Ok(view) => {
                let id = id(&view);
                let doc = id.parse::<domain::DocId>().unwrap().to_bytes();
                let chunks = app.store.read(|reader| {
                    let row = reader.document(&doc)?.unwrap();
                    reader.chunks_of(&row.vault, &doc)
                });
                self.files.push(Attached {
                    id,
                    chunk: chunks.unwrap()[0],
                    home,
                    by: at,
                    number: self.written.len(),
                    ordered: false,
                    gone: false,
                });
                self.happens("a file was attached");
            }
            Err(error) => {
                let expected = [ErrorCode::NotFound, ErrorCode::MovedAway];
                assert!(home > 0 && expected.contains(&error.code), "{error:?}");
            }
        }
    }

    /// An order is drawn up: it names what the administrator has.
    pub(super) fn files_are_ordered(&mut self, home: usize) {
        let admin = &mut self.desks[0].app;
        for file in self.files.iter_mut().filter(|file| file.home == home) {
            file.ordered = attempt(admin, "attachment.get", json!({ "id": file.id })).is_ok();
        }
    }

    pub(super) fn check_files(&mut self) {
        let files = std::mem::take(&mut self.files);
        for file in &files {
            let is_erased = self.homes[file.home].erased.is_some();
            for at in 0..self.desks.len() {
                if self.is_out(at) {
                    continue;
                }
                let reads = self.reads(at, file.home);
                let app = &mut self.desks[at].app;
                if is_erased {
                    let has = file.ordered && app.chunks.has(&file.chunk);
                    assert!(!has, "{at} keeps a file of {} that is erased", file.by);
                } else if reads && !file.gone && !self.is_out(file.by) {
                    let app = &mut self.desks[at].app;
                    let view = attempt(app, "attachment.get", json!({ "id": file.id }));
                    let local = view.map(|view| view["local"].clone());
                    let whole = json!({ "arrived": 1, "chunks": 1 });
                    assert!(
                        local.as_ref().is_ok_and(|local| *local == whole),
                        "{at} lacks the file of {}: {local:?}",
                        file.by
                    );
                }
            }
        }
        self.files = files;
    }
}
