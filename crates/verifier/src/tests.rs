use std::cell::Cell;

thread_local! {
    /// The protection taken out, for red controls.
    pub(crate) static UNSIGNED: Cell<bool> = const { Cell::new(false) };
}
