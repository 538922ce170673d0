//! Laws of the header, with red controls.

use super::*;

const STORE: [u8; 16] = [5; 16];
const PASSPHRASE: &str = "あいさつ こんや つづく";

struct Made {
    header: Header,
    dbk: SecretKey,
    code: RecoveryCode,
}

fn made() -> Made {
    made_at(Params::FLOOR)
}

fn made_at(params: Params) -> Made {
    let (dbk, code) = (SecretKey::make(), RecoveryCode::make());
    let header = Header::create(STORE, &dbk, PASSPHRASE, &code, params).unwrap();
    Made { header, dbk, code }
}

/// The header as somebody without the keys can rewrite it: any field, and a checksum that fits.
fn forged(header: &Header, change: impl FnOnce(&mut Header)) -> Header {
    let mut forged = header.clone();
    change(&mut forged);
    let slots = forged.slots.iter().cloned().map(Json::Object).collect();
    forged.fields.insert("slots".to_owned(), Json::List(slots));
    Header::parse(&forged.encode()).expect("the checksum is no secret")
}

/// What opening with the right passphrase gives once it is derived.
fn open_derived(header: &Header, key: &SecretKey) -> Result<[u8; 32], HeaderError> {
    cost(&header.slots[0])?;
    header
        .verified(unwrap(&header.slots[0], key)?)
        .map(|dbk| *dbk.expose())
}

fn open_recovery(header: &Header, code: &RecoveryCode) -> Result<[u8; 32], HeaderError> {
    header.open_with_recovery(code).map(|dbk| *dbk.expose())
}

#[test]
fn passphrase_and_code_open_the_same_key() {
    let Made { header, dbk, code } = made();
    let read = Header::parse(&header.encode()).unwrap();
    assert_eq!(read.store_id(), STORE);
    assert_eq!(read.params(), Ok(Params::FLOOR));
    assert_eq!(
        read.open_with_passphrase("aisatsu kon'ya tsuzuku")
            .unwrap()
            .expose(),
        dbk.expose()
    );
    assert_eq!(open_recovery(&read, &code), Ok(*dbk.expose()));
    assert_eq!(read.encode(), header.encode());
}

#[test]
fn a_wrong_secret_is_told_from_damage() {
    let Made { header, .. } = made();
    assert_eq!(
        header.open_with_passphrase("あいさつ こんや").unwrap_err(),
        HeaderError::WrongSecret
    );
    assert_eq!(
        header
            .open_with_recovery(&RecoveryCode::make())
            .unwrap_err(),
        HeaderError::WrongSecret
    );
}

#[test]
fn every_flipped_bit_cut_or_added_byte_of_the_file_is_damage() {
    let file = made().header.encode();
    for bit in 0..8 * file.len() {
        let mut bad = file.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(
            Header::parse(&bad).unwrap_err(),
            HeaderError::Damaged,
            "bit {bit}"
        );
    }
    for length in 0..file.len() {
        assert_eq!(
            Header::parse(&file[..length]).unwrap_err(),
            HeaderError::Damaged,
            "cut to {length}"
        );
    }
    for extra in [&b"\n"[..], b" ", b"{}", &[0]] {
        assert_eq!(
            Header::parse(&[&file, extra].concat()).unwrap_err(),
            HeaderError::Damaged
        );
    }
}

