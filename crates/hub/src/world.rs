//! The computer's clock and the operating system's randomness.

use relay::settings::World;

#[derive(Debug, Clone, Copy)]
pub(crate) struct System;

impl World for System {
    fn now(&self) -> u64 {
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the one place where the hub reads the clock"
        )]
        let now = std::time::SystemTime::now();
        now.duration_since(std::time::UNIX_EPOCH)
            .map_or(0, |since| since.as_secs())
    }

    fn random(&self) -> [u8; 32] {
        crypto::random()
    }
}
