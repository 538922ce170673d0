//! Files, chosen by the person in a dialog of the system.
//!
//! The web view asks for an operation and never learns or says a path.

use std::path::PathBuf;

use tauri::WebviewWindow;
use tauri_plugin_dialog::DialogExt;

/// What the file is chosen for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Way {
    /// A file that is there, with one of these endings, which blanks part.
    Open(&'static str),
    /// A new file, with this name suggested.
    Save(&'static str),
    /// A folder that is there.
    Folder,
}

impl Way {
    /// A file that is there, with `ending`.
    pub(crate) const fn open(ending: &'static str) -> Self {
        Self::Open(ending)
    }

    /// A new file, with `name` suggested.
    pub(crate) const fn save(name: &'static str) -> Self {
        Self::Save(name)
    }

    /// A folder that is there.
    pub(crate) const fn folder(_: &'static str) -> Self {
        Self::Folder
    }

    /// Asks; nothing when the person thought better of it. `suggested` stands in for the name of a new file; of a path only
    /// its last part. Blocks, so never on the main thread.
    pub(crate) fn ask(self, window: &WebviewWindow, suggested: Option<&str>) -> Option<PathBuf> {
        #[cfg(debug_assertions)]
        if let Some(answer) = prepared_answer() {
            return answer;
        }
        let dialog = window.dialog().file().set_parent(window);
        let chosen = match self {
            Self::Open(ending) => dialog
                .add_filter("まるごと", &ending.split(' ').collect::<Vec<_>>())
                .blocking_pick_file(),
            Self::Folder => dialog.blocking_pick_folder(),
            Self::Save(name) => dialog
                .set_file_name(suggested.and_then(last_part).unwrap_or(name))
                .blocking_save_file(),
        };
        chosen?.into_path().ok()
    }
}

/// The last part of a path of any system: a name, and no way to another folder.
fn last_part(path: &str) -> Option<&str> {
    let name = path.rsplit(['/', '\\']).next().unwrap_or_default().trim();
    (!name.is_empty() && name != "." && name != "..").then_some(name)
}

/// The answer a test has prepared, where `MARUGOTO_PICK_FILE` names a file that holds it: a path, or nothing for "closed".
#[cfg(debug_assertions)]
fn prepared_answer() -> Option<Option<PathBuf>> {
    let answer =
        std::fs::read_to_string(std::env::var_os("MARUGOTO_PICK_FILE")?).unwrap_or_default();
    let path = answer.lines().next().unwrap_or_default();
    Some((!path.is_empty()).then(|| path.into()))
}

#[cfg(test)]
mod tests {
    use super::last_part;

    #[test]
    fn a_suggested_name_leads_to_no_other_folder() {
        for (given, name) in [
            ("通知.pdf", Some("通知.pdf")),
            ("/etc/passwd", Some("passwd")),
            ("..\\..\\通知.pdf", Some("通知.pdf")),
            ("a/..", None),
            ("a/", None),
            ("", None),
        ] {
            assert_eq!(last_part(given), name);
        }
    }
}