/// The checksum is no secret: whoever flips a bit on purpose makes it fit again.
#[test]
fn every_flipped_bit_is_refused_even_with_a_fitting_checksum() {
    let Made { header, dbk, code } = made();
    let salt = bytes(&header.slots[0], "salt").unwrap();
    let key = derive(&normalise(PASSPHRASE), &salt, Params::FLOOR).unwrap();
    assert_eq!(
        open_derived(&header, &key),
        Ok(*dbk.expose()),
        "positive control"
    );

    let mut fields = header.fields.clone();
    fields.remove("sha256");
    let text = json::canonical(&fields).into_bytes();
    let (mut read, mut without_mac) = (0, 0);
    for bit in 0..8 * text.len() {
        let mut bad = text.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        bad.push(b'\n');
        let Some(fields) = json::parse(&bad, LONGEST) else {
            continue;
        };
        let file = Header {
            fields,
            ..header.clone()
        }
        .encode();
        let Ok(bad) = Header::parse(&file) else {
            continue;
        };
        read += 1;
        // A flip in a slot is found by the slot, a flip anywhere by the whole.
        if bad.slots.len() == 2 && is_kind(&bad.slots[0], "P") {
            assert!(
                open_derived(&bad, &key).is_err(),
                "bit {bit} opened with the passphrase"
            );
        }
        assert!(
            open_recovery(&bad, &code).is_err(),
            "bit {bit} opened with the code"
        );
        // Red control: without the MAC of the whole, the flips outside slot R would open with the code.
        let slot = bad.of_kind("R").next();
        without_mac += usize::from(slot.is_some_and(|slot| unwrap(slot, &code.key()).is_ok()));
    }
    assert!(
        read > 2000,
        "only {read} flips got past the checksum: the test sees too little"
    );
    assert!(
        without_mac > 1000,
        "only {without_mac} flips were left to the MAC"
    );
}

#[test]
fn a_slot_is_bound_to_its_own_fields() {
    let Made { header, dbk, code } = made();
    let mut bad = header.slots[1].clone();
    bad.insert("hint".to_owned(), Json::text("added"));
    assert_eq!(
        unwrap(&bad, &code.key()).unwrap_err(),
        HeaderError::WrongSecret
    );
    // Red control: sealed without the fields as header, the changed slot opens.
    let salt = bytes(&bad, "salt").unwrap();
    let loose = once::seal(&code.key(), &salt, SLOT_INFO, b"", dbk.expose());
    assert!(once::open(&code.key(), &salt, SLOT_INFO, b"", &loose.commit, &loose.ct).is_ok());
}

#[test]
fn a_slot_of_another_store_with_the_same_passphrase_is_refused() {
    let (mine, other) = (made(), made());
    let mixed = forged(&mine.header, |header| {
        header.slots[0] = other.header.slots[0].clone()
    });
    assert_eq!(
        mixed.open_with_passphrase(PASSPHRASE).unwrap_err(),
        HeaderError::Damaged
    );
    let moved = forged(&mine.header, |header| {
        header
            .fields
            .insert("store".to_owned(), Json::hex(&[6; 16]));
    });
    assert_eq!(
        moved.open_with_recovery(&mine.code).unwrap_err(),
        HeaderError::Damaged
    );
}

#[test]
fn cheap_parameters_are_refused_before_deriving() {
    // Sealed for real at 8 KiB, so that only the floor stands in the way.
    let Made { header, dbk, .. } = made_at(Params::CHEAP);
    let read = Header::parse(&header.encode()).unwrap();
    assert_eq!(
        read.open_with_passphrase(PASSPHRASE).unwrap_err(),
        HeaderError::BelowFloor
    );
    assert_eq!(read.params(), Err(HeaderError::BelowFloor));
    // Red control: past the check, the slot opens.
    let salt = bytes(&read.slots[0], "salt").unwrap();
    let key = derive(&normalise(PASSPHRASE), &salt, Params::CHEAP).unwrap();
    assert_eq!(
        read.verified(unwrap(&read.slots[0], &key).unwrap())
            .unwrap()
            .expose(),
        dbk.expose()
    );
}

#[test]
fn excessive_parameters_are_refused_before_deriving() {
    let Made { header, .. } = made();
    for (field, value) in [
        ("memoryKib", u64::from(u32::MAX)),
        ("memoryKib", u64::MAX),
        ("passes", 11),
        ("lanes", 2),
    ] {
        let greedy = forged(&header, |header| {
            header.slots[0].insert(field.to_owned(), Json::Number(value));
        });
        // Four tebibytes: had it been tried, this would not be the answer.
        assert_eq!(
            greedy.open_with_passphrase(PASSPHRASE).unwrap_err(),
            HeaderError::AboveCeiling
        );
    }
}

