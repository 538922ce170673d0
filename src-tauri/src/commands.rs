//! One typed command for each entry of the list in `operations.rs`, and the four that belong to the window alone.
//!
//! Every command takes one request, `{ args }`. Operations answer with their view and the tags that went stale, session commands
//! with their view; both refuse with a code and words in the person's language.

use std::io::Write;

use serde_json::Value;
use tauri::{Emitter, Manager, State, WebviewWindow, async_runtime::spawn_blocking};

use crate::{
    dialog::Way,
    idle::Activity,
    lan,
    session::Session,
    talk::{self, Talks},
};

macro_rules! commands {
    (
        operations { $($name:literal => $operation:ident;)* }
        session { $($session:ident $(, $way:ident $file:literal)?;)* }
    ) => {
        $(
            #[tauri::command]
            async fn $operation(
                session: tauri::State<'_, crate::session::Session>,
                args: serde_json::Value,
            ) -> Result<serde_json::Value, serde_json::Value> {
                crate::commands::operation(session.inner().clone(), $name, args).await
            }
        )*
        $(
            #[tauri::command]
            async fn $session(
                window: tauri::WebviewWindow,
                session: tauri::State<'_, crate::session::Session>,
                args: serde_json::Value,
            ) -> Result<serde_json::Value, serde_json::Value> {
                let way: Option<crate::dialog::Way> = None $(.or(Some(crate::dialog::Way::$way($file))))?;
                crate::commands::session(window, session.inner().clone(), stringify!($session), args, way).await
            }
        )*

        /// Answers the calls of the page.
        pub(crate) fn handler() -> impl Fn(tauri::ipc::Invoke<tauri::Wry>) -> bool + Send + Sync + 'static {
            tauri::generate_handler![
                $($operation,)*
                $($session,)*
                crate::commands::session_lock,
                crate::commands::session_activity,
                crate::commands::session_painted,
                crate::commands::session_saved,
            ]
        }

        /// Operation and command.
        #[cfg(test)]
        pub(crate) const OPERATIONS: &[(&str, &str)] = &[$(($name, stringify!($operation)),)*];

        /// Commands around an open store.
        #[cfg(test)]
        pub(crate) const SESSION: &[&str] = &[$(stringify!($session),)*];
    };
}

/// Does one operation. The threads that carry messages must stay free, so it has one of its own.
pub(crate) async fn operation(
    session: Session,
    name: &'static str,
    args: Value,
) -> Result<Value, Value> {
    spawn_blocking(move || session.operation(name, args))
        .await
        .unwrap_or_else(|_| Err(crate::session::broken()))
}

/// Does one session command, after the dialog where it has a file; `null` when the person closed the dialog.
pub(crate) async fn session(
    window: WebviewWindow,
    session: Session,
    name: &'static str,
    args: Value,
    way: Option<Way>,
) -> Result<Value, Value> {
    let work = move || {
        let mut args = args;
        if let Some(way) = way {
            let suggested = args.as_object_mut().and_then(|it| it.remove("suggested"));
            let suggested = suggested.as_ref().and_then(Value::as_str);
            let Some(path) = way.ask(&window, suggested) else {
                return Ok(Value::Null);
            };
            if let Value::Object(request) = &mut args {
                request.insert("path".to_owned(), path.to_string_lossy().into());
            }
        }
        let outcome = if name == "escrow_enter" {
            session.enter_office(args)
        } else if name.starts_with("hub_") {
            session.talk(&window.state::<Talks>(), name, args)
        } else if name.starts_with("lan_") {
            lan::command(window.app_handle(), &session, name, args)
        } else {
            session.command(name, args)
        };
        if let Err(error) = &outcome {
            talk::lock_to_wipe(window.app_handle(), &session, error);
        }
        let (view, touched) = outcome?;
        if !["session_status", "lan_status"].contains(&name) {
            // Opening takes a while; the page asks for what is going on by itself, all else somebody asked for.
            window.state::<Activity>().touch();
        }
        if let Some(minutes) = view.get("autoLockMinutes").and_then(Value::as_u64) {
            window.state::<Activity>().allow(minutes);
        }
        if !touched.is_empty() {
            // A window that is closing has nobody left to tell.
            let _ = window.emit("touched", touched);
        }
        Ok(view)
    };
    spawn_blocking(work)
        .await
        .unwrap_or_else(|_| Err(crate::session::broken()))
}

