import { describe, expect, it } from "vitest";

import { compileFilter } from "../../worker/query/filter/evaluate.ts";
import type { Expression } from "../../worker/query/filter/expression.ts";
import { needlesOf } from "../../worker/query/filter/needles.ts";
import { parseFilter } from "../../worker/query/filter/parse.ts";
import { type PruneFacts, prune } from "../../worker/query/filter/prune.ts";

function expressionOf(filter: string): Expression {
  const expression = parseFilter(filter);
  if (!expression.ok) {
    throw new Error(expression.error.message);
  }
  return expression.value;
}

const TRACES: PruneFacts = {
  prefix: "traces",
  firstMs: 1_764_000_000_000,
  lastMs: 1_764_000_000_100,
  severity: 0,
  errors: 0,
  services: new Set(["runtime", "web"]),
  mayContain: (_kind, text) => text === "there" || text === "5",
};
const WARNINGS: PruneFacts = { ...TRACES, prefix: "logs", severity: 14, errors: 0 };
const NATIVE: PruneFacts = { ...TRACES, prefix: "telemetry", severity: 9, services: undefined };

describe("prune()", () => {
  it.each([
    [TRACES, "status = error", "no event with an error"],
    [TRACES, "name = 'x'", 'no name "x"'],
    [TRACES, "name =~ 'x|y'", 'no name "x" or "y"'],
    [TRACES, "session_id = 7", 'no session_id "7"'],
    [TRACES, "exception.type = 'x' && status = ok", 'no .exception.type "x"'],
    [TRACES, "resource.device.id = 'x'", 'no resource.device.id "x"'],
    [
      TRACES,
      "trace_id = '4bf92f3577b34da6a3ce929d0e0e4736'",
      'no trace_id "4bf92f3577b34da6a3ce929d0e0e4736"',
    ],
    [TRACES, "name = 'x' || category = 'y'", 'no name "x" and no category "y"'],
    [TRACES, "name in ['x', 'x']", 'no name "x"'],
    [TRACES, "service = 'cli'", 'no service "cli"'],
    [TRACES, "resource.service.name = 'cli'", 'no service "cli"'],
    [TRACES, "service =~ 'c.*'", "no service of this pattern"],
    [TRACES, "duration >= 101ms", "no span of 101ms: all are within 101ms"],
    [TRACES, "event_type = log", "traces hold events of type span only"],
    [TRACES, "level >= info", "events of traces have no level"],
    [TRACES, "body != 'x'", "events of traces have no body"],
    [TRACES, "false", "the filter holds for no event"],
    [WARNINGS, "level >= error", "no event of level error or above"],
    [WARNINGS, "level > warn", "no event of level error or above"],
    [WARNINGS, "level > fatal", "no level is above fatal"],
    [WARNINGS, "duration > 1s", "events of logs have no duration"],
    [WARNINGS, "event.a != nil", "events of logs have no event.a"],
    [{ ...WARNINGS, severity: 0 }, "level <= info", "no event with a level"],
    [{ ...WARNINGS, severity: 21 }, "level = error", "no event of level error or above"],
    [NATIVE, "event_type = login", 'no event_type "login"'],
    [NATIVE, "level = warn", "no event of level warn or above"],
    [NATIVE, "status = error", "no event with an error"],
  ])("rules a segment out: %# %s", (facts, filter, reason) => {
    expect(prune(expressionOf(filter), facts)).toBe(reason);
  });

  it.each([
    [TRACES, "true"],
    [TRACES, "name = 'there'"],
    [TRACES, "session_id = 5 && session_id = 5.0"],
    [TRACES, "name = 'x' || status = ok"],
    [TRACES, "name =~ 'x|there'"],
    [TRACES, "name =~ 'x.*'"],
    [TRACES, "!(name = 'there')"],
    [TRACES, "name != 'x' && name < 'x'"],
    [TRACES, "status != error && status =~ 'error|ok' && status = unset"],
    [TRACES, "service = 'web' && service =~ 'we.?' && service != 'x'"],
    [TRACES, "service = 5"],
    [TRACES, "service < 'a' || service >= 's'"],
    [TRACES, "duration >= 100999999ns && duration < 1s && duration <= 1s"],
    [TRACES, "event_type = span && event_type =~ 'span|log'"],
    [TRACES, "level = nil && body = nil"],
    [TRACES, ".other = 'x' && 'x'"],
    [{ ...TRACES, errors: 1 }, "status = error"],
    [{ ...TRACES, firstMs: 0, lastMs: 0 }, "duration > 1h"],
    [{ ...TRACES, services: undefined }, "service = 'cli' && service =~ 'cli.*'"],
    [
      { ...TRACES, services: new Set(["\u{fffd}"]) },
      String.raw`service = "\ud800" && service =~ "\\ud800+"`,
    ],
    [{ ...TRACES, services: new Set(["\ud800"]) }, String.raw`service = "\ud800"`],
    [WARNINGS, "level >= warn && level < error && level != error"],
    [WARNINGS, "duration != 1s && status !~ 'x' && event.a = nil"],
    [{ ...WARNINGS, severity: 21, errors: 1 }, "level > error"],
    [NATIVE, "status = ok && duration > 1h && kind = server && body exists"],
    [{ ...NATIVE, errors: 1 }, "status = error"],
    [NATIVE, "level >= info && event_type = there"],
  ])("has a segment read: %# %s", (facts, filter) => {
    expect(prune(expressionOf(filter), facts)).toBeUndefined();
  });

  it("may trust the summary, since the evaluator takes no list for a service or a level", () => {
    const event = {
      event_type: "span",
      data: {
        resource: { attributes: { "service.name": ["cli"] } },
        scope: {},
        attributes: { "service.name": ["cli"] },
      },
      level: ["error"],
    };
    for (const filter of ["service = 'cli'", "resource.service.name = 'cli'", "level = error"]) {
      expect(compileFilter(expressionOf(filter))(event, "")).toBe(false);
    }
    expect(compileFilter(expressionOf("span.service.name = 'cli'"))(event, "")).toBe(true);
  });
});

describe("needlesOf()", () => {
  it.each([
    ["true", []],
    ["false", []],
    ["'tim\"e'", [[String.raw`tim\"e`]]],
    ["name = 'a' && status = error", [['"a"'], ['"error"']]],
    ["name = 'a' && name = 'a'", [['"a"']]],
    ["name = 'a' || kind = client", [['"a"', '"client"']]],
    ["name = 'a' || duration > 1s", []],
    ["(name = 'a' && .key = 5) || name = 'b'", [['"key"', '"b"']]],
    ["status = unset && kind = unspecified && level = error", []],
    ["status =~ 'unset|ok'", []],
    [".k = 'v'", [['"v"'], ['"k"']]],
    ["span.tokens > 5 && .a = true", [['"tokens"'], ['"a"']]],
    [".a != nil && .b = nil && .c != 5 && !(.d = 5)", [['"a"']]],
    ["body =~ '.*timeout.*'", [["timeout"]]],
    ["body =~ 'a|b'", [['"a"', '"b"']]],
    ["body =~ '(?i)a' && body !~ 'a'", []],
    [String.raw`body =~ "a\nb.*"`, [[String.raw`a\nb`]]],
    [`name in [${Array.from({ length: 33 }, (_none, index) => `"n${index}"`).join(",")}]`, []],
  ])("of %s", (filter, needles) => {
    expect(needlesOf(expressionOf(filter))).toEqual(needles);
  });
});
