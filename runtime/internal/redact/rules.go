package redact

import "regexp"

// rule finds one kind of secret.
type rule struct {
	// needles: the pattern is tried only on text that contains one of them, in any case. Most text
	// contains none, which makes looking cheap.
	needles []string
	pattern *regexp.Regexp
	// replacement may keep parts of the match, such as the name before a value.
	replacement string
	// keep, where it is set, tells matches that are no secrets, by the last group of the pattern or,
	// without groups, all of the match.
	keep func(value string) bool
}

var rules = []rule{
	{
		needles: []string{"private key"},
		pattern: regexp.MustCompile(`(?is)-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----.*?` +
			`(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|\z)`),
		replacement: Mark,
	},
	{
		// user:password@ in a URL. A password may have an @ in it.
		needles:     []string{"://"},
		pattern:     regexp.MustCompile(`(\b[a-zA-Z][a-zA-Z0-9+.-]*://)[^\s/?#"'<>\\]+@`),
		replacement: "${1}" + Mark + "@",
	},
	{
		// user:password@host elsewhere, such as the data source names of MySQL.
		needles: []string{"@"},
		pattern: regexp.MustCompile(`(?i)\b([a-z0-9._-]+:)[^\s:@/"'<>,;]+` +
			`(?:(@(?:[a-z]+\(|localhost\b|\d{1,3}(?:\.\d{1,3}){3}\b|[a-z0-9-]+:\d{2,5}\b))|@[a-z][a-z0-9-]*(?:\.[a-z0-9-]+)*\.[a-z]{2,}\b)`),
		replacement: "${1}" + Mark + "${2}",
	},
	{
		// All cookies of a header, to the end of the line or of the quoted text.
		needles:     []string{"cookie"},
		pattern:     regexp.MustCompile(`(?i)(cookie\\*["']?\s*[:=]\s*[\\"'\[]*)([^\s=;"'\]\\]+=[^\r\n"'\]\\]*)`),
		replacement: "${1}" + Mark,
	},
	{
		needles: []string{"authorization"},
		pattern: regexp.MustCompile(`(?i)\b((?:proxy-)?authorization\\*["']?\s*[:=]\s*[\\"'\[]*)` +
			`((?:(?:bearer|basic|token|digest|negotiate|ntlm|api-?key|key|bot|oauth|hmac)\s+)?[^\s"'\\,;\]\[}]+)`),
		replacement: "${1}" + Mark,
	},
	{
		needles:     []string{"bearer", "basic"},
		pattern:     regexp.MustCompile(`(?i)\b((?:bearer|basic)(?:\s+|%20))([a-z0-9._~+/=-]{8,})`),
		replacement: "${1}" + Mark,
		keep:        isPlainWord,
	},
	{
		// Keys that say what they are: OpenAI, Anthropic, Stripe, GitHub, GitLab, Slack, Hugging
		// Face, npm, Google, Pryx, Groq, xAI, SendGrid, Perplexity, Replicate, Tavily.
		needles: []string{
			"sk-", "sk_", "pk_", "rk_", "gh", "glpat-", "xox", "xapp-", "hf_", "npm_", "aiza", "ya29.", "gocspx-", "pryx_",
			"gsk_", "xai-", "sg.", "pplx-", "r8_", "tvly-",
		},
		pattern: regexp.MustCompile(`\b(?:sk-[A-Za-z0-9_-]{16,}|[spr]k_(?:live|test)_[A-Za-z0-9]{10,}|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}` +
			`|glpat-[A-Za-z0-9_-]{16,}|xox[a-z]-[A-Za-z0-9-]{10,}|xapp-[A-Za-z0-9-]{10,}|hf_[A-Za-z0-9]{20,}|npm_[A-Za-z0-9]{20,}` +
			`|AIza[A-Za-z0-9_-]{30,}|ya29\.[A-Za-z0-9_-]{20,}|GOCSPX-[A-Za-z0-9_-]{20,}|pryx_(?:at|rt|sk)_[A-Za-z0-9]{16,}|gsk_[A-Za-z0-9]{20,}|xai-[A-Za-z0-9]{20,}` +
			`|SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}|pplx-[A-Za-z0-9]{20,}|r8_[A-Za-z0-9]{20,}|tvly-[A-Za-z0-9-]{16,})`),
		replacement: Mark,
	},
	{
		// AWS access key ids.
		needles:     []string{"akia", "asia"},
		pattern:     regexp.MustCompile(`\b(?:AKIA|ASIA)[A-Z0-9]{16}\b`),
		replacement: Mark,
	},
	{
		// JSON Web Tokens: three parts when signed, five when encrypted, of which one may be empty.
		needles:     []string{"eyj"},
		pattern:     regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{8,}\.\.?[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){0,3}`),
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
		// Shared access signatures of Azure.
		needles:     []string{"sig="},
		pattern:     regexp.MustCompile(`([?&]sig=)([^&\s"']+)`),
		replacement: "${1}" + Mark,
	},
	{
		// name=value, name: value, "name":"value", also escaped, and the parameters of URLs. The name
		// ends with one of these words: accessToken, PGPASSWORD. A quoted value may be cut off.
		needles: []string{"passw", "pwd", "secret", "token", "key", "credential", "passphrase", "mnemonic", "signature", "cookie"},
		pattern: regexp.MustCompile(`(?i)((?:password|passwd|pwd|passphrase|secret|token|credentials?|mnemonic|cookie|` +
			`(?:api|access|secret|private|encryption|signing|service|auth|account)[_-]?key|signature)` +
			`\\*["']?\s*(?:=>|=|:)\s*)` +
			`(\\+"[^"]*(?:"|\z)|"(?:\\.|[^"\\])*(?:"|\\?\z)|'(?:\\.|[^'\\])*(?:'|\\?\z)|[^\s"',;&)\]}\\]+)`),
		replacement: "${1}" + Mark,
		keep:        isHarmlessValue,
	},
	{
		needles:     []string{"@", "%40"},
		pattern:     regexp.MustCompile(`[A-Za-z0-9._%+-]+(?:@|%40)[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}\b`),
		replacement: Mark,
		keep:        isNoAddress,
	},
	{
		// Card numbers as people write them. Sixteen digits in a row are a time in microseconds.
		needles:     []string{" ", "-"},
		pattern:     regexp.MustCompile(`\b[3-6]\d{3}[ -]\d{4}[ -]\d{4}[ -]\d{4}\b`),
		replacement: Mark,
		keep:        func(match string) bool { return !isCardNumber(match) },
	},
}
