//! The ways by which laptops exchange: the hub, a stick, a visit in one place.

use sync::carrier::{Call, Carrier, Method, Reply, Unreachable};
use testkit::hub::{Fate, Hub, Line, URL};
use wire::cbor::{self, Bytes};
use wire::hub::{HaveAsked, HaveTold, Invitation, Join, Taken};
use wire::ids::Device;
use wire::lan::{HERE, Stranger, differing};

use super::Kind;
use super::world::World;
use crate::exchange::export::LeaveOut;
use crate::hub::colleague::{Opened, lay_out};
use crate::hub::{Conversation, talk};
use crate::session::view::SyncView;
use crate::{App, AppError, ErrorCode};

/// What is told of a world in which it happened.
pub(super) const ALTERED: &str = "an answer of the hub was altered";

impl World {
    pub(super) fn sync(&mut self, at: usize, faults: bool) -> Option<SyncView> {
        let fates = self.fates(faults);
        let desk = &mut self.desks[at];
        let conversation = Conversation::sync(&mut desk.app, Some(URL)).unwrap();
        let mut line = self
            .hub
            .line_that(|call| fates.get(call).cloned().unwrap_or(Fate::Through));
        let came = talk(&mut desk.app, conversation, &mut line);
        let mut lived = fates.iter().take(line.calls);
        drop(line);
        if lived.any(|fate| matches!(fate, Fate::Altered(_))) {
            self.happens(ALTERED);
        }
        let desk = &mut self.desks[at];
        match came {
            Ok((view, _)) => {
                if desk.hub_was_put_back && !faults {
                    assert!(view.restored, "a hub that was put back is noticed");
                }
                desk.hub_was_put_back = false;
                desk.has_talked = true;
                Some(view)
            }
            Err(error) => {
                let expected = [
                    ErrorCode::HubUnreachable,
                    ErrorCode::HubFaulty,
                    ErrorCode::HubNotAdmitted,
                    ErrorCode::HubChanged,
                    ErrorCode::DeviceFrozen,
                    ErrorCode::DeviceRemoved,
                ];
                assert!(expected.contains(&error.code), "{error:?}");
                None
            }
        }
    }

    /// Until nothing is left to carry: files come behind all words.
    pub(super) fn sync_out(&mut self, at: usize) -> Option<SyncView> {
        for _ in 0..20 {
            let view = self.sync(at, false)?;
            if !view.more {
                return Some(view);
            }
        }
        panic!("{at} never comes to an end");
    }

    fn fates(&mut self, faults: bool) -> Vec<Fate> {
        let mut fates = Vec::new();
        for _ in 0..24 {
            fates.push(match self.dice.roll(if faults { 40 } else { 1 }) {
                1 => Fate::LostThere,
                2 => Fate::LostBack,
                3 => Fate::Doubled,
                4 => Fate::Stale,
                5 => Fate::Answered(Reply {
                    status: 200,
                    body: vec![0x80],
                }),
                6 | 7 if self.kind == Kind::Full => Fate::Altered(self.dice.roll(1 << 20)),
                _ => Fate::Through,
            });
        }
        fates
    }

    /// A stick from one to another, on which some files may be missing.
    pub(super) fn carry(&mut self, from: usize) {
        let to = self.dice.roll(self.desks.len());
        let bundle = self.stick_of(from);
        self.give(to, &bundle);
    }

    fn stick_of(&mut self, from: usize) -> Vec<u8> {
        let whole = self.dice.roll(2) == 0;
        let mut picks: Vec<bool> = Vec::new();
        for _ in 0..400 {
            picks.push(whole || self.dice.roll(3) > 0);
        }
        let mut picks = picks.into_iter();
        // Half of them leave out what everybody acknowledged.
        let leave_out = if self.dice.roll(2) == 0 {
            LeaveOut::Nothing
        } else {
            LeaveOut::Acknowledged
        };
        self.desks[from]
            .app
            .bundle_in_memory(&leave_out, || picks.next().unwrap_or(true))
            .unwrap()
    }

    pub(super) fn give(&mut self, to: usize, bundle: &[u8]) {
        if let Err(error) = self.desks[to].app.import_bytes(bundle) {
            let expected = [
                ErrorCode::NotForThisDevice,
                ErrorCode::UnknownDevice,
                ErrorCode::DeviceFrozen,
                ErrorCode::DeviceRemoved,
            ];
            assert!(expected.contains(&error.code), "{error:?}");
        }
    }

    /// A stick on which a byte was changed: nothing of it is taken in.
    pub(super) fn alter(&mut self, from: usize) {
        let to = self.dice.roll(self.desks.len());
        let mut bundle = self.stick_of(from);
        let place = self.dice.roll(bundle.len());
        bundle[place] ^= 1 << self.dice.roll(8);
        let before = self.desks[to].app.store.counter();
        self.desks[to].app.import_bytes(&bundle).unwrap_err();
        assert_eq!(self.desks[to].app.store.counter(), before);
        self.happens("a stick was altered");
    }

