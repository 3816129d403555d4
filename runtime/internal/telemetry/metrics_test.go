package telemetry

import (
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pryx-co/pryx/runtime/internal/otlptest"
)

func TestAPIRequests(t *testing.T) {
	receiver := &otlptest.Receiver{}
	provider := newTestProvider(t, receiver, nil)
	for _, status := range []int{200, 404, 503} {
		_, request := provider.StartAPIRequest(t.Context(), "GET", "/sessions/{id}")
		request.EndStatus(status)
		request.EndStatus(500)
	}
	shutdown(t, provider)
	got := map[string]uint64{}
	for _, point := range receiver.Metric("http.server.request.duration").GetExponentialHistogram().GetDataPoints() {
		labels := otlptest.Attributes(point.Attributes)
		got[labels["http.response.status_code"]+" "+labels["error.type"]] += point.Count
	}
	if len(got) != 3 || got["200 "] != 1 || got["404 "] != 1 || got["503 503"] != 1 {
		t.Errorf("requests by status and error %v", got)
	}
}

func TestDropsAreMetrics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		receiver := &otlptest.Receiver{Refuse: func(writer http.ResponseWriter, request *http.Request) bool {
			if strings.HasSuffix(request.URL.Path, "/v1/metrics") {
				return false
			}
			writer.WriteHeader(http.StatusBadRequest)
			return true
		}}
		provider := newTestProvider(t, receiver, nil)
		record(t.Context(), provider)
		if err := provider.Shutdown(t.Context()); err == nil {
			t.Error("no error for what was refused")
		}
		dropped := map[string]int64{}
		for _, point := range receiver.Metric("pryx.telemetry.dropped").GetSum().GetDataPoints() {
			attributes := otlptest.Attributes(point.Attributes)
			dropped[attributes["signal"]+" "+attributes["reason"]] = point.GetAsInt()
		}
		if len(dropped) != 2 || dropped["traces refused"] != 1 || dropped["logs refused"] != 1 {
			t.Errorf("pryx.telemetry.dropped %v", dropped)
		}
	})
}

func TestHistogramsAreExponentialAndInSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		receiver := &otlptest.Receiver{}
		provider := newTestProvider(t, receiver, nil)
		_, call := provider.StartLLM(t.Context(), LLMRequest{Provider: "anthropic", Model: "m"})
		time.Sleep(90 * time.Second)
		call.End(nil)
		call.End(errors.New("counts once"))
		shutdown(t, provider)
		metric := receiver.Metric("gen_ai.client.operation.duration")
		points := metric.GetExponentialHistogram().GetDataPoints()
		if metric.GetUnit() != "s" || len(points) != 1 || points[0].Count != 1 || points[0].GetSum() != 90 {
			t.Errorf("metric %v", metric)
		}
	})
}

func TestFlushTellsOfItsOwnExportOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var up atomic.Bool
		receiver := &otlptest.Receiver{Refuse: func(writer http.ResponseWriter, _ *http.Request) bool {
			if up.Load() {
				return false
			}
			writer.WriteHeader(http.StatusBadRequest)
			return true
		}}
		provider := newTestProvider(t, receiver, nil)
		time.Sleep(10 * time.Minute) // An export every ten seconds fails: nothing of that may pile up.
		if err := provider.ForceFlush(t.Context()); err == nil || strings.Count(err.Error(), "\n") > 3 {
			t.Errorf("ForceFlush() while the receiver refuses = %v", err)
		}
		time.Sleep(10 * time.Minute)
		up.Store(true)
		if err := provider.ForceFlush(t.Context()); err != nil {
			t.Errorf("ForceFlush() afterwards = %.200v", err)
		}
		shutdown(t, provider)
	})
}
