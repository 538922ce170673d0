//! Two laptops in one place, without a hub and without the internet: over real sockets on this computer.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use app::hub::colleague::{Opened, lay_out, refused, refused_there};
use app::hub::{Conversation, talk};
use app::session::view::{DeviceAct, SyncView};
use app::{App, AppError, ErrorCode};
use lan::Certificate;
use lan::host::{Event, Host};
use lan::line::{Line, NotReached};
use serde_json::{Value, json};
use sync::carrier::Carrier;
use testkit::Laptop;
use testkit::hub::Hub;
use wire::ids::Device;

pub(crate) fn office() -> (Laptop, Laptop, String) {
    let (mut sato, _) = Laptop::founding("佐藤 一子", 1);
    let mut tanaka = Laptop::joining(&mut sato, "田中 次郎", 2);
    let view = sato.call("household.create", json!({ "name": "みほん家" }));
    let household = view["id"].as_str().unwrap().to_owned();
    exchange(&mut sato, &mut tanaka, |address| address).unwrap();
    (sato, tanaka, household)
}

pub(crate) fn note(laptop: &mut Laptop, household: &str, text: &str) {
    laptop.call(
        "note.create",
        json!({ "householdId": household, "text": text }),
    );
}

pub(crate) fn notes(laptop: &mut Laptop, household: &str) -> Vec<String> {
    let view = laptop.call("household.get", json!({ "id": household }));
    let mut texts: Vec<String> = view["notes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|note| note["text"].as_str().unwrap().to_owned())
        .collect();
    texts.sort();
    texts
}

fn shown(laptop: &mut Laptop, household: &str) -> Value {
    let mut view = laptop.call("household.get", json!({ "id": household }));
    view.as_object_mut().unwrap().remove("local");
    view
}

/// Unsent changes, unconfirmed records.
pub(crate) fn waiting(laptop: &mut Laptop) -> (u32, u32) {
    let view = laptop.app().waiting().unwrap();
    (view.unsent_changes, view.unconfirmed)
}

fn open(app: &mut App) -> Result<Host, AppError> {
    let certificate = Certificate::make().unwrap();
    let pass = app.lan_pass(certificate.bytes())?;
    let here = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let (members, founding) = (app.lan_members(), app.lan_founding());
    let shelf = app.lan_shelf();
    Ok(Host::open(here, &certificate, &pass, members, founding, shelf).unwrap())
}

fn visit(app: &mut App, address: SocketAddr) -> Result<SyncView, AppError> {
    let mut line = reach(app, address)?;
    let (device, binding) = (line.device(), *line.binding());
    talk_on(app, device, &binding, &mut line)
}

/// One talk, and as many more as attachments take.
pub(crate) fn talk_on(
    app: &mut App,
    device: Device,
    binding: &[u8; 32],
    carrier: &mut dyn Carrier,
) -> Result<SyncView, AppError> {
    let mut one = |app: &mut App| {
        let conversation = Conversation::with_colleague(app, device, binding)?;
        Ok::<_, AppError>(talk(app, conversation, carrier)?.0)
    };
    let mut view = one(app)?;
    while view.more {
        view = view.and(one(app)?);
    }
    Ok(view)
}

pub(crate) fn reach(app: &App, address: SocketAddr) -> Result<Line, AppError> {
    let certificate = Certificate::make().unwrap();
    let pass = app.lan_pass(certificate.bytes())?;
    let line = Line::reach(
        &address.to_string(),
        &certificate,
        &pass,
        &app.lan_members(),
    );
    line.map_err(|error| match error {
        NotReached::NoAddress | NotReached::NoAnswer(_) => ErrorCode::LanNotFound.into(),
        NotReached::Stranger(stranger) => refused(stranger),
        NotReached::Refused(why) => refused_there(why),
    })
}

/// `host` opens, `guest` comes by the way that `way` makes of the address. What the guest is told.
pub(crate) fn exchange(
    host: &mut Laptop,
    guest: &mut Laptop,
    way: impl FnOnce(SocketAddr) -> SocketAddr + Send,
) -> Result<SyncView, AppError> {
    let guest = guest.app();
    while_open(host, |address| visit(guest, way(address)))?
}

/// `host` is open as long as the work takes.
pub(crate) fn while_open<T: Send>(
    host: &mut Laptop,
    work: impl FnOnce(SocketAddr) -> T + Send,
) -> Result<T, AppError> {
    let opened = open(host.app())?;
    let address = opened.addresses()[0];
    let app = host.app();
    let mut laid = Opened::default();
    lay_out(app, &mut laid, &mut opened.carrier())?;
    std::thread::scope(|scope| {
        let visitor = scope.spawn(move || work(address));
        loop {
            let ended = visitor.is_finished();
            match opened.wait(Duration::from_millis(20)) {
                None if ended => {
                    app.lan_settle();
                    return Ok(visitor.join().unwrap());
                }
                None | Some(Event::Carried { .. }) => {}
                Some(Event::Came(_) | Event::Gave(_)) => {
                    let due = opened.due();
                    laid.meet(opened.guests());
                    lay_out(app, &mut laid, &mut opened.carrier())?;
                    opened.know(app.lan_members());
                    for guest in opened.guests().into_keys() {
                        opened.hand_out(guest, app.lan_haves(guest)?, app.lan_chunks(guest)?);
                    }
                    opened.did(due);
                }
                Some(Event::Has { device, lanes, .. }) => _ = app.lan_has(device, &lanes)?,
            }
        }
    })
}

#[test]
fn two_laptops_in_one_place_merge_both_ways_and_nothing_is_said_to_be_at_the_office() {
    let (mut sato, mut tanaka, household) = office();
    note(&mut sato, &household, "佐藤が書いた");
    note(&mut tanaka, &household, "田中が書いた");
    assert_eq!((waiting(&mut sato).0, waiting(&mut tanaka).0), (1, 1));
    let view = exchange(&mut sato, &mut tanaka, |address| address).unwrap();
    assert_eq!(view.colleague.as_deref(), Some("佐藤 一子"));
    assert_eq!(
        (view.sent, view.refused.len(), view.restored),
        (1, 0, false)
    );
    assert!(view.new >= 1 && view.confirmed >= 1, "{view:?}");
    for laptop in [&mut sato, &mut tanaka] {
        assert_eq!(notes(laptop, &household), ["佐藤が書いた", "田中が書いた"]);
        // In a colleague's hands, who has said so.
        assert_eq!(waiting(laptop), (0, 0));
        let view = laptop.app().waiting().unwrap();
        assert_eq!((view.hub, view.last_sync_at), (None, None));
    }
    assert_eq!(shown(&mut sato, &household), shown(&mut tanaka, &household));
    // Nothing new: nothing is laid out, also the other way round.
    let view = exchange(&mut tanaka, &mut sato, |address| address).unwrap();
    assert_eq!((view.new, view.known, view.sent), (0, 0, 0));
    assert_eq!(view.colleague.as_deref(), Some("田中 次郎"));
    // Of all that both have, one new word is all that goes.
    note(&mut sato, &household, "もう一言");
    let view = exchange(&mut sato, &mut tanaka, |address| address).unwrap();
    assert_eq!((view.new, view.known), (1, 0));
}

#[test]
fn what_a_colleague_got_is_not_yet_at_the_hub() {
    let hub = Hub::default();
    let (mut sato, mut tanaka, household) = office();
    sato.join_hub(&hub);
    exchange(&mut sato, &mut tanaka, |address| address).unwrap();
    tanaka.sync(&hub);
    note(&mut tanaka, &household, "電波のない家で");
    let before = tanaka.app().waiting().unwrap();
    let view = exchange(&mut sato, &mut tanaka, |address| address).unwrap();
    assert_eq!(view.sent, 1);
    let after = tanaka.app().waiting().unwrap();
    assert_eq!(
        (after.hub, after.last_sync_at),
        (before.hub, before.last_sync_at)
    );
    // The hub's own word comes from the hub: it still gets the note, knows this device, and has its old past.
    let view = tanaka.sync(&hub);
    assert!(view.confirmed >= 1 && !view.restored, "{view:?}");
    let view = sato.sync(&hub);
    assert!(!view.restored, "{view:?}");
    assert_eq!(notes(&mut sato, &household), ["電波のない家で"]);
}

/// A way that carries so many bytes to the guest and breaks off then.
fn cut(to: SocketAddr, after: usize) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let carried = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&carried);
    std::thread::spawn(move || {
        let (guest, _) = listener.accept().unwrap();
        let host = TcpStream::connect(to).unwrap();
        let (mut up_from, mut up_to) = (guest.try_clone().unwrap(), host.try_clone().unwrap());
        std::thread::spawn(move || std::io::copy(&mut up_from, &mut up_to));
        let (mut from, mut to, mut buffer) = (host, guest, [0; 512]);
        loop {
            let read = from.read(&mut buffer).unwrap_or(0);
            let total = count.fetch_add(read, Ordering::SeqCst) + read;
            if read == 0 || total > after || to.write_all(&buffer[..read]).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Both);
        let _ = from.shutdown(Shutdown::Both);
    });
    (address, carried)
}

