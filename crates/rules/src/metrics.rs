//! What rules tell about themselves, under Prometheus's names.

use telemetry::{Counter, Family, Gauge, Registry, Summary};

/// All metrics of evaluation. The label `rule_group` is the file, `;` and the group's name.
#[derive(Clone)]
#[allow(missing_docs, reason = "each name and help text stands below")]
pub struct Metrics {
    pub(crate) evaluation_duration: Summary,
    pub(crate) group_duration: Summary,
    pub(crate) missed: Family<Counter>,
    pub(crate) scheduled: Family<Counter>,
    pub(crate) evaluations: Family<Counter>,
    pub(crate) failures: Family<Counter>,
    pub(crate) interval: Family<Gauge>,
    pub(crate) last_evaluation: Family<Gauge>,
    pub(crate) last_duration: Family<Gauge>,
    pub(crate) last_rule_duration_sum: Family<Gauge>,
    pub(crate) last_restore_duration: Family<Gauge>,
    pub(crate) rules: Family<Gauge>,
    pub(crate) samples: Family<Gauge>,
    pub(crate) caught_up: Counter,
    pub(crate) broken_files: Family<Gauge>,
    pub(crate) expansions: Counter,
    pub(crate) expansion_failures: Counter,
}

impl Metrics {
    /// Registers all of them.
    pub fn new(r: &Registry) -> Metrics {
        const GROUP: &[&str] = &["rule_group"];
        Metrics {
            evaluation_duration: r.summary(
                "prometheus_rule_evaluation_duration_seconds",
                "The duration for a rule to execute.",
                &[0.5, 0.9, 0.99],
            ),
            group_duration: r.summary(
                "prometheus_rule_group_duration_seconds",
                "The duration of rule group evaluations.",
                &[0.01, 0.05, 0.5, 0.9, 0.99],
            ),
            missed: r.counter_family(
                "prometheus_rule_group_iterations_missed_total",
                "The total number of rule group evaluations missed due to slow rule group evaluation.",
                GROUP,
            ),
            scheduled: r.counter_family(
                "prometheus_rule_group_iterations_total",
                "The total number of scheduled rule group evaluations, whether executed or missed.",
                GROUP,
            ),
            evaluations: r.counter_family(
                "prometheus_rule_evaluations_total",
                "The total number of rule evaluations.",
                GROUP,
            ),
            failures: r.counter_family(
                "prometheus_rule_evaluation_failures_total",
                "The total number of rule evaluation failures.",
                GROUP,
            ),
            interval: r.gauge_family(
                "prometheus_rule_group_interval_seconds",
                "The interval of a rule group.",
                GROUP,
            ),
            last_evaluation: r.gauge_family(
                "prometheus_rule_group_last_evaluation_timestamp_seconds",
                "The timestamp of the last rule group evaluation in seconds.",
                GROUP,
            ),
            last_duration: r.gauge_family(
                "prometheus_rule_group_last_duration_seconds",
                "The duration of the last rule group evaluation.",
                GROUP,
            ),
            last_rule_duration_sum: r.gauge_family(
                "prometheus_rule_group_last_rule_duration_sum_seconds",
                "The sum of time in seconds it took to evaluate each rule in the group regardless of concurrency. This should be higher than the group duration if rules are evaluated concurrently.",
                GROUP,
            ),
            last_restore_duration: r.gauge_family(
                "prometheus_rule_group_last_restore_duration_seconds",
                "The duration of the last alert rules alerts restoration using the `ALERTS_FOR_STATE` series.",
                GROUP,
            ),
            rules: r.gauge_family("prometheus_rule_group_rules", "The number of rules.", GROUP),
            samples: r.gauge_family(
                "prometheus_rule_group_last_evaluation_samples",
                "The number of samples returned during the last rule group evaluation.",
                GROUP,
            ),
            caught_up: r.counter(
                "bongsu_rule_group_iterations_caught_up_total",
                "Rule group evaluations that were missed while the server was down and done after its start.",
            ),
            broken_files: r.gauge_family(
                "bongsu_rule_file_broken",
                "1 for each rule file whose present content could not be loaded.",
                &["file"],
            ),
            expansions: r.counter(
                "prometheus_template_text_expansions_total",
                "The total number of template text expansions.",
            ),
            expansion_failures: r.counter(
                "prometheus_template_text_expansion_failures_total",
                "The total number of template text expansion failures.",
            ),
        }
    }

    /// Makes all metrics of a group appear.
    pub(crate) fn announce(&self, group: &str, interval_seconds: f64, rules: usize) {
        for family in [&self.missed, &self.scheduled, &self.evaluations, &self.failures] {
            family.with(&[group]);
        }
        for family in
            [&self.last_evaluation, &self.last_duration, &self.last_rule_duration_sum, &self.samples]
        {
            family.with(&[group]);
        }
        self.interval.with(&[group]).set(interval_seconds);
        self.rules.with(&[group]).set(rules as f64);
    }

    /// Forgets a group.
    pub(crate) fn forget(&self, group: &str) {
        for family in [&self.missed, &self.scheduled, &self.evaluations, &self.failures] {
            family.remove(&[group]);
        }
        for family in [
            &self.interval,
            &self.last_evaluation,
            &self.last_duration,
            &self.last_rule_duration_sum,
            &self.last_restore_duration,
            &self.rules,
            &self.samples,
        ] {
            family.remove(&[group]);
        }
    }
}
