package delivery

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/proto"
)

// hanging is a receiver that never answers.
type hanging struct{}

func (hanging) RoundTrip(request *http.Request) (*http.Response, error) {
	<-request.Context().Done()
	return nil, request.Context().Err()
}

func TestTheBudgetEndsAnAttemptToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		outcome := send(t, t.Context(), newTransport(hanging{}, func(o *Options) { o.Retry.AttemptTimeout = time.Hour }), 3)
		if elapsed := time.Since(start); elapsed > DefaultBudget {
			t.Errorf("the export took %v, of a budget of %v", elapsed, DefaultBudget)
		}
		if outcome.Dropped[ReasonRetriesExhausted] != 3 {
			t.Errorf("outcome %+v", outcome)
		}
	})
}

func TestATokenThatNeverComesUsesUpTheBudgetAndNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		base := &receiver{answer: always(success)}
		transport := newTransport(base, func(o *Options) {
			o.Token = func(ctx context.Context) (string, error) {
				<-ctx.Done()
				return "", ctx.Err()
			}
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		start := time.Now()
		outcome := send(t, ctx, transport, 2)
		if elapsed := time.Since(start); elapsed > DefaultBudget {
			t.Errorf("the export took %v, of a budget of %v", elapsed, DefaultBudget)
		}
		if outcome.Dropped[ReasonRetriesExhausted] != 2 || outcome.Unconfirmed != 0 || len(base.requests) != 0 {
			t.Errorf("outcome %+v after %d requests", outcome, len(base.requests))
		}
	})
}

func TestATokenFunctionThatIgnoresItsContextBlocksOneGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int64
		logIn := make(chan struct{})
		base := &receiver{answer: always(success)}
		transport := newTransport(base, func(o *Options) {
			o.Token = func(context.Context) (string, error) {
				asked.Add(1)
				<-logIn
				return "token", nil
			}
		})
		start := time.Now()
		outcome := send(t, t.Context(), transport, 1)
		if elapsed := time.Since(start); elapsed > DefaultBudget || asked.Load() != 1 {
			t.Errorf("asked %d times, for %v", asked.Load(), elapsed)
		}
		if outcome.Dropped[ReasonRetriesExhausted] != 1 {
			t.Errorf("outcome %+v", outcome)
		}
		close(logIn)
		synctest.Wait()
		if outcome := send(t, t.Context(), transport, 1); outcome.Delivered != 1 {
			t.Errorf("after the login: outcome %+v", outcome)
		}
	})
}

// TestTokenIsTrimmed uses a real connection: net/http refuses a header with a line break, again and
// again.
func TestTokenIsTrimmed(t *testing.T) {
	var authorization string
	server := httptest.NewServer(http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
		authorization = request.Header.Get("Authorization")
		writer.Header().Set("Content-Type", contentTypeProtobuf)
	}))
	defer server.Close()
	token := "from a file\n"
	transport := newTransport(toServer{server}, func(o *Options) {
		o.Token = func(context.Context) (string, error) { return token, nil }
		o.Retry.Budget = 100 * time.Millisecond
	})
	if outcome := send(t, t.Context(), transport, 1); outcome.Delivered != 1 || authorization != "Bearer from a file" {
		t.Errorf("Authorization %q, outcome %+v", authorization, outcome)
	}
	token = " \n"
	if outcome := send(t, t.Context(), transport, 1); outcome.Dropped[ReasonLoggedOut] != 1 {
		t.Errorf("a blank token: outcome %+v", outcome)
	}
}

func TestSplittingEndsWithSingleItemsOfEverySignal(t *testing.T) {
	for signal, message := range requests() {
		t.Run(string(signal), func(t *testing.T) {
			body, err := proto.Marshal(message)
			if err != nil {
				t.Fatal(err)
			}
			whole, err := signal.decode(body)
			if err != nil {
				t.Fatal(err)
			}
			base := &receiver{answer: always(func() *http.Response { return respond(413, protobufType, nil) })}
			outcome := NewOutcome(whole.items)
			request, err := http.NewRequestWithContext(NewContext(t.Context(), outcome), http.MethodPost,
				"http://receiver.test/", bytes.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			_, err = NewTransport(Options{Signal: signal, Base: base}).RoundTrip(request)
			if err == nil || outcome.Dropped[ReasonTooLarge] != whole.items || len(base.requests) != 2*whole.items-1 {
				t.Errorf("%d requests for %d items, outcome %+v", len(base.requests), whole.items, outcome)
			}
			last, err := signal.decode(base.requests[len(base.requests)-1].body)
			if err != nil || last.items != 1 {
				t.Errorf("the last request has %d items, error %v", last.items, err)
			}
		})
	}
}

// toServer sends all requests to a server, whatever their URL.
type toServer struct{ server *httptest.Server }

func (s toServer) RoundTrip(request *http.Request) (*http.Response, error) {
	request.URL.Host = s.server.Listener.Addr().String()
	return s.server.Client().Transport.RoundTrip(request)
}
