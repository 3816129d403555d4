/** What is known of the events of one block, gathered while they are written. */

/** Distinct services remembered; above that "unknown". */
const SERVICE_LIMIT: u32 = 16;
/** A longer name would not fit into a summary anyway. */
const SERVICE_LIMIT_BYTES: u32 = 512;
const NANOS_PER_MS: u64 = 1_000_000;

/** The facts of a block, as the host reads them (../transcoder.ts). Times are epoch ms; 0: none has one. */
@unmanaged
export class Facts {
  events: u32;
  /** events that carry no time at all */
  timeless: u32;
  /** highest severity number */
  severity: u32;
  errors: u32;
  firstMs: u64;
  lastMs: u64;
  /** how many services there are; one more than can be remembered: unknown */
  services: u32;
  /** their names: a length in two bytes, then JSON text without quotes */
  serviceNames: usize;
  serviceNamesEnd: usize;
  /** pairs of token and kind */
  tokens: usize;
  tokenCount: u32;
  /** bit set of the kinds whose tokens are not all known */
  unknownKinds: u32;
}

/** The facts of the block that is being written. */
export const facts: Facts = changetype<Facts>(memory.data(64, 8));

/** Room for SERVICE_LIMIT names of SERVICE_LIMIT_BYTES and their lengths. */
const serviceNames: usize = memory.data(8224, 2);

/** Starts a block. */
export function beginFacts(): void {
  memory.fill(changetype<usize>(facts), 0, offsetof<Facts>());
  facts.serviceNames = serviceNames;
  facts.serviceNamesEnd = serviceNames;
}

/** Counts one event. Times are nanoseconds; 0: none. */
export function countEvent(startNanos: u64, endNanos: u64, severity: u32, isError: bool): void {
  facts.events += 1;
  const startMs = startNanos / NANOS_PER_MS;
  const endMs = endNanos / NANOS_PER_MS;
  const firstMs = startMs == 0 ? endMs : startMs;
  const lastMs = endMs == 0 ? startMs : endMs;
  if (firstMs == 0) {
    facts.timeless += 1;
  } else {
    if (facts.firstMs == 0 || firstMs < facts.firstMs) {
      facts.firstMs = firstMs;
    }
    if (lastMs > facts.lastMs) {
      facts.lastMs = lastMs;
    }
  }
  if (severity > facts.severity) {
    facts.severity = severity;
  }
  if (isError) {
    facts.errors += 1;
  }
}

/** Notes that the block holds events of a service: JSON text without quotes. */
export function noteService(from: usize, length: u32): void {
  if (facts.services > SERVICE_LIMIT) {
    return;
  }
  for (let at = facts.serviceNames; at < facts.serviceNamesEnd;) {
    const known: u32 = load<u16>(at);
    if (known == length && memory.compare(at + 2, from, length) == 0) {
      return;
    }
    at += 2 + known;
  }
  if (facts.services == SERVICE_LIMIT || length > SERVICE_LIMIT_BYTES) {
    facts.services = SERVICE_LIMIT + 1;
    return;
  }
  store<u16>(facts.serviceNamesEnd, length);
  memory.copy(facts.serviceNamesEnd + 2, from, length);
  facts.serviceNamesEnd += 2 + length;
  facts.services += 1;
}
