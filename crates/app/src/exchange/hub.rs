//! The talk with a hub: what to call next, and what an answer means. Nothing here touches a network; a
//! [`Carrier`] brings the calls there and back, and the store is free while one is on its way.
//!
//! ```text
//! let in → directory: take, give → for each lane: read on from where it stands → seal → compare → push → receipts
//!        → chunks of attachments: ask, send, fetch
//! ```
//!
//! # Invariants
//!
//! - **A hub is not trusted.** What it brings goes the way of every delivery; what it says of itself is checked against
//!   the key that the office knows, the running hash of its feeds, and its signatures.
//! - **Sent means signed for.** Only a receipt that verifies says that a record is at the hub.
//! - **A line that is cut loses nothing.** What was read is kept with the place in the feed; what was pushed and not
//!   signed for is pushed again.
//! - **A hub with another past** (a restored backup, another machine, a lie) is read again from its beginning and given
//!   everything that it lacks.

mod chunks;
pub mod colleague;
mod directory;
mod dropping;
mod place;
mod push;
mod read;
mod say;

use std::collections::{BTreeSet, VecDeque};

use sync::carrier::{Call, Carrier, Method, Reply, Uncertified, Unreachable};
use wire::cbor::{self, Bytes, Cbor};
use wire::directory::{Op, Standing};
use wire::hub::{
    Admitted, Answer, Asks, AuthStatement, BlobsTold, Challenge, HaveTold, Invitation, Join,
    Joined, Page, Stored, Stubs, Taken,
};
use wire::ids::{Device, Hash, Lane, Org};

use self::chunks::{Carrying, Fetching, Sending};
use self::colleague::Colleague;
use self::directory::OneMind;
use self::dropping::Due;
pub(super) use self::place::{Place, address};
use self::push::Batch;
use self::read::Reading;
use super::import::Brought;
use super::state;
use crate::App;
use crate::error::{AppError, ErrorCode, Result};
use crate::session::view::{HubView, SyncView};

/// What to do next.
#[derive(Debug)]
pub enum Step {
    /// Bring this call to the hub.
    Call(Call),
    /// It is done: what came of it, and which tags went stale.
    Done(Box<SyncView>, Vec<String>),
}

/// A talk with a hub, from the greeting to the last receipt.
#[derive(Debug)]
pub struct Conversation {
    /// Whose talk it is: another store may be open when an answer comes.
    device: Device,
    /// Scheme, host and port.
    url: String,
    /// The key by which the hub is known here.
    known: Option<[u8; 32]>,
    /// The key that it showed.
    hub: [u8; 32],
    token: Option<[u8; 32]>,
    phase: Phase,
    heads: Vec<BTreeSet<Hash>>,
    lanes: VecDeque<Lane>,
    /// Whether the directory was asked for once more, for the sake of a newcomer.
    asked_again: bool,
    batches: VecDeque<Batch>,
    stubs: VecDeque<Stubs>,
    carrying: Carrying,
    brought: Brought,
    said: Said,
    /// Present where this is no hub of an office, but a laptop in the same place.
    colleague: Option<Colleague>,
    /// A lane was not handed out: of what is in it nothing was heard.
    is_lane_closed: bool,
}

/// What came of it so far.
#[derive(Debug, Default)]
struct Said {
    sent: u32,
    confirmed: u32,
    left_out: BTreeSet<String>,
}

#[derive(Debug)]
enum Phase {
    Greeting(Option<Invitation>),
    Joining,
    Challenged,
    Answered,
    /// What was of one mind before, where it was asked for by that.
    Directory(Option<OneMind>),
    Noticed,
    SayingWhatIsHere,
    Reading(Reading),
    Comparing,
    Pushing(Batch),
    GivingStubs,
    Dropping(Due),
    DroppingChunks(Due, VecDeque<Hash>),
    Settling,
    AskingForChunks(Vec<Hash>),
    SendingChunk(Sending),
    FetchingChunk(Fetching),
    Over,
}

impl Conversation {
    /// Begins to exchange with the hub of this office, or with the one at `url`.
    ///
    /// # Errors
    /// [`ErrorCode::NoHub`] when none is known; [`ErrorCode::InvalidValue`] when `url` is no address.
    pub fn sync(app: &mut App, url: Option<&str>) -> Result<Self> {
        let (url, known) = app.hub_to_call(url)?;
        Ok(Self::greeting(app, url, known, None))
    }

