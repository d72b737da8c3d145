import { useEffect, useState } from "preact/hooks";

/** A value that pages look at, and are drawn again when it changes. */
export interface Store<T> {
  get(): T;
  set(value: T): void;
  subscribe(listener: () => void): () => void;
}

export function createStore<T>(initial: T): Store<T> {
  let value = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return;
      value = next;
      for (const listener of listeners) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** The store's value; with `pick`, a part of it, and nothing is drawn again while that part stays. */
export function useStore<T, Part = T>(
  store: Store<T>,
  pick: (value: T) => Part = (value) => value as unknown as Part,
): Part {
  const [part, setPart] = useState(() => pick(store.get()));
  useEffect(() => {
    const look = () => setPart(() => pick(store.get()));
    look();
    return store.subscribe(look);
  }, [store]);
  return part;
}
