//! The office's escrow (預かり鍵): two of three holders open a laptop whose passphrase is forgotten, and, where every
//! administrator's laptop is lost, take a new one into the office ([`super::reentry`]).
//!
//! An administrator makes three shares (預かり札) on the screen, gives one each to three people, and puts the key in force with
//! the key of the recovery sheet beside. Each laptop seals the key of its store to it at its next opening, in the place of an
//! earlier escrow.
//!
//! # Invariants
//!
//! - **Nobody has the key.** It is drawn, parted and forgotten; shares are shown once and are kept on no laptop.
//! - **Shares that nobody holds are never in force**: making and putting in force are two steps.
//! - **A use is written before it has an effect**: in the office's settings and in the access log, in one transaction, before
//!   the new passphrase is set. Only a newer key ends the notice of it.
//! - **Everything on the laptop opens with it**, what is restricted there included; what is not on that laptop does not. With
//!   a hub, all that a team reads opens, and of what only named people read that alone for which one of them has said so
//!   ([`crate::ops::access`]).

pub(crate) mod view;

use std::path::Path;

use crypto::escrow::{EscrowKey, HOLDERS, JoinError, SetId, Share, ShareError, join};
use record::Kind;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{Secret, Store};
use wire::directory::{Act, DeviceKeys, escrow as seat};
use wire::ids::{Device, Org};

use self::view::{EscrowCards, EscrowCheck, EscrowView, MakeEscrow, card};
use super::found::write_settings;
use super::state;
use crate::App;
use crate::audit::Deed;
use crate::environment::Environment;
use crate::error::{AppError, ErrorCode, Result};
use crate::facts::said::{hex, unhex};
use crate::facts::settings::WORKERS;
use crate::ops::value::{Room, filled};
use crate::session::{self, Cost};
use crate::trust;
use crate::write::put;

/// The tags that went stale.
type Touched = Vec<String>;

/// A key that was made and is not in force yet. Nothing of the shares.
#[derive(Debug, Serialize, Deserialize)]
struct Made {
    /// The public halves, to open with and to sign with.
    kem: String,
    sign: String,
    /// The key's own word for this office; only it could give it, and it is gone.
    vow: String,
    holders: Vec<String>,
}

impl App {
    /// Makes three shares for three people. They are given once; an earlier key stays in force until [`App::escrow_sign`].
    ///
    /// # Errors
    /// [`ErrorCode::NotAdmin`]; [`ErrorCode::InvalidValue`] without three names that differ.
    pub fn escrow_make(&mut self, request: &MakeEscrow) -> Result<EscrowCards> {
        self.must_be_admin()?;
        let wrong = || AppError::new(ErrorCode::InvalidValue).with("field", "holders");
        let mut holders = Vec::new();
        for name in &request.holders {
            let name =
                filled("holders", Some(name.trim().to_owned()), Room::Line)?.ok_or_else(wrong)?;
            if holders.contains(&name) {
                return Err(wrong());
            }
            holders.push(name);
        }
        if holders.len() != HOLDERS {
            return Err(wrong());
        }
        let (key, shares) = crypto::escrow::make();
        let (keys, set) = (keys_of(&key), key.set());
        let made = Made {
            kem: hex(&keys.kem),
            sign: hex(&keys.sign),
            vow: hex(&seat::vow(&keys, Org::new(self.identity.org), &key.sign)),
            holders,
        };
        drop(key);
        let kept = serde_json::to_vec(&made)?;
        self.store
            .transact(|tx| Ok::<_, AppError>(tx.put_device_state(state::ESCROW, &kept)?))?;
        self.log(&Deed::of(wire::audit::Act::Device, "escrowMake"))?;
        Ok(EscrowCards {
            set: set.to_string(),
            cards: shares
                .iter()
                .zip(&made.holders)
                .map(|(share, holder)| card(share, holder))
                .collect::<Result<_>>()?,
        })
    }

    /// Puts the key in force whose shares were made here last.
    ///
    /// # Errors
    /// [`ErrorCode::NotAdmin`], [`ErrorCode::EscrowNotMade`], [`ErrorCode::NeedsSecond`] without the paper key,
    /// [`ErrorCode::InvalidValue`] when it is mistyped or another's.
    pub fn escrow_sign(&mut self, set: &str, paper: Option<&str>) -> Result<(EscrowView, Touched)> {
        let made = self.made_here(set)?;
        let paper = self.paper(paper)?;
        let act = self.putting_in_force(made)?;
        let mut touched = self.act(&act, Some(&paper))?;
        self.store
            .transact(|tx| Ok::<_, AppError>(tx.drop_device_state(state::ESCROW)?))?;
        self.keep_escrow()?;
        // A team that this laptop is not in does it at its next exchange.
        self.renew_team_keys()?;
        touched.extend(["escrow", "status"].map(str::to_owned));
        Ok((self.escrow()?, touched))
    }

