//! Vaults of which no key is due: looked at once, and again only where something that it was judged by has changed.
//!
//! Each exchange asks of each team whether somebody lacks a box or holds a key too long; the answer rests on a signature for
//! each box, and is nearly always the one of the time before.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use store::Reader;
use store::table::trust::Signed;
use wire::ids::{Kid, Vault};

use super::Trust;
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

/// Digest of all that says whether a key of a vault is due: the directory, the boxes and the roster with what was refused of
/// them, the keys that are here, and the same of each team's keys and wrapping keys.
pub(super) fn ground(reader: &Reader<'_>, trust: &Trust, vault: &[u8; 16]) -> Result<[u8; 32]> {
    let mut parts: Vec<Vec<u8>> = vec![trust.dir_head().to_vec()];
    let groups = trust.directory.state().groups.keys();
    let of_teams = groups.flat_map(|group| [group.vault(), group.wraps()]);
    for of in [Vault::new(*vault)].into_iter().chain(of_teams) {
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
