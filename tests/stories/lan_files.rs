//! Attachments between two laptops in one place.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use app::session::view::SyncView;
use app::{App, AppError, ErrorCode};
use lan::line::Line;
use serde_json::{Value, json};
use sync::carrier::{Call, Carrier, Method, Reply, Unreachable};
use testkit::Laptop;
use testkit::hub::Hub;
use wire::cbor::{self, Cbor};
use wire::chunk::CHUNK;
use wire::hub::{BlobsAsked, BlobsTold};
use wire::ids::Hash;

use crate::lan::{exchange, note, office, reach, talk_on, while_open};

/// What a line carries of a chunk at once, as the talk has it.
const PART: usize = 256 << 10;

fn attach(laptop: &mut Laptop, mut to: Value, length: usize) -> String {
    let path = laptop.beside("記録.txt");
    let bytes: Vec<u8> = b"0123456789\n"
        .iter()
        .copied()
        .cycle()
        .take(length)
        .collect();
    std::fs::write(&path, bytes).unwrap();
    to["name"] = json!("");
    to["content"] = json!("");
    let request = serde_json::from_value(to).unwrap();
    let added = laptop.app().attach_file(&path, request).unwrap().0;
    added.id.to_string()
}

fn to_household(household: &str) -> Value {
    json!({ "householdId": household })
}

fn opens(laptop: &mut Laptop, attachment: &str) -> Result<Value, ErrorCode> {
    let opened = laptop.attempt("attachment.open", json!({ "id": attachment }));
    opened.map_err(|error| error.code)
}

/// The chunks that lie in a laptop's folder.
fn chunks(laptop: &Laptop) -> BTreeSet<Hash> {
    let folder = laptop.store().join("attachments");
    let files = std::fs::read_dir(folder).into_iter().flatten();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    names.filter_map(|name| named(&name)).collect()
}

fn named(name: &str) -> Option<Hash> {
    let pairs = name.as_bytes().chunks(2);
    let bytes: Option<Vec<u8>> = pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect();
    Some(Hash::new(bytes?.try_into().ok()?))
}

/// What happens on a line, and what came over it.
struct Watched {
    line: Line,
    /// After so many parts of chunks the line is cut.
    cut_after: usize,
    parts: usize,
    /// Bytes of chunks that were given, and that came.
    put: usize,
    got: usize,
    /// Bytes of chunks are not what they were.
    spoils: bool,
    asked: BTreeSet<Hash>,
    token: Option<[u8; 32]>,
}

impl Watched {
    fn to(app: &App, address: SocketAddr) -> Self {
        Self {
            line: reach(app, address).unwrap(),
            cut_after: usize::MAX,
            parts: 0,
            put: 0,
            got: 0,
            spoils: false,
            asked: BTreeSet::new(),
            token: None,
        }
    }

    fn talk(&mut self, app: &mut App) -> Result<SyncView, AppError> {
        let (device, binding) = (self.line.device(), *self.line.binding());
        talk_on(app, device, &binding, self)
    }

    /// Asks what no honest program would.
    fn ask(&mut self, method: Method, path: &str, body: Vec<u8>) -> Reply {
        let call = Call {
            method,
            path: path.to_owned(),
            body,
            token: self.token,
        };
        self.line.carry(&call).unwrap()
    }

    fn ask_about(&mut self, chunks: &BTreeSet<Hash>) -> Vec<(bool, u64)> {
        let blobs = chunks.iter().copied().collect();
        let body = cbor::to_vec(&BlobsAsked { blobs });
        read::<BlobsTold>(&self.ask(Method::Post, "/v1/blobs/have", body)).blobs
    }
}

fn read<T: Cbor>(reply: &Reply) -> T {
    assert_eq!(reply.status, 200);
    cbor::from_slice(&reply.body).unwrap()
}

fn spoil(bytes: &mut [u8]) {
    if let Some(first) = bytes.first_mut() {
        *first ^= 1;
    }
}

impl Carrier for Watched {
    fn carry(&mut self, call: &Call) -> Result<Reply, Unreachable> {
        let mut call = call.clone();
        self.token = call.token.or(self.token);
        if call.path == "/v1/blobs/have" {
            let asked: BlobsAsked = cbor::from_slice(&call.body).unwrap();
            self.asked.extend(asked.blobs);
        }
        let is_part = matches!(call.method, Method::PutPart { .. } | Method::GetPart { .. });
        if is_part && self.parts == self.cut_after {
            return Err(Unreachable("the line is cut".into()));
        }
        self.parts += usize::from(is_part);
        if is_part && self.spoils {
            spoil(&mut call.body);
        }
        let mut reply = self.line.carry(&call)?;
        match call.method {
            Method::PutPart { .. } if reply.status < 300 => self.put += call.body.len(),
            Method::GetPart { .. } => {
                self.got += reply.body.len();
                if self.spoils {
                    spoil(&mut reply.body);
                }
            }
            _ => {}
        }
        Ok(reply)
    }
}

