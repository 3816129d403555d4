package delivery

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	collogs "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	logspb "go.opentelemetry.io/proto/otlp/logs/v1"
	"google.golang.org/protobuf/proto"
)

// seen is one request as the receiver got it.
type seen struct {
	at     time.Time
	header http.Header
	body   []byte
}

// receiver is a base round tripper that answers by a function and keeps what it was sent.
type receiver struct {
	requests []seen
	answer   func(number int, request seen) (*http.Response, error)
}

func (r *receiver) RoundTrip(request *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, err
	}
	got := seen{at: time.Now(), header: request.Header.Clone(), body: body}
	r.requests = append(r.requests, got)
	if err := request.Context().Err(); err != nil {
		return nil, err
	}
	return r.answer(len(r.requests), got)
}

func respond(status int, header map[string]string, body []byte) *http.Response {
	response := &http.Response{
		StatusCode: status,
		Status:     fmt.Sprintf("%d %s", status, http.StatusText(status)),
		Header:     http.Header{},
		Body:       io.NopCloser(bytes.NewReader(body)),
	}
	for name, value := range header {
		response.Header.Set(name, value)
	}
	return response
}

var protobufType = map[string]string{"Content-Type": "application/x-protobuf"}

func success() *http.Response { return respond(http.StatusOK, protobufType, nil) }

// always answers each request alike.
func always(response func() *http.Response) func(int, seen) (*http.Response, error) {
	return func(int, seen) (*http.Response, error) { return response(), nil }
}

// logsBody is an export of n log records with their numbers as event names.
func logsBody(t *testing.T, n int) []byte {
	t.Helper()
	records := make([]*logspb.LogRecord, n)
	for at := range records {
		records[at] = &logspb.LogRecord{EventName: fmt.Sprintf("record-%d", at)}
	}
	body, err := proto.Marshal(&collogs.ExportLogsServiceRequest{ResourceLogs: []*logspb.ResourceLogs{
		{ScopeLogs: []*logspb.ScopeLogs{{LogRecords: records}}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// eventNames lists the records in a request.
func eventNames(t *testing.T, body []byte) []string {
	t.Helper()
	request := &collogs.ExportLogsServiceRequest{}
	if err := proto.Unmarshal(body, request); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, resource := range request.ResourceLogs {
		for _, scope := range resource.ScopeLogs {
			for _, record := range scope.LogRecords {
				names = append(names, record.EventName)
			}
		}
	}
	return names
}

// send delivers n log records and checks that each is accounted for.
func send(t *testing.T, ctx context.Context, transport *Transport, n int) *Outcome {
	t.Helper()
	outcome := NewOutcome(n)
	request, err := http.NewRequestWithContext(NewContext(ctx, outcome), http.MethodPost,
		"http://receiver.test/v1/logs", bytes.NewReader(logsBody(t, n)))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-protobuf")
	response, err := transport.RoundTrip(request)
	if (err == nil) != (outcome.Err == nil) {
		t.Errorf("RoundTrip() error %v, outcome error %v", err, outcome.Err)
	}
	if err == nil && response.StatusCode != http.StatusOK {
		t.Errorf("RoundTrip() status %d", response.StatusCode)
	}
	if total := outcome.Delivered + outcome.dropped(); total != n {
		t.Errorf("%d of %d items are accounted for: %+v", total, n, outcome)
	}
	return outcome
}

func newTransport(base http.RoundTripper, change func(*Options)) *Transport {
	options := Options{Signal: Logs, Base: base}
	if change != nil {
		change(&options)
	}
	return NewTransport(options)
}
