//! The same talk with a laptop in the same place (同じ場所の同僚): it holds for an hour what a hub holds for years.
//!
//! One laptop opens; others come, and each says what it has. What they lack is laid where they can fetch it. Both talk to
//! that place as to a hub, the one who opened without a network between.
//!
//! # Invariants
//!
//! - **It is no hub.** Nothing here touches the hub's address, key, feeds or receipts: who has given something to a
//!   colleague has not yet given it to the office.
//! - **Given means taken in.** What was given counts as handed over when both sides have the same records of a lane: the
//!   other side answers after its own store has them on the disk.
//! - **Only lanes that both belong to**, and chunks of attachments that both may know of: see `travel`.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io;
use std::sync::Arc;

use store::Chunks;
use store::table::record::PeerRow;
use wire::body::Have;
use wire::cbor;
use wire::directory::Standing;
use wire::hub::{FeedPoint, HaveTold, have_digest};
use wire::ids::{Device, Hash, Lane, Org};
use wire::lan::{Haves, Members, Pass, Stranger};

use sync::carrier::Carrier;
use sync::plan::{Scope, plan};
use sync::shelf::Shelf;

use super::super::ledger::Ledger;
use super::super::travel;
use super::push::Lacking;
use super::{Conversation, Phase, Step, operations, talk_with};
use crate::App;
use crate::error::{AppError, ErrorCode, Result};
use crate::facts::said::hex;
use crate::session::view::SyncView;

/// What the laptop that is open knows from one round to the next, as long as it is open.
#[derive(Debug, Default)]
pub struct Opened {
    /// Where its own reading of what lies open stands, lane by lane.
    feeds: BTreeMap<Lane, FeedPoint>,
    /// What it has laid out.
    laid: BTreeSet<Hash>,
    /// What each who is here said to have.
    guests: BTreeMap<Device, Vec<Have>>,
}

impl Opened {
    /// Who is here, and what each said to have; who has said nothing yet lacks nothing.
    pub fn meet(&mut self, guests: BTreeMap<Device, Option<Vec<Have>>>) {
        let guests = guests.into_iter();
        self.guests = guests
            .filter_map(|(device, has)| Some((device, has?)))
            .collect();
    }
}

/// A talk with a laptop in the same place.
#[derive(Debug)]
pub(crate) struct Colleague {
    whose: Whose,
    /// Where the reading stands, lane by lane.
    pub(super) feeds: BTreeMap<Lane, FeedPoint>,
    /// Whether it was told what is here.
    told: bool,
    /// How often it was asked whether all has arrived.
    settled: u32,
}

/// Whose place it is that is talked to.
#[derive(Debug)]
enum Whose {
    /// A colleague's, as the handshake has shown.
    Theirs(Device),
    /// What was opened here: what lies there already, and who is here with what.
    Own(BTreeSet<Hash>, BTreeMap<Device, Vec<Have>>),
}

/// Colleagues write on while others read: so often it is asked again.
const ROUNDS: u32 = 3;

impl Conversation {
    /// Begins to exchange with the laptop `device`, over a connection that both ends know by `binding`.
    ///
    /// # Errors
    /// [`ErrorCode::DeviceFrozen`], [`ErrorCode::DeviceRemoved`]: this device is.
    pub fn with_colleague(app: &App, device: Device, binding: &[u8; 32]) -> Result<Self> {
        app.must_exchange()?;
        Ok(Self::beside(
            app,
            wire::lan::origin(binding),
            Whose::Theirs(device),
            BTreeMap::new(),
        ))
    }

    /// Begins to lay out what those who are here lack, and to take in what they have laid there. `opened` is that of the
    /// talk before, empty at first; [`Conversation::opened_again`] gives it back.
    ///
    /// # Errors
    /// [`ErrorCode::DeviceFrozen`], [`ErrorCode::DeviceRemoved`].
    pub fn for_colleagues(app: &App, opened: Opened) -> Result<Self> {
        app.must_exchange()?;
        let whose = Whose::Own(opened.laid, opened.guests);
        let here = "lan://here".to_owned();
        Ok(Self::beside(app, here, whose, opened.feeds))
    }

    fn beside(app: &App, url: String, whose: Whose, feeds: BTreeMap<Lane, FeedPoint>) -> Self {
        let mut talk = Self::greeting(app, url, None, None);
        talk.colleague = Some(Colleague {
            whose,
            feeds,
            told: false,
            settled: 0,
        });
        talk
    }

    /// What is known for the next round.
    #[must_use]
    pub fn opened_again(self) -> Opened {
        match self.colleague {
            Some(Colleague {
                whose: Whose::Own(laid, guests),
                feeds,
                ..
            }) => Opened {
                feeds,
                laid,
                guests,
            },
            _ => Opened::default(),
        }
    }

