//! What people do in the window again and again, in their words.

use std::{
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use thirtyfour::{By, Key, WebElement};

use crate::window::{PATIENCE, Start, Window, binary};

/// A passphrase that somebody thought up.
pub(crate) const OWN_WORDS: &str = "ほたるまう いちょうなみき みなとのかもめ ひざくら つきみのよる";

/// Nobody leaves the chair, and the passphrase costs no more than it must.
pub(crate) fn at_work() -> Start {
    let environment = [("MARUGOTO_KDF", "floor"), ("MARUGOTO_IDLE_SECONDS", "3600")];
    Start {
        environment: environment
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        ..Start::default()
    }
}

/// The command line over a store that no window has open.
pub(crate) fn marugoto(store: &Path, secret: &str) -> Command {
    let mut command = Command::new(binary().with_file_name("marugoto"));
    command
        .args(["--json", "--store"])
        .arg(store)
        .env("MARUGOTO_PASSPHRASE", secret)
        .env("MARUGOTO_KDF", "floor");
    command
}

/// Runs a command that must succeed, and gives what it said.
pub(crate) fn done(store: &Path, words: &[&str], paper: &str) -> Value {
    let mut command = marugoto(store, OWN_WORDS);
    let ended = command
        .args(words)
        .env("MARUGOTO_PAPER_KEY", paper)
        .output()
        .unwrap();
    assert!(ended.status.success(), "{words:?}: {ended:?}");
    serde_json::from_slice(&ended.stdout).unwrap_or_default()
}

/// An office of two, made by the command line. Gives the paper key.
pub(crate) fn office_of_two(
    store: &Path,
    colleague: &Path,
    office: &str,
    [first, second]: [&str; 2],
) -> String {
    let sheet = done(store, &["init", "--office", office, "--worker", first], "");
    let beside = |ending| store.with_extension(ending).display().to_string();
    let (request, approval) = (beside("mgr"), beside("mga"));
    let ask = ["device", "request", "--worker", second, "--out", &request];
    done(colleague, &ask, "");
    let approve = ["device", "approve", "--yes", "--out", &approval, &request];
    done(store, &approve, "");
    sheet["paperAdminKey"].as_str().unwrap().to_owned()
}

/// One step in the story of this window: until it answers with something.
async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(it) = look().await {
            return it;
        }
        assert!(begun.elapsed() < PATIENCE, "{what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

impl Window {
    /// The first element of this role whose name or text holds all these words, once it is there.
    pub(crate) async fn find_with(&self, role: &str, words: &[&str]) -> WebElement {
        let begun = Instant::now();
        loop {
            if let Some(found) = self.all_with(role, words).await.into_iter().next() {
                return found;
            }
            if begun.elapsed() > PATIENCE {
                let text = self.text().await;
                panic!("no {role} with {words:?} in:\n{text}");
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// All elements of this role whose name or text holds all these words now.
    pub(crate) async fn all_with(&self, role: &str, words: &[&str]) -> Vec<WebElement> {
        self.with_axe().await;
        match self
            .driver()
            .execute(HOLDING, vec![json!(role), json!(words)])
            .await
        {
            Ok(found) => found.elements().unwrap(),
            // The page changed under the search.
            Err(_) => Vec::new(),
        }
    }

    /// Clicks the first element of this role that holds these words.
    pub(crate) async fn press_with(&self, role: &str, words: &[&str]) {
        until(
            &format!("{role} with {words:?} cannot be clicked"),
            async || self.find_with(role, words).await.click().await.ok(),
        )
        .await;
    }

    /// Draws the page anew.
    pub(crate) async fn reload(&self) {
        self.script("window.before = true; location.reload()", vec![])
            .await;
        until("the page stays", async || {
            let gone = "return window.before === undefined && document.readyState === 'complete'";
            let answer = self.driver().execute(gone, vec![]).await;
            answer.is_ok_and(|it| it.json() == true).then_some(())
        })
        .await;
        self.painted().await;
    }

    /// Opens a place of the rail.
    pub(crate) async fn go(&self, place: &str) {
        self.press_with("link", &[place]).await;
        let here = "return [...document.querySelectorAll('nav a[aria-current=page]')]
            .some((it) => it.innerText.includes(arguments[0]))";
        until(&format!("「{place}」 does not open"), async || {
            let answer = self.driver().execute(here, vec![json!(place)]).await;
            answer.is_ok_and(|it| it.json() == true).then_some(())
        })
        .await;
    }

    /// Waits until a part of the page, found by role and name, shows these words.
    pub(crate) async fn part_shows(&self, role: &str, name: &str, words: &str) {
        let mut shown = String::new();
        let begun = Instant::now();
        while !shown.contains(words) {
            assert!(
                begun.elapsed() < PATIENCE,
                "「{words}」 does not appear in:\n{shown}"
            );
            shown = self.find(role, name).await.text().await.unwrap_or_default();
        }
    }

    /// Waits until this element has the keyboard.
    pub(crate) async fn focused(&self, role: &str, name: &str) {
        until(
            &format!("{role} 「{name}」 does not get the keyboard"),
            async || {
                let element = self.find(role, name).await;
                let has = "return document.activeElement === arguments[0]";
                let answer = self
                    .driver()
                    .execute(has, vec![element.to_json().ok()?])
                    .await;
                answer.is_ok_and(|it| it.json() == true).then_some(())
            },
        )
        .await;
    }

    /// The key that leaves a dialog. One whose pressed button has just gone takes the keyboard back with its next frame: no
    /// person is as fast.
    pub(crate) async fn escape(&self) {
        let begun = Instant::now();
        let is_there =
            "const open = [...document.querySelectorAll('[role=dialog], [role=alertdialog]')];
            return open.length === 0 || open.some((it) => it.contains(document.activeElement))";
        while self.script(is_there, Vec::new()).await != true
            && begun.elapsed() < Duration::from_secs(2)
        {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.keys(Key::Escape + "").await;
    }

    /// Waits until the text field with this label holds exactly this.
    pub(crate) async fn holds(&self, label: &str, text: &str) {
        let mut held = None;
        let begun = Instant::now();
        while held.as_deref() != Some(text) {
            assert!(
                begun.elapsed() < PATIENCE,
                "「{label}」 holds {held:?}, not 「{text}」"
            );
            held = self
                .find("textbox", label)
                .await
                .value()
                .await
                .ok()
                .flatten();
        }
    }

    /// Waits until no field has anything unsaved.
    pub(crate) async fn saved(&self) {
        for word in ["入力中", "保存しています"] {
            until(&format!("「{word}」 stays"), async || {
                (!self.text().await.contains(word)).then_some(())
            })
            .await;
        }
    }

    /// Holds the first keys while the last is pressed.
    pub(crate) async fn chord(&self, held: &[Key], last: impl Into<thirtyfour::TypingData>) {
        let mut chain = self.driver().action_chain();
        for key in held {
            chain = chain.key_down(key.clone());
        }
        chain = chain.send_keys(last);
        for key in held.iter().rev() {
            chain = chain.key_up(key.clone());
        }
        chain.perform().await.unwrap();
    }

    /// Takes an entry of a list of the system.
    pub(crate) async fn choose(&self, label: &str, entry: &str) {
        let list = self.find("combobox", label).await;
        let entries = list.find_all(By::Tag("option")).await.unwrap();
        for option in entries {
            if option.text().await.unwrap() == entry {
                option.click().await.unwrap();
                return;
            }
        }
        panic!("「{label}」 does not offer 「{entry}」");
    }

    /// Ticks a box: the keyboard does it, whatever is drawn for it.
    pub(crate) async fn tick(&self, name: &str) {
        let tickbox = self.find("checkbox", name).await;
        self.script("arguments[0].focus()", vec![tickbox.to_json().unwrap()])
            .await;
        self.keys(" ").await;
    }

    /// The words that are shown for reading out, in kana.
    pub(crate) async fn words(&self, label: &str) -> Vec<String> {
        let list = self.find("list", label).await;
        let script = "return [...arguments[0].querySelectorAll('li')].map((it) => it.innerText.trim().split(/\\s+/)[0])";
        let words = self.script(script, vec![list.to_json().unwrap()]).await;
        serde_json::from_value(words).unwrap()
    }

    /// Founds an office with generated words, and answers with them.
    pub(crate) async fn found_office(&self, office: &str, worker: &str) -> String {
        self.press_with("button", &["新しい事務所をつくる"]).await;
        self.fill("事務所の名前", office).await;
        self.fill("あなたの名前", worker).await;
        let secret = self.words("合いことば").await.join(" ");
        self.press("button", "事務所をつくる").await;
        self.find("heading", "復旧シート").await;
        secret
    }

    /// The paper is copied; on with the work.
    pub(crate) async fn leave_sheet(&self) {
        self.press("button", "書き写しました").await;
        self.gone("heading", "復旧シート").await;
    }

    /// Locks with one key, wherever the focus is.
    pub(crate) async fn lock(&self) {
        self.chord(&[Key::Control], "l").await;
        self.find("heading", "ロックされています").await;
    }

    /// Opens the store of this PC.
    pub(crate) async fn unlock(&self, secret: &str) {
        self.fill("合いことば", secret).await;
        self.keys(Key::Enter + "").await;
        self.find("button", "ロック").await;
    }

    /// Lets a laptop in: request, words compared on both sides, approval, words of the office.
    pub(crate) async fn let_in(&self, other: &Self, name: &str, stick: &Path) {
        let (request, approval) = (stick.join("request.mgr"), stick.join("approval.mga"));
        other.press_with("button", &["事務所に参加する"]).await;
        other.fill("あなたの名前", name).await;
        other.press("button", "自分で決める").await;
        other.fill("自分で決めた合いことば", OWN_WORDS).await;
        other.answer_dialogs_with(Some(&request));
        other.press("button", "申込みファイルを保存する").await;
        other.leave_sheet().await;

        self.go("受け渡し").await;
        self.answer_dialogs_with(Some(&request));
        self.press("button", "申込みファイルを開く").await;
        self.shows(&format!("{name}さんの端末が")).await;
        let shown = self
            .words("相手の端末のことば（6つとも同じか、読み合わせてください）")
            .await;
        assert_eq!(shown.len(), 6);
        assert_eq!(shown, other.words("この端末のことば").await);
        let office = self
            .words("この事務所のことば（相手の端末にも出ます。あとで読み合わせてください）")
            .await;
        self.tick("電話か対面で読み合わせて、同じことばだった")
            .await;
        self.answer_dialogs_with(Some(&approval));
        self.press("button", "承認ファイルを保存する").await;
        self.shows("承認ファイル「approval.mga」を保存しました。")
            .await;

        other.answer_dialogs_with(Some(&approval));
        other.press("button", "承認ファイルを取り込む").await;
        other.press("link", "事務所のことばを読み合わせる").await;
        assert_eq!(other.words("事務所のことば").await, office);
        other.press("button", "読み合わせて、同じだった").await;
        other.gone("link", "事務所のことばを読み合わせる").await;
    }

    /// Connects with the hub: the office's first laptop with a code, who comes later without.
    pub(crate) async fn joins(&self, url: &str, code: Option<&str>) {
        self.go("受け渡し").await;
        self.fill("アドレス", url).await;
        if let Some(code) = code {
            self.fill("招待コード", code).await;
        }
        self.press("button", "つなぐ").await;
        self.shows(&format!("つなぎ先：{url}")).await;
    }

    /// Writes a bundle for whoever reads it.
    pub(crate) async fn hand_over(&self, file: &Path) {
        self.go("受け渡し").await;
        self.answer_dialogs_with(Some(file));
        self.press("button", "持ち出しファイルを書き出す").await;
        let name = file.file_name().unwrap().to_string_lossy();
        self.shows(&format!("「{name}」に書き出しました。")).await;
    }

    /// Takes a bundle in; `said` is what the window says of it.
    pub(crate) async fn take_in(&self, file: &Path, said: &str) {
        self.go("受け渡し").await;
        self.answer_dialogs_with(Some(file));
        self.press("button", "取り込む").await;
        self.shows(said).await;
    }

    /// Opens a household from the list.
    pub(crate) async fn open_household(&self, name: &str) {
        self.go("世帯").await;
        self.press_with("row", &[name]).await;
        self.find("heading", name).await;
    }
}

const HOLDING: &str = "
    const [role, words] = arguments;
    axe.setup(document.documentElement);
    try {
        return [...document.body.querySelectorAll('*')].filter((it) => {
            if (axe.commons.aria.getRole(it) !== role || !axe.commons.dom.isVisibleToScreenReaders(it)) {
                return false;
            }
            const said = axe.commons.text.accessibleText(it) + ' ' + it.innerText;
            return words.every((word) => said.includes(word));
        });
    } finally {
        axe.teardown();
    }";
