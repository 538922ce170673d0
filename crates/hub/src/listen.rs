//! Connections: taken, with or without TLS, until it is time to stop.
//!
//! # Invariants
//!
//! - **A connection that says nothing ends**: handshake and headers have a time, and there is a most of open ones.
//! - **Calls under way are answered** before the program ends, for a while.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

const CONNECTIONS: usize = 8192;
const GREETING: Duration = Duration::from_secs(10);
const FAREWELL: Duration = Duration::from_secs(20);

/// Serves until `stop` is done.
pub(crate) async fn until(
    listener: TcpListener,
    tls: Option<Arc<ServerConfig>>,
    router: axum::Router,
    stop: impl Future<Output = ()>,
) {
    let tls = tls.map(TlsAcceptor::from);
    let (room, open) = (
        Arc::new(Semaphore::new(CONNECTIONS)),
        GracefulShutdown::new(),
    );
    tokio::pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let Ok((stream, _)) = accepted else {
            // Out of file handles, most likely: others will end.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let Ok(place) = Arc::clone(&room).try_acquire_owned() else {
            continue;
        };
        let (tls, router, watcher) = (tls.clone(), router.clone(), open.watcher());
        tokio::spawn(async move {
            // Small answers are not to wait for more.
            let _ = stream.set_nodelay(true);
            match tls {
                None => converse(stream, router, watcher).await,
                Some(tls) => {
                    let greeted = tokio::time::timeout(GREETING, tls.accept(stream)).await;
                    if let Ok(Ok(stream)) = greeted {
                        converse(stream, router, watcher).await;
                    }
                }
            }
            drop(place);
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(FAREWELL, open.shutdown()).await;
}

async fn converse(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    router: axum::Router,
    watcher: hyper_util::server::graceful::Watcher,
) {
    let service = TowerToHyperService::new(router);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(GREETING)
        .serve_connection(TokioIo::new(stream), service);
    // How a connection ends is the other side's matter.
    let _ = watcher.watch(connection).await;
}
