//! The laws of the four papers of a passing.

use super::proof::MAGIC as PROOF;
use super::*;
use crate::directory::Act;
use crate::erase::Order;
use crate::fixture::{Person, office, paper, paper_pen};

fn world() -> (Directory, Person, Person, Wish) {
    let (old, new) = (Person::new(1), Person::new(9));
    let wish = Wish::make(Org::new([9; 16]), new.keys(), "みほん法人", "森 三郎").unwrap();
    (office(&old), old, new, wish)
}

fn passing(wish: &Wish) -> Passing {
    let case = Case::of(Vault::new([4; 16]), &[Hash::new([5; 32])].into());
    Passing {
        wish: wish.hash(),
        office: "みほん市".to_owned(),
        authors: Vec::new(),
        cases: [case].into(),
        households: 1,
        chunks: 0,
        reason: "委託先の変更".to_owned(),
        basis: "委託契約 第9条".to_owned(),
        at: 7,
    }
}

fn order(vault: [u8; 16]) -> Order {
    Order {
        vaults: [Vault::new(vault)].into(),
        docs: BTreeSet::new(),
        fields: BTreeSet::new(),
        records: [Hash::new([5; 32])].into(),
        reason: "委託先の変更".to_owned(),
        basis: "委託契約 第9条".to_owned(),
        asked_by: "みほん法人".to_owned(),
        at: 8,
    }
}

fn signed(directory: &mut Directory, by: &Person, order: &Order) {
    let act = Act::Erase {
        order: order.id(),
        records: erase::digest(&order.records),
    };
    let paper = paper();
    directory
        .write(&act, by.pen(), Some(paper_pen(&paper)))
        .unwrap();
}

#[test]
fn a_wish_reads_back_and_another_one_has_other_words() {
    let (.., new, wish) = world();
    assert_eq!(Wish::parse(wish.as_bytes()).unwrap(), wish);
    let again = Wish::make(wish.org, new.keys(), &wish.office, &wish.worker).unwrap();
    assert_ne!(
        again.words().map(|it| it.kana),
        wish.words().map(|it| it.kana)
    );
    let mut torn = wish.as_bytes().to_vec();
    torn[20] ^= 1;
    assert_eq!(Wish::parse(&torn).unwrap_err(), FrameError::Damaged.into());
    assert!(Wish::make(wish.org, new.keys(), " ", "森").is_err());
}

#[test]
fn a_statement_takes_two_who_may_sign() {
    let (directory, old, new, wish) = world();
    let paper = paper();
    let second = paper_pen(&paper);
    let good = Statement::make(&directory, old.pen(), second, passing(&wish)).unwrap();
    assert_eq!(Statement::read(&good.to_bytes(), &directory).unwrap(), good);
    for (first, second) in [
        (old.pen(), old.pen()),
        (old.pen(), new.pen()),
        (new.pen(), second),
    ] {
        let bad = Statement::make(&directory, first, second, passing(&wish));
        assert_eq!(bad.unwrap_err(), PassingError::Forged);
    }
}

#[test]
fn a_receipt_is_for_what_was_passed_and_signed_by_whoever_wished() {
    let (directory, old, new, wish) = world();
    let paper = paper();
    let make =
        |passing| Statement::make(&directory, old.pen(), paper_pen(&paper), passing).unwrap();
    let statement = make(passing(&wish));
    let receipt = Receipt::make(&wish, &new.sign, &statement, 0, 9).unwrap();
    assert_eq!(
        Receipt::pass_of(receipt.as_bytes()).unwrap(),
        statement.id()
    );
    let more = Passing {
        cases: [
            Case::of(Vault::new([4; 16]), &[Hash::new([5; 32])].into()),
            Case::of(Vault::new([6; 16]), &[Hash::new([7; 32])].into()),
        ]
        .into(),
        ..passing(&wish)
    };
    let of_more = Receipt::read(receipt.as_bytes(), &wish, &make(more));
    assert_eq!(of_more.unwrap_err(), PassingError::Other);
    let forged = Receipt::make(&wish, &old.sign, &statement, 0, 9);
    assert_eq!(forged.unwrap_err(), PassingError::Forged);
}

