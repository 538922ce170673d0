//! Every screen in both languages: accessible, inside the window, and a picture of it for whoever wants to look.

mod lost;
mod narrow;

use std::path::Path;

use serde_json::{Value, json};
use thirtyfour::{By, Key};

use crate::{
    steps::{OWN_WORDS, at_work, marugoto},
    window::{Start, Window},
};

/// Somebody who looks at one screen after the other in one language, and tells at the end what is wrong.
struct Visitor {
    window: Window,
    lang: &'static str,
    words: Value,
    wrong: Vec<String>,
}

impl Visitor {
    /// Begins on the first screen, in this language.
    async fn come(lang: &'static str, store: Option<&Path>) -> Self {
        let mut start = at_work();
        let window = match store {
            Some(store) => Window::start_with(store, start).await,
            None => {
                start.options = Start::demo().options;
                let nowhere = tempfile::tempdir().unwrap();
                // みほん市 lies beside the stores of this PC, whatever else was named.
                Window::start_with(&nowhere.path().join("none"), start).await
            }
        };
        let file =
            Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../ui/src/i18n/{lang}.json"));
        let visitor = Self {
            window,
            lang,
            words: serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap(),
            wrong: Vec::new(),
        };
        if store.is_none() {
            visitor.window.find("button", "相談を受ける").await;
            visitor.window.go("設定").await;
            if lang == "en" {
                visitor.window.press("radio", "English").await;
            }
            visitor.go("nav.today").await;
        } else if lang == "en" {
            visitor.window.press("button", "English").await;
        }
        visitor
    }

    /// The words on the screen for a key such as `nav.today`, up to the first gap.
    fn t(&self, key: &str) -> String {
        let mut at = &self.words;
        for part in key.split('.') {
            at = &at[part];
        }
        let words = at.as_str().unwrap_or_else(|| panic!("no words for {key}"));
        words.split("{{").next().unwrap().trim().to_owned()
    }

    async fn press(&self, role: &str, key: &str) {
        self.window.press_with(role, &[&self.t(key)]).await;
    }

    async fn find(&self, role: &str, key: &str) {
        self.window.find_with(role, &[&self.t(key)]).await;
    }

    async fn go(&self, key: &str) {
        self.window.go(&self.t(key)).await;
    }

    async fn call(&self, command: &str, args: Value) -> Value {
        self.window.call(command, args).await.unwrap()["value"].clone()
    }

    /// A household from the list. Gives its id.
    async fn open(&self, name: &str) -> Value {
        self.press("link", "nav.households").await;
        self.window.press_with("row", &[name]).await;
        self.window.find("heading", name).await;
        let id = "return location.hash.split('/')[2]";
        self.window.script(id, vec![]).await
    }

    /// The section of a page whose heading has this id.
    async fn scroll_to(&self, heading: &str) {
        let there = "document.getElementById(arguments[0]).scrollIntoView();";
        self.window.script(there, vec![json!(heading)]).await;
    }

    /// Shows the areas that are folded at first.
    async fn press_unfold(&self) {
        // The words before the number.
        self.press("button", "assessment.unfold").await;
    }

    /// Names the newest note of the household as what the chosen cell rests on.
    async fn rests_on_a_note(&self) {
        let label = self.t("assessment.evidence");
        let list = self.window.find("combobox", &label).await;
        let notes = list.find_all(By::Tag("option")).await.unwrap();
        notes[1].click().await.unwrap();
        self.window.find("list", &label).await;
    }

    /// Looks: nothing sticks out, nothing shuts anybody out.
    async fn look(&mut self, name: &str) {
        let name = format!("{}-{name}", self.lang);
        self.window.screenshot(&name).await;
        let broken = self.window.axe().await;
        self.wrong
            .extend(broken.into_iter().map(|it| format!("{name}: {it}")));
        let outside = self.window.script(OUTSIDE, vec![]).await;
        for it in outside.as_array().unwrap() {
            self.wrong.push(format!("{name}: outside the window: {it}"));
        }
    }

    async fn leave(self) {
        assert!(self.wrong.is_empty(), "{}", self.wrong.join("\n"));
        self.window.close().await;
    }
}

