//! Sealing: what was written here becomes records, each with its place in this device's chain.
//!
//! # Invariants
//!
//! - **Sealed once.** Records and the marks on what they hold are one transaction, before a byte leaves.
//! - **One document, one pair of heads per record**, in random order: the order of a push does not tell what is what.
//! - **A case that goes to another team** is sealed for the team before up to the move, and for the new one from there on.
//! - **An old copy of a store does not seal on.** Where somebody has records of this device that are not here, it first
//!   begins another incarnation.

use std::collections::{BTreeMap, BTreeSet};

use crypto::SecretKey;
use store::Transaction;
use store::table::carried::CarriedRow;
use store::table::change::ChangeRow;
use store::table::hub::OutgoingRow;
use store::table::trust::{Signed, VaultBytes};
use store::table::vault::VaultRow;
use sync::store::SyncStore as _;
use sync::vector::Line;
use wire::body::{Body, RawChange, Witness};
use wire::envelope::{Author, Draft, LaneKey, SealKeys, seal_record};
use wire::ids::{Device, Doc, Group, Hash, Lane, Org, Vault};
use wire::keybox::SealedKeybox;
use wire::pair::Pair;
use wire::roster::{Grant, RosterOp};

use super::carry::{self, Carried, Turning};
use super::ledger::Ledger;
use super::{state, sweep, witness};
use crate::App;
use crate::audit::pages::{self, Due};
use crate::environment::Environment;
use crate::error::{AppError, ErrorCode, Result};
use crate::identity::Identity;
use crate::trust::{self, Trust};

/// The most operations in a record.
const OPERATIONS: u64 = 200_000;
/// The most bytes of changes that are tried in one record; compressed they nearly always fit.
const BYTES: usize = 768 << 10;

/// What one record will hold.
enum Load {
    Keybox(VaultBytes),
    Roster(VaultBytes),
    Changes(Vec<ChangeRow>),
    Witness(Group, Witness),
    Order(Hash, Vault, Vec<u8>),
    Page(Due),
    Carry(Carried),
}

/// For what is being sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Occasion {
    /// A bundle, which says itself what its sender has.
    Bundle,
    /// The hub, where a witness record says it.
    Hub,
}

impl App {
    /// Seals everything that no record carries yet.
    pub(super) fn seal(&mut self, occasion: Occasion) -> Result<()> {
        self.leave_behind()?;
        // The hub is told of a new key before any record is sealed that names it.
        if occasion == Occasion::Bundle {
            self.renew_receiving_if_due()?;
        }
        let fresh = self.is_fresh();
        let Self {
            store,
            environment,
            identity,
            trust,
            ..
        } = self;
        let (now, incarnation) = (environment.now(), store.incarnation());
        let (_, gone) = store.transact(|tx| {
            let gone = follow_up_teams(tx, identity, trust, (now, fresh))?;
            let mut sealer = Sealer::open(tx, identity, trust, now, incarnation)?;
            carry::come_home(tx, &trust.directory)?;
            let turning = carry::turning(tx, identity, &trust.directory)?;
            let untold = carry::untold(tx)?;
            if !turning.is_empty() || !untold.is_empty() {
                for load in loads(tx, identity)? {
                    if load.is_of_before(&turning, &untold) {
                        sealer.seal(load)?;
                    }
                }
                carry::turn(tx, &turning)?;
            }
            follow_up(tx, identity, trust)?;
            let pages = pages::due(tx, identity, trust, now)?;
            let carried = carry::due(tx, identity, &trust.directory)?;
            carry::hand_on(tx, identity, trust, &carried)?;
            let mut loads = loads(tx, identity)?;
            loads.extend(pages.into_iter().map(Load::Page));
            loads.extend(carried.into_iter().map(Load::Carry));
            if occasion == Occasion::Hub {
                let witnesses = witness::due(tx, identity, trust, &sealer.ledger.vector()?, now)?;
                let loads_of = |(group, witness)| Load::Witness(group, witness);
                loads.extend(witnesses.into_iter().map(loads_of));
            }
            for load in in_random_order(loads, environment.as_mut()) {
                sealer.seal(load)?;
            }
            Ok::<_, AppError>((sealer.sealed, gone))
        })?;
        self.scrub_after(gone)?;
        self.refresh_office_key()
    }

