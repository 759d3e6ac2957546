use super::*;

#[test]
fn without_a_limit_everything_is_counted_and_nothing_refused() {
    let budget = Budget::new(0);
    let charge = budget.charge(Part::Queries);
    charge.grow(u64::MAX / 4).unwrap();
    assert_eq!(budget.used_by(Part::Queries), u64::MAX / 4);
    assert!(budget.check(Part::Series, u64::MAX / 4).is_ok());
}

#[test]
fn the_new_is_refused_before_the_known() {
    // (in use, wanted, series granted, queries granted) of a limit of 1000
    let table = [
        (0, 800, true, true),
        (0, 801, false, true),
        (799, 1, true, true),
        (800, 1, false, true),
        (949, 1, false, true),
        (949, 2, false, false),
        (2000, 0, false, false),
    ];
    for (used, wanted, series, queries) in table {
        let budget = Budget::new(1000);
        budget.add(Part::Chunks, used);
        assert_eq!(budget.check(Part::Series, wanted).is_ok(), series, "series: {used} + {wanted}");
        assert_eq!(budget.check(Part::Queries, wanted).is_ok(), queries, "queries: {used} + {wanted}");
    }
}

#[test]
fn what_is_observed_counts_where_it_is_more() {
    let budget = Budget::new(1000);
    budget.add(Part::Series, 300);
    budget.observe(200);
    assert_eq!(budget.in_use(), 300);
    budget.observe(900);
    assert_eq!(budget.in_use(), 900);
    let refused = budget.check(Part::Series, 10).unwrap_err();
    assert_eq!(refused, Exceeded { part: Part::Series, wanted: 10, used: 900, limit: 1000, allowed: 800 });
    assert_eq!(
        refused.to_string(),
        "10 bytes for series would exceed the memory limit: 900 of 1000 bytes are in use"
    );
}

#[test]
fn a_charge_gives_back_what_it_took_once() {
    let budget = Budget::new(1000);
    let (one, other) = (budget.charge(Part::Queries), budget.charge(Part::Queries));
    one.grow(400).unwrap();
    other.grow(500).unwrap();
    assert_eq!(one.grow(100).unwrap_err().used, 900);
    one.shrink(100);
    assert_eq!((one.bytes(), budget.used_by(Part::Queries)), (300, 800));
    one.shrink(1000);
    assert_eq!((one.bytes(), budget.used_by(Part::Queries)), (0, 500));
    drop(one);
    assert_eq!(budget.accounted(), 500);
    drop(other);
    assert_eq!(budget.accounted(), 0);
}

#[test]
fn charges_from_many_threads_add_up() {
    let budget = Budget::new(0);
    let charge = budget.charge(Part::Caches);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..1000).for_each(|i| charge.grow(i).unwrap()));
        }
    });
    assert_eq!(charge.bytes(), 4 * 999 * 500);
    assert_eq!(budget.accounted(), 4 * 999 * 500);
}

#[test]
fn every_part_has_its_counter_and_its_name() {
    let budget = Budget::new(0);
    for (i, part) in (0..).zip(Part::ALL) {
        assert_eq!(part as usize, i);
        budget.set(part, 10 + i as u64);
    }
    let used: Vec<(&str, u64)> = Part::ALL.iter().map(|p| (p.name(), budget.used_by(*p))).collect();
    assert_eq!(used, [("series", 10), ("index", 11), ("chunks", 12), ("queries", 13), ("caches", 14)]);
}
