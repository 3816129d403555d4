/**
 * The clauses that the conformance tests prove, as data: docs/conformance.md is made of it.
 *
 * SPEC is docs/specification.md of opentelemetry-proto at ac2c4b5, by line; the rest names the
 * document. The Collector is v0.159.0: what its tests assert or its code does.
 */

/** One clause. */
export interface Clause {
  /** the words of the source; ours where the source leaves it open */
  readonly level: "MUST" | "SHOULD" | "MAY" | "ours";
  /** what the gateway does */
  readonly behavior: string;
  /** what the Collector does */
  readonly collector: string;
}

function must(behavior: string, collector: string): Clause {
  return { level: "MUST", behavior, collector };
}

function should(behavior: string, collector: string): Clause {
  return { level: "SHOULD", behavior, collector };
}

function may(behavior: string, collector: string): Clause {
  return { level: "MAY", behavior, collector };
}

function ours(behavior: string, collector: string): Clause {
  return { level: "ours", behavior, collector };
}

/** All clauses, in the order of the page. */
export const clauses = {
  "SPEC:496": must("POST /v1/traces, /v1/metrics and /v1/logs", "same"),
  "SPEC:515": may("any path prefix, `//`, one trailing slash", "configurable paths, exact match"),
  "SPEC:507": ours("profiles are 404 with a Status that says so", "accepted"),
  "HTTP root": ours("POST / is 404 and names the three paths", "404 in text/plain"),
  "HTTP 405": must(
    "other methods are 405 with Allow: POST and a Status",
    "405 in text/plain, no Allow",
  ),
  "HTTP media-type": should(
    "both encodings on one port, chosen by Content-Type in any case, with any parameter",
    "same; application/protobuf is 415",
  ),
  "HTTP repeated-type": ours("a Content-Type sent twice must agree, else 415", "the first counts"),
  "HTTP 415": must("a missing or other type is 415 with a protobuf Status", "415 in text/plain"),
  "HTTP grpc": ours("application/grpc is 415 and names OTLP/HTTP", "415 in text/plain"),
  "HTTP order": ours(
    "checked in this order: path, method, key, Content-Length, type, coding, body",
    "key, length, coding, path, method, type, body",
  ),
  "HTTP 401": must(
    "401 with WWW-Authenticate and a Status, whatever the type",
    "500 for a bad type",
  ),
  "SPEC:533": must("answers have exactly the type of the request, without parameters", "same"),
  "SPEC:574": must("full success is 200 with an Export…ServiceResponse", "200"),
  "SPEC:581": must("partial_success is unset: 0 bytes, or {}", "always present"),
  "SPEC:544": must("answers stay below 4 KiB, messages below 1 KiB", "no limit of its own"),
  "SPEC:562": may(
    "answers are compressed by the platform, for clients that ask; never by the Worker",
    "never",
  ),
  "SPEC:619": must("every 4xx and 5xx holds a google.rpc.Status", "text/plain for 404, 405, 415"),
  "SPEC:642": must("what the sender must mend is never a retryable status", "same"),
  "SPEC:653": must(
    "a body that cannot be decompressed or decoded is 400, nothing is stored",
    "400",
  ),
  "SPEC:655": should("a 400 holds google.rpc.BadRequest details", "never"),
  "SPEC:665": should(
    "429 and 503 carry Retry-After of 1 to 5 whole seconds, others none",
    "if known; may be 0",
  ),
  "HTTP 503": ours("what fails inside is 503: exporters retry it", "500 for permanent errors"),
  "SPEC:586": must("some items rejected: 200 with their number and the reason", "never"),
  "SPEC:592": must("metrics are counted in data points", "never"),
  "SPEC:605": may("a warning has 0 rejected and a message", "never"),
  "HTTP all-rejected": ours(
    "all items rejected is 400: a 200 would hide the loss",
    "400 for one bad id",
  ),
  "SPEC:571": should("an empty request is 200", "same"),
  "EMPTY json": ours(
    "JSON of 0 bytes, null, a list, trailing text: 400",
    "null and trailing text: 200",
  ),
  "EMPTY not-otlp": ours("JSON without any OTLP member is 200 with a warning", "200, silent"),
  "HINT signal": ours(
    "a payload of another signal is 400 and names its path",
    "400, or garbage stored",
  ),
  "HINT encoding": ours(
    "a payload in another encoding or coding is 400 and names the header",
    "400",
  ),
  "HINT legacy": ours("instrumentationLibrarySpans is named in a warning", "ignored in silence"),
  "HINT shape": ours(
    "attributes as an object, dates as times, base64 ids: the message says what to send",
    "400",
  ),
  "PRYX json": ours("the JSON of the Pryx runtime is stored as native events", "200 and lost"),
  "OTLP-JSON names": ours("lowerCamelCase, and snake_case as a leniency", "both"),
  "OTLP-JSON unknown": must(
    "unknown members are ignored at every level, the empty name included",
    "stops at the empty name",
  ),
  "OTLP-JSON ids": must("ids are hex in either case", "same; a bad id costs the request"),
  "OTLP-JSON bytes": ours(
    "other bytes are base64: standard or URL-safe, padded or not",
    "standard, padded",
  ),
  "OTLP-JSON enums": must(
    "enums are numbers; names, number texts and unknown numbers are taken",
    "no unknown names",
  ),
  "OTLP-JSON int64": must("64-bit integers as text or number, every digit kept", "same"),
  "OTLP-JSON int32": ours("32-bit integers out of range cost the item", "cost the request"),
  "OTLP-JSON double": must(
    "numbers, number texts, NaN, Infinity, -Infinity",
    "also Go's spellings",
  ),
  "OTLP-JSON bool": must("true and false only", "same"),
  "OTLP-JSON null": must("null is unset, wherever it stands", "400 for scalars"),
  "OTLP-JSON empty-value": must("an AnyValue without a value is kept as empty", "same"),
  "OTLP-JSON oneof": ours("of several members of a oneof the last counts", "same"),
  "OTLP-JSON defaults": must("absent members have their defaults", "same"),
  "OTLP-JSON text": ours(
    "BOM dropped, lone surrogates and invalid UTF-8 become U+FFFD",
    "BOM: 400; raw bytes forwarded",
  ),
  "CODING identity": must("no coding, identity and an empty value", "identity: 400"),
  "CODING gzip": must("gzip, x-gzip, any case, several members", "gzip, lower case"),
  "CODING deflate": ours("deflate as zlib, or raw under that name", "zlib only"),
  "CODING zstd": ours("zstd, all frames, skippable ones too", "same"),
  "CODING other": must("others and lists are 415 with Accept-Encoding", "400"),
  "CODING damaged": must("damaged, truncated or followed by garbage: 400, never half", "400"),
  "SPEC:518": must(
    "more than the cap is 413, on the wire and inflated, and states limit and side",
    "400",
  ),
  "SIZE exact": ours("a body of exactly the cap is taken", "same"),
  "SIZE bomb": must("a bomb of 300 MB is cut at the cap in every coding", "same"),
  "PB unknown": must("unknown fields of every wire type and groups are skipped", "groups: 400"),
  "PB malformed": must(
    "field 0, wire types 6 and 7, stray end-groups, truncation, long varints: 400",
    "same",
  ),
  "PB wire-type": ours("a known field with a wrong wire type is 400", "same"),
  "PB merge": must("singular messages merge, scalars and oneofs: the last counts", "same"),
  "PB packed": must("packed, unpacked and mixed lists", "same"),
  "PB presence": must("a zero that was sent is told from none where proto has presence", "same"),
  "PB 64-bit": must("64-bit integers keep every digit", "same"),
  "PB enums": must("unknown enum numbers and all bits of flags are kept", "same"),
  "PB ids": ours(
    "a span with an id of wrong length is rejected; other records lose the id",
    "costs the request",
  ),
  "PB utf8": must("invalid UTF-8 becomes U+FFFD", "forwarded"),
  "PB missing-ids": ours(
    "spans without valid ids are kept with a warning, or rejected where REQUIRE_SPAN_IDS says so",
    "accepted in silence",
  ),
  "PB duplicate-keys": ours("of attributes with the same key the last one counts", "all are kept"),
  "PB strindex": must(
    "string table references outside profiles are read as empty, with a warning",
    "kept",
  ),
  "NEST 64": must("values nested 64 deep are kept, in both encodings", "no limit"),
  "NEST 128": ours(
    "beyond 128 a value becomes empty, with a warning; 10,000 levels do no harm",
    "no limit",
  ),
  "CORS off": ours("off by default: OPTIONS is 405, no header", "same"),
  "CORS preflight": ours(
    "204 before authentication, with methods, headers and a maximum age",
    "same, no maximum age",
  ),
  "CORS origin": ours(
    "exact or with one *, any case; a refused origin gets 204 without headers",
    "same",
  ),
  "CORS answers": ours(
    "every answer has the headers, errors included; Retry-After and batch-id exposed",
    "nothing exposed",
  ),
  "CORS config": ours("an entry that is no origin allows nobody", "same"),
  "REAL examples": must("the examples of opentelemetry-proto", "same"),
  "REAL sdks": must("the recorded requests of every SDK", "same"),
  "FUZZ answers": must("any bytes in any coding: 200, 400, 413 or 415; no exception", "no crash"),
} as const satisfies Readonly<Record<string, Clause>>;

/** Names a clause. The name of each test begins with one in brackets. */
export type ClauseId = keyof typeof clauses;