    /// Begins to join a hub with an invitation, as an admin of this office.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidValue`] when `url` is no address or the code is mistyped; [`ErrorCode::NotAdmin`].
    pub fn join(app: &mut App, url: &str, code: &str) -> Result<Self> {
        let own = Device::new(app.identity.device);
        if !app.trust.directory.state().is_admin(own) {
            return Err(ErrorCode::NotAdmin.into());
        }
        let invitation = Invitation::parse(code).map_err(|error| {
            AppError::new(ErrorCode::InvalidValue)
                .with("field", "code")
                .because(error)
        })?;
        let url = place::address(url)?;
        Ok(Self::greeting(app, url, None, Some(invitation)))
    }

    fn greeting(
        app: &App,
        url: String,
        known: Option<[u8; 32]>,
        invitation: Option<Invitation>,
    ) -> Self {
        Self {
            device: Device::new(app.identity.device),
            url,
            known,
            hub: [0; 32],
            token: None,
            phase: Phase::Greeting(invitation),
            heads: Vec::new(),
            lanes: VecDeque::new(),
            asked_again: false,
            batches: VecDeque::new(),
            stubs: VecDeque::new(),
            carrying: Carrying::default(),
            brought: Brought::default(),
            said: Said::default(),
            colleague: None,
            is_lane_closed: false,
        }
    }

    /// Where the hub is: scheme, host and port.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// With what the hub let this device in, so that it may listen as well; nothing before it did.
    #[must_use]
    pub fn token(&self) -> Option<[u8; 32]> {
        self.token
    }

    /// What is told when a call did not get through.
    #[must_use]
    pub fn broke_off(&self, error: Unreachable) -> AppError {
        match self.colleague {
            Some(_) => AppError::new(ErrorCode::LanCut).because(error),
            None => unreachable(error),
        }
    }

    /// Takes the answer to the last call, and says what to do next. The first step takes none.
    ///
    /// # Errors
    /// [`ErrorCode::Locked`] when another store is open than at the beginning; why the hub refuses or is not believed. What was taken in before stays, whole delivery by whole delivery.
    pub fn step(&mut self, app: &mut App, reply: Option<Reply>) -> Result<Step> {
        let step = self.go_on(app, reply);
        match self.colleague {
            Some(_) => step.map_err(colleague::not_the_hub),
            None => step,
        }
    }

    fn go_on(&mut self, app: &mut App, reply: Option<Reply>) -> Result<Step> {
        if self.device != Device::new(app.identity.device) {
            return Err(ErrorCode::Locked.into());
        }
        let phase = std::mem::replace(&mut self.phase, Phase::Over);
        let Some(reply) = reply else {
            return match phase {
                Phase::Greeting(Some(invitation)) => Ok(self.ask_to_join(app, &invitation)),
                Phase::Greeting(None) => Ok(self.ask(app)),
                _ => Err(ErrorCode::Internal.into()),
            };
        };
        match phase {
            Phase::Joining => self.joined(app, &heard(app, &reply)?),
            Phase::Challenged => self.challenged(app, &heard(app, &reply)?),
            Phase::Answered => self.answered(app, &heard(app, &reply)?),
            Phase::Directory(known) => self.directory(app, known, &heard(app, &reply)?),
            Phase::Noticed | Phase::SayingWhatIsHere => {
                let _: Taken = heard(app, &reply)?;
                self.read_next(app)
            }
            Phase::Reading(reading) => match heard::<Page>(app, &reply) {
                // The hub knows another directory; perhaps next time.
                Err(error) if error.code == ErrorCode::LaneClosed => {
                    self.is_lane_closed = true;
                    self.read_next(app)
                }
                page => self.page(app, reading, page?),
            },
            Phase::Comparing => self.compared(app, &heard::<HaveTold>(app, &reply)?),
            Phase::Pushing(batch) => match refusal(&reply) {
                Some(code) if push::is_full(&code) => {
                    self.said.left_out.insert(code);
                    self.settle(app)
                }
                _ => self.pushed(app, &batch, &heard::<Stored>(app, &reply)?),
            },
            Phase::GivingStubs => self.stubs_given(app, &reply),
            Phase::Dropping(due) => self.dropped(app, due, &reply),
            Phase::DroppingChunks(due, left) => self.chunks_dropped(app, due, left, &reply),
            Phase::Settling => self.settled(app, &heard::<HaveTold>(app, &reply)?),
            Phase::AskingForChunks(asked) => match refusal(&reply) {
                // A hub without a place for attachments, or of an older program.
                Some(code) if ["no_blobs", "not_found"].contains(&code.as_str()) => {
                    self.said.left_out.insert("no_blobs".to_owned());
                    self.finish(app)
                }
                _ => self.told_of_chunks(app, &asked, &heard::<BlobsTold>(app, &reply)?),
            },
            Phase::SendingChunk(sending) => match refusal(&reply) {
                Some(code) => self.chunk_not_taken(app, sending, code),
                None => self.chunk_sent(app, sending),
            },
            Phase::FetchingChunk(fetching) => self.chunk_came(app, fetching, reply),
            Phase::Greeting(_) | Phase::Over => Err(ErrorCode::Internal.into()),
        }
    }