    /// Makes the keys of teams that are due, and the boxes that somebody lacks, without sealing anything.
    pub(super) fn renew_team_keys(&mut self) -> Result<()> {
        self.renew_receiving_if_due()?;
        let (now, fresh) = (self.environment.now(), self.is_fresh());
        let Self {
            store,
            identity,
            trust,
            ..
        } = self;
        let gone = store.transact(|tx| follow_up_teams(tx, identity, trust, (now, fresh)))?;
        self.scrub_after(gone)?;
        self.refresh_office_key()
    }

    /// Begins another incarnation where this store is an old copy of itself.
    pub(super) fn leave_behind(&mut self) -> Result<()> {
        let told = self
            .store
            .read(|reader| reader.device_state(state::LEFT_BEHIND))?;
        let Some(told) = told else { return Ok(()) };
        let behind: u32 = std::str::from_utf8(&told)
            .ok()
            .and_then(|text| text.parse().ok())
            .unwrap_or_default();
        while self.store.incarnation() <= behind {
            self.store.begin_incarnation()?;
        }
        self.store
            .transact(|tx| tx.drop_device_state(state::LEFT_BEHIND))?;
        Ok(())
    }
}

/// New keys where somebody holds one who may not read what goes out from now on: first the teams'. Gives how many were given
/// up.
fn follow_up_teams(
    tx: &Transaction<'_>,
    identity: &Identity,
    trust: &Trust,
    (now, fresh): (i64, bool),
) -> Result<usize> {
    #[cfg(test)]
    if tests::NO_NEW_KEYS.get() {
        return Ok(0);
    }
    sweep::note_keys(tx, &trust.directory, now)?;
    let mut gone = 0;
    for row in tx.vaults_of_class("team")? {
        trust::follow_up(tx, identity, trust, &row.vault)?;
        let group = Group::new(row.vault);
        gone += trust::keep_wraps(tx, identity, trust, group, (now, fresh))?;
    }
    Ok(gone)
}

/// Then those of the vaults that something goes out of, or that went to another team.
fn follow_up(tx: &Transaction<'_>, identity: &Identity, trust: &Trust) -> Result<()> {
    #[cfg(test)]
    if tests::NO_NEW_KEYS.get() {
        return Ok(());
    }
    carry::follow_up(tx, identity, trust)?;
    trust::serve_readers(tx, identity, trust)?;
    let vaults: BTreeSet<_> = tx
        .unsealed_changes()?
        .into_iter()
        .map(|row| row.vault)
        .collect();
    for vault in vaults {
        if tx.is_hidden(&vault, &[0; 16])? {
            continue;
        }
        trust::follow_up(tx, identity, trust, &vault)?;
    }
    trust::serve_escrow(tx, identity, trust)
}

/// The team vault and its newest key, by lane.
type Lanes = BTreeMap<Lane, (Vault, SecretKey)>;

fn lanes(tx: &Transaction<'_>) -> Result<Lanes> {
    let mut lanes = Lanes::new();
    for row in tx.vaults_of_class("team")? {
        if let Some(key) = tx.vault_keys(&row.vault)?.into_iter().next() {
            lanes.insert(Lane::new(row.lane), (Vault::new(row.vault), key));
        }
    }
    Ok(lanes)
}

/// Everything that no record carries yet, cut into what one record may hold.
fn loads(tx: &Transaction<'_>, identity: &Identity) -> Result<Vec<Load>> {
    let mut loads = Vec::new();
    loads.extend(
        tx.unsealed_signed(Signed::Keybox)?
            .into_iter()
            .map(Load::Keybox),
    );
    loads.extend(
        tx.unsealed_signed(Signed::Roster)?
            .into_iter()
            .map(Load::Roster),
    );
    for row in tx.unsealed_orders()? {
        if let Some(bytes) = tx.erasure_order(&row.id)? {
            loads.push(Load::Order(Hash::new(row.id), Vault::new(row.vault), bytes));
        }
    }
    let mut documents: BTreeMap<_, Vec<ChangeRow>> = BTreeMap::new();
    for row in tx.unsealed_changes()? {
        // What is to be erased goes nowhere; taken back, it goes on.
        if tx.is_hidden(&row.vault, &row.doc)? {
            continue;
        }
        documents
            .entry((row.vault, row.doc, row.dir_head, row.roster_head))
            .or_default()
            .push(row);
    }
    for rows in documents.into_values() {
        let (mut part, mut operations, mut bytes) = (Vec::new(), 0, 0);
        for row in rows {
            let more =
                record::prescan(&row.bytes, &identity.device).map_or(OPERATIONS, |facts| facts.ops);
            if !part.is_empty()
                && (operations + more > OPERATIONS || bytes + row.bytes.len() > BYTES)
            {
                loads.push(Load::Changes(std::mem::take(&mut part)));
                (operations, bytes) = (0, 0);
            }
            operations += more;
            bytes += row.bytes.len();
            part.push(row);
        }
        loads.push(Load::Changes(part));
    }
    Ok(loads)
}

