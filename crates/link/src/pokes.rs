//! Pokes: the hub says that something is new. What it is, a talk finds out.
//!
//! # Invariants
//!
//! - **A poke is a hint.** Nothing in it is believed; whoever misses it learns the same at the next talk.
//! - **What the hub says cannot fill the memory.** Of a line only its beginning is kept.

use std::io::Read as _;
use std::time::Duration;

use sync::carrier::Unreachable;
use ureq::http;

use crate::{HttpCarrier, unreachable};

/// How long one line is listened to; a line that died without a word is given up then.
const LISTENING: Duration = Duration::from_secs(600);
/// How a line begins that says that there is something new.
const POKE: &[u8] = b"data:";

/// What comes over the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sound {
    /// The line is open. What was said between the talk and this was not heard.
    Open,
    /// There is something new.
    Poke,
    /// The line stands, and nothing is new.
    Quiet,
}

impl HttpCarrier {
    /// Listens to the hub with the token of a talk. `hear` is told of each sound, and says whether to go on; a quiet line
    /// sounds about every twenty seconds. Returns when the hub ends the line or nobody wants to hear any more.
    ///
    /// # Errors
    /// [`Unreachable`] when the line breaks, or the hub does not let this device listen.
    pub fn listen(
        &self,
        token: &[u8; 32],
        mut hear: impl FnMut(Sound) -> bool,
    ) -> Result<(), Unreachable> {
        let hex: String = token.iter().map(|byte| format!("{byte:02x}")).collect();
        let request = self
            .agent
            .get(format!("{}/v1/events", self.url))
            .header("authorization", format!("Bearer {hex}"))
            .config()
            .timeout_global(Some(LISTENING))
            .build();
        let mut response = request.call().map_err(unreachable)?;
        if response.status() != http::StatusCode::OK {
            return Err(Unreachable(
                "the hub does not let this device listen".into(),
            ));
        }
        if !hear(Sound::Open) {
            return Ok(());
        }
        let mut body = response.body_mut().as_reader();
        let mut chunk = [0; 512];
        let mut lines = Lines::default();
        loop {
            let length = body
                .read(&mut chunk)
                .map_err(|error| Unreachable(Box::new(error)))?;
            let Some(read) = chunk.get(..length).filter(|read| !read.is_empty()) else {
                return Ok(());
            };
            let sound = if lines.hear(read) {
                Sound::Poke
            } else {
                Sound::Quiet
            };
            if !hear(sound) {
                return Ok(());
            }
        }
    }
}

/// Lines as they come, in pieces of any length.
#[derive(Default)]
struct Lines {
    /// The beginning of the line that is under way.
    begun: Vec<u8>,
}

impl Lines {
    /// Whether a line that is a poke ends in this piece.
    fn hear(&mut self, piece: &[u8]) -> bool {
        let mut poked = false;
        for byte in piece {
            match byte {
                b'\n' | b'\r' => {
                    poked |= self.begun == POKE;
                    self.begun.clear();
                }
                byte if self.begun.len() < POKE.len() => self.begun.push(*byte),
                _ => {}
            }
        }
        poked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_poke_is_heard_however_it_is_cut_up() {
        let said = b": alive\n\ndata: 00ff\n\n";
        for size in 1..said.len() {
            let mut lines = Lines::default();
            let heard = said.chunks(size).filter(|piece| lines.hear(piece)).count();
            assert_eq!(heard, 1, "{size}");
        }
    }

    #[test]
    fn whatever_is_no_poke_is_quiet_and_takes_no_room() {
        let mut lines = Lines::default();
        for said in [
            &b": data:\n"[..],
            b"event: data:\n",
            b" data: 1\n",
            b"dat\na: 1\n",
        ] {
            assert!(!lines.hear(said), "{said:?}");
        }
        for _ in 0..1000 {
            assert!(!lines.hear(&[b'x'; 1000]));
        }
        assert_eq!(lines.begun.capacity(), 8);
    }
}
