import { describe, expect, it } from "vitest";

import {
  FILTER_PARAMETERS,
  filterOfParams,
  isFilterParameter,
} from "../../worker/query/filter/params.ts";
import { printFilter } from "../../worker/query/filter/print.ts";

function understood(query: string): string {
  const result = filterOfParams(new URLSearchParams(query));
  return result.ok ? printFilter(result.value) : result.error.message;
}

describe("filterOfParams()", () => {
  it.each([
    ["", "true"],
    ["start=-1h&limit=5&signal=traces&batch_id=x&format=csv", "true"],
    ["service=a", 'service = "a"'],
    ["service=a&name=b", 'service = "a" && name = "b"'],
    ["service=a&name=b&service=c", '(service = "a" || service = "c") && name = "b"'],
    ["event_type=span&kind=client", 'event_type = "span" && kind = "client"'],
    ["level=WARNING", 'level >= "warn"'],
    ["status=error", 'status = "error"'],
    ["trace_id=4BF92F3577B34DA6A3CE929D0E0E4736", 'trace_id = "4bf92f3577b34da6a3ce929d0e0e4736"'],
    ["span_id=00F067AA0BA902B7", 'span_id = "00f067aa0ba902b7"'],
    [
      "session_id=s-1&device_id=d&correlation_id=c&category=x",
      'session_id = "s-1" && device_id = "d" && correlation_id = "c" && category = "x"',
    ],
    ["session_id=5", 'session_id = "5" || session_id = 5'],
    ["attr.k=5", '.k = "5" || .k = 5'],
    ["attr.k=true", '.k = "true" || .k = true'],
    ["attr.k=05", '.k = "05"'],
    ["attr.k=1e999", '.k = "1e999"'],
    ["attr.k=1&attr.k=x", '(.k = "1" || .k = 1) || .k = "x"'],
    ["attr.a b=&resource.host.name=h", '."a b" = "" && resource.host.name = "h"'],
    ["min_duration=100ms&max_duration=1m30s", "duration >= 100ms && duration <= 1m30s"],
    ["q=time%20out&q=x", '"time out" || "x"'],
    ["filter=status%3Derror&service=a", 'status = "error" && service = "a"'],
    ["filter=.a%3D1%7C%7C.b%3D2&filter=.c%3D3", "(.a = 1 || .b = 2) || .c = 3"],
  ])("reads %s", (query, expected) => {
    expect(understood(query)).toBe(expected);
  });

  it.each([
    [
      "level=loud",
      'Cannot read parameter "level": "loud" is not one of trace, debug, info, warn, error, fatal',
    ],
    ["level=warn&level=info", 'Cannot read parameter "level": it is given more than once'],
    [
      "min_duration=1s&min_duration=2s",
      'Cannot read parameter "min_duration": it is given more than once',
    ],
    [
      "min_duration=5",
      'Cannot read parameter "min_duration": "5" is not a number with a unit (ns, us, ms, s, m, h, d), such as 250ms or 1m30s',
    ],
    ["trace_id=abc", 'Cannot read parameter "trace_id": "abc" is not 32 hex characters'],
    [
      "span_id=00f067aa0ba902bx",
      'Cannot read parameter "span_id": "00f067aa0ba902bx" is not 16 hex characters',
    ],
    ["q=", 'Cannot read parameter "q": it is empty: name a text to search for'],
    ["attr.=x", 'Cannot read parameter "attr.": a key must follow, such as attr.service.name'],
    [
      "filter=status",
      'Cannot read parameter "filter": Expected an operator (= != < <= > >= =~ !~, in, not in, exists), found the end of the filter (at position 6)',
    ],
    [
      `name=${Array(101).fill("x").join("&name=")}`,
      'Cannot read parameter "name": found more than 100 filters in all',
    ],
  ])("refuses %s", (query, message) => {
    expect(understood(query)).toBe(message);
  });

  it("says where a filter is wrong", () => {
    expect(filterOfParams(new URLSearchParams({ filter: "status=eror" }))).toMatchObject({
      error: { kind: "parameter", parameter: "filter", position: 7 },
    });
  });
});

describe("isFilterParameter()", () => {
  it("knows the names it reads and no others", () => {
    for (const name of [...FILTER_PARAMETERS, "attr.x", "resource.service.name"]) {
      expect(isFilterParameter(name)).toBe(true);
    }
    for (const name of ["signal", "batch_id", "start", "cursor", "attr", "resource", "Level", ""]) {
      expect(isFilterParameter(name)).toBe(false);
    }
  });
});
