//! Looking at the other end: whose certificate it is, and whether that device may come.
//!
//! # Invariants
//!
//! - **The directory alone decides.** Names, times and authorities of certificates are not looked at.
//! - **That the key is held is shown by the handshake**, as in every TLS 1.3.

use std::sync::{Arc, Mutex, PoisonError};

use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring, verify_tls13_signature};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use tokio_rustls::rustls::{
    AlertDescription, CertificateError, ClientConfig, DigitallySignedStruct, DistinguishedName,
    Error, PeerMisbehaved, ServerConfig, SignatureScheme, version::TLS13,
};
use wire::ids::Device;
use wire::lan::{Members, Stranger};

use crate::certificate::Certificate;

/// The directory as it stands, for all connections of a session.
#[derive(Clone, Debug)]
pub(crate) struct Eye {
    members: Arc<Mutex<Members>>,
    /// Whom it did not let in last.
    stranger: Arc<Mutex<Option<Stranger>>>,
    provider: Arc<CryptoProvider>,
    #[cfg(test)]
    is_blind: bool,
}

impl Eye {
    pub(crate) fn new(members: Members) -> Self {
        Self {
            members: Arc::new(Mutex::new(members)),
            stranger: Arc::default(),
            provider: Arc::new(ring::default_provider()),
            #[cfg(test)]
            is_blind: tests::BLIND.get(),
        }
    }

    pub(crate) fn know(&self, members: Members) {
        *self.members.lock().unwrap_or_else(PoisonError::into_inner) = members;
    }

    /// Why somebody was not let in, once.
    pub(crate) fn stranger(&self) -> Option<Stranger> {
        let mut stranger = self.stranger.lock().unwrap_or_else(PoisonError::into_inner);
        stranger.take()
    }

    /// Whose certificate it is.
    pub(crate) fn whose(&self, chain: &[CertificateDer<'_>]) -> Result<Device, Stranger> {
        let [certificate, pass] = chain else {
            return Err(Stranger::Forged);
        };
        #[cfg(test)]
        if self.is_blind {
            let pass = wire::lan::Pass::from_bytes(pass);
            return pass.map(|pass| pass.device).map_err(|_| Stranger::Forged);
        }
        let members = self.members.lock().unwrap_or_else(PoisonError::into_inner);
        members.admit(certificate, pass)
    }

    fn look(
        &self,
        certificate: &CertificateDer<'_>,
        rest: &[CertificateDer<'_>],
    ) -> Result<(), Error> {
        let chain: Vec<_> = std::iter::once(certificate).chain(rest).cloned().collect();
        self.whose(&chain).map(|_| ()).map_err(|stranger| {
            *self.stranger.lock().unwrap_or_else(PoisonError::into_inner) = Some(stranger);
            Error::InvalidCertificate(said(stranger))
        })
    }

    fn holds(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, known)
    }

    /// How the one who opens speaks.
    pub(crate) fn server(
        &self,
        certificate: &Certificate,
        pass: &[u8],
    ) -> Result<ServerConfig, Error> {
        let (chain, key) = certificate.shown(pass);
        ServerConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_protocol_versions(&[&TLS13])?
            .with_client_cert_verifier(Arc::new(self.clone()))
            .with_single_cert(chain, key)
    }

    /// How the one who comes speaks.
    pub(crate) fn client(
        &self,
        certificate: &Certificate,
        pass: &[u8],
    ) -> Result<ClientConfig, Error> {
        let (chain, key) = certificate.shown(pass);
        let mut config = ClientConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_protocol_versions(&[&TLS13])?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(self.clone()))
            .with_client_auth_cert(chain, key)?;
        config.enable_sni = false;
        Ok(config)
    }
}

/// A refusal, as TLS tells it to the other end.
fn said(stranger: Stranger) -> CertificateError {
    match stranger {
        Stranger::Unknown => CertificateError::UnknownIssuer,
        Stranger::Forged => CertificateError::BadSignature,
        Stranger::Frozen => CertificateError::Expired,
        Stranger::Removed => CertificateError::Revoked,
    }
}

/// The same, as the other end hears it.
pub(crate) fn heard(alert: AlertDescription) -> Option<Stranger> {
    [
        (AlertDescription::UnknownCA, Stranger::Unknown),
        (AlertDescription::DecryptError, Stranger::Forged),
        (AlertDescription::CertificateExpired, Stranger::Frozen),
        (AlertDescription::CertificateRevoked, Stranger::Removed),
    ]
    .into_iter()
    .find_map(|(means, stranger)| (means == alert).then_some(stranger))
}

impl ServerCertVerifier for Eye {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.look(end_entity, intermediates)
            .map(|()| ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme.into())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.holds(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

impl ClientCertVerifier for Eye {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        self.look(end_entity, intermediates)
            .map(|()| ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme.into())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.holds(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::cell::Cell;

    thread_local! {
        /// The red control: who is made in this thread from now on does not look at whose certificate it is.
        pub(crate) static BLIND: Cell<bool> = const { Cell::new(false) };
    }
}
