//! What waits for a second signature, as the window and the command line show it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use wire::directory::{Act, Asked, Draft};

use super::{Answer, Open};
use crate::App;
use crate::error::Result;
use crate::exchange::erase::retention::days_of;
use crate::facts::said::hex;
use crate::look;

/// Asks a colleague to sign beside this device.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export, optional_fields)]
pub struct AskCosign {
    /// The colleague's device, an administrator's.
    pub colleague: String,
    /// `revoke`, `wipe`, `addAdmin`, `removeAdmin`, `erase`, `passErase`, `escrow`, or `backupDays`.
    pub act: String,
    /// Of the first four: the device that it is about.
    pub device: Option<String>,
    /// Of `wipe`: why, for the access log.
    pub reason: Option<String>,
    /// Of `erase`: the order that was drawn up.
    pub order: Option<String>,
    /// Of `passErase`: what was passed on.
    pub pass: Option<String>,
    /// Of `escrow`: the shares that were made here.
    pub set: Option<String>,
    /// Of `backupDays`: how many.
    pub days: Option<u32>,
}

/// What waits for a second signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, optional_fields)]
pub struct CosignList {
    /// What this device asked a colleague to sign.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own: Option<CosignView>,
    /// What colleagues ask of this device.
    pub waiting: Vec<CosignView>,
    /// Who can be asked.
    pub colleagues: Vec<ColleagueView>,
}

/// One who can be asked for the second signature: another administrator's device that works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ColleagueView {
    /// The device's pseudonym.
    pub device: String,
    /// Who works with it.
    pub name: String,
}

/// Acts that are signed all or none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, optional_fields)]
pub struct CosignView {
    /// Names it: a hash.
    pub id: String,
    /// The other one's device: who is asked, or who asks.
    pub device: String,
    /// Who works with it.
    pub name: String,
    /// `waiting`, `declined`, `signed` (done at the next exchange), or `void` (cannot be done any more as things stand).
    pub state: String,
    /// When this device asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// What it is about, in order.
    pub acts: Vec<CosignAct>,
}

/// One act that takes two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, optional_fields)]
pub struct CosignAct {
    /// Names it, to take it back alone.
    pub id: String,
    /// `revoke`, `wipe`, `addAdmin`, `removeAdmin`, `erase`, `escrow`, `backupDays`, or `unknown`.
    pub act: String,
    /// The device that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// Who works with that device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The order of an erasure, as the register names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// How long backups are to be kept, days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<u32>,
    /// Of an escrow key: who is to hold its shares.
    pub holders: Vec<String>,
    /// Why, in the words of whoever asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether this device sees what it does; else it is not signed here.
    pub seen: bool,
}

impl App {
    pub(super) fn own_view(&self, open: &Open) -> Result<CosignView> {
        let asked = open.asked()?;
        let state = match self.answer_to(&asked)? {
            _ if open.void => "void",
            Answer::None => "waiting",
            Answer::Declined => "declined",
            Answer::Signed(_) => "signed",
        };
        Ok(CosignView {
            device: hex(asked.second().as_bytes()),
            name: self.name_of(asked.second()),
            state: state.to_owned(),
            at: Some(look::instant(self.identity.zone, open.at)),
            ..self.waiting_view(&asked)?
        })
    }

    pub(super) fn waiting_view(&self, asked: &Asked) -> Result<CosignView> {
        let acts = asked.drafts().iter().map(|it| self.act_view(it));
        Ok(CosignView {
            id: asked.id().to_string(),
            device: hex(asked.author().as_bytes()),
            name: self.name_of(asked.author()),
            state: "waiting".to_owned(),
            at: None,
            acts: acts.collect::<Result<_>>()?,
        })
    }

    pub(super) fn colleague_views(&self) -> Vec<ColleagueView> {
        let view = |device: wire::ids::Device| ColleagueView {
            device: hex(device.as_bytes()),
            name: self.name_of(device),
        };
        self.colleagues().into_iter().map(view).collect()
    }

    fn act_view(&self, draft: &Draft) -> Result<CosignAct> {
        let act = draft.op().act();
        let (word, device, order, days) = match act {
            Act::Revoke { device, .. } => ("revoke", Some(*device), None, None),
            Act::Wipe { device } => ("wipe", Some(*device), None, None),
            Act::AddAdmin { device } => ("addAdmin", Some(*device), None, None),
            Act::RemoveAdmin { device } => ("removeAdmin", Some(*device), None, None),
            Act::Erase { order, .. } => ("erase", None, Some(order.to_string()), None),
            Act::EscrowSeat { .. } => ("escrow", None, None, None),
            Act::Policy { .. } => match days_of(act) {
                Some(days) => ("backupDays", None, None, Some(days)),
                None => ("unknown", None, None, None),
            },
            _ => ("unknown", None, None, None),
        };
        let holders = match act {
            Act::EscrowSeat { keys, .. } => self.escrow_holders(&keys.kem)?,
            _ => Vec::new(),
        };
        let reason = draft.reason();
        Ok(CosignAct {
            id: draft.op().id().to_string(),
            act: word.to_owned(),
            device: device.map(|it| hex(it.as_bytes())),
            name: device.map(|it| self.name_of(it)),
            order,
            days,
            holders,
            reason: (!reason.is_empty()).then(|| reason.to_owned()),
            seen: self.sees(act)?,
        })
    }
}
