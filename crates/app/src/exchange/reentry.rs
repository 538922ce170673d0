//! Into an office in which no administrator is left (事務所の立て直し): two shares of its escrow, and a hub that has its records.
//!
//! ```text
//! find the office → let in as the escrow → directory, boxes → take this device in, a new sheet, boxes for it → tell the hub
//!                 → let in as this device → the restricted vaults that the escrow opens ([`restricted`])
//!                 → the store is of the office from here on; the records come as to any newcomer
//! ```
//!
//! # Invariants
//!
//! - **The shares tell the right office.** Only a directory in which the escrow of these shares has a seat is believed, and it
//!   has one only where it vowed for that office ([`wire::directory::escrow`]). A hub can hide what came lately, as it can from
//!   any newcomer; it cannot pass another office off.
//! - **Told before it is so.** The hub has the operation that takes this device in, signed by the escrow, before anything here
//!   opens; and the first thing that is written here is that it was done ([`App::note_entry`]).
//! - **Of what only named people read, that alone which their roster gives to the escrow**: there this device is a steward from
//!   now on, by an operation that the escrow signs and all its readers get. Of the rest it has no sign.
//! - **A cut leaves a store that waits**, and the same words go on from there.

mod restricted;

use std::collections::BTreeMap;

use crypto::SecretKey;
use crypto::escrow::EscrowKey;
use crypto::kem::KemKey;
use crypto::sign::SigningKey;
use domain::{Timestamp, Zone};
use sync::carrier::{Call, Carrier, Method, Reply};
use wire::cbor::{self, Bytes, Cbor};
use wire::directory::{Act, Directory, Op, Role};
use wire::enrol;
use wire::hub::{Admitted, Answer, Asks, AuthStatement, Challenge, Notices, Seeks, Sought, Taken};
use wire::ids::{Device, Kid, Lane, Org, Vault};
use wire::keybox::{self, Keybox, Recipient, SealedKeybox};
use wire::roster::Roster;

use self::restricted::{Found, Search};
use super::enrol::accept_with;
use super::escrow::{key_of, keys_of};
use super::hub::{Place, address, answer_of, refusal, unreachable};
use super::state;
use crate::error::{AppError, ErrorCode, Result};
use crate::session::view::RecoverySheet;
use crate::session::{Waiting, view_words};
use crate::trust;

/// What to do next.
#[derive(Debug)]
pub enum Step {
    /// Bring this call to the hub.
    Call(Call),
    /// The store belongs to the office: the new recovery sheet, shown once. It has no recovery code; that of this laptop was
    /// shown when its store was made.
    Done(Box<RecoverySheet>),
}

/// The way in, from the two shares to a store of the office.
#[derive(Debug)]
pub struct Reentry {
    key: EscrowKey,
    seat: Device,
    /// Whose store waits: another one may be open when an answer comes.
    own: Device,
    url: String,
    hub: [u8; 32],
    org: Org,
    token: Option<[u8; 32]>,
    phase: Phase,
}

#[derive(Debug)]
enum Phase {
    Greeting,
    Seeking,
    Challenged,
    Answered,
    Directory,
    Telling(Box<Entry>),
    /// This device, which is in the office now.
    Greeted(Box<Entry>),
    Admitted(Box<Entry>),
    Reading(Box<Entry>, Box<Search>),
    Over,
}

/// What is kept here once the hub has it.
#[derive(Debug)]
struct Entry {
    approval: Vec<u8>,
    paper: SigningKey,
    directory: Directory,
    name: String,
}

/// The keys of a vault that the escrow has, and which follow which.
#[derive(Debug, Default)]
struct Keys {
    keys: BTreeMap<Kid, SecretKey>,
    parents: trust::Parents,
}

impl Reentry {
    /// Begins with the shares as they were typed.
    ///
    /// # Errors
    /// What is wrong with the shares, each told apart; [`ErrorCode::InvalidValue`] when `url` is no address.
    pub fn begin(waiting: &Waiting, url: &str, shares: &[String]) -> Result<Self> {
        let key = key_of(shares)?;
        let seat = keys_of(&key).device();
        Ok(Self {
            seat,
            own: waiting.parsed_request()?.keys().device(),
            url: address(url)?,
            key,
            hub: [0; 32],
            org: Org::new([0; 16]),
            token: None,
            phase: Phase::Greeting,
        })
    }

