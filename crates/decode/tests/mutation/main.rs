//! Bytes changed at random, thrown at every decoder: none panics, none takes memory or time on a promise, and what is
//! accepted is written anew as it was.
//!
//! `MARUGOTO_CASES` says how many inputs each decoder gets; the seeds are those of the fuzzer, in `fuzz/corpus`.
//! `MARUGOTO_WRITE_SEEDS=1` writes the seeds that are not there yet.

#[cfg(test)]
mod seeds;

#[cfg(test)]
mod mutation {
    use std::any::Any;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::time::{Duration, Instant};

    use decode::{TARGETS, Target, leave_trials_alone, target};

    use crate::seeds;

    /// SplitMix64: the same numbers in every run.
    struct Numbers(u64);

    impl Numbers {
        fn next(&mut self) -> u64 {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        }

        fn below(&mut self, end: usize) -> usize {
            (self.next() % end.max(1) as u64) as usize
        }

        fn one_of<'a, T>(&mut self, items: &'a [T]) -> &'a T {
            &items[self.below(items.len())]
        }
    }

    /// Lengths and numbers at which readers stumble.
    const EDGES: [u64; 12] = [
        0,
        1,
        23,
        24,
        0x7f,
        0x80,
        0xff,
        0xffff,
        0x7fff_ffff,
        0xffff_ffff,
        1 << 63,
        u64::MAX,
    ];

    /// A seed with a few things done to it.
    fn mutated(seeds: &[Vec<u8>], numbers: &mut Numbers) -> Vec<u8> {
        let mut bytes = numbers.one_of(seeds).clone();
        for _ in 0..=numbers.below(3) {
            let at = numbers.below(bytes.len() + 1);
            let end = (at + 1 + numbers.below(8)).min(bytes.len());
            match numbers.below(8) {
                0 => bytes.truncate(at),
                1 => drop(bytes.drain(at..end)),
                2 => {
                    let piece = bytes[at..end].to_vec();
                    drop(bytes.splice(at..at, piece));
                }
                3 => {
                    let other = numbers.one_of(seeds);
                    let from = numbers.below(other.len() + 1);
                    bytes.truncate(at);
                    bytes.extend(&other[from..]);
                }
                4 => {
                    let edge = numbers.one_of(&EDGES).to_be_bytes();
                    let width = 1 << numbers.below(4);
                    let place = at..(at + width).min(bytes.len());
                    drop(bytes.splice(place, edge[8 - width..].iter().copied()));
                }
                5 => bytes.insert(at, numbers.next() as u8),
                _ if at < bytes.len() => bytes[at] ^= 1 << numbers.below(8),
                _ => bytes.push(numbers.next() as u8),
            }
        }
        bytes
    }

    /// What a hunt found: the input that broke a law, and how.
    struct Finding {
        input: Vec<u8>,
        how: String,
    }

    /// How many of the mutated inputs were accepted, or the first that broke a law.
    fn hunt(
        run: impl Fn(&[u8]) -> bool,
        seeds: &[Vec<u8>],
        cases: usize,
    ) -> Result<usize, Finding> {
        let mut numbers = Numbers(1);
        let mut accepted = 0;
        for _ in 0..cases {
            let input = mutated(seeds, &mut numbers);
            let start = Instant::now();
            match catch_unwind(AssertUnwindSafe(|| run(&input))) {
                Ok(taken) if start.elapsed() < SLOW => accepted += usize::from(taken),
                Ok(_) => {
                    let how = format!("{:?}", start.elapsed());
                    return Err(Finding { input, how });
                }
                Err(panic) => {
                    let how = words(&*panic);
                    return Err(Finding { input, how });
                }
            }
        }
        Ok(accepted)
    }

    /// On a machine that does other work besides.
    const SLOW: Duration = Duration::from_secs(5);

    fn words(panic: &(dyn Any + Send)) -> String {
        let text = panic.downcast_ref::<String>().cloned();
        text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
            .unwrap_or_default()
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The most memory that this process ever held, where the system tells.
    fn peak_mib() -> Option<usize> {
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        let line = status.lines().find_map(|it| it.strip_prefix("VmHWM:"))?;
        let kib: usize = line.trim().strip_suffix(" kB")?.parse().ok()?;
        Some(kib / 1024)
    }

    fn cases(target: &Target) -> usize {
        let asked = std::env::var("MARUGOTO_CASES").map_or(16_000, |cases| cases.parse().unwrap());
        match target.name {
            // A document is loaded three times for each, or a box is sealed, or an office built.
            "trial" => asked / 16,
            "approval" | "asked" | "directory" | "keybox" | "log" | "proof" | "roster" => asked / 4,
            _ => asked,
        }
    }

    fn survives(name: &str) {
        leave_trials_alone();
        let target = target(name).unwrap();
        let seeds = seeds::of(name);
        for seed in &seeds {
            assert!((target.run)(seed), "{name} takes its seed {}", hex(seed));
        }
        match hunt(target.run, &seeds, cases(target)) {
            Ok(accepted) => println!("{name}: {} inputs, {accepted} accepted", cases(target)),
            Err(Finding { input, how }) => panic!("{name} at {}: {how}", hex(&input)),
        }
        assert!(
            peak_mib().is_none_or(|peak| peak < 256),
            "{:?} MiB",
            peak_mib()
        );
    }

    macro_rules! survives {
        ($($name:ident)+) => {
            $(#[test]
            fn $name() {
                survives(stringify!($name));
            })+

            #[test]
            fn every_decoder_is_hunted() {
                let here = [$(stringify!($name)),+];
                assert_eq!(here.as_slice(), TARGETS.iter().map(|it| it.name).collect::<Vec<_>>());
            }
        };
    }
    survives! { record body hub bundle manifest request approval header codes log picture directory asked roster keybox prescan trial wish statement receipt proof }

    /// Red controls: a hunt finds a reader that trusts a length, one that is too lenient, and one that hangs.
    #[test]
    fn a_hunt_finds_what_it_looks_for() {
        let seeds = [b"\x03abc".to_vec()];
        let trusting = |input: &[u8]| {
            let (length, rest) = input.split_first().unwrap_or((&0, &[]));
            !rest[..usize::from(*length)].is_empty()
        };
        let lenient = |input: &[u8]| {
            let Some((3, read)) = input.split_first() else {
                return false;
            };
            let read = &read[..read.len().min(3)];
            assert_eq!([&[3], read].concat(), input, "written anew");
            true
        };
        assert!(trusting(&seeds[0]) && lenient(&seeds[0]));
        assert!(hunt(trusting, &seeds, 1_000).is_err());
        assert!(hunt(lenient, &seeds, 1_000).is_err_and(|it| it.how.contains("written anew")));
        assert!(hunt(|input| input == b"\x03abc", &seeds, 1_000).is_ok());
    }
}
