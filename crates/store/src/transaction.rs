//! What a table module works with: a snapshot to read from, or one commit in the making.

use std::cell::RefCell;
use std::ops::Deref;

use rusqlite::Connection;

use crate::journal::Hash;
use crate::pin::Pin;

/// A snapshot of the store. What it reads does not change while it lives.
#[derive(Debug)]
pub struct Reader<'a> {
    conn: &'a Connection,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(conn: &'a Connection) -> Self {
        Self { conn }
    }

    pub(crate) fn conn(&self) -> &Connection {
        self.conn
    }
}

/// One commit in the making: all of it comes to the disk, or nothing. Reads as a [`Reader`] does.
#[derive(Debug)]
pub struct Transaction<'a> {
    reader: Reader<'a>,
    counter: u64,
    pins: RefCell<Vec<Pin>>,
}

impl<'a> Transaction<'a> {
    pub(crate) fn new(conn: &'a Connection, counter: u64) -> Self {
        Self {
            reader: Reader::new(conn),
            counter,
            pins: RefCell::default(),
        }
    }

    /// The number that this commit will have.
    #[must_use]
    pub fn counter(&self) -> u64 {
        self.counter
    }

    /// Binds the commit to something that it writes and that must stay. `verify` looks for it ever after, so that one
    /// page put back from an older copy is noticed.
    pub(crate) fn pin(&self, pin: Pin) {
        self.pins.borrow_mut().push(pin);
    }

    /// Pins a row of a content-addressed table.
    pub(crate) fn pin_row(&self, table: &str, hash: Hash) {
        self.pins.borrow_mut().extend(Pin::addressed(table, hash));
    }

    pub(crate) fn into_pins(self) -> Vec<Pin> {
        self.pins.into_inner()
    }
}

impl<'a> Deref for Transaction<'a> {
    type Target = Reader<'a>;

    fn deref(&self) -> &Reader<'a> {
        &self.reader
    }
}
