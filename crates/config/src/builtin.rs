//! The configuration that is used when none is given.

use yaml::write::{Map, Out, to_string};

/// What the built-in configuration scrapes: this process and the machine it runs on.
#[derive(Clone, Copy, Debug)]
pub struct BuiltIn<'a> {
    /// Host and port of our own metrics.
    pub own_address: &'a str,
    /// Path of our own metrics.
    pub own_metrics_path: &'a str,
    /// Host and port of the machine's metrics.
    pub node_address: &'a str,
    /// Path of the machine's metrics.
    pub node_metrics_path: &'a str,
    /// The label `instance` of the machine's series: its name. Empty leaves the address.
    pub node_instance: &'a str,
}

impl BuiltIn<'_> {
    /// Returns the configuration's text, to be read like a file. The jobs are called `prometheus` and `node`, because the
    /// community's dashboards and rules look for these names. The interval lets a rate appear within 20 seconds of the
    /// start: two scrapes, of which the first is spread over an interval.
    pub fn text(&self) -> String {
        let mut global = Map::new();
        global.put("scrape_interval", "10s").put("evaluation_interval", "10s");
        let jobs = vec![
            job("prometheus", self.own_address, self.own_metrics_path, ""),
            job("node", self.node_address, self.node_metrics_path, self.node_instance),
        ];
        let mut map = Map::new();
        map.put("global", global).put("scrape_configs", jobs);
        to_string(&map)
    }
}

fn job(name: &str, address: &str, path: &str, instance: &str) -> Out {
    let mut group = Map::new();
    group.put("targets", vec![address]);
    let mut labels = Map::new();
    group.put_if_set("labels", labels.put_if_set("instance", instance).clone());
    let mut job = Map::new();
    job.put("job_name", name).put("metrics_path", path).put("static_configs", vec![group]);
    job.into()
}