#[test]
fn a_line_cut_anywhere_loses_nothing_and_the_next_visit_goes_on() {
    let (mut sato, mut tanaka, household) = office();
    let mut written = Vec::new();
    let mut cuts = 0;
    for (round, after) in [0, 900, 1800, 2600, 3500, 5000, 7000, 9000, 12_000]
        .into_iter()
        .enumerate()
    {
        let (one, two) = (format!("佐藤 {round}"), format!("田中 {round}"));
        note(&mut sato, &household, &one);
        note(&mut tanaka, &household, &two);
        written.extend([one, two]);
        written.sort();
        let ended = exchange(&mut sato, &mut tanaka, |to| cut(to, after).0);
        if let Err(error) = ended {
            cuts += 1;
            let known = [
                ErrorCode::LanCut,
                ErrorCode::LanNotFound,
                ErrorCode::LanRefused,
            ];
            assert!(known.contains(&error.code), "{error:?}");
        }
        let view = exchange(&mut sato, &mut tanaka, |address| address).unwrap();
        assert!(view.refused.is_empty());
        assert_eq!(notes(&mut sato, &household), written, "cut after {after}");
        assert_eq!(notes(&mut tanaka, &household), written, "cut after {after}");
        assert_eq!((waiting(&mut sato).0, waiting(&mut tanaka).0), (0, 0));
    }
    assert!(cuts >= 6, "the line was cut {cuts} times only");
}

