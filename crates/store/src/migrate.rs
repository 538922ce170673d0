//! The steps of the schema, in order.
//!
//! # Invariants
//!
//! - **A released file never changes.** A new wish is a new step.
//! - **Each step says whether an older program may still open the store.** If not, that program refuses with
//!   [`Error::NewerFormat`] instead of writing what the newer one would misread.
//! - **All or nothing**: the steps that a store lacks run in one commit.

use rusqlite::Connection;

use crate::error::Error;
use crate::meta;
use crate::pin::Pin;
use crate::transaction::Transaction;

/// One step.
struct Step {
    sql: &'static str,
    older: Older,
}

/// What a program that does not know a step may do with a store that has it.
enum Older {
    /// It refuses the store.
    Refuses,
    /// It may open and write it.
    #[expect(dead_code, reason = "all steps so far are of the first release")]
    MayOpen,
}

/// All steps; the first is number 1.
const STEPS: &[Step] = &[
    Step {
        sql: include_str!("../migrations/0001_init.sql"),
        older: Older::Refuses,
    },
    Step {
        sql: include_str!("../migrations/0002_records.sql"),
        older: Older::Refuses,
    },
    Step {
        sql: include_str!("../migrations/0003_projections.sql"),
        older: Older::Refuses,
    },
    Step {
        sql: include_str!("../migrations/0004_trust.sql"),
        older: Older::Refuses,
    },
    Step {
        sql: include_str!("../migrations/0005_restricted.sql"),
        older: Older::Refuses,
    },
    Step {
        sql: include_str!("../migrations/0006_hub.sql"),
        older: Older::Refuses,
    },
    Step {
        sql: include_str!("../migrations/0007_files.sql"),
        older: Older::Refuses,
    },
    Step {
        sql: include_str!("../migrations/0008_aside.sql"),
        older: Older::Refuses,
    },
    Step {
        sql: include_str!("../migrations/0009_erase.sql"),
        older: Older::Refuses,
    },
    Step {
        sql: include_str!("../migrations/0010_audit.sql"),
        older: Older::Refuses,
    },
    Step {
        sql: include_str!("../migrations/0011_attachments.sql"),
        older: Older::Refuses,
    },
    Step {
        sql: include_str!("../migrations/0012_places.sql"),
        older: Older::Refuses,
    },
    Step {
        sql: include_str!("../migrations/0013_carry.sql"),
        older: Older::Refuses,
    },
    Step {
        sql: include_str!("../migrations/0014_erased.sql"),
        older: Older::Refuses,
    },
    Step {
        sql: include_str!("../migrations/0015_moving.sql"),
        older: Older::Refuses,
    },
    Step {
        sql: include_str!("../migrations/0016_growth.sql"),
        older: Older::Refuses,
    },
    Step {
        sql: include_str!("../migrations/0017_lineage.sql"),
        older: Older::Refuses,
    },
];

/// Refuses a store that needs a newer program than this.
pub(crate) fn admit(conn: &Connection) -> Result<(), Error> {
    let needs = if applied(conn)? == 0 {
        0
    } else {
        meta::get_counter(conn, meta::NEEDS)?
    };
    if needs > STEPS.len() as u64 {
        Err(Error::NewerFormat)
    } else {
        Ok(())
    }
}

/// Whether a store lacks a step.
pub(crate) fn is_due(conn: &Connection) -> Result<bool, Error> {
    Ok(applied(conn)? < STEPS.len())
}

/// Runs the steps that the store lacks.
pub(crate) fn run(tx: &Transaction<'_>) -> Result<(), Error> {
    let conn = tx.conn();
    let done = applied(conn)?;
    for (number, step) in (1_i64..).zip(STEPS).skip(done) {
        conn.execute_batch(step.sql)?;
        conn.pragma_update(None, "user_version", number)?;
        if matches!(step.older, Older::Refuses) {
            meta::put(conn, meta::NEEDS, number)?;
        }
        tx.pin(Pin::own(crypto::sha256(&[step.sql.as_bytes()])));
    }
    Ok(())
}

fn applied(conn: &Connection) -> Result<usize, Error> {
    let applied: u32 = conn.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok(applied as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    #[test]
    fn a_store_of_a_newer_program_is_opened_only_if_that_program_allowed_it() {
        let store = Store::ephemeral().unwrap();
        assert!(admit(&store.conn).is_ok());
        store.conn.pragma_update(None, "user_version", 900).unwrap();
        assert!(admit(&store.conn).is_ok() && !is_due(&store.conn).unwrap());
        meta::put(&store.conn, meta::NEEDS, 900).unwrap();
        assert!(matches!(admit(&store.conn), Err(Error::NewerFormat)));
    }

    /// Needs root, or a user namespace in which the tests run.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_step_that_has_no_room_is_not_half_done_and_is_done_when_there_is() {
        use std::process::Command;

        use crate::header_file::{NewHeader, Secret};

        let run = |program: &str, arguments: &[&str]| {
            let done = Command::new(program).args(arguments).output().unwrap();
            assert!(done.status.success(), "{done:?}");
        };
        let folder = tempfile::tempdir().unwrap();
        let disk = folder.path().to_str().unwrap();
        run("mount", &["-t", "tmpfs", "-o", "size=4m", "tmpfs", disk]);
        let recovery = crypto::recovery::RecoveryCode::make();
        let header = NewHeader {
            passphrase: "みほん",
            params: crypto::passphrase::Params::FLOOR,
            recovery: &recovery,
        };
        let (at, secret) = (folder.path().join("store"), Secret::Recovery(&recovery));
        let store = Store::create(&at, &header).unwrap();
        // A store of the program before the last step, which only adds.
        let last = STEPS.len() - 1;
        // From its end: a column goes after the index over it.
        for line in STEPS[last].sql.lines().rev() {
            let drop = match line.split(' ').collect::<Vec<_>>()[..] {
                ["CREATE", kind @ ("TABLE" | "INDEX"), name, ..] => {
                    format!("DROP {kind} IF EXISTS {name}")
                }
                ["ALTER", "TABLE", table, "ADD", "COLUMN", column, ..] => {
                    format!(
                        "ALTER TABLE {table} DROP COLUMN {}",
                        column.trim_end_matches(';')
                    )
                }
                _ => continue,
            };
            store.conn.execute_batch(&drop).unwrap();
        }
        store
            .conn
            .pragma_update(None, "user_version", last)
            .unwrap();
        store.lock().unwrap();
        let filler = folder.path().join("filler");
        let mut file = std::fs::File::create(&filler).unwrap();
        while std::io::Write::write_all(&mut file, &[7; 4096]).is_ok() {}
        let refused = Store::unlock(&at, secret).unwrap_err();
        assert!(matches!(refused, Error::DiskFull), "{refused:?}");
        drop(file);
        std::fs::remove_file(&filler).unwrap();
        let store = Store::unlock(&at, secret).unwrap();
        assert!(!is_due(&store.conn).unwrap());
        store.lock().unwrap();
        run("umount", &["--lazy", disk]);
    }

    #[test]
    fn steps_that_are_done_are_not_done_again() {
        let mut store = Store::ephemeral().unwrap();
        let before = store.counter();
        store.transact(run).unwrap();
        assert_eq!(store.counter(), before);
    }
}