/// The most loads of one order. What is larger goes in several, each with whole vaults.
#[cfg(not(test))]
const RUN: usize = 500;
#[cfg(test)]
const RUN: usize = 8;

/// Random order, in runs that hold whole vaults: a reader who takes in many records page by page finds a vault's key, its
/// roster and its words near each other, and what waits for a key is never more than a run. All that a hub could tell from
/// it is that records of one vault are among the same few hundred.
fn in_random_order(mut loads: Vec<Load>, environment: &mut dyn Environment) -> Vec<Load> {
    if loads.len() > RUN {
        let mut of_vault: BTreeMap<[u8; 16], Vec<Load>> = BTreeMap::new();
        for load in loads {
            of_vault.entry(load.vault()).or_default().push(load);
        }
        let mut vaults: Vec<_> = of_vault.into_values().collect();
        shuffle(&mut vaults, environment);
        loads = vaults.into_iter().flatten().collect();
    }
    let mut from = 0;
    while from < loads.len() {
        let vault_at = |at: usize| loads.get(at).map(Load::vault);
        let mut to = (from + RUN).min(loads.len());
        while to < loads.len() && vault_at(to) == vault_at(to - 1) {
            to += 1;
        }
        if let Some(run) = loads.get_mut(from..to) {
            shuffle(run, environment);
        }
        from = to;
    }
    loads
}

/// Fisher and Yates.
fn shuffle<T>(items: &mut [T], environment: &mut dyn Environment) {
    for end in (1..items.len()).rev() {
        let mut bytes = [0; 8];
        environment.fill(&mut bytes);
        let span = u64::try_from(end).unwrap_or(u64::MAX).saturating_add(1);
        let at = usize::try_from(u64::from_le_bytes(bytes) % span).unwrap_or_default();
        items.swap(at, end);
    }
}

impl Load {
    /// The vault that it is about.
    fn vault(&self) -> [u8; 16] {
        match self {
            Self::Keybox(row) | Self::Roster(row) => row.vault,
            Self::Changes(rows) => rows.first().map(|row| row.vault).unwrap_or_default(),
            Self::Witness(group, _) => *group.vault().as_bytes(),
            Self::Order(_, vault, _) => *vault.as_bytes(),
            Self::Page(due) => due.vault,
            Self::Carry(carried) => *carried.vault.as_bytes(),
        }
    }

    /// Whether it was written before its case went to another team.
    fn is_of_before(&self, turning: &Turning, untold: &BTreeSet<[u8; 16]>) -> bool {
        match self {
            Self::Roster(row) => untold.contains(&row.vault),
            Self::Keybox(row) => turning.contains_key(&row.vault),
            Self::Changes(rows) => rows.first().is_some_and(|row| {
                turning
                    .get(&row.vault)
                    .is_some_and(|(_, head)| *head != Hash::new(row.roster_head))
            }),
            Self::Witness(..) | Self::Order(..) | Self::Page(_) | Self::Carry(_) => false,
        }
    }
}

pub(super) struct Sealer<'a, 't> {
    tx: &'a Transaction<'t>,
    identity: &'a Identity,
    trust: &'a Trust,
    ledger: Ledger<'a, 't>,
    incarnation: u32,
    lanes: Lanes,
    /// Changes that are in records now.
    sealed: u32,
}

impl<'a, 't> Sealer<'a, 't> {
    pub(super) fn open(
        tx: &'a Transaction<'t>,
        identity: &'a Identity,
        trust: &'a Trust,
        now: i64,
        incarnation: u32,
    ) -> Result<Self> {
        Ok(Self {
            tx,
            identity,
            trust,
            ledger: Ledger::open(tx, now)?,
            incarnation,
            lanes: lanes(tx)?,
            sealed: 0,
        })
    }