    /// The key whose shares were made here last, where that is the set.
    pub(super) fn made_here(&self, set: &str) -> Result<(Act, SetId, Vec<String>)> {
        self.must_be_admin()?;
        let made = self.escrow_made()?.and_then(Made::into_act);
        made.filter(|(_, made, _)| made.to_string() == set.trim())
            .ok_or_else(|| ErrorCode::EscrowNotMade.into())
    }

    /// The act that puts a key in force, once it stands in the settings who holds its shares.
    pub(super) fn putting_in_force(
        &mut self,
        (act, set, holders): (Act, SetId, Vec<String>),
    ) -> Result<Act> {
        let settings = self.identity.settings;
        self.apply("escrow.sign", |w| {
            let edits: Vec<_> = (1..)
                .zip(&holders)
                .map(|(index, name)| put(WORKERS, holder_key(set, index), json!(name)))
                .collect();
            w.edit(&settings, Kind::Settings, None, &edits)?;
            // Nobody takes this back by a key.
            w.steps.clear();
            Ok(())
        })?;
        Ok(act)
    }

    /// Which share somebody holds, and whether it is of the key in force. The share is not kept.
    ///
    /// # Errors
    /// [`ErrorCode::EscrowRow`], [`ErrorCode::EscrowLength`], [`ErrorCode::EscrowNoShare`].
    pub fn escrow_check(&self, share: &str) -> Result<EscrowCheck> {
        let share = typed(share, 1)?;
        let in_force = self.escrow_in_force();
        let ours = self
            .trust
            .directory
            .ops()
            .any(|op| set_of(op.act()) == Some(share.set()));
        let standing = match (in_force == Some(share.set()), ours) {
            (true, _) => "inForce",
            (false, true) => "earlier",
            (false, false) => "unknown",
        };
        Ok(EscrowCheck {
            set: share.set().to_string(),
            index: share.index(),
            standing: standing.to_owned(),
        })
    }

    /// Seals the store's key to the escrow key in force, where it is not yet.
    pub(crate) fn keep_escrow(&mut self) -> Result<()> {
        let Some(escrow) = self.trust.directory.state().escrow else {
            return Ok(());
        };
        let public = escrow.kem;
        if self.store.escrow()? != Some(public) {
            self.store.change_escrow(&public)?;
        }
        Ok(())
    }

    /// Writes that the escrow was used here, and then sets the new passphrase.
    pub(crate) fn use_escrow(&mut self, set: SetId, passphrase: &str, cost: Cost) -> Result<()> {
        let (own, settings) = (Device::new(self.identity.device), self.identity.settings);
        let deed = Deed::of(wire::audit::Act::Device, "escrowUse");
        #[cfg(test)]
        tests::before_it_is_written(&mut self.store, passphrase, cost)?;
        if self.trust.directory.state().writes(own) {
            let at = json!(self.environment.now().to_string());
            let place = used_key(&set.to_string(), own);
            self.apply_noted("escrow.use", |w| {
                w.edit(&settings, Kind::Settings, None, &[put(WORKERS, place, at)])?;
                w.steps.clear();
                Ok(((), Some(deed)))
            })?;
        } else {
            // A device that writes no records has its own log.
            self.log(&deed)?;
        }
        #[cfg(test)]
        tests::stop_here()?;
        self.store.change_passphrase(passphrase, cost.params())?;
        self.log(&Deed::of(wire::audit::Act::Passphrase, String::new()))
    }

    /// Writes for the whole office that this device came in with two shares. Before, nothing is done in its store.
    pub(crate) fn note_entry(&mut self) -> Result<()> {
        let (set, worker) = self.store.read(|reader| {
            let set = reader.device_state(state::ENTERED)?;
            Ok::<_, AppError>((set, trust::read_worker(reader)?))
        })?;
        let Some(set) = set.and_then(|set| String::from_utf8(set).ok()) else {
            return Ok(());
        };
        let (device, settings) = (self.identity.device, self.identity.settings);
        let at = json!(self.environment.now().to_string());
        let place = used_key(&set, Device::new(device));
        // What the escrow opened of restricted records is told to their readers alone.
        let opened = self
            .store
            .read(|reader| reader.vaults_of_class(crate::restricted::CLASS))?;
        for row in opened {
            self.log(&Deed {
                kind: "restricted",
                subject: Some(row.vault),
                ..Deed::of(wire::audit::Act::Grant, "escrowEnter")
            })?;
        }
        self.apply_noted("escrow.enter", |w| {
            write_settings(w, Vec::new(), &device, &worker)?;
            w.edit(&settings, Kind::Settings, None, &[put(WORKERS, place, at)])?;
            w.steps.clear();
            w.tx.drop_device_state(state::ENTERED)?;
            let deed = Deed::of(wire::audit::Act::Device, "escrowEnter");
            Ok(((), Some(deed)))
        })?;
        Ok(())
    }

