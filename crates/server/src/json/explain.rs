//! The tree of `explain=true`: ours, beside Prometheus's answer.

use promql::Explained;
use serde_json::{Value, json};

/// One node with everything below it.
///
/// `series` were offered to the node above; `samples` and `bytes` were decoded (selectors) or computed (other nodes), one series after
/// another; `seconds` is summed over threads and includes the nodes below, `selfSeconds` does not. `tier` and `detail` are left out
/// where there is nothing to tell.
pub fn explain_json(node: &Explained) -> Value {
    let mut out = json!({
        "kind": node.kind,
        "expr": node.expr,
        "position": { "line": node.position.0, "column": node.position.1 },
        "series": node.series,
        "samples": node.samples,
        "bytes": node.bytes,
        "cacheHits": node.cache_hits,
        "seconds": node.time.as_secs_f64(),
        "selfSeconds": node.self_time.as_secs_f64(),
        "children": node.children.iter().map(explain_json).collect::<Vec<_>>(),
    });
    if let Some(map) = out.as_object_mut() {
        if !node.detail.is_empty() {
            map.insert("detail".into(), node.detail.clone().into());
        }
        if let Some(tier) = &node.tier {
            map.insert("tier".into(), tier.clone().into());
        }
    }
    out
}
