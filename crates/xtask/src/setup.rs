//! Makes a fresh machine ready: system packages, the packages of the user interface, and its build.
//!
//! On Debian it installs what is missing; elsewhere it says in plain words what to install.

use std::{fs, io::IsTerminal, path::Path, process::Command, time::SystemTime};

use anyhow::{Context, Result, bail};

use crate::shell::{npm, output, root, run};

/// What the program needs to be built and opened.
const BUILD: &[&str] = &[
    "build-essential",
    "pkg-config",
    "libssl-dev",
    "libwebkit2gtk-4.1-dev",
];

/// What a picture of the window needs: a display in memory, and a camera.
const SCREENSHOT: &[&str] = &["xvfb", "imagemagick"];

/// What the tests in the real window need: a driver, a bus, and a Japanese input method with hands for it; and what the
/// tests of the hub need: a database.
const TEST: &[&str] = &[
    "webkit2gtk-driver",
    "xvfb",
    "imagemagick",
    "dbus",
    "dbus-x11",
    "xdotool",
    "ibus",
    "ibus-gtk3",
    "ibus-anthy",
    "gir1.2-ibus-1.0",
    "strace",
    "postgresql",
];

/// How much has to be ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum For {
    /// Building and opening the window.
    Building,
    /// A picture of it besides.
    Screenshot,
    /// Every test besides.
    Testing,
}

/// Installs or names what the computer lacks, and the packages of the user interface.
pub(crate) fn prepare(purpose: For) -> Result<()> {
    system(purpose)?;
    node()?;
    packages()
}

/// Builds the pages of the window where they are older than their sources.
pub(crate) fn pages() -> Result<()> {
    let ui = root()?.join("ui");
    let built = newest(&ui.join("dist/index.html"));
    let sources = [
        "src",
        "public",
        "index.html",
        "package-lock.json",
        "vite.config.ts",
    ];
    if sources.iter().map(|it| newest(&ui.join(it))).max() > Some(built) || built.is_none() {
        run(&mut npm(&["run", "build"])?)?;
    }
    Ok(())
}

fn system(purpose: For) -> Result<()> {
    if cfg!(target_os = "windows") {
        return windows();
    }
    if cfg!(target_os = "macos") {
        return macos();
    }
    let wanted = BUILD.iter().chain(match purpose {
        For::Building => [].iter(),
        For::Screenshot => SCREENSHOT.iter(),
        For::Testing => TEST.iter(),
    });
    if output("dpkg-query", &["--version"]).is_none() {
        println!("Debian 以外の Linux です。次に当たるものを入れてください。");
        println!(
            "This is not Debian. Please install what corresponds to: {}",
            wanted.copied().collect::<Vec<_>>().join(" ")
        );
        return Ok(());
    }
    let missing: Vec<&str> = wanted.copied().filter(|it| !is_installed(it)).collect();
    if missing.is_empty() {
        Ok(())
    } else {
        install(&missing)
    }
}

fn is_installed(package: &str) -> bool {
    output("dpkg-query", &["-W", "-f=${Status}", package])
        .is_some_and(|it| it.ends_with(" installed"))
}

fn install(packages: &[&str]) -> Result<()> {
    let by_hand = format!(
        "apt-get install -y --no-install-recommends {}",
        packages.join(" ")
    );
    let is_root = output("id", &["-u"]).as_deref() == Some("0");
    let may_ask = output("sudo", &["-n", "true"]).is_some()
        || (std::io::stdin().is_terminal() && output("sudo", &["--version"]).is_some());
    let apt = |arguments: &[&str]| {
        // sudo drops the environment, so the setting travels behind it.
        let mut command = Command::new(if is_root { "env" } else { "sudo" });
        command
            .args((!is_root).then_some("env"))
            .args(["DEBIAN_FRONTEND=noninteractive", "apt-get"])
            .args(arguments);
        command
    };
    if !is_root && !may_ask {
        println!(
            "足りないパッケージがあります。管理者として次を実行してから、もう一度お試しください。"
        );
        println!(
            "Packages are missing. Run this as administrator, then try again:\n\n    sudo {by_hand}\n"
        );
        bail!("missing packages: {}", packages.join(" "));
    }
    run(&mut apt(&["update"]))?;
    let mut arguments = vec!["install", "-y", "--no-install-recommends"];
    arguments.extend(packages);
    run(&mut apt(&arguments)).with_context(|| format!("by hand: {by_hand}"))
}

fn windows() -> Result<()> {
    // Every Windows 11 and every updated Windows 10 has WebView2; the linker is what newcomers lack.
    let vswhere = r"C:\Program Files (x86)\Microsoft Visual Studio\Installer\vswhere.exe";
    let tools = output(
        vswhere,
        &[
            "-products",
            "*",
            "-requires",
            "Microsoft.VisualStudio.Component.VC.Tools.x86.x64",
            "-property",
            "installationPath",
        ],
    );
    if tools.is_none_or(|it| it.is_empty()) {
        println!("「Visual Studio Build Tools」の「C++ によるデスクトップ開発」を入れてください。");
        println!("Please install “Desktop development with C++” of the Visual Studio Build Tools.");
        bail!("the C++ build tools are missing");
    }
    if output("perl", &["-v"]).is_none() {
        println!("OpenSSL の組み立てに Strawberry Perl が要ります。");
        println!("Building OpenSSL needs Strawberry Perl; please install it.");
        bail!("perl is missing");
    }
    Ok(())
}

fn macos() -> Result<()> {
    if output("xcode-select", &["-p"]).is_none() {
        println!("ターミナルで `xcode-select --install` を実行してください。");
        println!("Please run `xcode-select --install` in a terminal.");
        bail!("the Xcode command line tools are missing");
    }
    Ok(())
}

fn node() -> Result<()> {
    let version = output("node", &["--version"]).unwrap_or_default();
    let mut numbers = version
        .trim_start_matches('v')
        .split('.')
        .map(|it| it.parse::<u32>().unwrap_or(0));
    if (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) < (20, 19) {
        println!("Node.js 20.19 以上を入れてください(https://nodejs.org/)。");
        println!("Please install Node.js 20.19 or later (https://nodejs.org/).");
        bail!("Node.js is missing or too old");
    }
    Ok(())
}

/// `npm ci`, when the lock file is not the one that was installed.
fn packages() -> Result<()> {
    let ui = root()?.join("ui");
    let installed = ui.join("node_modules/.installed-lock.json");
    let lock = fs::read(ui.join("package-lock.json"))?;
    if fs::read(&installed).ok().as_ref() == Some(&lock) {
        return Ok(());
    }
    run(&mut npm(&["ci", "--no-audit", "--no-fund"])?)?;
    fs::write(installed, lock)?;
    Ok(())
}

/// When a file, or the newest file of a folder, was last changed.
fn newest(path: &Path) -> Option<SystemTime> {
    let metadata = fs::metadata(path).ok()?;
    if !metadata.is_dir() {
        return metadata.modified().ok();
    }
    fs::read_dir(path)
        .ok()?
        .flatten()
        .filter_map(|it| newest(&it.path()))
        .max()
}
