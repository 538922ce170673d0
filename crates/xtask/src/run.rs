//! `cargo xtask run`: from a fresh clone to the open window.

use std::{
    ffi::OsString,
    io::{BufRead, BufReader},
    path::{Path, PathBuf, absolute},
    process::{Child, Command, Stdio},
    sync::mpsc,
    time::Duration,
};

use anyhow::{Context, Result, bail};

use crate::{
    display::Display,
    setup::{self, For},
    shell::{cargo, root, run as run_command},
};

/// How long the first screen may take, the making of みほん市 included.
const PATIENCE: Duration = Duration::from_secs(180);

/// What to open, and how.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Opens みほん市, the sample office.
    #[arg(long)]
    demo: bool,
    /// Opens the window on a display in memory, saves a picture of its first screen here, and ends.
    #[arg(long, value_name = "FILE.png")]
    screenshot: Option<PathBuf>,
    /// Handed to the window, for example `-- --store DIR`.
    #[arg(last = true)]
    window: Vec<OsString>,
}

/// Sets up, builds and opens the window.
pub(crate) fn run(options: &Options) -> Result<()> {
    if options.screenshot.is_none() && !has_display() {
        println!("画面のない環境のため、ウィンドウを開けません。画面のある環境で実行するか、");
        println!("`cargo xtask run --screenshot FILE.png` で最初の画面を画像に保存してください。");
        println!(
            "There is no display, so the window cannot open. Run this where there is a screen,"
        );
        println!(
            "or save a picture of the first screen with `cargo xtask run --screenshot FILE.png`."
        );
        bail!("no display");
    }
    setup::prepare(if options.screenshot.is_some() {
        For::Screenshot
    } else {
        For::Building
    })?;
    setup::pages()?;
    run_command(&mut cargo(&["build", "--package", "window"])?)?;

    let mut window = Command::new(binary()?);
    if options.demo {
        window.arg("--demo");
    }
    window.args(&options.window);
    match &options.screenshot {
        None => run_command(&mut window),
        Some(file) => photograph(window, options, &absolute(file)?),
    }
}

/// Where cargo puts the window.
fn binary() -> Result<PathBuf> {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
    Ok(root()?
        .join(target)
        .join("debug")
        .join(format!("marugoto-window{}", std::env::consts::EXE_SUFFIX)))
}

fn has_display() -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|it| !it.is_empty());
    !cfg!(target_os = "linux") || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY")
}

/// Opens the window away from the person's own stores, and leaves nothing but the picture.
fn photograph(mut window: Command, options: &Options, file: &Path) -> Result<()> {
    if !cfg!(target_os = "linux") {
        println!("画像の保存は Linux だけで使えます。");
        bail!("--screenshot works on Linux only");
    }
    let home = std::env::temp_dir().join(format!("marugoto-screenshot-{}", std::process::id()));
    for (name, folder) in [
        ("XDG_DATA_HOME", "data"),
        ("XDG_CONFIG_HOME", "config"),
        ("XDG_CACHE_HOME", "cache"),
    ] {
        std::fs::create_dir_all(home.join(folder))?;
        window.env(name, home.join(folder));
    }
    if !options.window.iter().any(|it| it == "--store") {
        window.arg("--store").arg(home.join("store"));
    }
    let display = Display::start()?;
    window
        .env("DISPLAY", display.name())
        .env("GDK_BACKEND", "x11")
        .env("NO_AT_BRIDGE", "1")
        .env_remove("WAYLAND_DISPLAY");
    let mut child = window
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start the window")?;
    let outcome = painted(&mut child).and_then(|()| display.photograph(file));
    let _ = child.kill();
    let _ = child.wait();
    let _ = std::fs::remove_dir_all(home);
    outcome
}

/// Waits until the window says that its first screen is on the display.
fn painted(window: &mut Child) -> Result<()> {
    let out = window.stdout.take().context("the window has no output")?;
    let (say, hear) = mpsc::channel();
    std::thread::spawn(move || {
        let _ = say.send(
            BufReader::new(out)
                .lines()
                .map_while(Result::ok)
                .any(|line| line == "painted"),
        );
    });
    if hear
        .recv_timeout(PATIENCE)
        .context("the first screen did not come")?
    {
        // The display server draws a moment after the page.
        std::thread::sleep(Duration::from_millis(300));
        Ok(())
    } else {
        bail!("the window ended before its first screen")
    }
}
