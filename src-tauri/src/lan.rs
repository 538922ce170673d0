//! A colleague in the same place (同じ場所の同僚): opening this laptop for a while, finding one that is open, going there.
//!
//! # Invariants
//!
//! - **Open by a press alone**, and not for ever: it closes when nobody has come for half an hour, when the store locks, and
//!   when somebody says so.
//! - **Nobody waits for a colleague.** The store is held between two calls, never during one.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use app::hub::colleague::{self, refused, refused_there, typed};
use app::hub::{Conversation, Step};
use app::session::view::{LanFoundView, LanGuestView, LanView, SyncLan, SyncView};
use app::{AppError, ErrorCode};
use lan::Certificate;
use lan::find;
use lan::host::{Event, Host, NotOpened, PORT};
use lan::line::{Line, NotReached};
use serde_json::{Value, json};
use sync::carrier::{Carrier, Reply};
use tauri::{AppHandle, Emitter, Manager};

use crate::session::{Session, broken};

/// How long it stays open when nobody comes.
const MINUTES: u32 = 30;
/// How long to listen for laptops that are open.
const LISTENING: Duration = Duration::from_secs(4);
/// How soon it is noticed that it should close.
const LOOK: Duration = Duration::from_millis(300);

/// What a session command answers: its view, and what went stale.
type Answer = Result<(Value, Vec<String>), Value>;

/// What is open, and what has come of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lan(Arc<Mutex<Opened>>);

#[derive(Debug, Default)]
struct Opened {
    view: LanView,
    /// Which opening it is; a thread of another one ends.
    turn: u64,
}

impl Lan {
    fn hold(&self) -> MutexGuard<'_, Opened> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn close(&self, why: Option<&str>) {
        let mut opened = self.hold();
        opened.turn += 1;
        opened.view.number = None;
        opened.view.addresses.clear();
        opened.view.ended = why.map(str::to_owned);
    }

    fn of_guest(&self, device: &str, change: impl FnOnce(&mut LanGuestView)) {
        let mut opened = self.hold();
        let mut guests = opened.view.guests.iter_mut();
        if let Some(guest) = guests.find(|guest| guest.device == device) {
            change(guest);
        }
    }

    fn is_turn(&self, turn: u64) -> bool {
        self.hold().turn == turn
    }

    fn answer(&self) -> Answer {
        view(&self.hold().view)
    }
}

fn view<T: serde::Serialize>(it: &T) -> Answer {
    let view = serde_json::to_value(it).map_err(|_| broken())?;
    Ok((view, Vec::new()))
}

/// Does one command of this kind.
pub(crate) fn command(app: &AppHandle, session: &Session, name: &str, args: Value) -> Answer {
    let lan = app.state::<Lan>().inner().clone();
    match name {
        "lan_open" => open(app, session, &lan),
        "lan_close" => {
            lan.close(None);
            lan.answer()
        }
        "lan_find" => {
            let found = find::find(LISTENING).into_iter();
            let found = found.map(|found| LanFoundView {
                number: found.number,
                addresses: found.addresses.iter().map(ToString::to_string).collect(),
            });
            view(&found.collect::<Vec<_>>())
        }
        "lan_sync" => visit(app, session, args),
        _ => lan.answer(),
    }
}

/// A talk to the end, with the store free while a call is on its way.
fn talk(
    session: &Session,
    conversation: &mut Conversation,
    carrier: &mut dyn Carrier,
) -> Result<(SyncView, Vec<String>), Value> {
    let mut reply: Option<Reply> = None;
    loop {
        match session.guarded(|program| program.step(conversation, reply.take()))? {
            Step::Call(call) => match carrier.carry(&call) {
                Ok(answer) => reply = Some(answer),
                Err(error) => return Err(told(session, &conversation.broke_off(error))),
            },
            Step::Done(came, touched) => return Ok((*came, touched)),
        }
    }
}