#[test]
fn a_newer_header_or_slot_is_said_to_be_newer() {
    let Made { header, .. } = made();
    let mut newer = header.clone();
    newer.fields.insert("version".to_owned(), Json::Number(2));
    assert_eq!(
        Header::parse(&newer.encode()).unwrap_err(),
        HeaderError::NewerFormat
    );
    let bound = forged(&header, |header| {
        header.slots[0].insert("bound".to_owned(), Json::Bool(true));
    });
    assert_eq!(
        bound.open_with_passphrase(PASSPHRASE).unwrap_err(),
        HeaderError::NewerFormat
    );
}

#[test]
fn two_slots_of_one_kind_are_damage() {
    let Made { header, .. } = made();
    let mut double = header.clone();
    let slots = [0, 0, 1]
        .map(|slot| Json::Object(header.slots[slot].clone()))
        .to_vec();
    double.fields.insert("slots".to_owned(), Json::List(slots));
    assert_eq!(
        Header::parse(&double.encode()).unwrap_err(),
        HeaderError::Damaged
    );
}

#[test]
fn a_new_passphrase_replaces_the_old_one_and_leaves_the_code() {
    let Made {
        mut header,
        dbk,
        code,
    } = made();
    header
        .change_passphrase(&dbk, "another one", Params::FLOOR)
        .unwrap();
    let read = Header::parse(&header.encode()).unwrap();
    assert_eq!(
        read.open_with_passphrase(PASSPHRASE).unwrap_err(),
        HeaderError::WrongSecret
    );
    assert_eq!(
        read.open_with_passphrase("another one").unwrap().expose(),
        dbk.expose()
    );
    assert_eq!(open_recovery(&read, &code), Ok(*dbk.expose()));
}

#[test]
fn a_new_code_replaces_the_old_one_and_leaves_the_passphrase() {
    let Made {
        mut header,
        dbk,
        code,
    } = made();
    let next = RecoveryCode::make();
    header.change_recovery(&dbk, &next).unwrap();
    assert_eq!(open_recovery(&header, &code), Err(HeaderError::WrongSecret));
    assert_eq!(open_recovery(&header, &next), Ok(*dbk.expose()));
    assert_eq!(
        header.open_with_passphrase(PASSPHRASE).unwrap().expose(),
        dbk.expose()
    );
}

#[test]
fn raised_parameters_are_taken_and_lower_ones_are_not() {
    let Made {
        mut header, dbk, ..
    } = made();
    let raised = Params::new(65_536, 4, 1).unwrap();
    let before = header.encode();
    assert_eq!(header.rewrap(&dbk, PASSPHRASE, Params::FLOOR), Ok(false));
    assert_eq!(
        header.rewrap(&dbk, "a slip", raised),
        Err(HeaderError::WrongSecret)
    );
    assert_eq!(header.encode(), before);
    assert_eq!(header.rewrap(&dbk, PASSPHRASE, raised), Ok(true));
    assert_eq!(header.params(), Ok(raised));
    assert_eq!(header.rewrap(&dbk, PASSPHRASE, Params::FLOOR), Ok(false));
    assert_eq!(
        header.open_with_passphrase(PASSPHRASE).unwrap().expose(),
        dbk.expose()
    );
}

#[test]
fn a_tampered_header_is_not_authenticated_anew() {
    let Made { header, dbk, code } = made();
    let mut bad = forged(&header, |header| {
        header.fields.insert("hint".to_owned(), Json::text("added"));
    });
    assert_eq!(bad.change_recovery(&dbk, &code), Err(HeaderError::Damaged));
    assert_eq!(
        bad.change_passphrase(&dbk, "another one", Params::FLOOR),
        Err(HeaderError::Damaged)
    );
}

