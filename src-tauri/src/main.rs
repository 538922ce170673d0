//! The window: a web view without files, network or shell, and one command for each operation of `app`.
//!
//! # Invariants
//!
//! - **No rules here.** A command hands its arguments to `app` and the view or the refusal back.
//! - **No paths from the web view.** Files are chosen in a dialog that this side opens.
//! - **Locking leaves nothing on the screen's side.** The process that drew the records ends with the session.
//! - **Memory is given back empty.**

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

#[macro_use]
mod commands;
mod dialog;
mod idle;
mod lan;
mod launch;
mod operations;
mod page;
mod pokes;
mod program;
mod session;
mod talk;

use std::process::ExitCode;

use tauri::{Manager, RunEvent};
use zeroizing_alloc::ZeroAlloc;

/// Whatever is given back is emptied first: after the lock, no name lies about in memory that nobody uses.
#[global_allocator]
static EMPTIED: ZeroAlloc<std::alloc::System> = ZeroAlloc(std::alloc::System);

fn main() -> ExitCode {
    app::keep_silent();
    let launch = match launch::Launch::read(std::env::args_os().skip(1)) {
        Ok(launch) => launch,
        Err(usage) => {
            use std::io::Write;
            // Without a console there is nobody to tell; the exit status says it all the same.
            let _ = writeln!(std::io::stderr(), "{usage}");
            return ExitCode::from(2);
        }
    };
    match run(&launch) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// The screens and what they may ask for, packed into the program.
#[cfg(not(test))]
fn screens() -> tauri::Context {
    tauri::generate_context!()
}

/// The unit tests open no window, and pack nothing: the packed files lie in one place, and of two compilers that write them at
/// once one may take half a file in. Such a window stays blank.
#[cfg(test)]
fn screens() -> tauri::Context {
    std::process::abort()
}

fn run(launch: &launch::Launch) -> tauri::Result<()> {
    let mut builder = tauri::Builder::default();
    if launch.is_everyday() {
        // A store that was named explicitly is guarded by its own lock, so two of them may be open side by side.
        builder = builder.plugin(tauri_plugin_single_instance::init(|app, _, _| {
            page::show(app)
        }));
    }
    let launch = launch.clone();
    let app = builder
        .plugin(tauri_plugin_dialog::init())
        .invoke_handler(operations::handler())
        .setup(move |app| {
            app.manage(idle::Activity::default());
            app.manage(talk::Talks::default());
            app.manage(lan::Lan::default());
            let session = session::Session::new(&launch, app.handle())?;
            if launch.demo {
                session.open_demo(app.handle().clone());
            }
            app.manage(session);
            page::open(app.handle())?;
            idle::watch(app.handle().clone());
            talk::watch(app.handle().clone());
            pokes::listen(app.handle().clone());
            Ok(())
        })
        .build(screens())?;
    app.run(|app, event| {
        if let RunEvent::Exit = event {
            app.state::<session::Session>().end();
        }
    });
    Ok(())
}
