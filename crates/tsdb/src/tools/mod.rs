//! What `promtool tsdb` does: list, analyze, dump.
