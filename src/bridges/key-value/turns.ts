import { isSessionError, SessionError } from '../../core/errors.js';

/** A task's turn. */
export interface Turn {
  /** Whether others were let past the task, because it took too long. */
  readonly isGivenUp: boolean;
  /**
   * Asked after every look and before every write.
   * @throws `store-timeout` when the task was given up: a later one may have written.
   */
  check(): void;
}

/**
 * Runs a task when all earlier ones of the same key have ended. One that fails with `store-timeout`
 * takes along those who wait behind it: nobody waits for one time-out after the other.
 */
export type InTurn = <Result>(
  key: string,
  task: (turn: Turn) => Promise<Result>,
) => Promise<Result>;

/**
 * How long a call of a backend may keep others of the same session waiting, in milliseconds.
 */
export const PATIENCE = 1000;

/** Options of {@link createTurns}. */
export interface TurnOptions {
  /** Whose turns they are, for messages. */
  readonly name: string;
  /**
   * How long a task may keep others waiting, in milliseconds; without end by default. After that it
   * is given up, with those who wait behind it, and who comes next begins anew. A task that keeps
   * nobody waiting may take longer.
   */
  readonly patience?: number | undefined;
}

/** A task in its line. */
interface Place {
  readonly begin: () => void;
  readonly fail: (error: SessionError) => void;
  isGivenUp: boolean;
}

/** The first one is running. */
interface Line {
  readonly places: Place[];
  timer: ReturnType<typeof setTimeout> | undefined;
  isOverdue: boolean;
}

/** One line of tasks for each key; keys do not wait for each other. */
export function createTurns({ name, patience }: TurnOptions): InTurn {
  const lines = new Map<string, Line>();

  function begin(key: string, line: Line): void {
    if (patience !== undefined) {
      line.timer = setTimeout(() => {
        line.isOverdue = true;
        if (line.places.length > 1) giveUp(key, line, overdue());
      }, patience);
      // Some platforms have timers that are numbers.
      line.timer.unref?.();
    }
    line.places[0]?.begin();
  }

  function end(key: string, line: Line, error?: unknown): void {
    clearTimeout(line.timer);
    line.isOverdue = false;
    line.places.shift();
    if (isSessionError(error, 'store-timeout')) giveUp(key, line, error);
    else if (line.places.length === 0) lines.delete(key);
    else begin(key, line);
  }

  function giveUp(key: string, { timer, places }: Line, error: SessionError): void {
    clearTimeout(timer);
    lines.delete(key);
    for (const place of places) {
      place.isGivenUp = true;
      place.fail(error);
    }
  }

  function overdue(): SessionError {
    return new SessionError(
      'store-timeout',
      `The ${name} store did not answer within ${patience} ms while others waited for the same session. Check that its backend is up and reachable.`,
    );
  }

  return (key, task) => {
    const before = lines.get(key);
    if (before?.isOverdue) giveUp(key, before, overdue());
    const line: Line = lines.get(key) ?? { places: [], timer: undefined, isOverdue: false };
    lines.set(key, line);
    return new Promise((resolve, reject) => {
      const turn: Turn = {
        get isGivenUp() {
          return place.isGivenUp;
        },
        check() {
          if (place.isGivenUp) throw overdue();
        },
      };
      const place: Place = {
        isGivenUp: false,
        fail: reject,
        begin() {
          const leave = (error?: unknown): void => {
            if (!place.isGivenUp) end(key, line, error);
          };
          task(turn).then(
            (result) => {
              resolve(result);
              leave();
            },
            (error) => {
              reject(error);
              leave(error);
            },
          );
        },
      };
      line.places.push(place);
      if (line.places.length === 1) begin(key, line);
    });
  };
}
