//! From a set of operations to the office: which of them count, and what they amount to.
//!
//! # Invariants
//!
//! - **A function of the set.** No order of arrival, no clock. (The tests permute.)
//! - **A signer who is removed takes along what the remover had not seen**, until another admin confirms it. Removals
//!   themselves stand, so that two admins who remove each other are both gone.
//! - **A newer escrow takes the seat of an earlier one** likewise, where it is not void itself.
//! - **A signer who wrote two operations for one place is suspended**, and what no other admin has seen of it from that
//!   place on is void likewise. Adding the admin anew, with both in view, ends it.

use std::collections::{BTreeMap, BTreeSet};

use super::act::{Act, Effect, Place, paper_device};
use super::escrow;
use super::op::Op;
use super::state::State;
use crate::dag::{At, Dag, Fork, Node, Set};
use crate::ids::{Device, Hash};

/// What the set amounts to; nothing without the founding operation in it. `also_void` are void whatever the set says.
pub(super) fn evaluate(dag: &Dag<Op>, set: &Set, also_void: &BTreeSet<Hash>) -> Option<State> {
    let order = dag.order(set);
    let ops: Vec<(At, &Op)> = order
        .iter()
        .filter_map(|at| dag.get(*at).map(|op| (*at, op)))
        .collect();
    let (_, first) = ops.first()?;
    let Act::Found {
        device,
        roles,
        paper,
        office,
    } = first.act()
    else {
        return None;
    };
    let forks = dag.forks(set);
    let void = void(dag, &ops, &forks, also_void);

    let live = || ops.iter().filter(|(at, _)| !void.contains(at));
    let outs: Vec<(Place, At)> = live()
        .flat_map(|(at, op)| {
            op.act()
                .places()
                .into_iter()
                .map(|(place, effect)| (place, effect, *at))
        })
        .filter_map(|(place, effect, at)| (effect == Effect::Out).then_some((place, at)))
        .collect();
    let mut state = State::founded(*device, roles.clone(), *paper, *office);
    for (at, op) in live() {
        state.apply(op, &|place| {
            outs.iter()
                .any(|(out, by)| *out == place && dag.concurrent(*by, *at))
        });
    }
    for fork in &forks {
        let renewed = live().any(|(at, op)| grants_admin(op, fork.author) && knows(dag, fork, *at));
        if let Some(admin) = state.admins.get_mut(&fork.author) {
            admin.suspended |= !renewed;
        }
    }
    state.void = void
        .iter()
        .filter_map(|at| dag.get(*at))
        .map(Op::id)
        .collect();
    Some(state)
}

/// The operations without effect. Grows until nothing more follows from it.
fn void(dag: &Dag<Op>, ops: &[(At, &Op)], forks: &[Fork], also: &BTreeSet<Hash>) -> BTreeSet<At> {
    let removals: Vec<(Device, At)> = ops
        .iter()
        .filter_map(|(at, op)| op.act().removes_signer().map(|device| (device, *at)))
        .collect();
    let void = ops
        .iter()
        .filter(|(_, op)| also.contains(&op.id()))
        .map(|(at, _)| *at)
        .collect();
    let void = settle(dag, ops, forks, &removals, void);
    // Other than a removal, what unseats an escrow can be void. So that is looked at first.
    let unseated = unseated(dag, ops, &void);
    if unseated.is_empty() {
        return void;
    }
    settle(dag, ops, forks, &[removals, unseated].concat(), void)
}

fn settle(
    dag: &Dag<Op>,
    ops: &[(At, &Op)],
    forks: &[Fork],
    removals: &[(Device, At)],
    mut void: BTreeSet<At>,
) -> BTreeSet<At> {
    loop {
        let next = pass(dag, ops, forks, removals, &void);
        if next == void {
            return void;
        }
        void = next;
    }
}

