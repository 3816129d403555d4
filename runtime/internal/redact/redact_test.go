package redact

import (
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
)

// The made-up keys are put together here, so that scanners for leaked ones do not take them for real.
func TestStringReplacesSecrets(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"bearer token":            {"sent Authorization: Bearer abc.DEF-123_456", "sent Authorization: [REDACTED]"},
		"bearer token, Go header": {"map[Authorization:[Bearer abcdefgh12345678]]", "map[Authorization:[[REDACTED]]]"},
		"bare bearer":             {"used bearer 0123456789abcdef for it", "used bearer [REDACTED] for it"},
		"basic credentials":       {"Basic dXNlcjpwYXNzd29yZA==", "Basic [REDACTED]"},
		"OpenAI key":              {"key sk-proj-AbCdEfGh0123456789xyz invalid", "key [REDACTED] invalid"},
		"Anthropic key":           {"sk-ant-api03-abcdefghijklmnop-QRSTUV", "[REDACTED]"},
		"Stripe key":              {"sk_" + "live_abcdefghij0123456789abcd", "[REDACTED]"},
		"GitHub token":            {"ghp" + "_abcdefghijklmnopqrstuvwxyz0123456789", "[REDACTED]"},
		"Slack token":             {"xoxb" + "-123456789012-abcdefGHIJ", "[REDACTED]"},
		"Slack hook":              {"https://hooks.slack.com" + "/services/T00/B00/XXXX", "https://hooks.slack.com/services/[REDACTED]"},
		"Google key":              {"AIza" + "SyA-1234567890abcdefghijklmnopqrstu", "[REDACTED]"},
		"AWS key id":              {"AKIAIOSFODNN7EXAMPLE", "[REDACTED]"},
		"Pryx token":              {"pryx_at_ABCDEFGHJKLMNPQRSTUVWXYZ0123456789abcd", "[REDACTED]"},
		"JSON web token":          {"got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dozjgNryP4J3 back", "got [REDACTED] back"},
		"Telegram bot":            {"https://api.telegram.org/bot123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0/send", "https://api.telegram.org/bot[REDACTED]/send"},
		"URL with password":       {"dial postgres://pryx:hunter2@db.internal/x", "dial postgres://[REDACTED]@db.internal/x"},
		"URL parameter":           {"GET https://api.test/v1?api_key=abc123&model=x", "GET https://api.test/v1?api_key=[REDACTED]&model=x"},
		"assignment":              {`password = "correct horse"`, `password = [REDACTED]`},
		"JSON member":             {`{"client_secret":"s3cr3t","id":1}`, `{"client_secret":[REDACTED],"id":1}`},
		"environment":             {"OPENAI_API_KEY=abcdef exit status 1", "OPENAI_API_KEY=[REDACTED] exit status 1"},
		"e-mail address":          {"no user jane.doe+x@example.co.uk found", "no user [REDACTED] found"},
		"card number":             {"card 4111 1111 1111 1111 declined", "card [REDACTED] declined"},
		"private key": {
			"-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY----- end", "[REDACTED] end",
		},
		"private key, cut off": {"-----BEGIN PRIVATE KEY-----\nMIIEvQ", "[REDACTED]"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := String(test.text); got != test.want {
				t.Errorf("String(%q)\n got %q\nwant %q", test.text, got, test.want)
			}
		})
	}
}

