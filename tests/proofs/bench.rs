//! `marugoto bench` and `marugoto bench sync` come to their end, and count.

use std::process::Command;

use serde_json::Value;

use crate::program::binary;

/// Tiny, and without the other side: nothing is said about speed.
const TINY: &str = r#"{"households":[2],"devices":[2],"crowd":1,"new":3,"changed":2,"times":1}"#;

fn bench(sizes: &str) -> (Option<i32>, Vec<u8>) {
    let ended = Command::new(binary())
        .args(["bench", "sync"])
        .env("MARUGOTO_BENCH_SYNC", sizes)
        .env("MARUGOTO_BENCH_POUCHDB", "/nowhere")
        .output()
        .unwrap();
    (ended.status.code(), ended.stdout)
}

#[test]
fn each_step_of_an_exchange_is_timed_and_its_bytes_are_counted() {
    let (status, out) = bench(TINY);
    assert_eq!(status, Some(0));
    let view: Value = serde_json::from_slice(&out).unwrap();
    let office = &view["offices"][0];
    assert_eq!(office["sameAtTheEnd"], true);
    for step in [
        "firstUpload",
        "firstSync",
        "new",
        "newSent",
        "changed",
        "changedSent",
        "single",
        "still",
    ] {
        let figures = &office["steps"][step];
        assert!(figures["ms"].as_f64().unwrap() > 0.0, "{step}: {figures}");
        assert!(
            figures["bytes"].as_f64().unwrap() > 0.0,
            "{step}: {figures}"
        );
        assert!(figures["pouchdb"].is_null());
    }
    // What is new costs more than nothing new, and all costs more than what is new.
    let bytes = |step: &str| office["steps"][step]["bytes"].as_f64().unwrap();
    assert!(bytes("still") < bytes("new") && bytes("new") < bytes("firstSync"));
    for kind in ["new", "changed"] {
        let weight = &office["weight"][kind];
        let times = |name: &str| weight[name].as_f64().unwrap();
        assert!(1.0 < times("beforePadding") && times("beforePadding") <= times("afterPadding"));
    }
    assert!(
        view["crowd"]["steps"]["devices2"]["bytes"]
            .as_f64()
            .unwrap()
            > 0.0
    );
    let why = view["comparisonLeftOut"].as_str().unwrap();
    assert!(why.contains("/nowhere"), "{why}");
}

#[test]
fn all_that_a_worker_does_all_day_is_timed_beside_its_floor() {
    let ended = Command::new(binary())
        .arg("bench")
        .env("MARUGOTO_BENCH_HOUSEHOLDS", "2")
        .output()
        .unwrap();
    assert_eq!(ended.status.code(), Some(0));
    let view: Value = serde_json::from_slice(&ended.stdout).unwrap();
    let figures = view["figures"].as_array().unwrap();
    for name in [
        "unlock", "open", "list", "search", "edit", "rewrite", "merge",
    ] {
        let of_name: Vec<_> = figures.iter().filter(|it| it["name"] == name).collect();
        assert!(
            of_name.iter().any(|it| it["ratio"].as_f64().is_some()),
            "{name}: {of_name:?}"
        );
        for figure in of_name {
            assert!(figure["median"].as_f64().unwrap() > 0.0, "{figure}");
        }
    }
}

#[test]
fn sizes_that_are_none_are_refused() {
    let (status, out) = bench(r#"{"household":[2]}"#);
    assert_ne!(status, Some(0));
    assert!(out.is_empty());
}