    /// Who it is on the other side of a line; nobody at a hub, and where one talks to what he has opened himself.
    pub(super) fn whose_laptop(&self) -> Option<Device> {
        match self.colleague.as_ref()?.whose {
            Whose::Theirs(device) => Some(device),
            Whose::Own(..) => None,
        }
    }

    /// Tells a colleague once what is here, so that he lays out what is not.
    pub(super) fn say_what_is_here(&mut self, app: &mut App) -> Result<Option<Step>> {
        let lanes = self.shared_lanes(app);
        match &mut self.colleague {
            Some(Colleague {
                whose: Whose::Theirs(_),
                told: told @ false,
                ..
            }) => *told = true,
            _ => return Ok(None),
        }
        let haves = app.haves_by_lane(lanes)?.into_iter();
        let lanes = haves.map(|(lane, haves)| (lane, haves.into_iter().collect()));
        let here = HaveTold {
            lanes: lanes.collect(),
        };
        Ok(Some(self.post(
            Phase::SayingWhatIsHere,
            wire::lan::HERE,
            &here,
        )))
    }

    /// What those who are here lack of what is here and does not lie open, where this laptop is the one that opened. From
    /// now on it lies open.
    pub(super) fn what_guests_lack(&mut self, app: &mut App) -> Result<Option<Lacking>> {
        let Some(Colleague {
            whose: Whose::Own(laid, guests),
            ..
        }) = &mut self.colleague
        else {
            return Ok(None);
        };
        let mut lacking = app.what_they_lack(guests)?;
        for records in lacking.values_mut() {
            records.retain(|record| laid.insert(*record));
        }
        Ok(Some(lacking))
    }

    /// The lanes that are talked about.
    pub(super) fn shared_lanes(&self, app: &App) -> VecDeque<Lane> {
        match self.whose_laptop() {
            Some(device) => app.lanes_with(device).into(),
            None => app.lanes_of_own_groups(),
        }
    }

    /// Whose laptop it is.
    pub(super) fn name_of_colleague(&self, app: &App) -> Option<String> {
        Some(app.name_of(self.whose_laptop()?))
    }

    /// Whether what was erased would have been heard of: from the hub, or from a colleague who reads whatever is read here.
    /// Whoever has opened his laptop talks to what lies open there himself.
    pub(super) fn tells_of_erasures(&self, app: &App) -> bool {
        let of_all = self.colleague.as_ref().is_none_or(
            |it| matches!(it.whose, Whose::Theirs(device) if app.reads_all_of_ours(device)),
        );
        of_all && !self.is_lane_closed
    }

    /// Whether all was given already, and what is read now came since.
    pub(super) fn is_settling(&self) -> bool {
        self.colleague.as_ref().is_some_and(|it| it.settled > 0)
    }

    /// After all was given: asks a colleague whether it has arrived.
    pub(super) fn settle(&mut self, app: &mut App) -> Result<Step> {
        match self.whose_laptop() {
            Some(_) => self.ask_what_it_has(app, Phase::Settling),
            None => self.finish(app),
        }
    }

    pub(super) fn settled(&mut self, app: &mut App, told: &HaveTold) -> Result<Step> {
        let Some(colleague) = &mut self.colleague else {
            return self.finish(app);
        };
        colleague.settled += 1;
        let rounds = colleague.settled;
        if let Whose::Theirs(device) = colleague.whose {
            let differ: BTreeSet<Lane> = told.lanes.iter().map(|(lane, _)| *lane).collect();
            if !differ.is_empty() && rounds < ROUNDS {
                self.lanes = differ.into_iter().collect();
                return self.read_next(app);
            }
            let mut haves = app.haves_by_lane(self.shared_lanes(app))?;
            haves.retain(|lane, _| !differ.contains(lane));
            let (sent, confirmed) = app.is_equal_with(device, &haves)?;
            self.said.sent += sent;
            self.said.confirmed += confirmed;
        }
        match self.whose_laptop() {
            Some(_) => self.begin_chunks(app),
            None => self.finish(app),
        }
    }
}

/// One round of the laptop that has opened: lays out what those who are here lack, and takes in what they have laid there.
///
/// # Errors
/// As [`talk_with`].
pub fn lay_out(
    app: &mut App,
    opened: &mut Opened,
    carrier: &mut dyn Carrier,
) -> Result<(SyncView, Vec<String>)> {
    let mut talk = Conversation::for_colleagues(app, std::mem::take(opened))?;
    let came = talk_with(app, &mut talk, carrier)?;
    *opened = talk.opened_again();
    Ok(came)
}

