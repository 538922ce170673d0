//! Test vectors that others published for the primitives under this crate: Wycheproof, RFC 9180 (HPKE).
//!
//! Where our own function takes the inputs, it is called; where it derives its key or fixes its nonce, the very type that
//! it uses is. Each test states how many cases it ran and how they came out, so a list that reads as empty cannot pass.
//! RFC 5869 and RFC 9106 stand beside the code they are about.

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit, Nonce};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use hpke::aead::{AesGcm128, AesGcm256};
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable, Kem, OpModeR, Serializable, setup_receiver};
use serde::Deserialize;
use sha2::Sha256;
use wycheproof::TestResult::{self, Acceptable, Invalid, Valid};
use wycheproof::{aead, eddsa, hkdf as hkdf_tests, mac, xdh};

use crate::SecretKey;
use crate::bytes::equal;
use crate::kem::{KemKey, seal_to};
use crate::secret::expand;
use crate::sign::{SigningKey, verify_bare};

/// How a list came out.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    valid: usize,
    invalid: usize,
    acceptable: usize,
    /// Valid and refused, or invalid and taken.
    wrong: usize,
}

impl Tally {
    fn count(&mut self, expected: TestResult, taken: bool) {
        match expected {
            Valid => self.valid += 1,
            Invalid => self.invalid += 1,
            Acceptable => self.acceptable += 1,
        }
        let wrong = match expected {
            Valid => !taken,
            Invalid => taken,
            Acceptable => false,
        };
        self.wrong += usize::from(wrong);
    }
}

/// The cases with our sizes: key 256, nonce 96, tag 128 bits. The rest of the list is about AES-128, AES-192 and nonces
/// that we cannot express.
fn aes_gcm(opens: impl Fn(&Aes256Gcm, &aead::Test) -> Option<Vec<u8>>) -> Tally {
    let set = aead::TestSet::load(aead::TestName::AesGcm).unwrap();
    let mut tally = Tally::default();
    let ours = set
        .test_groups
        .iter()
        .filter(|group| (group.key_size, group.nonce_size, group.tag_size) == (256, 96, 128));
    for test in ours.flat_map(|group| &group.tests) {
        let cipher = Aes256Gcm::new_from_slice(&test.key).unwrap();
        let opened = opens(&cipher, test);
        if let (Valid, Some(opened)) = (test.result, &opened) {
            assert_eq!(opened, &*test.pt, "case {}", test.tc_id);
            let payload = Payload {
                msg: &test.pt,
                aad: &test.aad,
            };
            let sealed = cipher.encrypt(&nonce(test), payload).unwrap();
            assert_eq!(sealed, sealed_of(test), "case {}", test.tc_id);
        }
        tally.count(test.result, opened.is_some());
    }
    tally
}

fn nonce(test: &aead::Test) -> Nonce<aes_gcm::aead::consts::U12> {
    Nonce::try_from(test.nonce.as_slice()).unwrap()
}

fn sealed_of(test: &aead::Test) -> Vec<u8> {
    [test.ct.as_slice(), &test.tag].concat()
}

#[test]
fn aes_256_gcm_agrees_with_wycheproof() {
    let opens = |cipher: &Aes256Gcm, test: &aead::Test| {
        let payload = Payload {
            msg: &sealed_of(test),
            aad: &test.aad,
        };
        cipher.decrypt(&nonce(test), payload).ok()
    };
    let tally = Tally {
        valid: 39,
        invalid: 27,
        ..Tally::default()
    };
    assert_eq!(aes_gcm(opens), tally);
}

/// Red control: whoever deciphers without looking at the tag takes every forged case.
#[test]
fn without_the_tag_every_forged_case_is_taken() {
    let tally = aes_gcm(|cipher, test| {
        let mut plain = cipher.encrypt(&nonce(test), test.ct.as_slice()).unwrap();
        plain.truncate(test.ct.len());
        Some(plain)
    });
    assert!(tally.invalid > 0);
    assert_eq!(tally.wrong, tally.invalid);
}