/// What is drawn beside the window and cannot be scrolled to.
const OUTSIDE: &str = "
    const reachable = (it) => {
        for (let at = it.parentElement; at !== null; at = at.parentElement) {
            if (['auto', 'scroll', 'hidden', 'clip'].includes(getComputedStyle(at).overflowX)) {
                return true;
            }
        }
        return false;
    };
    return [...document.body.querySelectorAll('*')]
        .filter((it) => {
            const { left, right, width } = it.getBoundingClientRect();
            return width > 1 && (right > innerWidth + 1 || left < -1) && !reachable(it);
        })
        .map((it) => it.outerHTML.slice(0, 120));";

async fn in_front_of_the_lock(lang: &'static str) {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let mut visitor = Visitor::come(lang, Some(&at("store"))).await;
    visitor.look("first-run").await;
    visitor.press("button", "first.join").await;
    visitor.find("heading", "join.title").await;
    visitor.look("join").await;
    visitor.press("button", "common.back").await;
    visitor.press("button", "first.found").await;
    let (office, worker) = (visitor.t("found.office"), visitor.t("found.worker"));
    visitor.window.fill(&office, "みほん市 ふくし課").await;
    visitor.window.fill(&worker, "佐藤 一子").await;
    visitor.look("found").await;
    visitor.press("button", "passphrase.useOwn").await;
    let own = visitor.t("passphrase.own");
    visitor.window.fill(&own, "さくら").await;
    visitor.find("status", "strength.tooShort").await;
    visitor.look("found-weak").await;
    visitor.window.fill(&own, OWN_WORDS).await;
    visitor.press("button", "found.make").await;
    visitor.find("heading", "sheet.title").await;
    visitor.look("recovery-sheet").await;
    visitor.press("button", "sheet.done").await;

    // Nothing is there yet; every screen says what it is for.
    visitor.find("button", "today.intake").await;
    visitor.look("today-empty").await;
    for (place, name) in [
        ("nav.intakes", "intakes-empty"),
        ("nav.households", "households-empty"),
        ("nav.twoViews", "two-views-empty"),
        ("nav.exchange", "exchange-empty"),
    ] {
        visitor.go(place).await;
        visitor.look(name).await;
    }
    nine(&mut visitor).await;

    visitor.window.chord(&[Key::Control], "l").await;
    visitor.find("heading", "unlock.title").await;
    visitor.look("unlock").await;
    let passphrase = visitor.t("unlock.passphrase");
    visitor.window.fill(&passphrase, "ちがう ことば").await;
    visitor.window.keys(Key::Enter + "").await;
    visitor.window.find("alert", "").await;
    visitor.look("unlock-refused").await;
    visitor.press("button", "unlock.useShares").await;
    visitor.find("heading", "escrow.openTitle").await;
    visitor.look("unlock-shares").await;
    visitor.press("button", "unlock.usePassphrase").await;
    visitor.press("button", "unlock.restore").await;
    visitor.press("button", "unlock.useShares").await;
    visitor.find("heading", "renew.backup").await;
    visitor.look("restore-shares").await;
    visitor.leave().await;

    let mut visitor = Visitor::come(lang, Some(&at("joining"))).await;
    visitor.press("button", "first.join").await;
    let worker = visitor.t("found.worker");
    visitor.window.fill(&worker, "田中 次郎").await;
    visitor.window.answer_dialogs_with(Some(&at("request.mgr")));
    visitor.press("button", "join.saveRequest").await;
    visitor.press("button", "sheet.done").await;
    visitor.find("heading", "waiting.title").await;
    visitor.look("waiting").await;
    visitor.press("button", "waiting.useShares").await;
    visitor.find("heading", "escrow.enterTitle").await;
    visitor.look("enter-shares").await;
    visitor.leave().await;
}