fn told(session: &Session, error: &AppError) -> Value {
    let words = session.guarded(|program| Ok(program.words(error)));
    words.unwrap_or_else(|broken| broken)
}

fn certificate(session: &Session) -> Result<Certificate, Value> {
    let inside = |error| told(session, &AppError::new(ErrorCode::Internal).because(error));
    Certificate::make().map_err(|error| inside(Box::new(error)))
}

fn visit(app: &AppHandle, session: &Session, args: Value) -> Answer {
    let SyncLan { address } = serde_json::from_value(args)
        .map_err(|_| told(session, &ErrorCode::InvalidRequest.into()))?;
    let shown = certificate(session)?;
    let (pass, members) = session.guarded(|program| {
        program.with_app(|app| Ok((app.lan_pass(shown.bytes())?, app.lan_members())))
    })?;
    let mut line = Line::reach(&typed(&address), &shown, &pass, &members)
        .map_err(|error| told(session, &not_reached(error)))?;
    let mut exchange = || {
        let mut conversation = session.guarded(|program| {
            program.with_app(|app| Conversation::with_colleague(app, line.device(), line.binding()))
        })?;
        talk(session, &mut conversation, &mut line)
    };
    let (mut came, mut touched) = exchange()?;
    // As many more talks as attachments take; what has come is shown meanwhile.
    while came.more {
        let _ = app.emit("touched", touched);
        let next = exchange()?;
        (came, touched) = (came.and(next.0), next.1);
    }
    Ok((view(&came)?.0, touched))
}

fn not_reached(error: NotReached) -> AppError {
    match error {
        NotReached::NoAddress => AppError::new(ErrorCode::InvalidValue).with("field", "address"),
        NotReached::NoAnswer(error) => AppError::new(ErrorCode::LanNotFound).because(error),
        NotReached::Stranger(stranger) => refused(stranger),
        NotReached::Refused(why) => refused_there(why),
    }
}

fn not_opened(error: NotOpened) -> AppError {
    let code = match &error {
        NotOpened::Listening(_) => ErrorCode::LanClosed,
        NotOpened::Folder(_) | NotOpened::Store(_) => ErrorCode::FileFailed,
        NotOpened::Certificate(_) => ErrorCode::Internal,
    };
    AppError::new(code).because(error)
}

/// In all networks of this computer; a test stays on this computer: `MARUGOTO_LAN_LISTEN`.
fn listen() -> SocketAddr {
    let everywhere = SocketAddr::from((Ipv4Addr::UNSPECIFIED, PORT));
    if !cfg!(debug_assertions) {
        return everywhere;
    }
    let told = std::env::var("MARUGOTO_LAN_LISTEN").ok();
    told.and_then(|told| told.parse().ok())
        .unwrap_or(everywhere)
}

fn open(app: &AppHandle, session: &Session, lan: &Lan) -> Answer {
    if lan.hold().view.number.is_some() {
        return lan.answer();
    }
    let shown = certificate(session)?;
    let (pass, members, founding, shelf) = session.guarded(|program| {
        program.with_app(|app| {
            let pass = app.lan_pass(shown.bytes())?;
            let shelf = app.lan_shelf();
            Ok((pass, app.lan_members(), app.lan_founding(), shelf))
        })
    })?;
    let host = Host::open(listen(), &shown, &pass, members, founding, shelf)
        .map_err(|error| told(session, &not_opened(error)))?;
    let mut laid = colleague::Opened::default();
    let (_, touched) = lay_out(session, &host, &mut laid)?;
    let _ = app.emit("touched", touched);
    let turn = {
        let mut opened = lan.hold();
        opened.turn += 1;
        opened.view = LanView {
            number: Some(host.number().to_owned()),
            addresses: host.addresses().iter().map(ToString::to_string).collect(),
            minutes: MINUTES,
            ..LanView::default()
        };
        opened.turn
    };
    let (app, session, of_thread) = (app.clone(), session.clone(), lan.clone());
    std::thread::spawn(move || {
        let ended = attend(&app, &session, &of_thread, turn, &host, laid);
        drop(host);
        if of_thread.is_turn(turn) {
            let why = ended.unwrap_or_else(|error| {
                let code = error.get("code").and_then(Value::as_str);
                code.unwrap_or("unexpected").to_owned()
            });
            of_thread.close(Some(&why));
        }
    });
    lan.answer()
}