#[test]
fn a_file_added_on_either_laptop_is_seen_on_the_other_after_one_visit() {
    let (mut sato, mut tanaka, household) = office();
    let of_sato = attach(&mut sato, to_household(&household), CHUNK + 70_000);
    let of_tanaka = attach(&mut tanaka, to_household(&household), 5_000);
    assert_eq!(opens(&mut sato, &of_tanaka), Err(ErrorCode::NotFound));
    let view = exchange(&mut sato, &mut tanaka, |address| address).unwrap();
    assert!(!view.more && view.left_out.is_empty(), "{view:?}");
    assert!(view.files_received > CHUNK as u64 && view.files_sent > 5_000);
    for attachment in [&of_sato, &of_tanaka] {
        let seen = opens(&mut sato, attachment).unwrap();
        assert_eq!(opens(&mut tanaka, attachment).unwrap(), seen);
    }
    // All is there: nothing travels again, whoever opens.
    for view in [
        exchange(&mut sato, &mut tanaka, |address| address).unwrap(),
        exchange(&mut tanaka, &mut sato, |address| address).unwrap(),
    ] {
        assert_eq!((view.files_sent, view.files_received), (0, 0));
    }
}

/// What came from a colleague is brought to the hub by whoever gets there first.
#[test]
fn a_file_that_a_colleague_has_is_not_said_to_be_at_the_hub() {
    let hub = Hub::default();
    let (mut sato, mut tanaka, household) = office();
    sato.join_hub(&hub);
    exchange(&mut sato, &mut tanaka, |address| address).unwrap();
    tanaka.sync(&hub);
    attach(&mut sato, to_household(&household), CHUNK + 70_000);
    attach(&mut tanaka, to_household(&household), 5_000);
    exchange(&mut sato, &mut tanaka, |address| address).unwrap();
    exchange(&mut tanaka, &mut sato, |address| address).unwrap();
    assert_eq!(hub.chunks(), 0);
    let view = tanaka.sync(&hub);
    assert_eq!((hub.chunks(), view.files_received), (3, 0));
}

#[test]
fn what_a_visit_does_not_carry_in_one_talk_goes_on_in_the_next() {
    let (mut sato, mut tanaka, household) = office();
    let files: Vec<_> = [&mut sato, &mut tanaka]
        .into_iter()
        .flat_map(|laptop| {
            (0..2)
                .map(|_| attach(laptop, to_household(&household), 9 * CHUNK))
                .collect::<Vec<_>>()
        })
        .collect();
    let view = exchange(&mut sato, &mut tanaka, |address| address).unwrap();
    let whole = 18 * CHUNK as u64;
    assert!(view.files_sent > whole && view.files_received > whole);
    for attachment in &files {
        assert!(opens(&mut sato, attachment).is_ok() && opens(&mut tanaka, attachment).is_ok());
    }
}

#[test]
fn a_cut_in_the_middle_of_a_file_goes_on_where_it_stopped() {
    let (mut sato, mut tanaka, household) = office();
    // First one that comes, then one that goes.
    for comes in [true, false] {
        let from = if comes { &mut sato } else { &mut tanaka };
        let attachment = attach(from, to_household(&household), 3 * CHUNK);
        let app = tanaka.app();
        let (cut, carried) = while_open(&mut sato, |address| {
            let mut first = Watched::to(app, address);
            // Two chunks of five parts, and two parts of the third.
            first.cut_after = 12;
            let cut = first.talk(app).unwrap_err().code;
            let mut second = Watched::to(app, address);
            second.talk(app).unwrap();
            (cut, first.put + first.got + second.put + second.got)
        })
        .unwrap();
        assert_eq!(cut, ErrorCode::LanCut);
        let named: usize = 3 * (CHUNK + 48);
        assert_eq!(carried, named, "every byte went once; it comes: {comes}");
        assert!(opens(&mut sato, &attachment).is_ok() && opens(&mut tanaka, &attachment).is_ok());
    }
    // Where the other has closed meanwhile, one chunk is begun anew at most.
    let attachment = attach(&mut tanaka, to_household(&household), 3 * CHUNK);
    let app = tanaka.app();
    let first = while_open(&mut sato, |address| {
        let mut first = Watched::to(app, address);
        first.cut_after = 12;
        assert!(first.talk(app).is_err());
        first.put
    })
    .unwrap();
    let view = exchange(&mut sato, &mut tanaka, |address| address).unwrap();
    assert!(first > 2 * CHUNK);
    let sent = usize::try_from(view.files_sent).unwrap();
    assert!(sent <= CHUNK + 48, "{sent} bytes went again");
    assert!(opens(&mut sato, &attachment).is_ok());
}

