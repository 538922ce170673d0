//! Our formats, pinned: what is in `tests/vectors` was computed by another implementation (Python with OpenSSL) from the
//! descriptions in this crate, and must be computed and opened alike for ever.

#[cfg(test)]
mod tests {
    use crypto::escrow::{Share, join};
    use crypto::header::Header;
    use crypto::kem::{KemKey, seal_to};
    use crypto::passphrase::{Params, derive, normalise};
    use crypto::recovery::RecoveryCode;
    use crypto::sign::{SignatureKind, SigningKey, verify};
    use crypto::{SecretKey, once, paper, words};
    use serde_json::Value;

    fn read(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    fn text<'a>(case: &'a Value, name: &str) -> &'a str {
        case[name].as_str().unwrap()
    }

    fn hex(case: &Value, name: &str) -> Vec<u8> {
        let digits = text(case, name).as_bytes();
        digits
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    }

    fn fixed<const N: usize>(case: &Value, name: &str) -> [u8; N] {
        hex(case, name).try_into().unwrap()
    }

    fn key(case: &Value, name: &str) -> SecretKey {
        SecretKey::from_bytes(fixed(case, name))
    }

    /// Runs every case of a list and insists on their number, so that an empty file cannot pass.
    fn each(file: &str, count: usize, check: impl Fn(&Value)) {
        let cases = read(file);
        let cases = cases.as_array().unwrap();
        assert_eq!(cases.len(), count);
        cases.iter().for_each(check);
    }

    #[test]
    fn keys_are_derived_and_named_alike() {
        let case = read(include_str!("vectors/secret.json"));
        let secret = key(&case, "key");
        assert_eq!(secret.kid(), fixed(&case, "kid"));
        assert_eq!(
            secret.derive(&[text(&case, "info").as_bytes()]).expose(),
            &fixed(&case, "derived")
        );
        assert_eq!(
            secret.hmac(
                text(&case, "info").as_bytes(),
                &[text(&case, "message").as_bytes()]
            ),
            fixed(&case, "hmac")
        );
    }

    #[test]
    fn shares_are_read_and_written_and_open_a_store_alike() {
        let case = read(include_str!("vectors/escrow.json"));
        let shares: Vec<Share> = case["shares"]
            .as_array()
            .unwrap()
            .iter()
            .map(|share| Share::parse(share.as_str().unwrap()).unwrap())
            .collect();
        assert_eq!(shares.len(), 3);
        for (share, written) in shares.iter().zip(case["shares"].as_array().unwrap()) {
            assert_eq!(share.set().to_string(), text(&case, "set"));
            let rows = share.words().map(|row| row.map(|word| word.kana).join(" "));
            assert_eq!(rows.join("\n"), written.as_str().unwrap());
        }
        let header = Header::parse(text(&case, "header").as_bytes()).unwrap();
        assert_eq!(header.escrow(), Some(fixed(&case, "public")));
        assert_eq!(header.encode(), text(&case, "header").as_bytes());
        for (one, two) in [(0, 1), (2, 1), (0, 2)] {
            let key = join(&shares[one], &shares[two]).unwrap();
            assert_eq!(key.sign.public(), fixed(&case, "sign"));
            let opened = header.open_with_escrow(&key.kem).unwrap();
            assert_eq!(opened.expose(), &fixed(&case, "dbk"));
        }
    }

    #[test]
    fn boxes_are_sealed_and_opened_alike() {
        each(include_str!("vectors/once.json"), 3, |case| {
            let (key, salt) = (key(case, "key"), fixed(case, "salt"));
            let [info, header, plain] =
                ["info", "header", "plain"].map(|name| text(case, name).as_bytes());
            let sealed = once::seal(&key, &salt, info, header, plain);
            assert_eq!(
                (sealed.commit, &sealed.ct),
                (fixed(case, "commit"), &hex(case, "ct"))
            );
            let opened = once::open(&key, &salt, info, header, &sealed.commit, &sealed.ct).unwrap();
            assert_eq!(opened.as_slice(), plain);
        });
    }

    #[test]
    fn signatures_are_made_and_verified_alike() {
        each(include_str!("vectors/sign.json"), 6, |case| {
            let kind = match text(case, "kind") {
                "record" => SignatureKind::Record,
                "dirop" => SignatureKind::DirOp,
                "bundle" => SignatureKind::Bundle,
                "auth" => SignatureKind::Auth,
                "receipt" => SignatureKind::Receipt,
                "tls" => SignatureKind::Tls,
                other => panic!("unknown kind {other}"),
            };
            let (key, org) = (
                SigningKey::from_bytes(fixed(case, "key")),
                fixed(case, "org"),
            );
            let message = text(case, "message").as_bytes();
            assert_eq!(key.public(), fixed(case, "public"));
            let signature = key.sign(kind, &org, message);
            assert_eq!(signature.as_slice(), hex(case, "signature"));
            verify(&key.public(), kind, &org, message, &signature).unwrap();
        });
    }

    #[test]
    fn boxes_to_a_public_key_open_alike() {
        each(include_str!("vectors/kem.json"), 2, |case| {
            let key = KemKey::from_bytes(fixed(case, "key"));
            let [info, plain] = ["info", "plain"].map(|name| text(case, name).as_bytes());
            assert_eq!(key.public(), fixed(case, "public"));
            assert_eq!(
                key.open(info, b"", &hex(case, "sealed"))
                    .unwrap()
                    .as_slice(),
                plain
            );
            assert_eq!(
                seal_to(&key.public(), info, b"", plain).unwrap().len(),
                hex(case, "sealed").len()
            );
        });
    }

    #[test]
    fn what_two_keys_agree_on_is_alike() {
        each(include_str!("vectors/agree.json"), 2, |case| {
            let (key, peer) = (
                KemKey::from_bytes(fixed(case, "key")),
                KemKey::from_bytes(fixed(case, "peer")),
            );
            let info = text(case, "info").as_bytes();
            assert_eq!(peer.public(), fixed(case, "public"));
            for agreed in [
                key.agree(&peer.public(), &[info]),
                peer.agree(&key.public(), &[info]),
            ] {
                assert_eq!(*agreed.unwrap().expose(), fixed(case, "derived"));
            }
        });
    }

    #[test]
    fn words_of_a_message_are_alike() {
        each(include_str!("vectors/words.json"), 2, |case| {
            let list =
                |name: &str| -> Vec<String> { serde_json::from_value(case[name].clone()).unwrap() };
            let found = words::six_words(text(case, "message").as_bytes());
            assert_eq!(found.map(|word| word.kana).as_slice(), list("kana"));
            assert_eq!(found.map(|word| word.romaji).as_slice(), list("romaji"));
        });
    }

    #[test]
    fn passphrases_give_the_same_key_however_typed() {
        each(include_str!("vectors/passphrase.json"), 8, |case| {
            let number = |name: &str| u32::try_from(case[name].as_u64().unwrap()).unwrap();
            let params = Params::new(number("memoryKib"), number("passes"), 1).unwrap();
            let derived = derive(
                &normalise(text(case, "typed")),
                &fixed(case, "salt"),
                params,
            )
            .unwrap();
            assert_eq!(
                derived.expose(),
                &fixed(case, "key"),
                "{}",
                text(case, "typed")
            );
        });
    }

    #[test]
    fn codes_on_paper_are_read_alike() {
        let case = read(include_str!("vectors/codes.json"));
        let code = text(&case["recovery"], "code");
        assert_eq!(RecoveryCode::parse(code).unwrap().text().as_str(), code);
        let admin = &case["paperAdmin"];
        let key = paper::parse(text(admin, "code")).unwrap();
        assert_eq!(key.public(), fixed(admin, "public"));
        assert_eq!(key.expose(), &fixed(admin, "key"));
        assert_eq!(paper::print(&key).as_str(), text(admin, "code"));
    }

    #[test]
    fn headers_open_alike_and_are_written_back_unchanged() {
        let case = read(include_str!("vectors/header.json"));
        let code = RecoveryCode::parse(text(&case, "recovery")).unwrap();
        for name in ["header", "withMore"] {
            let header = Header::parse(text(&case, name).as_bytes()).unwrap();
            assert_eq!(header.store_id(), fixed(&case, "store"));
            assert_eq!(
                header.open_with_recovery(&code).unwrap().expose(),
                &fixed(&case, "dbk")
            );
            assert_eq!(
                header
                    .open_with_passphrase(text(&case, "passphrase"))
                    .unwrap()
                    .expose(),
                &fixed(&case, "dbk")
            );
            assert_eq!(header.encode(), text(&case, name).as_bytes());
        }
    }
}
