import {
  isMoved,
  type PageOptions,
  type SessionEntry,
  type SessionPage,
  type SessionRecord,
  type StoredSession,
} from '../contract.js';
import { type Contents, contentsOf } from './contents.js';
import { wholeNumber } from './cursor.js';
import { integerPages, numberPages, type Pages, valuePages } from './pages.js';
import { Rings } from './rings.js';
import { SlotIndex } from './slot-index.js';

/**
 * Slots that begin a ring and never hold a record; to the index, 0 means none. New records have no
 * user, and nobody read or wrote them since they were made; records of a log count as such.
 */
const NEW = 0;
const ANONYMOUS = 1;
const SIGNED_IN = 2;
const FREE = 3;
const RINGS = [NEW, ANONYMOUS, SIGNED_IN, FREE] as const;

/** The numbers of a slot. Without a record its deadline is NaN: never live and never due. */
const WIDTH = 4;
const CREATED_AT = 0;
const TOUCHED_AT = 1;
const EXPIRES_AT = 2;
const VERSION = 3;

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
  /** How many bytes each record counts for. */
  readonly #sizes: Pages<number> = integerPages();
  /** The number of the last joining of a user: the ring of a user is in the order of these. */
  readonly #joinings: Pages<number> = numberPages();
  #lastJoining = 0;
  #bytes = 0;
  #end: number = RINGS.length;
  #count = 0;

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

  /** How many records there are. */
  get count(): number {
    return this.#count;
  }

  /** How many bytes all records count for. */
  get bytes(): number {
    return this.#bytes;
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

  /** Whether a slot holds a live record that lists and counts show. */
  isListed(slot: number, now: number): boolean {
    return this.isLive(slot, now) && !this.#isMoved(slot);
  }

  version(slot: number): number {
    return this.#numbers.get(slot * WIDTH + VERSION);
  }

  read(slot: number): StoredSession<number> {
    return { record: this.#record(slot), version: this.version(slot) };
  }

  /** Adds a record whose id has no slot. */
  add(id: string, record: SessionRecord, version: number, size: number): void {
    const slot = this.#takeSlot();
    this.#ids.set(slot, id);
    this.#byId.add(slot);
    this.#fill(slot, record, version, size);
    const ring = this.#ring(slot);
    const isTrace = this.#isMoved(slot) && record.touchedAt > 0;
    this.#order.joinBefore(slot, ring === ANONYMOUS && !isTrace ? NEW : ring);
    this.#joinUser(slot);
    this.#count++;
  }

  replace(slot: number, record: SessionRecord, version: number, size: number): void {
    this.#order.leave(slot);
    const sameUser = record.userId === this.#userId(slot);
    if (!sameUser) this.#leaveUser(slot);
    this.#fill(slot, record, version, size);
    this.#order.joinBefore(slot, this.#ring(slot));
    if (!sameUser) this.#joinUser(slot);
  }

  touch(slot: number, expiresAt: number, touchedAt: number): void {
    this.#raise(slot * WIDTH + EXPIRES_AT, expiresAt);
    this.#raise(slot * WIDTH + TOUCHED_AT, touchedAt);
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
    for (const list of [this.#ids, this.#contents]) list.set(slot, undefined);
    this.#resize(slot, 0);
    this.#numbers.set(slot * WIDTH + EXPIRES_AT, Number.NaN);
    this.#order.joinBefore(slot, FREE);
    this.#count--;
  }

  /** Removes the least recently used record but `kept`, of the first ring that has one (F-20). */
  evict(kept = 0): void {
    for (const ring of [NEW, ANONYMOUS, SIGNED_IN]) {
      const first = this.#order.next(ring);
      const slot = first === kept ? this.#order.next(first) : first;
      if (slot !== ring) return void this.remove(slot);
    }
  }

  /** How many bytes a slot counts for; 0 without a record. */
  size(slot: number): number {
    return this.#sizes.get(slot);
  }

  /** Listed records, in the order of their slots. A page goes through `maxSlots` at most. */
  page({ after, limit }: PageOptions, now: number, maxSlots: number): SessionPage {
    const entries: SessionEntry[] = [];
    let slot = Math.max(wholeNumber(after) + 1, RINGS.length);
    for (const end = Math.min(this.#end, slot + maxSlots); slot < end; slot++) {
      if (entries.length === limit) break;
      if (this.isListed(slot, now)) entries.push(this.entry(slot));
    }
    return { entries, next: slot < this.#end ? String(slot - 1) : undefined };
  }

  /**
   * Live records of one user, in the order of their joining. The cursor is the number of a joining
   * and its slot: where that is gone, the ring is searched from its beginning.
   */
  pageOfUser(
    userId: string,
    { after, limit }: PageOptions,
    now: number,
    maxSlots: number,
  ): SessionPage {
    const first = this.#byUser.find(userId);
    if (first === 0) return { entries: [] };
    const [joining, last] = (after ?? '').split('.').map(wholeNumber);
    let slot = first;
    if (joining !== undefined && last !== undefined) {
      if (this.#isJoined(last, joining, userId)) {
        slot = this.#userRings.next(last);
        if (slot === first) return { entries: [] };
      } else {
        while (this.#joinings.get(slot) <= joining) {
          slot = this.#userRings.next(slot);
          if (slot === first) return { entries: [] };
        }
      }
    }
    const entries: SessionEntry[] = [];
    for (let seen = 1; ; seen++) {
      if (this.isLive(slot, now)) entries.push(this.entry(slot));
      const cursor = `${this.#joinings.get(slot)}.${slot}`;
      slot = this.#userRings.next(slot);
      if (slot === first) return { entries };
      if (entries.length >= limit || seen === maxSlots) return { entries, next: cursor };
    }
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

  #isJoined(slot: number, joining: number, userId: string): boolean {
    const isSlot = slot >= RINGS.length && slot < this.#end;
    return isSlot && this.#joinings.get(slot) === joining && this.#userId(slot) === userId;
  }

  #raise(index: number, time: number): void {
    if (time > this.#numbers.get(index)) this.#numbers.set(index, time);
  }

  #resize(slot: number, size: number): void {
    this.#bytes += size - this.#sizes.get(slot);
    this.#sizes.set(slot, size);
  }

  #userId(slot: number): string | undefined {
    const contents = this.#contents.get(slot);
    return typeof contents === 'object' ? contents.userId : undefined;
  }

  #isMoved(slot: number): boolean {
    return isMoved({ createdAt: this.#numbers.get(slot * WIDTH + CREATED_AT) });
  }

  /** A moved record gives way as early as one without a user. */
  #ring(slot: number): number {
    return this.#isMoved(slot) || this.#userId(slot) === undefined ? ANONYMOUS : SIGNED_IN;
  }

  #takeSlot(): number {
    const slot = this.#order.next(FREE);
    if (slot === FREE) return this.#end++;
    this.#order.leave(slot);
    return slot;
  }

  #fill(slot: number, record: SessionRecord, version: number, size: number): void {
    this.#contents.set(slot, contentsOf(record));
    this.#resize(slot, size);
    this.#numbers.set(slot * WIDTH + CREATED_AT, record.createdAt);
    this.#numbers.set(slot * WIDTH + TOUCHED_AT, record.touchedAt);
    this.#numbers.set(slot * WIDTH + EXPIRES_AT, record.expiresAt);
    this.#numbers.set(slot * WIDTH + VERSION, version);
  }

  #joinUser(slot: number): void {
    const userId = this.#userId(slot);
    if (userId === undefined) return;
    this.#joinings.set(slot, ++this.#lastJoining);
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
