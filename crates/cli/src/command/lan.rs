//! `lan` and `sync --lan`: a colleague's laptop in the same network (同じ場所の同僚).

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use app::hub::colleague::{Opened, lay_out, refused, refused_there, typed};
use app::hub::{Conversation, talk};
use app::session::view::{LanFoundView, LanGuestView, LanView, SyncView};
use app::{App, AppError, ErrorCode, Lang, Result};
use lan::Certificate;
use lan::find;
use lan::host::{Event, Host, NotOpened, PORT};
use lan::line::{Line, NotReached};

use super::{hub, with_app};
use crate::arguments::LanCommand;
use crate::rim::Rim;

/// How long to listen for laptops that are open.
const LISTENING: Duration = Duration::from_secs(4);

pub(crate) fn run(rim: &Rim, command: LanCommand) -> Result<()> {
    match command {
        LanCommand::Open { listen, minutes } => {
            let listen = place(&listen)?;
            with_app(rim, |app| open(rim, app, listen, minutes))
        }
        LanCommand::Find => {
            let found: Vec<_> = find::find(LISTENING).into_iter().map(found).collect();
            rim.say(&found, |found| listed(rim.lang, found))
        }
    }
}

pub(crate) fn sync(rim: &Rim, to: &str) -> Result<()> {
    let view = with_app(rim, |app| {
        let mut line = reach(app, to)?;
        let mut exchange = |app: &mut App| {
            let talk_to = Conversation::with_colleague(app, line.device(), line.binding())?;
            Ok::<_, AppError>(talk(app, talk_to, &mut line)?.0)
        };
        let mut view = exchange(app)?;
        // As many more talks as attachments take.
        while view.more {
            view = view.and(exchange(app)?);
        }
        Ok(view)
    })?;
    rim.say(&view, |view| exchanged(rim.lang, view))
}

fn reach(app: &App, to: &str) -> Result<Line> {
    let made = Certificate::make();
    let certificate = made.map_err(|error| AppError::new(ErrorCode::Internal).because(error))?;
    let pass = app.lan_pass(certificate.bytes())?;
    Line::reach(&typed(to), &certificate, &pass, &app.lan_members()).map_err(not_reached)
}

fn not_reached(error: NotReached) -> AppError {
    match error {
        NotReached::NoAddress => AppError::new(ErrorCode::InvalidValue).with("field", "--lan"),
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

fn open(rim: &Rim, app: &mut App, listen: SocketAddr, minutes: u32) -> Result<()> {
    let made = Certificate::make();
    let certificate = made.map_err(|error| AppError::new(ErrorCode::Internal).because(error))?;
    let pass = app.lan_pass(certificate.bytes())?;
    let (members, founding) = (app.lan_members(), app.lan_founding());
    let shelf = app.lan_shelf();
    let host = Host::open(listen, &certificate, &pass, members, founding, shelf);
    let host = host.map_err(not_opened)?;
    let mut laid = Opened::default();
    lay_out(app, &mut laid, &mut host.carrier())?;
    let view = LanView {
        number: Some(host.number().to_owned()),
        addresses: host.addresses().iter().map(ToString::to_string).collect(),
        minutes,
        ..LanView::default()
    };
    rim.say(&view, |view| opened(rim.lang, view))?;
    let idle = Duration::from_secs(60 * u64::from(minutes));
    let mut since = Instant::now();
    let (mut came, mut done) = (0, 0);
    let mut guest = None;
    while since.elapsed() < idle {
        let Some(event) = host.wait(Duration::from_secs(1)) else {
            // He has all that he came for.
            if let Some(guest) = guest.take() {
                app.lan_settle();
                rim.say(&guest, |guest| came_by(rim.lang, guest))?;
            }
            continue;
        };
        since = Instant::now();
        // Whatever is due by now is done in one round.
        let due = host.due();
        match event {
            Event::Came(_) | Event::Gave(_) if due == done => {}
            Event::Came(_) | Event::Gave(_) => {
                laid.meet(host.guests());
                came += lay_out(app, &mut laid, &mut host.carrier())?.0.new;
                host.know(app.lan_members());
                for guest in host.guests().into_keys() {
                    host.hand_out(guest, app.lan_haves(guest)?, app.lan_chunks(guest)?);
                }
                host.did(due);
                done = due;
            }
            Event::Has { device, lanes, all } => {
                app.lan_has(device, &lanes)?;
                // Otherwise it goes on.
                if !all {
                    continue;
                }
                let guest = noted(rim, &mut guest, device.to_string(), || app.name_of(device))?;
                guest.new += std::mem::take(&mut came);
                guest.equal = true;
            }
            Event::Carried {
                device,
                taken,
                given,
            } => {
                let guest = noted(rim, &mut guest, device.to_string(), || app.name_of(device))?;
                guest.files_received += taken;
                guest.files_sent += given;
            }
        }
    }
    Ok(())
}

/// What is to be said of a guest, once he is done; of another one it is said now.
fn noted<'a>(
    rim: &Rim,
    noted: &'a mut Option<LanGuestView>,
    device: String,
    name: impl FnOnce() -> String,
) -> Result<&'a mut LanGuestView> {
    if let Some(other) = noted.take_if(|other| other.device != device) {
        rim.say(&other, |guest| came_by(rim.lang, guest))?;
    }
    Ok(noted.get_or_insert_with(|| LanGuestView {
        name: name(),
        device,
        ..LanGuestView::default()
    }))
}

