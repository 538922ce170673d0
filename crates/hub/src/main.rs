//! `marugoto-hub`: carries what the laptops of offices say to each other, and can read none of it.
//!
//! # Invariants
//!
//! - Results go to standard output; errors and the log, which is JSON without content, to standard error.
//! - Exit status: 0 done · 1 refused, nothing changed · 2 wrong usage · 3 the store is damaged · 4 the database or the
//!   address could not be reached.
//! - SIGTERM and SIGINT end it when the calls under way are answered.

mod arguments;
mod bucket;
mod listen;
mod world;

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Parser;
use crypto::sign::SigningKey;
use relay::postgres::PostgresStore;
use relay::service::Hub;
use relay::settings::Settings;
use relay::sqlite::{Opening, SqliteStore};
use relay::store::{HubStore, StoreError};

use crate::arguments::{Arguments, Command, Place, Serve};
use crate::world::System;

/// Seconds that an invitation is good for: a week.
const INVITED: u64 = 7 * 86_400;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(refused) => {
            let asked = !refused.use_stderr();
            // Nothing can be done about an output that is closed.
            let _ = refused.print();
            return ExitCode::from(if asked { 0 } else { 2 });
        }
    };
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_target(false)
        .with_writer(std::io::stderr)
        .with_max_level(tracing::Level::INFO)
        .init();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let done = runtime
        .context("threads")
        .and_then(|runtime| runtime.block_on(run(arguments.command)));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "{error:#}");
            ExitCode::from(status(&error))
        }
    }
}

fn status(error: &anyhow::Error) -> u8 {
    match error.downcast_ref::<StoreError>() {
        Some(StoreError::Damaged) => 3,
        Some(StoreError::Failed(_)) => 4,
        Some(StoreError::Full | StoreError::InUse) => 1,
        None if error.is::<std::io::Error>() => 4,
        None => 1,
    }
}

/// What to do, in both languages, where a store does not open.
fn opening(place: &Place) -> &'static str {
    if place.data.is_some() {
        "データフォルダーを開けません / the data folder does not open"
    } else {
        "データベースを開けません / the database does not open"
    }
}

async fn run(command: Command) -> Result<()> {
    match command {
        Command::Serve(arguments) => {
            let said = opening(&arguments.place);
            if let Some(dir) = &arguments.place.data {
                let (store, key) =
                    SqliteStore::open(dir, Opening::ToServe, crypto::random()).context(said)?;
                serve(store, key, &arguments).await
            } else {
                let url = arguments.place.url();
                let opened =
                    PostgresStore::open(url, arguments.place.trusted()?, crypto::random()).await;
                let (store, key) = opened.context(said)?;
                serve(store, key, &arguments).await
            }
        }
        Command::Invite(place) => {
            let said = opening(&place);
            if let Some(dir) = &place.data {
                let (store, key) =
                    SqliteStore::open(dir, Opening::Beside, crypto::random()).context(said)?;
                invite(store, key).await
            } else {
                let opened =
                    PostgresStore::open(place.url(), place.trusted()?, crypto::random()).await;
                let (store, key) = opened.context(said)?;
                invite(store, key).await
            }
        }
        Command::Renew(place) => {
            let said = opening(&place);
            if let Some(dir) = &place.data {
                SqliteStore::renew(dir, crypto::random()).context(said)
            } else {
                let renewed =
                    PostgresStore::renew(place.url(), place.trusted()?, crypto::random()).await;
                renewed.context(said)
            }
        }
    }
}

async fn invite<S: HubStore>(store: S, key: SigningKey) -> Result<()> {
    let hub = Hub::new(store, System, Settings::default(), key, None);
    let invitation = hub.invite(INVITED).await?;
    writeln!(std::io::stdout(), "{}", invitation.text())?;
    Ok(())
}

async fn serve<S: HubStore>(store: S, key: SigningKey, arguments: &Serve) -> Result<()> {
    let settings = Settings {
        origin: arguments.origin.clone(),
        ..Settings::default()
    };
    let tls = arguments.tls()?;
    let hub = Arc::new(Hub::new(store, System, settings, key, arguments.blobs()?));
    tokio::spawn(sweep(Arc::clone(&hub)));
    let router = relay::http::router(Arc::clone(&hub));
    let listener = tokio::net::TcpListener::bind(arguments.listen).await?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let mut out = std::io::stdout();
    writeln!(out, "{scheme}://{}", listener.local_addr()?)?;
    out.flush()?;
    tracing::info!("serving");
    listen::until(listener, tls, router, async {
        stopped().await;
        tracing::info!("stopping");
        hub.close();
    })
    .await;
    tracing::info!("stopped");
    Ok(())
}

/// Takes out uploads that nobody came back for: at the start, and every day.
async fn sweep<S: HubStore>(hub: Arc<Hub<S, System>>) {
    let mut days = tokio::time::interval(Duration::from_secs(86_400));
    loop {
        days.tick().await;
        match hub.sweep_uploads().await {
            Ok(0) => {}
            Ok(swept) => tracing::info!(swept, "uploads that nobody came back for"),
            Err(error) => tracing::warn!(%error, "uploads were not swept"),
        }
    }
}

/// Waits for the wish to end.
async fn stopped() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut term) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = term.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