impl App {
    /// This device's word that a certificate is its own, for one session.
    ///
    /// # Errors
    /// [`ErrorCode::DeviceFrozen`], [`ErrorCode::DeviceRemoved`].
    pub fn lan_pass(&self, certificate: &[u8]) -> Result<Vec<u8>> {
        self.must_exchange()?;
        let (org, device) = (
            Org::new(self.identity.org),
            Device::new(self.identity.device),
        );
        Ok(Pass::make(org, device, certificate, &self.identity.sign).to_bytes())
    }

    /// Who may come, as the directory here says now.
    #[must_use]
    pub fn lan_members(&self) -> Members {
        Members::of(&self.trust.directory)
    }

    /// What an open place for colleagues begins with: the office, and its directory.
    #[must_use]
    pub fn lan_founding(&self) -> (Org, Vec<Vec<u8>>) {
        let directory = operations(self).into_iter().map(|op| op.0).collect();
        (Org::new(self.identity.org), directory)
    }

    /// The chunks of attachments, for a host that hands them out and takes them in: only those of [`App::lan_chunks`].
    #[must_use]
    pub fn lan_shelf(&self) -> Arc<dyn Shelf> {
        Arc::new(Lent(self.chunks.clone()))
    }

    /// The chunks that the colleague with this device may ask for and may give, as the directory here says now.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn lan_chunks(&mut self, device: Device) -> Result<BTreeSet<Hash>> {
        Ok(self.chunks_between(device)?.into_iter().collect())
    }

    /// What is here in the lanes that the colleague with this device reads too, for a host that compares.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn lan_haves(&mut self, device: Device) -> Result<Haves> {
        self.haves_by_lane(self.lanes_with(device))
    }

    /// What one or the other lacks of what is here, by what each said to have, in the order in which it is needed.
    fn what_they_lack(&mut self, guests: &BTreeMap<Device, Vec<Have>>) -> Result<Lacking> {
        let lanes = guests.iter();
        let lanes: Vec<_> = lanes
            .flat_map(|(device, has)| {
                self.lanes_with(*device)
                    .into_iter()
                    .map(move |it| (it, has))
            })
            .collect();
        let now = self.environment.now();
        self.store.transact(|tx| {
            let ledger = Ledger::open(tx, now)?;
            let mut lacking = Lacking::new();
            for (lane, has) in lanes {
                let records = plan(&ledger, Scope::Lane(lane), Some(has))?.records;
                lacking.entry(lane).or_default().extend(records);
            }
            Ok::<_, AppError>(lacking)
        })
    }

    /// Keeps what colleagues gave of attachments and is named by one; the rest is swept.
    pub fn lan_settle(&self) {
        self.settle_chunks();
    }

    /// The chunks of which this device and another speak.
    pub(super) fn chunks_between(&mut self, device: Device) -> Result<Vec<Hash>> {
        let lanes = self.lanes_with(device).into_iter().collect();
        let Self { store, trust, .. } = self;
        store.read(|reader| travel::chunks_between(reader, trust, device, &lanes))
    }

    /// Who works with a device.
    #[must_use]
    pub fn name_of(&self, device: Device) -> String {
        self.names.author(&hex(device.as_bytes())).name
    }

    /// Takes note that a colleague has exactly what `digests` stand for, lane by lane: what of it is here too is in
    /// another's hands. Gives how many changes have left this laptop with that.
    ///
    /// # Errors
    /// When the store fails.
    pub fn lan_has(&mut self, device: Device, digests: &[(Lane, Hash)]) -> Result<u32> {
        let lanes = digests.iter().map(|(lane, _)| *lane);
        let theirs = self.lanes_of(device);
        let mut haves = self.haves_by_lane(lanes.filter(|lane| theirs.contains(lane)))?;
        haves.retain(|lane, haves| digests.contains(&(*lane, have_digest(haves))));
        if self
            .lanes_of_own_groups()
            .iter()
            .all(|lane| haves.contains_key(lane))
        {
            self.compared()?;
        }
        Ok(self.is_equal_with(device, &haves)?.0)
    }

    /// Keeps that a colleague has the same as this laptop in these lanes. Gives how many changes have left with that,
    /// and how many own records he said to have for the first time.
    fn is_equal_with(&mut self, device: Device, lanes: &Haves) -> Result<(u32, u32)> {
        let now = self.environment.now();
        let own = Device::new(self.identity.device);
        self.store.transact(|tx| {
            let mut left = 0;
            for record in tx.outgoing()? {
                let place = tx.record_place(&record)?;
                if place.is_some_and(|place| lanes.contains_key(&Lane::new(place.lane))) {
                    left += tx.has_left(&record)?;
                }
            }
            let peers = tx.peers()?.into_iter();
            let said = peers
                .filter(|peer| Device::new(peer.device) == device)
                .find_map(|peer| peer.has);
            let mut has: Vec<Have> = said
                .and_then(|bytes| cbor::from_slice(&bytes).ok())
                .unwrap_or_default();
            let of_own = |has: &[Have]| -> u64 {
                let own = has.iter().filter(|have| have.device == own);
                own.map(|have| have.seq).sum()
            };
            let already = of_own(&has);
            has.retain(|have| !lanes.contains_key(&have.lane));
            has.extend(lanes.values().flatten().cloned());
            has.sort();
            tx.put_peer(&PeerRow {
                device: *device.as_bytes(),
                merged_at: now,
                has: Some(cbor::to_vec(&has)),
            })?;
            let newly = of_own(&has).saturating_sub(already);
            Ok::<_, AppError>((left, u32::try_from(newly).unwrap_or(u32::MAX)))
        })
    }

    /// The lanes that this device and another read.
    fn lanes_with(&self, device: Device) -> Vec<Lane> {
        let theirs = self.lanes_of(device);
        let own = self.lanes_of_own_groups().into_iter();
        own.filter(|lane| theirs.contains(lane)).collect()
    }

    /// The lanes that another device reads.
    pub(in crate::exchange) fn lanes_of(&self, device: Device) -> BTreeSet<Lane> {
        let office = self.trust.directory.state();
        let is_in = office
            .devices
            .get(&device)
            .is_some_and(|member| member.standing == Standing::Active && !member.frozen);
        let groups = office.groups.keys().copied();
        let lanes = groups
            .filter(|group| office.is_member(device, *group))
            .map(wire::ids::Group::lane);
        lanes.chain([Lane::ORG]).filter(|_| is_in).collect()
    }
}

