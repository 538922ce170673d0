//! SQLite keeps the laws of a hub's store.

use relay::conformance;
use relay::sqlite::{Opening, SqliteStore};

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_keeps_every_law() {
    let dir = tempfile::tempdir().unwrap();
    let mut number = 0;
    conformance::all(|| {
        number += 1;
        let dir = dir.path().join(format!("{number}"));
        async move {
            SqliteStore::open(&dir, Opening::ToServe, [7; 16])
                .unwrap()
                .0
        }
    })
    .await;
}
