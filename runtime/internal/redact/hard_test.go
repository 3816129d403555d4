package redact

import (
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
)

// The secret part of each text has "hunter2", "5ecret" or "jane" in it.
func TestNothingOfASecretStays(t *testing.T) {
	for name, text := range map[string]string{
		"escaped JSON":                   `body: {\"api_key\":\"hunter2\",\"id\":1}`,
		"twice escaped JSON":             `{"body":"{\\\"password\\\":\\\"hunter2\\\"}"}`,
		"JSON with a quote in the value": `{"password":"a\"hunter2"}`,
		"JSON that was cut off":          `{"password":"hunter2 and mo`,
		"camel case member":              `{"accessToken":"hunter2hunter2"}`,
		"camel case secret":              `clientSecret=hunter2`,
		"one word":                       "PGPASSWORD=hunter2 psql",
		"connection string":              "AccountKey=hunter2==;EndpointSuffix=x",
		"hash rocket":                    `:password => "hunter2"`,
		"second cookie":                  "Cookie: theme=dark; session=hunter2",
		"cookie header of Go":            "map[Cookie:[a=b; session=hunter2] Accept:[*/*]]",
		"scheme of an API key":           "Authorization: ApiKey hunter2",
		"scheme of a bot":                `{"Authorization":"Bot hunter2.abc"}`,
		"password with an at sign":       "postgres://pryx:p@hunter2@db.internal/x",
		"data source of MySQL":           "pryx:hunter2@tcp(127.0.0.1:3306)/db",
		"user and password at a host":    "dial pryx:hunter2@db.internal:5432 failed",
		"user and password at localhost": "redis pryx:hunter2@localhost",
		"PGP key":                        "-----BEGIN PGP PRIVATE KEY BLOCK-----\nhunter2\n-----END PGP PRIVATE KEY BLOCK-----",
		"key in one line of JSON":        `"-----BEGIN EC PRIVATE KEY-----\nhunter2\n-----END EC PRIVATE KEY-----\n"`,
		"encrypted token":                "eyJhbGciOiJSU0EtT0FFUCJ9.abcdefghijkl.abcdefghijkl.hunter2hunter2.hunter2",
		"signature of Azure":             "https://x.blob.test/c?sv=2024&sig=hunter2%3D&se=1",
		"address in a URL":               "GET /users?mail=jane.doe%40example.org",
		"SendGrid key":                   "SG." + "hunter2abcdefghijklmn.hunter2abcdefghijklmnopqrstuvwxyz0123456789",
		"Perplexity key":                 "pplx-" + "hunter2hunter2hunter2hunter2hunter2hunter2",
		"Google client secret":           "GOCSPX-" + "hunter2hunter2hunter2hunter2",
	} {
		t.Run(name, func(t *testing.T) {
			got := String(text)
			for _, secret := range []string{"hunter2", "jane"} {
				if strings.Contains(got, secret) {
					t.Errorf("String(%q) = %q", text, got)
				}
			}
			if again := String(got); again != got {
				t.Errorf("again:\n got %q\nwant %q", again, got)
			}
		})
	}
}

func TestMembersBesideASecretStay(t *testing.T) {
	for text, want := range map[string]string{
		`{\"token\":\"abc\",\"tool\":\"shell\"}`:        `{\"token\":[REDACTED],\"tool\":\"shell\"}`,
		`{"password":"a\"b","tool":"shell"}`:            `{"password":[REDACTED],"tool":"shell"}`,
		"map[Cookie:[a=b; c=d] Accept:[text/html]]":     "map[Cookie:[[REDACTED]] Accept:[text/html]]",
		"Cookie: a=b; c=d\nAccept: text/html":           "Cookie: [REDACTED]\nAccept: text/html",
		"image nginx:1.25@sha256:0123456789abcdef0123":  "image nginx:1.25@sha256:0123456789abcdef0123",
		"git clone git@github.com:pryx-co/pryx.git":     "git clone git@github.com:pryx-co/pryx.git",
		"react@19.0.0-rc.next":                          "react@19.0.0-rc.next",
		"npm:left-pad@1.3.0 at main.go:12":              "npm:left-pad@1.3.0 at main.go:12",
		"total token count: 1545, token count is 1545":  "total token count: 1545, token count is 1545",
		"input_tokens: 20, output_tokens=30":            "input_tokens: 20, output_tokens=30",
		"keyboard: us, monkey: yes, turnkey=1":          "keyboard: us, monkey: yes, turnkey=1",
		"sort_key=3 primary_key: id foreign_key=tool":   "sort_key=3 primary_key: id foreign_key=tool",
		"passwordless: yes, secretary: Bob, cookies: 3": "passwordless: yes, secretary: Bob, cookies: 3",
	} {
		if got := String(text); got != want {
			t.Errorf("String(%q)\n got %q\nwant %q", text, got, want)
		}
	}
}

func TestPersonalNamesWithAPrefix(t *testing.T) {
	for _, name := range []string{"tool.arg.phone", "error.metadata.user_id", "tool.arg.username", "user.full_name"} {
		if !Key(name) {
			t.Errorf("Key(%q) = false", name)
		}
	}
	for _, name := range []string{"gen_ai.usage.input_tokens", "gen_ai.response.id", "session.id", "device.id", "llm.tokens.total", "token_count"} {
		if Key(name) {
			t.Errorf("Key(%q) = true", name)
		}
	}
}

func TestBytesAndNamesInMaps(t *testing.T) {
	for name, pair := range map[string]attribute.KeyValue{
		"bytes":       attribute.ByteSlice("body", []byte("password=hunter2")),
		"secret name": attribute.ByteSlice("password", []byte("hunter2")),
		"map key":     attribute.Map("by_user", attribute.Int("hunter2@example.org", 3)),
	} {
		clean := Attributes([]attribute.KeyValue{pair})
		text := clean[0].Value.String() + string(clean[0].Value.AsByteSlice())
		if strings.Contains(text, "hunter2") {
			t.Errorf("%s: %v", name, clean)
		}
	}
}
