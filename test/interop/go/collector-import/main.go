// Command import reads OTLP export requests with the Collector's own data model, which is what its
// OTLP receiver does with a request body, and prints each as one line of OTLP/JSON.
// It exits with status 1 when one of them cannot be read.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"os"

	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
)

// request is what the three kinds of export request have in common.
type request interface {
	UnmarshalJSON(data []byte) error
	UnmarshalProto(data []byte) error
	MarshalJSON() ([]byte, error)
}

func main() {
	signal := flag.String("signal", "traces", "traces, metrics or logs")
	encoding := flag.String("encoding", "protobuf", "protobuf or json")
	flag.Parse()
	out := bufio.NewWriter(os.Stdout)
	for _, path := range flag.Args() {
		text, err := read(path, *signal, *encoding)
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", path, err)
			os.Exit(1)
		}
		fmt.Fprintf(out, "%s\n", text)
	}
	if err := out.Flush(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func read(path, signal, encoding string) ([]byte, error) {
	body, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	req, err := newRequest(signal)
	if err != nil {
		return nil, err
	}
	if encoding == "json" {
		err = req.UnmarshalJSON(body)
	} else {
		err = req.UnmarshalProto(body)
	}
	if err != nil {
		return nil, err
	}
	return req.MarshalJSON()
}

func newRequest(signal string) (request, error) {
	switch signal {
	case "traces":
		return ptraceotlp.NewExportRequest(), nil
	case "metrics":
		return pmetricotlp.NewExportRequest(), nil
	case "logs":
		return plogotlp.NewExportRequest(), nil
	default:
		return nil, fmt.Errorf("no signal is called %q", signal)
	}
}
