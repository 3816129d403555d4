/** What all questions have in common: who may ask, over which range, from where on, at what cost. */
import { type Result, err, ok } from "../core/result.ts";
import type { HttpError } from "../http/errors.ts";
import { Budget, type Scanned, type StopReason } from "./budget.ts";
import type { QueryContext } from "./context.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import type { ParameterError } from "./filter/params.ts";
import { printFilter } from "./filter/print.ts";
import { parseFlag, parseQuery, refuseRepeated, refuseUnknown } from "./params.ts";
import { type Explanation, Plan } from "./plan.ts";
import type { Query } from "./query.ts";
import type { ScanEnd } from "./scan.ts";

/** What the parameters of a question are read with. */
export interface Asked {
  readonly params: URLSearchParams;
  readonly nowMs: number;
}

/** What an endpoint asks and which parameters it knows. */
export interface QuestionKind {
  readonly name: string;
  /** parameters besides `start`, `end`, `cursor` and `explain` */
  readonly own: readonly string[];
  /** whether it takes filters */
  readonly filters: boolean;
  /** turns the parameters' query into the one that is asked: other signals, a trace id */
  readonly narrow?: (query: Query, asked: Asked) => Result<Query, ParameterError>;
}

/** A question, ready to be answered. */
export interface Question {
  readonly params: URLSearchParams;
  readonly query: Query;
  readonly budget: Budget;
  readonly plan: Plan;
  /** differs when the question does, paging aside */
  readonly identity: string;
  readonly isExplained: boolean;
}

/** What an answer says about itself. */
export interface AnswerMeta {
  readonly next_cursor: string | null;
  /**
   * whether this page and those before have looked at everything in the range; false also when
   * something on this page could not be read
   */
  readonly complete: boolean;
  /** what ended this page; null when nothing is left */
  readonly stopped_by: StopReason | null;
  readonly scanned: Scanned;
  readonly plan?: Explanation & { readonly filter: string; readonly cost_usd: number };
}

/** Authenticates a request and reads its question. */
export async function askedOf(
  request: Request,
  context: QueryContext,
  kind: QuestionKind,
): Promise<Result<Question, HttpError>> {
  const authenticated = await context.authenticate(request.headers);
  if (!authenticated.ok) {
    return authenticated;
  }
  const params = new URL(request.url).searchParams;
  const known = refuseUnknown(params, kind.own, kind);
  if (!known.ok) {
    return known;
  }
  const single = refuseRepeated(params, kind.own);
  if (!single.ok) {
    return single;
  }
  const isExplained = parseFlag(params, "explain");
  if (!isExplained.ok) {
    return isExplained;
  }
  const nowMs = context.now();
  const parsed = parseQuery(params, { ...context, nowMs });
  if (!parsed.ok) {
    return parsed;
  }
  const narrowed = kind.narrow?.(parsed.value, { params, nowMs }) ?? parsed;
  if (!narrowed.ok) {
    return narrowed;
  }
  const { signals, filter } = narrowed.value;
  const identity = `${kind.name} ${signals.join()} ${printFilter(filter)}`;
  const resumed = await resume(narrowed.value, identity, { params, context });
  if (!resumed.ok) {
    return resumed;
  }
  const budget = new Budget();
  const plan = new Plan(resumed.value, budget);
  return ok({
    params,
    query: resumed.value,
    budget,
    plan,
    identity,
    isExplained: isExplained.value,
  });
}

async function resume(
  query: Query,
  identity: string,
  { params, context }: { readonly params: URLSearchParams; readonly context: QueryContext },
): Promise<Result<Query, HttpError>> {
  const text = params.get("cursor");
  if (text === null) {
    return ok(query);
  }
  const cursor = await decodeCursor(text, identity, context.sign);
  return cursor.ok
    ? ok({ ...query, ...cursor.value })
    : err({
        kind: "parameter",
        parameter: "cursor",
        message: `Cannot use parameter "cursor": ${cursor.error}`,
      });
}

/** What the answer to a question says about itself. */
export async function metaOf(
  { query, budget, plan, identity, isExplained }: Question,
  { next, stoppedBy }: ScanEnd,
  context: QueryContext,
): Promise<AnswerMeta> {
  return {
    next_cursor:
      next === undefined
        ? null
        : await encodeCursor({ after: next, range: query.range }, identity, context.sign),
    complete: next === undefined && !budget.hasLost,
    stopped_by: stoppedBy ?? null,
    scanned: budget.report(),
    ...(isExplained && {
      plan: { filter: printFilter(query.filter), ...plan.explain(), cost_usd: budget.costUsd() },
    }),
  };
}
