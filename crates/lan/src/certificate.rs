//! The certificate of one session, and the pass beside it.

use std::fmt;

use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// A certificate that this laptop has drawn for one session. Its key is nowhere but in this memory.
pub struct Certificate {
    der: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Certificate(..)")
    }
}

/// No certificate could be made.
#[derive(Debug, thiserror::Error)]
#[error("no certificate could be made")]
pub struct NotMade(#[from] rcgen::Error);

impl Certificate {
    /// Draws one. It names nobody.
    ///
    /// # Errors
    /// [`NotMade`] when there is no randomness.
    pub fn make() -> Result<Self, NotMade> {
        let made = rcgen::generate_simple_self_signed(["marugoto.invalid".to_owned()])?;
        let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
        Ok(Self {
            der: made.cert.der().clone(),
            key: key.into(),
        })
    }

    /// What a device signs.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.der
    }

    /// The same key under another's certificate.
    #[cfg(test)]
    pub(crate) fn showing(self, other: &[u8]) -> Self {
        Self {
            der: CertificateDer::from(other.to_vec()),
            key: self.key,
        }
    }

    /// The chain to show, with the pass as its second entry, and the key.
    pub(crate) fn shown(
        &self,
        pass: &[u8],
    ) -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
        let chain = vec![self.der.clone(), CertificateDer::from(pass.to_vec())];
        (chain, self.key.clone_key())
    }
}
