/** The text of a filter → tokens. */
import { type Result, err, ok } from "../../core/result.ts";

/** What is wrong with a filter, and where. */
export interface FilterError {
  readonly message: string;
  /** from 0, in UTF-16 units */
  readonly position: number;
}

/** One piece of a filter; `start` and `end` are positions in its text. */
export type Token = { readonly start: number; readonly end: number } & (
  | { readonly kind: "word"; readonly text: string }
  /** `span."weird key"`: `prefix` is what stands before the quote, its dot included */
  | { readonly kind: "key"; readonly prefix: string; readonly key: string }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "symbol"; readonly text: string }
  | { readonly kind: "end" }
);

const SPACE = /\s+/y;
const SYMBOL = /&&|\|\||=~|!~|!=|<=|>=|[(){}[\],=!<>]/y;
const WORD = /[^\s(){}[\],=!<>~&|"'`]+/y;
const UNICODE_ESCAPE = /[0-9a-fA-F]{4}/y;
const QUOTES = new Set(['"', "'", "`"]);
const UNICODE_DIGITS = 4;

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ["'", "'"],
  ["\\", "\\"],
  ["/", "/"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);

/** What is often typed, and what it is here. */
const ADVICE: ReadonlyMap<string, string> = new Map([
  ["&", 'Expected "&&", found a single "&"'],
  ["|", 'Expected "||", found a single "|": pipelines are not supported'],
  ["~", 'Expected "=~" or "!~", found "~": relations between spans are not supported'],
]);

/**
 * Cuts a filter into tokens, the last of which is `end`.
 *
 * @returns an error for a text in quotes that does not end or has an unknown escape, and for a
 *   lone `&`, `|` or `~`
 */
export function tokenize(text: string): Result<readonly Token[], FilterError> {
  const tokens: Token[] = [];
  let at = after(SPACE, text, 0);
  while (at < text.length) {
    const token = readToken(text, at);
    if (!token.ok) {
      return token;
    }
    tokens.push(token.value);
    at = after(SPACE, text, token.value.end);
  }
  tokens.push({ kind: "end", start: text.length, end: text.length });
  return ok(tokens);
}

function readToken(text: string, start: number): Result<Token, FilterError> {
  if (isQuote(text, start)) {
    const quoted = readQuoted(text, start);
    return quoted.ok ? ok({ kind: "string", start, ...quoted.value }) : quoted;
  }
  const symbolEnd = after(SYMBOL, text, start);
  if (symbolEnd > start) {
    return ok({ kind: "symbol", text: text.slice(start, symbolEnd), start, end: symbolEnd });
  }
  const end = after(WORD, text, start);
  const word = text.slice(start, end);
  if (word.endsWith(".") && isQuote(text, end)) {
    const quoted = readQuoted(text, end);
    return quoted.ok
      ? ok({ kind: "key", prefix: word, key: quoted.value.value, start, end: quoted.value.end })
      : quoted;
  }
  const message = ADVICE.get(text.charAt(start));
  return message === undefined
    ? ok({ kind: "word", text: word, start, end })
    : err({ message, position: start });
}

interface Quoted {
  readonly value: string;
  readonly end: number;
}

/** Double and single quotes know the escapes of JSON; between backticks nothing is an escape. */
function readQuoted(text: string, start: number): Result<Quoted, FilterError> {
  const quote = text.charAt(start);
  let value = "";
  let at = start + 1;
  while (at < text.length) {
    const character = text.charAt(at);
    if (character === quote) {
      return ok({ value, end: at + 1 });
    }
    if (character === "\\" && quote !== "`") {
      const escape = readEscape(text, at);
      if (!escape.ok) {
        return escape;
      }
      value += escape.value.value;
      at = escape.value.end;
    } else {
      value += character;
      at += 1;
    }
  }
  return err({
    message: `Expected a closing ${quote} for the text that starts here`,
    position: start,
  });
}

function readEscape(text: string, start: number): Result<Quoted, FilterError> {
  const letter = text.charAt(start + 1);
  const plain = ESCAPES.get(letter);
  if (plain !== undefined) {
    return ok({ value: plain, end: start + 2 });
  }
  const digits = start + 2;
  if (letter === "u" && after(UNICODE_ESCAPE, text, digits) > digits) {
    const end = digits + UNICODE_DIGITS;
    return ok({ value: String.fromCharCode(Number.parseInt(text.slice(digits, end), 16)), end });
  }
  return err({
    message: `Cannot read the escape "\\${letter}": write "\\\\" for a backslash, or put the text in backticks, where it needs none`,
    position: start,
  });
}

function isQuote(text: string, at: number): boolean {
  return QUOTES.has(text.charAt(at));
}

/** Where a match that starts at a place ends; the place itself when there is none. */
function after(pattern: RegExp, text: string, at: number): number {
  const sticky = new RegExp(pattern);
  sticky.lastIndex = at;
  return sticky.test(text) ? sticky.lastIndex : at;
}
