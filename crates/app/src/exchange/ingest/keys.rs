//! Key boxes and rosters: who reads a vault, and with which key.
//!
//! A roster is sealed under the vault's key, and a key box is judged by the roster. So a key from a box that cannot be
//! judged yet opens a roster, which proves itself, and nothing else.

use std::collections::BTreeSet;

use crypto::SecretKey;
use store::table::trust::{Signed, VaultBytes};
use store::table::vault::VaultRow;
use sync::store::Waits;
use wire::envelope::Opened;
use wire::ids::{Device, Group, Hash, Kid, Lane, Vault};
use wire::keybox::{self, Keybox, KeyboxError, SealedKeybox};
use wire::roster::{Class, Roster, RosterError, RosterOp};

use super::super::refusal::{self, Halt, Step, code};
use super::{IN_FRONT, Ingest};
use crate::error::Result;
use crate::trust;

impl Ingest<'_, '_> {
    pub(super) fn load_roster(&mut self, vault: Vault) -> Result<()> {
        if !self.rosters.contains_key(&vault) {
            let mut roster = trust::read_roster(self.tx, self.directory, vault.as_bytes())?;
            if let Some(roster) = &mut roster {
                self.heads
                    .iter()
                    .for_each(|heads| roster.learn_heads(heads.clone()));
            }
            self.rosters.insert(vault, roster);
        }
        Ok(())
    }

    pub(super) fn keybox(&mut self, bytes: &[u8], record: &[u8; 32]) -> Step<()> {
        let refused = |e: KeyboxError| Halt::Refused(refusal::of_keybox(&e));
        let sealed = SealedKeybox::parse(bytes).map_err(refused)?;
        let keybox = match sealed.verify(self.directory) {
            Err(KeyboxError::UnknownAuthor) => return Err(Halt::Waits(Waits::Directory)),
            verified => verified.map_err(refused)?,
        };
        if self.tx.is_erased(keybox.vault().as_bytes(), &[0; 16])? {
            return Err(Halt::Erased);
        }
        let (vault, key) = (keybox.vault(), self.open_box(&keybox).map_err(refused)?);
        self.load_roster(vault)?;
        match keybox.check(
            self.directory,
            self.rosters.get(&vault).and_then(Option::as_ref),
        ) {
            Ok(_) => {}
            Err(KeyboxError::Newer) => {
                // The roster may have been founded under an earlier key.
                for key in key.into_iter() {
                    let earlier = keybox
                        .earlier(self.directory.org(), &key)
                        .map_err(refused)?;
                    self.early
                        .extend(earlier.into_iter().chain([key]).map(|key| (vault, key)));
                }
                self.look_again_with(keybox.kid());
                return Err(Halt::Waits(Waits::Roster));
            }
            Err(error) => return Err(refused(error)),
        }
        let earlier = match &key {
            Some(key) => keybox.earlier(self.directory.org(), key).map_err(refused)?,
            None => Vec::new(),
        };
        let row = VaultBytes {
            vault: *vault.as_bytes(),
            id: crypto::sha256(&[bytes]),
            bytes: bytes.to_vec(),
        };
        if !self.tx.put_signed(Signed::Keybox, &row, Some(record))? && *record != IN_FRONT {
            // It was here, perhaps from a life of this store of which the rest is lost.
            self.tx
                .mark_signed_sealed(Signed::Keybox, &row.id, record)?;
        }
        self.note_loose(&keybox)?;
        let Some(key) = key else { return Ok(()) };
        let team = self.directory.state().team_of(vault);
        let is_team = team.is_some_and(|group| group.vault() == vault);
        if let Some(group) = team {
            // The first box of a team is how this device comes in.
            let row = if is_team {
                trust::team_row(group)
            } else {
                trust::wrap_row(group)
            };
            self.tx.put_vault(&row)?;
        }
        let mut came = Vec::new();
        for key in earlier.iter().chain([&key]) {
            // Whoever has not heard that it was given up may box it anew.
            if !self
                .tx
                .is_given_up(vault.as_bytes(), Kid::of(key).as_bytes())?
            {
                self.tx.put_vault_key(vault.as_bytes(), key)?;
                came.push(Kid::of(key));
            }
        }
        self.choose_key(vault)?;
        if let Some(group) = team.filter(|_| !is_team) {
            self.open_again(group, &came)?;
        }
        self.look_again_with(keybox.kid());
        self.early.retain(|(known, _)| *known != vault);
        if is_team {
            self.find_lanes()?;
            // Who comes into a team reads what went to it.
            for moved in self.tx.all_moved()? {
                trust::note_move(self.tx, self.identity, self.directory, &moved.vault)?;
            }
        }
        Ok(())
    }

    fn open_box(&self, keybox: &Keybox) -> std::result::Result<Option<SecretKey>, KeyboxError> {
        let (org, own) = (self.directory.org(), Device::new(self.identity.device));
        let sealed_to = keybox.sealed_to(self.directory, own);
        for receiving in self.identity.receiving() {
            if sealed_to == Some(receiving.public()) {
                match keybox.open_for(org, own, receiving)? {
                    None => {}
                    opened => return Ok(opened),
                }
            }
        }
        // Sealed to a key that this device has given up, it opens no more: somebody boxes it anew.
        for (group, kid) in keybox.team_kids() {
            // Boxes of before there were wrapping keys are under the team's own.
            for vault in [group.wraps(), group.vault()] {
                let keys = self.tx.vault_keys(vault.as_bytes()).unwrap_or_default();
                if let Some(team_key) = keys.iter().find(|key| Kid::of(key) == kid) {
                    return keybox.open_with(org, team_key);
                }
            }
        }
        Ok(None)
    }

