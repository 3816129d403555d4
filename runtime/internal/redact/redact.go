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

// rule finds one kind of secret.
type rule struct {
	// needles: the pattern is tried only on text that contains one of them, in any case. Most text
	// contains none, which makes looking cheap.
	needles []string
	pattern *regexp.Regexp
	// replacement may keep parts of the match, such as the name before a value.
	replacement string
	// keep, where it is set, tells matches that are no secrets.
	keep func(match string) bool
}

var rules = []rule{
	{
		needles:     []string{"private key"},
		pattern:     regexp.MustCompile(`(?is)-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|\z)`),
		replacement: Mark,
	},
	{
		// user:password@ in a URL.
		needles:     []string{"://"},
		pattern:     regexp.MustCompile(`(\b[a-zA-Z][a-zA-Z0-9+.-]*://)[^\s/?#@"'<>]+@`),
		replacement: "${1}" + Mark + "@",
	},
	{
		needles:     []string{"bearer", "basic", "authorization"},
		pattern:     regexp.MustCompile(`(?i)\b((?:proxy-)?authorization["']?\s*[:=]\s*["'\[]*)(?:(?:bearer|basic|token|digest|negotiate)\s+)?[^\s"',;\]\[}]+`),
		replacement: "${1}" + Mark,
	},
	{
		needles:     []string{"bearer", "basic"},
		pattern:     regexp.MustCompile(`(?i)\b(bearer|basic)(\s+|%20)([a-z0-9._~+/=-]{8,})`),
		replacement: "${1}${2}" + Mark,
		keep:        isPlainWord,
	},
	{
		// Keys that say what they are: OpenAI, Anthropic, Stripe, GitHub, GitLab, Slack, Hugging
		// Face, npm, Google, Pryx.
		needles: []string{"sk-", "sk_", "pk_", "rk_", "gh", "glpat-", "xox", "xapp-", "hf_", "npm_", "aiza", "ya29.", "pryx_", "gsk_", "xai-"},
		pattern: regexp.MustCompile(`\b(?:sk-[A-Za-z0-9_-]{16,}|[spr]k_(?:live|test)_[A-Za-z0-9]{10,}|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}` +
			`|glpat-[A-Za-z0-9_-]{16,}|xox[a-z]-[A-Za-z0-9-]{10,}|xapp-[A-Za-z0-9-]{10,}|hf_[A-Za-z0-9]{20,}|npm_[A-Za-z0-9]{20,}` +
			`|AIza[A-Za-z0-9_-]{30,}|ya29\.[A-Za-z0-9_-]{20,}|pryx_(?:at|rt|sk)_[A-Za-z0-9]{16,}|gsk_[A-Za-z0-9]{20,}|xai-[A-Za-z0-9]{20,})`),
		replacement: Mark,
	},
	{
		// AWS access key ids.
		needles:     []string{"akia", "asia"},
		pattern:     regexp.MustCompile(`\b(?:AKIA|ASIA)[A-Z0-9]{16}\b`),
		replacement: Mark,
	},
	{
		// JSON Web Tokens.
		needles:     []string{"eyj"},
		pattern:     regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?`),
		replacement: Mark,
	},
	{
		// Tokens of Telegram bots, as they also stand in the URLs of its API.
		needles:     []string{":"},
		pattern:     regexp.MustCompile(`\b(bot)?\d{8,10}:[A-Za-z0-9_-]{35}\b`),
		replacement: "${1}" + Mark,
	},
	{
		needles:     []string{"hooks.slack.com", "/webhooks/"},
		pattern:     regexp.MustCompile(`(hooks\.slack\.com/(?:services|workflows|triggers)|discord(?:app)?\.com/api/webhooks)/[A-Za-z0-9/_-]+`),
		replacement: "${1}/" + Mark,
	},
	{
		// name=value, name: value, "name":"value" and the parameters of URLs.
		needles: []string{"passw", "pwd", "secret", "token", "key", "credential", "passphrase", "mnemonic", "signature", "cookie"},
		pattern: regexp.MustCompile(`(?i)\b((?:[a-z0-9]+[_.-])*(?:password|passwd|pwd|passphrase|secret|token|credentials?|mnemonic|set-cookie|cookie|` +
			`(?:api|access|secret|private|encryption|signing|service|auth)[_-]?key|x-amz-signature|x-amz-security-token|signature)` +
			`["']?\s*(?:=|:)\s*)("[^"]*"|'[^']*'|[^\s"',;&)\]}]+)`),
		replacement: "${1}" + Mark,
		keep:        isHarmlessAssignment,
	},
	{
		needles:     []string{"@"},
		pattern:     regexp.MustCompile(`[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}\b`),
		replacement: Mark,
		keep:        isModuleVersion,
	},
	{
		// Card numbers as people write them. Sixteen digits in a row are a time in microseconds.
		needles:     []string{" ", "-"},
		pattern:     regexp.MustCompile(`\b[3-6]\d{3}([ -])\d{4}[ -]\d{4}[ -]\d{4}\b`),
		replacement: Mark,
		keep:        func(match string) bool { return !isCardNumber(match) },
	},
}

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
	return r.pattern.ReplaceAllStringFunc(text, func(match string) string {
		if isRedacted(match) || r.keep != nil && r.keep(match) {
			return match
		}
		return r.pattern.ReplaceAllString(match, r.replacement)
	})
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
func isPlainWord(match string) bool {
	word := match[strings.LastIndexAny(match, " \t\n")+1:]
	return strings.Trim(word[min(1, len(word)):], "abcdefghijklmnopqrstuvwxyz-.") == ""
}

// isRedacted keeps what an earlier rule, or an earlier run, has replaced already. A pattern may stop
// before the last bracket of the mark.
func isRedacted(match string) bool { return strings.Contains(match, strings.Trim(Mark, "[]")) }

// isHarmlessAssignment keeps values that say that there is none: "token: nil", "api_key=false".
func isHarmlessAssignment(match string) bool {
	value := strings.Trim(match[strings.LastIndexAny(match, "=: ")+1:], `"' `)
	switch strings.ToLower(value) {
	case "", "nil", "null", "none", "true", "false", "undefined", "missing", "expired", "invalid", "empty":
		return true
	default:
		return false
	}
}

// isModuleVersion keeps module@version, which every Go stack trace is full of.
func isModuleVersion(match string) bool {
	_, domain, _ := strings.Cut(match, "@")
	return moduleVersion.MatchString(domain)
}

var moduleVersion = regexp.MustCompile(`^v\d+\.\d+\.\d+`)

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