/// What a host hands out of, and puts into. What a colleague gives is staged: nothing that no attachment names stays.
#[derive(Debug)]
struct Lent(Chunks);

impl Shelf for Lent {
    fn length(&self, chunk: Hash) -> io::Result<Option<u64>> {
        self.0.length(chunk.as_bytes()).map_err(fault)
    }

    fn read(&self, chunk: Hash) -> io::Result<Option<Vec<u8>>> {
        self.0.get(chunk.as_bytes()).map_err(fault)
    }

    fn keep(&self, chunk: Hash, bytes: &[u8]) -> io::Result<()> {
        self.0.stage(chunk.as_bytes(), bytes).map_err(fault)
    }
}

fn fault(error: store::Error) -> io::Error {
    match error {
        store::Error::DiskFull => io::Error::new(io::ErrorKind::StorageFull, error),
        error => io::Error::other(error),
    }
}

/// An address or a number as a person copies it from another screen, in any width.
#[must_use]
pub fn typed(text: &str) -> String {
    let narrow = domain::text::nfkc(text.trim());
    let digits: String = narrow.chars().filter(char::is_ascii_digit).collect();
    let is_number = narrow
        .chars()
        .all(|c| c.is_ascii_digit() || "-‐‑–—−ー ".contains(c));
    match digits.split_at_checked(3) {
        Some((first, second)) if is_number && second.len() == 3 => format!("{first}-{second}"),
        _ => narrow,
    }
}

/// Why this device does not go on with somebody who wanted to come, or whom it wanted to reach.
#[must_use]
pub fn refused(stranger: Stranger) -> AppError {
    match stranger {
        Stranger::Unknown => ErrorCode::LanUnknown,
        Stranger::Forged => ErrorCode::LanForged,
        Stranger::Frozen => ErrorCode::LanColleagueFrozen,
        Stranger::Removed => ErrorCode::LanColleagueRemoved,
    }
    .into()
}

/// Why the other side does not let this device in, where it has said so.
#[must_use]
pub fn refused_there(why: Option<Stranger>) -> AppError {
    match why {
        Some(Stranger::Frozen) => ErrorCode::DeviceFrozen,
        Some(Stranger::Removed) => ErrorCode::DeviceRemoved,
        Some(Stranger::Unknown | Stranger::Forged) | None => ErrorCode::LanRefused,
    }
    .into()
}

/// Words about a hub fit no colleague.
pub(super) fn not_the_hub(error: AppError) -> AppError {
    match error.code {
        ErrorCode::HubNotAdmitted => AppError::new(ErrorCode::LanRefused).because(error),
        ErrorCode::HubBusy | ErrorCode::HubFaulty | ErrorCode::HubChanged => {
            AppError::new(ErrorCode::LanCut).because(error)
        }
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_and_an_address_are_read_as_people_type_them() {
        for (text, is) in [
            ("482-913", "482-913"),
            (" ４８２−９１３ ", "482-913"),
            ("482 913", "482-913"),
            ("482913", "482-913"),
            ("４８２ー９１３", "482-913"),
            ("192.168.0.12：47874", "192.168.0.12:47874"),
            ("10.0.0.1", "10.0.0.1"),
            ("pc-3.local", "pc-3.local"),
        ] {
            assert_eq!(typed(text), is);
        }
    }
}
