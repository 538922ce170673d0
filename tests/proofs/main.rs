//! Proofs over the real program `marugoto`: it is killed, its power is cut, its files are damaged and searched through.
//!
//! The program is `target/debug/marugoto`; `cargo xtask test` builds it before the tests start. Each protection has a
//! control beside it: the same check, with the protection taken out, fails.
//!
//! How often: `MARUGOTO_KILLS` (40 without it), `MARUGOTO_CRASHES` (300). `MARUGOTO_SEED` repeats a run.

#[cfg(test)]
mod at_rest;
#[cfg(test)]
mod bench;
#[cfg(test)]
mod damage;
#[cfg(test)]
mod dice;
#[cfg(target_os = "linux")]
#[cfg(test)]
mod disk;
#[cfg(test)]
mod erasing;
#[cfg(test)]
mod escrow;
#[cfg(test)]
mod exit_status;
#[cfg(target_os = "linux")]
#[cfg(test)]
mod full_disk;
#[cfg(test)]
mod hub;
#[cfg(test)]
mod kill;
#[cfg(test)]
mod lan;
#[cfg(test)]
mod passing;
#[cfg(target_os = "linux")]
#[cfg(test)]
mod power_loss;
#[cfg(test)]
mod program;
#[cfg(test)]
mod renewal;
#[cfg(test)]
mod rescue;
#[cfg(test)]
mod seven_steps;
#[cfg(test)]
mod teams;
#[cfg(test)]
mod work;
