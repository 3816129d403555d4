/** The JSON report of vitest. */

/** A test that passed. */
export interface PassedTest {
  readonly file: string;
  readonly title: string;
}

/**
 * Lists the tests that passed.
 *
 * @param text the report
 */
export function readPassedTests(text: string): readonly PassedTest[] {
  const report: unknown = JSON.parse(text);
  return listOf(report, "testResults").flatMap((result) =>
    listOf(result, "assertionResults")
      .filter((test) => memberOf(test, "status") === "passed")
      .map((test) => ({
        file: String(memberOf(result, "name")),
        title: String(memberOf(test, "title")),
      })),
  );
}

function listOf(value: unknown, name: string): readonly unknown[] {
  const list = memberOf(value, name);
  return Array.isArray(list) ? list : [];
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
