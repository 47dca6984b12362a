/** Runs a task when all earlier ones of the same key have ended, however they ended. */
export type InTurn = <Result>(key: string, task: () => Promise<Result>) => Promise<Result>;

/** One line of tasks for each key; keys do not wait for each other. */
export function createTurns(): InTurn {
  const ends = new Map<string, Promise<void>>();

  return async (key, task) => {
    const turn = (ends.get(key) ?? Promise.resolve()).then(task);
    const end = turn.then(
      () => undefined,
      () => undefined,
    );
    ends.set(key, end);
    try {
      return await turn;
    } finally {
      if (ends.get(key) === end) ends.delete(key);
    }
  };
}