/// A household of nine, with a name that never ends and letters that few fonts have, on the smallest screen.
async fn nine(visitor: &mut Visitor) {
    let household = visitor
        .call("household_create", json!({ "name": "寿限無家" }))
        .await["id"]
        .clone();
    let long = "寿限無寿限無五劫の擦り切れ海砂利水魚の水行末雲来末風来末食う寝る処に住む処";
    for (family, given, birth) in [
        ("寿限無", long, "S19.5.3"),
        ("𠮷野家", "𩸽", "S44.1.1"),
        ("葛\u{E0100}城", "邉\u{E0101}", "H12.12.31"),
        ("渡邉", "髙子", "30代"),
        ("Nguyễn", "Thị Minh Khai", "1988/2/29"),
        ("محمد", "علي", "60代"),
        ("", "", ""),
        ("寿限無", "ポンポコピー", "R2.2.2"),
        ("寿限無", "ポンポコナー", "R6.6.6"),
    ] {
        let mut member =
            json!({ "householdId": household, "familyName": family, "givenName": given });
        if !birth.is_empty() {
            member["birth"] = json!(birth);
        }
        visitor.call("member_add", member).await;
    }
    visitor
        .call(
            "assessment_start",
            json!({ "householdId": household, "pack": "marugoto-household" }),
        )
        .await;
    visitor
        .window
        .driver()
        .set_window_rect(0, 0, 1280, 720)
        .await
        .unwrap();
    // The page was not told, for nobody wrote in it.
    visitor.window.reload().await;
    visitor.open("寿限無家").await;
    visitor.look("nine-overview").await;
    visitor.press("link", "household.members").await;
    visitor.look("nine-members").await;
    visitor.press("link", "household.table").await;
    visitor.find("grid", "household.table").await;
    visitor.look("nine-table").await;
    visitor.press_unfold().await;
    visitor.look("nine-table-unfolded").await;
    visitor.press("link", "nav.households").await;
    visitor.look("nine-households").await;
    visitor
        .window
        .driver()
        .set_window_rect(0, 0, 1280, 800)
        .await
        .unwrap();
}

const HOME: &str = "見本田さんの世帯";

async fn behind_the_lock(lang: &'static str) {
    let folder = tempfile::tempdir().unwrap();
    let mut visitor = Visitor::come(lang, None).await;
    visitor.find("button", "today.intake").await;
    visitor.look("today").await;

    visitor.window.keys("m").await;
    let memo = visitor.t("today.memo");
    visitor.window.focused("textbox", &memo).await;
    visitor.window.keys("大家さんへ折り返す").await;
    visitor.look("memo").await;
    visitor.window.escape().await;
    visitor.window.keys("n").await;
    visitor.find("dialog", "intake.title").await;
    visitor.look("intake").await;
    visitor.window.keys("回覧板の件で電話。").await;
    visitor.window.keys(Key::Enter + "").await;
    visitor.find("button", "intake.makeHousehold").await;
    let received = visitor.t("intake.received");
    visitor.window.find("textbox", &received).await;
    visitor.look("intake-saved").await;
    visitor.window.escape().await;
    visitor.go("nav.intakes").await;
    visitor
        .window
        .find_with("link", &["回覧板の件で電話。"])
        .await;
    visitor.look("intakes").await;
    visitor
        .window
        .press_with("link", &["回覧板の件で電話。"])
        .await;
    visitor.find("button", "intake.closeDo").await;
    visitor.look("intake-page").await;
    visitor.go("nav.households").await;
    visitor.window.find_with("row", &[HOME]).await;
    visitor.look("households").await;
    find_households(&mut visitor).await;

    household(&mut visitor).await;
    look_back(&mut visitor).await;
    restricted(&mut visitor).await;
    kin(&mut visitor).await;
    handing_over(&mut visitor).await;

    visitor.go("nav.twoViews").await;
    visitor.press("button", "twoViews.take").await;
    visitor.find("status", "twoViews.decided").await;
    visitor.look("two-views").await;
    visitor.go("nav.exchange").await;
    visitor.look("exchange").await;
    let request = folder.path().join("request.mgr");
    marugoto(&folder.path().join("new"), OWN_WORDS)
        .args(["device", "request", "--worker", "田中 次郎", "--out"])
        .arg(&request)
        .output()
        .unwrap();
    visitor.window.answer_dialogs_with(Some(&request));
    visitor.press("button", "approve.open").await;
    visitor.find("button", "approve.save").await;
    visitor.look("approve").await;
    erasing(&mut visitor).await;
    visitor.go("nav.settings").await;
    visitor.look("settings").await;
    visitor.scroll_to("set-keys").await;
    visitor.press("button", "keys.now").await;
    visitor.find("status", "keys.done").await;
    visitor.look("key-renewal").await;
    escrow(&mut visitor).await;
    visitor.press("link", "audit.open").await;
    visitor.find("heading", "audit.title").await;
    visitor.find("link", "audit.back").await;
    visitor.look("audit").await;

    visitor.window.chord(&[Key::Control], "k").await;
    visitor.find("combobox", "search.title").await;
    visitor.look("search").await;
    visitor.window.keys("mihon").await;
    visitor.window.find_with("option", &["見本田"]).await;
    visitor.look("search-hits").await;
    visitor.window.keys("ぬぬぬ").await;
    visitor.window.find_with("status", &["ぬぬぬ"]).await;
    visitor.look("search-none").await;
    visitor.window.escape().await;
    visitor.press("button", "key.help").await;
    visitor.find("dialog", "keyHelp.title").await;
    visitor.look("keys").await;
    visitor.window.escape().await;
    visitor.press("button", "shell.hide").await;
    visitor.find("dialog", "blank.title").await;
    visitor.look("hidden").await;
    visitor.window.keys(Key::Enter + "").await;
    visitor.leave().await;
}

