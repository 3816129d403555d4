/** Operations that take time: until the test lets them go on, or until its clock says so. */
import type { KvOperation } from "./operations.ts";
import type { Amount, Random } from "./random.ts";

interface Held {
  readonly operation: KvOperation;
  /** epoch ms; infinite: only {@link SlowOperations.release} lets it go on */
  readonly dueMs: number;
  readonly proceed: () => void;
}

/** Holds operations back. Nothing here sleeps. */
export class SlowOperations {
  readonly #random: Random;
  readonly #durations = new Map<KvOperation, Amount>();
  #held: Held[] = [];
  #watchers: { readonly count: number; readonly notify: () => void }[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  /** From now on operations of a kind take so many ms of the clock; infinite: until released. */
  slowDown(operation: KvOperation, durationMs: Amount): void {
    this.#durations.set(operation, durationMs);
  }

  /** Operations that wait. */
  get heldCount(): number {
    return this.#held.length;
  }

  /** Resolves as soon as so many operations wait. */
  untilHeld(count: number): Promise<void> {
    return new Promise((resolve) => {
      this.#watchers.push({ count, notify: resolve });
      this.#notify();
    });
  }

  /** Waits its turn. */
  async pass(operation: KvOperation, nowMs: number): Promise<void> {
    const durationMs = this.#random.draw(this.#durations.get(operation) ?? 0);
    if (durationMs > 0) {
      await new Promise<void>((resolve) => {
        this.#held.push({ operation, dueMs: nowMs + durationMs, proceed: resolve });
        this.#notify();
      });
    }
  }

  /** Lets those go on whose time has come, in the order of their times. */
  settle(nowMs: number): void {
    this.#let(({ dueMs }) => dueMs <= nowMs);
  }

  /** Lets all go on, or all of a kind, and stops holding them back. */
  release(operation?: KvOperation): void {
    if (operation === undefined) {
      this.#durations.clear();
    } else {
      this.#durations.delete(operation);
    }
    this.#let((held) => operation === undefined || held.operation === operation);
  }

  #let(isFree: (held: Held) => boolean): void {
    const free = this.#held.filter(isFree).toSorted((left, right) => left.dueMs - right.dueMs);
    this.#held = this.#held.filter((held) => !free.includes(held));
    for (const { proceed } of free) {
      proceed();
    }
  }

  #notify(): void {
    const due = this.#watchers.filter(({ count }) => count <= this.#held.length);
    this.#watchers = this.#watchers.filter((watcher) => !due.includes(watcher));
    for (const { notify } of due) {
      notify();
    }
  }
}
