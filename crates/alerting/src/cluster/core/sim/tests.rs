use proptest::prelude::*;

use super::world::{World, seconds};

fn all(size: usize) -> Vec<String> {
    (0..size).map(|number| format!("am-{number}")).collect()
}

/// Checks that all replicas see all others and know all silences.
fn assert_whole(world: &World) {
    let silences = world.silences(0);
    assert_eq!(silences.len(), world.silences_made() as usize);
    for node in 0..world.size() {
        assert_eq!(world.members(node), all(world.size()), "members that {node} knows");
        assert_eq!(world.silences(node), silences, "silences that {node} knows");
    }
}

#[test]
fn replicas_find_one_another_and_notify_once() {
    for (size, loss, seed) in [(2, 0, 1), (3, 20, 2), (4, 30, 3), (5, 20, 4)] {
        let mut world = World::new(size, seed, loss);
        world.run(seconds(20));
        assert_whole(&world);
        world.fire(["a".to_owned(), "b".to_owned()]);
        world.silence(size - 1, 10);
        world.silence(0, 5_000);
        world.run(seconds(300));
        assert_whole(&world);
        for alert in ["a", "b"] {
            assert_eq!(world.count(alert), 1, "{size} replicas, {loss} % loss: {:?}", world.notified);
        }
        // The first by name sends at once: 1 s of group_wait, no more.
        assert!(world.notified.iter().all(|n| n.by == 0 && n.at < seconds(22)), "{:?}", world.notified);
    }
}

#[test]
fn nothing_goes_out_before_the_replicas_have_settled() {
    let mut world = World::new(3, 5, 0);
    world.fire(["early".to_owned()]);
    world.run(seconds(7));
    assert_eq!(world.notified, []);
    world.run(seconds(60));
    assert_eq!(world.count("early"), 1);
}

#[test]
fn the_next_replica_sends_when_the_first_is_gone() {
    let mut world = World::new(3, 6, 0);
    world.run(seconds(20));
    world.kill(0);
    world.fire(["a".to_owned()]);
    world.run(seconds(40));
    assert_eq!(world.count("a"), 1);
    assert_eq!(world.notified[0].by, 1);
    // It comes back without a memory of the notification, and learns of it before it could repeat it.
    world.start(0);
    world.run(seconds(600));
    assert_eq!(world.count("a"), 1);
    assert_whole(&world);
}

#[test]
fn a_storm_is_told_once_too() {
    let mut world = World::new(3, 7, 10);
    world.run(seconds(20));
    world.fire((0..1500).map(|n| format!("storm-{n}")));
    world.run(seconds(120));
    assert_eq!(world.notified.len(), 1500, "each group once");
}

#[test]
fn a_partition_ends_with_all_silences_and_no_further_notification() {
    let mut world = World::new(3, 8, 5);
    world.run(seconds(20));
    world.fire(["before".to_owned()]);
    world.silence(0, 10);
    world.run(seconds(60));
    world.divide(vec![0, 0, 1]);
    world.run(seconds(30));
    assert_eq!((world.members(0), world.members(2)), (all(2), vec!["am-2".to_owned()]));
    world.silence(1, 10);
    world.silence(2, 10);
    world.fire(["within".to_owned()]);
    world.run(seconds(300));
    let both = |world: &World| (world.count("before"), world.count("within"));
    // Each side cannot but send: nobody must go without.
    assert_eq!(both(&world), (1, 2));
    world.heal();
    world.run(seconds(30));
    assert_whole(&world);
    world.run(seconds(900));
    assert_eq!(both(&world), (1, 2), "nothing is said again");
    world.fire(["after".to_owned()]);
    world.run(seconds(120));
    assert_eq!(world.count("after"), 1);
}

#[test]
fn killed_at_any_moment_of_a_notification_nothing_is_lost_and_at_most_one_comes_twice() {
    // The alert comes at 20 s, is looked at 1 s later, and its receiver answers after 80 ms.
    for (millis, alone, twice) in [
        (20_500, true, false),
        (21_000, true, true),
        (21_040, true, true),
        (21_079, true, true),
        (21_081, true, false),
        (21_300, true, false),
        (20_500, false, false),
        (21_040, false, true),
        (21_300, false, false),
    ] {
        let mut world = World::new(if alone { 1 } else { 3 }, 9, 0);
        world.run(seconds(20));
        world.fire(["a".to_owned()]);
        world.run(std::time::Duration::from_millis(millis - 20_000));
        world.kill(0);
        world.run(seconds(45));
        world.start(0);
        world.run(seconds(600));
        let (least, most) = (1, if twice { 2 } else { 1 });
        let count = world.count("a");
        assert!(
            (least..=most).contains(&count),
            "killed at {millis} ms, alone: {alone}: {count} notifications"
        );
    }
}

/// What may happen.
#[derive(Clone, Debug)]
enum Happening {
    Divide(Vec<usize>),
    Heal,
    Fire(u8),
    Silence(usize, usize),
    Kill(usize),
    Start(usize),
    Wait(u64),
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        proptest::collection::vec(0..2usize, 4).prop_map(Happening::Divide),
        Just(Happening::Heal),
        (0..8u8).prop_map(Happening::Fire),
        (0..4usize, prop_oneof![Just(10), Just(900), Just(5_000)])
            .prop_map(|(n, b)| Happening::Silence(n, b)),
        (0..4usize).prop_map(Happening::Kill),
        (0..4usize).prop_map(Happening::Start),
        (1..90u64).prop_map(Happening::Wait),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_all_are_told_and_agree_in_the_end(
        size in 3..5usize,
        seed in any::<u64>(),
        loss in 0..25u32,
        happenings in proptest::collection::vec(happening(), 1..14),
    ) {
        let mut world = World::new(size, seed, loss);
        world.run(seconds(15));
        let calm = happenings.iter().all(|h| {
            matches!(h, Happening::Fire(_) | Happening::Silence(..) | Happening::Wait(_) | Happening::Heal)
        });
        let mut fired = std::collections::BTreeSet::new();
        let mut troubles = 0;
        for happening in happenings {
            match happening {
                Happening::Divide(side) => {
                    troubles += 1;
                    world.divide(side.into_iter().take(size).collect());
                }
                Happening::Heal => world.heal(),
                Happening::Fire(alert) => {
                    fired.insert(format!("alert-{alert}"));
                    world.fire([format!("alert-{alert}")]);
                }
                Happening::Silence(node, bytes) if world.is_up(node % size) => world.silence(node % size, bytes),
                Happening::Kill(node) => {
                    troubles += 1;
                    world.kill(node % size);
                }
                Happening::Start(node) if !world.is_up(node % size) => world.start(node % size),
                Happening::Silence(..) | Happening::Start(_) => {}
                Happening::Wait(time) => world.run(seconds(time)),
            }
        }
        world.heal();
        for node in 0..size {
            if !world.is_up(node) {
                world.start(node);
            }
        }
        world.run(seconds(240));
        assert_whole(&world);
        for alert in &fired {
            let count = world.count(alert);
            prop_assert!(count >= 1, "{} got lost", alert);
            prop_assert!(count <= if calm { 1 } else { size + troubles }, "{alert}: {:?}", world.notified);
        }
        let before = world.notified.len();
        world.run(seconds(600));
        prop_assert_eq!(world.notified.len(), before, "nothing is said again once all agree");
    }
}
