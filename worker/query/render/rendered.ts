/** What every rendering gives back beside its text or bytes. */

/** An answer's body, and how many events are not in it. */
export interface Rendered<Body> {
  readonly body: Body;
  /** stored lines that are damaged, and events that the format has no form for */
  readonly skipped: number;
}
