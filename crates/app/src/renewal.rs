//! From what can be read of a damaged store, or from a backup: a fresh store in the place of the one that lies there.
//!
//! First it is made beside it, so that the person sees what is in it; then it is put in its place, or goes again.
//!
//! # Invariants
//!
//! - **What lay there is kept**, under a name with the day, and nothing in it is changed.
//! - **Until it is put in its place, nothing has changed.**

use std::path::{Path, PathBuf};

use domain::{Lang, Timestamp, Zone};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::Renewal;
use ts_rs::TS;

use crate::backup::{self, RestoreView};
use crate::environment::Environment;
use crate::error::Result;
use crate::exchange::restored;
use crate::session::Opener;
use crate::verify::{self, RecoverView};

/// A fresh store, made and locked, that nobody has chosen yet.
#[derive(Debug)]
pub struct Prepared(Renewal);

/// Where the store is that lay there before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, optional_fields)]
pub struct PlacedView {
    /// Its folder; nothing where nothing lay there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept: Option<String>,
}

/// Saves what can be read of the store in `place` into a fresh one beside it.
///
/// # Errors
/// As [`verify::recover`]. Nothing was changed then.
pub fn recover<'a>(
    place: &Path,
    opener: impl Into<Opener<'a>>,
    environment: Box<dyn Environment>,
) -> Result<(Prepared, RecoverView)> {
    let renewal = Renewal::begin(place)?;
    let view = verify::recover(place, renewal.folder(), opener, environment)?;
    Ok((Prepared(renewal), view))
}

/// Makes a store from a backup beside `place`. What the store in `place` knows of erasures, as far as it can be read, holds in
/// the fresh one at once.
///
/// # Errors
/// As [`backup::restore`]. Nothing was changed then.
pub fn restore<'a>(
    file: &Path,
    place: &Path,
    opener: impl Into<Opener<'a>>,
    lang: Lang,
    environment: fn() -> Box<dyn Environment>,
) -> Result<(Prepared, RestoreView)> {
    let renewal = Renewal::begin(place)?;
    let opener = opener.into();
    let view = backup::restore(file, renewal.folder(), opener, lang, environment)?;
    restored::heed(place, renewal.folder(), opener, environment())?;
    Ok((Prepared(renewal), view))
}

impl Prepared {
    /// Puts the fresh store in its place, and keeps what lay there.
    ///
    /// # Errors
    /// [`ErrorCode::StoreInUse`](crate::ErrorCode::StoreInUse), and when the disk fails. What was in the place is there
    /// still.
    pub fn put_in_place(self, environment: &mut dyn Environment) -> Result<PlacedView> {
        let kept = self.0.put_in_place(&minute(environment.now()))?;
        Ok(PlacedView {
            kept: kept.map(|path| shown(&path)),
        })
    }
}

/// Ends what a power cut left half done at `place`, as [`store::settle`].
///
/// # Errors
/// When the disk fails.
pub fn settle(place: &Path) -> Result<()> {
    Ok(store::settle(place)?)
}

/// The minute as a part of a folder's name, `2026-11-27-1035`.
fn minute(now: i64) -> String {
    let text = Zone::TOKYO.rfc3339(Timestamp::from_millis(now));
    let (day, time) = text.split_once('T').unwrap_or((&text, ""));
    let time: String = time.chars().filter(char::is_ascii_digit).take(4).collect();
    format!("{day}-{time}")
}

