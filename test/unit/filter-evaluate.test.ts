import { describe, expect, it } from "vitest";

import { compileFilter } from "../../worker/query/filter/evaluate.ts";
import { parseFilter } from "../../worker/query/filter/parse.ts";

const SPAN = {
  event_type: "span",
  data: {
    resource: { attributes: { "service.name": "runtime", "device.id": "d-1", region: "eu" } },
    scope: { name: "pryx-core", attributes: { purpose: "interop" } },
    trace_id: "fc17f97abbeb36cdd95a9bb16163356e",
    span_id: "cecf953d1b6b949c",
    name: "tool.execute",
    kind: "client",
    start_time_unix_nano: "1767225600126456789",
    end_time_unix_nano: "1767225600128456790",
    attributes: {
      "tool.name": "shell",
      "session.id": "s-1",
      tokens: 5,
      ratio: 0.25,
      whole: { double_value: 2 },
      big: { int_value: "9007199254740993" },
      endless: { double_value: "-Infinity" },
      unclear: { double_value: "NaN" },
      bytes: { bytes_value: "AAH+/w==" },
      nothing: null,
      cached: true,
      tags: ["a", "b", 3],
      map: { a: 1 },
      digits: "5",
    },
    events: [
      { name: "exception", attributes: { "exception.type": "*net.OpError", attempt: 1 } },
      { name: "exception", attributes: { "exception.type": "*url.Error" } },
    ],
    links: [{ trace_id: "00", span_id: "11", attributes: { reason: "retry" } }],
    status: { message: "refused", code: "error" },
  },
  received_at: 1_764_000_000_000,
  batch_id: "Abcdefgh01234567",
};

const BARE_SPAN = {
  event_type: "span",
  data: { resource: {}, scope: {}, name: "bare", start_time_unix_nano: "1767225600126456789" },
  received_at: 1_764_000_000_000,
  batch_id: "Abcdefgh01234567",
};

const LOG = {
  event_type: "log",
  data: {
    resource: { attributes: { "service.name": "runtime" } },
    scope: { name: "pryx-core" },
    severity_number: "warn2",
    body: "dial tcp: timeout\nretrying",
    attributes: { correlation_id: "c-7", duration_ms: 9 },
    event_name: "session.finished",
    level: "warn",
  },
  received_at: 1_764_000_000_000,
  batch_id: "Abcdefgh01234567",
};

const METRIC = {
  event_type: "metric",
  data: { resource: {}, scope: {}, name: "requests", type: "sum", as_int: "1" },
  received_at: 1_764_000_000_000,
  batch_id: "Abcdefgh01234567",
};

const NATIVE = {
  event_type: "tool.done",
  data: {
    service: "cli",
    name: "run",
    level: "ERR",
    message: "boom",
    status: "failed",
    session_id: 77,
    "user.id": "u",
    nested: { deep: 1 },
    attributes: { color: "red" },
    resource: { attributes: { region: "eu" } },
  },
  device_id: "d-9",
  duration_ms: 12.5,
  error_message: "exit 1",
  received_at: 1_764_000_000_000,
};

function holds(filter: string, event: unknown): boolean {
  const expression = parseFilter(filter);
  if (!expression.ok) {
    throw new Error(expression.error.message);
  }
  return compileFilter(expression.value)(event, JSON.stringify(event));
}

describe("compileFilter() on a span", () => {
  it.each([
    "event_type = span && batch_id = 'Abcdefgh01234567'",
    "service = 'runtime' && name = 'tool.execute' && scope_name = 'pryx-core'",
    "kind = client && kind != server",
    "status = error && status_message = 'refused'",
    "trace_id = 'FC17F97ABBEB36CDD95A9BB16163356E' && span_id = 'cecf953d1b6b949c'",
    "parent_span_id = nil",
    "device_id = 'd-1' && session_id = 's-1'",
    "duration = 2ms1ns && duration > 2ms && duration <= 2000001ns && duration exists",
    "span.tokens = 5 && span.tokens > 4.5 && span.tokens < 6 && span.tokens != 6",
    "span.ratio = 0.25 && span.ratio = 25e-2",
    "span.whole = 2 && span.whole = 2.0 && span.whole < 3",
    "span.big = 9007199254740993 && span.big > 9007199254740992 && span.big != 9007199254740992",
    "span.big > 9007199254740992.0",
    "span.endless < -1e308",
    "span.unclear != 1 && span.unclear exists",
    "span.cached = true && span.cached != false",
    "span.digits = '5' && span.digits != 5",
    "span.tags = 'a' && span.tags = 3 && span.tags =~ 'b|c' && span.tags != 'd'",
    "span.map exists && span.map != 'x'",
    "span.bytes exists",
    "span.nothing = nil",
    "resource.region = 'eu' && scope.purpose = 'interop' && link.reason = 'retry'",
    "event.exception.type = '*url.Error' && event.exception.type =~ `.*net\\.Op.*`",
    "exception.type = '*net.OpError' && .region = 'eu' && tool.name = 'shell'",
    "tool.name < 'shell2' && tool.name >= 'shell'",
    "tool.name in ['bash', 'shell'] && tool.name not in ['bash', 'zsh']",
    "'tool.exec' && 'service.name'",
    "!(status = ok) && (status = ok || kind = client)",
    "true && !false",
  ])("holds: %s", (filter) => {
    expect(holds(filter, SPAN)).toBe(true);
  });

  it.each([
    "event_type = log",
    "level exists",
    "body exists",
    "span.region = 'eu'",
    "resource.tokens = 5",
    "span.digits = 5",
    "span.tokens = '5'",
    "span.tokens =~ '5'",
    "span.cached = 'true'",
    "span.big = 9007199254740992",
    "span.unclear = 0",
    "span.unclear >= 0",
    "span.bytes = 'AAH+/w=='",
    "span.map = 'a'",
    "span.map = 1",
    "span.tags != 'a'",
    "span.tags !~ 'a'",
    "event.exception.type != '*url.Error'",
    "tool.name =~ 'sh'",
    "tool.name =~ 'SHELL'",
    "'tool.Exec'",
    "duration > 2000001ns",
    "kind = 'CLIENT'",
    "false",
  ])("does not hold: %s", (filter) => {
    expect(holds(filter, SPAN)).toBe(false);
  });

  it.each(["=", "!=", "<", "<=", ">", ">="])(
    "is dropped by %s on what it lacks, as by TraceQL",
    (operator) => {
      for (const value of ["'x'", "5"]) {
        expect(holds(`span.missing ${operator} ${value}`, SPAN)).toBe(false);
        expect(holds(`session_id ${operator} ${value}`, BARE_SPAN)).toBe(false);
      }
      expect(holds(`duration ${operator} 1s`, BARE_SPAN)).toBe(false);
    },
  );

  it("has no status code, kind or duration but the proto's defaults when it names none", () => {
    expect(holds("status = unset && status != error && kind = unspecified", BARE_SPAN)).toBe(true);
    expect(holds("span.missing !~ 'x' || span.missing =~ 'x'", SPAN)).toBe(false);
    const early = { ...BARE_SPAN, data: { ...BARE_SPAN.data, start_time_unix_nano: "999999" } };
    const late = { ...early, data: { ...early.data, end_time_unix_nano: "1767225600126456789" } };
    expect(holds("duration exists", late)).toBe(false);
  });
});

