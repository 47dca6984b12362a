import { closeSync, existsSync, openSync, readFileSync, writeSync } from 'node:fs';

/** What is known of one copied record. */
export interface Copy {
  /** When the record was last used, as it was copied; in epoch milliseconds. */
  readonly touchedAt: number;
  /** Whether the target is known to have taken it, this time or before. */
  readonly isDone: boolean;
}

/**
 * What a copy has written to its target, kept in a file: later runs must know which records there,
 * and which that are gone from there, were copies.
 */
export interface Ledger {
  readonly file: string;
  readonly copies: ReadonlyMap<string, Copy>;
  /**
   * Notes a record that is about to be written, so that not even a crash leaves a copy that nobody
   * knows of.
   */
  begin(id: string, touchedAt: number): void;
  /** Notes that the target has taken it. */
  done(id: string): void;
  close(): void;
}

/** A line of the file: `[id, touchedAt]` for a copy that begins, `[id]` for one that is done. */
type Line = [id: string, touchedAt?: number];

/** Opens the ledger in `file`, with what earlier runs noted there. */
export function openLedger(file: string): Ledger {
  const copies = new Map<string, Copy>();
  if (existsSync(file)) readFileSync(file, 'utf8').split('\n').forEach(noteText);
  const descriptor = openSync(file, 'a', 0o600);

  function note([id, begunAs]: Line): void {
    const before = copies.get(id);
    const touchedAt = begunAs ?? before?.touchedAt;
    if (touchedAt !== undefined)
      copies.set(id, { touchedAt, isDone: begunAs === undefined || before?.isDone === true });
  }

  function noteText(text: string): void {
    const line = parseLine(text);
    if (line !== undefined) note(line);
  }

  function write(line: Line): void {
    // The break comes first: it also ends a line that a crash cut off.
    writeSync(descriptor, `\n${JSON.stringify(line)}`);
    note(line);
  }

  return {
    file,
    copies,
    begin: (id, touchedAt) => write([id, touchedAt]),
    done: (id) => write([id]),
    close: () => closeSync(descriptor),
  };
}

/** `undefined` for a line that was cut off. */
function parseLine(text: string): Line | undefined {
  try {
    return JSON.parse(text) as Line;
  } catch {
    return undefined;
  }
}
