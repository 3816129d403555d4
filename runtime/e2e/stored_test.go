package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/pryx-co/pryx/runtime/internal/delivery"
)

// storedEvent is an event as the query endpoint returns it.
type storedEvent struct {
	Type    string         `json:"event_type"`
	BatchID string         `json:"batch_id"`
	Data    map[string]any `json:"data"`
}

// attribute returns an attribute as text.
func (e storedEvent) attribute(name string) string {
	attributes, _ := e.Data["attributes"].(map[string]any)
	if value, ok := attributes[name]; ok {
		return fmt.Sprint(value)
	}
	return ""
}

// identity tells an event from all others of its signal.
func (e storedEvent) identity() string {
	switch e.Type {
	case "span":
		return fmt.Sprint(e.Data["trace_id"], e.Data["span_id"])
	case "metric":
		attributes, _ := json.Marshal(e.Data["attributes"])
		scope, _ := e.Data["scope"].(map[string]any)
		return fmt.Sprint(scope["name"], e.Data["name"], string(attributes), e.Data["time_unix_nano"])
	default:
		return fmt.Sprint(e.attribute("number"), e.Data["time_unix_nano"], e.Data["body"])
	}
}

// get asks the gateway and decodes its answer.
func get(t *testing.T, g *gateway, path string, into any) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, g.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+apiKey)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer closeQuietly(response.Body)
	if response.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %s", path, response.Status)
	}
	if err := json.NewDecoder(response.Body).Decode(into); err != nil {
		t.Fatalf("GET %s: %v", path, err)
	}
}

// query reads all events of a service, page by page.
func query(t *testing.T, g *gateway, service string, filters url.Values) []storedEvent {
	t.Helper()
	parameters := url.Values{"service": {service}, "limit": {"1000"}}
	for name, values := range filters {
		parameters[name] = values
	}
	var events []storedEvent
	for {
		var page struct {
			Count      int           `json:"count"`
			Events     []storedEvent `json:"events"`
			NextCursor *string       `json:"next_cursor"`
		}
		get(t, g, "/api/telemetry/query?"+parameters.Encode(), &page)
		if page.Count != len(page.Events) {
			t.Fatalf("count %d of a page with %d events", page.Count, len(page.Events))
		}
		events = append(events, page.Events...)
		if page.NextCursor == nil {
			return events
		}
		parameters.Set("cursor", *page.NextCursor)
	}
}

// stored reads all events of a signal.
func stored(t *testing.T, g *gateway, service string, signal delivery.Signal) []storedEvent {
	t.Helper()
	return query(t, g, service, url.Values{"signal": {string(signal)}})
}

// distinct counts events by what tells them apart, and fails when one is there twice.
func distinct(t *testing.T, events []storedEvent) int {
	t.Helper()
	seen := make(map[string]bool, len(events))
	for _, event := range events {
		identity := event.identity()
		if seen[identity] {
			t.Errorf("stored twice: %s %s (batch %s)", event.Type, identity, event.BatchID)
		}
		seen[identity] = true
	}
	return len(seen)
}

// batchTotal asks for the status record of each batch that the events belong to, and adds up how many
// events these say.
func batchTotal(t *testing.T, g *gateway, events []storedEvent) int {
	t.Helper()
	ids := map[string]bool{}
	for _, event := range events {
		ids[event.BatchID] = true
	}
	total := 0
	for id := range ids {
		var record struct {
			Count  int    `json:"event_count"`
			Status string `json:"status"`
		}
		get(t, g, "/api/telemetry/batch/"+id, &record)
		if record.Status != "completed" {
			t.Errorf("batch %s is %s", id, record.Status)
		}
		total += record.Count
	}
	return total
}

// settleTime bounds how long what was acknowledged may take to show in a query. Locally it takes none.
const settleTime = 15 * time.Second
