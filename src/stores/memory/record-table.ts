import type { SessionEntry, SessionRecord, StoredSession } from '../contract.js';
import { numberPages, type Pages, valuePages } from './pages.js';
import { Rings } from './rings.js';
import { SlotIndex } from './slot-index.js';

/** Slots that begin a ring and never hold a record; to the index, 0 means none. */
const ANONYMOUS = 0;
const SIGNED_IN = 1;
const FREE = 2;
const RINGS = [ANONYMOUS, SIGNED_IN, FREE] as const;

/**
 * The numbers of a slot. The deadline of a slot without a record is NaN: neither live nor due at
 * any time.
 */
const WIDTH = 4;
const CREATED_AT = 0;
const TOUCHED_AT = 1;
const EXPIRES_AT = 2;
const VERSION = 3;

interface Contents {
  readonly data: string;
  readonly userId: string | undefined;
  readonly ipAddress: string | undefined;
  readonly userAgent: string | undefined;
}

/**
 * Records in numbered slots, least recently used first. Times, versions and links lie in typed
 * arrays: as fields of objects they would cost 16 bytes more each.
 */
export class RecordTable {
  readonly #numbers: Pages<number> = numberPages();
  readonly #ids: Pages<string | undefined> = valuePages<string>();
  /** Only the text where a record has nothing else. */
  readonly #contents: Pages<string | Contents | undefined> = valuePages<string | Contents>();
  readonly #byId: SlotIndex = new SlotIndex((slot) => this.#ids.get(slot) as string);
  /** One slot of each user, who may have more in a ring. */
  readonly #byUser: SlotIndex = new SlotIndex((slot) => this.#userId(slot) as string);
  readonly #userRings: Rings = new Rings();
  readonly #order: Rings = new Rings();
  #end: number = RINGS.length;
  #size = 0;

  constructor() {
    for (const slot of RINGS) {
      this.#order.start(slot);
      this.#numbers.set(slot * WIDTH + EXPIRES_AT, Number.NaN);
    }
  }

  /** No slot from here on holds a record. */
  get end(): number {
    return this.#end;
  }

  get size(): number {
    return this.#size;
  }

  /** The slot of a live record, or 0. An expired one is freed on the way. */
  find(id: string, now: number): number {
    const slot = this.#byId.find(id);
    if (slot === 0 || this.isLive(slot, now)) return slot;
    this.remove(slot);
    return 0;
  }

  isLive(slot: number, now: number): boolean {
    return this.#numbers.get(slot * WIDTH + EXPIRES_AT) > now;
  }

  version(slot: number): number {
    return this.#numbers.get(slot * WIDTH + VERSION);
  }