    /// Opens the boxes that were here before the wrapping key of a team under which they are.
    fn open_again(&mut self, group: Group, came: &[Kid]) -> Step<()> {
        let org = self.directory.org();
        for row in self.tx.all_signed(Signed::Keybox)? {
            let Ok(sealed) = SealedKeybox::parse(&row.bytes) else {
                continue;
            };
            let is_under = |(of, kid): (Group, Kid)| of == group && came.contains(&kid);
            if !sealed.team_kids().any(is_under) {
                continue;
            }
            let vault = Vault::new(row.vault);
            let has = |kid: &Kid| -> Result<bool> {
                let keys = self.tx.vault_keys(&row.vault)?;
                Ok(keys.iter().any(|key| Kid::of(key) == *kid))
            };
            let Ok(keybox) = sealed.verify(self.directory) else {
                continue;
            };
            if has(&keybox.kid())? {
                continue;
            }
            let opened = self.open_box(&keybox);
            let Some(key) = opened.map_err(|e| Halt::Refused(refusal::of_keybox(&e)))? else {
                continue;
            };
            for earlier in keybox.earlier(org, &key).unwrap_or_default() {
                self.tx.put_vault_key(&row.vault, &earlier)?;
            }
            self.tx.put_vault_key(&row.vault, &key)?;
            self.choose_key(vault)?;
            self.look_again_with(keybox.kid());
        }
        Ok(())
    }

    /// Takes note of a case that is boxed under another wrapping key than those of the newest generation.
    fn note_loose(&self, keybox: &Keybox) -> Result<()> {
        for (group, kid) in keybox.team_kids() {
            let newest = self.tx.vault_keys(group.wraps().as_bytes())?;
            if newest.first().is_some_and(|key| Kid::of(key) != kid) {
                trust::note_loose(self.tx, group, self.now)?;
            }
        }
        Ok(())
    }

    /// Makes the newest key of a vault the one to write under: of those that were made by whoever knew of most that were taken
    /// out. So nobody who was taken out makes one that others write under, whatever it claims to follow.
    pub(super) fn choose_key(&self, vault: Vault) -> Result<()> {
        let keys = self.tx.vault_keys(vault.as_bytes())?;
        if keys.len() < 2 {
            return Ok(());
        }
        let (mut parents, gone) = trust::parents(self.tx, self.directory, vault)?;
        // A key whose every box was refused since is nobody's to write under.
        for kid in keys.iter().map(Kid::of).filter(|kid| !gone.contains(kid)) {
            parents.entry(kid).or_default();
        }
        let ranks = trust::ranks(self.tx, self.directory, vault)?;
        let rank = |kid: &Kid| ranks.get(kid).copied().unwrap_or_default();
        let here = || keys.iter().map(Kid::of).filter(|kid| !gone.contains(kid));
        let highest = here().map(|kid| rank(&kid)).max().unwrap_or_default();
        // Where nobody was ever taken out, all are of one rank.
        let newest = if highest == 0 {
            keybox::newest(&parents)
        } else {
            let of_highest: BTreeSet<_> = here().filter(|kid| rank(kid) == highest).collect();
            keybox::newest_among(&parents, |kid| of_highest.contains(kid))
        };
        if let Some(key) = keys.iter().find(|key| Some(Kid::of(key)) == newest) {
            self.tx.put_vault_key(vault.as_bytes(), key)?;
        }
        Ok(())
    }

    /// Takes operations of a roster in. `kept` is the record that is kept of them here, and its lane.
    pub(super) fn roster(
        &mut self,
        opened: &Opened,
        ops: &[Vec<u8>],
        (record, lane): (Hash, Lane),
    ) -> Step<()> {
        let vault = opened.inner.vault;
        let halt = |e: RosterError| match e {
            RosterError::NewerDirectory => Halt::Waits(Waits::Directory),
            e if e.may_pass() => Halt::Waits(Waits::Roster),
            e => Halt::Refused(refusal::of_roster(&e)),
        };
        // On a roster of its own, so that a refused operation leaves the one that is known as it was.
        let mut roster = trust::read_roster(self.tx, self.directory, vault.as_bytes())?;
        let mut rows = Vec::new();
        for bytes in ops {
            let op = RosterOp::parse(bytes).map_err(halt)?;
            if op.vault() != vault {
                return Err(Halt::Refused(code::FOREIGN_VAULT));
            }
            match &mut roster {
                Some(roster) => {
                    roster.receive(bytes, self.directory).map_err(halt)?;
                }
                None => match Roster::open(bytes, self.directory) {
                    // What founds the vault is still on its way.
                    Err(RosterError::Founding) => return Err(Halt::Waits(Waits::Roster)),
                    opened => roster = Some(opened.map_err(halt)?),
                },
            }
            rows.push(VaultBytes {
                vault: *vault.as_bytes(),
                id: *op.id().as_bytes(),
                bytes: bytes.clone(),
            });
        }
        let Some(roster) = roster else {
            return Err(Halt::Refused(code::MALFORMED));
        };
        let class = match roster.state().class {
            Class::Restricted => "restricted",
            Class::Audit => "audit",
            Class::Case | Class::Unknown(_) => "case",
        };
        self.tx.put_vault(&VaultRow {
            vault: *vault.as_bytes(),
            class: class.to_owned(),
            lane: *lane.as_bytes(),
        })?;
        for row in rows {
            if !self
                .tx
                .put_signed(Signed::Roster, &row, Some(record.as_bytes()))?
            {
                self.tx
                    .mark_signed_sealed(Signed::Roster, &row.id, record.as_bytes())?;
            }
        }
        self.rosters.remove(&vault);
        trust::note_move(self.tx, self.identity, self.directory, vault.as_bytes())?;
        self.touched.insert("households".to_owned());
        Ok(())
    }
}