    fn seal(&mut self, load: Load) -> Result<()> {
        match load {
            Load::Keybox(row) => {
                let lane = carry::lane_of_box(self.tx, &self.trust.directory, &row)?;
                let body = Body::Keybox(row.bytes);
                if let Some(record) = self.put_into(
                    lane,
                    &row.vault,
                    Hash::new(self.trust.dir_head()),
                    Hash::ZERO,
                    (Doc::ZERO, None),
                    &body,
                )? {
                    self.tx
                        .mark_signed_sealed(Signed::Keybox, &row.id, record.as_bytes())?;
                }
            }
            // What a roster operation is to be judged by stands in the operation.
            Load::Roster(row) => {
                let told = carry::lanes_told(self.tx, self.identity, &self.trust.directory, &row)?;
                let body = Body::Roster(vec![row.bytes]);
                for lane in told {
                    let head = Hash::new(self.trust.dir_head());
                    let nowhere = (Doc::ZERO, None);
                    self.put_into(Some(lane), &row.vault, head, Hash::ZERO, nowhere, &body)?;
                }
                if let Some(record) = self.put(
                    &row.vault,
                    Hash::new(self.trust.dir_head()),
                    Hash::ZERO,
                    (Doc::ZERO, None),
                    &body,
                )? {
                    self.tx
                        .mark_signed_sealed(Signed::Roster, &row.id, record.as_bytes())?;
                }
            }
            Load::Changes(rows) => self.seal_changes(rows)?,
            Load::Order(id, vault, bytes) => {
                let vault = vault.as_bytes();
                let roster =
                    trust::roster_head(self.tx, &self.trust.directory, vault).map(Hash::new)?;
                let head = Hash::new(self.trust.dir_head());
                let nowhere = (Doc::ZERO, None);
                if let Some(record) = self.put(vault, head, roster, nowhere, &Body::Order(bytes))? {
                    self.tx
                        .mark_order_sealed(id.as_bytes(), record.as_bytes())?;
                }
            }
            Load::Page(due) => {
                let directory = &self.trust.directory;
                let roster_head = Hash::new(trust::roster_head(self.tx, directory, &due.vault)?);
                let head = Hash::new(self.trust.dir_head());
                let body = Body::Audit(due.page.clone());
                let nowhere = (Doc::ZERO, None);
                if let Some(record) = self.put(&due.vault, head, roster_head, nowhere, &body)? {
                    pages::sealed(self.tx, &due, record.as_bytes())?;
                }
            }
            Load::Carry(carried) => self.seal_carried(carried)?,
            Load::Witness(group, witness) => {
                let body = Body::Witness(witness);
                let head = Hash::new(self.trust.dir_head());
                let nowhere = (Doc::ZERO, None);
                self.put(group.vault().as_bytes(), head, Hash::ZERO, nowhere, &body)?;
            }
        }
        Ok(())
    }

    fn seal_changes(&mut self, mut rows: Vec<ChangeRow>) -> Result<()> {
        let Some(first) = rows.first() else {
            return Ok(());
        };
        let (vault, doc) = (first.vault, first.doc);
        let (dir_head, roster_head) = (Hash::new(first.dir_head), Hash::new(first.roster_head));
        let raw = rows.iter().map(|row| RawChange {
            hash: Hash::new(row.hash),
            bytes: row.bytes.clone(),
        });
        let body = Body::Changes(raw.collect());
        let doc_since = (Doc::new(doc), rows.iter().map(|row| row.at).min());
        if let Some(record) = self.put(&vault, dir_head, roster_head, doc_since, &body)? {
            for row in &rows {
                self.tx
                    .mark_sealed(&vault, &doc, &row.hash, record.as_bytes())?;
            }
            self.sealed = self
                .sealed
                .saturating_add(u32::try_from(rows.len()).unwrap_or(u32::MAX));
        } else if rows.len() > 1 {
            let rest = rows.split_off(rows.len() / 2);
            self.seal_changes(rows)?;
            self.seal_changes(rest)?;
        }
        Ok(())
    }