    /// Where the hub is: scheme, host and port.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Takes the answer to the last call, and says what to do next. The first step takes none. `now` is in ms since 1970.
    ///
    /// # Errors
    /// [`ErrorCode::EscrowNoOffice`] when the hub carries no office of this escrow, [`ErrorCode::EscrowEarlier`] when a newer
    /// one is in force, [`ErrorCode::EscrowForeign`] when the hub shows another office, [`ErrorCode::EscrowNotReached`] when no
    /// laptop has sealed the office's key to it yet; why the hub refuses or is not believed. The store waits on.
    pub fn step(&mut self, waiting: &mut Waiting, reply: Option<Reply>, now: i64) -> Result<Step> {
        if waiting.parsed_request()?.keys().device() != self.own {
            return Err(ErrorCode::Locked.into());
        }
        let phase = std::mem::replace(&mut self.phase, Phase::Over);
        let Some(reply) = reply else {
            return match phase {
                Phase::Greeting => {
                    Ok(self.post(Phase::Seeking, "/v1/office", &Seeks { escrow: self.seat }))
                }
                _ => Err(ErrorCode::Internal.into()),
            };
        };
        match phase {
            Phase::Seeking => {
                let Sought { org } = unless("not_found", ErrorCode::EscrowNoOffice, &reply)?;
                self.org = org;
                let device = self.seat;
                Ok(self.post(Phase::Challenged, "/v1/auth", &Asks { org, device }))
            }
            Phase::Challenged => {
                let challenge: Challenge = answer_of(&reply)?;
                self.hub = challenge.hub;
                let answer = self.answer(&challenge, (self.seat, &self.key.sign), now);
                Ok(self.post(Phase::Answered, "/v1/auth", &answer))
            }
            Phase::Answered => {
                // The office is here and the escrow is not let in: a newer one took its seat.
                let admitted: Admitted = unless("not_admitted", ErrorCode::EscrowEarlier, &reply)?;
                self.token = Some(admitted.token);
                Ok(self.call(Phase::Directory, Method::Get, "/v1/directory", Vec::new()))
            }
            Phase::Directory => self.enter(waiting, &answer_of(&reply)?),
            Phase::Telling(entry) => {
                let taken: Taken = answer_of(&reply)?;
                if taken.held > 0 || taken.refused > 0 {
                    return Err(ErrorCode::HubFaulty.into());
                }
                let (org, device) = (self.org, self.own);
                let asks = Asks { org, device };
                Ok(self.post(Phase::Greeted(entry), "/v1/auth", &asks))
            }
            Phase::Greeted(entry) => {
                let challenge: Challenge = answer_of(&reply)?;
                if challenge.hub != self.hub {
                    return Err(ErrorCode::HubChanged.into());
                }
                let (sign, _) = waiting.keys()?;
                let answer = self.answer(&challenge, (self.own, &sign), now);
                Ok(self.post(Phase::Admitted(entry), "/v1/auth", &answer))
            }
            Phase::Admitted(entry) => {
                let admitted: Admitted = answer_of(&reply)?;
                self.token = Some(admitted.token);
                Ok(self.read_on(entry, Box::default()))
            }
            Phase::Reading(entry, mut search) => {
                let escrow = (self.seat, &self.key.kem);
                if search.take(&entry.directory, escrow, answer_of(&reply)?)? {
                    return Ok(self.read_on(entry, search));
                }
                let (sign, kem) = waiting.keys()?;
                let found = search.found(
                    &entry.directory,
                    (self.seat, &self.key.sign),
                    &self.key.kem,
                    ((self.own, &sign), kem.public()),
                )?;
                self.keep(waiting, &entry, &found, now)
            }
            Phase::Greeting | Phase::Over => Err(ErrorCode::Internal.into()),
        }
    }

    fn call(&mut self, next: Phase, method: Method, path: &str, body: Vec<u8>) -> Step {
        self.phase = next;
        Step::Call(Call {
            method,
            path: path.to_owned(),
            body,
            token: self.token,
        })
    }

    fn post<T: Cbor>(&mut self, next: Phase, path: &str, body: &T) -> Step {
        self.call(next, Method::Post, path, cbor::to_vec(body))
    }

