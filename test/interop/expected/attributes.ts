/** The programs' `everyAttribute()` as events show it. */
import type { EventData } from "./traits.ts";

const COMMON: EventData = {
  "session.id": "s-0001",
  "attr.string": 'naïve "quoted" \\ 日本語 🚀\n',
  "attr.string_empty": "",
  "attr.bool_true": true,
  "attr.bool_false": false,
  "attr.int": 42,
  "attr.int_zero": 0,
  "attr.int_negative": -7,
  "attr.int_safe_max": 9_007_199_254_740_991,
  "attr.double": 0.1,
  "attr.strings": ["a", "", "c"],
  "attr.bools": [true, false],
  "attr.strings_none": [],
};

/** Clients that tell 64-bit integers from doubles: Go and Python. */
const TYPED_NUMBERS: EventData = {
  "attr.int_unsafe": { int_value: "9007199254740993" },
  "attr.int_max": { int_value: "9223372036854775807" },
  "attr.int_min": { int_value: "-9223372036854775808" },
  "attr.double_integral": { double_value: 5 },
  "attr.double_zero": { double_value: 0 },
  "attr.double_negative_zero": { double_value: -0 },
  "attr.double_huge": { double_value: 1e300 },
  "attr.ints": [1, { int_value: "9223372036854775807" }],
  "attr.doubles": [1.5, { double_value: 2 }],
};

const NOT_FINITE: EventData = {
  "attr.double_nan": { double_value: "NaN" },
  "attr.double_infinity": { double_value: "Infinity" },
  "attr.double_negative_infinity": { double_value: "-Infinity" },
};

/** JSON has no such numbers, and the JavaScript exporter sends null instead. */
const NOT_FINITE_LOST: EventData = {
  "attr.double_nan": null,
  "attr.double_infinity": null,
  "attr.double_negative_infinity": null,
};

/** Clients whose attributes may be any OTLP value: Go and JavaScript. */
const ANY_VALUE: EventData = {
  "attr.bytes": { bytes_value: "AAH+/w==" },
  "attr.map": { inner: "value", deep: { n: 1 } },
  "attr.mixed": ["one", 2, true],
  "attr.empty": null,
};

export const GO_ATTRIBUTES: EventData = {
  ...COMMON,
  ...TYPED_NUMBERS,
  ...NOT_FINITE,
  ...ANY_VALUE,
};

export const PYTHON_ATTRIBUTES: EventData = { ...COMMON, ...TYPED_NUMBERS, ...NOT_FINITE };

/** Every whole number is an int here: the language does not know the difference. */
const JAVASCRIPT_NUMBERS: EventData = { "attr.ints": [1, 2], "attr.doubles": [1.5, 2] };

export const JAVASCRIPT_ATTRIBUTES: Readonly<Record<"protobuf" | "json", EventData>> = {
  protobuf: { ...COMMON, ...JAVASCRIPT_NUMBERS, ...NOT_FINITE, ...ANY_VALUE },
  json: { ...COMMON, ...JAVASCRIPT_NUMBERS, ...NOT_FINITE_LOST, ...ANY_VALUE },
};
