//! The directory, before any record: asked for by its digest, so that it does not travel again when both sides have the
//! same.
//!
//! # Invariants
//!
//! - **Of one mind** are a hub and this device when neither lacked anything of the other. What the hub had then is kept by
//!   its digest, and so is what was here: whatever is new on either side makes all of it travel once more.
//! - A hub that says that there is nothing new can only withhold, as any hub can.

use std::collections::BTreeSet;

use sync::carrier::Method;
use wire::cbor;
use wire::hub::Notices;
use wire::ids::Hash;

use super::super::delivery::Delivery;
use super::super::state;
use super::{Conversation, Phase, Step};
use crate::App;
use crate::error::{AppError, Result};

/// What a hub and this device had when neither lacked anything of the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OneMind {
    theirs: Hash,
    ours: Hash,
    /// What digests in the hub's records stand for.
    heads: Vec<BTreeSet<Hash>>,
}

impl OneMind {
    fn to_bytes(&self) -> Vec<u8> {
        cbor::to_vec(&((self.theirs, self.ours), self.heads.clone()))
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let ((theirs, ours), heads) = cbor::from_slice(bytes).ok()?;
        Some(Self {
            theirs,
            ours,
            heads,
        })
    }
}

impl Conversation {
    pub(super) fn ask_for_directory(&mut self, app: &mut App) -> Result<Step> {
        let known = match self.colleague {
            Some(_) => None,
            None => app.of_one_mind()?,
        };
        let path = match &known {
            Some(known) => format!("/v1/directory?digest={}", known.theirs),
            None => "/v1/directory".to_owned(),
        };
        Ok(self.call(Phase::Directory(known), Method::Get, path, Vec::new()))
    }

    /// Takes the directory in, and gives the hub what it lacks of it.
    pub(super) fn directory(
        &mut self,
        app: &mut App,
        known: Option<OneMind>,
        theirs: &Notices,
    ) -> Result<Step> {
        if let Some(known) = known.filter(|_| theirs.is_empty()) {
            app.grow(&[], &known.heads)?;
            app.heard = true;
            self.heads = known.heads;
            app.must_exchange()?;
            self.lanes = self.shared_lanes(app);
            app.renew_team_keys()?;
            if app.news()?.digest() == known.ours {
                return self.read_next(app);
            }
            // New keys: what the hub lacks of them is told only beside all that it has.
            let path = "/v1/directory".to_owned();
            return Ok(self.call(Phase::Directory(None), Method::Get, path, Vec::new()));
        }
        let grown = app.grow(&theirs.directory, &theirs.heads)?;
        let delivery = Delivery {
            boxes: &theirs.boxes,
            heads: &theirs.heads,
            ..Delivery::default()
        };
        let came = app.take_in(grown, &delivery, |_| Ok(()), |_| Ok(()))?;
        self.brought.add(came, None);
        self.heads.clone_from(&theirs.heads);
        // Frozen, it may know of it, and do nothing else here.
        app.must_exchange()?;
        self.lanes = self.shared_lanes(app);
        // Boxes travel in front: whoever was just let in, or the escrow, reads nothing before it has one.
        app.renew_team_keys()?;
        let ours = app.news()?;
        let digest = ours.digest();
        let lacking = Notices {
            directory: without(ours.directory, &theirs.directory),
            boxes: without(ours.boxes, &theirs.boxes),
            heads: without(ours.heads, &theirs.heads),
        };
        if !lacking.is_empty() {
            return Ok(self.post(Phase::Noticed, "/v1/directory", &lacking));
        }
        if self.colleague.is_none() {
            app.keep_one_mind(&OneMind {
                theirs: theirs.digest(),
                ours: digest,
                heads: theirs.heads.clone(),
            })?;
        }
        self.read_next(app)
    }
}

impl App {
    /// What the hub had when it was last of one mind with this device, where nothing is new here since.
    fn of_one_mind(&mut self) -> Result<Option<OneMind>> {
        let kept = self
            .store
            .read(|reader| Ok::<_, AppError>(reader.device_state(state::HUB_DIRECTORY)?))?;
        let Some(kept) = kept.and_then(|bytes| OneMind::read(&bytes)) else {
            return Ok(None);
        };
        let ours = self.news()?.digest();
        Ok(Some(kept).filter(|kept| kept.ours == ours))
    }

    fn keep_one_mind(&mut self, mind: &OneMind) -> Result<()> {
        let bytes = mind.to_bytes();
        self.store
            .transact(|tx| tx.put_device_state(state::HUB_DIRECTORY, &bytes))?;
        Ok(())
    }
}

/// What of `ours` is not among `theirs`.
fn without<T: PartialEq + Ord>(ours: Vec<T>, theirs: &[T]) -> Vec<T> {
    let theirs: BTreeSet<&T> = theirs.iter().collect();
    ours.into_iter().filter(|it| !theirs.contains(it)).collect()
}
