/**
 * The text of a filter → {@link Expression}. What may stand in it: docs/filters.md.
 *
 * A Pratt parser: `!` binds most, then `&&`, then `||`; a chain of one operator becomes one node,
 * and parentheses keep their own.
 */
import { type Result, err, ok } from "../../core/result.ts";
import { ALWAYS, type Expression, type Field, type Literal, type Operator } from "./expression.ts";
import { INTRINSICS, fieldOfQuotedKey, fieldOfWord } from "./fields.ts";
import { type FilterError, type Token, tokenize } from "./lexer.ts";
import { isPattern, literalOfWord, normalizeLiteral, problemOf } from "./literals.ts";
import { compileRegex } from "./regex.ts";

/** A URL of 16 KB, all that Cloudflare passes on, holds more; nobody reads a longer filter. */
export const FILTER_LIMIT = 4096;
/** Each level takes a few frames of the stack here and in every walk over the tree. */
export const NESTING_LIMIT = 32;
/** Each comparison is evaluated for every event that is read. */
export const COMPARISON_LIMIT = 100;

const OPERATORS: ReadonlySet<string> = new Set(["=", "!=", "<", "<=", ">", ">=", "=~", "!~"]);
/** How tightly the connectives bind. */
const POWER = { or: 1, and: 2 } as const;
type Connective = keyof typeof POWER;

const CONNECTIVES: ReadonlyMap<string, Connective> = new Map([
  ["&&", "and"],
  ["and", "and"],
  ["AND", "and"],
  ["||", "or"],
  ["or", "or"],
  ["OR", "or"],
]);

/**
 * Parses a filter; it may stand in `{ }`, as a TraceQL query does. `{ }` alone holds for every event.
 *
 * @returns an error that says what was expected, what was found, and where
 */
export function parseFilter(text: string): Result<Expression, FilterError> {
  if (text.length > FILTER_LIMIT) {
    return err({
      message: `Expected a filter of at most ${FILTER_LIMIT} characters, found ${text.length}`,
      position: FILTER_LIMIT,
    });
  }
  const tokens = tokenize(text);
  if (!tokens.ok) {
    return tokens;
  }
  const parser = new FilterParser(text, tokens.value);
  const expression = parser.parse();
  return expression === undefined
    ? err(parser.problem ?? { message: "Expected a condition", position: 0 })
    : ok(expression);
}

/** Methods return undefined once {@link problem} is set. */
class FilterParser {
  problem: FilterError | undefined;
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #index = 0;
  #depth = 0;
  #comparisons = 0;

  constructor(text: string, tokens: readonly Token[]) {
    this.#text = text;
    this.#tokens = tokens;
  }

  parse(): Expression | undefined {
    const isBraced = this.#takesSymbol("{");
    if (isBraced && this.#takesSymbol("}")) {
      return this.#atEnd() ? ALWAYS : this.#expected("the end of the filter");
    }
    const expression = this.#expression(0);
    if (expression === undefined) {
      return undefined;
    }
    if (isBraced && !this.#takesSymbol("}")) {
      return this.#expected('"&&", "||" or "}"');
    }
    return this.#atEnd()
      ? expression
      : this.#expected(isBraced ? "the end of the filter" : '"&&", "||" or the end of the filter');
  }

