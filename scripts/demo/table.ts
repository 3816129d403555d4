/** A table for a terminal. */
import type { EventRow } from "./event-row.ts";

const HEADER = ["time", "signal", "name", "status / level / value", "duration"] as const;
const COLUMN_GAP = "  ";

/**
 * Renders events in the order of their own times.
 *
 * @param rows in any order
 * @returns lines that end in a newline each
 */
export function renderTable(rows: readonly EventRow[]): string {
  const lines = [...rows].toSorted(compareTime).map(toCells);
  const widths = HEADER.map((title, column) =>
    Math.max(title.length, ...lines.map((cells) => cells[column]?.length ?? 0)),
  );
  const rule = widths.map((width) => "─".repeat(width));

  return [HEADER, rule, ...lines].map((cells) => `${renderLine(cells, widths)}\n`).join("");
}

function compareTime(left: EventRow, right: EventRow): number {
  if (left.timeUnixNano === right.timeUnixNano) {
    return 0;
  }

  return left.timeUnixNano < right.timeUnixNano ? -1 : 1;
}

function toCells(row: EventRow): readonly string[] {
  return [
    new Date(Number(row.timeUnixNano / 1_000_000n)).toISOString().slice(11, 23),
    row.signal,
    row.name,
    row.outcome,
    row.durationMs === undefined ? "" : `${row.durationMs.toFixed(0)} ms`,
  ];
}

function renderLine(cells: readonly string[], widths: readonly number[]): string {
  return cells
    .map((cell, column) => cell.padEnd(widths[column] ?? 0))
    .join(COLUMN_GAP)
    .trimEnd();
}
