use std::cell::Cell;

thread_local! {
    /// The protection taken out, for red controls.
    pub(super) static ONE_BOOK: Cell<bool> = const { Cell::new(false) };
}
