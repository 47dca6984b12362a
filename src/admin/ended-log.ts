import { hash } from 'node:crypto';
import { isSessionError } from '../core/errors.js';
import type { SessionEvents } from '../core/events.js';
import { Line, type StoreAccess } from '../core/internal.js';
import { isMoved, type SessionPage, type SessionRecord } from '../stores/contract.js';

/** A session that ended. */
export type EndedSession = SessionEvents['ended'];

/** Which ended sessions, and from where on. */
export interface EndedQuery {
  readonly user?: string | undefined;
  readonly reason?: string | undefined;
  readonly after?: string | undefined;
  readonly limit: number;
}

/** A page of ended sessions, the last one first, as far as the store keeps an order. */
export interface EndedPage {
  readonly ended: readonly EndedSession[];
  readonly next: string | undefined;
}

const HOUR = 3_600_000;
/** The greatest instant of JavaScript: its distance to an ending puts the last one first. */
const LAST_INSTANT = 8.64e15;
const HOURS = 'sojourn ended hours';
const HOUR_NAME = /^sojourn ended \d{4}-\d\d-\d\dT\d\d$/;
/** How long an hour counts as listed: `destroyAll` may have emptied the store since. */
const LISTED_FOR = 60_000;
/** A busy hour has more endings than one page. */
const MOST_CALLS = 60;
/** An end of a million sessions must not fill the store with a million endings. */
const MOST_IN_AN_HOUR = 10_000;
/** A page waits for no more writes than this. */
const FEW = 100;

/**
 * Keeps endings in the store of the sessions: no token, no data. Each is a moved record, which no
 * list and no count shows, under the name of its hour and, once more, of its user: so `byUser`
 * finds both. It expires by itself. Written behind the request that ended the session.
 */
export class EndedLog {
  readonly #access: StoreAccess;
  readonly #keptFor: number;
  readonly #now: () => number;
  readonly #writes: Line = new Line();
  #waiting = 0;
  /** The hour that this process listed last, and when. */
  #listed = { hour: '', at: 0 };
  /** How many were not written, since too many ended. */
  dropped = 0;
  #hour = 0;
  #inHour = 0;

  /** `undefined` where the store cannot find the records of a user. */
  static in(
    access: StoreAccess | undefined,
    keptFor: number,
    now: () => number,
  ): EndedLog | undefined {
    return access?.store.byUser === undefined ? undefined : new EndedLog(access, keptFor, now);
  }

  private constructor(access: StoreAccess, keptFor: number, now: () => number) {
    this.#access = access;
    this.#keptFor = keptFor;
    this.#now = now;
  }

  /** Begins to write an ending. */
  note(ending: EndedSession): void {
    if (!this.#isInBounds()) {
      this.dropped++;
      return;
    }
    this.#waiting++;
    void this.#writes.run(async () => ({ result: await this.#write(ending) }));
  }

