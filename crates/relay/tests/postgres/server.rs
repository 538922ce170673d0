//! A PostgreSQL of the system's packages, in a temporary folder, reached by a socket in it. Gone with the test.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

pub(crate) struct Server {
    dir: TempDir,
    child: Child,
    bin: PathBuf,
    /// 0 where there is only the socket.
    port: u16,
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// Where Debian puts the programs, the newest version first.
fn programs() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten();
    let mut found: Vec<_> = versions
        .flatten()
        .map(|version| version.path().join("bin"))
        .filter(|bin| bin.join("initdb").exists())
        .collect();
    found.sort();
    let newest = found.pop();
    newest.expect("PostgreSQL is missing: apt-get install postgresql (cargo xtask test does it)")
}

/// The database refuses to run as root.
fn command(program: &Path) -> Command {
    let id = Command::new("id").arg("-u").output().unwrap();
    if id.stdout != b"0\n" {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command
        .args([
            "--reuid=postgres",
            "--regid=postgres",
            "--clear-groups",
            "--",
        ])
        .arg(program);
    command
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::start_with(None)
    }

    /// With a certificate and its key in PEM it is reached at a port of this computer besides, by TLS.
    pub(crate) fn start_with(tls: Option<(&str, &str)>) -> Self {
        Self::start_as(tls, "fsync=off")
    }

    /// One that waits for the disk, as a hub's does.
    #[allow(dead_code, reason = "tests need not wait")]
    pub(crate) fn durable() -> Self {
        Self::start_as(None, "fsync=on")
    }

    fn start_as(tls: Option<(&str, &str)>, fsync: &str) -> Self {
        let (bin, dir) = (programs(), tempfile::tempdir().unwrap());
        // Nobody else may look into it; the database's own user must.
        let owned = Command::new("chown")
            .arg("postgres")
            .arg(dir.path())
            .output();
        let data = dir.path().join("data");
        let made = command(&bin.join("initdb"))
            .args([
                "--no-sync",
                "--auth=trust",
                "--username=postgres",
                "--encoding=UTF8",
                "-D",
            ])
            .arg(&data)
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?} {owned:?}");
        let port = tls.map_or(0, |_| free_port());
        let mut server = command(&bin.join("postgres"));
        server.arg("-D").arg(&data);
        server.args(["-c", fsync, "-k"]).arg(dir.path());
        match tls {
            None => server.args(["-c", "listen_addresses="]),
            Some((certificate, key)) => {
                for (name, pem) in [("server.crt", certificate), ("server.key", key)] {
                    let file = data.join(name);
                    std::fs::write(&file, pem).unwrap();
                    let _ = Command::new("chown").arg("postgres").arg(&file).output();
                    let mode = Command::new("chmod").arg("600").arg(&file).status();
                    assert!(mode.unwrap().success());
                }
                server.args(["-c", "listen_addresses=127.0.0.1", "-c", "ssl=on"])
            }
        };
        if port != 0 {
            server.args(["-p", &port.to_string()]);
        }
        let child = server
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self {
            dir,
            child,
            bin,
            port,
        };
        for _ in 0..300 {
            if server.sql("postgres", "SELECT 1").is_some() {
                return server;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("PostgreSQL does not answer");
    }

    /// What a statement answers.
    pub(crate) fn sql(&self, database: &str, statement: &str) -> Option<String> {
        let done = Command::new(self.bin.join("psql"))
            .args([
                "-U", "postgres", "-tA", "-d", database, "-c", statement, "-h",
            ])
            .arg(self.dir.path())
            .args(if self.port == 0 {
                Vec::new()
            } else {
                vec!["-p".to_owned(), self.port.to_string()]
            })
            .output()
            .unwrap();
        let answer = String::from_utf8(done.stdout).unwrap();
        done.status.success().then(|| answer.trim().to_owned())
    }

    /// Makes a database and gives its address.
    pub(crate) fn database(&self, name: &str) -> String {
        self.sql("postgres", &format!("CREATE DATABASE {name}"))
            .unwrap();
        self.address(name)
    }

    /// The address of a database that is there.
    pub(crate) fn address(&self, name: &str) -> String {
        let socket = self.dir.path().to_str().unwrap().replace('/', "%2F");
        format!("postgres://postgres@{socket}/{name}")
    }
}

impl Server {
    /// The address of a database over the network.
    #[allow(dead_code, reason = "not every test reaches it there")]
    pub(crate) fn by_network(&self, name: &str) -> String {
        self.database(name);
        format!(
            "postgres://postgres@localhost:{}/{name}?sslmode=require",
            self.port
        )
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let id = self.child.id().to_string();
        let _ = Command::new("kill").args(["-INT", &id]).status();
        let _ = self.child.wait();
    }
}
