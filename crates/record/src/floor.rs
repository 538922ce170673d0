//! A measuring stick for `bench`: the same merge by automerge alone, without checks, rows or a disk.

use automerge::{
    AutoCommit, AutomergeError, Change, ObjType, ROOT, ScalarValue, transaction::Transactable,
};

/// Two copies of one map of registers, with as many edits each, not merged yet.
pub struct Merge {
    mine: AutoCommit,
    theirs: Vec<Change>,
}

impl std::fmt::Debug for Merge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Merge")
            .field("theirs", &self.theirs.len())
            .finish_non_exhaustive()
    }
}

impl Merge {
    /// Makes `edits` changes of `bytes` each on both sides, over eight registers.
    ///
    /// # Errors
    /// What automerge says.
    pub fn prepare(edits: usize, bytes: usize) -> Result<Self, AutomergeError> {
        let mut mine = AutoCommit::new();
        let map = mine.put_object(ROOT, "answers", ObjType::Map)?;
        mine.commit();
        let mut theirs = mine.fork();
        for (side, doc) in [&mut mine, &mut theirs].into_iter().enumerate() {
            for edit in 0..edits {
                let value = format!("{side}/{edit}")
                    .into_bytes()
                    .into_iter()
                    .cycle()
                    .take(bytes)
                    .collect();
                doc.put(&map, format!("item{}", edit % 8), ScalarValue::Bytes(value))?;
                doc.commit();
            }
        }
        let theirs = theirs.get_changes(&mine.get_heads()).into_iter().collect();
        Ok(Self { mine, theirs })
    }

    /// Merges, and says how many heads there are then.
    ///
    /// # Errors
    /// What automerge says.
    pub fn run(&mut self) -> Result<usize, AutomergeError> {
        self.mine.apply_changes(self.theirs.clone())?;
        Ok(self.mine.get_heads().len())
    }
}
