import { describe, expect, it } from "vitest";

import {
  PROGRAM_LIMIT,
  REGEX_TEXT_LIMIT,
  type Regex,
  compileRegex,
} from "../../worker/query/filter/regex.ts";

function regexOf(pattern: string): Regex {
  const regex = compileRegex(pattern);
  if (!regex.ok) {
    throw new Error(regex.error.message);
  }
  return regex.value;
}

function problemOf(pattern: string): string {
  const regex = compileRegex(pattern);
  return regex.ok ? "none" : `${regex.error.position}: ${regex.error.message}`;
}

describe("Regex", () => {
  it.each([
    ["net.*", "net/http", true],
    ["net.*", "internet", false],
    ["a|b", "b", true],
    ["a|b", "ab", false],
    ["", "", true],
    ["", "x", false],
    ["a|", "", true],
    [".*timeout.*", "dial\ntimeout\r\n", true],
    [".", "😀", true],
    ["..", "😀", false],
    [String.raw`\*net\.OpError`, "*net.OpError", true],
    ["(?i)TimeOut", "tIMEoUT", true],
    ["(?i)ÉCOLE", "école", true],
    ["(?i)k", "\u{212a}", true],
    ["a(?i:b)c", "aBc", true],
    ["a(?i:b)c", "aBC", false],
    ["(a(?i)b)c", "aBC", false],
    ["(?i)[^a]", "A", false],
    ["(?i)[a-c]+", "AbC", true],
    [String.raw`\d{3}-\d{2,4}`, "555-1234", true],
    [String.raw`\d{3}-\d{2,4}`, "555-12345", false],
    ["a{2,}", "a", false],
    ["a{2,}", "aaaa", true],
    ["a{0}", "", true],
    ["[]a]", "]", true],
    ["[^]a]", "]", false],
    ["[a-]", "-", true],
    [String.raw`[\w-]+`, "a-b_9", true],
    [String.raw`[\D]`, "5", false],
    [String.raw`[\]\\]+`, String.raw`]\\`, true],
    [String.raw`\x41B\u{43}\t`, "ABC\t", true],
    [String.raw`\bfoo\b.*`, "foo bar", true],
    [String.raw`foo\b.*`, "foobar", false],
    [String.raw`foo\B.*`, "foobar", true],
    ["^a$", "a", true],
    ["a^b", "ab", false],
    ["(a*)*b", "aab", true],
    ["a+?b??", "aab", true],
    [String.raw`\ud83d\ude00`, "😀", false],
  ])("%j against %j: %j", (pattern, text, expected) => {
    expect(regexOf(pattern).matches(text)).toBe(expected);
  });

  it.each([
    ["(", '0: Expected ")" for the group that starts here'],
    ["a)", '1: Found ")" without "(": write "\\)" for the character itself'],
    ["a**", '2: Found "*" behind a repetition: put what is repeated into ( )'],
    ["a++", '2: Found "+" behind a repetition: put what is repeated into ( )'],
    ["|*", '1: Found "*" with nothing before it to repeat: write "\\*" for the character itself'],
    [
      "a{2,1}",
      '1: Expected {m}, {m,} or {m,n} with counts up to 1000: write "\\{" for the character itself',
    ],
    [
      "a{1001}",
      '1: Expected {m}, {m,} or {m,n} with counts up to 1000: write "\\{" for the character itself',
    ],
    [
      "a{x}",
      '1: Expected {m}, {m,} or {m,n} with counts up to 1000: write "\\{" for the character itself',
    ],
    ["[a", '0: Expected "]" for the class that starts here'],
    ["[b-a]", "1: Expected a range of two characters in ascending order, such as a-z"],
    [String.raw`[\d-z]`, "1: Expected a range of two characters in ascending order, such as a-z"],
    ["[[:alpha:]]", "1: Classes such as [:alpha:] are not supported: write a-zA-Z"],
    [
      String.raw`(a)\1`,
      String.raw`3: Found the back-reference "\1": it cannot be matched in linear time`,
    ],
    [
      "a(?=b)",
      "1: Expected (?: ) or (?i): look-around, named groups and other flags are not supported",
    ],
    [
      "(?<!b)",
      "0: Expected (?: ) or (?i): look-around, named groups and other flags are not supported",
    ],
    [
      "(?<n>b)",
      "0: Expected (?: ) or (?i): look-around, named groups and other flags are not supported",
    ],
    [
      "(?m)a",
      "0: Expected (?: ) or (?i): look-around, named groups and other flags are not supported",
    ],
    [
      String.raw`a\p{L}`,
      String.raw`1: Cannot read the escape "\p": known are \d \w \s \b, their opposites, \t \n \r \f \v, \xHH, \u{H} and signs`,
    ],
    [String.raw`a\u{110000}`, "1: Expected a code point up to 10FFFF"],
    [
      "a\\",
      String.raw`1: Cannot read the escape "\": known are \d \w \s \b, their opposites, \t \n \r \f \v, \xHH, \u{H} and signs`,
    ],
  ])("refuses %j and says where and why", (pattern, expected) => {
    expect(problemOf(pattern)).toBe(expected);
  });

  it("refuses a program that would be too long, without writing it", () => {
    expect(regexOf("a{999}").size).toBe(PROGRAM_LIMIT);
    for (const pattern of [
      "a{1000}",
      "((a{99}){99}){99}",
      "((a*){500}){500}",
      "((){1000}){1000}",
    ]) {
      expect(problemOf(pattern)).toMatch(/^0: .*more than 1000 steps/);
    }
    expect(problemOf(`${"(".repeat(33)}a${")".repeat(33)}`)).toMatch(/^32: .* at most 32/);
  });

  it.each([
    // The tail holds the text that a match requires, or the look at that would decide at once.
    ["(a*)*b", "bA"],
    ["(a|a)*b", "bA"],
    ["(a|aa)+$b", "bA"],
    ["([a-z]+)*[A-Z]", "!"],
    ["(.*)(.*)(.*)(.*)(.*)[^a]", ""],
    ["(a?){100}a{100}b", "bA"],
    [`${"a?".repeat(60)}${"a".repeat(60)}b`, "bA"],
  ])(
    "takes %s, which makes others backtrack for ever, in a bounded number of steps",
    (pattern, tail) => {
      const regex = regexOf(pattern);
      const work = { steps: 0 };
      const text = "a".repeat(5000) + tail;

      expect(regex.matches(text, work)).toBe(false);

      expect(work.steps).toBeGreaterThan(100);
      expect(work.steps).toBeLessThanOrEqual(2 * (text.length + 1) * regex.size);
    },
  );

  it("matches no text beyond the limit", () => {
    expect(regexOf("a*").matches("a".repeat(REGEX_TEXT_LIMIT))).toBe(true);
    expect(regexOf("a*").matches("a".repeat(REGEX_TEXT_LIMIT + 1))).toBe(false);
  });

  it.each([
    ["net.*", "net", undefined],
    ["a|bc", "", ["a", "bc"]],
    ["abc", "abc", ["abc"]],
    ["(?:abc)d", "abcd", ["abcd"]],
    [".*(long one)+x?", "long one", undefined],
    ["(?i)abc", "", undefined],
    ["ab?c", "a", undefined],
    [String.raw`\ud83d.*`, "", undefined],
  ])("knows what every match of %s holds", (pattern, required, texts) => {
    expect(regexOf(pattern).required).toBe(required);
    expect(regexOf(pattern).texts).toEqual(texts);
  });
});
