//! The program as a person meets it: the real window on a display in memory, driven by role and name.
//!
//! The window is `target/debug/marugoto-window`; `cargo xtask test` builds it before the tests start.

#[cfg(test)]
mod anthy;
#[cfg(test)]
mod at_rest;
#[cfg(test)]
mod attachments;
#[cfg(test)]
mod axe;
#[cfg(test)]
mod city;
mod cosign;
#[cfg(test)]
mod demo;
#[cfg(test)]
mod devices;
#[cfg(test)]
mod erasing;
#[cfg(test)]
mod escrow;
#[cfg(test)]
mod escrowed;
#[cfg(test)]
mod every_screen;
#[cfg(test)]
mod finding;
#[cfg(test)]
mod first_screen;
#[cfg(test)]
mod group;
#[cfg(test)]
mod hub;
#[cfg(test)]
mod input_method;
#[cfg(test)]
mod lan;
#[cfg(test)]
mod leaving;
#[cfg(test)]
mod locking;
#[cfg(test)]
mod main_job;
#[cfg(test)]
mod memory;
#[cfg(test)]
mod open_editor;
#[cfg(test)]
mod passing;
#[cfg(test)]
mod reentry;
#[cfg(test)]
mod renewal;
#[cfg(test)]
mod rescue;
#[cfg(test)]
mod screen;
#[cfg(test)]
mod steps;
#[cfg(test)]
mod team_move;
#[cfg(test)]
mod teams;
#[cfg(test)]
mod unhappy;
#[cfg(test)]
mod ways;
#[cfg(test)]
mod window;