/// Through [`KemKey::agree`]. "Acceptable" are public keys on the twist, not in canonical form, or of small order: the
/// first two we compute as RFC 7748 says, those whose secret is all zeros we refuse, here and in HPKE.
#[test]
fn x25519_agrees_with_wycheproof() {
    let set = xdh::TestSet::load(xdh::TestName::X25519).unwrap();
    let (mut tally, mut zeros) = (Tally::default(), 0);
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let [private, public, shared]: [[u8; 32]; 3] =
            [&test.private_key, &test.public_key, &test.shared_secret]
                .map(|bytes| bytes.as_slice().try_into().unwrap());
        let key = KemKey::from_bytes(private);
        let agreed = key.agree(&public, &[b"wycheproof"]);
        if shared == [0; 32] {
            // Red control: the curve itself gives zeros without a word.
            assert_eq!(x25519_dalek::x25519(private, public), shared);
            assert!(agreed.is_err(), "case {}", test.tc_id);
            assert!(seal_to(&public, b"", b"", b"plain").is_err());
            zeros += 1;
        } else {
            let expected = SecretKey::from_bytes(shared).derive(&[b"wycheproof"]);
            assert_eq!(agreed.as_ref().unwrap().expose(), expected.expose());
        }
        tally.count(test.result, agreed.is_ok());
    }
    let expected = Tally {
        valid: 264,
        acceptable: 254,
        ..Tally::default()
    };
    assert_eq!((tally, zeros), (expected, 31));
}

/// A signature of another length than 64 is not one that our types can hold, which is to refuse it.
fn ed25519(holds: impl Fn(&[u8; 32], &[u8], &[u8; 64]) -> bool) -> Tally {
    let set = eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap();
    let mut tally = Tally::default();
    for group in &set.test_groups {
        let public = group.key.pk.as_slice().try_into().unwrap();
        for test in &group.tests {
            let signature = test.sig.as_slice().try_into();
            let taken = signature.is_ok_and(|signature| holds(public, &test.msg, signature));
            tally.count(test.result, taken);
        }
    }
    tally
}

#[test]
fn ed25519_agrees_with_wycheproof() {
    let tally = Tally {
        valid: 88,
        invalid: 63,
        ..Tally::default()
    };
    let holds =
        |public: &_, message: &_, signature: &_| verify_bare(public, message, signature).is_ok();
    assert_eq!(ed25519(holds), tally);
}

/// Red control: the list holds second encodings of signatures that hold (the scalar plus the order of the group). Taken
/// back below the order, they hold.
#[test]
fn a_second_encoding_of_a_signature_would_hold() {
    let tally = ed25519(|public, message, signature| {
        let mut reduced = *signature;
        let lower = below_order(&signature[32..]);
        reduced[32..].copy_from_slice(&lower);
        verify_bare(public, message, &reduced).is_ok()
    });
    assert!(tally.wrong > 0);
}

/// A little-endian number of 32 bytes, less the order of the group as often as it fits.
fn below_order(scalar: &[u8]) -> [u8; 32] {
    const ORDER: [u8; 32] = {
        let mut order = [0; 32];
        let low = 27_742_317_777_372_353_535_851_937_790_883_648_493_u128.to_le_bytes();
        let mut at = 0;
        while at < 16 {
            order[at] = low[at];
            at += 1;
        }
        order[31] = 0x10;
        order
    };
    let mut number: [u8; 32] = scalar.try_into().unwrap();
    while number.iter().rev().ge(ORDER.iter().rev()) {
        let mut borrow = 0;
        for (byte, order) in number.iter_mut().zip(ORDER) {
            let less = i16::from(*byte) - i16::from(order) - borrow;
            borrow = i16::from(less < 0);
            *byte = less.rem_euclid(256) as u8;
        }
    }
    number
}

/// RFC 8032, §7.1, test 3: what we make is Ed25519 too.
#[test]
fn ed25519_signs_as_rfc_8032_prints() {
    let hex = |text: &str| crate::bytes::from_hex::<32>(text).unwrap();
    let key = SigningKey::from_bytes(hex(
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
    ));
    assert_eq!(
        key.public(),
        hex("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025")
    );
    let signature: [u8; 64] = crate::bytes::from_hex(concat!(
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac",
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ))
    .unwrap();
    assert_eq!(
        verify_bare(&key.public(), &[0xaf, 0x82], &signature),
        Ok(())
    );
}

fn hkdf_sha256(salt_of: impl Fn(&hkdf_tests::Test) -> &[u8]) -> Tally {
    let set = hkdf_tests::TestSet::load(hkdf_tests::TestName::HkdfSha256).unwrap();
    let mut tally = Tally::default();
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let mut out = vec![0; test.size];
        // Our function is for lengths that HKDF has, and is asked for no other.
        let taken = if test.size > 255 * 32 {
            let bare = Hkdf::<Sha256>::new(Some(salt_of(test)), &test.ikm);
            bare.expand(&test.info, &mut out).is_ok()
        } else {
            expand(salt_of(test), &test.ikm, &[&test.info], &mut out);
            out == *test.okm
        };
        tally.count(test.result, taken);
    }
    tally
}

