//! Blocks: two hours or more of finished data in a directory.
