"""A program with OpenMetrics exemplars, created timestamps and all metric types of the Python client library.

Usage: openmetrics_app.py PORT
"""

import sys
import time

from prometheus_client import Counter, Enum, Gauge, Histogram, Info, Summary, start_http_server

requests = Counter("app_requests", "Requests by code", ["code"])
latency = Histogram("app_latency_seconds", "Latency", buckets=[0.1, 0.5, 1, 5])
size = Summary("app_size_bytes", "Sizes")
depth = Gauge("app_queue_depth", "Waiting jobs", ["queue"])
build = Info("app_build", "Build facts")
state = Enum("app_state", "State", states=["starting", "running", "stopped"])

requests.labels(code="200").inc(41, exemplar={"trace_id": "4bf92f3577b34da6"})
requests.labels(code="500").inc(1)
latency.observe(0.42, exemplar={"trace_id": "00f067aa0ba902b7"})
latency.observe(3)
size.observe(512)
size.observe(1024)
depth.labels(queue="메일").set(3)
depth.labels(queue="inf").set(float("inf"))
build.info({"version": "2.0", "commit": "abc"})
state.state("running")

if __name__ == "__main__":
    start_http_server(int(sys.argv[1]), "127.0.0.1")
    while True:
        time.sleep(60)