    /// Two meet in one place: one opens, the other comes. The network between them may fail.
    pub(super) fn visit(&mut self, guest: usize) {
        let host = self.dice.roll(self.desks.len());
        let fates = self.fates(true);
        let Some([guest, host]) = pair(&mut self.desks, guest, host) else {
            return;
        };
        if let Err(error) = meet(&mut guest.app, &mut host.app, fates) {
            let expected = [
                ErrorCode::DeviceFrozen,
                ErrorCode::DeviceRemoved,
                ErrorCode::LanColleagueFrozen,
                ErrorCode::LanColleagueRemoved,
                ErrorCode::LanUnknown,
                ErrorCode::LanRefused,
                ErrorCode::LanCut,
            ];
            assert!(expected.contains(&error.code), "{error:?}");
            return;
        }
        self.happens("two met in one place");
    }
}

fn pair<T>(all: &mut [T], one: usize, other: usize) -> Option<[&mut T; 2]> {
    all.get_disjoint_mut([one, other]).ok()
}

/// What the handshake does is said here: each looks at the other's pass.
fn meet(guest: &mut App, host: &mut App, fates: Vec<Fate>) -> Result<(), AppError> {
    let refused = |stranger: Stranger| crate::hub::colleague::refused(stranger);
    let (of_host, of_guest) = (host.lan_pass(b"host")?, guest.lan_pass(b"guest")?);
    let device = guest
        .lan_members()
        .admit(b"host", &of_host)
        .map_err(refused)?;
    host.lan_members()
        .admit(b"guest", &of_guest)
        .map_err(|why| crate::hub::colleague::refused_there(Some(why)))?;
    let place = Hub::default();
    lay_open(&place, host);
    let mut laid = Opened::default();
    lay_out(host, &mut laid, &mut place.line())?;
    let talking = Conversation::with_colleague(guest, device, &[7; 32])?;
    let mut between = Between {
        line: place.line_that(|call| fates.get(call).cloned().unwrap_or(Fate::Through)),
        place: &place,
        host,
        guest: Device::new(guest.identity.device),
        laid,
    };
    talk(guest, talking, &mut between).map(drop)
}

/// The office is carried by the host's own place from its beginning.
fn lay_open(place: &Hub, host: &App) {
    let office = host.trust.directory.state();
    let admin = office.admins.values().find(|admin| !admin.paper);
    let mut devices = office.devices.iter();
    let device = devices
        .find(|(_, member)| admin.is_some_and(|admin| admin.sign == member.keys.sign))
        .map(|(device, _)| *device);
    let join = Join {
        code: Invitation::parse(&place.invite()).unwrap().code,
        directory: host.lan_founding().1.into_iter().map(Bytes).collect(),
        device: device.unwrap_or(Device::new(host.identity.device)),
    };
    let call = Call {
        method: Method::Post,
        path: "/v1/join".to_owned(),
        body: cbor::to_vec(&join),
        token: None,
    };
    assert_eq!(place.line().carry(&call).unwrap().status, 200);
}

/// The way of a guest, on which the host does what is due whenever it is asked.
struct Between<'a> {
    line: Line<'a>,
    place: &'a Hub,
    host: &'a mut App,
    guest: Device,
    laid: Opened,
}

impl Between<'_> {
    fn lay_out(&mut self) -> Result<(), AppError> {
        lay_out(self.host, &mut self.laid, &mut self.place.line()).map(drop)
    }

    /// What the gate answers: it compares with the host itself.
    fn answer(&mut self, call: &Call) -> Result<Option<Reply>, AppError> {
        let body = match call.path.as_str() {
            HERE => {
                let said: HaveTold = cbor::from_slice(&call.body).unwrap();
                let has = said.lanes.into_iter().flat_map(|(_, haves)| haves);
                self.laid.meet([(self.guest, Some(has.collect()))].into());
                self.lay_out()?;
                cbor::to_vec(&Taken {
                    new: 0,
                    held: 0,
                    refused: 0,
                })
            }
            "/v1/have" => {
                self.lay_out()?;
                let asked: HaveAsked = cbor::from_slice(&call.body).unwrap();
                let here = self.host.lan_haves(self.guest)?;
                match differing(&here, &asked) {
                    Some(told) => cbor::to_vec(&told),
                    None => return Err(ErrorCode::LaneClosed.into()),
                }
            }
            _ => return Ok(None),
        };
        Ok(Some(Reply { status: 200, body }))
    }
}

impl Carrier for Between<'_> {
    fn carry(&mut self, call: &Call) -> Result<Reply, Unreachable> {
        let cut = |error| Unreachable(Box::new(error));
        if let Some(reply) = self.answer(call).map_err(cut)? {
            return self.line.carry_by(call, |_| reply.clone());
        }
        if call.path == "/v1/directory" {
            self.lay_out().map_err(cut)?;
        }
        self.line.carry(call)
    }
}
