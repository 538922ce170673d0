//! The yearly sweep (鍵の年次更新): when wrapping keys are renewed, and when an earlier one is given up.
//!
//! Each half-year a member of a team makes the next wrapping key, and each device renews the key that it receives with. Each
//! keeps one generation besides the newest. So what a box of before an erasure holds is under keys that nobody has a year
//! later.
//!
//! # Invariants
//!
//! - **A clock makes keys, and destroys none**: [`super::wraps`] says what does.
//! - **Whoever boxed a case boxes it anew at once**; the others only after a week, so that not all do it.

use serde::{Deserialize, Serialize};
use store::{Reader, Transaction};
use wire::directory::Directory;
use wire::ids::{Device, Group, Kid};

use super::wraps::{self, Which};
use super::{Trust, settled, state};
use crate::error::Result;
use crate::identity::Identity;

/// A day, ms.
const DAY: i64 = 86_400_000;
/// How long a generation of keys serves, ms.
pub(crate) const HALF_YEAR: i64 = 182 * DAY;
/// How long a case may be boxed under an earlier wrapping key before whoever sees it boxes it anew, ms.
const WEEK: i64 = 7 * DAY;

/// What this device saw of a team's wrapping keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Seen {
    /// The newest generation.
    pub(crate) generation: usize,
    /// When it came, by this device's clock, ms.
    pub(crate) since: i64,
    /// Since when some case may be boxed under an earlier one, ms.
    loose: Option<i64>,
    /// How often this device renewed its own key since it is in the team no more.
    #[serde(default)]
    out: u32,
}

impl Seen {
    /// Whether time alone asks for nothing.
    fn is_idle(self, now: i64) -> bool {
        let within = |since: i64, most: i64| (-DAY..most).contains(&now.saturating_sub(since));
        self.loose.is_none_or(|since| within(since, WEEK)) && within(self.since, HALF_YEAR)
    }
}

fn name(group: Group) -> String {
    format!("{}{}", state::WRAPS, group.vault())
}