#[test]
fn a_proof_holds_only_with_orders_that_two_signed_over_all_that_was_passed() {
    let (mut directory, old, new, wish) = world();
    let paper = paper();
    let statement =
        Statement::make(&directory, old.pen(), paper_pen(&paper), passing(&wish)).unwrap();
    let receipt = Receipt::make(&wish, &new.sign, &statement, 0, 9).unwrap();
    let (right, elsewhere) = (order([4; 16]), order([8; 16]));
    let prove = |directory: &Directory, orders: &[Order]| {
        let papers = (&wish, &statement, &receipt);
        Proof::make(directory, old.pen(), papers, orders, (10, 11))
    };
    let none = Err(PassingError::NotDestroyed);
    assert_eq!(
        prove(&directory, std::slice::from_ref(&right)),
        none,
        "nobody signed"
    );
    signed(&mut directory, &old, &elsewhere);
    assert_eq!(prove(&directory, &[elsewhere]), none, "another case");
    signed(&mut directory, &old, &right);
    assert_eq!(prove(&directory, &[]), none);
    let proof = prove(&directory, std::slice::from_ref(&right)).unwrap();
    let held = Proof::check(&proof).unwrap();
    assert_eq!(held.statement, statement);
    assert_eq!((held.done, held.orders), (10, [right.id()].into()));

    // Taken back, it proves nothing.
    let op = *directory
        .state()
        .erasures
        .iter()
        .find(|(_, it)| it.order == right.id())
        .unwrap()
        .0;
    directory
        .write(&Act::CancelErase { op }, old.pen(), None)
        .unwrap();
    assert_eq!(prove(&directory, &[right]), none, "taken back");
}

#[test]
fn no_byte_of_a_proof_can_be_changed() {
    let (mut directory, old, new, wish) = world();
    let paper = paper();
    let statement =
        Statement::make(&directory, old.pen(), paper_pen(&paper), passing(&wish)).unwrap();
    let receipt = Receipt::make(&wish, &new.sign, &statement, 0, 9).unwrap();
    let order = order([4; 16]);
    signed(&mut directory, &old, &order);
    let papers = (&wish, &statement, &receipt);
    let proof = Proof::make(&directory, old.pen(), papers, &[order], (10, 11)).unwrap();
    assert!(Proof::check(&proof).is_ok());
    let payload = frame::unframe(PROOF, &proof).unwrap();
    for at in (0..payload.len()).step_by(7) {
        let mut altered = payload.to_vec();
        altered[at] ^= 1;
        // Framed anew, so that no checksum is what tells.
        assert!(
            Proof::check(&frame::frame(PROOF, &altered)).is_err(),
            "byte {at}"
        );
    }
    for at in 0..proof.len() {
        assert!(Proof::check(&proof[..at]).is_err());
    }
}

#[test]
fn a_lineage_takes_two_who_may_sign_and_names_a_way() {
    let (directory, old, new, _) = world();
    let paper = paper();
    let second = paper_pen(&paper);
    let (vault, earlier) = (Vault::new([4; 16]), Vault::new([3; 16]));
    let good = Lineage::make(&directory, old.pen(), second, vault, [earlier].into()).unwrap();
    let read = Lineage::read(&good.to_bytes(), &directory).unwrap();
    assert_eq!(read, good);
    assert_eq!(read.vaults().collect::<Vec<_>>(), [earlier, vault]);
    for (first, second) in [
        (old.pen(), old.pen()),
        (old.pen(), new.pen()),
        (new.pen(), second),
    ] {
        let made = Lineage::make(&directory, first, second, vault, [earlier].into());
        assert_eq!(made.unwrap_err(), PassingError::Forged);
    }
    let many = (0..=64).map(|n| Vault::new([n + 100; 16])).collect();
    for wrong in [[].into(), [vault].into(), many] {
        let made = Lineage::make(&directory, old.pen(), second, vault, wrong);
        assert_eq!(made.unwrap_err(), CborError::Malformed.into());
    }
    let mut torn = good.to_bytes();
    let last = torn.len() - 1;
    torn[last] ^= 1;
    assert!(Lineage::read(&torn, &directory).is_err());
}
