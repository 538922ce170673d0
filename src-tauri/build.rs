//! Gives every command of the window a permission of its own, so that a command that no capability names is refused.
//!
//! The names come from the one list in `src/operations.rs`.

macro_rules! commands {
    (
        operations { $($name:literal => $operation:ident;)* }
        session { $($session:ident $(, $way:ident $file:literal)?;)* }
    ) => {
        /// Every command but those that belong to the window alone.
        pub(crate) const COMMANDS: &[&str] = &[$(stringify!($operation),)* $(stringify!($session),)*];
    };
}

#[path = "src/operations.rs"]
mod operations;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // The pages are packed into the program: one that was built anew has to be packed anew.
    println!("cargo:rerun-if-changed=../ui/dist");
    // The window shell must compile where the user interface was not built yet, as in a plain `cargo check`.
    std::fs::create_dir_all("../ui/dist")?;

    let mut commands = vec![
        "session_lock",
        "session_activity",
        "session_painted",
        "session_saved",
    ];
    commands.extend(operations::COMMANDS);
    // The manifest wants the list for ever, which is as long as a build script lives.
    let manifest = tauri_build::AppManifest::new().commands(Vec::leak(commands));
    tauri_build::try_build(tauri_build::Attributes::new().app_manifest(manifest))?;
    Ok(())
}
