/** Operations that fail: on demand, or now and then by a seed. */
import { type KvOperation, kvFailure } from "./operations.ts";
import type { Random } from "./random.ts";

/** The share of the calls that fail, 0 to 1; absent: none. */
export type FaultShares = Partial<Record<KvOperation | "putAfterWriting", number>>;

/** What KV answers on a bad day: its backend is busy, broken, away; the connection is cut. */
const STATUSES = [
  "429 Too Many Requests",
  "500 Internal Server Error",
  "502 Bad Gateway",
  "503 Service Unavailable",
];
const CONNECTION_LOST = "Network connection lost.";

interface Fault {
  readonly operation: KvOperation;
  readonly message: string;
  readonly isHit: (callNumber: number, key: string) => boolean;
}

/** Decides which calls fail. */
export class Faults {
  readonly #random: Random;
  #scripted: Fault[] = [];
  #shares: FaultShares = {};

  constructor(random: Random) {
    this.#random = random;
  }

  /** Adds a fault that stays until {@link heal}. */
  add(fault: Fault): void {
    this.#scripted.push(fault);
  }

  /** From now on calls fail by chance. `putAfterWriting`: the value is stored, the answer is lost. */
  setShares(shares: FaultShares): void {
    this.#shares = shares;
  }

  /** Ends all faults. */
  heal(): void {
    this.#scripted = [];
    this.#shares = {};
  }

  /** @throws when this call, the `callNumber`-th of its kind, is to fail without effect */
  before(operation: KvOperation, key: string, callNumber: number): void {
    const fault = this.#scripted.find(
      (candidate) => candidate.operation === operation && candidate.isHit(callNumber, key),
    );
    if (fault !== undefined) {
      throw new Error(fault.message);
    }
    if (this.#random.chance(this.#shares[operation] ?? 0)) {
      throw this.#anyFailure(operation);
    }
  }

  /** @throws when a put that was done is to look as if it had failed */
  afterPut(): void {
    if (this.#random.chance(this.#shares.putAfterWriting ?? 0)) {
      throw this.#anyFailure("put");
    }
  }

  #anyFailure(operation: KvOperation): Error {
    const status = this.#random.pick([...STATUSES, CONNECTION_LOST]);
    return status === CONNECTION_LOST ? new Error(status) : kvFailure(operation, status);
  }
}