    fn seal_carried(&mut self, carried: Carried) -> Result<()> {
        let Carried {
            vault,
            doc,
            lane,
            roster_head,
            carry,
            origin: (origin, outer),
        } = carried;
        let head = Hash::new(self.trust.dir_head());
        let (body, about) = (Body::Carry(carry), (doc, None));
        let record = self.put_into(
            Some(lane),
            vault.as_bytes(),
            head,
            roster_head,
            about,
            &body,
        )?;
        if let Some(record) = record {
            self.tx.put_carried(&CarriedRow {
                record: *record.as_bytes(),
                lane: *lane.as_bytes(),
                origin: *origin.as_bytes(),
                origin_lane: *outer.lane.as_bytes(),
                device: *outer.device.as_bytes(),
                incarnation: outer.incarnation,
                seq: outer.seq,
                vault: *vault.as_bytes(),
                doc: *doc.as_bytes(),
            })?;
        }
        Ok(())
    }

    /// Seals a body at the next place of the lane of its vault.
    pub(super) fn put(
        &mut self,
        vault: &[u8; 16],
        dir_head: Hash,
        roster_head: Hash,
        about: (Doc, Option<i64>),
        body: &Body,
    ) -> Result<Option<Hash>> {
        self.put_into(None, vault, dir_head, roster_head, about, body)
    }

    /// Seals a body at the next place of a lane, or of that of its vault. None where it does not fit into one record, or where its vault or
    /// lane has no key here: it stays unsent, and holds up nothing else. `since` is when the first of its changes was made.
    fn put_into(
        &mut self,
        lane: Option<Lane>,
        vault: &[u8; 16],
        dir_head: Hash,
        roster_head: Hash,
        (doc, since): (Doc, Option<i64>),
        body: &Body,
    ) -> Result<Option<Hash>> {
        let Some(mut row) = self.tx.vault(vault)? else {
            return Ok(None);
        };
        let lane = lane.unwrap_or(Lane::new(row.lane));
        row.lane = *lane.as_bytes();
        let Some((vault, key, lane_key)) = self.under(&row, body)? else {
            return Ok(None);
        };
        let device = Device::new(self.identity.device);
        let author = Author {
            org: Org::new(self.identity.org),
            device,
            sign: &self.identity.sign,
        };
        let place = self.ledger.next(Line {
            lane,
            device,
            incarnation: self.incarnation,
        });
        let keys = SealKeys {
            lane: &lane_key,
            vault: &key,
        };
        let draft = Draft {
            vault,
            dir_head,
            roster_head,
            doc,
            body,
        };
        let Ok(record) = seal_record(author, place, keys, &draft) else {
            return Ok(None);
        };
        self.ledger.put_own(&record)?;
        self.tx.put_outgoing(&OutgoingRow {
            record: *record.id().as_bytes(),
            vault: row.vault,
            doc: *doc.as_bytes(),
            changes: match body {
                Body::Changes(changes) => u32::try_from(changes.len()).unwrap_or(u32::MAX),
                _ => 0,
            },
            since: since.unwrap_or_default(),
        })?;
        Ok(Some(record.id()))
    }

    /// The vault that a record is sealed into, its key, and the key of its lane.
    fn under(&self, row: &VaultRow, body: &Body) -> Result<Option<(Vault, SecretKey, LaneKey)>> {
        let vault = Vault::new(row.vault);
        let own = || -> Result<SecretKey> {
            let keys = self.tx.vault_keys(&row.vault)?;
            Ok(keys.into_iter().next().ok_or(ErrorCode::StoreDamaged)?)
        };
        if Lane::new(row.lane) == Lane::ORG {
            // Nobody but its one reader is to know of the box.
            let (vault, key) = match body {
                Body::Keybox(bytes) => match self.pair_of(bytes) {
                    Some(pair) => (pair.vault, pair.key),
                    None => return Ok(None),
                },
                Body::Roster(ops) => {
                    let told = self.told_under(ops)?;
                    (vault, told.map_or_else(own, Ok)?)
                }
                _ => (vault, own()?),
            };
            let lane_key = LaneKey::of(&key);
            return Ok(Some((vault, key, lane_key)));
        }
        let Some((team, team_key)) = self.lanes.get(&Lane::new(row.lane)) else {
            return Ok(None);
        };
        // Who hands a team's key out without being in it puts the box in front, and seals nothing in the team's lane.
        let own_device = Device::new(self.identity.device);
        let group = Group::new(*team.as_bytes());
        if matches!(body, Body::Keybox(_))
            && !self.trust.directory.state().is_member(own_device, group)
        {
            return Ok(None);
        }
        // The members of the team are to find a key box, so it is sealed to them and not to the vault's readers.
        let (vault, key) = match body {
            Body::Keybox(_) => (*team, team_key.duplicate()),
            _ => (vault, own()?),
        };
        Ok(Some((vault, key, LaneKey::of(team_key))))
    }

