//! The escrow as the window and the command line show it.

use std::collections::BTreeMap;

use crypto::escrow::{HOLDERS, SetId, Share};
use record::{DocKey, Kind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::table::trust::{Signed, VaultBytes};
use ts_rs::TS;
use wire::directory::Act;
use wire::ids::{Device, Group, Kid};
use wire::keybox::{self, SealedKeybox};

use super::holder_key;
use crate::App;
use crate::documents;
use crate::error::{AppError, ErrorCode, Result};
use crate::facts::said;
use crate::facts::settings::WORKERS;
use crate::look;
use crate::session::view::WordView;
use crate::session::view_words;
use crate::trust;

/// Asks for a new escrow key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export)]
pub struct MakeEscrow {
    /// The three people who will hold a share (預かり人).
    pub holders: Vec<String>,
}

/// Three shares, shown once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct EscrowCards {
    /// Which key they belong to.
    pub set: String,
    /// One for each holder.
    pub cards: Vec<EscrowCard>,
}

/// One share (預かり札).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct EscrowCard {
    /// 1, 2 or 3.
    pub index: u8,
    /// Who holds it.
    pub holder: String,
    /// Three rows of six words; the last of a row checks it.
    pub rows: Vec<Vec<WordView>>,
    /// The words in romaji, as the QR code carries them.
    pub text: String,
    /// The QR code.
    pub qr: QrView,
}

impl std::fmt::Debug for EscrowCards {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EscrowCards(..)")
    }
}

impl std::fmt::Debug for EscrowCard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EscrowCard(..)")
    }
}

/// A QR code to be drawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct QrView {
    /// Modules on each side, without the quiet zone.
    pub size: u32,
    /// The dark modules as the path of an SVG, a module being one unit.
    pub path: String,
}

/// How the office stands with its escrow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, optional_fields)]
pub struct EscrowView {
    /// The key in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub set: Option<String>,
    /// Who holds shares of it, in the order of the shares; empty where it has not arrived.
    pub holders: Vec<String>,
    /// Whether this laptop opens with two of its shares.
    pub here: bool,
    /// How many teams have not sealed their key to it yet, as far as is known here: what they write is not to be had from the
    /// hub with it. Nothing where it is of an earlier version, and opens laptops only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unreached: Option<u32>,
    /// Shares that were made here and wait to be put in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub made: Option<String>,
    /// Laptops that were opened with the key in force: it is time for a new one.
    pub used: Vec<EscrowUse>,
    /// Whether this device may make shares.
    pub admin: bool,
}

/// A laptop that was opened with two shares, or came into the office with them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, optional_fields)]
pub struct EscrowUse {
    /// Whose laptop.
    pub name: String,
    /// When, in the office's time; nothing where only the directory tells of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
}

/// What a share is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct EscrowCheck {
    /// Which key it belongs to.
    pub set: String,
    /// 1, 2 or 3.
    pub index: u8,
    /// `inForce`, `earlier` (of a key that was followed by a newer one) or `unknown` (not in force here: another office's,
    /// or not signed, or newer than what has arrived).
    pub standing: String,
}

/// Who holds shares, and by device when they were used.
type Said = (Vec<String>, BTreeMap<String, Option<String>>);

pub(super) fn card(share: &Share, holder: &str) -> Result<EscrowCard> {
    let text = share.text();
    Ok(EscrowCard {
        index: share.index(),
        holder: holder.to_owned(),
        rows: share.words().iter().map(|row| view_words(row)).collect(),
        qr: qr(&text)?,
        text: text.to_string(),
    })
}

/// In capitals, which a QR code holds in fewer modules.
fn qr(text: &str) -> Result<QrView> {
    let capitals = zeroize::Zeroizing::new(text.trim().replace('\n', " ").to_uppercase());
    let code = qrcode::QrCode::new(capitals.as_bytes())
        .map_err(|error| AppError::new(ErrorCode::Internal).because(error))?;
    let mut path = String::new();
    for (y, line) in code.to_colors().chunks(code.width()).enumerate() {
        for (x, color) in line.iter().enumerate() {
            if *color == qrcode::Color::Dark {
                path.push_str(&format!("M{x} {y}h1v1h-1z"));
            }
        }
    }
    Ok(QrView {
        size: u32::try_from(code.width()).unwrap_or(u32::MAX),
        path,
    })
}

