//! Who this device is, and for which office.

use crypto::kem::KemKey;
use crypto::sign::SigningKey;
use domain::Zone;

/// The identity of this device, as it rests in its store. Its keys show no byte.
#[derive(Debug)]
pub(crate) struct Identity {
    /// The office, 16 bytes.
    pub(crate) org: [u8; 16],
    /// The device's pseudonym.
    pub(crate) device: [u8; 16],
    /// Signs records, directory operations and bundles.
    pub(crate) sign: SigningKey,
    /// Opens what is sealed to this device.
    pub(crate) kem: KemKey,
    /// The one before, for what was sealed by who had not heard of the renewal; none before the first.
    pub(crate) kem_before: Option<KemKey>,
    /// The worker's id (UUID text).
    pub(crate) worker: String,
    /// The team vault `office`.
    pub(crate) office_vault: [u8; 16],
    /// The lane of the office team.
    pub(crate) lane: [u8; 16],
    /// The office's settings document.
    pub(crate) settings: [u8; 16],
    /// The office's time zone.
    pub(crate) zone: Zone,
}

impl Identity {
    /// What opens material that was sealed to this device: the key that it receives with, and the one before.
    pub(crate) fn receiving(&self) -> Vec<&KemKey> {
        [&self.kem].into_iter().chain(&self.kem_before).collect()
    }
}
