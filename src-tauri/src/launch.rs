//! What the program was started with.

use std::{ffi::OsString, path::PathBuf};

use tauri::{AppHandle, Manager};

/// The options of one start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Launch {
    /// The folder of the store, if one was named.
    pub(crate) store: Option<PathBuf>,
    /// Whether to open みほん市 instead of an office.
    pub(crate) demo: bool,
}

/// The start was not understood.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UsageError {
    /// `--store` came without a folder.
    #[error("--store needs a folder\n{USAGE}")]
    FolderMissing,
    /// Neither of the two options.
    #[error("unknown option\n{USAGE}")]
    Unknown,
}

const USAGE: &str = "usage: marugoto-window [--demo] [--store DIR]";

impl Launch {
    /// Reads the options; `MARUGOTO_STORE` stands in for `--store`.
    pub(crate) fn read(arguments: impl Iterator<Item = OsString>) -> Result<Self, UsageError> {
        let mut launch = Self::default();
        let mut arguments = arguments;
        while let Some(argument) = arguments.next() {
            match argument.to_str() {
                Some("--demo") => launch.demo = true,
                Some("--store") => {
                    launch.store = Some(arguments.next().ok_or(UsageError::FolderMissing)?.into());
                }
                _ => return Err(UsageError::Unknown),
            }
        }
        if launch.store.is_none() && !launch.demo {
            launch.store = std::env::var_os("MARUGOTO_STORE")
                .filter(|it| !it.is_empty())
                .map(PathBuf::from);
        }
        Ok(launch)
    }

    /// Whether this is the start from the desk, with the store that belongs to this user of the computer.
    pub(crate) fn is_everyday(&self) -> bool {
        self.store.is_none() && !self.demo
    }

    /// The folder below which this user of the computer has their stores and settings.
    pub(crate) fn root(app: &AppHandle) -> tauri::Result<PathBuf> {
        app.path().app_local_data_dir()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: &[&str]) -> Result<Launch, UsageError> {
        Launch::read(arguments.iter().map(OsString::from))
    }

    #[test]
    fn options_come_in_any_order() {
        let expected = Launch {
            store: Some("a".into()),
            demo: true,
        };
        assert_eq!(read(&["--demo", "--store", "a"]), Ok(expected.clone()));
        assert_eq!(read(&["--store", "a", "--demo"]), Ok(expected));
    }

    #[test]
    fn an_unknown_option_is_refused() {
        assert_eq!(read(&["--stor"]), Err(UsageError::Unknown));
        assert_eq!(read(&["--store"]), Err(UsageError::FolderMissing));
    }
}