impl App {
    /// How the office stands with its escrow.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn escrow(&mut self) -> Result<EscrowView> {
        let made = self.escrow_made()?;
        let made = made.and_then(|made| Some(SetId::of(&said::unhex::<32>(&made.kem)?)));
        let own = Device::new(self.identity.device);
        let office = self.trust.directory.state();
        let (in_force, admin) = (office.escrow, office.is_admin(own));
        let here = in_force.is_some() && self.store.escrow()? == in_force.map(|it| it.kem);
        let seat = in_force.and_then(|it| it.seat()).map(|keys| keys.device());
        let unreached = seat.map(|seat| self.teams_without(seat)).transpose()?;
        let (holders, used) = match &in_force {
            Some(escrow) => self.escrow_said(SetId::of(&escrow.kem))?,
            None => (Vec::new(), Vec::new()),
        };
        Ok(EscrowView {
            set: in_force.map(|escrow| SetId::of(&escrow.kem).to_string()),
            holders,
            here,
            made: made.map(|set| set.to_string()),
            unreached,
            used,
            admin,
        })
    }

    /// Whether a laptop was opened with the key in force, for who can make a new one.
    pub(crate) fn escrow_is_used(&self) -> Result<Vec<String>> {
        let office = self.trust.directory.state();
        if !office.is_admin(Device::new(self.identity.device)) {
            return Ok(Vec::new());
        }
        let Some(escrow) = office.escrow else {
            return Ok(Vec::new());
        };
        let (_, used) = self.escrow_said(SetId::of(&escrow.kem))?;
        Ok(used.into_iter().map(|used| used.name).collect())
    }

    /// What the office's settings say of a key: who holds it, and where it was used.
    fn escrow_said(&self, set: SetId) -> Result<(Vec<String>, Vec<EscrowUse>)> {
        let (holders, mut used) = self.settings_say(set)?;
        for device in self.entered_with(set) {
            used.entry(device).or_default();
        }
        let used = used.into_iter().map(|(device, at)| EscrowUse {
            name: self.names.author(&device).name,
            at,
        });
        Ok((holders, used.collect()))
    }

    /// Who holds the shares of a key, as the office's settings say.
    pub(in crate::exchange) fn escrow_holders(&self, kem: &[u8; 32]) -> Result<Vec<String>> {
        Ok(self.settings_say(SetId::of(kem))?.0)
    }

    fn settings_say(&self, set: SetId) -> Result<Said> {
        let key = DocKey::new(
            Kind::Settings,
            self.identity.office_vault,
            self.identity.settings,
        );
        let zone = self.identity.zone;
        self.store.read(|reader| {
            if reader.document_in(&key.vault, &key.doc)?.is_none() {
                return Ok((Vec::new(), BTreeMap::new()));
            }
            let document = documents::load(reader, key)?;
            let view = document.view(None);
            let holders = (1..=HOLDERS).filter_map(|index| {
                let said = said::shown(&view, WORKERS, &holder_key(set, index))?;
                said.value.as_str().map(str::to_owned)
            });
            let before = format!("escrowUsed/{set}/");
            let used = view.entries(WORKERS).into_iter().filter_map(|(key, held)| {
                let device = key.strip_prefix(&before)?.to_owned();
                let said = said::distinct(held).into_iter().next()?;
                let at = said.value.as_str()?.parse().ok()?;
                Some((device, Some(look::instant(zone, at))))
            });
            Ok::<_, AppError>((holders.collect(), used.collect()))
        })
    }

    /// Who came into the office with the shares in force, as the directory says: nobody can leave it out.
    fn entered_with(&self, set: SetId) -> Vec<String> {
        let directory = &self.trust.directory;
        let seat = directory
            .state()
            .escrow
            .filter(|it| SetId::of(&it.kem) == set);
        let Some(seat) = seat.and_then(|it| it.seat()).map(|keys| keys.device()) else {
            return Vec::new();
        };
        let entered = directory.ops().filter(|op| op.author() == seat);
        entered
            .filter_map(|op| match op.act() {
                Act::Enrol { device, .. } => Some(device.device().to_string()),
                _ => None,
            })
            .collect()
    }

    /// How many teams' newest keys are not boxed for the escrow.
    fn teams_without(&self, seat: Device) -> Result<u32> {
        let directory = &self.trust.directory;
        let groups = directory.state().groups.keys();
        self.store.read(|reader| {
            let mut without = 0;
            let vaults = |group: &Group| [(*group, group.vault()), (*group, group.wraps())];
            for (group, vault) in groups.flat_map(vaults) {
                if directory.state().members(group).next().is_none() {
                    continue;
                }
                let (parents, _) = trust::parents(reader, directory, vault)?;
                let newest = keybox::newest(&parents).or_else(|| {
                    // The office's first key came in no box.
                    let keys = reader.vault_keys(vault.as_bytes()).ok()?;
                    keys.first().map(Kid::of)
                });
                let has = |row: &VaultBytes| {
                    SealedKeybox::parse(&row.bytes).is_ok_and(|sealed| {
                        let is_for_it = sealed.devices().any(|device| device == seat);
                        let opened = sealed.verify(directory).ok();
                        is_for_it && opened.is_some_and(|it| Some(it.kid()) == newest)
                    })
                };
                let rows = reader.signed_of(Signed::Keybox, vault.as_bytes())?;
                without += u32::from(newest.is_some() && !rows.iter().any(has));
            }
            Ok::<_, AppError>(without)
        })
    }
}