#[test]
fn another_offices_laptop_a_frozen_and_a_removed_one_get_nothing_and_are_told_why() {
    let (mut sato, mut tanaka, household) = office();
    let (mut other, _) = Laptop::founding("よそ 三郎", 3);
    note(&mut tanaka, &household, "止められる前に");
    note(&mut sato, &household, "佐藤が書いた");
    let code = |ended: Result<SyncView, AppError>| ended.unwrap_err().code;
    let refused = exchange(&mut sato, &mut other, |address| address);
    assert_eq!(code(refused), ErrorCode::LanUnknown);
    let before = notes(&mut tanaka, &household);
    let device = |laptop: &mut Laptop| {
        let devices = laptop.app().devices().unwrap().items;
        devices.into_iter().find(|it| it.current).unwrap().id
    };
    let act = |laptop: &mut Laptop, device: &str, act: &str| {
        let act = DeviceAct {
            device: device.to_owned(),
            act: act.to_owned(),
            role: None,
            reason: None,
            paper_admin_key: None,
        };
        laptop.app().device_act(&act).unwrap();
    };
    let of_tanaka = device(&mut tanaka);
    act(&mut sato, &of_tanaka, "freeze");
    // The frozen laptop does not know it yet, and hears it at the door.
    let refused = exchange(&mut sato, &mut tanaka, |address| address);
    assert_eq!(code(refused), ErrorCode::DeviceFrozen);
    // The one who knows does not visit a frozen one.
    let refused = exchange(&mut tanaka, &mut sato, |address| address);
    assert_eq!(code(refused), ErrorCode::LanColleagueFrozen);
    assert_eq!(notes(&mut tanaka, &household), before);
    assert_eq!(waiting(&mut tanaka).0, 1);
    act(&mut sato, &of_tanaka, "release");
    exchange(&mut sato, &mut tanaka, |address| address).unwrap();
    assert_eq!(waiting(&mut tanaka).0, 0);
    act(&mut sato, &of_tanaka, "left");
    let refused = exchange(&mut sato, &mut tanaka, |address| address);
    assert_eq!(code(refused), ErrorCode::DeviceRemoved);
    let refused = exchange(&mut tanaka, &mut sato, |address| address);
    assert_eq!(code(refused), ErrorCode::LanColleagueRemoved);
}

