//! One real window under the driver of WebKit, found and used as a person would: by role and name.
//!
//! # Invariants
//!
//! - **Nobody else's folders.** Settings, caches and temporary files of the window lie in a folder of its own.
//! - **Nothing survives.** Display, driver, bus and window end with this value, also when a test fails.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::mpsc::{self, Receiver},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::{Capabilities, Key, WebDriver, WebElement};

use crate::{anthy::Anthy, group::Group, screen::Screen};

/// How long a test waits for something to appear: other tests run beside it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(45);

/// How to start a window.
#[derive(Clone, Debug, Default)]
pub(crate) struct Start {
    /// More options of the program, such as `--demo`.
    pub(crate) options: Vec<String>,
    /// More environment, such as `MARUGOTO_IDLE_SECONDS`.
    pub(crate) environment: Vec<(String, String)>,
    /// Whether a Japanese input method is at the keyboard.
    pub(crate) input_method: bool,
    /// Whether its pictures are to be had, also where nobody keeps them: without a graphics card a third of all work in
    /// these tests would go into drawing.
    pub(crate) is_drawn: bool,
}

impl Start {
    /// With みほん市 open.
    pub(crate) fn demo() -> Self {
        Self {
            options: vec!["--demo".to_owned()],
            ..Self::default()
        }
    }
}

/// A running window.
pub(crate) struct Window {
    driver: Option<WebDriver>,
    is_drawn: bool,
    _anthy: Option<Anthy>,
    _process: Group,
    pub(crate) screen: Screen,
    home: TempDir,
}

impl Window {
    /// Opens the window over the store in `store` and waits for its first screen.
    pub(crate) async fn start(store: &Path) -> Self {
        Self::start_with(store, Start::default()).await
    }

