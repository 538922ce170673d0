//! A bad month of an office, in real windows: two laptops, a hub on PostgreSQL, and a stick. The hub falls over and comes
//! back from an old copy; files are torn, swapped, early, late and doubled; a laptop is put back to an old copy, and at last
//! stolen. Whatever happens, each word is on both laptops afterwards.

#[path = "../../crates/relay/tests/postgres/server.rs"]
mod server;

use std::{
    fs,
    path::{Path, PathBuf},
};

use testkit::program::HubProgram;

use self::server::Server;
use crate::{
    hub::{often, take_call},
    steps::OWN_WORDS,
    window::{Window, binary},
};

/// The office's machine.
struct City {
    database: Server,
    program: PathBuf,
    /// The address stays when the hub starts anew.
    listen: String,
    hub: Option<HubProgram>,
}

impl City {
    fn new() -> (Self, String) {
        let database = Server::start();
        let (program, url) = (
            binary().with_file_name("marugoto-hub"),
            database.database("hub"),
        );
        let place = ["--database-url", url.as_str()];
        let hub = HubProgram::serve_at(&program, &place, &["--listen", "127.0.0.1:0"]);
        let code = HubProgram::invite_at(&program, &place);
        let city = Self {
            database,
            program,
            listen: hub.url.split("//").nth(1).unwrap().to_owned(),
            hub: Some(hub),
        };
        (city, code)
    }

    fn url(&self) -> String {
        format!("http://{}", self.listen)
    }

    fn stops(&mut self) {
        self.hub = None;
    }

    /// Over the database that it had.
    fn starts(&mut self) {
        let url = self.database.address("hub");
        let place = ["--database-url", url.as_str()];
        let more = ["--listen", self.listen.as_str()];
        self.hub = Some(HubProgram::serve_at(&self.program, &place, &more));
    }

    fn sql(&self, statement: &str) {
        self.database.sql("postgres", statement).unwrap();
    }

    /// A backup of the database, while the hub stands still.
    fn is_copied(&mut self) {
        self.stops();
        self.sql("CREATE DATABASE old TEMPLATE hub");
        self.starts();
    }

    /// The database is what it was when it was copied.
    fn is_restored(&mut self) {
        self.stops();
        self.sql("ALTER DATABASE hub RENAME TO lost");
        self.sql("ALTER DATABASE old RENAME TO hub");
        self.starts();
    }

    fn records(&self, database: &str) -> usize {
        let count = self.database.sql(database, "SELECT count(*) FROM record");
        count.unwrap().parse().unwrap()
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let place = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &place);
        } else {
            fs::copy(entry.path(), place).unwrap();
        }
    }
}

async fn has(window: &Window, households: &[&str]) {
    window.go("世帯").await;
    for name in households {
        window.find_with("row", &[name]).await;
    }
}

async fn exchange(window: &Window, said: &str) {
    window.go("受け渡し").await;
    window.press("button", "いま送受信する").await;
    window.shows(said).await;
}

