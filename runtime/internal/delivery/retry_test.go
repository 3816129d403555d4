package delivery

import (
	"net/http"
	"testing"
	"time"
)

func TestDelayGrowsToItsMaximum(t *testing.T) {
	policy := Retry{FirstDelay: time.Second, MaxDelay: 20 * time.Second}.withDefaults()
	for failures, full := range map[int]time.Duration{1: 1, 2: 2, 3: 4, 4: 8, 5: 16, 6: 20, 100: 20} {
		full *= time.Second
		for range 100 {
			if got := policy.delay(failures, 0); got < full/2 || got > full {
				t.Fatalf("delay after %d failures: %v, want %v to %v", failures, got, full/2, full)
			}
		}
	}
}

func TestDelayIsNeverShorterThanAskedFor(t *testing.T) {
	policy := Retry{}.withDefaults()
	for range 100 {
		if got := policy.delay(1, 3*time.Second); got < 3*time.Second || got > 4*time.Second {
			t.Fatalf("delay %v, asked for 3 s", got)
		}
	}
}

func TestParseRetryAfter(t *testing.T) {
	now := time.Date(2026, time.November, 25, 8, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"":                              0,
		"0":                             0,
		"5":                             5 * time.Second,
		"3600":                          time.Hour,
		"-5":                            0,
		"1.5":                           0,
		"soon":                          0,
		"99999999999999999999":          longestRetryAfter,
		"Fri, 31 Dec 9999 23:59:59 GMT": longestRetryAfter,
		"Wed, 25 Nov 2026 08:00:30 GMT": 30 * time.Second,
		"Wed, 25 Nov 2026 07:00:00 GMT": 0,
	} {
		header := http.Header{}
		header.Set("Retry-After", text)
		if got := parseRetryAfter(header, now); got != want {
			t.Errorf("Retry-After %q: %v, want %v", text, got, want)
		}
	}
}
