//! Asking the hub to drop the ciphertext of what is destroyed here.
//!
//! Told once in each life of the hub's store: one that was restored from a backup has it again.

use std::collections::VecDeque;

use sync::carrier::Reply;
use wire::hub::{Drop, DropBlobs, Dropped, MAX_BATCH};
use wire::ids::Hash;

use super::super::erase::effect;
use super::{Conversation, Phase, Step, heard, refusal};
use crate::App;
use crate::error::{AppError, Result};

impl Conversation {
    /// Asks for the next order that this hub has not carried out; after the last one come the attachments.
    pub(super) fn drop_next(&mut self, app: &mut App) -> Result<Step> {
        let Some((order, generation, drop)) = app.next_drop()? else {
            return self.begin_chunks(app);
        };
        let phase = Phase::Dropping((order, generation, drop.clone()));
        Ok(self.post(phase, "/v1/drop", &drop))
    }

    pub(super) fn dropped(&mut self, app: &mut App, due: Due, reply: &Reply) -> Result<Step> {
        if refusal(reply).is_some() {
            // It was taken back meanwhile, or the hub is older than erasures are: perhaps next time.
            return self.begin_chunks(app);
        }
        let _: Dropped = heard(app, reply)?;
        let chunks = app
            .store
            .read(|reader| Ok::<_, AppError>(reader.erased_chunks(&due.0)?))?;
        let chunks = chunks.into_iter().map(Hash::new).collect();
        self.drop_chunks(app, due, chunks)
    }

    /// Asks for the chunks of an order's attachments, some at a time; after the last ones the hub has been told of the order.
    fn drop_chunks(&mut self, app: &mut App, due: Due, mut left: VecDeque<Hash>) -> Result<Step> {
        let some = left.len().min(MAX_BATCH);
        if some == 0 {
            app.store
                .transact(|tx| Ok::<_, AppError>(tx.set_order_told(&due.0, &due.1)?))?;
            return self.drop_next(app);
        }
        let asked = DropBlobs {
            op: due.2.op,
            records: due.2.records.clone(),
            blobs: left.drain(..some).collect(),
        };
        Ok(self.post(Phase::DroppingChunks(due, left), "/v1/blobs/drop", &asked))
    }

    pub(super) fn chunks_dropped(
        &mut self,
        app: &mut App,
        due: Due,
        left: VecDeque<Hash>,
        reply: &Reply,
    ) -> Result<Step> {
        match refusal(reply).as_deref() {
            // It keeps no attachments at all.
            Some("no_blobs") => self.drop_chunks(app, due, VecDeque::new()),
            Some(_) => self.begin_chunks(app),
            None => {
                let _: Dropped = heard(app, reply)?;
                self.drop_chunks(app, due, left)
            }
        }
    }
}

/// An order, the hub's generation, and what is asked of it.
pub(super) type Due = ([u8; 32], [u8; 16], Drop);

impl App {
    fn next_drop(&mut self) -> Result<Option<Due>> {
        let lane = self.identity.lane;
        let erasures = &self.trust.directory.state().erasures;
        self.store.read(|reader| {
            let Some(generation) = reader.feed(&lane)?.map(|row| row.generation) else {
                return Ok(None);
            };
            for row in reader.erasure_orders()? {
                if row.done.is_none() || row.told == Some(generation) {
                    continue;
                }
                let signed = erasures
                    .iter()
                    .find(|(_, erasure)| erasure.order == Hash::new(row.id) && !erasure.cancelled);
                if let (Some((op, _)), Some(order)) = (signed, effect::read(reader, &row.id)?) {
                    let (op, records) = (*op, order.records);
                    return Ok(Some((row.id, generation, Drop { op, records })));
                }
            }
            Ok(None)
        })
    }
}
