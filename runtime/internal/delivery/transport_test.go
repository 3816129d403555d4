package delivery

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	collogs "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	coltrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

func TestDeliversAtOnce(t *testing.T) {
	base := &receiver{answer: always(success)}
	outcome := send(t, t.Context(), newTransport(base, nil), 3)
	if outcome.Delivered != 3 || len(base.requests) != 1 {
		t.Errorf("delivered %d of 3 with %d requests", outcome.Delivered, len(base.requests))
	}
	if got := base.requests[0].header.Get("Authorization"); got != "" {
		t.Errorf("Authorization %q without a token function", got)
	}
}

func TestCompressesTheBodyOnce(t *testing.T) {
	base := &receiver{answer: always(success)}
	send(t, t.Context(), newTransport(base, func(o *Options) { o.Gzip = true }), 3)
	request := base.requests[0]
	if got := request.header.Get("Content-Encoding"); got != "gzip" {
		t.Fatalf("Content-Encoding %q", got)
	}
	reader, err := gzip.NewReader(bytes.NewReader(request.body))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	if names := eventNames(t, plain); len(names) != 3 {
		t.Errorf("records %v", names)
	}
}

func TestAnswers(t *testing.T) {
	page := map[string]string{"Content-Type": "text/html"}
	partial, err := proto.Marshal(&collogs.ExportLogsServiceResponse{PartialSuccess: &collogs.ExportLogsPartialSuccess{
		RejectedLogRecords: 2, ErrorMessage: "no id",
	}})
	if err != nil {
		t.Fatal(err)
	}
	warning, err := proto.Marshal(&collogs.ExportLogsServiceResponse{PartialSuccess: &collogs.ExportLogsPartialSuccess{
		ErrorMessage: "deprecated",
	}})
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		response    func() *http.Response
		delivered   int
		reason      Reason
		unconfirmed int
		retried     bool
	}{
		"200":                        {success, 5, "", 0, false},
		"200 without Content-Type":   {func() *http.Response { return respond(200, nil, nil) }, 5, "", 0, false},
		"200, partial success":       {func() *http.Response { return respond(200, protobufType, partial) }, 3, ReasonRejected, 0, false},
		"200, warning":               {func() *http.Response { return respond(200, protobufType, warning) }, 5, "", 0, false},
		"200, HTML page":             {func() *http.Response { return respond(200, page, []byte("<p>Log in")) }, 0, ReasonRetriesExhausted, 5, true},
		"200, garbage":               {func() *http.Response { return respond(200, protobufType, []byte{0xff, 0xff}) }, 0, ReasonRetriesExhausted, 5, true},
		"301":                        {func() *http.Response { return respond(301, map[string]string{"Location": "/"}, nil) }, 0, ReasonRefused, 0, false},
		"307":                        {func() *http.Response { return respond(307, map[string]string{"Location": "/"}, nil) }, 0, ReasonRefused, 0, false},
		"400":                        {func() *http.Response { return respond(400, protobufType, nil) }, 0, ReasonRefused, 0, false},
		"401":                        {func() *http.Response { return respond(401, protobufType, nil) }, 0, ReasonRefused, 0, false},
		"404":                        {func() *http.Response { return respond(404, protobufType, nil) }, 0, ReasonRefused, 0, false},
		"413 for everything":         {func() *http.Response { return respond(413, protobufType, nil) }, 0, ReasonTooLarge, 0, false},
		"429":                        {func() *http.Response { return respond(429, protobufType, nil) }, 0, ReasonRetriesExhausted, 0, true},
		"500 of a receiver":          {func() *http.Response { return respond(500, protobufType, nil) }, 0, ReasonRefused, 5, false},
		"500 of a proxy":             {func() *http.Response { return respond(500, page, nil) }, 0, ReasonRetriesExhausted, 5, true},
		"502":                        {func() *http.Response { return respond(502, page, nil) }, 0, ReasonRetriesExhausted, 5, true},
		"503":                        {func() *http.Response { return respond(503, protobufType, nil) }, 0, ReasonRetriesExhausted, 5, true},
		"504":                        {func() *http.Response { return respond(504, protobufType, nil) }, 0, ReasonRetriesExhausted, 5, true},
		"520, error page of an edge": {func() *http.Response { return respond(520, page, nil) }, 0, ReasonRetriesExhausted, 5, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				base := &receiver{answer: always(test.response)}
				outcome := send(t, t.Context(), newTransport(base, nil), 5)
				if outcome.Delivered != test.delivered || outcome.Dropped[test.reason] != 5-test.delivered {
					t.Errorf("outcome %+v", outcome)
				}
				if outcome.Unconfirmed != test.unconfirmed {
					t.Errorf("unconfirmed %d, want %d", outcome.Unconfirmed, test.unconfirmed)
				}
				first, last := base.requests[0], base.requests[len(base.requests)-1]
				if retried := bytes.Equal(first.body, last.body) && len(base.requests) > 1; retried != test.retried {
					t.Errorf("retried: %v, want %v (%d requests)", retried, test.retried, len(base.requests))
				}
				if elapsed := last.at.Sub(first.at); elapsed > DefaultBudget {
					t.Errorf("the last attempt came after %v", elapsed)
				}
			})
		})
	}
}