#[test]
fn hkdf_sha256_agrees_with_wycheproof() {
    let tally = Tally {
        valid: 83,
        invalid: 3,
        ..Tally::default()
    };
    assert_eq!(hkdf_sha256(|test| &test.salt), tally);
    assert!(
        hkdf_sha256(|_| &[]).wrong > 0,
        "red control: the salt counts"
    );
}

/// Tags of 256 bits, and the same cut to 128.
fn hmac_sha256(same: impl Fn(&[u8], &[u8]) -> bool) -> Tally {
    let set = mac::TestSet::load(mac::TestName::HmacSha256).unwrap();
    let mut tally = Tally::default();
    for group in &set.test_groups {
        for test in &group.tests {
            let mut hmac = Hmac::<Sha256>::new_from_slice(&test.key).unwrap();
            hmac.update(&test.msg);
            let computed = hmac.finalize().into_bytes();
            let taken = same(&computed[..group.tag_size / 8], &test.tag);
            tally.count(test.result, taken);
        }
    }
    tally
}

#[test]
fn hmac_sha256_agrees_with_wycheproof() {
    let tally = Tally {
        valid: 66,
        invalid: 108,
        ..Tally::default()
    };
    assert_eq!(hmac_sha256(equal), tally);
    let careless = hmac_sha256(|computed, tag| computed[1..] == tag[1..]);
    assert!(careless.wrong > 0, "red control: the first byte counts");
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Hpke {
    name: String,
    info: String,
    ikm_e: String,
    ikm_r: String,
    #[serde(rename = "skRm")]
    sk_rm: String,
    #[serde(rename = "pkRm")]
    pk_rm: String,
    enc: String,
    encryptions: Vec<Encryption>,
    exports: Vec<Export>,
}

#[derive(Deserialize)]
struct Encryption {
    aad: String,
    pt: String,
    ct: String,
}

#[derive(Deserialize)]
struct Export {
    context: String,
    value: String,
}

fn hex(digits: &str) -> Vec<u8> {
    let pairs = digits.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

/// The public keys of both sides, then the messages in their order through one context, then what the context exports.
fn hpke<A: hpke::aead::Aead>(case: &Hpke) -> (usize, usize) {
    let public = |ikm: &str| {
        let (_, public) = X25519HkdfSha256::derive_keypair(&hex(ikm));
        public.to_bytes().to_vec()
    };
    assert_eq!(public(&case.ikm_e), hex(&case.enc));
    assert_eq!(public(&case.ikm_r), hex(&case.pk_rm));
    let mut context = setup_receiver::<A, HkdfSha256, X25519HkdfSha256>(
        &OpModeR::Base,
        &Deserializable::from_bytes(&hex(&case.sk_rm)).unwrap(),
        &Deserializable::from_bytes(&hex(&case.enc)).unwrap(),
        &hex(&case.info),
    )
    .unwrap();
    for encryption in &case.encryptions {
        let (ct, aad) = (hex(&encryption.ct), hex(&encryption.aad));
        let mut forged = ct.clone();
        forged[0] ^= 1;
        assert!(context.open(&forged, &aad).is_err(), "{}", case.name);
        let opened = context.open(&ct, &aad).unwrap();
        assert_eq!(opened, hex(&encryption.pt), "{}", case.name);
    }
    for export in &case.exports {
        let mut value = [0; 32];
        context.export(&hex(&export.context), &mut value).unwrap();
        assert_eq!(value.as_slice(), hex(&export.value), "{}", case.name);
    }
    (case.encryptions.len(), case.exports.len())
}

/// Our suite, of which the RFC's text prints nothing, from the list that goes with it; and the suite that the text prints,
/// which has all but the cipher in common with ours.
#[test]
fn hpke_agrees_with_rfc_9180() {
    let file = include_str!("../tests/vectors/outside-hpke.json");
    let cases: [Hpke; 2] = serde_json::from_str::<Vec<Hpke>>(file)
        .unwrap()
        .try_into()
        .unwrap_or_else(|_| panic!("two suites"));
    let [ours, printed] = &cases;
    assert_eq!(hpke::<AesGcm256>(ours), (2, 3));
    assert_eq!(hpke::<AesGcm128>(printed), (3, 0));

    let key = KemKey::from_bytes(hex(&ours.sk_rm).try_into().unwrap());
    assert_eq!(key.public().as_slice(), hex(&ours.pk_rm));
    let open = |case: &Hpke| {
        let first = &case.encryptions[0];
        let sealed = [hex(&case.enc), hex(&first.ct)].concat();
        key.open(&hex(&case.info), &hex(&first.aad), &sealed)
    };
    assert_eq!(open(ours).unwrap().as_slice(), hex(&ours.encryptions[0].pt));
    assert!(
        open(printed).is_err(),
        "red control: another suite does not open"
    );
}
