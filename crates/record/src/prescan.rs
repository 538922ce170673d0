//! The first look at a change from outside, before automerge sees a byte of it.
//!
//! A reader of our own for the one kind of chunk we accept. It counts what the columns claim to hold: a
//! run costs a few bytes whatever its length, so 111 bytes can claim two million operations, on which
//! automerge would spend 5 seconds and 914 MB.
//!
//! # Invariants
//!
//! - Foreign bytes never panic here and cost no more time than their length.
//! - What passes has a bounded number of operations, and was written by the device that signed it.

use sha2::{Digest, Sha256};

use crate::refused::Refused;

/// The most operations in a change.
const OPERATIONS: u64 = 20_000;
/// The most predecessors of all its operations.
const PREDECESSORS: u64 = 200_000;
/// The longest change, in bytes.
const BYTES: usize = 1024 * 1024;
/// Operation numbers end here.
const END: u64 = 1 << 31;

/// What a change says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeFacts {
    /// Its hash, computed from its bytes.
    pub hash: [u8; 32],
    /// Its actor.
    pub actor: [u8; 16],
    /// The how-many-th change of the actor it is, from 1.
    pub seq: u64,
    /// The number of its first operation.
    pub start_op: u64,
    /// How many operations it has.
    pub ops: u64,
    /// The changes it rests on.
    pub deps: Vec<[u8; 32]>,
    /// The time it claims, in ms UTC.
    pub time: i64,
}

impl ChangeFacts {
    /// The number behind its last operation.
    pub(crate) fn next_op(&self) -> u64 {
        self.start_op + self.ops
    }
}

/// Looks at a change that was signed by `device`.
///
/// # Errors
///
/// - [`Refused::Malformed`] when the bytes are not exactly one uncompressed change with a right checksum.
/// - [`Refused::ForeignActor`] when actor or author are not `device`.
/// - [`Refused::TooManyOperations`] beyond 20,000.
/// - [`Refused::OutOfBounds`] when operation numbers reach 2³¹.
pub fn prescan(bytes: &[u8], device: &[u8; 16]) -> Result<ChangeFacts, Refused> {
    let (facts, footer) = parse(bytes)?;
    // Automerge names the author in the first change of an actor only.
    let author = match facts.seq {
        1 => [&[1, 16], device.as_slice()].concat(),
        _ => Vec::new(),
    };
    if !facts.actor.starts_with(&device[..8]) || footer != author {
        return Err(Refused::ForeignActor);
    }
    Ok(facts)
}

/// The facts of a change and what stands behind its columns, whoever signed it.
pub(crate) fn parse(bytes: &[u8]) -> Result<(ChangeFacts, &[u8]), Refused> {
    if bytes.len() > BYTES {
        return Err(Refused::Malformed("too long"));
    }
    let mut chunk = Reader(bytes);
    if chunk.take(4)? != [0x85, 0x6f, 0x4a, 0x83] {
        return Err(Refused::Malformed("no automerge chunk"));
    }
    let checksum = chunk.take(4)?;
    if chunk.take(1)? != [1] {
        return Err(Refused::Malformed("no plain change"));
    }
    let hashed = bytes.get(8..).unwrap_or_default();
    if chunk.length()? != chunk.0.len() {
        return Err(Refused::Malformed("length"));
    }
    let hash: [u8; 32] = Sha256::digest(hashed).into();
    if !hash.starts_with(checksum) {
        return Err(Refused::Malformed("checksum"));
    }

    let mut body = chunk;
    let deps = (0..body.length()?)
        .map(|_| body.array())
        .collect::<Result<Vec<[u8; 32]>, _>>()?;
    let actor = body.actor()?;
    let seq = body.unsigned()?;
    let start_op = body.unsigned()?;
    let time = body.signed()?;
    let message = body.length()?;
    body.take(message)?;
    for _ in 0..body.length()? {
        body.actor()?;
    }
    let columns = Columns::read(&mut body)?;
    let ops = columns.count()?;
    if deps.is_empty() || seq == 0 || start_op == 0 {
        return Err(Refused::Malformed("a change without a place"));
    }
    // Below 2³¹ each, so the sum does not overflow.
    if start_op >= END || start_op + ops >= END {
        return Err(Refused::OutOfBounds(start_op));
    }
    Ok((
        ChangeFacts {
            hash,
            actor,
            seq,
            start_op,
            ops,
            deps,
            time,
        },
        body.0,
    ))
}

/// The columns of a change, in the order of automerge 0.12.
struct Columns<'a>(Vec<(u64, &'a [u8])>);

/// The columns we know: number of the column shifted by four, and its type.
const ACTION: u64 = 0x42;
const VALUE_LENGTHS: u64 = 0x56;
const VALUES: u64 = 0x57;
const PREDECESSOR_COUNT: u64 = 0x70;
const KNOWN: [u64; 14] = [
    0x01,
    0x02, // object: actor, counter
    0x11,
    0x13,
    0x15, // key: actor, counter, string
    0x34, // insert
    ACTION,
    VALUE_LENGTHS,
    VALUES,
    PREDECESSOR_COUNT,
    0x71,
    0x73, // predecessors: actor, counter
    0x94, // expand
    0xa5, // name of a mark
];

