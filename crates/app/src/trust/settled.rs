//! What boxes tell of keys, found out once, and again only where something that it was judged by has changed: vaults of which
//! no key is due, and who holds a team's key.
//!
//! Each exchange asks of each team whether somebody lacks a box or holds a key too long; the answer rests on a signature for
//! each box, and is nearly always the one of the time before.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use store::Reader;
use store::table::trust::Signed;
use wire::ids::{Device, Group, Kid, Vault};

use super::{Trust, keys, wraps};
use crate::error::Result;

/// By vault, the ground on which nothing was due. In memory only: a program that starts looks at all once.
#[derive(Debug, Default)]
pub(super) struct Settled(Mutex<BTreeMap<Vault, [u8; 32]>>);

impl Settled {
    /// Whether nothing was due on this ground.
    pub(super) fn holds(&self, vault: Vault, ground: [u8; 32]) -> bool {
        let settled = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        settled.get(&vault) == Some(&ground)
    }

    /// Nothing was due on this ground, and nothing was written.
    pub(super) fn note(&self, vault: Vault, ground: [u8; 32]) {
        let mut settled = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        settled.insert(vault, ground);
    }
}

/// One key of a team, its own or a wrapping key, as the team's boxes tell of it.
#[derive(Debug)]
pub(super) struct TeamKey {
    /// Who holds it.
    pub(super) held: BTreeSet<Device>,
    /// Whether another has followed it.
    pub(super) is_followed: bool,
}

/// What was told of each, and on which ground: all cases of a team lie under one or two, and each box costs a signature.
#[derive(Debug, Default)]
pub(super) struct TeamKeys(Mutex<BTreeMap<(Group, Kid), Told>>);

type Told = ([u8; 32], Arc<TeamKey>);

impl TeamKeys {
    /// What the boxes tell of a key now.
    pub(super) fn told(
        &self,
        reader: &Reader<'_>,
        trust: &Trust,
        (group, kid): (Group, Kid),
    ) -> Result<Arc<TeamKey>> {
        let ground = ground_of(reader, trust, [group.vault(), group.wraps()])?;
        let known = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&(group, kid))
            .filter(|(on, _)| *on == ground)
            .map(|(_, told)| Arc::clone(told));
        if let Some(told) = known {
            return Ok(told);
        }
        let mut held = keys::all_who_hold(reader, trust, group.wraps(), kid)?;
        held.extend(keys::all_who_hold(reader, trust, group.vault(), kid)?);
        let told = Arc::new(TeamKey {
            held,
            is_followed: wraps::is_carried_on(reader, &trust.directory, group, kid)?,
        });
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert((group, kid), (ground, Arc::clone(&told)));
        Ok(told)
    }
}

/// Digest of all that says whether a key of a vault is due: the directory, the boxes and the roster with what was refused of
/// them, the keys that are here, and the same of each team's keys and wrapping keys.
pub(super) fn ground(reader: &Reader<'_>, trust: &Trust, vault: &[u8; 16]) -> Result<[u8; 32]> {
    let groups = trust.directory.state().groups.keys();
    let of_teams = groups.flat_map(|group| [group.vault(), group.wraps()]);
    ground_of(
        reader,
        trust,
        [Vault::new(*vault)].into_iter().chain(of_teams),
    )
}

/// The same of this vault alone.
pub(super) fn ground_alone(reader: &Reader<'_>, trust: &Trust, vault: Vault) -> Result<[u8; 32]> {
    ground_of(reader, trust, [vault])
}

/// The same of these vaults alone.
fn ground_of(
    reader: &Reader<'_>,
    trust: &Trust,
    vaults: impl IntoIterator<Item = Vault>,
) -> Result<[u8; 32]> {
    let mut parts: Vec<Vec<u8>> = vec![trust.dir_head().to_vec()];
    for of in vaults {
        for kind in [Signed::Keybox, Signed::Roster] {
            let signed = reader.signed_states(kind, of.as_bytes())?;
            let states = signed.iter().flat_map(|(id, refused)| {
                let mut state = id.to_vec();
                state.push(u8::from(*refused));
                state
            });
            parts.push(states.collect());
        }
        let keys = reader.vault_keys(of.as_bytes())?;
        parts.push(
            keys.iter()
                .flat_map(|key| *Kid::of(key).as_bytes())
                .collect(),
        );
    }
    // Each part with its length, so that no two grounds are the same bytes.
    let lengths: Vec<[u8; 8]> = parts
        .iter()
        .map(|part| (part.len() as u64).to_be_bytes())
        .collect();
    let framed: Vec<&[u8]> = lengths
        .iter()
        .zip(&parts)
        .flat_map(|(length, part)| [length.as_slice(), part])
        .collect();
    Ok(crypto::sha256(&framed))
}
