//! What may be said on the command line.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result};
use clap::{Args, Parser, Subcommand};
use relay::blobs::Blobs;
use relay::postgres::asks_for_tls;
use rustls_platform_verifier::BuilderVerifierExt as _;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};

use crate::bucket::Bucket;

/// Carries what the laptops of offices say to each other, and can read none of it.
#[derive(Debug, Parser)]
#[command(name = "marugoto-hub", version)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serves until it is told to stop
    Serve(Serve),
    /// Prints a code with which an office joins; good once, for a week
    Invite(Place),
    /// Tells all devices to compare anew, after an old backup was put back (with the hub stopped)
    Renew(Place),
}

/// Where the hub keeps what it carries.
#[derive(Debug, Args)]
pub(crate) struct Place {
    /// A folder
    #[arg(long, value_name = "DIR", required_unless_present = "database_url")]
    pub(crate) data: Option<PathBuf>,
    /// A PostgreSQL database, also of several processes
    #[arg(long, value_name = "URL", conflicts_with = "data")]
    database_url: Option<String>,
    /// Who signs the database's certificate, in PEM; without it, whom the machine trusts, if the URL says sslmode=require
    #[arg(long, value_name = "FILE", requires = "database_url")]
    database_ca: Option<PathBuf>,
}

impl Place {
    pub(crate) fn url(&self) -> &str {
        self.database_url.as_deref().unwrap_or_default()
    }

    /// Whom to trust as the database, where the line to it is to be encrypted.
    pub(crate) fn trusted(&self) -> Result<Option<ClientConfig>> {
        let said = "証明書を読めません / the certificate cannot be read";
        let builder = || {
            ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
                .with_safe_default_protocol_versions()
                .context(said)
        };
        let config = if let Some(file) = &self.database_ca {
            let mut roots = RootCertStore::empty();
            for certificate in CertificateDer::pem_file_iter(file).context(said)? {
                roots.add(certificate.context(said)?).context(said)?;
            }
            builder()?.with_root_certificates(roots)
        } else if asks_for_tls(self.url()) {
            builder()?.with_platform_verifier().context(said)?
        } else {
            return Ok(None);
        };
        Ok(Some(config.with_no_client_auth()))
    }
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Where to listen
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8787")]
    pub(crate) listen: SocketAddr,
    /// A folder or a bucket (s3://NAME) for attachments [default: blobs in the data folder; none over a database]
    #[arg(long, value_name = "DIR|URL", value_parser = shelf)]
    pub(crate) blobs: Option<Shelf>,
    /// A folder for attachments that are on their way into a bucket [default: blobs in the data folder, or beneath the
    /// system's folder for temporary files]
    #[arg(long, value_name = "DIR")]
    parts: Option<PathBuf>,
    /// The address that devices use; answers for another one are refused
    #[arg(long, value_name = "URL")]
    pub(crate) origin: Option<String>,
    /// A certificate chain in PEM
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Its private key in PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
}

/// Where attachments lie.
#[derive(Debug, Clone)]
pub(crate) enum Shelf {
    /// A folder.
    Folder(PathBuf),
    /// A bucket that speaks S3, by its address.
    Bucket(String),
}

/// Any other address is no folder: it would be made beneath the current one, and nobody would look there.
fn shelf(text: &str) -> Result<Shelf, &'static str> {
    if text.starts_with("s3://") {
        Ok(Shelf::Bucket(text.to_owned()))
    } else if text.contains("://") {
        Err("only a folder or s3://NAME is possible")
    } else {
        Ok(Shelf::Folder(text.into()))
    }
}

impl Serve {
    /// Opens the place for attachments, where there is one.
    pub(crate) fn blobs(&self) -> Result<Option<Blobs>> {
        let beside = self.place.data.as_ref().map(|dir| dir.join("blobs"));
        let said = "添付の保存先を開けません / the place for attachments does not open";
        let blobs = match (&self.blobs, beside) {
            (None, None) => return Ok(None),
            (None, Some(dir)) => Blobs::open(&dir),
            (Some(Shelf::Folder(dir)), _) => Blobs::open(dir),
            (Some(Shelf::Bucket(url)), beside) => {
                let passing = || std::env::temp_dir().join("marugoto-hub-parts");
                let parts = self.parts.clone().or(beside).unwrap_or_else(passing);
                Blobs::over(Box::new(Bucket::open(url)?), &parts)
            }
        };
        blobs.map(Some).context(said)
    }

    /// What is needed to serve by TLS, where it is asked for.
    pub(crate) fn tls(&self) -> Result<Option<Arc<ServerConfig>>> {
        let (Some(cert), Some(key)) = (&self.tls_cert, &self.tls_key) else {
            return Ok(None);
        };
        let said = "証明書を読めません / the certificate cannot be read";
        let chain = CertificateDer::pem_file_iter(cert)
            .and_then(Iterator::collect)
            .context(said)?;
        let key = PrivateKeyDer::from_pem_file(key).context(said)?;
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .context(said)?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .context(said)?;
        Ok(Some(Arc::new(config)))
    }
}
