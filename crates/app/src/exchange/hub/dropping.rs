//! Asking the hub to drop the ciphertext of what is destroyed here.
//!
//! Told once in each life of the hub's store: one that was restored from a backup has it again.

use sync::carrier::Reply;
use wire::hub::{Drop, Dropped};
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
        Ok(self.post(Phase::Dropping(order, generation), "/v1/drop", &drop))
    }

    pub(super) fn dropped(
        &mut self,
        app: &mut App,
        order: &[u8; 32],
        generation: &[u8; 16],
        reply: &Reply,
    ) -> Result<Step> {
        if refusal(reply).is_some() {
            // It was taken back meanwhile, or the hub is older than erasures are: perhaps next time.
            return self.begin_chunks(app);
        }
        let _: Dropped = heard(app, reply)?;
        app.store
            .transact(|tx| Ok::<_, AppError>(tx.set_order_told(order, generation)?))?;
        self.drop_next(app)
    }
}

/// An order, the hub's generation, and what is asked of it.
type Due = ([u8; 32], [u8; 16], Drop);

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
