//! The kept seeds: what honest laptops send, one file for each form of it.

use std::collections::BTreeSet;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use decode::world::{Person, office_group, office_of_two, request};
use decode::{changes, signed};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use serde_json::Value;
use wire::body::Have;
use wire::bundle::Manifest;
use wire::cbor::{self, Bytes, Cbor, CborError, Reader, Writer};
use wire::directory::Op;
use wire::hub::{
    Admitted, Answer, Asks, AuthStatement, Batch, BlobsAsked, BlobsTold, Challenge, FeedPoint,
    HaveAsked, HaveTold, Invitation, Join, Joined, Notices, Page, Receipt, ReceiptStatement,
    Refusal, Seeks, Sought, Status, Stored, Taken,
};
use wire::ids::{Device, Hash, Lane, Org};
use wire::lan::Pass;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The seeds of a decoder, in the order of their names.
pub(crate) fn of(target: &str) -> Vec<Vec<u8>> {
    let folder = root().join("fuzz/corpus").join(target);
    if std::env::var_os("MARUGOTO_WRITE_SEEDS").is_some() {
        fs::create_dir_all(&folder).unwrap();
        for (name, seed) in made(target) {
            let path = folder.join(format!("seed-{name}"));
            if !path.exists() {
                fs::write(path, seed).unwrap();
            }
        }
    }
    let mut paths: Vec<_> = fs::read_dir(&folder)
        .unwrap_or_else(|_| panic!("no seeds for {target}; see the head of this program"))
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.file_name()
                .unwrap()
                .to_string_lossy()
                .starts_with("seed-")
        })
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "no seeds for {target}");
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

fn vector(name: &str) -> Vec<u8> {
    fs::read(root().join("crates/wire/tests/vectors").join(name)).unwrap()
}