#[test]
fn a_laptop_that_is_to_wipe_itself_hears_of_it_from_a_colleague_and_gets_nothing_else() {
    let (mut sato, sheet) = Laptop::founding("佐藤 一子", 1);
    let mut tanaka = Laptop::joining(&mut sato, "田中 次郎", 2);
    let view = sato.call("household.create", json!({ "name": "みほん家" }));
    let household = view["id"].as_str().unwrap().to_owned();
    exchange(&mut sato, &mut tanaka, |address| address).unwrap();
    note(&mut sato, &household, "あとで書いた");
    let devices = sato.app().devices().unwrap().items;
    let of_tanaka = devices.iter().find(|it| !it.current).unwrap();
    let act = |act: &str| DeviceAct {
        device: of_tanaka.id.clone(),
        act: act.to_owned(),
        role: None,
        reason: Some("車上荒らし".to_owned()),
        paper_admin_key: Some(sheet.paper_admin_key.clone()),
    };
    // Red control: who is only frozen is not let in, and hears nothing from it.
    sato.app().device_act(&act("freeze")).unwrap();
    let refused = exchange(&mut sato, &mut tanaka, |address| address).unwrap_err();
    assert_eq!(refused.code, ErrorCode::DeviceFrozen);
    assert!(tanaka.app().lan_pass(b"a certificate").is_ok());

    sato.app().device_act(&act("wipe")).unwrap();
    let told = exchange(&mut sato, &mut tanaka, |address| address).unwrap_err();
    assert_eq!(told.code, ErrorCode::WipeOrdered);
    assert!(notes(&mut tanaka, &household).is_empty());
    let refused = tanaka.app().lan_pass(b"a certificate").unwrap_err();
    assert_eq!(refused.code, ErrorCode::WipeOrdered);
}

/// Shut out, not only gone: whoever knows of it refuses at the door. A colleague who has not heard of it yet is the red
/// control: from him the same laptop, at the same moment, gets all there is.
#[test]
fn a_laptop_that_was_shut_out_is_told_so_and_neither_gets_nor_gives_a_record() {
    let (mut sato, sheet) = Laptop::founding("佐藤 一子", 1);
    let mut tanaka = Laptop::joining(&mut sato, "田中 次郎", 2);
    let mut mori = Laptop::joining(&mut sato, "森 三枝", 3);
    let view = sato.call("household.create", json!({ "name": "みほん家" }));
    let household = view["id"].as_str().unwrap().to_owned();
    exchange(&mut sato, &mut tanaka, |address| address).unwrap();
    exchange(&mut sato, &mut mori, |address| address).unwrap();
    exchange(&mut sato, &mut tanaka, |address| address).unwrap();
    note(&mut sato, &household, "佐藤が書いた");
    exchange(&mut sato, &mut mori, |address| address).unwrap();
    note(&mut tanaka, &household, "田中が書いた");
    let devices = sato.app().devices().unwrap().items;
    let of_tanaka = devices.iter().find(|it| it.worker.name == "田中 次郎");
    let revoke = DeviceAct {
        device: of_tanaka.unwrap().id.clone(),
        act: "revoke".to_owned(),
        role: None,
        reason: None,
        paper_admin_key: Some(sheet.paper_admin_key),
    };
    sato.app().device_act(&revoke).unwrap();

    let told = exchange(&mut sato, &mut tanaka, |address| address).unwrap_err();
    assert_eq!(told.code, ErrorCode::DeviceRemoved);
    // Nothing went either way, and the laptop that was refused has learned of nothing but the refusal.
    assert_eq!(notes(&mut tanaka, &household), ["田中が書いた"]);
    assert_eq!(notes(&mut sato, &household), ["佐藤が書いた"]);
    assert_eq!(waiting(&mut tanaka).0, 1);
    assert!(tanaka.app().lan_pass(b"a certificate").is_ok());
    // Opening himself, he is not visited by whoever knows of it.
    let refused = exchange(&mut tanaka, &mut sato, |address| address).unwrap_err();
    assert_eq!(refused.code, ErrorCode::LanColleagueRemoved);
    assert_eq!(notes(&mut tanaka, &household), ["田中が書いた"]);

    // Red control: who has not heard of it lets him in.
    exchange(&mut mori, &mut tanaka, |address| address).unwrap();
    assert_eq!(
        notes(&mut tanaka, &household),
        ["佐藤が書いた", "田中が書いた"]
    );
    // Once he has, he does not either.
    exchange(&mut sato, &mut mori, |address| address).unwrap();
    let told = exchange(&mut mori, &mut tanaka, |address| address).unwrap_err();
    assert_eq!(told.code, ErrorCode::DeviceRemoved);
}
