"""A small web shop, instrumented as its users do it: prometheus-flask-exporter with a few own metrics.

Usage: flask_app.py PORT
"""

import sys

from flask import Flask
from prometheus_client import Counter, Gauge
from prometheus_flask_exporter import PrometheusMetrics

app = Flask(__name__)
metrics = PrometheusMetrics(app, group_by="endpoint")
metrics.info("shop_info", "What runs here", version="1.2.3")
orders = Counter("shop_orders", "Orders taken", ["city"])
stock = Gauge("shop_stock", 'Things left; a "quoted" help with a \\ and a\nline break', ["item"])


@app.route("/order/<city>")
def order(city):
    orders.labels(city=city).inc(2)
    stock.labels(item='tea "green"\\black\n').set(7.5)
    return "ok"


if __name__ == "__main__":
    app.run("127.0.0.1", int(sys.argv[1]), threaded=True)