  /** Reads a condition with the connectives that bind more tightly than `power`. */
  #expression(power: number): Expression | undefined {
    let left = this.#prefix();
    for (;;) {
      const kind = this.#connective();
      if (left === undefined || kind === undefined || POWER[kind] <= power) {
        return left;
      }
      const of = [left];
      while (this.#connective() === kind) {
        this.#index += 1;
        const next = this.#expression(POWER[kind]);
        if (next === undefined) {
          return undefined;
        }
        of.push(next);
      }
      left = { kind, of };
    }
  }

  #prefix(): Expression | undefined {
    const token = this.#token();
    if (this.#takesSymbol("!") || this.#takesWord("not", "NOT")) {
      const of = this.#nested(token, () => this.#prefix());
      return of === undefined ? undefined : { kind: "not", of };
    }
    if (this.#takesSymbol("(")) {
      const inside = this.#nested(token, () => this.#expression(0));
      if (inside === undefined) {
        return undefined;
      }
      return this.#takesSymbol(")") ? inside : this.#expected('"&&", "||" or ")"');
    }
    if (token.kind === "string") {
      return this.#freeText(token.value);
    }
    if (token.kind === "word" && (token.text === "true" || token.text === "false")) {
      this.#index += 1;
      return { kind: token.text === "true" ? "and" : "or", of: [] };
    }
    return this.#comparison();
  }

  #nested(opener: Token, read: () => Expression | undefined): Expression | undefined {
    this.#depth += 1;
    if (this.#depth > NESTING_LIMIT) {
      return this.#fail(`Expected at most ${NESTING_LIMIT} conditions inside each other`, opener);
    }
    const inside = read();
    this.#depth -= 1;
    return inside;
  }

  /** A text on its own: it must stand anywhere in the event. */
  #freeText(needle: string): Expression | undefined {
    const token = this.#token();
    if (needle === "") {
      return this.#fail("Expected a text to search for, found an empty one", token);
    }
    this.#index += 1;
    return this.#operator() === undefined
      ? { kind: "text", needle }
      : this.#fail(
          'Expected a field before the operator: a key in quotes needs a scope, as in span."key"',
          token,
        );
  }

  #comparison(): Expression | undefined {
    const field = this.#field();
    if (field === undefined) {
      return undefined;
    }
    const operator = this.#operator();
    if (operator !== undefined) {
      const at = this.#token();
      this.#index += 1;
      return this.#compared(field, operator, at);
    }
    const isNegated = this.#takesWord("not", "NOT");
    const operatorToken = this.#token();
    if (this.#takesWord("in", "IN")) {
      return this.#membership(field, isNegated ? "!=" : "=", operatorToken);
    }
    if (this.#takesWord("exists", "EXISTS")) {
      const value: Literal = { kind: "nil" };
      return this.#counted({ kind: "comparison", field, operator: isNegated ? "=" : "!=", value });
    }
    return this.#expected(
      isNegated
        ? '"in" or "exists" after "not"'
        : "an operator (= != < <= > >= =~ !~, in, not in, exists)",
    );
  }

  #field(): Field | undefined {
    const token = this.#token();
    if (token.kind === "key") {
      this.#index += 1;
      return (
        fieldOfQuotedKey(token.prefix, token.key) ??
        this.#fail(
          `Expected span, log, metric, event, link, resource, scope or nothing before the quoted key, found ${token.prefix}`,
          token,
        )
      );
    }
    if (token.kind !== "word") {
      return this.#expected("a condition, such as status = error");
    }
    this.#index += 1;
    return (
      fieldOfWord(token.text) ??
      this.#fail(
        `Expected a field, found ${token.text}: an attribute is written .${token.text.replace(/\.$/, "")}; without a dot there are ${INTRINSICS.join(", ")}`,
        token,
      )
    );
  }

  #compared(field: Field, operator: Operator, at: Token): Expression | undefined {
    const token = this.#token();
    const value = this.#literal(field);
    if (value === undefined) {
      return undefined;
    }
    const problem = problemOf(field, operator, value);
    if (problem !== undefined) {
      return this.#fail(problem, value.kind === "nil" || value.kind === "boolean" ? at : token);
    }
    if (isPattern(operator) && value.kind === "string" && !this.#isRegex(value.value, token)) {
      return undefined;
    }
    return this.#counted({
      kind: "comparison",
      field,
      operator,
      value: normalizeLiteral(field, operator, value),
    });
  }

  #isRegex(pattern: string, token: Token): boolean {
    const regex = compileRegex(pattern);
    if (regex.ok) {
      return true;
    }
    // With escapes in the text, the place within it is not known.
    const hasEscapes = token.end - token.start !== pattern.length + 2;
    const position = token.start + (hasEscapes ? 0 : 1 + regex.error.position);
    this.problem ??= { message: regex.error.message, position };
    return false;
  }

  /** `in` is any of several `=`, `not in` all of several `!=`. */
  #membership(field: Field, operator: "=" | "!=", at: Token): Expression | undefined {
    if (!this.#takesSymbol("[")) {
      return this.#expected('"[" and a list of values, such as ["a", "b"]');
    }
    const of: Expression[] = [];
    do {
      const one = this.#compared(field, operator, at);
      if (one === undefined) {
        return undefined;
      }
      of.push(one);
    } while (this.#takesSymbol(","));
    if (!this.#takesSymbol("]")) {
      return this.#expected('"," or "]"');
    }
    const [only] = of;
    return of.length === 1 && only !== undefined
      ? only
      : { kind: operator === "=" ? "or" : "and", of };
  }

  #literal(field: Field): Literal | undefined {
    const token = this.#token();
    if (token.kind === "string") {
      this.#index += 1;
      return { kind: "string", value: token.value };
    }
    if (token.kind !== "word") {
      return this.#expected("a value");
    }
    this.#index += 1;
    const literal = literalOfWord(token.text, field);
    return typeof literal === "string" ? this.#fail(literal, token) : literal;
  }

  #counted(comparison: Expression): Expression | undefined {
    this.#comparisons += 1;
    return this.#comparisons > COMPARISON_LIMIT
      ? this.#fail(`Expected at most ${COMPARISON_LIMIT} comparisons`, this.#previous())
      : comparison;
  }

  #operator(): Operator | undefined {
    const token = this.#token();
    return token.kind === "symbol" && isOperator(token.text) ? token.text : undefined;
  }

  #connective(): Connective | undefined {
    const token = this.#token();
    return token.kind === "symbol" || token.kind === "word"
      ? CONNECTIVES.get(token.text)
      : undefined;
  }

  #takesSymbol(text: string): boolean {
    const token = this.#token();
    const isThere = token.kind === "symbol" && token.text === text;
    this.#index += isThere ? 1 : 0;
    return isThere;
  }

  #takesWord(...words: readonly string[]): boolean {
    const token = this.#token();
    const isThere = token.kind === "word" && words.includes(token.text);
    this.#index += isThere ? 1 : 0;
    return isThere;
  }

  #atEnd(): boolean {
    return this.#token().kind === "end";
  }

  #token(): Token {
    const end = this.#text.length;
    return this.#tokens[this.#index] ?? { kind: "end", start: end, end };
  }

  #previous(): Token {
    return this.#tokens[this.#index - 1] ?? this.#token();
  }

  /** Says what should stand where the reader is. */
  #expected(what: string): undefined {
    const token = this.#token();
    const found =
      token.kind === "end" ? "the end of the filter" : this.#text.slice(token.start, token.end);
    return this.#fail(`Expected ${what}, found ${found}`, token);
  }

  #fail(message: string, token: Token): undefined {
    this.problem ??= { message, position: token.start };
    return undefined;
  }
}

function isOperator(text: string): text is Operator {
  return OPERATORS.has(text);
}
