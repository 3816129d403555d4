package errors

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"syscall"
)

// class is what is known about an error without knowing where it came from.
type class struct {
	category Category
	code     string
	severity Severity
}

// classify decides category, code and severity. The first that applies wins:
//
//  1. what the error says itself, by a mark or a method
//  2. a panic, and work that was canceled
//  3. authentication: status 401 and 403, certificates
//  4. network: what net, tls, syscall and io report, and deadlines
//  5. the subsystem that the caller named: provider, MCP, channel
//  6. internal
//
// Network comes before the subsystem: when an MCP server cannot be reached, the network is what
// somebody has to look at.
func classify(err error, subsystem Category) class {
	result := derive(err, subsystem)
	if said, ok := find(err, func(c categorized) bool { return c.ErrorCategory() != "" }); ok {
		if said.ErrorCategory() != result.category {
			result = class{category: said.ErrorCategory(), code: string(said.ErrorCategory()) + ".error", severity: result.severity}
		}
	}
	if said, ok := find(err, func(c coded) bool { return c.ErrorCode() != "" }); ok {
		result.code = said.ErrorCode()
	}
	if said, ok := find(err, func(g graded) bool { return g.ErrorSeverity() != "" }); ok {
		result.severity = said.ErrorSeverity()
	}
	return result
}

func derive(err error, subsystem Category) class {
	var panicked *PanicError
	if errors.As(err, &panicked) {
		return class{CategoryInternal, "internal.panic", SeverityCritical}
	}
	if errors.Is(err, context.Canceled) {
		return class{or(subsystem, CategoryInternal), string(or(subsystem, CategoryInternal)) + ".canceled", SeverityInfo}
	}
	status, hasStatus := statusOf(err)
	if found, ok := authentication(err, status); ok {
		return found
	}
	if !hasStatus {
		if code, ok := networkCode(err); ok {
			return class{CategoryNetwork, code, SeverityError}
		}
	}
	category := or(subsystem, CategoryInternal)
	if hasStatus {
		return byStatus(category, status)
	}
	return class{category, string(category) + ".error", SeverityError}
}

func or(category, otherwise Category) Category {
	if category == "" {
		return otherwise
	}
	return category
}

func statusOf(err error) (int, bool) {
	said, ok := find(err, func(s statusCoded) bool { return s.StatusCode() >= http.StatusBadRequest })
	if !ok {
		return 0, false
	}
	return said.StatusCode(), true
}

func statusText(status int) string {
	if text := http.StatusText(status); text != "" {
		return fmt.Sprintf("%d %s", status, text)
	}
	return fmt.Sprintf("status %d", status)
}

// byStatus classifies an answer of HTTP that has nothing to do with authentication.
func byStatus(category Category, status int) class {
	prefix := string(category)
	switch {
	case status == http.StatusTooManyRequests:
		return class{category, prefix + ".rate_limited", SeverityWarn}
	case status == http.StatusPaymentRequired:
		return class{category, prefix + ".quota_exceeded", SeverityError}
	// 529 is what Anthropic answers when it is overloaded.
	case status == http.StatusServiceUnavailable, status == 529:
		return class{category, prefix + ".overloaded", SeverityWarn}
	case status >= http.StatusInternalServerError:
		return class{category, prefix + ".server_error", SeverityError}
	case status == http.StatusNotFound:
		return class{category, prefix + ".not_found", SeverityError}
	default:
		return class{category, prefix + ".bad_request", SeverityError}
	}
}

func authentication(err error, status int) (class, bool) {
	switch status {
	case http.StatusUnauthorized:
		return class{CategoryAuthentication, "authentication.unauthorized", SeverityError}, true
	case http.StatusForbidden:
		return class{CategoryAuthentication, "authentication.forbidden", SeverityError}, true
	}
	var (
		authority   x509.UnknownAuthorityError
		certificate x509.CertificateInvalidError
		hostname    x509.HostnameError
		verifying   *tls.CertificateVerificationError
	)
	if errors.As(err, &authority) || errors.As(err, &certificate) || errors.As(err, &hostname) || errors.As(err, &verifying) {
		return class{CategoryAuthentication, "authentication.certificate", SeverityError}, true
	}
	return class{}, false
}

// networkCode tells whether an error is one of the network, and which.
func networkCode(err error) (string, bool) {
	var (
		dns    *net.DNSError
		op     *net.OpError
		record tls.RecordHeaderError
		alert  tls.AlertError
		number syscall.Errno
		client *url.Error
		timed  interface{ Timeout() bool }
	)
	switch {
	case errors.As(err, &dns):
		return "network.dns", true
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded),
		errors.As(err, &timed) && timed.Timeout():
		return "network.timeout", true
	case errors.As(err, &record), errors.As(err, &alert):
		return "network.tls", true
	case errors.As(err, &number):
		return errnoCode(number)
	// net/http says io.EOF when a connection ends without an answer. Elsewhere it is no failure.
	case errors.Is(err, io.ErrUnexpectedEOF), errors.As(err, &client) && errors.Is(client, io.EOF):
		return "network.eof", true
	case errors.Is(err, net.ErrClosed):
		return "network.closed", true
	case errors.As(err, &op):
		return "network.error", true
	default:
		return "", false
	}
}

// errnoCode tells errors of sockets from those of files, which have the same type.
func errnoCode(number syscall.Errno) (string, bool) {
	switch number {
	case syscall.ECONNREFUSED:
		return "network.refused", true
	case syscall.ECONNRESET, syscall.EPIPE, syscall.ECONNABORTED:
		return "network.reset", true
	case syscall.ENETUNREACH, syscall.EHOSTUNREACH, syscall.ENETDOWN:
		return "network.unreachable", true
	case syscall.ETIMEDOUT:
		return "network.timeout", true
	default:
		return "", false
	}
}

// TypeOf returns a class of errors with few values, for attributes such as error.type: "timeout",
// "canceled", the HTTP status, or the Go type of the innermost cause.
func TypeOf(err error) string {
	if err == nil {
		return ""
	}
	if pointer, ok := nilPointer(err); ok {
		return typeName(pointer)
	}
	if status, ok := statusOf(err); ok {
		return fmt.Sprint(status)
	}
	var timed interface{ Timeout() bool }
	switch {
	case errors.Is(err, context.Canceled):
		return "canceled"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timed) && timed.Timeout():
		return "timeout"
	}
	return typeName(cause(err))
}

// cause returns the error that started it: below all wrappers, and the first of those joined.
func cause(err error) error {
	for {
		var next error
		switch wrapper := err.(type) {
		case interface{ Unwrap() error }:
			next = wrapper.Unwrap()
		case interface{ Unwrap() []error }:
			for _, branch := range wrapper.Unwrap() {
				if next = branch; next != nil {
					break
				}
			}
		}
		if next == nil {
			return err
		}
		err = next
	}
}

func typeName(err error) string { return fmt.Sprintf("%T", err) }
