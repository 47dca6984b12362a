import type { Session } from '../../bridges/connect/session.js';
import { isSessionError } from '../../core/errors.js';
import type { Events } from '../../core/internal.js';
import { type Base, baseOf, type Changes, merge, type Texts } from './changes.js';
import { hashId } from './open-records.js';
import { Operations } from './operations.js';
import { DEAD_FOR, type Found, type Records } from './records.js';

/**
 * Where the session of a visit is. `gone`: others ended it, or moved it to another id; `ended`:
 * this request did.
 */
export interface Place {
  readonly id: string;
  readonly kind: 'new' | 'stored' | 'gone' | 'ended';
  readonly version: unknown;
}

/** The session that a `regenerate` of this visit put another in the place of. */
interface Before {
  readonly id: string;
  readonly how: Awaited<ReturnType<Records['move']>>;
  /** When, in epoch milliseconds. */
  readonly at: number;
  readonly texts: Texts;
}

const EMPTY: Base = { texts: new Map(), cookie: '' };

/** Where the session of one request is kept, and what is known of it. */
export class Kept {
  #operations: Operations | undefined;
  readonly #records: Records;
  readonly #events: Events;
  #place: Place | undefined;
  #before: Before | undefined;
  #base: Base = EMPTY;
  /** Of sessions that this request ended. */
  #endedIds: unknown[] = [];

  constructor(records: Records, events: Events) {
    this.#records = records;
    this.#events = events;
  }

  /** What native verbs did to the session; made when somebody asks. */
  get operations(): Operations {
    this.#operations ??= new Operations();
    return this.#operations;
  }

  get place(): Place | undefined {
    return this.#place;
  }

  /** The session as it was read or written last. */
  get base(): Base {
    return this.#base;
  }

  /** The present session took the place of another one, and is not stored. */
  get isAwaited(): boolean {
    return this.#before?.how === 'moved' && this.#place?.kind === 'new';
  }

  hasEnded(id: unknown): boolean {
    return this.#endedIds.includes(id);
  }

  /** A session begins, or was read. */
  begin(place: Place, session: Session): void {
    this.#place = place;
    this.#base = baseOf(session);
  }

  /**
   * Where the session with an id is, which need not be the one that the client sent: an application
   * may put another session on the request.
   */
  async placeOf(id: string): Promise<Place> {
    if (this.#place?.id === id) return this.#place;
    const found = await this.read(id);
    const isThere = found !== undefined && found !== 'moved';
    this.#base = isThere ? baseOf(found.session) : EMPTY;
    this.#place = isThere
      ? { id, kind: 'stored', version: found.version }
      : { id, kind: found === 'moved' ? 'gone' : 'new', version: undefined };
    return this.#place;
  }

  /** A session that is damaged is none. */
  async read(id: string): Promise<Found | 'moved' | undefined> {
    try {
      return await this.#records.read(id);
    } catch (error) {
      if (!isSessionError(error, 'invalid-record')) throw error;
      this.#events.emit('rejected', { reason: 'record', id: hashId(id), error });
      return undefined;
    }
  }

  /** Stores a session; `false` when it has ended. */
  async store(session: Session, id: string, changes: Changes): Promise<boolean> {
    const records = this.#records;
    const place = this.#place?.id === id ? this.#place : await this.placeOf(id);
    let stored: Base = changes;
    let version: unknown;
    if (place.kind === 'stored') {
      version = await records.update(id, session, place.version, (present) => {
        const theirs = merge(session, present, this.#base, this.operations);
        if (theirs === undefined) return;
        this.#base = theirs;
        stored = baseOf(session);
      });
    } else if (place.kind === 'new' && !this.#isCopyOfEnded(changes)) {
      version = await records.create(id, session);
      if (await this.#hasEndedSince()) {
        await records.destroy(id);
        version = undefined;
      }
    }
    if (version === undefined) return this.lose(id, changes);
    this.#operations?.clear();
    this.#place = { id, kind: 'stored', version };
    this.#base = stored;
    return true;
  }

  /** Others ended the session, or this request did. */
  lose(id: string, { hasNewData }: Changes): false {
    const kind = this.#place?.kind;
    if (kind !== 'ended') this.#place = { id, kind: 'gone', version: undefined };
    const isNews = kind !== 'ended' && kind !== 'gone';
    if (isNews && hasNewData) this.#events.emit('gone', { id: hashId(id) });
    return false;
  }

  /** Ends the session of an id for one that takes its place. */
  async move(id: unknown, successor: string, texts: Texts): Promise<void> {
    if (typeof id !== 'string') return;
    const { kind } = this.#place?.id === id ? this.#place : { kind: 'stored' };
    const at = Date.now();
    if (kind === 'stored') {
      const how = await this.#records.move(id, successor);
      this.#before = { id, how, at, texts };
    } else if (kind === 'gone' && this.#base.texts.size > 0)
      this.#before = { id, how: 'ended', at, texts };
  }

  /** Ends the session of an id. */
  async end(id: unknown): Promise<void> {
    if (typeof id !== 'string') return;
    const records = this.#records;
    const before = this.#before;
    const place = this.#place?.id === id ? this.#place : undefined;
    if (place !== undefined && before?.how === 'moved') await records.destroy(before.id);
    if (place?.kind !== 'new') await records.destroy(id);
    this.#endedIds.push(id, before?.id);
    if (place !== undefined) this.#place = { id, kind: 'ended', version: undefined };
  }

  /**
   * Whether `regenerate` met a logout, and the handler put nothing into the new session that the
   * one which ended did not have: it would undo the logout.
   */
  #isCopyOfEnded({ texts }: Changes): boolean {
    const before = this.#before;
    if (before?.how !== 'ended') return false;
    return [...texts].every(([key, text]) => before.texts.get(key) === text);
  }

  /** Whether others ended the session that this one took the place of. */
  async #hasEndedSince(): Promise<boolean> {
    const { id, how, at } = this.#before ?? {};
    if (id === undefined || how !== 'moved' || Date.now() - (at ?? 0) >= DEAD_FOR) return false;
    return this.#records.hasEnded(id);
  }
}