fn shown(path: &Path) -> String {
    let whole: PathBuf = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    whole.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::view::FoundOffice;
    use crate::session::{self, Cost, Rules, Unlocked};
    use crate::{Fixed, ops};
    use serde_json::json;

    const WORDS: &str = "みず そら やま かわ もり うみ つき";

    fn environment() -> Box<dyn Environment> {
        Box::new(Fixed::new(1_795_396_500_000, 7))
    }

    fn office(place: &Path) {
        let request = FoundOffice {
            office: "みほん市".to_owned(),
            worker: "佐藤".to_owned(),
            role: "worker".to_owned(),
            passphrase: WORDS.to_owned(),
        };
        let found = session::found(place, &request, Cost::Floor, Rules::Kept, environment());
        let (mut app, _) = found.unwrap();
        add(&mut app, "みほん家");
        app.lock().unwrap();
    }

    fn add(app: &mut crate::App, name: &str) {
        ops::call(app, "household.create", json!({ "name": name })).unwrap();
    }

    fn open(place: &Path) -> crate::App {
        match session::unlock(place, WORDS, environment()).unwrap() {
            Unlocked::Open(app) => *app,
            Unlocked::Waiting(_) => panic!("waits"),
        }
    }

    fn households(place: &Path) -> Vec<String> {
        let mut app = open(place);
        let view = ops::call(&mut app, "household.list", json!({}))
            .unwrap()
            .value;
        app.lock().unwrap();
        let items = view["items"].as_array().unwrap();
        let name = |item: &serde_json::Value| item["name"].as_str().unwrap().to_owned();
        items.iter().map(name).collect()
    }

    #[test]
    fn a_damaged_store_is_mended_in_its_place_and_the_damaged_one_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("1");
        office(&place);
        let mut broken = std::fs::read(place.join("store.db")).unwrap();
        broken[16..4096].iter_mut().for_each(|byte| *byte ^= 0x55);
        std::fs::write(place.join("store.db"), &broken).unwrap();
        assert!(session::unlock(&place, WORDS, environment()).is_err());

        // Looking changes nothing.
        let (prepared, view) = recover(&place, WORDS, environment()).unwrap();
        assert_eq!(view.saved.get("case"), Some(&1));
        assert!(session::unlock(&place, WORDS, environment()).is_err());
        drop(prepared);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);

        let (prepared, _) = recover(&place, WORDS, environment()).unwrap();
        let placed = prepared.put_in_place(&mut *environment()).unwrap();
        let kept = folder.path().join("1-kept-2026-11-23-1015");
        assert_eq!(placed.kept.as_deref(), kept.to_str());
        assert_eq!(std::fs::read(kept.join("store.db")).unwrap(), broken);
        assert_eq!(households(&place), ["みほん家"]);
    }

    #[test]
    fn a_backup_takes_the_place_of_a_store_that_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("1");
        office(&place);
        let file = folder.path().join("back.mgbackup");
        let mut app = open(&place);
        app.back_up(&file).unwrap();
        add(&mut app, "あと家");
        app.lock().unwrap();

        let restored = || restore(&file, &place, WORDS, Lang::Ja, environment);
        // Whoever works in the store keeps it.
        let (prepared, view) = restored().unwrap();
        assert_eq!((view.ok, view.households), (true, 1));
        let mut app = open(&place);
        let refused = prepared.put_in_place(&mut *environment()).unwrap_err();
        assert_eq!(refused.code, crate::ErrorCode::StoreInUse);
        add(&mut app, "もっとあと家");
        app.lock().unwrap();

        let (prepared, _) = restored().unwrap();
        let placed = prepared.put_in_place(&mut *environment()).unwrap();
        assert_eq!(households(&place), ["みほん家"]);
        let kept = PathBuf::from(placed.kept.unwrap());
        assert_eq!(households(&kept).len(), 3, "nothing is lost by it");
    }

    #[test]
    fn a_wrong_secret_or_a_cut_backup_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("1");
        office(&place);
        let file = folder.path().join("back.mgbackup");
        let mut app = open(&place);
        app.back_up(&file).unwrap();
        app.lock().unwrap();
        assert!(recover(&place, "ちがう", environment()).is_err());
        assert!(restore(&file, &place, "ちがう", Lang::Ja, environment).is_err());
        let whole = std::fs::read(&file).unwrap();
        std::fs::write(&file, &whole[..whole.len() / 2]).unwrap();
        assert!(restore(&file, &place, WORDS, Lang::Ja, environment).is_err());
        let mut names: Vec<_> = std::fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        names.sort();
        assert_eq!(names, ["1", "back.mgbackup"]);
        assert_eq!(households(&place), ["みほん家"]);
    }
}