/// What was seen of a team's wrapping keys so far; none before the first.
pub(crate) fn seen(reader: &Reader<'_>, group: Group) -> Result<Option<Seen>> {
    let kept = reader.device_state(&name(group))?;
    Ok(kept.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
}

fn keep(tx: &Transaction<'_>, group: Group, seen: Seen) -> Result<()> {
    Ok(tx.put_device_state(&name(group), &serde_json::to_vec(&seen)?)?)
}

/// Takes note that a case came that is boxed under an earlier wrapping key.
pub(crate) fn note_loose(tx: &Transaction<'_>, group: Group, now: i64) -> Result<()> {
    match seen(tx, group)? {
        Some(seen) if seen.loose.is_none() => keep(
            tx,
            group,
            Seen {
                loose: Some(now),
                ..seen
            },
        ),
        _ => Ok(()),
    }
}

/// Takes note that a case is shown again which was left out while it was to be erased: it is boxed anew before the next record
/// is sealed.
pub(crate) fn note_shown(tx: &Transaction<'_>) -> Result<()> {
    #[cfg(test)]
    if tests::SHOWN_UNNOTED.get() {
        return Ok(());
    }
    for row in tx.vaults_of_class("team")? {
        let group = Group::new(row.vault);
        if let Some(seen) = seen(tx, group)? {
            let loose = Some(i64::MIN);
            keep(tx, group, Seen { loose, ..seen })?;
        }
    }
    Ok(())
}

/// Brings the wrapping keys of a team up to date, boxes anew what is due, and gives up what nothing rests on any more. A
/// generation that is old is followed by a new one where this device is `fresh`: it knows what the others did. Gives how many
/// keys were given up.
///
/// # Errors
/// When the store cannot be written.
pub(crate) fn keep_wraps(
    tx: &Transaction<'_>,
    identity: &Identity,
    trust: &Trust,
    group: Group,
    (now, fresh): (i64, bool),
) -> Result<usize> {
    let ground = settled::ground(tx, trust, group.wraps().as_bytes())?;
    let is_idle = seen(tx, group)?.is_some_and(|seen| seen.is_idle(now));
    if is_idle && trust.settled.holds(group.wraps(), ground) {
        return Ok(0);
    }
    let gone = bring_up(tx, identity, trust, group, (now, fresh))?;
    if settled::ground(tx, trust, group.wraps().as_bytes())? == ground
        && !wraps::are_to_go(tx, &trust.directory, group)?
    {
        trust.settled.note(group.wraps(), ground);
    }
    Ok(gone)
}

fn bring_up(
    tx: &Transaction<'_>,
    identity: &Identity,
    trust: &Trust,
    group: Group,
    (now, fresh): (i64, bool),
) -> Result<usize> {
    wraps::keep_up(tx, identity, trust, group)?;
    let mut before = seen(tx, group)?;
    if let Some(seen) = before.as_mut().filter(|seen| seen.since > now + DAY) {
        // The clock was put right.
        seen.since = now;
        seen.loose = seen.loose.map(|_| now);
        keep(tx, group, *seen)?;
    }
    let Some(generation) = newest_generation(tx, trust, group)? else {
        return Ok(0);
    };
    let mut seen = before.unwrap_or_default();
    let (is_new, is_old) = (generation > seen.generation, now - seen.since >= HALF_YEAR);
    if !is_new && is_old && fresh && is_in(identity, trust, group) {
        return sweep_team(tx, identity, trust, group, now);
    }
    if is_new {
        wraps::box_again(tx, identity, trust, group, Which::Own)?;
        seen = Seen {
            generation,
            since: now,
            loose: Some(now),
            out: 0,
        };
    }
    if seen
        .loose
        .is_some_and(|since| now.saturating_sub(since) >= WEEK)
    {
        wraps::box_again(tx, identity, trust, group, Which::All)?;
        seen.loose = None;
    }
    if before != Some(seen) {
        keep(tx, group, seen)?;
    }
    wraps::give_up(tx, identity, trust, group)
}

fn is_in(identity: &Identity, trust: &Trust, group: Group) -> bool {
    let own = Device::new(identity.device);
    trust.directory.state().is_member(own, group)
}

/// Makes the next wrapping key of a team now. Gives how many were given up.
///
/// # Errors
/// When the store cannot be written.
pub(crate) fn sweep_team(
    tx: &Transaction<'_>,
    identity: &Identity,
    trust: &Trust,
    group: Group,
    now: i64,
) -> Result<usize> {
    wraps::renew(tx, identity, trust, group)?;
    let generation = newest_generation(tx, trust, group)?.unwrap_or_default();
    keep(
        tx,
        group,
        Seen {
            generation,
            since: now,
            loose: None,
            out: 0,
        },
    )?;
    wraps::give_up(tx, identity, trust, group)
}

/// Takes note that this device renewed its own key: of a team that it is in no more it gets no later wrapping key, so it
/// gives those up that it has at the second renewal. What it read it has the keys of.
pub(crate) fn leave_wraps(tx: &Transaction<'_>, own: Device, directory: &Directory) -> Result<()> {
    for row in tx.vaults_of_class("team")? {
        let group = Group::new(row.vault);
        let vault = *group.wraps().as_bytes();
        let keys = tx.vault_keys(&vault)?;
        let mut seen = seen(tx, group)?.unwrap_or_default();
        if directory.state().is_member(own, group) {
            if seen.out > 0 {
                seen.out = 0;
                keep(tx, group, seen)?;
            }
        } else if !keys.is_empty() {
            seen.out += 1;
            keep(tx, group, seen)?;
            if seen.out >= 2 {
                for key in &keys {
                    tx.give_up_key(&vault, Kid::of(key).as_bytes())?;
                }
            }
        }
    }
    Ok(())
}

/// The generation of the wrapping key that a team's cases are boxed under here; none where there is no key.
fn newest_generation(reader: &Reader<'_>, trust: &Trust, group: Group) -> Result<Option<usize>> {
    let keys = reader.vault_keys(group.wraps().as_bytes())?;
    let generations = wraps::generations(reader, &trust.directory, group)?;
    let of = |key| generations.get(&Kid::of(key)).copied();
    Ok(keys.iter().filter_map(of).max())
}

#[cfg(test)]
pub(crate) mod tests {
    use std::cell::Cell;

    thread_local! {
        /// The protection taken out, for a red control.
        pub(crate) static SHOWN_UNNOTED: Cell<bool> = const { Cell::new(false) };
    }
}
