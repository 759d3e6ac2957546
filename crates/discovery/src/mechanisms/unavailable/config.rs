//! Kinds of discovery that are recognised and checked, but whose work comes later.

/// A checked configuration that finds no targets yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The mechanism's name, such as `consul`.
    pub kind: &'static str,
    /// The key in the configuration file, such as `consul_sd_configs`.
    pub key: &'static str,
}
