package delivery

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/proto"
)

// verdict is what an attempt means for the items that were sent.
type verdict int

const (
	// accepted: the receiver has them.
	accepted verdict = iota
	// failed: try again.
	failed
	// tooLarge: try again in smaller requests.
	tooLarge
	// unauthorized: try again if there is another token by now.
	unauthorized
	// loggedOut: there is no token.
	loggedOut
	// refused: the receiver does not want them.
	refused
)

// answer is the result of one attempt.
type answer struct {
	verdict verdict
	// rejected counts the items that the receiver did not take from a request that it took.
	rejected int
	// warning is what the receiver said about a request that it took.
	warning string
	// retryAfter is how long the receiver asked to wait; 0 when it did not.
	retryAfter time.Duration
	// doubt: the receiver may have stored the items although it did not say so.
	doubt bool
	// token is what the attempt was authorized with.
	token string
	err   error
}

const (
	contentTypeProtobuf = "application/x-protobuf"
	// maxAnswerBytes bounds what is read of an answer. Real ones have a few hundred bytes.
	maxAnswerBytes = 1 << 20
	// maxMessageChars bounds what is quoted of a receiver's words in an error.
	maxMessageChars = 256
)

var errMalformed = errors.New("malformed answer")

// read turns a response into an answer. It consumes the body, so that the connection can be used
// again, but does not close it.
func (s Signal) read(response *http.Response, now time.Time) answer {
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswerBytes))
	code := response.StatusCode
	isOTLP := mediaType(response.Header) == contentTypeProtobuf
	switch {
	case code >= 200 && code <= 299:
		return s.readSuccess(response, body, err)
	case code == http.StatusTooManyRequests:
		return answer{
			verdict:    failed,
			retryAfter: parseRetryAfter(response.Header, now),
			err:        describeError(response, body, isOTLP),
		}
	case code == http.StatusBadGateway, code == http.StatusServiceUnavailable, code == http.StatusGatewayTimeout:
		return answer{
			verdict:    failed,
			retryAfter: parseRetryAfter(response.Header, now),
			doubt:      true,
			err:        describeError(response, body, isOTLP),
		}
	case code >= 500 && !isOTLP:
		// The page of an edge or proxy in between. OTLP's "must not be retried" is about what a
		// receiver says, and no receiver has spoken.
		return answer{verdict: failed, doubt: true, err: describeError(response, body, isOTLP)}
	case code == http.StatusRequestEntityTooLarge:
		return answer{verdict: tooLarge, err: describeError(response, body, isOTLP)}
	case code == http.StatusUnauthorized:
		return answer{verdict: unauthorized, err: describeError(response, body, isOTLP)}
	default:
		// Redirects too: followed, a POST becomes a GET without a body, and the page that answers
		// it with 200 would look like success.
		return answer{verdict: refused, doubt: code >= 500, err: describeError(response, body, isOTLP)}
	}
}

// readSuccess reads an answer with a status of success. Something else than OTLP, the login page of
// a hotel for example, and an answer that breaks off are no acknowledgement.
func (s Signal) readSuccess(response *http.Response, body []byte, readErr error) answer {
	if readErr != nil {
		return answer{verdict: failed, doubt: true, err: fmt.Errorf("%w: %w", errMalformed, readErr)}
	}
	switch media := mediaType(response.Header); {
	case media == contentTypeProtobuf:
	case media == "" && len(body) == 0:
		// Not what OTLP wants of a receiver, but nothing that could be misread.
	default:
		err := fmt.Errorf("%w: %s with Content-Type %q is not OTLP", errMalformed, response.Status, media)
		return answer{verdict: failed, doubt: true, err: err}
	}
	rejected, message, err := s.partialSuccess(body)
	if err != nil {
		return answer{verdict: failed, doubt: true, err: fmt.Errorf("%w: %w", errMalformed, err)}
	}
	message = clip(message)
	if rejected <= 0 {
		return answer{verdict: accepted, warning: message}
	}
	return answer{
		verdict:  accepted,
		rejected: int(rejected),
		err:      fmt.Errorf("the receiver rejected %d items: %s", rejected, message),
	}
}

// describeError makes an error of a status that is no success, with the receiver's own words where
// it said something: a google.rpc.Status, if it keeps to OTLP.
func describeError(response *http.Response, body []byte, isOTLP bool) error {
	if location := response.Header.Get("Location"); location != "" && response.StatusCode < 400 {
		return fmt.Errorf("%s to %q is not followed: set the endpoint to where it leads", response.Status, clip(location))
	}
	var said status.Status
	if isOTLP && proto.Unmarshal(body, &said) == nil && said.GetMessage() != "" {
		return fmt.Errorf("%s: %s", response.Status, clip(said.GetMessage()))
	}
	return errors.New(response.Status)
}

// mediaType returns the media type of a message, lower-case and without parameters.
func mediaType(header http.Header) string {
	media, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil {
		return strings.ToLower(header.Get("Content-Type"))
	}
	return media
}

func clip(text string) string {
	if runes := []rune(text); len(runes) > maxMessageChars {
		return string(runes[:maxMessageChars]) + "…"
	}
	return text
}
