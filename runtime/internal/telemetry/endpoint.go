package telemetry

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/pryx-co/pryx/runtime/internal/delivery"
	"github.com/pryx-co/pryx/runtime/internal/redact"
)

// resolveEndpoints finds the URL of each signal. The more specific setting wins: Config, the
// variable of the signal, that of OTLP, that of Pryx. Signals that are switched off have none.
func resolveEndpoints(config Config, env *environment) (map[delivery.Signal]string, error) {
	base := first(config.Endpoint, env.text("OTEL_EXPORTER_OTLP_ENDPOINT"), env.text("PRYX_CLOUD_API_URL"), DefaultEndpoint)
	endpoints := make(map[delivery.Signal]string, len(delivery.Signals()))
	var failures []error
	for _, signal := range delivery.Signals() {
		name := strings.ToUpper(string(signal))
		if env.oneOf("OTEL_"+name+"_EXPORTER", "otlp", "none") == "none" {
			continue
		}
		var (
			endpoint *url.URL
			err      error
		)
		if own := env.text("OTEL_EXPORTER_OTLP_" + name + "_ENDPOINT"); own != "" && config.Endpoint == "" {
			endpoint, err = parseEndpoint(own, config.Insecure)
		} else if endpoint, err = parseEndpoint(base, config.Insecure); err == nil {
			endpoint = forSignal(endpoint, signal)
		}
		if err == nil {
			err = checkToken(endpoint, config)
		}
		if err != nil {
			failures = append(failures, fmt.Errorf("endpoint of %s: %w", signal, err))
			continue
		}
		endpoints[signal] = endpoint.String()
	}
	return endpoints, errors.Join(failures...)
}

// parseEndpoint reads a host, with or without a port and a path, or a URL.
func parseEndpoint(text string, insecure bool) (*url.URL, error) {
	full := text
	if !strings.Contains(text, "://") {
		full = "https://" + text
	}
	endpoint, err := url.Parse(full)
	shown := redact.String(full)
	if err != nil {
		return nil, fmt.Errorf("cannot read %q: want a host or a URL", shown)
	}
	if full != text && (insecure || isLoopback(endpoint)) {
		endpoint.Scheme = "http"
	}
	switch {
	case endpoint.Scheme != "http" && endpoint.Scheme != "https":
		return nil, fmt.Errorf("cannot use %q: want http or https", shown)
	case endpoint.Hostname() == "":
		return nil, fmt.Errorf("cannot use %q: there is no host in it", shown)
	case endpoint.User != nil:
		return nil, errors.New("cannot use an endpoint with a user or password: give a token instead")
	case endpoint.RawQuery != "" || endpoint.Fragment != "":
		return nil, fmt.Errorf("cannot use %q: a query or fragment would be lost", shown)
	}
	return endpoint, nil
}

// forSignal appends the path of a signal to a base URL. People also paste the URL of one signal:
// its path is replaced.
func forSignal(base *url.URL, signal delivery.Signal) *url.URL {
	path := strings.TrimRight(base.Path, "/")
	for _, other := range delivery.Signals() {
		path = strings.TrimSuffix(path, "/v1/"+string(other))
	}
	endpoint := *base
	endpoint.Path, endpoint.RawPath = path+"/v1/"+string(signal), ""
	return &endpoint
}

var errPlainToken = errors.New("cannot send the token over plain http to another machine: use https, or set Insecure (PRYX_DEV=true)")

func checkToken(endpoint *url.URL, config Config) error {
	if config.Token != nil && endpoint.Scheme == "http" && !config.Insecure && !isLoopback(endpoint) {
		return errPlainToken
	}
	return nil
}

func isLoopback(endpoint *url.URL) bool {
	host := endpoint.Hostname()
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
