//! What queries share beside the engine: kept results and the query log. Both outlive reloads and follow them.

use std::path::Path;
use std::sync::Arc;

use promql::cache::RangeCache;
use server::queries::log::QueryLog;
use storage::Budget;
use telemetry::Registry;

use super::settings;

/// Kept results and the query log.
#[derive(Clone)]
pub struct QueryService {
    pub cache: Option<Arc<RangeCache>>,
    pub log: Arc<QueryLog>,
}

impl QueryService {
    /// Builds both, with their metrics. The log is off until a configuration is in force.
    pub fn new(settings: &settings::Query, budget: &Arc<Budget>, registry: &Registry) -> QueryService {
        let cache = (settings.range_cache_bytes > 0).then(|| {
            let cache = Arc::new(RangeCache::new(settings.range_cache_bytes, budget));
            server::queries::cache::register(registry, &cache);
            cache
        });
        QueryService { cache, log: Arc::new(QueryLog::new(registry)) }
    }

    /// Follows a new configuration.
    ///
    /// # Errors
    /// The query log cannot be opened; the former one stays in use.
    pub fn apply(&self, log_file: Option<&Path>) -> Result<(), String> {
        if let Some(cache) = &self.cache {
            cache.clear();
        }
        let shown = || log_file.map(|f| f.display().to_string()).unwrap_or_default();
        self.log.set_file(log_file).map_err(|e| format!("query_log_file: cannot open {}: {e}", shown()))
    }
}
