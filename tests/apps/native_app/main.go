// A program with native histograms, which its client library exposes only over protobuf.
//
// Usage: native_app PORT
package main

import (
	"log"
	"net/http"
	"os"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

func main() {
	registry := prometheus.NewRegistry()
	latency := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:                           "native_latency_seconds",
		Help:                           "Latency, as native and classic histogram.",
		Buckets:                        []float64{0.1, 1, 10},
		NativeHistogramBucketFactor:    1.1,
		NativeHistogramMaxBucketNumber: 100,
	}, []string{"path"})
	requests := prometheus.NewCounter(prometheus.CounterOpts{Name: "native_requests_total", Help: "Requests."})
	registry.MustRegister(latency, requests)

	for i := 1; i <= 100; i++ {
		latency.WithLabelValues("/a").Observe(float64(i) / 20)
	}
	latency.WithLabelValues("/b").(prometheus.ExemplarObserver).ObserveWithExemplar(0.25, prometheus.Labels{"trace_id": "abc123"})
	requests.(prometheus.ExemplarAdder).AddWithExemplar(100, prometheus.Labels{"trace_id": "def456"})

	http.Handle("/metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{EnableOpenMetrics: true}))
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Args[1], nil))
}