/// An address, with the usual port where none is said.
fn place(listen: &str) -> Result<SocketAddr> {
    let with_port = listen.parse::<SocketAddr>().ok();
    let alone = listen.parse::<IpAddr>().ok();
    with_port
        .or(alone.map(|ip| SocketAddr::new(ip, PORT)))
        .ok_or_else(|| AppError::new(ErrorCode::InvalidValue).with("field", "--listen"))
}

fn found(found: find::Found) -> LanFoundView {
    LanFoundView {
        number: found.number,
        addresses: found.addresses.iter().map(ToString::to_string).collect(),
    }
}

fn listed(lang: Lang, found: &[LanFoundView]) -> String {
    if found.is_empty() {
        return match lang {
            Lang::Ja => "同じネットワークに、開いているPCは見つかりませんでした。",
            Lang::En => "No laptop in this network is open.",
        }
        .to_owned();
    }
    let line = |it: &LanFoundView| format!("{}\t{}", it.number, it.addresses.join(" "));
    found.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn opened(lang: Lang, view: &LanView) -> String {
    let number = view.number.as_deref().unwrap_or_default();
    let addresses = view.addresses.join(" ");
    match lang {
        Lang::Ja => format!(
            "同僚のPCから送受信できます。番号 {number}、アドレス {addresses}。\n{} 分だれも来なければ閉じます。Ctrl+C でも閉じます。",
            view.minutes
        ),
        Lang::En => format!(
            "Open for colleagues: number {number}, address {addresses}.\nCloses after {} minutes without anybody, or by Ctrl+C.",
            view.minutes
        ),
    }
}

fn came_by(lang: Lang, guest: &LanGuestView) -> String {
    let mut said = match lang {
        Lang::Ja => format!(
            "{} さんのPCと送受信しました: 新しい {} 件。",
            guest.name, guest.new
        ),
        Lang::En => format!("Exchanged with {}'s laptop: {} new.", guest.name, guest.new),
    };
    if guest.equal {
        said.push_str(match lang {
            Lang::Ja => "両方が同じ記録を持っています。",
            Lang::En => " Both have the same records.",
        });
    }
    with_files(lang, said, guest.files_sent, guest.files_received)
}

fn with_files(lang: Lang, said: String, sent: u64, received: u64) -> String {
    match hub::files(lang, sent, received) {
        Some(files) => format!("{said}\n{files}"),
        None => said,
    }
}

fn exchanged(lang: Lang, view: &SyncView) -> String {
    let name = view.colleague.as_deref().unwrap_or_default();
    let said = match lang {
        Lang::Ja => format!(
            "{name} さんのPCと送受信しました: 渡した変更 {} 件、新しい {} 件、待っている {} 件、受け付けなかった {} 件。",
            view.sent,
            view.new,
            view.held,
            view.refused.len()
        ),
        Lang::En => format!(
            "Exchanged with {name}'s laptop: {} changes handed over, {} new, {} held, {} refused.",
            view.sent,
            view.new,
            view.held,
            view.refused.len()
        ),
    };
    let mut said = with_files(lang, said, view.files_sent, view.files_received);
    if !view.left_out.is_empty() {
        let codes = view.left_out.join(", ");
        said.push('\n');
        said.push_str(&match lang {
            Lang::Ja => format!("渡せなかったもの、受け取れなかったものがあります: {codes}"),
            Lang::En => format!("Not everything was given or taken: {codes}"),
        });
    }
    said
}
