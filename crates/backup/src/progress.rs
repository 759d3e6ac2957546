//! How far the work is.

/// Is told how far the work is, from several threads.
pub trait Progress: Sync {
    /// So much there is to do.
    fn total(&self, files: usize, bytes: u64);
    /// So many bytes more are done.
    fn advance(&self, bytes: u64);
}

/// Tells nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct Quiet;

impl Progress for Quiet {
    fn total(&self, _files: usize, _bytes: u64) {}
    fn advance(&self, _bytes: u64) {}
}
