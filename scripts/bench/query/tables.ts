/** Comparisons as Markdown. */
import { renderTable } from "../markdown.ts";
import { type Cost, operationsOf, usdOf } from "./answer.ts";
import type { Comparison, SideResult } from "./compare.ts";

const MB = 1_000_000;
const OPERATIONS_PER_REQUEST = 1000;
const USD_QUESTIONS = 1000;

/** What the gateway needs for each question. */
export function gatewayTable(all: readonly Comparison[]): string {
  return renderTable(
    [
      "question",
      "events",
      "pages",
      "lists",
      "asked again",
      "bulk gets",
      "segments read",
      "pruned",
      "MB",
      "CPU ms",
      "USD per 1,000",
    ],
    all.map(({ question, found, gateway }) => [
      question.title,
      count(found),
      count(gateway.cost.requests),
      count(gateway.cost.lists),
      count(gateway.laterCost.lists),
      count(gateway.cost.reads),
      count(gateway.cost.keysRead),
      gateway.cost.pruned === undefined ? "–" : count(gateway.cost.pruned),
      significant(gateway.cost.bytesRead / MB),
      cpu(gateway),
      usd(gateway.cost),
    ]),
  );
}

/** The same questions to one key per event, and how much dearer that is. */
export function eventKeysTable(all: readonly Comparison[]): string {
  return renderTable(
    [
      "question",
      "lists",
      "gets",
      "MB",
      "CPU ms",
      "USD per 1,000",
      "operations ÷ gateway",
      "CPU ÷ gateway",
      "USD ÷ gateway",
    ],
    all.map(({ question, gateway, eventKeys }) => [
      question.title,
      count(eventKeys.cost.lists),
      count(eventKeys.cost.reads),
      significant(eventKeys.cost.bytesRead / MB),
      cpu(eventKeys),
      usd(eventKeys.cost),
      times(operationsOf(eventKeys.cost), operationsOf(gateway.cost)),
      times(eventKeys.cpuMs.median, gateway.cpuMs.median),
      times(usdOf(eventKeys.cost), usdOf(gateway.cost)),
    ]),
  );
}

/** In words: the sums, and what the platform would have said. */
export function summaryOf(all: readonly Comparison[]): string {
  const ours = sum(all.map(({ gateway }) => operationsOf(gateway.cost)));
  const theirs = sum(all.map(({ eventKeys }) => operationsOf(eventKeys.cost)));
  const tooMany = all.filter(
    ({ eventKeys }) => operationsOf(eventKeys.cost) > OPERATIONS_PER_REQUEST,
  );
  return [
    `All ${all.length} questions: ${count(ours)} KV operations against ${count(theirs)}, ${times(theirs, ours)}.`,
    `${tooMany.length} of the ${all.length} need more than the ${count(OPERATIONS_PER_REQUEST)} operations that one request may use with a key per event: on the platform they have no answer.`,
  ].join("  \n");
}

function cpu({ cpuMs: { median, min, max } }: SideResult): string {
  return `${significant(median)} (${significant(min)}–${significant(max)})`;
}

function usd(cost: Cost): string {
  return significant(usdOf(cost) * USD_QUESTIONS);
}

function times(left: number, right: number): string {
  return `${significant(left / right)}×`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}

/** Three digits that count. */
function significant(value: number): string {
  return value.toLocaleString("en-US", { maximumSignificantDigits: 3 });
}
