//! The escrow's seat in the directory: the way back in where no administrator is left.
//!
//! Three people hold a share each, and two of them make the escrow's key. It is no device: it writes nothing, reads no
//! record's lane, and is on no laptop. Its seat lets it do two things in the directory, and no more:
//!
//! - **take in a device as an administrator's**, alone. It counts as two signatures there, since two people stand behind it,
//!   and there need be nobody else left to sign;
//! - **stand beside that device as the second signature** when a new recovery sheet is made, for the old one may be gone.
//!
//! Where the roster of a restricted vault says that the escrow opens it, it lets that device in there as well
//! ([`crate::roster::Grant::Enter`]), and does nothing else in it.
//!
//! All else that destroys or changes rights is then done by the new administrator with the new sheet.
//!
//! # Why that is safe
//!
//! - **Nobody alone, and nobody quietly.** One share tells nothing. Each use is an operation that all members get, and what it
//!   can do is to add a device that all of them see.
//! - **It is the office's own.** The seat is given by two administrators' signatures, and the escrow itself vows for which
//!   office: a hub that shows whoever comes with two shares another office's directory, or one of its own making, cannot show
//!   a vow for it. So the shares alone tell the right office; no words need be compared.
//! - **The newest counts.** A newer escrow takes the seat. What the earlier one signs from then on, and what it signed without
//!   the newer one having known of it, is void until another administrator confirms it, as with anybody who is removed.
//! - What remains: two dishonest holders with a hub's records read all that is not restricted, and of that what its readers
//!   gave to the escrow. That is what an escrow is.

use crypto::sign::{SignatureKind, SigningKey, verify};

use super::act::{Act, DeviceKeys};
use super::op::Op;
use super::state::State;
use crate::cbor;
use crate::ids::Org;

/// The escrow's word that it belongs to this office.
#[must_use]
pub fn vow(keys: &DeviceKeys, org: Org, sign: &SigningKey) -> [u8; 64] {
    sign.sign(SignatureKind::Escrow, org.as_bytes(), &cbor::to_vec(keys))
}

/// Whether the act gives a seat only to an escrow that vowed for this office.
pub(super) fn is_vowed(act: &Act, org: Org) -> bool {
    let Act::EscrowSeat { keys, vow } = act else {
        return true;
    };
    let (kind, message) = (SignatureKind::Escrow, cbor::to_vec(keys));
    verify(&keys.sign, kind, org.as_bytes(), &message, vow).is_ok()
}

/// Whether the escrow in force stands behind the operation, and may.
pub(super) fn may(state: &State, op: &Op) -> bool {
    let is_seat = |name| state.escrow_seat(name).is_some();
    match op.act() {
        Act::Enrol { admin: true, .. } => is_seat(op.author()) && op.cosigner().is_none(),
        Act::AddPaper { .. } => {
            state.devices.contains_key(&op.author())
                && state.is_admin(op.author())
                && op.cosigner().is_some_and(is_seat)
        }
        _ => false,
    }
}

/// Whether the operation is where an escrow's right to `act` comes from.
pub(super) fn grounds(op: &Op, signer: crate::ids::Device, act: &Act) -> bool {
    matches!(act, Act::Enrol { admin: true, .. } | Act::AddPaper { .. })
        && matches!(op.act(), Act::EscrowSeat { keys, .. } if keys.device() == signer)
}

/// Whether the act ends the seat of an earlier escrow.
pub(super) fn unseats(act: &Act) -> bool {
    matches!(act, Act::Escrow { .. } | Act::EscrowSeat { .. })
}

#[cfg(test)]
mod tests;
