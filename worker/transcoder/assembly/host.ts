/** What the host does for the transcoder: rare things, and handing over what is made. */

/** Writes the shortest decimal text of a double at `at`; returns its length, at most 32. */
export declare function formatDouble(value: f64, at: usize): u32;

/** The place of the level that a severity text names in the host's list; -1 when it names none. */
export declare function levelOfText(from: usize, to: usize): i32;

/**
 * Takes the events from `from` to `to` as a block; what is known of it stands at `facts`.
 *
 * @returns whether it will take more
 */
export declare function takeBlock(from: usize, to: usize, facts: usize): bool;

/** Counts a rejected item; the three numbers are lengths of ids, for {@link Rejection.badIds}. */
export declare function rejectItem(reason: u32, first: u32, second: u32, third: u32): void;

/** Counts values that are stored in another form than they were sent. */
export declare function warn(warning: u32, count: u32): void;

/** Why an item is rejected. The host has the words: ../problems.ts */
export namespace Rejection {
  export const tooLong: u32 = 0;
  export const badIds: u32 = 1;
  export const missingId: u32 = 2;
}

/** The host has the words: ../problems.ts */
export namespace Warning {
  export const depth: u32 = 0;
  export const stringIndex: u32 = 1;
  export const badId: u32 = 2;
  export const missingId: u32 = 3;
  export const count: u32 = 4;
}
