//! The four papers of passing cases on to another office: the wish, the statement, the receipt and the proof.
//!
//! Device 1 and the paper key pass on, device 9 of another office wished for it. Frames, checksums and signatures are made
//! here. The file with the records is a bundle, and what is in it are bodies.

use std::sync::LazyLock;

use crypto::sha256;
use wire::cbor::{self, Bytes};
use wire::passing::{Proof, Receipt, Statement, Wish};

use crate::files::framed;
use crate::signed::{sign, signed};
use crate::world::{OFFICE, Person, paper, paper_name};

/// The kept wish, and the kept statement that answers it.
static PAPERS: LazyLock<(Wish, Statement)> = LazyLock::new(|| {
    let wish = include_bytes!("../../wire/tests/vectors/pass.mgwish");
    let statement = include_bytes!("../../wire/tests/vectors/pass-statement.op");
    (
        Wish::parse(wish).expect("a kept wish is read"),
        Statement::read(statement, &OFFICE).expect("a kept statement is read"),
    )
});

/// The payload of a wish.
pub(crate) fn wish(input: &[u8]) -> bool {
    let file = framed(b"MGW1", input);
    Wish::parse(&file).is_ok_and(|wish| {
        assert_eq!(wish.as_bytes(), file);
        true
    })
}

/// The body of a statement, signed by device 1, and by the paper key where the first byte is odd.
pub(crate) fn statement(input: &[u8]) -> bool {
    let Some(bytes) = sign(OFFICE.org(), input) else {
        return false;
    };
    Statement::read(&bytes, &OFFICE).is_ok_and(|statement| {
        let (first, paper) = (Person::new(1), paper());
        let (author, second) = ((first.device(), &first.sign), (paper_name(), &paper));
        let again = Statement::make(&OFFICE, author, second, statement.passing.clone());
        assert_eq!(again.as_ref(), Ok(&statement));
        assert_eq!(statement.to_bytes(), bytes);
        true
    })
}

/// The body of a receipt for the kept statement, signed by device 9.
pub(crate) fn receipt(input: &[u8]) -> bool {
    let ((wish, statement), new) = (&*PAPERS, Person::new(9));
    let paper = signed(wish.org, input, &[(new.device(), &new.sign)]);
    let file = framed(b"MGV1", &paper);
    let pass = Receipt::pass_of(&file);
    Receipt::read(&file, wish, statement).is_ok_and(|receipt| {
        let again = Receipt::make(wish, &new.sign, statement, receipt.chunks, receipt.at);
        assert_eq!(again.as_ref(), Ok(&receipt));
        assert_eq!(receipt.as_bytes(), file);
        assert_eq!(pass, Ok(statement.id()));
        true
    })
}

/// The body of a proof, signed by device 1. What is accepted stands on the papers in it.
pub(crate) fn proof(input: &[u8]) -> bool {
    let first = Person::new(1);
    let name = sha256(&[input]);
    let signature = signed(OFFICE.org(), &name, &[(first.device(), &first.sign)]);
    let payload = (Bytes(input.to_vec()), Bytes(signature));
    Proof::check(&framed(b"MGZ1", &cbor::to_vec(&payload))).is_ok_and(|proof| {
        let (wish, statement, receipt) = (&proof.wish, &proof.statement, &proof.receipt);
        assert_eq!(statement.passing.wish, wish.hash());
        let read = Receipt::read(receipt.as_bytes(), wish, statement);
        assert_eq!(read.as_ref(), Ok(receipt));
        assert_eq!(proof.author, first.device());
        assert_eq!(proof.first, OFFICE.first().body());
        assert!(!proof.orders.is_empty() || statement.passing.cases.is_empty());
        true
    })
}