    /// The key under which it is told that the escrow was taken back: one that the escrow has, so that it hears of it. Nothing
    /// for other operations, which are told under the newest.
    fn told_under(&self, ops: &[Vec<u8>]) -> Result<Option<SecretKey>> {
        #[cfg(test)]
        if tests::TELLS_READERS_ALONE.get() {
            return Ok(None);
        }
        for bytes in ops {
            let Ok(op) = RosterOp::parse(bytes) else {
                continue;
            };
            if *op.grant() != Grant::Escrow(false) {
                continue;
            }
            let (directory, vault) = (&self.trust.directory, op.vault());
            if let Some(roster) = trust::read_roster(self.tx, directory, vault.as_bytes())? {
                return trust::key_before(self.tx, self.trust, &roster, &op);
            }
        }
        Ok(None)
    }

    /// The pair of this device and the one for which a box is, or the escrow in force.
    fn pair_of(&self, keybox: &[u8]) -> Option<Pair> {
        let reader = SealedKeybox::parse(keybox).ok()?.devices().next()?;
        let office = self.trust.directory.state();
        let member = office.devices.get(&reader).map(|member| member.kem());
        let kem = member.or_else(|| office.escrow_seat(reader).map(|keys| keys.kem))?;
        let own = (Device::new(self.identity.device), &self.identity.kem);
        let org = Org::new(self.identity.org);
        Pair::of(org, own, (reader, &kem)).ok()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::cell::Cell;
    use std::collections::BTreeMap;

    use store::table::trust::VaultBytes;

    use super::{Load, RUN, in_random_order};
    use crate::Fixed;

    thread_local! {
        /// The protection taken out, for red controls.
        pub(in crate::exchange) static NO_NEW_KEYS: Cell<bool> = const { Cell::new(false) };
        pub(in crate::exchange) static TELLS_READERS_ALONE: Cell<bool> = const { Cell::new(false) };
    }

    /// Three loads of each of so many vaults, first all of one kind, then all of the next.
    fn ordered(vaults: u8, seed: u64) -> Vec<(u8, u8)> {
        let row = |vault: u8, kind: u8| VaultBytes {
            vault: [vault; 16],
            id: [kind; 32],
            bytes: Vec::new(),
        };
        let kinds = (0..3).flat_map(|kind| (0..vaults).map(move |vault| (vault, kind)));
        let loads = kinds.map(|(vault, kind)| Load::Roster(row(vault, kind)));
        let ordered = in_random_order(loads.collect(), &mut Fixed::new(0, seed));
        let told = ordered.iter().map(|load| match load {
            Load::Roster(row) => (row.vault[0], row.id[0]),
            _ => unreachable!("nothing else was put in"),
        });
        told.collect()
    }

    #[test]
    fn what_belongs_together_is_sealed_within_a_few_hundred_and_in_no_order() {
        let ordered_once = ordered(60, 1);
        let mut places: BTreeMap<u8, Vec<usize>> = BTreeMap::new();
        for (at, (vault, _)) in ordered_once.iter().enumerate() {
            places.entry(*vault).or_default().push(at);
        }
        assert_eq!(places.len(), 60);
        for at in places.values() {
            assert_eq!(at.len(), 3);
            assert!(at[2] - at[0] < RUN + 3, "{at:?}");
        }
        let first_kinds = |seed| -> Vec<u8> { ordered(60, seed).iter().map(|it| it.1).collect() };
        assert_ne!(
            first_kinds(1),
            first_kinds(2),
            "the order would tell what is what"
        );
        assert_ne!(ordered_once, ordered(60, 2));
        let few = ordered(2, 3);
        assert_eq!(few.len(), 6);
    }
}
