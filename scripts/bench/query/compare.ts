/** Both approaches answer every question in turns; their answers must be the same. */
import type { FakeKv } from "../../../test/support/fake-kv.ts";
import { type Spread, spreadOf } from "../statistics.ts";
import type { Answer, Cost } from "./answer.ts";
import { askEventKeys } from "./event-keys.ts";
import { type WeekGateway, askGateway } from "./gateway.ts";
import type { Question } from "./questions.ts";

/** One approach, one question. */
export interface SideResult {
  readonly cost: Cost;
  /** the last time it was asked; less than the first where something is remembered */
  readonly laterCost: Cost;
  /** CPU of this process, ms, the fake KV included */
  readonly cpuMs: Spread;
}

/** Both approaches, one question. */
export interface Comparison {
  readonly question: Question;
  /** events in the answer */
  readonly found: number;
  readonly gateway: SideResult;
  readonly eventKeys: SideResult;
}

interface Timed {
  readonly answer: Answer;
  readonly cpuMs: number;
}

/**
 * Compares.
 *
 * @throws when the approaches do not give the same events
 */
export async function compareSides(
  { gateway, eventKeys }: { readonly gateway: WeekGateway; readonly eventKeys: FakeKv },
  questions: readonly Question[],
  rounds: number,
): Promise<readonly Comparison[]> {
  const compared: Comparison[] = [];
  for (const question of questions) {
    // What it costs must not depend on the questions before.
    const app = gateway.newIsolate();
    const ours: Timed[] = [];
    const theirs: Timed[] = [];
    for (let round = 0; round < rounds; round += 1) {
      ours.push(await timed(() => askGateway({ kv: gateway.kv, app }, question)));
      theirs.push(await timed(() => askEventKeys(eventKeys, question)));
    }
    const [mine] = ours;
    const [other] = theirs;
    if (mine === undefined || other === undefined) {
      throw new RangeError("Cannot compare: there must be a round");
    }
    assertSame(question, mine.answer, other.answer);
    compared.push({
      question,
      found: mine.answer.events.length,
      gateway: resultOf(mine, ours),
      eventKeys: resultOf(other, theirs),
    });
  }
  return compared;
}

async function timed(ask: () => Promise<Answer>): Promise<Timed> {
  const start = process.cpuUsage();
  const answer = await ask();
  const { user, system } = process.cpuUsage(start);
  return { answer, cpuMs: (user + system) / 1000 };
}

function resultOf(first: Timed, all: readonly Timed[]): SideResult {
  return {
    cost: first.answer.cost,
    laterCost: (all.at(-1) ?? first).answer.cost,
    cpuMs: spreadOf(all.map(({ cpuMs }) => cpuMs)),
  };
}

/**
 * The same events, in any order: those of one millisecond are ordered by key, and keys differ. When
 * only the newest are wanted, such events may differ at the end, so their times are compared.
 */
function assertSame({ title, newest }: Question, left: Answer, right: Answer): void {
  const [ours, theirs] = [left, right].map(({ events }) =>
    events.map((event) => (newest === undefined ? event : receivedAt(event))).toSorted(byText),
  );
  if (JSON.stringify(ours) !== JSON.stringify(theirs)) {
    throw new Error(
      `Cannot compare "${title}": ${left.events.length} events are not the same as ${right.events.length}`,
    );
  }
}

function receivedAt(event: string): string {
  return /"received_at":(\d+)/u.exec(event)?.[1] ?? event;
}

function byText(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}
