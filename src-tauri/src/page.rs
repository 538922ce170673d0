//! The web view: opened once, kept to our own pages, and emptied when the session ends.

use tauri::{
    AppHandle, Manager, Url, WebviewWindow, WebviewWindowBuilder, WindowEvent,
    webview::NewWindowResponse,
};

use crate::session::Session;

const LABEL: &str = "main";

/// The window, while there is one.
pub(crate) fn window(app: &AppHandle) -> Option<WebviewWindow> {
    app.get_webview_window(LABEL)
}

/// Brings the window to the front; somebody started the program a second time.
pub(crate) fn show(app: &AppHandle) {
    if let Some(window) = window(app) {
        let _ = window.unminimize().and_then(|()| window.set_focus());
    }
}

/// Opens the window as `tauri.conf.json` describes it.
pub(crate) fn open(app: &AppHandle) -> tauri::Result<()> {
    let config = app
        .config()
        .app
        .windows
        .iter()
        .find(|it| it.label == LABEL)
        .ok_or(tauri::Error::WindowNotFound)?;
    let builder = WebviewWindowBuilder::from_config(app, config)?
        .on_navigation(is_ours)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .on_download(|_, _| false);
    // The driver of a test cannot reach an incognito page.
    let window = builder.incognito(!is_driven()).build()?;
    #[cfg(target_os = "linux")]
    window.with_webview(|page| linux::prepare(&page.inner()))?;
    let closing = window.clone();
    window.on_window_event(move |event| {
        if let WindowEvent::CloseRequested { api, .. } = event {
            api.prevent_close();
            leave(closing.clone());
        }
    });
    Ok(())
}

/// Closes the window once the page has saved what was being typed and the keys are gone; nobody has to watch.
fn leave(window: WebviewWindow) {
    let _ = window.hide();
    std::thread::spawn(move || {
        let session = window.state::<Session>();
        session.let_page_save(&window);
        session.end();
        let _ = window.destroy();
    });
}

/// Throws away everything that the page knows and shows the first screen again. The window stays.
pub(crate) fn forget(window: &WebviewWindow) {
    #[cfg(target_os = "linux")]
    let emptied = if is_driven() {
        window.reload()
    } else {
        window.with_webview(|page| linux::forget(&page.inner()))
    };
    #[cfg(not(target_os = "linux"))]
    let emptied = window.reload();
    // A window that is closing has no page left to forget.
    let _ = emptied;
}

/// Whether a test drives the page: it could not go on if the page's process ended. A shipped program has no such door.
fn is_driven() -> bool {
    cfg!(debug_assertions) && std::env::var_os("TAURI_WEBVIEW_AUTOMATION").is_some()
}

/// Whether the address is a page of the program.
fn is_ours(url: &Url) -> bool {
    match url.scheme() {
        "tauri" => url.host_str() == Some("localhost"),
        // The same pages as Windows names them.
        "http" | "https" => url.host_str() == Some("tauri.localhost"),
        _ => false,
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::{
        cell::Cell,
        time::{Duration, Instant},
    };

    use webkit2gtk::{
        InputMethodContextExt, SettingsExt, WebProcessTerminationReason as Reason, WebView,
        WebViewExt,
    };

    /// Shows what an input method composes inside the field, keeps no page in memory, and survives the death of the page's process.
    pub(super) fn prepare(page: &WebView) {
        if let Some(method) = page.input_method_context() {
            method.set_enable_preedit(true);
        }
        if let Some(settings) = WebViewExt::settings(page) {
            settings.set_enable_page_cache(false);
        }
        let last = Cell::new(None::<Instant>);
        page.connect_web_process_terminated(move |page, reason| {
            // A page that dies at once each time would only keep the computer busy.
            let again = last
                .replace(Some(Instant::now()))
                .is_some_and(|it| it.elapsed() < Duration::from_secs(5));
            if reason == Reason::TerminatedByApi || !again {
                page.reload();
            }
        });
    }

    /// Ends the process that drew the records; its memory goes back to the system.
    pub(super) fn forget(page: &WebView) {
        page.terminate_web_process();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pages_open() {
        let open = |it: &str| is_ours(&it.parse().unwrap());
        assert!(open("tauri://localhost/"));
        assert!(open("http://tauri.localhost/index.html"));
        for other in [
            "https://example.com/",
            "http://localhost/",
            "file:///etc/passwd",
            "tauri://example/",
            "about:blank",
        ] {
            assert!(!open(other), "{other}");
        }
    }
}