/// Ends the session and the page that showed it. The page has saved what was being typed; the next one asks for the status.
#[tauri::command]
pub(crate) async fn session_lock(
    window: WebviewWindow,
    session: State<'_, Session>,
) -> Result<(), Value> {
    let session = session.inner().clone();
    spawn_blocking(move || session.lock(&window))
        .await
        .map_err(|_| crate::session::broken())
}

/// Somebody is at the keyboard.
#[tauri::command]
pub(crate) fn session_activity(activity: State<'_, Activity>) {
    activity.touch();
}

/// The page has saved what was being typed; the answer to the event `leaving`.
#[tauri::command]
pub(crate) fn session_saved(session: State<'_, Session>) {
    session.page_has_saved();
}

/// The first screen is on the display: says so to whoever started the program.
#[tauri::command]
pub(crate) fn session_painted() {
    let mut out = std::io::stdout();
    // From the desk there is nobody to read it.
    let _ = writeln!(out, "painted").and_then(|()| out.flush());
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use crate::operations::{OPERATIONS, SESSION};

    /// `noun.verbAndMore` → `noun_verb_and_more`, as the page does.
    fn command(operation: &str) -> String {
        let snake = |it: char| {
            if it.is_ascii_uppercase() {
                format!("_{}", it.to_ascii_lowercase())
            } else {
                it.to_string()
            }
        };
        operation.replace('.', "_").chars().map(snake).collect()
    }

    #[test]
    fn commands_are_named_after_their_operations() {
        for (operation, name) in OPERATIONS {
            assert_eq!(command(operation), *name);
        }
    }

    #[test]
    fn every_operation_of_app_has_its_command() {
        let ours: BTreeSet<_> = OPERATIONS.iter().map(|it| it.0).collect();
        assert_eq!(ours, app::ops::NAMES.iter().copied().collect());
    }

    /// A snapshot: whatever else appears in the capability appears here first.
    #[test]
    fn the_capability_grants_each_command_and_nothing_else() {
        let capability: Value =
            serde_json::from_str(include_str!("../capabilities/main.json")).unwrap();
        let granted: BTreeSet<_> = capability["permissions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it.as_str().unwrap().to_owned())
            .collect();
        let own = [
            "session_lock",
            "session_activity",
            "session_painted",
            "session_saved",
        ];
        let names = OPERATIONS
            .iter()
            .map(|it| it.1)
            .chain(SESSION.iter().copied())
            .chain(own);
        let mut expected: BTreeSet<_> = names
            .map(|it| format!("allow-{}", it.replace('_', "-")))
            .collect();
        expected.extend(
            [
                "core:event:allow-listen",
                "core:event:allow-unlisten",
                "core:webview:allow-set-webview-zoom",
            ]
            .map(str::to_owned),
        );
        assert_eq!(granted, expected);
    }

    /// A new operation or command is one thing more of which somebody has to decide what the access log keeps.
    #[test]
    fn of_everything_that_the_page_may_call_it_is_decided_what_is_logged() {
        let names = OPERATIONS.iter().map(|it| it.0);
        let undecided: Vec<_> = names
            .chain(SESSION.iter().copied())
            .filter(|name| !app::says_what_is_logged(name))
            .collect();
        assert_eq!(undecided, [""; 0]);
        assert!(!app::says_what_is_logged("case.peek"), "red control");
    }
}