    /// The same, with options.
    pub(crate) async fn start_with(store: &Path, start: Start) -> Self {
        let screen = Screen::start();
        let home = tempfile::tempdir().unwrap();
        let mut environment = environment(&screen, home.path());
        environment.push(("TAURI_WEBVIEW_AUTOMATION".to_owned(), "true".to_owned()));
        environment.extend(start.environment);
        let anthy = start
            .input_method
            .then(|| Anthy::start(&mut environment, home.path()));

        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let mut driver = Command::new("WebKitWebDriver");
        driver
            .args(["--host=127.0.0.1", &format!("--port={port}")])
            .envs(environment)
            .env_remove("WAYLAND_DISPLAY")
            // With either of these the driver waits for ever for a picture.
            .env_remove("WEBKIT_DISABLE_DMABUF_RENDERER")
            .env_remove("WEBKIT_DISABLE_COMPOSITING_MODE");
        let is_drawn = start.is_drawn || std::env::var_os("MARUGOTO_SHOTS").is_some();
        if !is_drawn {
            driver.env("WEBKIT_DISABLE_COMPOSITING_MODE", "1");
        }
        let process = Group::start(driver.stdout(Stdio::null()));
        let mut window = Self {
            driver: None,
            is_drawn,
            _anthy: anthy,
            _process: process,
            screen,
            home,
        };

        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < PATIENCE, "the driver does not listen");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let mut arguments = vec!["--store".to_owned(), store.to_string_lossy().into_owned()];
        arguments.extend(start.options);
        let mut wanted = Capabilities::new();
        let application = json!({ "binary": binary(), "args": arguments });
        wanted.set("webkitgtk:browserOptions", application).unwrap();
        let driver = WebDriver::new(format!("http://127.0.0.1:{port}"), wanted)
            .await
            .expect("the window opens");
        window.driver = Some(driver);
        window.painted().await;
        window
    }

    /// The driver, for what has no helper here.
    pub(crate) fn driver(&self) -> &WebDriver {
        self.driver.as_ref().expect("the window is open")
    }

    /// The one element with this role and accessible name, once it is there. An empty name means any.
    pub(crate) async fn find(&self, role: &str, name: &str) -> WebElement {
        let begun = Instant::now();
        loop {
            if let Some(element) = self.all(role, name).await.into_iter().next() {
                return element;
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "no {role} 「{name}」; there are: {}",
                self.outline().await
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// All elements with this role and accessible name that are there now. An empty name means any.
    pub(crate) async fn all(&self, role: &str, name: &str) -> Vec<WebElement> {
        self.with_axe().await;
        match self
            .driver()
            .execute(FIND, vec![json!(role), json!(name)])
            .await
        {
            Ok(found) => found.elements().unwrap(),
            // The page changed under the search.
            Err(_) => Vec::new(),
        }
    }

    /// Waits until nothing with this role and name is there any more.
    pub(crate) async fn gone(&self, role: &str, name: &str) {
        let begun = Instant::now();
        while !self.all(role, name).await.is_empty() {
            assert!(begun.elapsed() < PATIENCE, "{role} 「{name}」 stays");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Clicks the one element with this role and name.
    pub(crate) async fn press(&self, role: &str, name: &str) {
        let begun = Instant::now();
        // A list that is being drawn anew may take the element away between finding and clicking.
        while let Err(reason) = self.find(role, name).await.click().await {
            assert!(
                begun.elapsed() < PATIENCE,
                "{role} 「{name}」 cannot be clicked: {reason}"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Replaces what the text field with this label holds.
    pub(crate) async fn fill(&self, label: &str, text: &str) {
        let field = self.find("textbox", label).await;
        field.click().await.unwrap();
        field.send_keys(Key::Control + "a").await.unwrap();
        field.send_keys(Key::Delete + text).await.unwrap();
    }

    /// Types into whatever has the focus; `Key::Enter + ""` and the like are keys.
    pub(crate) async fn keys(&self, keys: impl Into<thirtyfour::TypingData>) {
        self.driver()
            .action_chain()
            .send_keys(keys)
            .perform()
            .await
            .unwrap();
    }

    /// All text that the page shows.
    pub(crate) async fn text(&self) -> String {
        self.script("return document.body.innerText", vec![])
            .await
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// Waits until the page shows these words.
    pub(crate) async fn shows(&self, words: &str) {
        let begun = Instant::now();
        loop {
            let text = self.text().await;
            if text.contains(words) {
                return;
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "「{words}」 does not appear in:\n{text}"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Runs a script in the page; the arguments are `arguments[0]` and so on.
    pub(crate) async fn script(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.driver()
            .execute(script, arguments)
            .await
            .unwrap()
            .json()
            .clone()
    }

    /// Calls a command from the page, as our own code in the page would: `Ok` its view, `Err` its refusal.
    pub(crate) async fn call(&self, command: &str, args: Value) -> Result<Value, Value> {
        let script = "const [command, args, done] = arguments;
            window.__TAURI_INTERNALS__.invoke(command, { args })
                .then((view) => done({ view: view ?? null }), (refusal) => done({ refusal }));";
        let answer = self
            .driver()
            .execute_async(script, vec![json!(command), args])
            .await
            .unwrap()
            .json()
            .clone();
        match answer.get("refusal") {
            Some(refusal) => Err(refusal.clone()),
            None => Ok(answer["view"].clone()),
        }
    }

    /// What the next file dialogs answer: a path, or nothing for "closed".
    pub(crate) fn answer_dialogs_with(&self, path: Option<&Path>) {
        let answer = path
            .map(|it| it.to_string_lossy().into_owned())
            .unwrap_or_default();
        fs::write(self.home.path().join("pick"), answer).unwrap();
    }

    /// Keeps a picture of the window as `<name>.png` in the folder that `MARUGOTO_SHOTS` names, where it names one.
    pub(crate) async fn screenshot(&self, name: &str) {
        self.painted().await;
        if let Some(folder) = std::env::var_os("MARUGOTO_SHOTS") {
            let picture = self.picture().await;
            fs::create_dir_all(&folder).unwrap();
            fs::write(Path::new(&folder).join(format!("{name}.png")), picture).unwrap();
        }
    }

    /// A picture of the window, which was started with [`Start::is_drawn`].
    pub(crate) async fn picture(&self) -> Vec<u8> {
        assert!(self.is_drawn, "the driver would wait for ever");
        self.painted().await;
        // Element screenshots come back blank; those of the window do not.
        self.driver().screenshot_as_png().await.unwrap()
    }

    /// Waits until the page is there, has drawn something, and nothing in it moves.
    pub(crate) async fn painted(&self) {
        let begun = Instant::now();
        // Two frames: the first has the content laid out, the second has it on the screen.
        let script = "const done = arguments[0];
            requestAnimationFrame(() => requestAnimationFrame(() =>
                done(document.readyState === 'complete' && document.body.innerText.trim() !== ''
                    && document.getAnimations().every((it) => it.playState !== 'running'))));";
        while self
            .driver()
            .execute_async(script, vec![])
            .await
            .ok()
            .is_none_or(|it| it.json() != &json!(true))
        {
            assert!(begun.elapsed() < PATIENCE, "the first screen does not come");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Closes the window as a person does.
    pub(crate) async fn close(mut self) {
        if let Some(driver) = self.driver.take() {
            driver.quit().await.unwrap();
        }
    }

    /// Roles and names of all that a person can use, for the message when something is missing.
    async fn outline(&self) -> String {
        self.driver()
            .execute(OUTLINE, vec![])
            .await
            .map(|it| it.json().to_string())
            .unwrap_or_default()
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        // An orderly end would have to ask the driver, which ends with its group.
        if let Some(driver) = self.driver.take() {
            let _ = driver.leak();
        }
    }
}

/// Elements by role and accessible name, as axe computes them; only what assistive technology sees.
const FIND: &str = "
    const [role, name] = arguments;
    const tidy = (text) => text.replace(/\\s+/g, ' ').trim();
    axe.setup(document.documentElement);
    try {
        return [...document.body.querySelectorAll('*')].filter((it) =>
            axe.commons.aria.getRole(it) === role
            && axe.commons.dom.isVisibleToScreenReaders(it)
            && (name === '' || tidy(axe.commons.text.accessibleText(it)) === tidy(name)));
    } finally {
        axe.teardown();
    }";

const OUTLINE: &str = "
    axe.setup(document.documentElement);
    try {
        return [...document.body.querySelectorAll('*')]
            .filter((it) => axe.commons.dom.isVisibleToScreenReaders(it))
            .map((it) => [axe.commons.aria.getRole(it), axe.commons.text.accessibleText(it).trim()])
            .filter(([role, name]) => role && name && !['presentation', 'none', 'generic'].includes(role))
            .map(([role, name]) => role + ' 「' + name + '」');
    } finally {
        axe.teardown();
    }";

/// The window that was built beside these tests.
pub(crate) fn binary() -> PathBuf {
    let here = std::env::current_exe().unwrap();
    let binary = here
        .parent()
        .and_then(Path::parent)
        .unwrap()
        .join("marugoto-window");
    assert!(
        binary.exists(),
        "build the window first: cargo build --workspace"
    );
    binary
}

/// The lines that a window without a driver prints, as they come.
pub(crate) fn lines(window: &mut Group) -> Receiver<String> {
    let out = window.0.stdout.take().unwrap();
    let (say, hear) = mpsc::channel();
    std::thread::spawn(move || {
        BufReader::new(out)
            .lines()
            .map_while(Result::ok)
            .try_for_each(|line| say.send(line))
    });
    hear
}

/// Where a window finds its display and its folders.
pub(crate) fn environment(screen: &Screen, home: &Path) -> Vec<(String, String)> {
    let mut environment: Vec<(String, String)> = [
        ("DISPLAY", screen.name.as_str()),
        ("GDK_BACKEND", "x11"),
        ("LC_ALL", "C.UTF-8"),
        ("NO_AT_BRIDGE", "1"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    let folders = [
        ("HOME", ""),
        ("XDG_DATA_HOME", "data"),
        ("XDG_CONFIG_HOME", "config"),
        ("XDG_CACHE_HOME", "cache"),
        ("XDG_RUNTIME_DIR", "run"),
        ("TMPDIR", "tmp"),
    ];
    for (name, folder) in folders {
        let path = home.join(folder);
        fs::create_dir_all(&path).unwrap();
        environment.push((name.to_owned(), path.to_string_lossy().into_owned()));
    }
    environment.push((
        "MARUGOTO_PICK_FILE".to_owned(),
        home.join("pick").to_string_lossy().into_owned(),
    ));
    environment
}
