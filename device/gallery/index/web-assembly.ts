/**
 * The few parts of WebAssembly that the search uses. Node has them as globals; their types come
 * only with those of a browser's document, which an appliance does not have.
 */
export interface SharedMemory {
  readonly buffer: SharedArrayBuffer;
  /** Grows by pages of 65,536 bytes; `buffer` is then another object over the same bytes. */
  grow(pages: number): number;
}

/** Compiled code; can be handed to worker threads. */
export interface CompiledModule {
  readonly compiled?: never;
}

interface WebAssemblyGlobal {
  readonly Memory: new (limits: {
    readonly initial: number;
    readonly maximum: number;
    readonly shared: true;
  }) => SharedMemory;
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => CompiledModule;
  readonly Instance: new (
    module: CompiledModule,
    imports: { readonly env: { readonly memory: SharedMemory } },
  ) => { readonly exports: Readonly<Record<string, unknown>> };
}

export const webAssembly = (globalThis as unknown as { readonly WebAssembly: WebAssemblyGlobal })
  .WebAssembly;
