import { describe, expect, it } from "vitest";

import { parseOrigins } from "../../worker/http/cors.ts";

describe("parseOrigins()", () => {
  it.each([
    ["", [], []],
    [" , ", [], []],
    ["*", ["*"], []],
    ["https://App.Example.com/", ["https://app.example.com"], []],
    ["https://a.test:443,http://b.test:80", ["https://a.test", "http://b.test"], []],
    ["http://a.test:443", ["http://a.test:443"], []],
    ["https://*.a.test, http://localhost:*", ["https://*.a.test", "http://localhost:*"], []],
    ["https://*,*://a.test", ["https://*", "*://a.test"], []],
    [
      "a.test,https://a.test/path,https://*.*.test,null,https://",
      [],
      ["a.test", "https://a.test/path", "https://*.*.test", "null", "https:/"],
    ],
  ])('reads "%s"', (text, patterns, rejected) => {
    expect(parseOrigins(text)).toEqual({ patterns, rejected });
  });
});
