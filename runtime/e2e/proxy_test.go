package e2e

import (
	"bytes"
	"context"
	"errors"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/proto"
)

// fault is what the proxy does to a request instead of passing it on and its answer back.
type fault string

const (
	// none passes everything on.
	none fault = "none"
	// resetBefore breaks the connection; the gateway sees nothing.
	resetBefore fault = "reset before"
	// resetAfter breaks the connection once the gateway has answered: stored, but nobody knows.
	resetAfter fault = "reset after"
	// truncate passes the gateway's answer on, but not to its end.
	truncate fault = "truncate"
	// slow passes everything on after a while.
	slow fault = "slow"
	// stall passes the request on when the client has given up on it: a copy that comes late.
	stall fault = "stall"
	// page500 and page520 are what an edge answers in HTML when something in it broke.
	page500 fault = "500 page"
	page520 fault = "520 page"
	// bad502, busy503, bad504 answer instead of the gateway, busy503After once it has stored.
	bad502       fault = "502"
	busy503      fault = "503"
	busy503After fault = "503 after"
	bad504       fault = "504"
	// retryAfter503 and retryAfter429 ask for a second.
	retryAfter503 fault = "503 Retry-After"
	retryAfter429 fault = "429 Retry-After"
	// html200 is a login page. The gateway sees nothing.
	html200 fault = "200 HTML"
	// garbage200 stores, but answers bytes that are no protobuf.
	garbage200 fault = "200 garbage"
	// refuse400 is a refusal for good. A real receiver gives one body always the same answer.
	refuse400 fault = "400"
	// fail500After answers as a receiver that forbids to try again, although it has stored.
	fail500After fault = "500 after"
)

// stallTime is longer than an attempt may take.
const stallTime = 4 * time.Second

// proxy stands between the runtime and the gateway.
type proxy struct {
	url    string
	target string
	// choose decides what happens to a request. number counts the requests to the proxy from 1; body
	// is as it was sent.
	choose func(number int, path string, body []byte) fault

	address  string
	client   *http.Client
	requests sync.WaitGroup

	mu     sync.Mutex
	server *http.Server
	counts map[fault]int
	number int
}

// startProxy starts a proxy and ends it with the test.
func startProxy(t *testing.T, g *gateway, choose func(int, string, []byte) fault) *proxy {
	t.Helper()
	p := &proxy{
		target: g.url, choose: choose, counts: map[fault]int{},
		client: &http.Client{Transport: &http.Transport{}, Timeout: 20 * time.Second},
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.address = listener.Addr().String()
	p.url = "http://" + p.address
	p.serve(listener)
	t.Cleanup(func() { p.drain(t) })
	return p
}

func (p *proxy) serve(listener net.Listener) {
	server := &http.Server{Handler: p, ReadHeaderTimeout: 10 * time.Second}
	p.mu.Lock()
	p.server = server
	p.mu.Unlock()
	p.requests.Go(func() {
		// It returns when the server is closed.
		_ = server.Serve(listener)
	})
}

// refuse closes the port and all connections: what comes now is refused by the system.
func (p *proxy) refuse() {
	p.mu.Lock()
	server := p.server
	p.mu.Unlock()
	closeQuietly(server)
}

// drain takes no more requests and returns when all that came have reached the gateway, or never will.
func (p *proxy) drain(t *testing.T) {
	t.Helper()
	p.mu.Lock()
	server := p.server
	p.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 2*p.client.Timeout)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		t.Errorf("close the proxy: %v", err)
	}
	p.requests.Wait()
	p.client.CloseIdleConnections()
}

// accept opens the port again.
func (p *proxy) accept(t *testing.T) {
	t.Helper()
	var listener net.Listener
	eventually(t, 10*time.Second, "the port of the proxy is free again", func() bool {
		var err error
		listener, err = net.Listen("tcp", p.address)
		return err == nil
	})
	p.serve(listener)
}

// tally returns how often each fault happened.
func (p *proxy) tally() (faulty, total int, counts map[fault]int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	counts = map[fault]int{}
	for what, times := range p.counts {
		counts[what] = times
		total += times
		if what != none {
			faulty += times
		}
	}
	return faulty, total, counts
}

