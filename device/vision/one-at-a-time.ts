/** Runs tasks one after another in the order of asking. One that fails does not hold up the next. */
export function oneAtATime(): <T>(task: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const result = last.then(task);
    last = result.catch(() => {}); // The caller has the failure; the queue only needs its end.
    return result;
  };
}
