import { readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { INTRINSICS } from "../../worker/query/filter/fields.ts";
import { FILTER_PARAMETERS } from "../../worker/query/filter/params.ts";
import { parseFilter } from "../../worker/query/filter/parse.ts";
import { printFilter } from "../../worker/query/filter/print.ts";

/** What the parser understood, in the printer's words. */
function understood(text: string): string {
  const result = parseFilter(text);
  return result.ok
    ? printFilter(result.value)
    : `${result.error.position}: ${result.error.message}`;
}

describe("parseFilter()", () => {
  it.each([
    // what users are shown first
    [
      'status=error && span.llm.provider="anthropic" && duration>2s || exception.type=~"net.*"',
      'status = "error" && span.llm.provider = "anthropic" && duration > 2s || .exception.type =~ "net.*"',
    ],
    [
      '{ level>=error && body=~"timeout" && resource.device.id="pryx-1" }',
      'level >= "error" && body =~ "timeout" && resource.device.id = "pryx-1"',
    ],
    ["{}", "true"],
    [" { true } ", "true"],
    ["false || true", "false || true"],
    // what Grafana's editor writes
    [
      '{resource.service.name="a" && name="b" && duration>100ms && status=error}',
      'resource.service.name = "a" && name = "b" && duration > 100ms && status = "error"',
    ],
    [
      '{(kind=server || kind=client) && span:duration<1m30s && statusMessage!=""}',
      '(kind = "server" || kind = "client") && duration < 1m30s && status_message != ""',
    ],
    ['{trace:id="ABCDEF0123"}', 'trace_id = "abcdef0123"'],
    [
      "{.http.status_code>=500 && instrumentation:name=`x`}",
      '.http.status_code >= 500 && scope_name = "x"',
    ],
    // connectives
    [
      "not status=ok and kind=server or name='x'",
      '!(status = "ok") && kind = "server" || name = "x"',
    ],
    ["!(.a=1 || .b=2)", "!(.a = 1 || .b = 2)"],
    ["!!.a=true", "!!(.a = true)"],
    [".a=1 && (.b=2 && .c=3)", ".a = 1 && (.b = 2 && .c = 3)"],
    // sets and presence
    ["name in [\"a\", 'b']", 'name = "a" || name = "b"'],
    ['name not in ["a", "b"]', 'name != "a" && name != "b"'],
    ['name IN ["a"] AND NOT kind EXISTS', 'name = "a" && !(kind != nil)'],
    [".a exists && .b not exists && .c != nil", ".a != nil && .b = nil && .c != nil"],
    // literals
    [".a = -1.5e3 && .b = 9223372036854775807", ".a = -1.5e3 && .b = 9223372036854775807"],
    ["duration >= 1.5ms", "duration >= 1ms500us"],
    ["duration = 1d2h3m4s5ms6\u{b5}s7ns", "duration = 1d2h3m4s5ms6us7ns"],
    [String.raw`.a = "q\"\\\u00e9\n" && .b = 'it\'s'`, String.raw`.a = "q\"\\é\n" && .b = "it's"`],
    [
      "level = warning && event_type = app.started",
      'level = "warning" && event_type = "app.started"',
    ],
    // keys
    ['span."weird key" = 1', 'span."weird key" = 1'],
    ['."a=b" = 1 && .x-y/z:1 = 2', '."a=b" = 1 && .x-y/z:1 = 2'],
    ["log.a = 1 && metric.b = 2 && event.c = 3", "span.a = 1 && span.b = 2 && event.c = 3"],
    [
      "link.d = 4 && scope.e = 5 && instrumentation.f = 6",
      "link.d = 4 && scope.e = 5 && scope.f = 6",
    ],
    // text anywhere
    ['"connection reset" && level>=warn', '"connection reset" && level >= "warn"'],
  ])("reads %s", (text, expected) => {
    expect(understood(text)).toBe(expected);
  });

  it.each([
    ["", "0: Expected a condition, such as status = error, found the end of the filter"],
    [
      "status",
      "6: Expected an operator (= != < <= > >= =~ !~, in, not in, exists), found the end of the filter",
    ],
    ["status=", "7: Expected a value, found the end of the filter"],
    [
      "status=eror",
      "7: Expected one of ok, error, unset for status, found eror: put any other text in quotes",
    ],
    [
      "status=error &&",
      "15: Expected a condition, such as status = error, found the end of the filter",
    ],
    ["status=error kind=server", '13: Expected "&&", "||" or the end of the filter, found kind'],
    ["(status=error", '13: Expected "&&", "||" or ")", found the end of the filter'],
    ["status=error)", '12: Expected "&&", "||" or the end of the filter, found )'],
    ["{ status=error", '14: Expected "&&", "||" or "}", found the end of the filter'],
    ["{ status=error } && { kind=server }", "17: Expected the end of the filter, found &&"],
    ["status & error", '7: Expected "&&", found a single "&"'],
    ["{} | rate()", '3: Expected "||", found a single "|": pipelines are not supported'],
    ["{} >> {}", "3: Expected the end of the filter, found >"],
    ['name = "abc', '7: Expected a closing " for the text that starts here'],
    [
      String.raw`name =~ "net\.Op"`,
      String.raw`12: Cannot read the escape "\.": write "\\" for a backslash, or put the text in backticks, where it needs none`,
    ],
    ['name =~ "a(b"', '10: Expected ")" for the group that starts here'],
    [
      String.raw`name =~ "\\x"`,
      String.raw`8: Cannot read the escape "\x": known are \d \w \s \b, their opposites, \t \n \r \f \v, \xHH, \u{H} and signs`,
    ],
    ["name =~ 5", '8: Expected a regular expression in quotes after "=~"'],
    [".a = foo", "5: Expected a value for .a, found foo: put text in quotes"],
    [".a = 5x", "5: Expected a value for .a, found 5x: put text in quotes"],
    [".a > 1e999", "5: Expected a number a double can hold, found 1e999"],
    [
      ".a > 2s",
      "5: Expected a text, a number or a bool to compare with .a: only duration can be compared with a duration",
    ],
    [
      "duration > 2",
      "11: Expected a number with a unit (ns, us, ms, s, m, h, d), such as 250ms or 1m30s, to compare with duration",
    ],
    ['duration =~ "2s"', '12: Expected = != < <= > or >= for duration, found "=~"'],
    ["status > error", '9: Expected = != =~ or !~ for status, which has no order, found ">"'],
    [
      'level >= "loud"',
      "9: Expected one of trace, debug, info, warn, error, fatal to compare with level",
    ],
    [".a < true", '3: Expected "=" or "!=" before true, found "<"'],
    [".a >= nil", '3: Expected "=" or "!=" before nil, found ">="'],
    [".a not like", '7: Expected "in" or "exists" after "not", found like'],
    [".a in 5", '6: Expected "[" and a list of values, such as ["a", "b"], found 5'],
    [".a in [5", '8: Expected "," or "]", found the end of the filter'],
    [".a in []", "7: Expected a value, found ]"],
    [
      '"a key" = 5',
      '0: Expected a field before the operator: a key in quotes needs a scope, as in span."key"',
    ],
    [
      'foo."a key" = 5',
      "0: Expected span, log, metric, event, link, resource, scope or nothing before the quoted key, found foo.",
    ],
    ['""', "0: Expected a text to search for, found an empty one"],
  ])("refuses %j and says where and why", (text, expected) => {
    expect(understood(text)).toBe(expected);
  });

  it("names the fields there are when it finds another", () => {
    expect(understood("stauts=error")).toMatch(
      /^0: Expected a field, found stauts: .*\.stauts.*event_type, service/,
    );
  });

  it("bounds length, nesting and the number of comparisons", () => {
    expect(understood(`name = "${"x".repeat(4087)}"`)).toMatch(/^name = "x/);
    expect(understood(`name = "${"x".repeat(4088)}"`)).toMatch(/^4096: .* at most 4096/);
    expect(understood(`${"(".repeat(32)}.a=1${")".repeat(32)}`)).toBe(".a = 1");
    expect(understood(`${"(".repeat(33)}.a=1${")".repeat(33)}`)).toMatch(/^32: .* at most 32/);
    expect(understood(`${"!".repeat(33)}.a=1`)).toMatch(/^32: .* at most 32/);
    expect(understood(Array(100).fill(".a=1").join("||"))).toMatch(/^\.a = 1/);
    expect(understood(Array(101).fill(".a=1").join("||"))).toMatch(/at most 100 comparisons$/);
    expect(understood(`.a in [${Array(101).fill("1").join(",")}]`)).toMatch(/at most 100/);
    expect(understood(`name =~ "${"x".repeat(257)}"`)).toMatch(/^265: .*at most 256/);
  });
});

const page = readFileSync(join(import.meta.dirname, "../../docs/filters.md"), "utf8");

describe("docs/filters.md", () => {
  const [, examples = ""] = /\n```\n([^`]*)\n```\n/.exec(page) ?? [];

  it.each(examples.split("\n"))("shows a filter that parses: %s", (example) => {
    expect(parseFilter(example)).toMatchObject({ ok: true });
  });

  it.each([...INTRINSICS, ...FILTER_PARAMETERS])("names %s", (name) => {
    expect(page).toContain(`\`${name}\``);
  });
});
