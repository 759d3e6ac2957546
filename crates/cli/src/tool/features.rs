//! `--enable-feature`: parts of PromQL that are not stable yet.

use ::promql::ParseOptions;
use clap::{Arg, ArgMatches};

const NAME: &str = "enable-feature";

/// The flag, which every command takes.
pub(super) fn arg() -> Arg {
    let help = "Comma separated features to enable: promql-experimental-functions, promql-delayed-name-removal, \
                promql-extended-range-selectors, promql-binop-fill-modifiers. `test promql` has all of them on if none is named.";
    super::flags(NAME, "NAMES", help).global(true)
}

/// What the flag asked for.
pub(super) struct Enabled {
    /// What may be written.
    pub(super) parse: ParseOptions,
    /// Whether operations keep the metric name until the end.
    pub(super) delayed_name_removal: bool,
}

/// Returns what the flag asked for; `None` if it was not given.
pub(super) fn enabled(matches: &ArgMatches) -> Option<Enabled> {
    let mut enabled = Enabled { parse: ParseOptions::default(), delayed_name_removal: false };
    let mut any = false;
    for name in
        super::texts(matches, NAME).iter().flat_map(|names| names.split(',')).filter(|name| !name.is_empty())
    {
        any = true;
        match name {
            "promql-experimental-functions" => enabled.parse.experimental_functions = true,
            "promql-delayed-name-removal" => enabled.delayed_name_removal = true,
            "promql-duration-expr" => enabled.parse.duration_expr = true,
            "promql-extended-range-selectors" => enabled.parse.extended_range_selectors = true,
            "promql-binop-fill-modifiers" => enabled.parse.binop_fill_modifiers = true,
            unknown => eprintln!("  WARNING: Unknown feature passed to --enable-feature: {unknown}"),
        }
    }
    any.then_some(enabled)
}
