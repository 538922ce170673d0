//! A server that speaks S3, over a folder, with signed calls only.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::mpsc;

use hyper_util::rt::TokioIo;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;

pub(crate) const NAME: &str = "chunks";
pub(crate) const KEYS: [&str; 2] = ["hub", "himitsu"];

/// Serves until the test ends.
pub(crate) struct Server {
    dir: PathBuf,
    pub(crate) address: SocketAddr,
    runtime: Option<tokio::runtime::Runtime>,
}

impl Server {
    pub(crate) fn start(dir: &Path, address: SocketAddr) -> Self {
        std::fs::create_dir_all(dir.join(NAME)).unwrap();
        let mut service = S3ServiceBuilder::new(s3s_fs::FileSystem::new(dir).unwrap());
        service.set_auth(SimpleAuth::from_single(KEYS[0], KEYS[1]));
        let service = service.build();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let (told, tell) = mpsc::channel();
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::bind(address).await.unwrap();
            told.send(listener.local_addr().unwrap()).unwrap();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let service = service.clone();
                tokio::spawn(async move {
                    let _ = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
        Self {
            dir: dir.to_owned(),
            address: tell.recv().unwrap(),
            runtime: Some(runtime),
        }
    }

    /// How many objects it holds.
    pub(crate) fn count(&self) -> usize {
        let offices = std::fs::read_dir(self.dir.join(NAME)).unwrap();
        offices
            .filter(|office| office.as_ref().unwrap().path().is_dir())
            .map(|office| std::fs::read_dir(office.unwrap().path()).unwrap().count())
            .sum()
    }

    pub(crate) fn stop(mut self) -> (PathBuf, SocketAddr) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
        (self.dir.clone(), self.address)
    }
}
