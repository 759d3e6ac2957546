//! Rewriting plans so that they do less for the same result.
//!
//! Each pass has a file, and all stand in one list here. They are tried against plans that are left alone by the property tests in
//! `engine/equal_tests.rs`: same series, same values to the last bit. What has one value for all steps was found while the plan was made
//! ([`PlanKind::Once`](super::PlanKind::Once)); which labels the storage is asked for is decided where they are looked at.

mod common;
mod fold;
mod propagate;

use super::Plan;
use crate::engine::Features;

pub(crate) use common::{Occurrences, Shared, projects, selector_below};

/// Rewrites a plan.
pub(crate) fn optimise(plan: &mut Plan, features: Features) {
    fold::constants(plan);
    // A metric's type is part of what tells series apart until the name goes: fewer series could hide that two have become one.
    if !features.type_and_unit_labels {
        propagate::matchers(plan);
    }
    common::mark(plan);
}