#[tokio::test]
async fn a_bad_month_of_an_office_costs_no_word() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("stick")).unwrap();
    let on_the_stick = |name: &str| at("stick").join(name);
    let (mut city, code) = City::new();

    let sato = Window::start_with(&at("sato"), often()).await;
    sato.found_office("みほん市 ふくし課", "佐藤 一子").await;
    sato.leave_sheet().await;
    sato.joins(&city.url(), Some(&code)).await;
    let tanaka = Window::start_with(&at("tanaka"), often()).await;
    sato.let_in(&tanaka, "田中 次郎", &at("stick")).await;
    exchange(&sato, "送受信しました。").await;
    tanaka.joins(&city.url(), None).await;
    take_call(&sato, "青木").await;
    has(&tanaka, &["青木"]).await;

    // Cut: both write while the hub is away, and it has all as soon as it is back.
    city.is_copied();
    city.stops();
    take_call(&tanaka, "井上").await;
    take_call(&sato, "上田").await;
    exchange(&tanaka, "中継サーバーに届きません。").await;
    city.starts();
    has(&sato, &["青木", "井上", "上田"]).await;
    has(&tanaka, &["青木", "井上", "上田"]).await;

    // Restored: the hub is what it was before. Both are told, and give it back what it lost.
    let before = city.records("hub");
    city.is_restored();
    assert!(city.records("hub") < before);
    exchange(
        &tanaka,
        "中継サーバーは、前に見たときの続きではありませんでした",
    )
    .await;
    tanaka.screenshot("city-restored").await;
    exchange(&sato, "送受信しました。").await;
    tanaka.shows("送ったものは、すべて届いています。").await;
    assert!(city.records("hub") >= before);

    // Early and late, doubled, torn and forged: without a hub, by files alone.
    city.stops();
    take_call(&tanaka, "江口").await;
    tanaka.hand_over(&on_the_stick("1.mgb")).await;
    take_call(&tanaka, "小田").await;
    tanaka.hand_over(&on_the_stick("2.mgb")).await;
    let second = fs::read(on_the_stick("2.mgb")).unwrap();
    fs::write(on_the_stick("torn.mgb"), &second[..second.len() / 2]).unwrap();
    let mut forged = second.clone();
    let middle = forged.len() / 2;
    forged[middle] ^= 1;
    fs::write(on_the_stick("forged.mgb"), forged).unwrap();
    for broken in ["torn.mgb", "forged.mgb"] {
        sato.take_in(&on_the_stick(broken), "何も取り込まれていません")
            .await;
    }
    sato.screenshot("city-forged").await;
    sato.go("世帯").await;
    assert_eq!(
        sato.all_with("row", &["小田"]).await.len(),
        0,
        "nothing is half taken in"
    );
    sato.take_in(&on_the_stick("2.mgb"), "取り込みました。")
        .await;
    sato.take_in(
        &on_the_stick("1.mgb"),
        "すべて、すでに取り込んである内容でした。",
    )
    .await;
    sato.take_in(
        &on_the_stick("2.mgb"),
        "すべて、すでに取り込んである内容でした。",
    )
    .await;
    has(&sato, &["江口", "小田"]).await;

    // Put back: the whole laptop is what it was before it wrote and sent. It takes its own words back, and goes on.
    tanaka.lock().await;
    tanaka.close().await;
    copy(&at("tanaka"), &at("copy"));
    let tanaka = Window::start_with(&at("tanaka"), often()).await;
    tanaka.unlock(OWN_WORDS).await;
    city.starts();
    take_call(&tanaka, "加藤").await;
    has(&sato, &["加藤"]).await;
    tanaka.lock().await;
    tanaka.close().await;
    fs::remove_dir_all(at("tanaka")).unwrap();
    copy(&at("copy"), &at("tanaka"));
    let tanaka = Window::start_with(&at("tanaka"), often()).await;
    tanaka.unlock(OWN_WORDS).await;
    has(&tanaka, &["青木", "井上", "上田", "江口", "小田", "加藤"]).await;
    take_call(&tanaka, "木村").await;
    has(&sato, &["木村"]).await;

    // Stolen: it is frozen, and what it had not sent comes in a file that administrators alone can open.
    city.stops();
    take_call(&tanaka, "久保").await;
    sato.go("受け渡し").await;
    sato.press("button", "田中 次郎さんの端末: くわしく").await;
    sato.press("button", "送受信を止める").await;
    sato.shows("行いました。").await;
    sato.escape().await;
    city.starts();
    exchange(&sato, "送受信しました。").await;
    tanaka.find("heading", "ロックされています").await;
    tanaka.unlock(OWN_WORDS).await;
    tanaka.go("受け渡し").await;
    let rescue = on_the_stick("rescue.mgb");
    tanaka.answer_dialogs_with(Some(&rescue));
    tanaka.press("button", "救出ファイルを書き出す").await;
    tanaka.shows("「rescue.mgb」に書き出しました。").await;
    sato.take_in(&rescue, "救出ファイルでした。").await;
    let all = [
        "青木", "井上", "上田", "江口", "小田", "加藤", "木村", "久保",
    ];
    has(&sato, &all).await;
    has(&tanaka, &all).await;
    sato.screenshot("city-all").await;
}
