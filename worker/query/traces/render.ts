/** A whole trace as JSON. */
import type { AnswerMeta } from "../question.ts";
import { summarize } from "./summary.ts";
import type { Trace } from "./trace.ts";

/** A trace and what its answer says about itself. */
export interface RenderedTrace extends Omit<Trace, "end"> {
  readonly traceId: string;
  readonly meta: AnswerMeta;
}

/**
 * Renders the summary, then `spans`: `[{depth, missing_parent?, event}]`, parents before children,
 * then `logs`. Events are copied as stored, digit for digit.
 */
export function renderTrace({ traceId, spans, logs, meta }: RenderedTrace): string {
  const places = spans.map(({ item }) => item.place);
  const summary =
    places.length === 0 ? { trace_id: traceId, span_count: 0 } : summarize(traceId, places);
  const head = JSON.stringify(summary).slice(0, -1);
  const branches = spans.map(
    ({ item, depth, isOrphan }) =>
      `{"depth":${depth},${isOrphan ? '"missing_parent":true,' : ""}"event":${item.line}}`,
  );
  const tail = JSON.stringify(meta).slice(1);
  return `${head},"spans":[${branches.join(",")}],"logs":[${logs.join(",")}],${tail}`;
}
