//! Where the hub is, and by which key it is known.
//!
//! # Invariants
//!
//! - **The office's word comes first**: what the admin who joined the hub wrote into the office's settings, which only
//!   members can write. Before it has arrived, the first hub that lets this device in is the one.
//! - **Another hub is another past**: places in feeds and receipts are forgotten.

use record::{DocKey, Kind};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::state;
use crate::App;
use crate::documents;
use crate::error::{AppError, ErrorCode, Result};
use crate::facts::said::{self, FIELDS, hex, unhex};
use crate::session::view::HubView;
use crate::write::put;

/// A hub as this device knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::exchange) struct Place {
    /// Scheme, host and port.
    pub(super) url: String,
    /// Its Ed25519 key, hexadecimal.
    key: String,
}

impl Place {
    pub(in crate::exchange) fn new(url: &str, key: &[u8; 32]) -> Self {
        Self {
            url: url.to_owned(),
            key: hex(key),
        }
    }
}

/// Scheme, host and port of an address as it was typed or pasted, in any width.
///
/// # Errors
/// [`ErrorCode::InvalidValue`].
pub(in crate::exchange) fn address(text: &str) -> Result<String> {
    let typed: String = domain::text::nfkc(text.trim());
    let invalid = || AppError::new(ErrorCode::InvalidValue).with("field", "url");
    let (scheme, rest) = typed.split_once("://").ok_or_else(invalid)?;
    let scheme = scheme.to_ascii_lowercase();
    let host = rest
        .split(['/', '?', '#'])
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let is_plain = !host.is_empty()
        && !host.contains('@')
        && !host.chars().any(|c| c.is_whitespace() || c.is_control());
    if is_plain && ["http", "https"].contains(&scheme.as_str()) {
        Ok(format!("{scheme}://{host}"))
    } else {
        Err(invalid())
    }
}

impl App {
    /// The hub that this device last talked to, where there is one.
    pub(super) fn own_hub(&mut self) -> Result<Option<Place>> {
        let kept = self.store.read(|reader| reader.device_state(state::HUB))?;
        Ok(kept
            .map(|bytes| serde_json::from_slice(&bytes))
            .transpose()?)
    }

    /// The hub that the office's settings name.
    fn office_hub(&mut self) -> Result<Option<Place>> {
        let key = self.settings_key();
        self.store.read(|reader| {
            if reader.document_in(&key.vault, &key.doc)?.is_none() {
                return Ok(None);
            }
            let document = documents::load(reader, key)?;
            let view = document.view(None);
            let url = said::string(&view, "hubUrl");
            let key = said::string(&view, "hubKey");
            Ok::<_, AppError>(url.zip(key).map(|(url, key)| Place { url, key }))
        })
    }

    fn settings_key(&self) -> DocKey {
        DocKey::new(
            Kind::Settings,
            self.identity.office_vault,
            self.identity.settings,
        )
    }

    fn hub(&mut self) -> Result<Option<Place>> {
        match self.office_hub()? {
            Some(place) => Ok(Some(place)),
            None => self.own_hub(),
        }
    }

    /// The hub of the office as it is shown, where one is known.
    pub(in crate::exchange) fn known_hub(&mut self) -> Result<Option<HubView>> {
        Ok(self.hub()?.map(|place| HubView { url: place.url }))
    }

    /// Which hub to call, and its key where it is known.
    pub(super) fn hub_to_call(&mut self, url: Option<&str>) -> Result<(String, Option<[u8; 32]>)> {
        let known = self.hub()?;
        let url = match (url, &known) {
            (Some(url), _) => address(url)?,
            (None, Some(place)) => place.url.clone(),
            (None, None) => return Err(ErrorCode::NoHub.into()),
        };
        // A key that is none pins nothing, and whoever wrote it may have wanted just that.
        let key = known.map(|place| unhex(&place.key).ok_or(ErrorCode::HubChanged));
        Ok((url, key.transpose()?))
    }

    /// Keeps where the hub is that let this device in.
    pub(super) fn keep_own_hub(&mut self, url: &str, key: &[u8; 32]) -> Result<()> {
        let before = self.own_hub()?;
        let place = Place::new(url, key);
        if before.as_ref() == Some(&place) {
            return Ok(());
        }
        let is_other = before.is_some_and(|before| before.key != place.key);
        self.store.transact(|tx| {
            if is_other {
                tx.forget_hub()?;
            }
            tx.put_device_state(state::HUB, &serde_json::to_vec(&place)?)?;
            Ok::<_, AppError>(())
        })
    }

    /// Tells all members of the office where its hub is.
    pub(super) fn keep_office_hub(&mut self, url: &str, key: &[u8; 32]) -> Result<()> {
        let settings = self.identity.settings;
        self.apply("hub.join", |w| {
            let edits = [
                put(FIELDS, "hubUrl", json!(url)),
                put(FIELDS, "hubKey", json!(hex(key))),
            ];
            w.edit(&settings, Kind::Settings, None, &edits)?;
            // Nobody leaves a hub by a key.
            w.steps.clear();
            Ok(())
        })?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::tests::founding;

    #[test]
    fn a_key_that_is_none_pins_no_other_hub() {
        let (mut app, _) = founding("佐藤", 5);
        let url = "http://hub.test";
        app.keep_office_hub(url, &[7; 32]).unwrap();
        assert_eq!(
            app.hub_to_call(None).unwrap(),
            (url.to_owned(), Some([7; 32]))
        );
        let settings = app.identity.settings;
        app.apply("test", |w| {
            let edit = put(FIELDS, "hubKey", json!("none"));
            w.edit(&settings, Kind::Settings, None, &[edit])
        })
        .unwrap();
        let refused = app.hub_to_call(None).unwrap_err();
        assert_eq!(refused.code, ErrorCode::HubChanged);
    }

    #[test]
    fn an_address_is_scheme_host_and_port() {
        for (typed, is) in [
            ("https://hub.example.jp", "https://hub.example.jp"),
            (
                " HTTPS://Hub.Example.jp:8443/ ",
                "https://hub.example.jp:8443",
            ),
            (
                "ｈｔｔｐ：／／１２７．０．０．１：８７８７",
                "http://127.0.0.1:8787",
            ),
            ("http://hub.local/v1/feed?x", "http://hub.local"),
        ] {
            assert_eq!(address(typed).unwrap(), is);
        }
        for typed in [
            "",
            "hub.example.jp",
            "ftp://hub",
            "https://",
            "https://a b",
            "https://me:pw@hub",
        ] {
            assert_eq!(address(typed).unwrap_err().code, ErrorCode::InvalidValue);
        }
    }
}