  read(slot: number): StoredSession<number> {
    return { record: this.#record(slot), version: this.version(slot) };
  }

  /** Adds a record whose id has no slot. */
  add(id: string, record: SessionRecord, version: number): void {
    const slot = this.#takeSlot();
    this.#ids.set(slot, id);
    this.#byId.add(slot);
    this.#fill(slot, record, version);
    this.#joinUser(slot);
    this.#size++;
  }

  replace(slot: number, record: SessionRecord, version: number): void {
    this.#order.leave(slot);
    const sameUser = record.userId === this.#userId(slot);
    if (!sameUser) this.#leaveUser(slot);
    this.#fill(slot, record, version);
    if (!sameUser) this.#joinUser(slot);
  }

  touch(slot: number, expiresAt: number, touchedAt: number): void {
    this.#numbers.set(slot * WIDTH + EXPIRES_AT, expiresAt);
    this.#numbers.set(slot * WIDTH + TOUCHED_AT, touchedAt);
    this.use(slot);
  }

  /** Makes it the most recently used one. */
  use(slot: number): void {
    this.#order.leave(slot);
    this.#order.joinBefore(slot, this.#ring(slot));
  }

  remove(slot: number): void {
    this.#order.leave(slot);
    this.#leaveUser(slot);
    this.#byId.remove(slot);
    this.#ids.set(slot, undefined);
    this.#contents.set(slot, undefined);
    this.#numbers.set(slot * WIDTH + EXPIRES_AT, Number.NaN);
    this.#order.joinBefore(slot, FREE);
    this.#size--;
  }

  /** Removes the least recently used record, one without a user if there is any (F-20). */
  evict(): void {
    const anonymous = this.#order.next(ANONYMOUS);
    this.remove(anonymous === ANONYMOUS ? this.#order.next(SIGNED_IN) : anonymous);
  }

  /** The slots of one user, expired ones included. */
  *slotsOf(userId: string): Generator<number> {
    const first = this.#byUser.find(userId);
    if (first === 0) return;
    yield first;
    for (let slot = this.#userRings.next(first); slot !== first; slot = this.#userRings.next(slot))
      yield slot;
  }

  /** Whether a slot holds a record with a deadline at or before `before`. */
  isDue(slot: number, before: number): boolean {
    return this.#numbers.get(slot * WIDTH + EXPIRES_AT) <= before;
  }

  entry(slot: number): SessionEntry {
    return { id: this.#ids.get(slot) as string, record: this.#record(slot) };
  }

  #record(slot: number): SessionRecord {
    const contents = this.#contents.get(slot) as string | Contents;
    const record: { -readonly [Field in keyof SessionRecord]: SessionRecord[Field] } = {
      data: typeof contents === 'string' ? contents : contents.data,
      createdAt: this.#numbers.get(slot * WIDTH + CREATED_AT),
      touchedAt: this.#numbers.get(slot * WIDTH + TOUCHED_AT),
      expiresAt: this.#numbers.get(slot * WIDTH + EXPIRES_AT),
    };
    if (typeof contents === 'object') {
      if (contents.userId !== undefined) record.userId = contents.userId;
      if (contents.ipAddress !== undefined) record.ipAddress = contents.ipAddress;
      if (contents.userAgent !== undefined) record.userAgent = contents.userAgent;
    }
    return record;
  }

  #userId(slot: number): string | undefined {
    const contents = this.#contents.get(slot);
    return typeof contents === 'object' ? contents.userId : undefined;
  }

  #ring(slot: number): number {
    return this.#userId(slot) === undefined ? ANONYMOUS : SIGNED_IN;
  }

  #takeSlot(): number {
    const slot = this.#order.next(FREE);
    if (slot === FREE) return this.#end++;
    this.#order.leave(slot);
    return slot;
  }

  #fill(slot: number, record: SessionRecord, version: number): void {
    this.#contents.set(slot, contentsOf(record));
    this.#numbers.set(slot * WIDTH + CREATED_AT, record.createdAt);
    this.#numbers.set(slot * WIDTH + TOUCHED_AT, record.touchedAt);
    this.#numbers.set(slot * WIDTH + EXPIRES_AT, record.expiresAt);
    this.#numbers.set(slot * WIDTH + VERSION, version);
    this.#order.joinBefore(slot, this.#ring(slot));
  }

  #joinUser(slot: number): void {
    const userId = this.#userId(slot);
    if (userId === undefined) return;
    const first = this.#byUser.find(userId);
    if (first === 0) {
      this.#userRings.start(slot);
      this.#byUser.add(slot);
    } else {
      this.#userRings.joinBefore(slot, first);
    }
  }

  /** Takes a slot, whose contents are still there, out of the ring of its user. */
  #leaveUser(slot: number): void {
    const userId = this.#userId(slot);
    if (userId === undefined) return;
    const next = this.#userRings.next(slot);
    if (this.#byUser.find(userId) === slot) {
      this.#byUser.remove(slot);
      if (next !== slot) this.#byUser.add(next);
    }
    this.#userRings.leave(slot);
  }
}

function contentsOf({ data, userId, ipAddress, userAgent }: SessionRecord): string | Contents {
  const text = inOnePiece(data);
  if (userId === undefined && ipAddress === undefined && userAgent === undefined) return text;
  return { data: text, userId, ipAddress, userAgent };
}

/**
 * The same text. V8 keeps a concatenated text as its parts, and with them the texts they were cut
 * from, until one of its characters is asked for: half as much memory again for a session.
 */
function inOnePiece(text: string): string {
  return text.charCodeAt(0) >= 0 ? text : '';
}
