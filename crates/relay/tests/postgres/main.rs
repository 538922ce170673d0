//! PostgreSQL keeps the laws of a hub's store.

#[cfg(test)]
mod server;

use std::sync::Arc;
use std::time::Duration;

use relay::conformance;
use relay::conformance::{Author, carry, free};
use relay::postgres::PostgresStore;
use relay::store::{HubStore, Poke, StoreError};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use self::server::Server;

#[tokio::test(flavor = "multi_thread")]
async fn postgres_keeps_every_law() {
    let server = Server::start();
    let mut number = 0;
    conformance::all(|| {
        number += 1;
        let url = server.database(&format!("law{number}"));
        async move { PostgresStore::open(&url, None, [7; 16]).await.unwrap().0 }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_over_one_database_are_one_hub() {
    let server = Server::start();
    let url = server.database("hub");
    let both = tokio::join!(
        PostgresStore::open(&url, None, [1; 16]),
        PostgresStore::open(&url, None, [2; 16])
    );
    let ((one, key), (other, same)) = (both.0.unwrap(), both.1.unwrap());
    assert_eq!(one.generation(), other.generation());
    assert_eq!(key.public(), same.public());
    let author = Author::new(1);
    let (org, lane) = (author.org(), author.lane());
    carry(&one, org).await;
    let mut pokes = other.pokes();
    let records = author.chain(0, 20, b"a");
    let both = tokio::join!(
        one.append(org, free(), records.iter().map(Into::into).collect()),
        other.append(org, free(), records.iter().map(Into::into).collect())
    );
    let places = |placed: Vec<relay::store::Placed>| {
        let cursors = placed.into_iter().map(|it| match it {
            relay::store::Placed::At { cursor, .. } => cursor,
            refused => panic!("{refused:?}"),
        });
        cursors.collect::<Vec<_>>()
    };
    assert_eq!(places(both.0.unwrap()), places(both.1.unwrap()));
    let heard = async { while pokes.recv().await.unwrap() != (Poke::New { org, lane }) {} };
    let wait = Duration::from_secs(10);
    tokio::time::timeout(wait, heard).await.expect("a poke");
    // A cut connection is made anew, and everybody looks everywhere.
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'";
    server.sql("hub", cut).unwrap();
    let missed = async { while pokes.recv().await.unwrap() != Poke::Missed {} };
    tokio::time::timeout(wait, missed).await.expect("a poke");
    PostgresStore::renew(&url, None, [3; 16]).await.unwrap();
    let (renewed, _) = PostgresStore::open(&url, None, [4; 16]).await.unwrap();
    assert_eq!(renewed.generation(), [3; 16]);
}

/// Red control of the conformance law on concurrent writers: what it guards against does happen with cursors that a
/// sequence gives.
#[tokio::test(flavor = "multi_thread")]
async fn cursors_of_a_bare_sequence_make_a_reader_skip() {
    let server = Server::start();
    let url = server.database("bare");
    let connect = async || {
        let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls)
            .await
            .unwrap();
        tokio::spawn(connection);
        client
    };
    let (mut slow, fast) = (connect().await, connect().await);
    let make = "CREATE TABLE feed (cursor bigserial PRIMARY KEY, word text)";
    fast.batch_execute(make).await.unwrap();
    let put = "INSERT INTO feed (word) VALUES ($1)";
    let late = slow.transaction().await.unwrap();
    late.execute(put, &[&"late"]).await.unwrap();
    fast.execute(put, &[&"early"]).await.unwrap();
    let read = async |cursor: i64| {
        let sql = "SELECT cursor, word FROM feed WHERE cursor > $1 ORDER BY cursor";
        let rows = fast.query(sql, &[&cursor]).await.unwrap();
        let rows = rows.iter().map(|row| (row.get(0), row.get(1)));
        rows.collect::<Vec<(i64, String)>>()
    };
    let seen = read(0).await;
    assert_eq!(seen, [(2, "early".to_owned())]);
    late.commit().await.unwrap();
    assert_eq!(read(2).await, [], "the late record is never read");
    assert_eq!(read(0).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_said_to_a_database_that_is_not_the_trusted_one() {
    let made = || rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (own, foreign) = (made(), made());
    let trusting = |certificate: &rcgen::Certificate| {
        let mut roots = RootCertStore::empty();
        roots.add(certificate.der().clone()).unwrap();
        ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth()
    };
    let key = own.signing_key.serialize_pem();
    let server = Server::start_with(Some((&own.cert.pem(), &key)));
    let url = server.by_network("hub");
    let (store, _) = PostgresStore::open(&url, Some(trusting(&own.cert)), [1; 16])
        .await
        .unwrap();
    let author = Author::new(1);
    carry(&store, author.org()).await;
    // Those of the pool and the one that listens.
    let open =
        "SELECT bool_and(ssl), count(*) > 1 FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
                WHERE datname = 'hub' AND client_addr IS NOT NULL";
    assert_eq!(server.sql("postgres", open).unwrap(), "t|t");
    let refused = PostgresStore::open(&url, Some(trusting(&foreign.cert)), [1; 16]).await;
    assert!(matches!(refused, Err(StoreError::Failed(_))));
    // A server that speaks no TLS is not believed either.
    let bare = Server::start();
    let url = bare.database("hub");
    let refused = PostgresStore::open(&url, Some(trusting(&own.cert)), [1; 16]).await;
    assert!(matches!(refused, Err(StoreError::Failed(_))));
    // Red control: without asking for it, the line is open.
    assert!(PostgresStore::open(&url, None, [1; 16]).await.is_ok());
}
