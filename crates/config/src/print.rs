//! The configuration as YAML, for `/api/v1/status/config`.

use yaml::write::{Map, to_string};

use crate::Config;

impl Config {
    /// Prints the configuration as Prometheus does: defaults filled in, secrets as `<secret>`, jobs of included files left
    /// out. The result is a valid configuration, but for its secrets.
    pub fn print(&self) -> String {
        let mut map = Map::new();
        map.put("global", self.global.to_yaml());
        let mut runtime = Map::new();
        map.put("runtime", runtime.put("gogc", self.gogc).clone());
        map.put_if_set("alerting", self.alerting.to_yaml());
        map.put_if_set("rule_files", self.rule_files.iter().collect::<Vec<_>>());
        map.put_if_set("scrape_config_files", self.scrape_config_files.iter().collect::<Vec<_>>());
        map.put_if_set(
            "scrape_configs",
            self.scrape_configs.iter().map(scrape::Config::to_yaml).collect::<Vec<_>>(),
        );
        map.put_if_set("storage", self.storage.to_yaml());
        map.put_if_some("tracing", self.tracing.as_ref().map(crate::Tracing::to_yaml));
        map.put_if_set("remote_write", self.remote_write.iter().map(|w| w.to_yaml()).collect::<Vec<_>>());
        map.put_if_set("remote_read", self.remote_read.iter().map(|r| r.to_yaml()).collect::<Vec<_>>());
        map.put("otlp", self.otlp.to_yaml());
        to_string(&map)
    }
}
