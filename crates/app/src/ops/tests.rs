//! The operations as a caller meets them: by name, with JSON in and out.

mod behaviour;
mod promised;

use super::*;

/// Writes the map beside the generated types, and fails when a checked-in one was stale.
#[test]
fn the_window_knows_the_operations_as_they_are() {
    let path =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/src/bridge/operations.ts");
    let fresh = typescript();
    let known = std::fs::read_to_string(&path).unwrap_or_default();
    if known != fresh {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &fresh).unwrap();
        panic!("ui/src/bridge/operations.ts was stale; it is written anew now");
    }
}
