/** How much memory instances of WebAssembly have: the transcoder keeps its own to itself. */

/** Sees every instance that is made from now on, until {@link InstanceMemories.stop}. */
export class InstanceMemories {
  readonly #memories: WebAssembly.Memory[] = [];
  readonly #original = WebAssembly.Instance;

  constructor() {
    const seen = this.#memories;
    const watched = class extends this.#original {
      constructor(module: WebAssembly.Module, imports?: WebAssembly.Imports) {
        super(module, imports);
        const { memory } = this.exports;
        if (memory instanceof WebAssembly.Memory) {
          seen.push(memory);
        }
      }
    };
    Reflect.set(WebAssembly, "Instance", watched);
  }

  /** Bytes of each, in the order they were made. */
  get sizes(): readonly number[] {
    return this.#memories.map(({ buffer }) => buffer.byteLength);
  }

  /** Makes instances go unseen again. */
  stop(): void {
    Reflect.set(WebAssembly, "Instance", this.#original);
  }
}