/// A new escrow: whose shares, the share itself, what is asked back.
async fn escrow(visitor: &mut Visitor) {
    visitor.scroll_to("set-escrow").await;
    visitor.look("escrow").await;
    visitor.press("button", "escrow.make").await;
    visitor.find("dialog", "escrow.makeTitle").await;
    visitor.look("escrow-names").await;
    for (n, name) in [(1, "所長"), (2, "総務課長"), (3, "中央センター長")] {
        let label = format!("{} {n}", visitor.t("escrow.holder"));
        let label = match visitor.lang {
            "ja" => label.replace(' ', ""),
            _ => label,
        };
        visitor.window.fill(&label, name).await;
    }
    visitor.press("button", "escrow.show").await;
    visitor.find("button", "escrow.copied").await;
    visitor.look("escrow-share").await;
    visitor.press("button", "escrow.copied").await;
    visitor.find("button", "escrow.askDone").await;
    visitor.look("escrow-asked").await;
    visitor.window.escape().await;
}

/// Who erases, what is drawn up, and a note that goes to another household.
async fn erasing(visitor: &mut Visitor) {
    let household = visitor.open(HOME).await;
    visitor.press("link", "household.history").await;
    visitor.press("button", "erase.open").await;
    visitor.find("dialog", "erase.title").await;
    visitor.look("erase").await;
    visitor.window.escape().await;
    let order = json!({
        "householdId": household, "reason": "保存期間の満了", "basis": "文書管理規程 第12条", "askedBy": "見本 さくら",
    });
    visitor.call("erase_propose", order).await;
    visitor.go("nav.exchange").await;
    visitor.scroll_to("ex-erasures").await;
    visitor.look("erasures").await;
    visitor.open(HOME).await;
    visitor.press("link", "household.timeline").await;
    visitor.window.press_with("link", &["見本 さくら"]).await;
    visitor.press("button", "note.move").await;
    visitor.find("combobox", "note.moveTo").await;
    visitor.look("move-note").await;
}

