/** docs/conformance.md, made of the clauses and of where their tests are. */
import { type Clause, clauses } from "../../test/conformance/clauses.ts";

/** Test files by clause, as names in test/conformance. */
export type TestFiles = ReadonlyMap<string, ReadonlySet<string>>;

/** Where the page is, from the root of the project. */
export const CONFORMANCE_PAGE = "docs/conformance.md";

const INTRODUCTION = `# Conformance

\`npm run conformance:docs\` made this page from a run of \`test/conformance\`, which starts the built
Worker in workerd and speaks HTTP to it. Each clause has at least one test, and all of them passed.

SPEC:n is line n of docs/specification.md of
[opentelemetry-proto](https://github.com/open-telemetry/opentelemetry-proto/blob/ac2c4b5d1f3a6079de62f9afec860158ecc8af09/docs/specification.md).
MUST, SHOULD and MAY are the words of that specification, of the proto3 encodings or of RFC 9110;
"ours" is where they leave it open. The last column is what the OpenTelemetry Collector v0.159.0 does,
by its tests or its code. Decisions: [ADR 006](adr/006-what-a-receiver-answers.md). Random input:
[fuzzing.md](fuzzing.md).

`;

/** Every clause with its text, in the order of the page. */
export function allClauses(): readonly (readonly [id: string, clause: Clause])[] {
  return Object.entries(clauses);
}

/** Renders the page. */
export function renderConformancePage(files: TestFiles): string {
  const rows = allClauses().map(([id, { level, behavior, collector }]) => [
    id,
    level,
    behavior,
    [...(files.get(id) ?? [])].toSorted().map(linkOf).join(", "),
    collector,
  ]);
  const header = ["clause", "level", "the gateway", "tests", "the Collector"];
  const lines = [header, header.map(() => "---"), ...rows].map(
    (cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`,
  );
  return `${INTRODUCTION}${lines.join("\n")}\n`;
}

function linkOf(file: string): string {
  return `[${file.replace(".test.ts", "")}](../test/conformance/${file})`;
}
