//! みほん市, seen from outside.

#[cfg(test)]
mod laws;