  #isInBounds(): boolean {
    const hour = Math.floor(this.#now() / HOUR);
    if (hour !== this.#hour) this.#inHour = 0;
    this.#hour = hour;
    return ++this.#inHour <= MOST_IN_AN_HOUR;
  }

  /** Resolves when every ending that was noted by now is written, or has failed. */
  written(): Promise<void> {
    return this.#writes.run(async () => ({ result: undefined }));
  }

  async page({ user, reason, after, limit }: EndedQuery): Promise<EndedPage> {
    // An operator who has just ended a session looks for it here.
    if (this.#waiting < FEW) await this.written();
    const hours = user === undefined ? await this.#knownHours() : [userName(user)];
    const [begin = hours[0] ?? '', within = ''] = after?.split('|', 2) ?? [];
    const ended: EndedSession[] = [];
    // The hour may have left the store since the last page.
    const next = hours.findIndex((hour) => hour <= begin);
    let at = next === -1 ? hours.length : next;
    let cursor = within === '' || hours[at] !== begin ? undefined : within;
    for (let calls = 0; at < hours.length; calls++) {
      const hour = hours[at] as string;
      if (ended.length >= limit || calls === MOST_CALLS)
        return { ended: sorted(ended), next: `${hour}|${cursor ?? ''}` };
      const page = await this.#entries(hour, cursor, limit - ended.length);
      for (const { record } of page.entries) {
        const ending = decode(record);
        if (ending === undefined || (reason !== undefined && ending.reason !== reason)) continue;
        if (user === undefined || ending.userId === user) ended.push(ending);
      }
      cursor = page.next;
      if (cursor === undefined) at++;
    }
    return { ended: sorted(ended), next: undefined };
  }

  async #write(ending: EndedSession): Promise<void> {
    try {
      await this.#keep(ending);
    } catch (error) {
      if (!isSessionError(error)) throw error;
      this.#access.report(error);
    } finally {
      this.#waiting--;
    }
  }

  async #keep(ending: EndedSession): Promise<void> {
    const { endedAt, userId, handle, id } = ending;
    const expiresAt = endedAt + this.#keptFor;
    if (expiresAt <= this.#now()) return;
    const hour = hourName(endedAt);
    const { hour: listed, at } = this.#listed;
    if (listed !== hour || Math.abs(this.#now() - at) >= LISTED_FOR) {
      await this.#create(hour, recordOf(HOURS, hour, expiresAt + HOUR));
      this.#listed = { hour, at: this.#now() };
    }
    // The same for every process that sees a session whose time is over.
    const name = `${order(endedAt)} ${digest(handle ?? id)}`;
    const data = JSON.stringify(ending);
    await this.#create(`ended ${name}`, recordOf(hour, data, expiresAt));
    if (userId === undefined) return;
    await this.#create(`ended of a user ${name}`, recordOf(userName(userId), data, expiresAt));
  }

  #create(id: string, record: SessionRecord): Promise<unknown> {
    const { store, call } = this.#access;
    return call('create', () => store.create(id, record));
  }

  /** The hours in which sessions ended, the last one first. */
  async #knownHours(): Promise<string[]> {
    const hours: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await this.#entries(HOURS, cursor, 1000);
      const names = page.entries.map(({ record }) => record.data);
      hours.push(...names.filter((name) => HOUR_NAME.test(name)));
      cursor = page.next;
    } while (cursor !== undefined);
    return hours.sort().reverse();
  }

  /** Without the sessions of somebody who chose such a name for a user. */
  async #entries(userId: string, after: string | undefined, limit: number): Promise<SessionPage> {
    const { store, call } = this.#access;
    const list = async (): Promise<SessionPage> =>
      store.byUser?.(userId, { after, limit }) ?? { entries: [] };
    const { entries, next } = await call('byUser', list);
    return { entries: entries.filter(({ record }) => isMoved(record)), next };
  }
}

/** Never touched: a full memory store evicts it before traces, and before what came later. */
function recordOf(userId: string, data: string, expiresAt: number): SessionRecord {
  return { userId, data, createdAt: 0, touchedAt: 0, expiresAt };
}

function hourName(at: number): string {
  return `sojourn ended ${new Date(at).toISOString().slice(0, 13)}`;
}

function userName(userId: string): string {
  return `sojourn ended of ${digest(userId)}`;
}

function digest(text: string): string {
  return hash('sha256', text, 'base64url');
}

function order(at: number): string {
  return (LAST_INSTANT - at).toString(36).padStart(11, '0');
}

function sorted(ended: EndedSession[]): EndedSession[] {
  return ended.sort((one, other) => other.endedAt - one.endedAt);
}

/** `undefined` for what a session of somebody left who chose such a name for a user. */
function decode({ data }: SessionRecord): EndedSession | undefined {
  try {
    const ending = JSON.parse(data);
    return typeof ending?.endedAt === 'number' && typeof ending.id === 'string'
      ? ending
      : undefined;
  } catch {
    return undefined;
  }
}
