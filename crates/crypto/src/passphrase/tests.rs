//! Laws of passphrases.

use super::*;

/// RFC 9106, §5.3: what the library computes is Argon2id.
#[test]
fn argon2id_agrees_with_rfc_9106() {
    let params = argon2::ParamsBuilder::new()
        .m_cost(32)
        .t_cost(3)
        .p_cost(4)
        .data(argon2::AssociatedData::new(&[4; 12]).unwrap())
        .build()
        .unwrap();
    let argon2 =
        Argon2::new_with_secret(&[3; 8], Algorithm::Argon2id, Version::V0x13, params).unwrap();
    let mut tag = [0; 32];
    argon2
        .hash_password_into(&[1; 32], &[2; 16], &mut tag)
        .unwrap();
    let expected = "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659";
    assert_eq!(crate::bytes::to_hex(&tag), expected);
}

#[test]
fn width_and_composition_do_not_matter() {
    let form = |text: &str| normalise(text).0.to_vec();
    assert_eq!(form("ﾐﾎﾝ１２３ｶﾞ"), form("ミホン123ガ"));
    assert_eq!(form("か\u{3099}くせい!"), form("がくせい!"));
    assert_ne!(
        form("Secret!"),
        form("secret!"),
        "case counts in a passphrase of one's own"
    );
}

#[test]
fn words_are_one_passphrase_in_kana_and_romaji() {
    let form = |text: &str| normalise(text).0.to_vec();
    assert_eq!(
        form("あいさつ こんや つづく"),
        form("AISATSU kon'ya tsuzuku")
    );
    assert_eq!(form("aisatukonnyatuduku"), form("あいさつ　コンヤ　つづく"));
    assert_ne!(form("あいさつ"), form("あいだ"));
}

#[test]
fn parameters_stay_between_floor_and_ceiling() {
    assert_eq!(Params::new(65_536, 3, 1), Ok(Params::FLOOR));
    assert_eq!(Params::new(1_048_576, 10, 1), Ok(Params::CEILING));
    for (memory, passes, lanes) in [
        (65_535, 3, 1),
        (65_536, 2, 1),
        (65_536, 3, 0),
        (8, u32::MAX, 1),
    ] {
        assert_eq!(
            Params::new(memory, passes, lanes),
            Err(ParamsError::BelowFloor)
        );
    }
    for (memory, passes, lanes) in [(1_048_577, 3, 1), (65_536, 11, 1), (65_536, 3, 2)] {
        assert_eq!(
            Params::new(memory, passes, lanes),
            Err(ParamsError::AboveCeiling)
        );
    }
}

#[test]
fn calibration_takes_the_least_that_is_slow_enough() {
    // A machine that needs so many milliseconds for 64 MiB and one pass.
    let found = |millis: u32, target: u64| {
        let cost = |params: Params| {
            Duration::from_millis((millis * (params.memory_kib / 65_536) * params.passes).into())
        };
        climb(Duration::from_millis(target), cost)
    };
    assert_eq!(found(200, 300), Params::FLOOR);
    assert_eq!(
        found(50, 300),
        Params {
            memory_kib: 128 * 1024,
            passes: 3
        }
    );
    assert_eq!(
        found(20, 300),
        Params {
            memory_kib: 256 * 1024,
            passes: 4
        }
    );
    assert_eq!(
        found(0, 300),
        Params {
            memory_kib: 256 * 1024,
            passes: 10
        },
        "it ends on any machine"
    );
}

#[test]
fn calibration_measures_this_machine() {
    assert_eq!(calibrate(Duration::from_nanos(1)), Params::FLOOR);
}

#[test]
fn salt_and_cost_change_the_key() {
    let key = |salt, params| *derive(&normalise("text"), &salt, params).unwrap().expose();
    let costlier = Params::new(65_536, 4, 1).unwrap();
    assert_eq!(key([1; 32], Params::FLOOR), key([1; 32], Params::FLOOR));
    assert_ne!(key([1; 32], Params::FLOOR), key([2; 32], Params::FLOOR));
    assert_ne!(key([1; 32], Params::FLOOR), key([1; 32], costlier));
}

#[test]
fn a_generated_passphrase_is_strong() {
    let words = crate::words::list();
    let text = |take: fn(&crate::words::Word) -> &'static str| {
        words
            .iter()
            .step_by(300)
            .map(take)
            .collect::<Vec<_>>()
            .join(" ")
    };
    for typed in [text(|word| word.kana), text(|word| word.romaji)] {
        assert_eq!(
            strength(&typed),
            Strength {
                bits: 77,
                level: Level::Strong
            }
        );
    }
}

#[test]
fn fifteen_characters_are_the_least() {
    assert_eq!(strength("").level, Level::Short);
    assert_eq!(strength("q8#Vz!m2@Lx9%K").level, Level::Short);
    assert_eq!(strength("q8#Vz!m2@Lx9%Kw").level, Level::Fair);
    assert_eq!(
        strength("ｑ８＃Ｖｚ！ｍ２＠").level,
        Level::Short,
        "width adds nothing"
    );
}

#[test]
fn a_pasted_book_is_estimated_at_once() {
    assert_eq!(strength(&"long text ".repeat(100_000)).level, Level::Weak);
}

#[test]
fn patterns_and_repeats_are_weak() {
    for weak in [
        "aaaaaaaaaaaaaaaaaaaaaaaa",
        "abcabcabcabcabcabcabcabc",
        "1234567890123456789012",
        "abcdefghijklmnopqrstuvwxyz",
        "qwertyuiopasdfghjklzxcvbnm",
        "1qaz2wsx3edc4rfv5tgb",
        "passwordpasswordpassword",
        "ぱすわーどぱすわーどぱすわーど",
        "あいうえおかきくけこさしすせそ",
        "みほんみほんみほんみほんみほん",
        "marugoto2026marugoto2026",
        "19850312198503121985",
        "あいさつ あいさつ あいさつ あいさつ あいさつ あいさつ",
    ] {
        assert_eq!(
            strength(weak).level,
            Level::Weak,
            "{weak}: {:?}",
            strength(weak)
        );
    }
}

#[test]
fn debug_shows_no_letter() {
    assert_eq!(format!("{:?}", normalise("みほん")), "Normalised(..)");
}