#[test]
fn a_chunk_whose_bytes_are_wrong_is_taken_by_neither() {
    let (mut sato, mut tanaka, household) = office();
    let of_sato = attach(&mut sato, to_household(&household), PART + 1);
    let of_tanaka = attach(&mut tanaka, to_household(&household), PART + 2);
    let app = tanaka.app();
    let view = while_open(&mut sato, |address| {
        let mut line = Watched::to(app, address);
        line.spoils = true;
        line.talk(app).unwrap()
    })
    .unwrap();
    assert_eq!(view.left_out, ["blob_differs", "chunk_differs"]);
    let missing = Err(ErrorCode::AttachmentMissing);
    assert_eq!(opens(&mut tanaka, &of_sato), missing);
    assert_eq!(opens(&mut sato, &of_tanaka), missing);
    assert!(chunks(&sato).is_disjoint(&chunks(&tanaka)));
    // With the same bytes unspoiled, both are.
    exchange(&mut sato, &mut tanaka, |address| address).unwrap();
    assert!(opens(&mut tanaka, &of_sato).is_ok() && opens(&mut sato, &of_tanaka).is_ok());
}

#[test]
fn a_file_of_a_restricted_note_goes_to_its_readers_alone_and_nobody_else_is_told_of_it() {
    let (mut sato, mut tanaka, household) = office();
    let mut mori = Laptop::joining(&mut sato, "森 三枝", 3);
    exchange(&mut sato, &mut mori, |address| address).unwrap();
    exchange(&mut sato, &mut tanaka, |address| address).unwrap();
    let own = tanaka.call("household.create", json!({ "name": "自分を知るため" }));
    let reader = own["leadWorker"]["id"].clone();
    let secret = sato.call(
        "note.create",
        json!({ "householdId": household, "text": "秘密", "restrictTo": [reader] }),
    );
    let of_note = attach(&mut sato, json!({ "noteId": secret["id"] }), 300_000);
    let closed = chunks(&sato);
    assert_eq!(closed.len(), 1);
    let open = attach(&mut sato, to_household(&household), 2_000);
    let all = chunks(&sato);
    note(&mut sato, &household, "訪問した。");

    // Who is no reader comes: she gets what is open, and hears of nothing else, also where she knows the name.
    let guest = mori.app();
    let (first, told, got, put) = while_open(&mut sato, |address| {
        let mut line = Watched::to(guest, address);
        line.talk(guest).unwrap();
        let name = format!("/v1/blobs/{}", closed.first().unwrap());
        let part = Method::GetPart {
            from: 0,
            length: 10,
        };
        let whole = Method::PutPart { from: 0, total: 2 };
        (
            line.asked.clone(),
            line.ask_about(&all),
            line.ask(part, &name, Vec::new()).status,
            line.ask(whole, &name, b"no".to_vec()).status,
        )
    })
    .unwrap();
    assert!(opens(&mut mori, &open).is_ok());
    assert!(first.is_disjoint(&closed) && first.len() == 1);
    for (chunk, told) in all.iter().zip(told) {
        assert_eq!(told.0, !closed.contains(chunk));
        assert!(told.0 || told.1 == 0);
    }
    assert_eq!((got, put), (404, 404));
    assert!(chunks(&mori).is_disjoint(&closed));

    // She opens, and somebody comes who has it: he does not ask her about it.
    let guest = sato.app();
    let asked = while_open(&mut mori, |address| {
        let mut line = Watched::to(guest, address);
        line.talk(guest).unwrap();
        line.asked
    })
    .unwrap();
    assert!(asked.is_disjoint(&closed) && asked.len() == 1);

    // A reader comes: he is told, and gets it.
    let guest = tanaka.app();
    let told = while_open(&mut sato, |address| {
        let mut line = Watched::to(guest, address);
        line.talk(guest).unwrap();
        line.ask_about(&all)
    })
    .unwrap();
    assert!(
        told.iter()
            .all(|(is_whole, length)| *is_whole && *length > 0)
    );
    assert!(chunks(&tanaka).is_superset(&all));
    let list = tanaka.call("restricted.list", json!({}));
    let vault = list["items"][0]["id"].clone();
    tanaka.call("restricted.open", json!({ "id": vault, "reason": "確認" }));
    assert!(opens(&mut tanaka, &of_note).is_ok());
    // And by him as who opens it goes to no one else either.
    exchange(&mut tanaka, &mut mori, |address| address).unwrap();
    assert!(chunks(&mori).is_disjoint(&closed));
}

/// The laptop that is open lends its own folder: nobody empties it by what a hub does for the office.
#[test]
fn nothing_is_taken_away_from_an_open_laptop() {
    let (mut sato, mut tanaka, household) = office();
    attach(&mut sato, to_household(&household), 2_000);
    let before = chunks(&sato);
    let guest = tanaka.app();
    let status = while_open(&mut sato, |address| {
        let mut line = Watched::to(guest, address);
        line.talk(guest).unwrap();
        line.ask(Method::Post, "/v1/blobs/drop", Vec::new()).status
    })
    .unwrap();
    assert_eq!(status, 404);
    assert_eq!(chunks(&sato), before);
}
