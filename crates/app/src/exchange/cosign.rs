//! The second signature of a colleague (もう一人の管理者の署名): asking for it, giving it, and the acts that follow.
//!
//! What destroys takes two. The paper key of the recovery sheet is one way; this is the other: an administrator signs first
//! and asks a colleague, who sees on their own laptop what it is. What is asked lies in the office's settings, sealed to the
//! one who is asked; the answer goes the same way, by whatever way the two exchange.
//!
//! # Invariants
//!
//! - **Nobody signs what they do not see.** An act about what is not known here, or not readable, is not signed.
//! - **Whoever asked finishes**, at the next exchange that brings the answer: see [`wire::directory::Asked`].
//! - **One asks for one thing at a time**, of as many acts as there are: they follow one another in the chain of whoever asks,
//!   and are signed all or none. Where that chain goes on meanwhile, they are drafted and asked for anew.

pub(crate) mod view;

use std::collections::BTreeSet;

use record::Kind;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::table::projection::Order;
use wire::directory::{Act, Asked, Directory, DirectoryError, Draft, MAX_DRAFTS, Member, Op};
use wire::ids::{Device, Hash, Org};

use self::view::{AskCosign, CosignList};
use super::delivery::{Delivery, Grown};
use super::erase::retention::{days_of, rule_of};
use super::state;
use crate::App;
use crate::audit::Deed;
use crate::error::{AppError, ErrorCode, Result};
use crate::facts::said::{self, hex};
use crate::facts::settings::{COSIGN, SettingsFacts, WORKERS};
use crate::trust::Trust;
use crate::write::put;

/// The tags that went stale.
type Touched = Vec<String>;

/// What this device has asked for, as it is kept here.
#[derive(Serialize, Deserialize)]
struct Open {
    asked: String,
    /// When, ms.
    at: i64,
    /// Whether it cannot be done any more as things stand.
    void: bool,
}

impl Open {
    fn asked(&self) -> Result<Asked> {
        let damaged = |_| AppError::new(ErrorCode::StoreDamaged);
        let bytes = said::unhex_all(&self.asked).ok_or(ErrorCode::StoreDamaged)?;
        Asked::parse(&bytes).map_err(damaged)
    }
}

/// What became of it, as the settings say.
enum Answer {
    None,
    Declined,
    Signed(Vec<[u8; 64]>),
}

impl App {
    /// Asks a colleague to sign beside this device. Nothing is done before the answer comes.
    ///
    /// # Errors
    /// As the act itself with the paper key; [`ErrorCode::InvalidValue`] when there is no such act, or `colleague` is no other
    /// administrator's device that works; [`ErrorCode::CosignOther`] when another colleague is asked already,
    /// [`ErrorCode::CosignTooMany`].
    pub fn cosign_ask(&mut self, request: &AskCosign) -> Result<(CosignList, Touched)> {
        self.must_be_compared()?;
        self.must_be_admin()?;
        let invalid = |field| AppError::new(ErrorCode::InvalidValue).with("field", field);
        let second = crate::session::device_id(&request.colleague).map(Device::new);
        let second = second.filter(|it| self.colleagues().contains(it));
        let second = second.ok_or_else(|| invalid("colleague"))?;
        if self.open_request()?.is_some_and(|it| it.second() != second) {
            return Err(ErrorCode::CosignOther.into());
        }
        let device = || {
            let device = request
                .device
                .as_deref()
                .and_then(crate::session::device_id);
            device.ok_or_else(|| AppError::from(ErrorCode::UnknownDevice))
        };
        let mut reason = String::new();
        let acts = match request.act.as_str() {
            "revoke" => {
                let device = self.device_here(device()?)?;
                vec![self.revocation(device)?]
            }
            "wipe" => {
                let (act, why) = self.wiping(device()?, request.reason.as_deref())?;
                reason = why;
                vec![act]
            }
            "addAdmin" => vec![Act::AddAdmin {
                device: self.device_here(device()?)?,
            }],
            "removeAdmin" => vec![Act::RemoveAdmin {
                device: self.device_here(device()?)?,
            }],
            "erase" => {
                let order = request.order.as_deref().ok_or(ErrorCode::NotFound)?;
                vec![self.erasing_with_a_colleague(order)?]
            }
            "passErase" => {
                let pass = request.pass.as_deref().ok_or(ErrorCode::NotFound)?;
                let made = self.arrived(pass)?;
                let asked = self.open_request()?;
                let asked = asked.iter().flat_map(Asked::drafts);
                if asked.map(|it| it.op().act()).any(|act| made.orders(act)) {
                    return Ok((self.cosigns()?, Vec::new()));
                }
                // Before any order is drawn up.
                if self.pass_due(&made)? > MAX_DRAFTS {
                    return Err(ErrorCode::CosignTooMany.into());
                }
                self.pass_erasures(&made)?
            }
            "backupDays" => vec![rule_of(request.days.unwrap_or_default())?],
            "escrow" => {
                let made = self.made_here(request.set.as_deref().unwrap_or_default())?;
                vec![self.putting_in_force(made)?]
            }
            _ => return Err(invalid("act")),
        };
        let touched = self.ask(acts, second, reason)?;
        Ok((self.cosigns()?, touched))
    }

