/** Requests of docs/api.md: each is sent to a gateway and printed as the curl command that sends it. */
import { API_KEY } from "../../test/support/otlp-requests.ts";

/** A request. */
export interface RequestDraft {
  readonly method?: "GET" | "POST";
  readonly path: string;
  /** of the query, in order; a name may come again */
  readonly params?: readonly (readonly [name: string, value: string])[];
  /** sent as JSON */
  readonly body?: unknown;
  /** members of the answer that are shown; absent: all */
  readonly shown?: readonly string[];
  /** whether it is sent without a key */
  readonly isOpen?: boolean;
}

const ORIGIN = "https://gateway.test";
const JSON_TYPE = "application/json";
/** What a shell and a URL take as it is. */
const PLAIN = /^[\w.:,/-]*$/;

/** The request itself. */
export function requestOf({ method, path, params = [], body, isOpen }: RequestDraft): Request {
  const query = new URLSearchParams(
    params.map(([name, value]): [string, string] => [name, value]),
  ).toString();
  return new Request(`${ORIGIN}${path}${query === "" ? "" : `?${query}`}`, {
    method: method ?? "GET",
    headers: {
      ...(isOpen !== true && { authorization: `Bearer ${API_KEY}` }),
      ...(body !== undefined && { "content-type": JSON_TYPE }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    redirect: "manual",
  });
}

/** The command that sends it, in a shell where GATEWAY and AUTH are set. */
export function curlOf({ path, params = [], body, isOpen, shown }: RequestDraft): string {
  const words = [
    `curl${params.length > 0 ? " -G" : ""} "$GATEWAY${path}"`,
    ...(isOpen === true ? [] : ['-H "$AUTH"']),
    ...params.map(([name, value]) =>
      PLAIN.test(value) ? `-d ${name}=${value}` : `--data-urlencode ${quoted(`${name}=${value}`)}`,
    ),
    ...(body === undefined
      ? []
      : [`-H "Content-Type: ${JSON_TYPE}"`, `-d ${quoted(jsonOf(body))}`]),
    ...(shown === undefined ? [] : [`| jq '{${shown.join(", ")}}'`]),
  ];
  return joinWords(words);
}

/** A path with its query, as people write it. */
export function pathOf({ path, params = [] }: RequestDraft): string {
  const query = params.map(([name, value]) => `${name}=${value}`).join("&");
  return `${path}${query === "" ? "" : `?${query}`}`;
}

const LINE_LIMIT = 100;

/** Breaks a command into lines where it is long. */
function joinWords(words: readonly string[]): string {
  const lines: string[] = [];
  for (const word of words) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + word.length < LINE_LIMIT) {
      lines[lines.length - 1] = `${line} ${word}`;
    } else {
      lines.push(word);
    }
  }
  return lines.join(" \\\n  ");
}

/** On one line where it fits. */
function jsonOf(body: unknown): string {
  const text = JSON.stringify(body);
  return text.length < LINE_LIMIT ? text : JSON.stringify(body, undefined, 2);
}

/** For a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