impl<'a> Columns<'a> {
    fn read(from: &mut Reader<'a>) -> Result<Self, Refused> {
        let count = from.length()?;
        let mut heads: Vec<(u64, usize)> = Vec::new();
        for _ in 0..count {
            let column = from.unsigned()?;
            if !KNOWN.contains(&column) || heads.last().is_some_and(|(before, _)| *before >= column)
            {
                return Err(Refused::Malformed("column"));
            }
            heads.push((column, from.length()?));
        }
        let columns = heads
            .into_iter()
            .map(|(column, length)| Ok((column, from.take(length)?)));
        Ok(Columns(columns.collect::<Result<_, _>>()?))
    }

    /// The number of operations, after a look at all that the columns claim.
    fn count(&self) -> Result<u64, Refused> {
        let mut operations = 0;
        let mut predecessors = 0;
        let mut values = 0;
        let mut value_bytes = 0;
        for (column, data) in &self.0 {
            let claimed = match column & 7 {
                4 => Claim::of_switches(data)?,
                7 => {
                    value_bytes = data.len() as u64;
                    continue;
                }
                kind => Claim::of_runs(data, kind)?,
            };
            match *column {
                ACTION => operations = claimed.rows,
                VALUE_LENGTHS => values = claimed.sum,
                PREDECESSOR_COUNT => predecessors = claimed.sum,
                _ => {}
            }
            let most = if matches!(column, 0x71 | 0x73) {
                PREDECESSORS
            } else {
                OPERATIONS
            };
            if claimed.rows > most {
                return Err(Refused::TooManyOperations(claimed.rows));
            }
        }
        if predecessors > PREDECESSORS {
            return Err(Refused::TooManyOperations(predecessors));
        }
        if values != value_bytes {
            return Err(Refused::Malformed("values"));
        }
        Ok(operations)
    }
}

/// What a column claims to hold.
#[derive(Default)]
struct Claim {
    rows: u64,
    /// Of predecessor counts and value lengths, their sum.
    sum: u64,
}

impl Claim {
    /// Runs of one value (positive length), of different values (negative), of nothing (zero).
    fn of_runs(data: &[u8], kind: u64) -> Result<Self, Refused> {
        let mut from = Reader(data);
        let mut claim = Claim::default();
        while !from.0.is_empty() {
            let run = from.signed()?;
            let (length, values) = match run {
                0 => (from.unsigned()?, 0),
                1.. => (run.unsigned_abs(), 1),
                ..=-1 => (run.unsigned_abs(), run.unsigned_abs()),
            };
            claim.rows = claim.rows.saturating_add(length);
            let each = if values == 1 { length } else { 1 };
            for _ in 0..values {
                let value = match kind {
                    3 => from.signed()?.unsigned_abs(),
                    5 => {
                        let length = from.length()?;
                        from.take(length)?.len() as u64
                    }
                    6 => from.unsigned()? >> 4,
                    _ => from.unsigned()?,
                };
                claim.sum = claim.sum.saturating_add(value.saturating_mul(each));
            }
        }
        Ok(claim)
    }

    /// Lengths of runs of no and yes in turn.
    fn of_switches(data: &[u8]) -> Result<Self, Refused> {
        let mut from = Reader(data);
        let mut claim = Claim::default();
        while !from.0.is_empty() {
            claim.rows = claim.rows.saturating_add(from.unsigned()?);
        }
        Ok(claim)
    }
}

/// Takes bytes from the front, and never more than there are.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], Refused> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(SHORT)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Refused> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(SHORT)?;
        self.0 = rest;
        Ok(*taken)
    }

    fn actor(&mut self) -> Result<[u8; 16], Refused> {
        match self.length()? {
            16 => self.array(),
            _ => Err(Refused::Malformed("actor")),
        }
    }

    /// A number that counts things which take at least a byte each, or bytes.
    fn length(&mut self) -> Result<usize, Refused> {
        let length = usize::try_from(self.unsigned()?).map_err(|_| SHORT)?;
        if length <= self.0.len() {
            Ok(length)
        } else {
            Err(SHORT)
        }
    }

    fn unsigned(&mut self) -> Result<u64, Refused> {
        let (value, ..) = self.leb128()?;
        u64::try_from(value).map_err(|_| LARGE)
    }

    fn signed(&mut self) -> Result<i64, Refused> {
        let (value, bits, negative) = self.leb128()?;
        let value = value.cast_signed();
        i64::try_from(if negative { value - (1 << bits) } else { value }).map_err(|_| LARGE)
    }

    /// The bits of a number, how many there are, and whether the last is set. At most ten bytes.
    fn leb128(&mut self) -> Result<(u128, u32, bool), Refused> {
        let (mut value, mut bits) = (0_u128, 0);
        loop {
            let [byte] = self.array()?;
            value |= u128::from(byte & 0x7f) << bits;
            bits += 7;
            if byte & 0x80 == 0 {
                return Ok((value, bits, byte & 0x40 != 0));
            }
            if bits == 70 {
                return Err(LARGE);
            }
        }
    }
}

const SHORT: Refused = Refused::Malformed("it ends early");
const LARGE: Refused = Refused::Malformed("a number is too large");
