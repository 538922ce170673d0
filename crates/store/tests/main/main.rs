//! The store's folder: what it promises, and what it says when a file is not what it was.

#[cfg(test)]
mod backup;
#[cfg(test)]
mod damage;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod kill;
#[cfg(test)]
mod life;
#[cfg(test)]
mod recover;
#[cfg(test)]
mod steps;
