import type { Session } from '../../bridges/connect/session.js';
import { jsonCodec } from '../../codecs/json.js';
import { changeAt, type Operation, SessionData } from '../../core/internal.js';

interface Done {
  readonly list: Operation[];
  /** The value before the first and after the last of them, as JSON. */
  before: string | undefined;
  after: string | undefined;
}

/** Keeps the values of operations as they are when a verb is called. */
export const keeper: SessionData = new SessionData(jsonCodec());

/** What native verbs did to the properties of a session, for the case that others changed them. */
export class Operations {
  readonly #byKey = new Map<string, Done>();

  apply(session: Session, operation: Operation): void {
    const properties = session as unknown as Record<string, unknown>;
    const { keys } = operation;
    const [key] = keys;
    const text = JSON.stringify(properties[key]);
    let done = this.#byKey.get(key);
    if (done?.after !== text || done === undefined) done = { list: [], before: text, after: text };
    const value = changeAt(properties[key], keys, (present) => operation.now(present));
    if (value === undefined) delete properties[key];
    else properties[key] = value;
    done.list.push(operation);
    done.after = JSON.stringify(value);
    this.#byKey.set(key, done);
  }

  /**
   * Applies the operations on a key to what others made of the text `base`; leaves the key as it is
   * when the handler changed it in other ways too.
   */
  replay(session: Session, key: string, theirs: unknown, base: string | undefined): void {
    const properties = session as unknown as Record<string, unknown>;
    const done = this.#byKey.get(key);
    if (done === undefined || done.before !== base) return;
    if (done.after !== JSON.stringify(properties[key])) return;
    done.before = JSON.stringify(theirs);
    let value = theirs;
    for (const operation of done.list)
      value = changeAt(value, operation.keys, (present) => operation.replay(present));
    if (value === undefined) delete properties[key];
    else properties[key] = value;
    done.after = JSON.stringify(value);
  }

  /** The session is stored with all of them. */
  clear(): void {
    this.#byKey.clear();
  }
}