describe("compileFilter() on other events", () => {
  it.each([
    "name = 'session.finished' && level = warn && level >= info && level < error",
    "level =~ 'w.*' && level != error",
    "body =~ '.*timeout.*' && 'dial tcp' && `timeout\nretry`",
    "correlation_id = 'c-7' && duration = nil && status = nil && kind = nil",
    "log.duration_ms = 9",
  ])("holds for a log: %s", (filter) => {
    expect(holds(filter, LOG)).toBe(true);
  });

  it.each([
    "service = 'cli' && name = 'run' && level = error && body = 'boom'",
    "status = 'failed' && status != error && status_message = 'exit 1'",
    "device_id = 'd-9' && session_id = 77 && duration = 12500us",
    ".user.id = 'u' && span.color = 'red' && .device_id = 'd-9' && .received_at > 0",
    "resource.region = nil && .nested exists && .deep = nil",
  ])("holds for a native event: %s", (filter) => {
    expect(holds(filter, NATIVE)).toBe(true);
  });

  it("keeps those that lack a field with != and !~, as LogQL does, and no other operator", () => {
    for (const event of [LOG, METRIC, NATIVE]) {
      for (const filter of [".missing != 'x'", ".missing !~ 'x'", ".missing not in ['x', 'y']"]) {
        expect(holds(filter, event)).toBe(true);
      }
      for (const operator of ["=", "<", "<=", ">", ">="]) {
        expect(holds(`.missing ${operator} 'x'`, event)).toBe(false);
      }
      expect(holds(".missing =~ '.*'", event)).toBe(false);
    }
  });

  it("looks for the level of a native event where the summary of its segment does", () => {
    const both = { ...NATIVE, level: "info" };
    expect(holds("level = info", both)).toBe(true);
    expect(holds("level = error", { ...both, level: null })).toBe(true);
    expect(holds("level exists && level != error", { ...both, level: 5 })).toBe(true);
  });

  it("compares numbers beyond 2^53 that were read from plain JSON as doubles", () => {
    const event: unknown = JSON.parse('{"event_type":"x","id":9007199254740993}');
    expect(holds(".id = 9007199254740993", event)).toBe(true);
    expect(holds(".id = 9007199254740995", event)).toBe(false);
  });

  it("takes a map for a number only when it is the typed form of one", () => {
    const map = { ...NATIVE, data: { n: { int_value: "5", more: 1 }, typed: { int_value: "5" } } };
    expect(holds(".typed = 5 && .n != 5 && .n exists", map)).toBe(true);
  });

  it("takes a status from the top level when the one in data has no code", () => {
    const event = { ...NATIVE, status: "late", data: { status: { message: "x" } } };
    expect(holds("status = 'late' && status_message = 'x'", event)).toBe(true);
  });

  it("looks at a native event as one, whatever it calls itself", () => {
    const event = { event_type: "log", data: { resource: {}, message: "boom", k: 1 }, top: 2 };
    expect(holds("body = 'boom' && .k = 1 && .top = 2", event)).toBe(true);
    const otlp = { ...event, data: { ...event.data, scope: {} } };
    expect(holds(".k exists || .top exists", otlp)).toBe(false);
  });

  it("finds nothing in what is no event", () => {
    for (const event of [null, 5, "x", [], {}]) {
      expect(
        holds("name = 'x' || duration > 0s || exception.type = 'x' || event.a = 1", event),
      ).toBe(false);
    }
  });

  it("counts the steps of patterns", () => {
    const expression = parseFilter("body =~ `.*(a|b)*timeout.*`");
    const work = { steps: 0 };
    const test = expression.ok ? compileFilter(expression.value, work) : () => false;
    expect(test(LOG, "")).toBe(true);
    expect(work.steps).toBeGreaterThan(LOG.data.body.length);
  });
});
