//! The texts. Whole outputs are compared with promtool's in `tests/promtool.rs`.

use super::tabs::{base2_bytes, columns, go_duration, utc};

#[test]
fn figures_are_printed_as_go_does() {
    for (ms, text) in [
        (0, "0s"),
        (1, "1ms"),
        (999, "999ms"),
        (1000, "1s"),
        (30_002, "30.002s"),
        (61_050, "1m1.05s"),
        (7_200_000, "2h0m0s"),
        (6_390_050, "1h46m30.05s"),
        (-1500, "-1.5s"),
    ] {
        assert_eq!(go_duration(ms), text);
    }
    for (bytes, text) in [
        (0, "0B"),
        (586, "586B"),
        (1087, "1KiB63B"),
        (1 << 30, "1GiB"),
        (u64::MAX, "15EiB1023PiB1023TiB1023GiB1023MiB1023KiB1023B"),
    ] {
        assert_eq!(base2_bytes(bytes), text);
    }
    assert_eq!(utc(1_565_133_713_989), "2019-08-06 23:21:53 +0000 UTC");
    assert_eq!(utc(-1), "1970-01-01 00:00:00 +0000 UTC");
    assert_eq!(utc(i64::MAX), i64::MAX.to_string());
}

#[test]
fn columns_fit_their_widest_cell() {
    let row = |cells: &[&str]| cells.iter().map(|c| (*c).to_owned()).collect::<Vec<_>>();
    let rows = [row(&["a", "b", "c"]), row(&["a cell of some width", "é", "last"])];
    assert_eq!(
        columns(&rows),
        "a                     b            c\na cell of some width  é            last\n"
    );
}