    fn call(&mut self, next: Phase, method: Method, path: String, body: Vec<u8>) -> Step {
        self.phase = next;
        Step::Call(Call {
            method,
            path,
            body,
            token: self.token,
        })
    }

    fn post<T: Cbor>(&mut self, next: Phase, path: &str, body: &T) -> Step {
        self.call(next, Method::Post, path.to_owned(), cbor::to_vec(body))
    }

    fn ask_to_join(&mut self, app: &App, invitation: &Invitation) -> Step {
        let join = Join {
            code: invitation.code,
            directory: operations(app),
            device: Device::new(app.identity.device),
        };
        // Half of the hub's key is in the invitation; the whole of it comes with the answer.
        self.hub = spread(invitation.hub);
        self.post(Phase::Joining, "/v1/join", &join)
    }

    fn joined(&mut self, app: &mut App, joined: &Joined) -> Result<Step> {
        let invited = Invitation::new([0; 16], &joined.hub);
        if spread(invited.hub) != self.hub {
            return Err(ErrorCode::HubChanged.into());
        }
        self.known = Some(joined.hub);
        app.keep_office_hub(&self.url, &joined.hub)?;
        Ok(self.ask(app))
    }

    fn ask(&mut self, app: &App) -> Step {
        let asks = Asks {
            org: Org::new(app.identity.org),
            device: Device::new(app.identity.device),
        };
        self.post(Phase::Challenged, "/v1/auth", &asks)
    }

    fn challenged(&mut self, app: &mut App, challenge: &Challenge) -> Result<Step> {
        if self.known.is_some_and(|known| known != challenge.hub) {
            return Err(ErrorCode::HubChanged.into());
        }
        self.hub = challenge.hub;
        let statement = AuthStatement {
            hub: challenge.hub,
            origin: self.url.clone(),
            nonce: challenge.nonce,
            device: Device::new(app.identity.device),
            time: u64::try_from(app.environment.now() / 1000).unwrap_or_default(),
        };
        let answer = Answer::make(Org::new(app.identity.org), statement, &app.identity.sign);
        Ok(self.post(Phase::Answered, "/v1/auth", &answer))
    }

    fn answered(&mut self, app: &mut App, admitted: &Admitted) -> Result<Step> {
        self.token = Some(admitted.token);
        if self.colleague.is_none() {
            app.keep_own_hub(&self.url, &self.hub)?;
        }
        self.ask_for_directory(app)
    }

    fn finish(&mut self, app: &mut App) -> Result<Step> {
        let now = app.environment.now();
        let is_hub = self.colleague.is_none();
        let restored = app.store.transact(|tx| {
            if !is_hub {
                return Ok(false);
            }
            tx.put_device_state(state::SYNCED, now.to_string().as_bytes())?;
            let told = tx.device_state(state::OTHER_PAST)?.is_some();
            if told {
                tx.drop_device_state(state::OTHER_PAST)?;
                // Nobody may have asked for this exchange, and nobody reads what it says.
                tx.put_device_state(state::OTHER_PAST_TOLD, now.to_string().as_bytes())?;
            }
            Ok::<_, AppError>(told)
        })?;
        let (came, mut touched) = app.imported(std::mem::take(&mut self.brought))?;
        if self.carrying.received > 0 {
            touched.push("attachments".to_owned());
        }
        if self.tells_of_erasures(app) {
            app.compared()?;
            touched.push("status".to_owned());
        }
        let said = std::mem::take(&mut self.said);
        let view = SyncView {
            new: came.new,
            known: came.known,
            held: came.held,
            refused: came.refused,
            conflicts: came.conflicts,
            sent: said.sent,
            confirmed: said.confirmed,
            restored,
            left_out: said.left_out.into_iter().collect(),
            files_sent: self.carrying.sent,
            files_received: self.carrying.received,
            more: self.carrying.goes_on(),
            hub: HubView {
                url: self.url.clone(),
            },
            colleague: self.name_of_colleague(app),
        };
        Ok(Step::Done(Box::new(view), touched))
    }
}