    fn answer(
        &self,
        challenge: &Challenge,
        (device, sign): (Device, &SigningKey),
        now: i64,
    ) -> Answer {
        let statement = AuthStatement {
            hub: challenge.hub,
            origin: self.url.clone(),
            nonce: challenge.nonce,
            device,
            time: u64::try_from(now / 1000).unwrap_or_default(),
        };
        Answer::make(self.org, statement, sign)
    }

    /// Asks for the next page of the organisation's lane.
    fn read_on(&mut self, entry: Box<Entry>, search: Box<Search>) -> Step {
        let path = format!("/v1/feed?lane={}&cursor={}", Lane::ORG, search.cursor());
        self.call(
            Phase::Reading(entry, search),
            Method::Get,
            &path,
            Vec::new(),
        )
    }

    /// Takes this device in, in view of all that the hub has of the directory.
    fn enter(&mut self, waiting: &Waiting, told: &Notices) -> Result<Step> {
        let request = waiting.parsed_request()?;
        let (sign, _) = waiting.keys()?;
        let mut directory = self.believed(told)?;
        let teams = self.teams(&directory, &told.boxes);
        let office = directory.state().office;
        if !teams.contains_key(&office.vault()) {
            return Err(ErrorCode::EscrowNotReached.into());
        }

        let refused = |error| AppError::new(ErrorCode::AlreadyEnrolled).because(error);
        let escrow = (self.seat, &self.key.sign);
        // An answer that was lost: it is in already.
        if !directory.state().is_active(self.own) {
            let act = Act::Enrol {
                device: *request.keys(),
                groups: directory.state().groups.keys().copied().collect(),
                roles: [Role::Supervisor].into(),
                admin: true,
                request: request.hash(),
            };
            directory.write(&act, escrow, None).map_err(refused)?;
        }
        let paper = SigningKey::make();
        let act = Act::AddPaper {
            sign: paper.public(),
        };
        let author = (self.own, &sign);
        directory
            .write(&act, author, Some(escrow))
            .map_err(refused)?;

        let newcomer = Recipient::Device(self.own, request.keys().kem);
        let mut boxes = Vec::new();
        for (vault, team) in &teams {
            boxes.extend(team.box_for(&directory, author, (*vault, None), &newcomer)?);
        }
        let known: Vec<_> = boxes.iter().collect();
        let approval = enrol::approve(&request, &directory, &known, "", self.seat)?;
        let notices = Notices {
            directory: directory
                .ops()
                .map(|op| Bytes(op.to_bytes()))
                .filter(|op| !told.directory.contains(op))
                .collect(),
            boxes: boxes.iter().map(|it| Bytes(it.to_bytes())).collect(),
            heads: vec![directory.heads().clone()],
        };
        let entry = Box::new(Entry {
            approval,
            paper,
            directory,
            name: request.name().to_owned(),
        });
        Ok(self.post(Phase::Telling(entry), "/v1/directory", &notices))
    }

    /// The directory that the hub tells, if it is that of the office of these shares.
    fn believed(&self, told: &Notices) -> Result<Directory> {
        let foreign = || AppError::new(ErrorCode::EscrowForeign);
        let (first, rest) = told.directory.split_first().ok_or_else(foreign)?;
        let mut directory = Directory::open(&first.0).map_err(|e| foreign().because(e))?;
        if directory.org() != self.org {
            return Err(foreign());
        }
        directory.receive(rest.iter().map(|op| op.0.as_slice()));
        for heads in &told.heads {
            directory.learn_heads(heads.clone());
        }
        if directory.state().escrow_seat(self.seat).is_some() {
            return Ok(directory);
        }
        let had = |op: &Op| matches!(op.act(), Act::EscrowSeat { keys, .. } if keys.device() == self.seat);
        Err(if directory.ops().any(had) {
            ErrorCode::EscrowEarlier.into()
        } else {
            foreign()
        })
    }

    /// The keys that were boxed for the escrow, by vault: the teams' own, and their wrapping keys.
    fn teams(&self, directory: &Directory, boxes: &[Bytes]) -> BTreeMap<Vault, Keys> {
        let mut teams: BTreeMap<Vault, Keys> = BTreeMap::new();
        for bytes in boxes {
            let Ok(keybox) =
                SealedKeybox::parse(&bytes.0).and_then(|sealed| sealed.verify(directory))
            else {
                continue;
            };
            let vault = keybox.vault();
            if directory.state().team_of(vault).is_none() || keybox.check(directory, None).is_err()
            {
                continue;
            }
            let mut team = teams.remove(&vault).unwrap_or_default();
            let opened = team.take(directory.org(), &keybox, (self.seat, &self.key.kem));
            if opened || !team.keys.is_empty() {
                teams.insert(vault, team);
            }
        }
        teams
    }

