/**
 * The few parts of WebAssembly that the kernels use. Node has them as globals; their types come
 * only with those of a browser's document, which an appliance does not have.
 */
export interface SharedMemory {
  readonly buffer: SharedArrayBuffer;
  /** Grows by pages of 65,536 bytes; `buffer` is then another object over the same bytes. */
  grow(pages: number): number;
}

/** Memory of one thread. It is never grown: that would take the bytes from under their views. */
export interface OwnMemory {
  readonly buffer: ArrayBuffer;
}

/** Compiled code; can be handed to worker threads. */
export interface CompiledModule {
  readonly compiled?: never;
}

interface Limits {
  readonly initial: number;
  readonly maximum: number;
}

interface WebAssemblyGlobal {
  readonly Memory: {
    new (limits: Limits & { readonly shared: true }): SharedMemory;
    new (limits: Limits): OwnMemory;
  };
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => CompiledModule;
  readonly Instance: new (
    module: CompiledModule,
    imports: { readonly env: { readonly memory: SharedMemory | OwnMemory } },
  ) => { readonly exports: Readonly<Record<string, unknown>> };
}

export const webAssembly = (globalThis as unknown as { readonly WebAssembly: WebAssemblyGlobal })
  .WebAssembly;