func TestStringKeepsWhatOnlyLooksLikeASecret(t *testing.T) {
	for name, text := range map[string]string{
		"trace id":            "4bf92f3577b34da6a3ce929d0e0e4736",
		"traceparent":         "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
		"commit hash":         "9d77459c9f0a7a0b2f1f0e3d4c5b6a7988776655",
		"Unix seconds":        "started 1795474395",
		"Unix milliseconds":   "at 1795474395038 ms",
		"Unix microseconds":   "1795474395038002",
		"Unix nanoseconds":    "1795474395038002536",
		"UUID":                "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
		"session":             "session.id=s-0001",
		"device":              "device_id: f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
		"model":               "gpt-4o-2024-08-06",
		"token counts":        "llm.tokens.total=1545 max_tokens=4096",
		"a sentence":          "token expired, bearer authentication is required",
		"no token":            "token: nil",
		"stack frame":         "/root/go/pkg/mod/go.opentelemetry.io/otel@v1.47.0/trace.go:38 +0x1c",
		"pseudo-version":      "genproto@v0.0.0-20260928230214-8a89bd6388cc/status.pb.go",
		"release candidate":   "example.com/pkg@v1.2.3-rc.beta/file.go:1",
		"method of a pointer": "github.com/pryx-co/pryx/runtime/internal/errors.(*Collector).Record(...)",
		"not a card":          "range 4111-1111-1111-1112",
		"date and time":       "2026-11-25 07:45:10.123456 +0000 UTC",
		"URL with a port":     "https://127.0.0.1:8787/v1/traces",
		"risk":                "risk-assessment-of-the-whole-thing",
		"empty":               "",
	} {
		t.Run(name, func(t *testing.T) {
			if got := String(text); got != text {
				t.Errorf("String(%q) = %q, want it unchanged", text, got)
			}
		})
	}
}

func TestStringLeavesItsOwnResultAlone(t *testing.T) {
	const text = `Authorization: Bearer abcdefgh1 password=x1y2z3 a@b.example {"token":"abc"}`
	once := String(text)
	if twice := String(once); twice != once {
		t.Errorf("String() again:\n got %q\nwant %q", twice, once)
	}
}

func TestKey(t *testing.T) {
	for _, name := range []string{
		"password", "db.password", "apiKey", "api_key", "X-Api-Key", "http.request.header.authorization",
		"access_token", "refreshToken", "token", "client_secret", "private_key", "email", "credit_card", "user_id",
	} {
		if !Key(name) {
			t.Errorf("Key(%q) = false, want true", name)
		}
	}
	for _, name := range []string{
		"gen_ai.token.type", "llm.tokens.input", "session.id", "device.id", "session_id", "device_id", "name",
		"server.address", "host.name", "mcp.server", "key", "cost.currency", "error.category", "trace_id", "span.pinned",
	} {
		if Key(name) {
			t.Errorf("Key(%q) = true, want false", name)
		}
	}
}

func TestAttributes(t *testing.T) {
	list := []attribute.KeyValue{
		attribute.String("api_key", "abc"),
		attribute.Int("token", 5),
		attribute.String("text", "mail a@b.example"),
		attribute.StringSlice("list", []string{"x", "Bearer abcdefgh1234"}),
		attribute.Map("map", attribute.String("password", "p"), attribute.Slice("deep", attribute.StringValue("a@b.example"))),
		attribute.Bool("flag", true),
	}
	before := attribute.NewSet(list...)
	got := attribute.NewSet(Attributes(list)...)
	want := attribute.NewSet(
		attribute.String("api_key", Mark),
		attribute.Int("token", 5),
		attribute.String("text", "mail "+Mark),
		attribute.StringSlice("list", []string{"x", "Bearer " + Mark}),
		attribute.Map("map", attribute.String("password", Mark), attribute.Slice("deep", attribute.StringValue(Mark))),
		attribute.Bool("flag", true),
	)
	if !got.Equals(&want) {
		t.Errorf("Attributes()\n got %v\nwant %v", got.ToSlice(), want.ToSlice())
	}
	if after := attribute.NewSet(list...); !after.Equals(&before) {
		t.Errorf("Attributes() changed its argument: %v", after.ToSlice())
	}
}

func TestAttributesWithoutSecretsCopiesNothing(t *testing.T) {
	list := []attribute.KeyValue{attribute.String("tool.name", "shell"), attribute.String("session.id", "s-1")}
	if got := Attributes(list); &got[0] != &list[0] {
		t.Error("Attributes() copied a list without secrets")
	}
}

func FuzzStringFindsASecretInAnyText(f *testing.F) {
	const secret = "ghp" + "_abcdefghijklmnopqrstuvwxyz0123456789"
	f.Add("password=a b@c.example Bearer xyz12345", "eyJ.eyJ")
	f.Add(strings.Repeat("eyJ", 50), "-----BEGIN PRIVATE KEY-----")
	f.Fuzz(func(t *testing.T, before, after string) {
		if got := String(before + " " + secret + " " + after); strings.Contains(got, secret) {
			t.Errorf("the secret between %q and %q stays: %q", before, after, got)
		}
	})
}