func (p *proxy) ServeHTTP(writer http.ResponseWriter, request *http.Request) {
	p.requests.Add(1)
	defer p.requests.Done()
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return // The client is gone.
	}
	p.mu.Lock()
	p.number++
	what := p.choose(p.number, request.URL.Path, body)
	p.counts[what]++
	p.mu.Unlock()

	html := func(code int) {
		writer.Header().Set("Content-Type", "text/html")
		writer.WriteHeader(code)
		_, _ = io.WriteString(writer, "<html><body>error</body></html>")
	}
	answer := func(code int, wait string) {
		message, _ := proto.Marshal(&status.Status{Message: "proxy says " + string(what)})
		writer.Header().Set("Content-Type", "application/x-protobuf")
		if wait != "" {
			writer.Header().Set("Retry-After", wait)
		}
		writer.WriteHeader(code)
		_, _ = writer.Write(message)
	}
	switch what {
	case resetBefore:
		reset(writer)
	case resetAfter:
		p.pass(request, body)
		reset(writer)
	case truncate:
		p.pass(request, body)
		breakOff(writer)
	case slow:
		time.Sleep(time.Duration(100+rand.IntN(400)) * time.Millisecond)
		copyAnswer(writer, p.pass(request, body))
	case stall:
		time.Sleep(stallTime)
		p.pass(request, body)
	case page500:
		html(http.StatusInternalServerError)
	case page520:
		html(520)
	case bad502:
		answer(http.StatusBadGateway, "")
	case busy503:
		answer(http.StatusServiceUnavailable, "")
	case busy503After:
		p.pass(request, body)
		answer(http.StatusServiceUnavailable, "")
	case bad504:
		answer(http.StatusGatewayTimeout, "")
	case retryAfter503:
		answer(http.StatusServiceUnavailable, "1")
	case retryAfter429:
		answer(http.StatusTooManyRequests, "1")
	case html200:
		html(http.StatusOK)
	case garbage200:
		p.pass(request, body)
		writer.Header().Set("Content-Type", "application/x-protobuf")
		_, _ = writer.Write([]byte{0xff, 0xff, 0xff})
	case refuse400:
		answer(http.StatusBadRequest, "")
	case fail500After:
		p.pass(request, body)
		answer(http.StatusInternalServerError, "")
	default:
		copyAnswer(writer, p.pass(request, body))
	}
}

// pass sends a request to the gateway. Once it is on its way the gateway gets it, whatever becomes of
// the client. It returns nil when the gateway is not there.
func (p *proxy) pass(original *http.Request, body []byte) *http.Response {
	ctx := context.WithoutCancel(original.Context())
	request, err := http.NewRequestWithContext(ctx, original.Method, p.target+original.URL.Path, bytes.NewReader(body))
	if err != nil {
		return nil
	}
	request.Header = original.Header.Clone()
	response, err := p.client.Do(request)
	if err != nil {
		return nil
	}
	defer closeQuietly(response.Body)
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return nil
	}
	response.Body = io.NopCloser(bytes.NewReader(text))
	return response
}

func copyAnswer(writer http.ResponseWriter, response *http.Response) {
	if response == nil {
		writer.WriteHeader(http.StatusBadGateway)
		return
	}
	for _, name := range []string{"Content-Type", "Content-Encoding", "Retry-After", "Batch-Id"} {
		if value := response.Header.Get(name); value != "" {
			writer.Header().Set(name, value)
		}
	}
	writer.WriteHeader(response.StatusCode)
	// A client that is gone has its own idea of what happened.
	_, _ = io.Copy(writer, response.Body)
}

// reset ends the connection so that the client sees a reset, not an end.
func reset(writer http.ResponseWriter) {
	connection, _, err := http.NewResponseController(writer).Hijack()
	if err != nil {
		return
	}
	if tcp, ok := connection.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	closeQuietly(connection)
}

// breakOff answers with success, and ends the connection before the body has ended.
func breakOff(writer http.ResponseWriter) {
	connection, buffered, err := http.NewResponseController(writer).Hijack()
	if err != nil {
		return
	}
	_, err = buffered.WriteString("HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 64\r\n\r\n\x0a")
	_ = errors.Join(err, buffered.Flush())
	closeQuietly(connection)
}

// weights says how often each fault of the chaos happens, in percent. The rest passes.
var weights = []struct {
	what    fault
	percent int
}{
	{resetBefore, 4}, {resetAfter, 4}, {truncate, 4}, {slow, 4}, {stall, 1}, {page500, 3}, {page520, 2},
	{bad502, 2}, {busy503, 3}, {busy503After, 2}, {bad504, 2}, {retryAfter503, 1}, {retryAfter429, 1},
	{html200, 2}, {garbage200, 2},
}

// refusedPercent is the part of all bodies that is refused for good.
const refusedPercent = 3

// chaos chooses faults from a seed: the same request, counted by path, meets the same fault.
func chaos(seed uint64) func(int, string, []byte) fault {
	sources := map[string]*rand.Rand{}
	return func(_ int, path string, body []byte) fault {
		// By the body alone, so that its repeats are refused as well and none was ever passed on.
		hash := fnv.New64a()
		_, _ = hash.Write(body)
		if rand.New(rand.NewPCG(seed, hash.Sum64())).IntN(100) < refusedPercent {
			return refuse400
		}
		source, ok := sources[path]
		if !ok {
			pathHash := fnv.New64a()
			_, _ = pathHash.Write([]byte(path))
			source = rand.New(rand.NewPCG(seed, pathHash.Sum64()))
			sources[path] = source
		}
		drawn := source.IntN(100)
		for _, weighed := range weights {
			if drawn -= weighed.percent; drawn < 0 {
				return weighed.what
			}
		}
		return none
	}
}
