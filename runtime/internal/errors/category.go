package errors

// Category says which part of the world an error is about. The text is the attribute
// error.category, by which the gateway groups.
type Category string

// The categories.
const (
	// CategoryNetwork: the other side could not be reached, or the connection broke.
	CategoryNetwork Category = "network"
	// CategoryAuthentication: credentials are missing, wrong or expired, or a certificate is not
	// trusted.
	CategoryAuthentication Category = "authentication"
	// CategoryProvider: a provider of models refused or failed.
	CategoryProvider Category = "provider"
	// CategoryMCP: an MCP server or its tool failed.
	CategoryMCP Category = "mcp"
	// CategoryChannel: a channel such as Telegram or a webhook failed.
	CategoryChannel Category = "channel"
	// CategoryInternal: everything else, the runtime's own mistakes above all.
	CategoryInternal Category = "internal"
)

// Categories returns all categories.
func Categories() []Category {
	return []Category{
		CategoryNetwork, CategoryAuthentication, CategoryProvider, CategoryMCP, CategoryChannel, CategoryInternal,
	}
}

// Severity says how bad an error is.
type Severity string

// The severities, from mild to bad.
const (
	// SeverityInfo: expected, such as work that was canceled.
	SeverityInfo Severity = "info"
	// SeverityWarn: passes by itself, such as a rate limit.
	SeverityWarn Severity = "warn"
	// SeverityError: something that somebody wanted did not happen.
	SeverityError Severity = "error"
	// SeverityCritical: the runtime is broken, such as a panic.
	SeverityCritical Severity = "critical"
)