    /// Keeps the office in the store: from here on it waits no more.
    fn keep(
        &self,
        waiting: &mut Waiting,
        entry: &Entry,
        found: &[Found],
        now: i64,
    ) -> Result<Step> {
        let place = serde_json::to_vec(&Place::new(&self.url, &self.hub))?;
        let set = self.key.set().to_string();
        let also = [
            // The vow says what else the words would.
            (trust::state::CONFIRMED, b"1".as_slice()),
            (state::HUB, &place),
            (state::ENTERED, set.as_bytes()),
        ];
        accept_with(waiting.store(), &entry.approval, |tx| {
            for (key, value) in also {
                tx.put_device_state(key, value)?;
            }
            found.iter().try_for_each(|it| it.keep(tx))
        })?;
        let first = entry.directory.first();
        Ok(Step::Done(Box::new(RecoverySheet {
            office: String::new(),
            worker: entry.name.clone(),
            date: Zone::TOKYO.day_of(Timestamp::from_millis(now)).to_string(),
            recovery_code: String::new(),
            paper_admin_key: crypto::paper::print(&entry.paper).to_string(),
            office_words: view_words(&crypto::words::six_words(first.body())),
        })))
    }
}

impl Keys {
    /// Keeps what a box gives to the escrow; whether it gives it anything.
    fn take(&mut self, org: Org, keybox: &Keybox, (seat, kem): (Device, &KemKey)) -> bool {
        let Ok(Some(key)) = keybox.open_for(org, seat, kem) else {
            return false;
        };
        for earlier in keybox.earlier(org, &key).unwrap_or_default() {
            self.keys.insert(Kid::of(&earlier), earlier);
        }
        let parents = self.parents.entry(keybox.kid()).or_default();
        parents.extend(keybox.parents());
        self.keys.insert(keybox.kid(), key);
        true
    }

    /// The key to write under.
    fn newest(&self) -> Option<(&Kid, &SecretKey)> {
        keybox::newest(&self.parents).and_then(|kid| self.keys.get_key_value(&kid))
    }

    /// A box with the newest key, which opens all history.
    fn box_for(
        &self,
        directory: &Directory,
        author: (Device, &SigningKey),
        (vault, roster): (Vault, Option<&Roster>),
        newcomer: &Recipient<'_>,
    ) -> Result<Option<Keybox>> {
        let Some((kid, key)) = self.newest() else {
            return Ok(None);
        };
        let earlier: Vec<_> = self
            .keys
            .iter()
            .filter(|(other, _)| *other != kid)
            .map(|(_, key)| key)
            .collect();
        let parents = self.parents.get(kid).cloned().unwrap_or_default();
        Keybox::make(
            directory,
            author,
            (vault, key),
            roster,
            std::slice::from_ref(newcomer),
            parents,
            &earlier,
        )
        .map(Some)
        .map_err(|error| AppError::new(ErrorCode::Internal).because(error))
    }
}

/// Goes all the way in, with nobody else at the store.
///
/// # Errors
/// As [`Reentry::step`]; [`ErrorCode::HubUnreachable`].
pub fn reenter(
    waiting: &mut Waiting,
    mut reentry: Reentry,
    carrier: &mut dyn Carrier,
    now: i64,
) -> Result<RecoverySheet> {
    let mut reply = None;
    loop {
        match reentry.step(waiting, reply, now)? {
            Step::Call(call) => reply = Some(carrier.carry(&call).map_err(unreachable)?),
            Step::Done(sheet) => return Ok(*sheet),
        }
    }
}

/// The answer, or what it means here that the hub refuses with this code.
fn unless<T: Cbor>(code: &str, meaning: ErrorCode, reply: &Reply) -> Result<T> {
    if refusal(reply).as_deref() == Some(code) {
        return Err(meaning.into());
    }
    answer_of(reply)
}

#[cfg(test)]
mod tests;
