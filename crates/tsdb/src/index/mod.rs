//! A block's index: which series there are, by which labels they are found, where their chunks stand.
