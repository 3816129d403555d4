import { describe, expect, it } from "vitest";

import { FORMATS, contentDisposition, parseFormat } from "../../worker/query/render/format.ts";

describe("the parameter format", () => {
  it.each(["json", "ndjson", "csv", "otlp", "otlp-proto"])("takes %s", (text) => {
    expect(parseFormat(text)).toEqual({ ok: true, value: text });
  });

  it.each(["", "JSON", "xml", "toString", "__proto__"])(
    "refuses %j and says what it takes",
    (text) => {
      expect(parseFormat(text)).toEqual({
        ok: false,
        error: `"${text}" is not one of json, ndjson, csv, otlp, otlp-proto`,
      });
    },
  );
});

describe("the headers of a format", () => {
  it("name the type, with parameters only where OTLP does not forbid them", () => {
    expect(
      Object.entries(FORMATS).map(([format, { contentType }]) => `${format}: ${contentType}`),
    ).toEqual([
      "json: application/json",
      "ndjson: application/x-ndjson",
      "csv: text/csv; charset=utf-8; header=present",
      "otlp: application/json",
      "otlp-proto: application/x-protobuf",
    ]);
  });

  it("let a browser show JSON and save the rest", () => {
    expect(contentDisposition("json", "events")).toBeUndefined();
    expect(contentDisposition("ndjson", "events")).toBe('attachment; filename="events.ndjson"');
    expect(contentDisposition("csv", "events")).toBe('attachment; filename="events.csv"');
    expect(contentDisposition("otlp", "traces")).toBe('attachment; filename="traces.otlp.json"');
    expect(contentDisposition("otlp-proto", "logs")).toBe('attachment; filename="logs.otlp.pb"');
  });

  it("cannot be broken out of by a file name", () => {
    expect(contentDisposition("csv", 'a"; x=\r\n../é')).toBe(
      'attachment; filename="a___x___..__.csv"',
    );
    expect(contentDisposition("csv", "x".repeat(500))).toHaveLength(
      'attachment; filename=".csv"'.length + 100,
    );
  });
});