/// Talks to the end, with nobody else at the store.
///
/// # Errors
/// As [`Conversation::step`]; [`ErrorCode::HubUnreachable`].
pub fn talk(
    app: &mut App,
    mut conversation: Conversation,
    carrier: &mut dyn Carrier,
) -> Result<(SyncView, Vec<String>)> {
    talk_with(app, &mut conversation, carrier)
}

/// The same, where the conversation is asked for something afterwards.
///
/// # Errors
/// As [`talk`].
pub fn talk_with(
    app: &mut App,
    conversation: &mut Conversation,
    carrier: &mut dyn Carrier,
) -> Result<(SyncView, Vec<String>)> {
    let mut reply = None;
    loop {
        match conversation.step(app, reply)? {
            Step::Call(call) => {
                let carried = carrier.carry(&call);
                reply = Some(carried.map_err(|error| conversation.broke_off(error))?);
            }
            Step::Done(view, touched) => return Ok((*view, touched)),
        }
    }
}

/// What is told when a call did not get through.
pub fn unreachable(error: Unreachable) -> AppError {
    let code = if error.0.is::<Uncertified>() {
        ErrorCode::HubUncertified
    } else {
        ErrorCode::HubUnreachable
    };
    AppError::new(code).because(error)
}

/// The code with which a hub refuses, where it does.
pub(super) fn refusal(reply: &Reply) -> Option<String> {
    if (200..300).contains(&reply.status) {
        return None;
    }
    cbor::from_slice::<wire::hub::Refusal>(&reply.body)
        .ok()
        .map(|refusal| refusal.code)
}

/// What an answer says, or why there is none. Why this device may not exchange, it knows itself.
fn heard<T: Cbor>(app: &App, reply: &Reply) -> Result<T> {
    answer_of(reply).map_err(|error| match error.code {
        ErrorCode::DeviceFrozen => app.must_exchange().err().unwrap_or(error),
        _ => error,
    })
}

/// What an answer says, or why there is none.
pub(super) fn answer_of<T: Cbor>(reply: &Reply) -> Result<T> {
    if (200..300).contains(&reply.status) {
        return cbor::from_slice(&reply.body)
            .map_err(|error| AppError::new(ErrorCode::HubFaulty).because(error));
    }
    let code = refusal(reply);
    Err(match code.as_deref() {
        Some("not_admitted") => ErrorCode::HubNotAdmitted.into(),
        Some("no_invitation") => ErrorCode::InvitationRefused.into(),
        Some("not_an_admin") => ErrorCode::NotAdmin.into(),
        Some("lane_closed") => ErrorCode::LaneClosed.into(),
        Some("no_exchange") => ErrorCode::DeviceFrozen.into(),
        _ if reply.status == 429 || reply.status >= 500 => ErrorCode::HubBusy.into(),
        _ => AppError::new(ErrorCode::HubFaulty).with("detail", code.unwrap_or_default()),
    })
}

fn spread(half: [u8; 16]) -> [u8; 32] {
    let mut whole = [0; 32];
    whole.iter_mut().zip(half).for_each(|(to, from)| *to = from);
    whole
}

fn operations(app: &App) -> Vec<Bytes> {
    app.trust
        .directory
        .ops()
        .map(|op: &Op| Bytes(op.to_bytes()))
        .collect()
}

impl App {
    /// Whether this device may still exchange, as the directory here says.
    ///
    /// # Errors
    /// [`ErrorCode::WipeOrdered`], [`ErrorCode::DeviceFrozen`], [`ErrorCode::DeviceRemoved`].
    pub(super) fn must_exchange(&self) -> Result<()> {
        if self.is_to_wipe() {
            return Err(ErrorCode::WipeOrdered.into());
        }
        let own = Device::new(self.identity.device);
        match self.trust.directory.state().devices.get(&own) {
            Some(member) if member.standing != Standing::Active => {
                Err(ErrorCode::DeviceRemoved.into())
            }
            Some(member) if member.frozen => Err(ErrorCode::DeviceFrozen.into()),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
pub(in crate::exchange) mod tests {
    use std::cell::Cell;

    thread_local! {
        /// The protection taken out, for a red control.
        pub(in crate::exchange) static CARRIES_NO_FILES: Cell<bool> = const { Cell::new(false) };
        /// Another: what cannot be read is looked at once.
        pub(in crate::exchange) static LOOKS_ONCE: Cell<bool> = const { Cell::new(false) };
        /// Another: of what was erased a hub gets nothing.
        pub(in crate::exchange) static GIVES_NO_STUBS: Cell<bool> = const { Cell::new(false) };
    }
}
