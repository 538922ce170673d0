//! Laws of the shares, with red controls.

use super::*;

fn made() -> (EscrowKey, [Share; 3]) {
    part(
        &[7; 16],
        &std::array::from_fn(|at| (at as u8).wrapping_mul(17) ^ 3),
    )
}

fn typed(words: &[Word]) -> String {
    words
        .iter()
        .map(|word| word.kana)
        .collect::<Vec<_>>()
        .join("　")
}

fn flat(share: &Share) -> Vec<Word> {
    share.words().concat()
}

#[test]
fn the_field_is_the_one_of_fips_197() {
    // FIPS 197, 4.2: {57} • {83} = {c1}, {57} • {13} = {fe}.
    assert_eq!((times(0x57, 0x83), times(0x57, 0x13)), (0xc1, 0xfe));
    for value in 1..=255 {
        assert_eq!(times(value, inverse(value)), 1);
        assert_eq!(times(value, 1), value);
    }
    for (a, b) in (0..=255).flat_map(|a| (0..=255).map(move |b| (a, b))) {
        assert_eq!(times(a, b), times(b, a));
        assert_eq!(times(a, b ^ 0x35), times(a, b) ^ times(a, 0x35));
    }
}

#[test]
fn any_two_shares_make_the_key_in_either_order() {
    for (key, shares) in (0..20).map(|_| make()).chain([made()]) {
        for (one, two) in [(0, 1), (0, 2), (1, 2), (1, 0), (2, 0), (2, 1)] {
            let joined = join(&shares[one], &shares[two]).unwrap();
            assert_eq!(joined.kem.public(), key.kem.public());
            assert_eq!(joined.sign.public(), key.sign.public());
        }
    }
}

/// For one share and whatever secret: there is a line that gives both. So the share alone leaves every secret possible.
#[test]
fn one_share_leaves_every_secret_possible() {
    for index in 1..=3_u8 {
        for (value, secret) in (0..=255_u8).flat_map(|v| (0..=255_u8).map(move |s| (v, s))) {
            let slope = times(value ^ secret, inverse(index));
            assert_eq!(secret ^ times(index, slope), value);
        }
    }
}

/// What somebody with one share alone could try: to take its values for the secret.
fn guessed(share: &Share) -> [u8; 32] {
    EscrowKey::of(&share.values).kem.public()
}

#[test]
fn one_share_alone_opens_nothing() {
    let (key, shares) = make();
    let public = key.kem.public();
    assert!(shares.iter().all(|share| guessed(share) != public));
    // Red control: without the random slope each share is the secret.
    let (key, shares) = part(&[7; 16], &[0; 16]);
    let public = key.kem.public();
    assert!(shares.iter().all(|share| guessed(share) == public));
}

#[test]
fn a_share_twice_a_foreign_one_and_a_forged_one_are_told_apart() {
    let (_, [first, second, _]) = made();
    let (_, [foreign, ..]) = make();
    let again = Share::parse(&first.text()).unwrap();
    assert_eq!(join(&first, &again).unwrap_err(), JoinError::Same);
    assert_eq!(join(&second, &foreign).unwrap_err(), JoinError::OtherSet);
    let mut forged = Share::parse(&first.text()).unwrap();
    forged.values[3] ^= 1;
    assert_eq!(join(&forged, &second).unwrap_err(), JoinError::Forged);
}

#[test]
fn what_is_written_reads_back_however_it_is_typed() {
    for share in made().1.into_iter().chain(make().1) {
        let words = flat(&share);
        let kana = typed(&words);
        for text in [
            kana.clone(),
            share.text().to_string(),
            share.text().to_uppercase(),
            kana.replace('　', "\n"),
        ] {
            let read = Share::parse(&text).unwrap();
            assert_eq!((read.index, read.set), (share.index, share.set));
            assert_eq!(read.values.as_slice(), share.values.as_slice());
        }
    }
}

#[test]
fn every_misread_word_names_its_row() {
    for share in made().1 {
        let good = flat(&share);
        let numbers: Vec<u16> = good.iter().map(|word| number(word.kana).unwrap()).collect();
        for place in 0..WORDS {
            // A word not of the list.
            let mut bad: Vec<&str> = good.iter().map(|word| word.kana).collect();
            bad[place] = "ちがうことば";
            let row = place / ROW + 1;
            assert_eq!(
                Share::parse(&bad.join(" ")).unwrap_err(),
                ShareError::Row { row }
            );
            // Any other word of the list: the sums alone, or it takes minutes.
            let index = share.index;
            for other in (0..2048).filter(|other| *other != numbers[place]) {
                let mut bad = numbers.clone();
                bad[place] = other;
                let index = if place == 0 {
                    (other >> 6 & 3) as u8
                } else {
                    index
                };
                let row = &bad[place / ROW * ROW..][..ROW];
                let sum = row[..5]
                    .iter()
                    .fold(start(place / ROW, index), |sum, it| step(sum) ^ it);
                assert_ne!(row[5], step(sum), "word {place} as {other}");
            }
        }
        let mut bad = good.clone();
        bad[8] = list()[usize::from(numbers[8]) ^ 1];
        assert_eq!(
            Share::parse(&typed(&bad)).unwrap_err(),
            ShareError::Row { row: 2 }
        );
    }
}

#[test]
fn swapped_words_swapped_rows_and_rows_of_another_share_are_noticed() {
    let (_, shares) = made();
    let good = flat(&shares[0]);
    for (left, right) in (0..WORDS).flat_map(|left| (0..left).map(move |right| (left, right))) {
        let mut bad = good.clone();
        bad.swap(left, right);
        if left / ROW == right / ROW && bad != good {
            let row = left / ROW + 1;
            assert_eq!(
                Share::parse(&typed(&bad)).unwrap_err(),
                ShareError::Row { row }
            );
        }
    }
    for (left, right) in [(0, 1), (0, 2), (1, 2)] {
        let mut rows = shares[0].words();
        rows.swap(left, right);
        assert!(matches!(
            Share::parse(&typed(&rows.concat())),
            Err(ShareError::Row { .. })
        ));
    }
    let mut mixed = shares[0].words();
    mixed[1] = shares[1].words()[1];
    assert_eq!(
        Share::parse(&typed(&mixed.concat())).unwrap_err(),
        ShareError::Row { row: 2 }
    );
}

#[test]
fn too_few_and_too_many_words_are_told() {
    let share = &made().1[0];
    let words = flat(share);
    for (text, typed) in [
        (typed(&words[..12]), 12),
        (String::new(), 0),
        (format!("{} {}", typed(&words), words[0].kana), 19),
    ] {
        assert_eq!(
            Share::parse(&text).unwrap_err(),
            ShareError::Length { typed }
        );
    }
    assert_eq!(
        Share::parse(&typed(&[list()[0]; 18])).unwrap_err(),
        ShareError::Row { row: 2 },
        "a row of zeros agrees with itself only where row and index are zero"
    );
}

#[test]
fn debug_shows_nothing() {
    let (key, [share, ..]) = made();
    assert_eq!(format!("{share:?} {key:?}"), "Share(..) EscrowKey(..)");
}