func TestWarningIsPassedOn(t *testing.T) {
	body, err := proto.Marshal(&coltrace.ExportTraceServiceResponse{PartialSuccess: &coltrace.ExportTracePartialSuccess{ErrorMessage: "no ids"}})
	if err != nil {
		t.Fatal(err)
	}
	base := &receiver{answer: always(func() *http.Response { return respond(200, protobufType, body) })}
	outcome := send(t, t.Context(), newTransport(base, nil), 1)
	if outcome.Warning != "no ids" || outcome.Err != nil {
		t.Errorf("outcome %+v", outcome)
	}
}

func TestRepeatsTheSameBytesUntilTheReceiverIsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		base := &receiver{answer: func(number int, _ seen) (*http.Response, error) {
			switch number {
			case 1:
				return nil, errors.New("connection refused")
			case 2:
				return respond(503, protobufType, nil), nil
			case 3:
				return respond(200, protobufType, []byte{0xff}), nil
			default:
				return success(), nil
			}
		}}
		outcome := send(t, t.Context(), newTransport(base, func(o *Options) { o.Gzip = true }), 4)
		if outcome.Delivered != 4 || outcome.Unconfirmed != 0 {
			t.Errorf("outcome %+v", outcome)
		}
		for _, request := range base.requests[1:] {
			if !bytes.Equal(request.body, base.requests[0].body) {
				t.Error("a repeat has other bytes than the first attempt")
			}
		}
	})
}

func TestWaitsAsLongAsTheReceiverAsks(t *testing.T) {
	for name, header := range map[string]func() string{
		"seconds": func() string { return "7" },
		"date":    func() string { return time.Now().Add(7 * time.Second).UTC().Format(http.TimeFormat) },
	} {
		for _, status := range []int{http.StatusTooManyRequests, http.StatusServiceUnavailable} {
			t.Run(fmt.Sprint(status, name), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					base := &receiver{answer: func(number int, _ seen) (*http.Response, error) {
						if number == 1 {
							return respond(status, map[string]string{"Retry-After": header()}, nil), nil
						}
						return success(), nil
					}}
					send(t, t.Context(), newTransport(base, nil), 1)
					wait := base.requests[1].at.Sub(base.requests[0].at)
					if wait < 7*time.Second || wait > 10*time.Second {
						t.Errorf("waited %v, asked for 7 s", wait)
					}
				})
			})
		}
	}
}

func TestGivesUpAtOnceWhenAskedToWaitBeyondTheBudget(t *testing.T) {
	for _, asked := range []string{"3600", "99999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"} {
		t.Run(asked, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				base := &receiver{answer: func(number int, _ seen) (*http.Response, error) {
					if number > 1 {
						return success(), nil
					}
					return respond(429, map[string]string{"Retry-After": asked}, nil), nil
				}}
				outcome := send(t, t.Context(), newTransport(base, nil), 2)
				if outcome.Dropped[ReasonRetriesExhausted] != 2 || len(base.requests) != 1 {
					t.Errorf("outcome %+v after %d requests", outcome, len(base.requests))
				}
			})
		})
	}
}

func TestSplitsWhatIsTooLarge(t *testing.T) {
	const limit = 3
	base := &receiver{}
	base.answer = func(_ int, request seen) (*http.Response, error) {
		if len(eventNames(t, request.body)) > limit {
			return respond(413, protobufType, nil), nil
		}
		return success(), nil
	}
	outcome := send(t, t.Context(), newTransport(base, nil), 10)
	var delivered []string
	for _, request := range base.requests {
		if names := eventNames(t, request.body); len(names) <= limit {
			delivered = append(delivered, names...)
		}
	}
	want := eventNames(t, logsBody(t, 10))
	if strings.Join(delivered, " ") != strings.Join(want, " ") || outcome.Delivered != 10 {
		t.Errorf("delivered %v, outcome %+v", delivered, outcome)
	}
}

func TestDropsOnlyTheItemThatIsTooLarge(t *testing.T) {
	base := &receiver{}
	base.answer = func(_ int, request seen) (*http.Response, error) {
		for _, name := range eventNames(t, request.body) {
			if name == "record-4" {
				return respond(413, protobufType, nil), nil
			}
		}
		return success(), nil
	}
	outcome := send(t, t.Context(), newTransport(base, nil), 9)
	if outcome.Delivered != 8 || outcome.Dropped[ReasonTooLarge] != 1 {
		t.Errorf("outcome %+v", outcome)
	}
}

func TestHalvesShareTheBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		base := &receiver{}
		base.answer = func(_ int, request seen) (*http.Response, error) {
			if len(eventNames(t, request.body)) > 1 {
				return respond(413, protobufType, nil), nil
			}
			time.Sleep(DefaultAttemptTimeout)
			return nil, context.DeadlineExceeded
		}
		start := time.Now()
		outcome := send(t, t.Context(), newTransport(base, nil), 64)
		if elapsed := time.Since(start); elapsed > DefaultBudget+DefaultAttemptTimeout {
			t.Errorf("the export took %v", elapsed)
		}
		if outcome.Dropped[ReasonRetriesExhausted] != 64 || strings.Count(outcome.Err.Error(), "\n") >= maxErrors {
			t.Errorf("outcome %+v", outcome)
		}
	})
}

func TestAsksForTheTokenOnEachRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tokens := []string{"first", "second"}
		asked := 0
		base := &receiver{answer: func(number int, _ seen) (*http.Response, error) {
			if number == 1 {
				return respond(503, protobufType, nil), nil
			}
			return success(), nil
		}}
		transport := newTransport(base, func(o *Options) {
			o.Token = func(context.Context) (string, error) {
				asked++
				return tokens[asked-1], nil
			}
		})
		send(t, t.Context(), transport, 1)
		for at, request := range base.requests {
			if got, want := request.header.Get("Authorization"), "Bearer "+tokens[at]; got != want {
				t.Errorf("request %d: Authorization %q, want %q", at, got, want)
			}
		}
	})
}

func TestUsesATokenThatWasRefreshedMeanwhile(t *testing.T) {
	token := "old"
	base := &receiver{answer: func(_ int, request seen) (*http.Response, error) {
		if request.header.Get("Authorization") == "Bearer old" {
			token = "new"
			return respond(401, protobufType, nil), nil
		}
		return success(), nil
	}}
	transport := newTransport(base, func(o *Options) {
		o.Token = func(context.Context) (string, error) { return token, nil }
	})
	if outcome := send(t, t.Context(), transport, 2); outcome.Delivered != 2 || len(base.requests) != 2 {
		t.Errorf("outcome %+v after %d requests", outcome, len(base.requests))
	}
}

func TestSendsNothingWhenLoggedOut(t *testing.T) {
	base := &receiver{answer: always(success)}
	transport := newTransport(base, func(o *Options) {
		o.Token = func(context.Context) (string, error) { return "", nil }
	})
	outcome := send(t, t.Context(), transport, 5)
	if len(base.requests) != 0 || outcome.Dropped[ReasonLoggedOut] != 5 || !errors.Is(outcome.Err, ErrLoggedOut) {
		t.Errorf("outcome %+v after %d requests", outcome, len(base.requests))
	}
}

func TestTriesAgainWhenTheTokenCannotBeRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		base := &receiver{answer: always(success)}
		transport := newTransport(base, func(o *Options) {
			o.Token = func(context.Context) (string, error) {
				if asked++; asked == 1 {
					return "", errors.New("keychain is locked")
				}
				return "token", nil
			}
		})
		if outcome := send(t, t.Context(), transport, 1); outcome.Delivered != 1 {
			t.Errorf("outcome %+v", outcome)
		}
	})
}

func TestStopsWhenTheContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		base := &receiver{answer: always(func() *http.Response { return respond(429, protobufType, nil) })}
		start := time.Now()
		outcome := send(t, ctx, newTransport(base, nil), 3)
		if outcome.Dropped[ReasonShutdown] != 3 || time.Since(start) != 5*time.Second {
			t.Errorf("outcome %+v after %v", outcome, time.Since(start))
		}
	})
}

func TestHurryEndsOneWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		base := &receiver{answer: always(func() *http.Response {
			return respond(429, map[string]string{"Retry-After": "20"}, nil)
		})}
		transport := newTransport(base, func(o *Options) { o.Retry.Budget = 40 * time.Second })
		time.AfterFunc(time.Second, transport.Hurry)
		start := time.Now()
		send(t, t.Context(), transport, 1)
		if got := base.requests[1].at.Sub(start); got != time.Second {
			t.Errorf("second attempt after %v, want 1 s", got)
		}
		if got := base.requests[2].at.Sub(base.requests[1].at); got < 20*time.Second {
			t.Errorf("third attempt after %v, want the 20 s that were asked for", got)
		}
	})
}

func TestCountsItemsItselfWithoutAnOutcome(t *testing.T) {
	body, err := proto.Marshal(&coltrace.ExportTraceServiceRequest{ResourceSpans: []*tracepb.ResourceSpans{
		{ScopeSpans: []*tracepb.ScopeSpans{{Spans: []*tracepb.Span{{}, {}}}}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	base := &receiver{answer: always(func() *http.Response { return respond(400, protobufType, nil) })}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://receiver.test/", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	_, err = NewTransport(Options{Signal: Traces, Base: base}).RoundTrip(request)
	if err == nil || !strings.Contains(err.Error(), "dropped 2 items (refused)") {
		t.Errorf("error %v", err)
	}
}

func TestSettleAccountsForTheRest(t *testing.T) {
	outcome := NewOutcome(5)
	outcome.Delivered = 2
	outcome.Settle(ReasonEncoding, errors.New("too deep"))
	outcome.Settle(ReasonEncoding, nil)
	if outcome.Dropped[ReasonEncoding] != 3 || outcome.Err == nil {
		t.Errorf("outcome %+v", outcome)
	}
}
