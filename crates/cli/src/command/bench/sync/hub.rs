//! The real hub as a process of its own, and what stands before it and counts.

use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use app::{AppError, ErrorCode, Result};

use super::laptop::size;

/// A PostgreSQL database, empty at first, in which the hub keeps what it carries instead of a folder.
const DATABASE: &str = "MARUGOTO_BENCH_DATABASE";

/// A hub that serves. It ends with this value.
#[derive(Debug)]
pub(super) struct Hub {
    child: Child,
    data: PathBuf,
    /// Where the counting stands.
    pub(super) url: String,
    bytes: Arc<AtomicU64>,
    waited: AtomicU64,
}

impl Hub {
    /// Starts the `marugoto-hub` beside this program.
    pub(super) fn start(folder: &Path) -> Result<Self> {
        let data = folder.join("hub");
        let mut child = program()?
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(place(&data))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(failed)?;
        let mut line = String::new();
        if let Some(out) = child.stdout.take() {
            BufReader::new(out).read_line(&mut line).map_err(failed)?;
        }
        let address = line
            .trim()
            .split("//")
            .nth(1)
            .and_then(|it| it.parse().ok());
        let address = address.ok_or_else(|| {
            // It said why on its own error output, and is not there any more.
            let _ = child.kill();
            AppError::new(ErrorCode::HubUnreachable)
        })?;
        let bytes = Arc::new(AtomicU64::new(0));
        let url = count(address, &bytes).map_err(failed)?;
        Ok(Self {
            child,
            data,
            url,
            bytes,
            waited: AtomicU64::new(0),
        })
    }

    /// A code with which an office joins.
    pub(super) fn invite(&self) -> Result<String> {
        let output = program()?.arg("invite").args(place(&self.data)).output();
        let output = output.map_err(failed)?;
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// How many bytes have gone to it and come from it.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::SeqCst)
    }

    /// Waits until it lets a device in that has asked more often in this minute than one does.
    pub(super) fn wait(&self) {
        const WHILE: Duration = Duration::from_secs(2);
        std::thread::sleep(WHILE);
        self.waited
            .fetch_add(WHILE.as_millis() as u64, Ordering::SeqCst);
    }

    /// How long was waited so.
    pub(super) fn waited(&self) -> Duration {
        Duration::from_millis(self.waited.load(Ordering::SeqCst))
    }

    /// How large its folder is, where it has one.
    pub(super) fn bytes_on_disk(&self) -> Result<Option<u64>> {
        self.data.is_dir().then(|| size(&self.data)).transpose()
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn program() -> Result<Command> {
    let here = std::env::current_exe().map_err(failed)?;
    let name = format!("marugoto-hub{}", std::env::consts::EXE_SUFFIX);
    Ok(Command::new(here.with_file_name(name)))
}

/// Where the hub keeps what it carries.
fn place(data: &Path) -> [OsString; 2] {
    match std::env::var_os(DATABASE) {
        Some(url) => ["--database-url".into(), url],
        None => ["--data".into(), data.into()],
    }
}

fn failed(error: io::Error) -> AppError {
    AppError::new(ErrorCode::HubUnreachable).because(error)
}

/// Listens before the hub, passes everything on and counts it, as long as this program runs.
fn count(hub: SocketAddr, bytes: &Arc<AtomicU64>) -> io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", listener.local_addr()?);
    let bytes = Arc::clone(bytes);
    std::thread::spawn(move || {
        for near in listener.incoming().flatten() {
            // A line that does not come about ends at once, and whoever called is told.
            let _ = join(near, hub, &bytes);
        }
    });
    Ok(url)
}

fn join(near: TcpStream, hub: SocketAddr, bytes: &Arc<AtomicU64>) -> io::Result<()> {
    let far = TcpStream::connect(hub)?;
    for (from, to) in [(near.try_clone()?, far.try_clone()?), (far, near)] {
        from.set_nodelay(true)?;
        let bytes = Arc::clone(bytes);
        std::thread::spawn(move || pass(from, to, &bytes));
    }
    Ok(())
}

fn pass(mut from: TcpStream, mut to: TcpStream, bytes: &AtomicU64) {
    let mut some = vec![0; 256 << 10];
    while let Ok(count) = from.read(&mut some) {
        let read = some.get(..count).unwrap_or_default();
        bytes.fetch_add(count as u64, Ordering::SeqCst);
        if read.is_empty() || to.write_all(read).is_err() {
            break;
        }
    }
    // The other side may have ended already.
    let _ = to.shutdown(Shutdown::Write);
}
