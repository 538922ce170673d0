//! `batch`: one line in, one line out, flushed only once the operation is on the disk.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::time::{Duration, Instant};

use app::{AppError, ErrorCode, Result, ops};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::rim::Rim;

/// One line of input.
#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    id: Value,
    op: String,
    #[serde(default)]
    args: Value,
}

/// How often the journal's head is put on the disk while there are commits.
const FLUSH: Duration = Duration::from_secs(2);

pub(crate) fn batch(rim: &Rim, file: Option<&str>) -> Result<()> {
    let failed = |error: std::io::Error| AppError::new(ErrorCode::FileFailed).because(error);
    let input: Box<dyn BufRead> = match file {
        None | Some("-") => Box::new(BufReader::new(std::io::stdin())),
        Some(path) => Box::new(BufReader::new(File::open(path).map_err(failed)?)),
    };
    let mut app = rim.open()?;
    let mut refused = None;
    let mut flushed = Instant::now();
    for line in input.lines() {
        let text = line.map_err(failed)?;
        if text.trim().is_empty() {
            continue;
        }
        let (id, outcome) = match serde_json::from_str::<Line>(&text) {
            Ok(line) => (line.id, ops::call(&mut app, &line.op, line.args)),
            Err(_) => {
                let error = AppError::new(ErrorCode::InvalidRequest)
                    .with("op", "batch")
                    .with("detail", "JSON");
                (Value::Null, Err(error))
            }
        };
        let answer = match outcome {
            Ok(applied) => json!({ "id": id, "ok": applied.value }),
            Err(error) => {
                let view = error.view(rim.lang);
                refused.get_or_insert(error);
                json!({ "id": id, "error": view })
            }
        };
        rim.line(&answer.to_string())?;
        if flushed.elapsed() >= FLUSH {
            match app.flush() {
                Ok(()) => flushed = Instant::now(),
                // The operations say themselves what had no room; the head is put on the disk with the next line.
                Err(error) if error.code == ErrorCode::DiskFull => {}
                Err(error) => return Err(error),
            }
        }
    }
    app.lock()?;
    // Each error stands on its own line already; the exit status says that there was one.
    match refused {
        Some(_) => Err(AppError::new(ErrorCode::BatchRefused)),
        None => Ok(()),
    }
}
