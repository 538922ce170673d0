//! The proof that what was passed on is destroyed (消去証明), and checking one.

use domain::Zone;
use wire::ids::Device;
use wire::passing::{PassingError, Proof};

use super::super::erase::effect;
use super::give::records_in;
use super::refused;
use super::view::ProofView;
use crate::App;
use crate::audit::Deed;
use crate::error::{AppError, ErrorCode, Result};
use crate::facts::said::{hex, unhex};
use crate::look::instant;
use crate::session::view_words;

impl App {
    /// Gives the proof that a passing is destroyed here. It holds nothing of what was written.
    ///
    /// # Errors
    /// [`ErrorCode::NotAdmin`], [`ErrorCode::NotFound`]; [`ErrorCode::PassNotErased`] while something of it is left.
    pub fn pass_proof(&mut self, id: &str) -> Result<Vec<u8>> {
        self.must_be_admin()?;
        self.after_erasures()?;
        let pass: [u8; 32] = unhex(id).ok_or(ErrorCode::NotFound)?;
        let made = self.made(&pass)?;
        let done = self.erased_at(&made)?.ok_or(ErrorCode::PassNotErased)?;
        let receipt = made.receipt.as_ref().ok_or(ErrorCode::PassNotErased)?;
        let signed = effect::signed(&self.trust.directory);
        let orders = self.store.read(|reader| {
            let mut orders = Vec::new();
            for id in made.orders.iter().filter(|id| signed.contains_key(id)) {
                orders.extend(effect::read(reader, id.as_bytes())?);
            }
            Ok::<_, AppError>(orders)
        })?;
        let ms = |at: i64| u64::try_from(at).unwrap_or_default();
        let proof = Proof::make(
            &self.trust.directory,
            (Device::new(self.identity.device), &self.identity.sign),
            (&made.wish, &made.statement, receipt),
            &orders,
            (ms(done), ms(self.environment.now())),
        )
        .map_err(refused)?;
        self.log(&Deed::of(wire::audit::Act::Device, "passProof"))?;
        Ok(proof)
    }
}

/// Checks a proof of destruction: no store, no network, nobody's word is needed. Whose office it is, its words tell.
///
/// # Errors
/// [`ErrorCode::Forged`], [`ErrorCode::PassNotErased`], [`ErrorCode::PassOther`]; what is wrong with the file.
pub fn check(bytes: &[u8]) -> Result<ProofView> {
    let proof = Proof::check(bytes).map_err(|error| match error {
        PassingError::Other => AppError::new(ErrorCode::Forged).because(error),
        error => refused(error),
    })?;
    let at = |ms: u64| instant(Zone::TOKYO, i64::try_from(ms).unwrap_or_default());
    let passing = &proof.statement.passing;
    Ok(ProofView {
        id: hex(proof.statement.id().as_bytes()),
        from: passing.office.clone(),
        words: view_words(&crypto::words::six_words(&proof.first)),
        to: proof.wish.office.clone(),
        wish_words: view_words(&proof.wish.words()),
        households: u32::try_from(passing.households).unwrap_or(u32::MAX),
        records: records_in(&passing.cases),
        passed_at: at(passing.at),
        arrived_at: at(proof.receipt.at),
        erased_at: at(proof.done),
        orders: u32::try_from(proof.orders.len()).unwrap_or(u32::MAX),
    })
}
