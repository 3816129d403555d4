// Package telemetry sends the runtime's traces, metrics and logs to an OTLP/HTTP receiver, with the
// OpenTelemetry SDK.
//
// [New] sets everything up; [Provider.Shutdown] flushes it. In between the runtime uses the helpers
// of the [Provider] ([Provider.StartLLM] and its siblings, [Provider.Logger]) or any OpenTelemetry
// API with its providers:
//
//	provider, err := telemetry.New(ctx, telemetry.Config{Token: session.Token})
//	…
//	defer provider.Shutdown(context.WithoutCancel(ctx))
//
//	ctx, call := provider.StartLLM(ctx, telemetry.LLMRequest{Provider: "anthropic", Model: model})
//	answer, err := client.Complete(ctx, prompt)
//	call.SetUsage(telemetry.TokenUsage{Input: answer.InputTokens, Output: answer.OutputTokens})
//	call.End(err)
//
// Every span, data point and log record is accounted for: [Provider.Stats] tells how many were
// delivered, and how many were given up for which reason; the same figures are the metrics
// pryx.telemetry.dropped and pryx.telemetry.unconfirmed and, at most twice a minute, a warning in the
// diagnostics log. Secrets are replaced before an item leaves the process (package redact).
//
// Nothing here is global, unless [Provider.SetGlobal] is called.
package telemetry