#[test]
fn slots_and_fields_we_do_not_know_are_kept() {
    let Made {
        mut header,
        dbk,
        code,
    } = made();
    let later = Fields::from([
        ("kind".to_owned(), Json::text("X")),
        ("n".to_owned(), Json::Number(2)),
    ]);
    header.slots.push(later.clone());
    header
        .fields
        .insert("hint".to_owned(), Json::text("\"later\"\n\u{7f}みほん"));
    header.authenticate(&dbk);
    let mut read = Header::parse(&header.encode()).unwrap();
    read.change_recovery(&dbk, &code).unwrap();
    let read = Header::parse(&read.encode()).unwrap();
    assert_eq!(read.slots[2], later);
    assert_eq!(read.fields.get("hint"), header.fields.get("hint"));
    assert_eq!(open_recovery(&read, &code), Ok(*dbk.expose()));
}

#[test]
fn no_two_headers_share_a_salt() {
    let Made {
        mut header,
        dbk,
        code,
    } = made();
    let salt = |header: &Header, slot: usize| bytes::<32>(&header.slots[slot], "salt").unwrap();
    let before = [salt(&header, 0), salt(&header, 1)];
    header
        .change_passphrase(&dbk, PASSPHRASE, Params::FLOOR)
        .unwrap();
    header.change_recovery(&dbk, &code).unwrap();
    assert_ne!(before, [salt(&header, 0), salt(&header, 1)]);
    assert_ne!(before[0], before[1]);
}

#[test]
fn the_escrow_opens_and_a_new_one_takes_the_place_of_the_old() {
    let Made {
        mut header,
        dbk,
        code,
    } = made();
    let (old, new) = (KemKey::make(), KemKey::make());
    assert_eq!(header.escrow(), None);
    assert_eq!(
        header.open_with_escrow(&old).err(),
        Some(HeaderError::WrongSecret)
    );
    header.change_escrow(&dbk, &old.public()).unwrap();
    let mut header = Header::parse(&header.encode()).unwrap();
    assert_eq!(header.escrow(), Some(old.public()));
    let opened = header.open_with_escrow(&old).unwrap();
    assert_eq!(opened.expose(), dbk.expose());
    header.change_escrow(&dbk, &new.public()).unwrap();
    assert_eq!(
        header.open_with_escrow(&old).err(),
        Some(HeaderError::WrongSecret)
    );
    assert_eq!(
        header.open_with_escrow(&new).unwrap().expose(),
        dbk.expose()
    );
    assert_eq!(open_recovery(&header, &code), Ok(*dbk.expose()));
    // A key of small order is refused and changes nothing.
    let before = header.encode();
    assert!(header.change_escrow(&dbk, &[0; 32]).is_err());
    assert_eq!(header.encode(), before);
}

#[test]
fn no_changed_escrow_slot_opens_and_no_second_is_read() {
    let Made {
        mut header, dbk, ..
    } = made();
    let key = KemKey::make();
    header.change_escrow(&dbk, &key.public()).unwrap();
    // Another public half named in the slot, the whole authenticated by whoever has the data key: the box is bound to it.
    let mut bad = header.clone();
    bad.slots[2].insert("key".to_owned(), Json::hex(&KemKey::make().public()));
    bad.authenticate(&dbk);
    assert_eq!(
        bad.open_with_escrow(&key).err(),
        Some(HeaderError::WrongSecret)
    );
    // A flipped bit anywhere in the box, with the checksum mended.
    let sealed = bytes::<80>(&header.slots[2], "box").unwrap();
    for place in 0..80 {
        let mut flipped = sealed;
        flipped[place] ^= 1;
        let bad = forged(&header, |header| {
            header.slots[2].insert("box".to_owned(), Json::hex(&flipped));
        });
        assert!(bad.open_with_escrow(&key).is_err(), "byte {place}");
    }
    let mut two = header.clone();
    two.slots.push(header.slots[2].clone());
    two.authenticate(&dbk);
    assert_eq!(
        Header::parse(&two.encode()).err(),
        Some(HeaderError::Damaged)
    );
}
