use super::*;

fn labels(job: &str, id: usize) -> Labels {
    Labels::from_pairs([("__name__", "m".to_owned()), ("job", job.to_owned()), ("id", id.to_string())])
}

fn gate(limit_bytes: u64, series_max: u64) -> Admission {
    Admission::new(Budget::new(limit_bytes), series_max)
}

fn limit(label: &str, value: Option<&str>, series_max: u64) -> SeriesLimit {
    SeriesLimit { label: label.to_owned(), value: value.map(str::to_owned), series_max }
}

fn reason(refused: Result<(), AppendError>) -> String {
    match refused {
        Err(AppendError::SeriesLimit { reason }) => reason,
        other => panic!("expected a refusal, got {other:?}"),
    }
}

#[test]
fn the_number_of_series_is_bounded() {
    let gate = gate(0, 2);
    gate.admit(&labels("a", 1), 1).unwrap();
    let told = reason(gate.admit(&labels("a", 2), 2));
    assert_eq!(told, "the head holds 2 series, the most allowed; metric \"m\"");
    assert_eq!(Refusal::ALL.map(|r| gate.refused(r)), [1, 0, 0]);
}

#[test]
fn memory_counts_with_what_young_series_will_need() {
    let bytes = series_bytes(3);
    // Room for ten series with their chunks within 80 % of the limit.
    let gate = gate((bytes + CHUNK_BYTES_EXPECTED) * 10 * 100 / 80 + 100, 0);
    let mut held = 0;
    while gate.admit(&labels("a", held), held as u64).is_ok() {
        gate.created(&labels("a", held));
        held += 1;
    }
    assert_eq!(held, 10);
    // Chunks that were filled take what was kept free for them, and nothing more.
    gate.budget().add(Part::Chunks, CHUNK_BYTES_EXPECTED * 10);
    assert!(reason(gate.admit(&labels("a", 11), 10)).starts_with("memory runs short: "));
    gate.removed(3);
    gate.budget().sub(Part::Chunks, CHUNK_BYTES_EXPECTED);
    gate.admit(&labels("a", 11), 9).unwrap();
    assert_eq!(gate.refused(Refusal::Memory), 2);
}

#[test]
fn limits_by_label_hold_for_each_value_or_for_one() {
    let gate = gate(0, 0);
    let limits = vec![limit("job", None, 3), limit("job", Some("small"), 1)];
    assert!(gate.set_limits(limits.clone(), |_| ()));
    assert!(!gate.set_limits(limits, |_| panic!("nothing changed")));
    let take = |job: &str, id| gate.admit(&labels(job, id), 0).map(|()| gate.created(&labels(job, id)));
    for id in 0..3 {
        take("a", id).unwrap();
        take("b", id).unwrap();
    }
    assert_eq!(reason(take("a", 3)), "job=\"a\" has 3 series, the most allowed; metric \"m\"");
    take("small", 0).unwrap();
    assert_eq!(reason(take("small", 1)), "job=\"small\" has 1 series, the most allowed; metric \"m\"");
    // A series without the label is not concerned; one that goes makes room.
    gate.admit(&Labels::from_pairs([("__name__", "m")]), 0).unwrap();
    gate.uncount(&labels("a", 0));
    take("a", 4).unwrap();
    reason(take("a", 5));
    assert_eq!(gate.refused(Refusal::Label), 3);
}

#[test]
fn changed_limits_count_the_series_that_live() {
    let gate = gate(0, 0);
    gate.created(&labels("a", 0));
    gate.set_limits(vec![limit("job", None, 2)], |visit| (0..2).for_each(|id| visit(&labels("a", id))));
    reason(gate.admit(&labels("a", 9), 2));
    gate.admit(&labels("b", 9), 2).unwrap();
    gate.set_limits(Vec::new(), |_| panic!("nothing to count"));
    gate.admit(&labels("a", 9), 2).unwrap();
}

#[test]
fn a_limit_of_none_refuses_all() {
    let gate = gate(0, 0);
    gate.set_limits(vec![limit("job", Some("banned"), 0)], |_| ());
    reason(gate.admit(&labels("banned", 0), 0));
    gate.admit(&labels("other", 0), 0).unwrap();
}

#[test]
fn an_explosion_names_metric_and_label() {
    let mut growth = Growth::default();
    for i in 0..3000 {
        growth.note(&Labels::from_pairs([
            ("__name__", "requests_total".to_owned()),
            ("job", "shop".to_owned()),
            ("user", format!("u{i}")),
            ("code", format!("{}", 200 + i % 5)),
        ]));
        // A long tail of metrics must not push the frequent one out.
        growth.note(&Labels::from_pairs([("__name__", format!("rare_{i}"))]));
    }
    let found = growth.explosion(2);
    assert_eq!(
        found.origins[..2],
        [("__name__=requests_total".to_owned(), 3000), ("job=shop".to_owned(), 3000)]
    );
    assert_eq!(found.labels.len(), 2);
    let (label, values, sample) = &found.labels[0];
    assert_eq!((label.as_str(), sample.as_str()), ("user", "u0"));
    assert!((2500..3600).contains(values), "{values} values");
    assert_eq!((found.labels[1].0.as_str(), found.labels[1].1), ("code", 5));
}

#[test]
fn notes_stay_bounded() {
    let mut growth = Growth::default();
    for i in 0..5000 {
        growth
            .note(&Labels::from_pairs([("__name__", format!("m{i}")), (&*format!("l{i}"), "v".to_owned())]));
    }
    assert_eq!(
        (growth.explosion(usize::MAX).origins.len(), growth.explosion(usize::MAX).labels.len()),
        (64, 128)
    );
}
