//! YAML documents with positions.