/// The list beside its rows: a look inside, what is near where nothing fits, a filter that is kept.
async fn find_households(visitor: &mut Visitor) {
    visitor.window.keys(Key::Down + "").await;
    visitor.window.keys(" ").await;
    visitor.find("complementary", "list.peek").await;
    visitor.look("households-peek").await;
    visitor.window.escape().await;
    visitor
        .window
        .gone("complementary", &visitor.t("list.peek"))
        .await;

    let (filter, stage) = (visitor.t("list.filter"), visitor.t("household.stage"));
    let paused = if visitor.lang == "ja" {
        "中断"
    } else {
        "Interrupted"
    };
    visitor.window.choose(&stage, paused).await;
    // A slip of the ear, and a stage that the household is not in.
    for (text, heading, name) in [
        ("みぼんだ", "search.guesses", "households-alike"),
        ("見本田", "list.elsewhere", "households-elsewhere"),
    ] {
        let field = visitor.window.find("searchbox", &filter).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
        visitor.find("heading", heading).await;
        visitor.window.find_with("link", &["見本田"]).await;
        visitor.look(name).await;
    }
    visitor.press("button", "list.keep").await;
    let (name, mine) = (visitor.t("list.keepName"), "見本田さん・中断");
    visitor.window.fill(&name, mine).await;
    visitor.press("button", "list.keepDo").await;
    visitor.window.find_with("button", &[mine]).await;
    visitor.look("households-saved").await;
    visitor.press("button", "list.forget").await;
    visitor.find("button", "list.keep").await;
    visitor.press("link", "nav.today").await;
}

/// The pages of a household and what one does there stand in one row.
async fn in_one_row(visitor: &Visitor) {
    let rows = async || {
        let rows = visitor.window.script(ROWS, vec![]).await;
        rows.as_u64().unwrap()
    };
    assert_eq!(rows().await, 1, "{}", visitor.lang);
    // Red control: a name that is too long is seen, and moves the pages only.
    let long =
        "const tab = document.querySelector('.hh-tabs a'); tab.dataset.was = tab.textContent;
        tab.textContent += '…'.repeat(200);";
    visitor.window.script(long, vec![]).await;
    assert!(rows().await > 1);
    let back =
        "const tab = document.querySelector('.hh-tabs a'); tab.textContent = tab.dataset.was;";
    visitor.window.script(back, vec![]).await;
}

/// In how many rows the links and buttons above the page of a household stand.
const ROWS: &str = "
    const middles = [...document.querySelectorAll('.hh-bar a, .hh-bar button')].map((it) => {
        const { top, bottom } = it.getBoundingClientRect();
        return (top + bottom) / 2;
    });
    return new Set(middles.map((it) => Math.round((it - Math.min(...middles)) / 24))).size;";

async fn household(visitor: &mut Visitor) {
    visitor.open(HOME).await;
    in_one_row(visitor).await;
    visitor.find("heading", "standing.title").await;
    visitor.look("household").await;
    visitor.window.keys("m").await;
    visitor.find("dialog", "member.addTitle").await;
    let birth = visitor.t("member.birth");
    visitor.window.fill(&birth, "S64.1.8").await;
    visitor.window.find_with("dialog", &["1"]).await;
    visitor.look("member-add").await;
    visitor.window.escape().await;
    visitor.press("link", "household.members").await;
    visitor.window.press_with("button", &["見本田"]).await;
    let phone = visitor.t("member.phone");
    visitor.window.find("textbox", &phone).await;
    visitor.look("members").await;
    visitor.press("link", "household.timeline").await;
    visitor.find("region", "household.timeline").await;
    visitor.look("timeline").await;
    visitor
        .window
        .press_with("link", &["突っぱり式の手すりを"])
        .await;
    let text = visitor.t("note.text");
    visitor.window.focused("textbox", &text).await;
    visitor.press("button", "composer.open").await;
    visitor.find("button", "composer.add").await;
    visitor.look("note").await;
    visitor.press("link", "household.table").await;
    visitor.find("grid", "household.table").await;
    visitor.look("table").await;
    visitor.press_unfold().await;
    let both = [visitor.t("twoViews.name")];
    let both = both.each_ref().map(String::as_str);
    visitor.window.press_with("gridcell", &both).await;
    visitor.look("table-two-views").await;
    visitor.rests_on_a_note().await;
    let (compare, day) = (
        visitor.t("assessment.compare"),
        visitor.t("assessment.compareDay"),
    );
    visitor.window.choose(&compare, &day).await;
    let on = visitor.t("assessment.compareOn");
    visitor.window.fill(&on, "-100").await;
    visitor.window.keys(Key::Enter + "").await;
    let was = visitor.t("assessment.was");
    visitor.window.find_with("gridcell", &[&was]).await;
    visitor.look("table-compared").await;
    visitor.press("link", "assessment.others").await;
    visitor.find("heading", "assessment.start").await;
    visitor.look("rounds").await;
    let checklist = if visitor.lang == "ja" {
        "基本チェックリスト"
    } else {
        "hecklist"
    };
    visitor.window.press_with("button", &[checklist]).await;
    visitor.find("complementary", "checklist.scores").await;
    visitor.look("checklist").await;
    visitor.press("link", "household.history").await;
    visitor.find("columnheader", "history.when").await;
    visitor.look("history").await;
}

