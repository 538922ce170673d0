//! `RUSTC_BOOTSTRAP=1 cargo fuzz run asked`: see `decode::TARGETS`.
#![no_main]

libfuzzer_sys::fuzz_target!(
    init: decode::leave_trials_alone(),
    |input: &[u8]| decode::run("asked", input)
);