fn lay_out(
    session: &Session,
    host: &Host,
    laid: &mut colleague::Opened,
) -> Result<(SyncView, Vec<String>), Value> {
    laid.meet(host.guests());
    let taken = std::mem::take(laid);
    let mut conversation = session
        .guarded(|program| program.with_app(|app| Conversation::for_colleagues(app, taken)))?;
    let came = talk(session, &mut conversation, &mut host.carrier())?;
    *laid = conversation.opened_again();
    let members = session.guarded(|program| program.with_app(|app| Ok(app.lan_members())))?;
    host.know(members);
    for guest in host.guests().into_keys() {
        let (here, chunks) = session.guarded(|program| {
            program.with_app(|app| Ok((app.lan_haves(guest)?, app.lan_chunks(guest)?)))
        })?;
        host.hand_out(guest, here, chunks);
    }
    Ok(came)
}

/// Until it is to close: why.
fn attend(
    app: &AppHandle,
    session: &Session,
    lan: &Lan,
    turn: u64,
    host: &Host,
    mut laid: colleague::Opened,
) -> Result<String, Value> {
    let (mut since, mut done) = (Instant::now(), 0);
    let mut files_came = false;
    while since.elapsed() < Duration::from_secs(60 * u64::from(MINUTES)) {
        if !lan.is_turn(turn) {
            return Ok(String::new());
        }
        if !session.is_open() {
            return Ok("locked".to_owned());
        }
        let Some(event) = host.wait(LOOK) else {
            if std::mem::take(&mut files_came) {
                session.guarded(|program| {
                    program.with_app(|app| {
                        app.lan_settle();
                        Ok(())
                    })
                })?;
                let _ = app.emit("touched", json!(["attachments"]));
            }
            continue;
        };
        since = Instant::now();
        // Whatever is due by now is done in one round.
        let due = host.due();
        match event {
            Event::Came(_) | Event::Gave(_) if due == done => {}
            Event::Came(device) | Event::Gave(device) => {
                let (came, touched) = lay_out(session, host, &mut laid)?;
                host.did(due);
                done = due;
                let name = |app: &mut app::App| Ok(app.name_of(device));
                note(session, lan, device.to_string(), came.new, name)?;
                let _ = app.emit("touched", touched);
            }
            Event::Has { device, lanes, all } => {
                session.guarded(|program| program.with_app(|app| app.lan_has(device, &lanes)))?;
                lan.of_guest(&device.to_string(), |guest| guest.equal = all);
                let _ = app.emit("touched", json!(["status", "devices"]));
            }
            Event::Carried {
                device,
                taken,
                given,
            } => {
                files_came |= taken > 0;
                lan.of_guest(&device.to_string(), |guest| {
                    guest.files_received += taken;
                    guest.files_sent += given;
                });
            }
        }
    }
    Ok("idle".to_owned())
}

/// Writes a guest down, the newest first.
fn note(
    session: &Session,
    lan: &Lan,
    device: String,
    new: u32,
    name: impl FnOnce(&mut app::App) -> Result<String, AppError>,
) -> Result<(), Value> {
    let name = session.guarded(|program| program.with_app(name))?;
    let mut opened = lan.hold();
    let guests = &mut opened.view.guests;
    let before = guests.iter().position(|guest| guest.device == device);
    let mut guest = before.map(|at| guests.remove(at)).unwrap_or_default();
    guest.new += new;
    (guest.name, guest.device, guest.equal) = (name, device, false);
    guests.insert(0, guest);
    Ok(())
}
