//! Joining samples of one series from several places.

use storage::Samples;

/// Makes one ordered run of what stands in `out` from `start` on, where each part, from `start` and from `next`, is
/// ordered. Of two samples at one time the first part's stays.
pub fn join(out: &mut Samples, start: (usize, usize), next: (usize, usize)) {
    join_floats(out, start.0, next.0);
    join_histograms(out, start.1, next.1);
    if out.histograms.len() > start.1 && out.t.len() > start.0 {
        let floats = &out.t[start.0..];
        let kept = out.histograms.split_off(start.1);
        out.histograms.extend(kept.into_iter().filter(|(t, _)| floats.binary_search(t).is_err()));
    }
}

fn join_floats(out: &mut Samples, start: usize, next: usize) {
    if next == start || next == out.t.len() || out.t[next - 1] < out.t[next] {
        return;
    }
    let (a_t, b_t) = (out.t[start..next].to_vec(), out.t.split_off(next));
    let (a_v, b_v) = (out.v[start..next].to_vec(), out.v.split_off(next));
    out.t.truncate(start);
    out.v.truncate(start);
    let (mut i, mut k) = (0, 0);
    while i < a_t.len() || k < b_t.len() {
        let take_a = i < a_t.len() && (k == b_t.len() || a_t[i] <= b_t[k]);
        if take_a {
            if k < b_t.len() && a_t[i] == b_t[k] {
                k += 1;
            }
            out.t.push(a_t[i]);
            out.v.push(a_v[i]);
            i += 1;
        } else {
            out.t.push(b_t[k]);
            out.v.push(b_v[k]);
            k += 1;
        }
    }
}

fn join_histograms(out: &mut Samples, start: usize, next: usize) {
    let all = &mut out.histograms;
    if next == start || next == all.len() || all[next - 1].0 < all[next].0 {
        return;
    }
    all[start..].sort_by_key(|(t, _)| *t); // stable: of two at one time the first part's stays first
    let mut last = None;
    let kept = all.split_off(start);
    all.extend(kept.into_iter().filter(|(t, _)| last.replace(*t) != Some(*t)));
}