/// A note for two readers: how it is begun, where it stands for them, and who they are.
async fn restricted(visitor: &mut Visitor) {
    visitor.open(HOME).await;
    visitor.press("link", "note.new").await;
    visitor.press("button", "restricted.choose").await;
    visitor.find("toolbar", "restricted.chooseWho").await;
    visitor.look("restricted-choose").await;
    let household = visitor
        .call("household_list", json!({ "query": HOME }))
        .await["items"][0]["id"]
        .clone();
    let readers = visitor
        .call("access_list", json!({ "householdId": household }))
        .await;
    let others: Vec<Value> = readers["readers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|reader| reader["worker"]["id"].clone())
        .collect();
    let note = json!({ "householdId": household, "text": "避難先のこと", "restrictTo": others });
    visitor.call("note_create", note).await;
    // The page was not told, for nobody wrote in it.
    visitor.window.reload().await;
    visitor.open(HOME).await;
    visitor.find("heading", "restricted.count").await;
    visitor.look("restricted").await;
    visitor.press("link", "restricted.access.tab").await;
    visitor.find("heading", "restricted.access.title").await;
    visitor.look("access").await;
}

/// A household entered twice, linked; a member who moves; a shielded address; restricted from the beginning.
async fn kin(visitor: &mut Visitor) {
    let twin = json!({ "name": "やまだ（電話受付）" });
    let twin = visitor.call("household_create", twin).await["id"].clone();
    let own = visitor
        .call("household_list", json!({ "query": HOME }))
        .await["items"][0]["id"]
        .clone();
    for household in [&own, &twin] {
        let double = json!({ "householdId": household, "familyName": "見本", "givenName": "春子",
            "familyKana": "ミホン", "givenKana": "ハルコ", "birth": "S35.1.8", "phone": "000-1111-2222" });
        visitor.call("member_add", double).await;
    }
    let note = json!({ "householdId": twin, "text": "電話で話を聞いた。" });
    visitor.call("note_create", note).await;
    visitor.window.reload().await;
    visitor.go("nav.today").await;
    visitor.find("heading", "kin.maybe").await;
    visitor.look("today-kin").await;
    visitor.open(HOME).await;
    visitor.find("heading", "kin.maybe").await;
    visitor.look("kin-offer").await;
    visitor.press("button", "kin.sameHousehold").await;
    visitor.find("heading", "kin.head").await;
    visitor.look("kin-linked").await;
    visitor.press("link", "household.timeline").await;
    visitor.find("region", "household.timeline").await;
    visitor.look("kin-timeline").await;
    visitor.press("link", "household.members").await;
    visitor.window.press_with("button", &["春子"]).await;
    visitor.press("button", "move.open").await;
    visitor.find("button", "move.do").await;
    visitor.look("move").await;
    visitor.window.escape().await;
    visitor.press("button", "shield.do").await;
    visitor.find("dialog", "shield.title").await;
    let phone = visitor.t("field.phone");
    visitor.window.press("button", &phone).await;
    visitor.find("note", "shield.before").await;
    visitor.look("shield").await;
    visitor.window.escape().await;
    visitor.press("link", "restricted.access.tab").await;
    visitor
        .press("button", "restricted.continueHousehold")
        .await;
    visitor.find("dialog", "restricted.continueHousehold").await;
    visitor.look("restrict-household").await;
    visitor.window.escape().await;
}

/// A household that is offered to a colleague, one that a colleague offers, a cover that runs and one that is over.
async fn handing_over(visitor: &mut Visitor) {
    visitor.open(HOME).await;
    visitor.press("button", "handover.offer").await;
    visitor.find("dialog", "handover.offer").await;
    visitor.look("handover-offer").await;
    visitor.window.escape().await;

    let me = visitor
        .window
        .call("session_status", json!({}))
        .await
        .unwrap()["worker"]
        .clone();
    let list = visitor
        .call("household_list", json!({ "limit": 500 }))
        .await;
    let rows = list["items"].as_array().unwrap();
    let (own, foreign) = (rows[0].clone(), rows[1].clone());
    let readers = json!({ "householdId": own["id"] });
    let readers = visitor.call("access_list", readers).await["readers"].clone();
    let others = readers.as_array().unwrap().iter();
    let colleague = others
        .map(|reader| reader["worker"]["id"].clone())
        .find(|worker| *worker != me["id"])
        .unwrap();
    let lead = json!({ "id": foreign["id"], "field": "leadWorkerId", "value": colleague });
    visitor.call("household_update", lead).await;
    let words = "大きな声を出さない。庭の花の話から入る。";
    for (household, to) in [(&own, &colleague), (&foreign, &me["id"])] {
        let words = json!({ "householdId": household["id"], "avoid": words });
        let offer = json!({ "households": [words], "toWorkerId": to });
        visitor.call("handover_offer", offer).await;
    }
    let day = async |text: &str| {
        let read = json!({ "text": text, "direction": "future" });
        visitor.call("date_read", read).await["iso"].clone()
    };
    let (before, after) = (day("-300").await, day("+3").await);
    let cover = json!({ "workerId": colleague, "covererId": me["id"], "until": after });
    visitor.call("cover_start", cover).await;
    let over = json!({ "covererId": colleague, "from": before, "until": after });
    let over = visitor.call("cover_start", over).await;
    visitor.call("cover_end", json!({ "id": over["id"] })).await;

    // The page was not told, for nobody wrote in it.
    visitor.window.reload().await;
    visitor.go("nav.today").await;
    visitor.find("list", "handover.page").await;
    visitor.look("today-handover").await;
    visitor.press("link", "cover.away").await;
    visitor.find("button", "cover.read").await;
    visitor.look("away").await;
    visitor.press("button", "cover.read").await;
    visitor.find("button", "today.intake").await;
    visitor.open(foreign["name"].as_str().unwrap()).await;
    visitor.find("button", "handover.accept").await;
    visitor.look("handover-household").await;
    visitor.press("button", "handover.decline").await;
    visitor.find("dialog", "handover.declineTitle").await;
    visitor.look("handover-decline").await;
    visitor.window.escape().await;
    visitor.go("nav.households").await;
    visitor.press("button", "handover.pick").await;
    visitor.press("button", "handover.allMine").await;
    visitor.look("households-choose").await;
    visitor.press("link", "handover.page").await;
    visitor.find("button", "cover.end").await;
    visitor.look("handovers").await;
    visitor.press("button", "cover.start").await;
    visitor.find("dialog", "cover.start").await;
    visitor.look("cover-start").await;
    visitor.window.escape().await;
}

async fn look_back(visitor: &mut Visitor) {
    visitor.press("button", "past.look").await;
    let day = visitor.t("past.day");
    visitor.window.fill(&day, "-30").await;
    visitor.window.find_with("status", &["20"]).await;
    visitor.look("past-choose").await;
    visitor.window.keys(Key::Enter + "").await;
    visitor.find("note", "past.readOnly").await;
    visitor.press("link", "household.overview").await;
    visitor.look("past-household").await;
    visitor.press("link", "household.table").await;
    visitor.find("grid", "household.table").await;
    visitor.look("past-table").await;
    visitor.press("link", "past.back").await;
}

#[tokio::test]
async fn every_screen_in_front_of_the_lock_is_whole_in_japanese() {
    in_front_of_the_lock("ja").await;
}

#[tokio::test]
async fn every_screen_in_front_of_the_lock_is_whole_in_english() {
    in_front_of_the_lock("en").await;
}

#[tokio::test]
async fn every_screen_behind_the_lock_is_whole_in_japanese() {
    behind_the_lock("ja").await;
}

#[tokio::test]
async fn every_screen_behind_the_lock_is_whole_in_english() {
    behind_the_lock("en").await;
}
