//! The laws of documents, seen from outside, each beside what happens without its protection.

#[cfg(test)]
mod base;
#[cfg(test)]
mod convergence;
#[cfg(test)]
mod genesis;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod mutation;
#[cfg(test)]
mod reading;
#[cfg(test)]
mod support;
#[cfg(test)]
mod traps;