/// The escrows that lost their seat, each with what took it.
fn unseated(dag: &Dag<Op>, ops: &[(At, &Op)], void: &BTreeSet<At>) -> Vec<(Device, At)> {
    let seats = || {
        ops.iter()
            .filter(|(at, op)| escrow::unseats(op.act()) && !void.contains(at))
    };
    let mut unseated = Vec::new();
    for (at, op) in seats() {
        if let Act::EscrowSeat { keys, .. } = op.act() {
            let later = seats().filter(|(by, _)| dag.before(*at, *by));
            unseated.extend(later.map(|(by, _)| (keys.device(), *by)));
        }
    }
    unseated
}

fn pass(
    dag: &Dag<Op>,
    ops: &[(At, &Op)],
    forks: &[Fork],
    removals: &[(Device, At)],
    before: &BTreeSet<At>,
) -> BTreeSet<At> {
    let mut void = before.clone();
    let mut confirmed: BTreeMap<Hash, BTreeSet<Device>> = BTreeMap::new();
    let stands =
        |op: &Op| matches!(op.act(), Act::Found { .. }) || op.act().removes_signer().is_some();
    let is_confirmed = |op: &Op, confirmed: &BTreeMap<Hash, BTreeSet<Device>>| {
        confirmed.get(&op.id()).is_some_and(|by| {
            by.iter()
                .any(|device| op.signers().all(|signer| signer != *device))
        })
    };
    // From the newest back: a confirmation is judged before what it confirms, which is in its past.
    for (at, op) in ops.iter().rev().filter(|(_, op)| !stands(op)) {
        let removed = op.signers().any(|signer| {
            removals
                .iter()
                .any(|(device, by)| *device == signer && dag.concurrent(*by, *at))
        });
        let forked = forks.iter().any(|fork| {
            fork.author == op.author()
                && fork.seq <= op.seq()
                && !knows(dag, fork, *at)
                && !ops.iter().any(|(by, other)| {
                    dag.before(*at, *by) && forks.iter().all(|fork| fork.author != other.author())
                })
        });
        if (removed || forked) && !is_confirmed(op, &confirmed) {
            void.insert(*at);
        }
        if !void.contains(at)
            && let Act::Confirm { ops } = op.act()
        {
            let past = ops
                .iter()
                .filter(|id| dag.find(**id).is_some_and(|named| dag.before(named, *at)));
            past.for_each(|id| {
                confirmed.entry(*id).or_default().insert(op.author());
            });
        }
    }
    let granting: Vec<_> = ops.iter().filter(|(_, op)| lets_in(op.act())).collect();
    // From the oldest on: who was let in by a void operation has no right from it.
    for (at, op) in ops.iter().filter(|(_, op)| !stands(op)) {
        let groundless = op.signers().any(|signer| {
            !granting.iter().any(|(by, ground)| {
                dag.before(*by, *at) && !void.contains(by) && grounds(ground, signer, op.act())
            })
        });
        if groundless && !is_confirmed(op, &confirmed) {
            void.insert(*at);
        }
    }
    void
}

fn lets_in(act: &Act) -> bool {
    matches!(
        act,
        Act::Found { .. }
            | Act::Enrol { .. }
            | Act::AddAdmin { .. }
            | Act::AddPaper { .. }
            | Act::EscrowSeat { .. }
    )
}

/// Whether the operation could be where the signer's right to `act` comes from.
fn grounds(op: &Op, signer: Device, act: &Act) -> bool {
    grants_admin(op, signer)
        || escrow::grounds(op, signer, act)
        || (matches!(
            act,
            Act::Freeze { .. } | Act::KemRenew { .. } | Act::Unknown { .. }
        ) && matches!(op.act(), Act::Enrol { device, .. } if device.device() == signer))
}

fn grants_admin(op: &Op, device: Device) -> bool {
    match op.act() {
        Act::Found { .. } => op.signers().any(|signer| signer == device),
        Act::AddPaper { sign } => paper_device(sign) == device,
        act => act.places().contains(&(Place::Admins(device), Effect::In)),
    }
}

/// Whether the operation's author knew both sides of the fork.
fn knows(dag: &Dag<Op>, fork: &Fork, at: At) -> bool {
    dag.before(fork.a, at) && dag.before(fork.b, at)
}