    fn escrow_in_force(&self) -> Option<SetId> {
        let escrow = self.trust.directory.state().escrow?;
        Some(SetId::of(&escrow.kem))
    }

    fn escrow_made(&self) -> Result<Option<Made>> {
        let kept = self
            .store
            .read(|reader| reader.device_state(state::ESCROW))?;
        Ok(kept
            .map(|bytes| serde_json::from_slice(&bytes))
            .transpose()?)
    }
}

/// Opens the store of a forgotten passphrase with two shares, and gives it a new passphrase.
///
/// # Errors
/// What is wrong with the shares, each told apart; [`ErrorCode::WeakPassphrase`]; as [`session::unlock`]. Then nothing is
/// changed.
pub(crate) fn open(
    dir: &Path,
    shares: &[String],
    passphrase: &str,
    cost: Cost,
    environment: Box<dyn Environment>,
) -> Result<App> {
    let key = key_of(shares)?;
    let sealed = Store::escrow_of(dir)?.ok_or(ErrorCode::EscrowNone)?;
    if sealed != key.kem.public() {
        return Err(ErrorCode::EscrowOther.into());
    }
    if !session::is_fair(passphrase) {
        return Err(ErrorCode::WeakPassphrase.into());
    }
    let store = Store::unlock(dir, Secret::Escrow(&key.kem))?;
    if store.read(trust::read_office)?.is_none() {
        return Err(ErrorCode::EscrowNone.into());
    }
    let mut app = App::open(store, environment)?;
    app.use_escrow(key.set(), passphrase, cost)?;
    Ok(app)
}

/// The key of two shares as they were typed.
pub(crate) fn key_of(shares: &[String]) -> Result<EscrowKey> {
    let [one, two] = shares else {
        return Err(ErrorCode::EscrowOne.into());
    };
    let (one, two) = (typed(one, 1)?, typed(two, 2)?);
    join(&one, &two).map_err(|error| {
        let code = match error {
            JoinError::Same => ErrorCode::EscrowSame,
            JoinError::OtherSet | JoinError::Forged => ErrorCode::EscrowMixed,
        };
        AppError::new(code).because(error)
    })
}

/// The key's public halves, as they stand in the directory.
pub(super) fn keys_of(key: &EscrowKey) -> DeviceKeys {
    DeviceKeys {
        sign: key.sign.public(),
        kem: key.kem.public(),
    }
}

/// The set of the escrow that an act puts in force.
fn set_of(act: &Act) -> Option<SetId> {
    match act {
        Act::Escrow { public } => Some(SetId::of(public)),
        Act::EscrowSeat { keys, .. } => Some(SetId::of(&keys.kem)),
        _ => None,
    }
}

impl Made {
    /// What puts the key in force, its set, and who holds the shares.
    fn into_act(self) -> Option<(Act, SetId, Vec<String>)> {
        let keys = DeviceKeys {
            sign: unhex(&self.sign)?,
            kem: unhex(&self.kem)?,
        };
        let vow = unhex(&self.vow)?;
        let set = SetId::of(&keys.kem);
        Some((Act::EscrowSeat { keys, vow }, set, self.holders))
    }
}

/// One share as it was typed; `place` is its number on the screen.
fn typed(text: &str, place: usize) -> Result<Share> {
    if text.trim().is_empty() && place > 1 {
        return Err(ErrorCode::EscrowOne.into());
    }
    Share::parse(text).map_err(|error| {
        let refused = match error {
            ShareError::Row { row } => {
                AppError::new(ErrorCode::EscrowRow).with("row", row.to_string())
            }
            ShareError::Length { typed } => {
                AppError::new(ErrorCode::EscrowLength).with("typed", typed.to_string())
            }
            ShareError::OtherKind => AppError::new(ErrorCode::EscrowNoShare),
        };
        refused.with("share", place.to_string()).because(error)
    })
}

/// Where the office's settings say who holds a share.
fn holder_key(set: SetId, index: usize) -> String {
    format!("escrow/{set}/{index}")
}

/// Where the office's settings say that a device was opened with a key.
fn used_key(set: &str, device: Device) -> String {
    format!("escrowUsed/{set}/{device}")
}

#[cfg(test)]
mod tests;
