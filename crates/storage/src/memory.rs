//! A storage in plain maps: the reference that others are tested against, and the storage of the PromQL test language.
