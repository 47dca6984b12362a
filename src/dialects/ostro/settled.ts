/** The callback of OstroJS at the end of a method. */
export type Callback = (error: unknown, result?: boolean) => void;

/**
 * Whether the session is still this client's. The native verb sees to it that a failure nobody
 * awaits is not lost, nor ends the process.
 */
export function settled(outcome: Promise<string>, callback?: Callback): Promise<boolean> {
  const result = outcome.then((came) => came !== 'gone');
  result.then(
    (isDone) => callback && process.nextTick(callback, null, isDone),
    (error) => callback && process.nextTick(callback, error),
  );
  return result;
}
