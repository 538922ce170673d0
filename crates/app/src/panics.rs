//! What a panic may say: where, never what. Its message could hold the words of a record.

use std::io::Write as _;

/// Puts a hook in place that names the place of a panic and nothing else. Panics on the threads on which
/// foreign changes are tried out are expected and caught; of those nothing is said.
pub fn keep_silent() {
    std::panic::set_hook(Box::new(|info| {
        if std::thread::current().name() == Some(record::TRIAL) {
            return;
        }
        let place = info
            .location()
            .map(|at| format!("{}:{}", at.file(), at.line()))
            .unwrap_or_default();
        // Nothing can be done about an output that is closed.
        let _ = writeln!(std::io::stderr().lock(), "internal fault at {place}");
    }));
}