    /// What waits for a second signature: what this device asked for, and what it is asked for.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn cosigns(&self) -> Result<CosignList> {
        let own = match self.asked_here()? {
            Some(open) => Some(self.own_view(&open)?),
            None => None,
        };
        let waiting = self.asked_of_this()?;
        Ok(CosignList {
            own,
            waiting: waiting
                .iter()
                .map(|it| self.waiting_view(it))
                .collect::<Result<_>>()?,
            colleagues: self.colleague_views(),
        })
    }

    /// Who waits for this device's signature, by name.
    pub(super) fn cosigns_waiting(&self) -> Result<Vec<String>> {
        let asked = self.asked_of_this()?;
        Ok(asked.iter().map(|it| self.name_of(it.author())).collect())
    }

    /// Signs what a colleague asks for, all of it, or declines. `id` is its name, as it is listed.
    ///
    /// # Errors
    /// [`ErrorCode::NotAdmin`]; [`ErrorCode::CosignGone`] when it is not asked for any more;
    /// [`ErrorCode::CosignUnseen`] when some of it is not known or readable here. Nothing is signed then.
    pub fn cosign_answer(&mut self, id: &str, sign: bool) -> Result<(CosignList, Touched)> {
        self.must_be_compared()?;
        self.must_be_admin()?;
        let asked = self
            .asked_of_this()?
            .into_iter()
            .find(|it| it.id().to_string() == id);
        let asked = asked.ok_or(ErrorCode::CosignGone)?;
        let (key, value) = if sign {
            for draft in asked.drafts() {
                if !self.sees(draft.op().act())? {
                    return Err(ErrorCode::CosignUnseen.into());
                }
            }
            let copy = self.store.read(Trust::read)?.directory;
            let signatures = asked.sign(copy, &self.identity.sign).map_err(|error| {
                let code = match error {
                    DirectoryError::Incomplete { .. } => ErrorCode::CosignUnseen,
                    _ => ErrorCode::CosignGone,
                };
                AppError::new(code).because(error)
            })?;
            (signed_key(asked.id()), json!(hex(&signatures.concat())))
        } else {
            (declined_key(asked.id()), json!("1"))
        };
        let word = if sign { "cosign" } else { "cosignDecline" };
        let deed = Deed::on_device(*asked.author().as_bytes(), word);
        let touched = self.note(vec![(key, value)], None, Some(deed))?;
        Ok((self.cosigns()?, touched))
    }

    /// Takes back one of the acts that this device asked for, or all.
    ///
    /// # Errors
    /// [`ErrorCode::CosignGone`] when nothing of it waits any more.
    pub fn cosign_withdraw(&mut self, act: Option<&str>) -> Result<(CosignList, Touched)> {
        let open = self.asked_here()?.ok_or(ErrorCode::CosignGone)?;
        let asked = open.asked()?;
        let mut left = acts_of(&asked);
        match act {
            None => left.clear(),
            Some(act) => {
                let is_it = |it: &Draft| it.op().id().to_string() == act;
                let at = asked.drafts().iter().position(is_it);
                left.remove(at.ok_or(ErrorCode::CosignGone)?);
            }
        }
        let deed = Deed::of(wire::audit::Act::Device, "cosignWithdraw");
        let touched = if left.is_empty() {
            self.note(self.cleared(&asked)?, Some(None), Some(deed))?
        } else {
            self.lay_out(Some(&asked), &left, asked.second(), Some(deed))?
        };
        Ok((self.cosigns()?, touched))
    }

    /// Does what was asked for where the answer is here, and asks anew where this device's chain went on meanwhile. What
    /// cannot be done now is looked at again after the next exchange.
    pub(super) fn tend_asked(&mut self) -> Result<BTreeSet<String>> {
        let own = Device::new(self.identity.device);
        let may = self.must_be_compared().is_ok() && self.trust.directory.state().is_admin(own);
        let Some(open) = self.asked_here()?.filter(|it| may && !it.void) else {
            return Ok(BTreeSet::new());
        };
        let asked = open.asked()?;
        let directory = self.store.read(Trust::read)?.directory;
        if directory.goes_on_with(&asked) {
            return match self.answer_to(&asked)? {
                Answer::Signed(signatures) => self.finish(&asked, directory, &signatures),
                Answer::None | Answer::Declined => Ok(BTreeSet::new()),
            };
        }
        let touched = match self.lay_out(Some(&asked), &acts_of(&asked), asked.second(), None) {
            Err(error) if error.code == ErrorCode::CosignGone => {
                let void = Open { void: true, ..open };
                self.note(self.cleared(&asked)?, Some(Some(void)), None)?
            }
            laid => laid?,
        };
        Ok(touched.into_iter().collect())
    }

    /// Puts acts into the directory that both have signed.
    fn finish(
        &mut self,
        asked: &Asked,
        mut directory: Directory,
        signatures: &[[u8; 64]],
    ) -> Result<BTreeSet<String>> {
        let pairs = asked.drafts().iter().zip(signatures);
        let whole: Vec<_> = pairs.map(|(it, s)| it.with(asked.second(), *s)).collect();
        let received = directory.receive(whole.iter().map(Vec::as_slice));
        if received.new.len() != asked.drafts().len() {
            // Signatures that do not hold are none.
            return Ok(BTreeSet::new());
        }
        let ops: Vec<Op> = received.new;
        let puts_escrow = |op: &Op| matches!(op.act(), Act::Escrow { .. } | Act::EscrowSeat { .. });
        let escrow = ops.iter().any(puts_escrow);
        let done: Vec<Deed> = asked
            .drafts()
            .iter()
            .map(|it| Deed {
                reason: it.reason().to_owned(),
                ..super::acts::deed_of(it.op().act())
            })
            .collect();
        let grown = Grown::by(directory, ops);
        let (_, mut touched) = self.take_in(
            grown,
            &Delivery::default(),
            |_| Ok(()),
            |tx| {
                tx.drop_device_state(state::COSIGN)?;
                if escrow {
                    tx.drop_device_state(state::ESCROW)?;
                }
                Ok(())
            },
        )?;
        for deed in &done {
            self.log(deed)?;
        }
        touched.extend(self.note(self.cleared(asked)?, None, None)?);
        if escrow {
            self.keep_escrow()?;
        }
        let stale = [
            "devices", "status", "erasures", "escrow", "passes", "cosign",
        ];
        touched.extend(stale.map(str::to_owned));
        Ok(touched)
    }

    /// What this device asked for and may still be signed.
    fn open_request(&self) -> Result<Option<Asked>> {
        let Some(open) = self.asked_here()?.filter(|it| !it.void) else {
            return Ok(None);
        };
        let asked = open.asked()?;
        let is_declined = matches!(self.answer_to(&asked)?, Answer::Declined);
        Ok((!is_declined).then_some(asked))
    }

    /// Asks for more than is asked already; what was declined, or cannot be done any more, is left behind.
    fn ask(&mut self, more: Vec<Act>, second: Device, reason: String) -> Result<Touched> {
        let before = self.asked_here()?.map(|open| open.asked()).transpose()?;
        let mut acts = self
            .open_request()?
            .as_ref()
            .map(acts_of)
            .unwrap_or_default();
        acts.retain(|(old, _)| !more.iter().any(|new| stands_for(new, old)));
        acts.extend(more.into_iter().map(|act| (act, reason.clone())));
        let deed = Deed::on_device(*second.as_bytes(), "cosignAsk");
        let first = acts.last().map(|(act, _)| act.clone());
        let laid = self.lay_out(before.as_ref(), &acts, second, Some(deed));
        laid.map_err(|error| match first {
            Some(act) if error.code == ErrorCode::CosignGone => {
                self.refused(&act, DirectoryError::NoRight)
            }
            _ => error,
        })
    }

    /// Writes down what is asked, in the place of what was asked before.
    ///
    /// # Errors
    /// [`ErrorCode::CosignGone`] when the two may not do it as things stand; [`ErrorCode::CosignTooMany`].
    fn lay_out(
        &mut self,
        before: Option<&Asked>,
        acts: &[(Act, String)],
        second: Device,
        deed: Option<Deed>,
    ) -> Result<Touched> {
        if acts.len() > MAX_DRAFTS {
            return Err(ErrorCode::CosignTooMany.into());
        }
        let own = (Device::new(self.identity.device), &self.identity.sign);
        let directory = self.store.read(Trust::read)?.directory;
        let gone = |error: &dyn std::fmt::Display| {
            AppError::new(ErrorCode::CosignGone).because(error.to_string())
        };
        let asked = directory.draft(acts, own, second).map_err(|e| gone(&e))?;
        let kem = directory.state().devices.get(&second).map(Member::kem);
        let kem = kem.ok_or(ErrorCode::CosignGone)?;
        let sealed = asked
            .seal(Org::new(self.identity.org), &kem)
            .map_err(|e| gone(&e))?;
        let mut edits = match before {
            Some(before) => self.cleared(before)?,
            None => Vec::new(),
        };
        edits.push((asked_key(asked.id()), json!(hex(&sealed))));
        let open = Open {
            asked: hex(&asked.to_bytes()),
            at: self.environment.now(),
            void: false,
        };
        self.note(edits, Some(Some(open)), deed)
    }

    /// Writes into the office's settings, and what this device keeps of its own asking.
    fn note(
        &mut self,
        edits: Vec<(String, Value)>,
        open: Option<Option<Open>>,
        deed: Option<Deed>,
    ) -> Result<Touched> {
        let settings = self.identity.settings;
        let edits: Vec<_> = edits
            .into_iter()
            .map(|(key, value)| put(WORKERS, key, value))
            .collect();
        let kept = open
            .map(|open| open.map(|open| serde_json::to_vec(&open)).transpose())
            .transpose()?;
        let (_, touched) = self.apply_noted("cosign", |w| {
            w.edit(&settings, Kind::Settings, None, &edits)?;
            // Nobody takes this back by a key.
            w.steps.clear();
            match &kept {
                Some(Some(open)) => w.tx.put_device_state(state::COSIGN, open)?,
                Some(None) => w.tx.drop_device_state(state::COSIGN)?,
                None => {}
            }
            w.touch("cosign");
            w.touch("status");
            Ok(((), deed))
        })?;
        Ok(touched)
    }

    fn asked_here(&self) -> Result<Option<Open>> {
        let kept = self
            .store
            .read(|reader| reader.device_state(state::COSIGN))?;
        Ok(kept
            .map(|bytes| serde_json::from_slice(&bytes))
            .transpose()?)
    }

    /// What colleagues ask of this device and has no answer yet.
    fn asked_of_this(&self) -> Result<Vec<Asked>> {
        let own = Device::new(self.identity.device);
        let directory = &self.trust.directory;
        if !directory.state().is_admin(own) {
            return Ok(Vec::new());
        }
        let org = Org::new(self.identity.org);
        let said = self.settings_of_cosigning()?;
        let mut asked = Vec::new();
        for (key, value) in &said {
            let Some(sealed) = key.strip_suffix(ASKED).and_then(|_| said::unhex_all(value)) else {
                continue;
            };
            let keys = self.identity.receiving();
            let opened = keys
                .iter()
                .find_map(|key| Asked::open(org, key, &sealed).ok());
            let Some(opened) = opened.filter(|it| it.second() == own) else {
                continue;
            };
            let is_done = opened
                .drafts()
                .iter()
                .any(|it| directory.op(it.op().id()).is_some());
            let is_answered = !matches!(self.answer_to(&opened)?, Answer::None);
            if *key == asked_key(opened.id()) && !is_answered && !is_done {
                asked.push(opened);
            }
        }
        Ok(asked)
    }

    fn answer_to(&self, asked: &Asked) -> Result<Answer> {
        let said = self.settings_of_cosigning()?;
        let (signed, declined) = (signed_key(asked.id()), declined_key(asked.id()));
        let directory = &self.trust.directory;
        for (_, signatures) in said.iter().filter(|(key, _)| *key == signed) {
            let bytes = said::unhex_all(signatures).unwrap_or_default();
            let each = bytes.chunks_exact(64).filter_map(|it| it.try_into().ok());
            let each: Vec<_> = each.collect();
            if directory.is_signed_by_both(asked, &each) {
                return Ok(Answer::Signed(each));
            }
        }
        let is_declined = said.iter().any(|(key, _)| *key == declined);
        Ok(if is_declined {
            Answer::Declined
        } else {
            Answer::None
        })
    }

    /// Leaves nothing in the settings of what was asked.
    fn cleared(&self, asked: &Asked) -> Result<Vec<(String, Value)>> {
        let of_it = format!("{COSIGN}{}/", asked.id());
        let said = self.settings_of_cosigning()?.into_iter();
        let keys = said.map(|(key, _)| key).filter(|it| it.starts_with(&of_it));
        Ok(keys.map(|key| (key, Value::Null)).collect())
    }

    /// What the office's settings say of second signatures: keys and values. Everybody in the office writes there, so what
    /// matters is checked by its signature, and of several values each is looked at.
    fn settings_of_cosigning(&self) -> Result<Vec<(String, String)>> {
        self.store.read(|reader| {
            let mut said = Vec::new();
            for row in reader.projections("settings", None, Order::Ascending, None, 10)? {
                let facts: SettingsFacts = serde_json::from_str(&row.view)?;
                said.extend(facts.cosign);
            }
            Ok::<_, AppError>(said)
        })
    }

    /// The devices of other administrators that may sign today.
    fn colleagues(&self) -> BTreeSet<Device> {
        let office = self.trust.directory.state();
        let own = Device::new(self.identity.device);
        let admins = office.admins.iter().filter(|(device, admin)| {
            !admin.paper
                && **device != own
                && office.is_admin(**device)
                && !office.wiped.contains(device)
        });
        admins.map(|(device, _)| *device).collect()
    }

    /// Whether this device can see what an act does.
    fn sees(&self, act: &Act) -> Result<bool> {
        let office = self.trust.directory.state();
        Ok(match act {
            Act::Revoke { device, .. }
            | Act::Wipe { device }
            | Act::AddAdmin { device }
            | Act::RemoveAdmin { device } => office.devices.contains_key(device),
            Act::Policy { .. } => days_of(act).is_some(),
            Act::EscrowSeat { .. } => true,
            Act::Erase { order, records } => {
                let order = self
                    .store
                    .read(|reader| super::erase::effect::read(reader, order.as_bytes()))?;
                order.is_some_and(|it| wire::erase::digest(&it.records) == *records)
            }
            _ => false,
        })
    }
}

fn acts_of(asked: &Asked) -> Vec<(Act, String)> {
    let act = |it: &Draft| (it.op().act().clone(), it.reason().to_owned());
    asked.drafts().iter().map(act).collect()
}

/// Whether an act that is asked for takes the place of another that is asked for already.
fn stands_for(new: &Act, old: &Act) -> bool {
    match (new, old) {
        // As of now, not as of then.
        (Act::Revoke { device, .. }, Act::Revoke { device: old, .. }) => device == old,
        (Act::Policy { name, .. }, Act::Policy { name: old, .. }) => name == old,
        (Act::EscrowSeat { .. }, Act::EscrowSeat { .. }) => true,
        _ => new == old,
    }
}

const ASKED: &str = "/asked";

fn asked_key(id: Hash) -> String {
    format!("{COSIGN}{id}{ASKED}")
}

fn signed_key(id: Hash) -> String {
    format!("{COSIGN}{id}/signed")
}

fn declined_key(id: Hash) -> String {
    format!("{COSIGN}{id}/declined")
}