fn crypto_vector(name: &str) -> Value {
    let path = root().join("crates/crypto/tests/vectors").join(name);
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn named(name: &str, seed: Vec<u8>) -> (String, Vec<u8>) {
    (name.to_owned(), seed)
}

/// What the office's laptops would send today.
fn made(target: &str) -> Vec<(String, Vec<u8>)> {
    match target {
        "record" => vec![named("record", vector("record.mgr"))],
        "body" => bodies(),
        "hub" => messages(),
        "bundle" => ["bundle", "bundle-admins", "bundle-device"]
            .map(|name| named(name, vector(&format!("{name}.mgb"))))
            .into(),
        "manifest" => vec![named("manifest", cbor::to_vec(&manifest()))],
        "request" => vec![named("request", unframed("request.mgq"))],
        "approval" => vec![named("approval", cbor::to_vec(&Approval))],
        "header" => [
            ("header", "header"),
            ("header", "withMore"),
            ("escrow", "header"),
        ]
        .map(|(file, name)| {
            let text = crypto_vector(&format!("{file}.json"))[name].clone();
            let seed = if file == "escrow" { file } else { name };
            named(seed, text.as_str().unwrap().as_bytes().to_vec())
        })
        .into(),
        "codes" => [
            (
                "recovery",
                crypto_vector("codes.json")["recovery"]["code"].clone(),
            ),
            (
                "paperAdmin",
                crypto_vector("codes.json")["paperAdmin"]["code"].clone(),
            ),
            ("share", crypto_vector("escrow.json")["shares"][0].clone()),
        ]
        .map(|(name, text)| named(name, text.as_str().unwrap().as_bytes().to_vec()))
        .into(),
        "log" => {
            let file = root().join("crates/verifier/tests/vectors/log.jsonl");
            let text = fs::read_to_string(file).unwrap();
            let (body, _) = text.trim_end().rsplit_once('\n').unwrap();
            vec![named("log", body.as_bytes().to_vec())]
        }
        "picture" => pictures(),
        "directory" => [
            "add-admin",
            "add-paper",
            "adopt",
            "confirm",
            "erase",
            "escrow",
            "freeze",
            "group-add",
            "group-create",
            "group-remove",
            "leave",
            "policy",
            "remove-admin",
            "revoke",
            "roles",
            "unfreeze",
            "wipe",
        ]
        .map(|name| named(name, unsigned(1, &format!("directory-{name}.op"))))
        .into_iter()
        // It takes back what has to be there before it.
        .chain([named(
            "erase-cancel",
            unsigned(2, "directory-erase-cancel.op"),
        )])
        .collect(),
        "asked" => vec![named(
            "asked",
            signed::asking_of(&vector("cosign.asked")).unwrap(),
        )],
        "roster" => ["grant", "remove", "escrow"]
            .map(|name| named(name, unsigned(0, &format!("roster-{name}.op"))))
            .into(),
        "keybox" => vec![named("team", unsigned(0, "team.box"))],
        "prescan" | "trial" => changes::honest()
            .iter()
            .zip(["fields", "text", "mark"])
            .map(|(change, name)| named(name, changes::body(change)))
            .collect(),
        "wish" => vec![named("wish", unframed("pass.mgwish"))],
        "statement" => vec![named("statement", unsigned(1, "pass-statement.op"))],
        "receipt" => {
            let paper = unframed("pass.mgreceipt");
            vec![named("receipt", signed::body_of(&paper).unwrap())]
        }
        "proof" => {
            let payload = cbor::from_slice::<(Bytes, Bytes)>(&unframed("pass.mgproof"));
            vec![named("proof", payload.unwrap().0.0)]
        }
        other => panic!("no seeds are made for {other}"),
    }
}

/// The payload of a kept small file.
fn unframed(name: &str) -> Vec<u8> {
    let file = vector(name);
    file[8..file.len() - 32].to_vec()
}

/// Who signs, then the body of a kept signed thing.
fn unsigned(who: u8, name: &str) -> Vec<u8> {
    [vec![who], signed::body_of(&vector(name)).unwrap()].concat()
}

fn bodies() -> Vec<(String, Vec<u8>)> {
    use wire::body::Kind;
    [
        ("changes", Kind::CHANGES),
        ("keybox", Kind::KEYBOX),
        ("roster", Kind::ROSTER),
        ("carry", Kind::CARRY),
        ("attachment", Kind::ATTACHMENT),
        ("witness", Kind::WITNESS),
        ("adoption", Kind::ADOPTION),
        ("order", Kind::ORDER),
        ("order-fields", Kind::ORDER),
        ("audit", Kind::AUDIT),
        ("office", Kind::OFFICE),
        ("passed", Kind::PASSED),
        ("lineage", Kind::LINEAGE),
        ("passed-on", Kind::PASSED_ON),
    ]
    .map(|(name, kind)| {
        let body = vector(&format!("body-{name}.cbor"));
        named(name, [kind.to_bits().to_be_bytes().to_vec(), body].concat())
    })
    .into()
}

fn operations() -> Vec<Bytes> {
    office_of_two()
        .ops()
        .map(|op: &Op| Bytes(op.to_bytes()))
        .collect()
}

fn have() -> Have {
    Have {
        lane: office_group().lane(),
        device: Person::new(1).device(),
        incarnation: 0,
        seq: 7,
        record: Hash::new([0x42; 32]),
    }
}

fn manifest() -> Manifest {
    Manifest {
        sender: Person::new(1).device(),
        made_at: 1_790_000_000_000,
        complete: true,
        contains: vec![have()],
        acknowledges: vec![have()],
        directory: operations(),
        boxes: vec![Bytes(vector("team.box"))],
        heads: vec![[Hash::new([0x43; 32])].into()],
    }
}

/// What is in the box of an approval of device 2.
struct Approval;

impl Cbor for Approval {
    fn encode(&self, out: &mut Writer) {
        out.array(5);
        request().hash().encode(out);
        operations().encode(out);
        vec![Bytes(vector("team.box"))].encode(out);
        "みほん市".to_owned().encode(out);
        Person::new(1).device().encode(out);
    }
    fn decode(_: &mut Reader<'_>) -> Result<Self, CborError> {
        Err(CborError::Malformed)
    }
}

/// Each message once, behind its place in the decoder's list.
fn messages() -> Vec<(String, Vec<u8>)> {
    let (org, device, lane) = (Org::new([1; 16]), Device::new([2; 16]), Lane::new([3; 16]));
    let key = Person::new(1).sign;
    let statement = AuthStatement {
        hub: [4; 32],
        origin: "https://hub.example:8787".to_owned(),
        nonce: [5; 32],
        device,
        time: 1_790_000_000_000,
    };
    let receipt = ReceiptStatement {
        hub: [4; 32],
        org,
        lane,
        record: Hash::new([6; 32]),
        generation: [7; 16],
        cursor: 8,
    };
    let point = FeedPoint::start([7; 16]).after(Hash::new([6; 32]));
    let status = Status {
        refused: String::new(),
        receipt: Some(Receipt::make(receipt.clone(), &key)),
    };
    let refused = Status {
        refused: "quota".to_owned(),
        receipt: None,
    };
    let all = [
        cbor::to_vec(&Join {
            code: [9; 16],
            directory: operations(),
            device,
        }),
        cbor::to_vec(&Joined { hub: [4; 32] }),
        cbor::to_vec(&Asks { org, device }),
        cbor::to_vec(&Challenge {
            hub: [4; 32],
            nonce: [5; 32],
        }),
        cbor::to_vec(&statement),
        cbor::to_vec(&Answer::make(org, statement.clone(), &key)),
        cbor::to_vec(&Admitted {
            token: [10; 32],
            seconds: 3_600,
            exchanges: true,
        }),
        cbor::to_vec(&Notices {
            directory: operations(),
            boxes: vec![Bytes(vector("team.box"))],
            heads: vec![BTreeSet::from([Hash::new([11; 32])])],
        }),
        cbor::to_vec(&Taken {
            new: 3,
            held: 2,
            refused: 1,
        }),
        cbor::to_vec(&Batch {
            records: vec![Bytes(vector("record.mgr"))],
        }),
        cbor::to_vec(&status),
        cbor::to_vec(&Stored {
            statuses: vec![status.clone(), refused],
        }),
        cbor::to_vec(&Receipt::make(receipt.clone(), &key)),
        cbor::to_vec(&receipt),
        cbor::to_vec(&point),
        cbor::to_vec(&Page {
            from: point,
            records: vec![Bytes(vector("record.mgr"))],
            more: true,
        }),
        cbor::to_vec(&HaveAsked {
            lanes: vec![(lane, Hash::new([12; 32]))],
        }),
        cbor::to_vec(&HaveTold {
            lanes: vec![(lane, vec![have()])],
        }),
        cbor::to_vec(&Refusal {
            code: "busy".to_owned(),
            retry_after: 30,
        }),
        vector("hub-drop.cbor"),
        vector("hub-dropped.cbor"),
        Pass::make(org, device, b"a certificate", &key).to_bytes(),
        cbor::to_vec(&BlobsAsked {
            blobs: vec![Hash::new([13; 32])],
        }),
        cbor::to_vec(&BlobsTold {
            blobs: vec![(true, 1_048_624), (false, 7)],
        }),
        cbor::to_vec(&Seeks { escrow: device }),
        cbor::to_vec(&Sought { org }),
        vector("hub-drop-blobs.cbor"),
        vector("hub-stubs.cbor"),
    ];
    let mut seeds: Vec<_> = (0_u8..)
        .zip(all)
        .map(|(which, message)| (format!("{which:02}"), [vec![which], message].concat()))
        .collect();
    let invitation = Invitation::new([9; 16], &[4; 32]).text().into_bytes();
    seeds.push(named("invitation", [vec![0xff], invitation].concat()));
    seeds
}

/// What people attach, as small as it can be.
fn pictures() -> Vec<(String, Vec<u8>)> {
    let part = |number: u32| u8::try_from(number % 256).unwrap();
    let photo = RgbImage::from_fn(16, 12, |x, y| {
        Rgb([part(x * 15), part(y * 20), part(x + y)])
    });
    let clear = RgbaImage::from_fn(9, 7, |x, y| Rgba([part(x * 28), 0, 90, part(y * 36)]));
    let (photo, clear) = (DynamicImage::from(photo), DynamicImage::from(clear));
    let file = |picture: &DynamicImage, format| {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    };
    let segment = |marker: u8, content: &[u8]| {
        let length = u16::try_from(content.len() + 2).unwrap();
        [&[0xff, marker][..], &length.to_be_bytes(), content].concat()
    };
    // As a telephone makes it: turned by a quarter, where it was, a comment, and something behind its end.
    let jpeg = file(&photo, ImageFormat::Jpeg);
    let turned =
        b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0GPS 35.68950N";
    let telephone = [
        &jpeg[..2],
        &segment(0xe1, turned),
        &segment(0xe1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta/>"),
        &segment(0xfe, b"a comment"),
        &jpeg[2..],
        b"PK\x03\x04",
    ];
    // With a line of text behind its header, of which the checksum is made by the decoder's side.
    let png = file(&photo, ImageFormat::Png);
    let scan = [
        &png[..33],
        b"\0\0\0\x12tEXtSoftware\0a scanner\0\0\0\0",
        &png[33..],
    ];
    let scan = scan.concat();
    [
        ("photo", telephone.concat()),
        ("scan", scan),
        ("clear", file(&clear, ImageFormat::Png)),
        ("webp", file(&clear, ImageFormat::WebP)),
        ("gif", file(&photo, ImageFormat::Gif)),
        (
            "paper",
            b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n".to_vec(),
        ),
        ("words", "訪問のメモ\n二行目".as_bytes().to_vec()),
    ]
    .map(|(name, bytes)| named(name, bytes))
    .into()
}
