/** The page that keeps the last full run. */
import process from "node:process";

/** What the page says. */
export interface FuzzReport {
  readonly cases: number;
  readonly seed: number;
  readonly statuses: Readonly<Record<string, number>>;
  /** the package.json of the installed workerd */
  readonly workerdManifest: string;
}

/** Renders docs/fuzzing.md. */
export function renderFuzzPage({ cases, seed, statuses, workerdManifest }: FuzzReport): string {
  const manifest: unknown = JSON.parse(workerdManifest);
  const version: unknown =
    typeof manifest === "object" && manifest !== null ? Reflect.get(manifest, "version") : "";
  const rows = Object.entries(statuses)
    .toSorted(([a], [b]) => Number(a) - Number(b))
    .map(([status, count]) => `- ${status}: ${count.toLocaleString("en-US")}`);
  return `# Fuzzing

\`npm run fuzz\` wrote this page. It damages recorded requests of every SDK, scrambles them in ways
that protobuf allows, replaces JSON values, draws random bytes, and sends all that to the built
Worker in workerd: three signals, both encodings, every content coding, with and without
Content-Length. Answers must be 200, 400, 413 or 415, within 10 s, and the log free of exceptions.

The last run of full length, on ${new Date().toISOString().slice(0, 10)}: ${cases.toLocaleString("en-US")} cases, seed ${seed}, workerd ${String(version)}, Node
${process.version}. No other status, no hang, no exception. Answers:

${rows.join("\n")}

\`npm run fuzz -- --cases ${cases} --seed ${seed}\` sends the same requests again.
`;
}
