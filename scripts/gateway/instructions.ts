/** What `npm start` prints: lines to copy into a shell for each kind of client. */
import { DEFAULT_ENDPOINT, LOCAL_API_KEY } from "./local-defaults.ts";

/**
 * Renders how to send to, and ask, a running gateway.
 *
 * @param url base URL of the gateway, without a trailing slash
 * @param apiKey the bearer key it accepts
 * @returns text for a terminal, ending in a newline
 */
export function renderInstructions(url: string, apiKey: string): string {
  const bearer = `Authorization: Bearer ${apiKey}`;
  // Header values in this variable are percent-decoded by the SDKs: a space is %20.
  // https://opentelemetry.io/docs/specs/otel/protocol/exporter/#specifying-headers-via-environment-variables
  const encodedHeader = `Authorization=Bearer%20${encodeURIComponent(apiKey)}`;
  const isDefault = url === DEFAULT_ENDPOINT && apiKey === LOCAL_API_KEY;
  const demo = isDefault ? "npm run demo" : `npm run demo -- --endpoint ${url} --key ${apiKey}`;

  return `
The gateway runs. Stop it with Ctrl-C.

  endpoint  ${url}
  API key   ${apiKey}

Go, Python, JavaScript … exporters (environment variables):

  export OTEL_EXPORTER_OTLP_ENDPOINT=${url}
  export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf
  export OTEL_EXPORTER_OTLP_HEADERS="${encodedHeader}"

otel-cli, which does not decode header values (unset the variables above first, they win):

  otel-cli span --endpoint ${url} --protocol http/protobuf \\
    --otlp-headers "Authorization=Bearer ${apiKey}" --service my-service --name hello --verbose

curl, one log record as OTLP/JSON:

  curl -i ${url}/v1/logs -H "${bearer}" \\
    -H "Content-Type: application/json" \\
    -d '{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"my-service"}}]},"scopeLogs":[{"logRecords":[{"timeUnixNano":"'$(date +%s)000000000'","severityNumber":9,"body":{"stringValue":"hello"}}]}]}]}'

What happened in the last 15 minutes, newest first:

  curl "${url}/api/telemetry/query?start=-15m&limit=10" -H "${bearer}"

A whole agent session from the OpenTelemetry SDK:

  ${demo}

To see a line per request, start with: npm start -- --log-level info
`;
}
