// Package redact replaces secrets in telemetry before it leaves the process: keys, tokens,
// passwords, private keys and e-mail addresses, in text and by the name of an attribute.
//
// It looks for what a secret looks like, not for what merely is long: trace ids, hashes, times in
// milliseconds or microseconds, module paths with versions and session or device ids stay. All
// patterns run in linear time.
package redact

import (
	"regexp"
	"strings"
)

// Mark stands where a secret was.
const Mark = "[REDACTED]"

// String returns text with all secrets replaced by [Mark].
func String(text string) string {
	if len(text) < minSecretBytes {
		return text
	}
	lower := strings.ToLower(text)
	for _, rule := range rules {
		if !containsAny(lower, rule.needles) {
			continue
		}
		text = rule.apply(text)
	}
	return text
}

// minSecretBytes: nothing shorter can be told from an ordinary word. The shortest e-mail address,
// a@b.cd, has six.
const minSecretBytes = 6

func (r rule) apply(text string) string {
	var clean []byte
	done := 0
	for _, at := range r.pattern.FindAllStringSubmatchIndex(text, -1) {
		value := text[at[0]:at[1]]
		if last := at[len(at)-2]; last >= 0 {
			value = text[last:at[len(at)-1]]
		}
		if isRedacted(value) || r.keep != nil && r.keep(value) {
			continue
		}
		clean = append(clean, text[done:at[0]]...)
		clean = r.pattern.ExpandString(clean, r.replacement, text, at)
		done = at[1]
	}
	if done == 0 {
		return text
	}
	return string(append(clean, text[done:]...))
}

func containsAny(text string, needles []string) bool {
	for _, needle := range needles {
		if strings.Contains(text, needle) {
			return true
		}
	}
	return false
}

// isPlainWord keeps "bearer authentication" and the like: credentials have digits, capitals inside
// or punctuation.
func isPlainWord(word string) bool {
	return strings.Trim(word[1:], "abcdefghijklmnopqrstuvwxyz-.") == ""
}

// isRedacted keeps what an earlier rule, or an earlier run, has replaced already. A pattern may stop
// before the last bracket of the mark.
func isRedacted(value string) bool { return strings.Trim(value, `\"'[]`) == strings.Trim(Mark, "[]") }

// isHarmlessValue keeps values that say that there is none: "token: nil", "api_key=false".
func isHarmlessValue(value string) bool {
	switch strings.ToLower(strings.Trim(value, `\"' `)) {
	case "", "nil", "null", "none", "true", "false", "undefined", "missing", "expired", "invalid", "empty":
		return true
	default:
		return false
	}
}

// isNoAddress keeps module@version, which every Go stack trace is full of, and git@host, which is
// nobody.
func isNoAddress(match string) bool {
	name, domain, _ := strings.Cut(match, "@")
	return name == "git" || moduleVersion.MatchString(domain)
}

var moduleVersion = regexp.MustCompile(`^v?\d+\.\d+\.\d+`)

// isCardNumber checks the last digit of a card number (Luhn).
func isCardNumber(text string) bool {
	sum, position := 0, 0
	for at := len(text) - 1; at >= 0; at-- {
		if text[at] < '0' || text[at] > '9' {
			continue
		}
		digit := int(text[at] - '0')
		if position%2 == 1 {
			if digit *= 2; digit > 9 {
				digit -= 9
			}
		}
		sum += digit
		position++
	}
	return sum%10 == 0
}
