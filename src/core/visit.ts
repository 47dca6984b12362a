import type { SessionData } from '../data/data.js';
import { Journal } from '../data/journal.js';
import type { Facts } from '../data/record-format.js';
import type { Request } from '../http/request.js';
import type { Presented } from '../http/transport.js';
import { createHandle } from '../keys/token.js';
import { type Clocks, clocksOf } from './expiry.js';
import { Line } from './lines.js';
import type { Settings } from './options.js';
import { flashRules } from './page.js';
import type { Held, Place } from './persistence.js';
import type { LookUp } from './renewal.js';
import { type Arrival, NOWHERE, type Outcome, type VisitMode, type Where } from './visit-states.js';

type Part = Pick<Settings, 'createData' | 'clocks' | 'now' | 'flash'>;

/**
 * All facts about one session in one request. Other code reports by methods, and writes no fields.
 */
export class Visit {
  readonly request: Request;
  readonly presented: Presented;
  readonly mode: VisitMode;
  /** The asynchronous verbs of this visit, one after the other. */
  readonly turns: Line = new Line();
  /** Ids of other sessions behind tokens of this request; `login` ends them. */
  readonly rivals: readonly string[];
  readonly #part: Part;
  #journal: Journal | undefined;
  #where: Where = NOWHERE;
  #arrival: Arrival | undefined;
  #via: string | undefined;
  #createdAt: number;
  #userId: string | undefined;
  #outcome: Outcome = 'unchanged';
  #failure: unknown;
  #isFinal = false;
  #isAccessed = false;
  #asked: Set<string> | undefined;
  #hasResponded = false;
  #hasEnded = false;
  #reasons: string[] = [];

  constructor(
    request: Request,
    presented: Presented,
    part: Part,
    mode: VisitMode = {},
    rivals: readonly string[] = [],
  ) {
    this.request = request;
    this.presented = presented;
    this.mode = mode;
    this.rivals = rivals;
    this.#part = part;
    this.#createdAt = part.now();
  }

  get where(): Where {
    return this.#where;
  }

  get held(): Held | undefined {
    return this.#where.kind === 'stored' ? this.#where.held : undefined;
  }

  /** Made when it is needed: most visits continue a session that was read. */
  get journal(): Journal {
    this.#journal ??= this.#newJournal(this.#part.createData());
    return this.#journal;
  }

  /** The user who owns the data, even when others ended the session meanwhile. */
  get userId(): string | undefined {
    return this.#userId;
  }

  get lookUp(): LookUp {
    return this.mode.lookUp ?? 'commit';
  }

  /** Whether a client sent a token; a change from outside a request has no client. */
  get hasClient(): boolean {
    return this.lookUp === 'commit';
  }

  /** The id of the client's token, when the session has another id by now. */
  get via(): string | undefined {
    return this.#via;
  }

  /** The client's token, and the deadline in its cookie. */
  get arrival(): Arrival | undefined {
    return this.#arrival;
  }

  get createdAt(): number {
    return this.#createdAt;
  }

  get outcome(): Outcome {
    return this.#outcome;
  }

  /** The facts about the session beside its data. */
  get facts(): Facts {
    const { data } = this.journal;
    if (data.facts.handle === '') data.facts = { ...data.facts, handle: createHandle() };
    return data.facts;
  }

  get clocks(): Clocks {
    return clocksOf(this.#part.clocks, this.journal.data.facts);
  }

  /** Why the response must fail: a failed commit, or a failed verb that nobody repeated. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Whether a commit failed. Nothing of this visit is stored from then on. */
  get isFinal(): boolean {
    return this.#isFinal;
  }

  /** Whether the handler looked at the session, so that the response depends on it. */
  get isAccessed(): boolean {
    return this.#isAccessed;
  }

  /** Whether the session has to be touched, or may not be left to its client. */
  isAskedFor(what: 'touch' | 'store'): boolean {
    return this.#asked?.has(what) === true;
  }

  /** Whether the head of the response is decided. */
  get hasResponded(): boolean {
    return this.#hasResponded;
  }

  /** Whether a verb of this visit ended a session whose token the client still has. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Whether nothing of this visit can be stored, so the handler's values are frozen. */
  get isReadOnly(): boolean {
    const { isReadOnly = false, outage } = this.mode;
    return this.#isFinal || isReadOnly || outage !== undefined;
  }

  /** The reasons for the present state, oldest first. */
  get reasons(): readonly string[] {
    return this.#reasons;
  }

  note(reason: string): void {
    this.#reasons.push(reason);
  }

  access(): void {
    this.#isAccessed = true;
  }

  askFor(what: 'touch' | 'store'): void {
    this.#asked = new Set(this.#asked).add(what);
  }

  respond(): void {
    this.#hasResponded = true;
  }

  /** The visit found its session: `held`, reached by the client's `token`, if it has one. */
  resume(held: Held, data: SessionData, token: string | undefined, via: string | undefined): void {
    const { provisionalUntil: expiresAt = held.record.expiresAt } = data.facts;
    const record = { ...held.record, expiresAt };
    this.#where = { kind: 'stored', held: { ...held, record } };
    this.#journal = this.#newJournal(data);
    this.#createdAt = held.record.createdAt;
    this.#userId = held.record.userId;
    this.#arrival = token === undefined ? undefined : { token, expiresAt: record.expiresAt };
    this.#via = via;
    // An older secret made the client's token. The touch makes sure that the new one is valid.
    if (token !== undefined && held.token !== token) this.askFor('touch');
  }

  /** The id of a session is needed before the session is stored. */
  plan(place: Place): Place {
    this.#where = { kind: 'planned', place };
    return place;
  }

  /** A fact beside the data of the session changed. */
  learn(news: Partial<Facts>): void {
    this.journal.data.facts = { ...this.facts, ...news };
  }

  /** The session is stored as `held`, with all changes up to now. */
  stored(held: Held, outcome: Outcome, facts: Facts = this.facts): Outcome {
    this.journal.data.facts = facts;
    this.#where = { kind: 'stored', held };
    this.#createdAt = held.record.createdAt;
    this.#userId = held.record.userId;
    this.#asked?.delete('touch');
    this.journal.settle();
    this.#outcome = outcome;
    return outcome;
  }

  /** Another request stored the session meanwhile, perhaps under another id. */
  follow(held: Held, data: SessionData): void {
    this.#goTo(held);
    this.journal.rebase(data);
  }

  /** The record contains this visit's commit, whose reply was lost; others wrote it last. */
  recognise(held: Held, data: SessionData): Outcome {
    this.journal.settle();
    this.follow(held, data);
    return this.stored(held, 'updated');
  }

  /** The session has a token that this response carries. */
  moved(held: Held, outcome: Outcome, facts: Facts): Outcome {
    this.#via = undefined;
    return this.stored(held, outcome, facts);
  }

  /** Others ended the session, or moved it where this visit cannot follow. */
  lose(): Outcome {
    this.#where = { kind: 'gone' };
    this.#outcome = 'gone';
    return 'gone';
  }

  /** A verb of this visit ended the session. */
  end(): Outcome {
    this.#hasEnded = true;
    this.#userId = undefined;
    this.#where = { kind: 'ended' };
    this.#journal = undefined;
    this.#outcome = 'destroyed';
    return 'destroyed';
  }

  /** An empty session begins in place of the one that ended. */
  begin(): void {
    this.#where = NOWHERE;
    this.#via = undefined;
    this.#createdAt = this.#part.now();
  }

  /** The session begins anew with the data that this visit saw. */
  beginWithData(): void {
    this.journal.detach();
    this.begin();
  }

  /** The store did not answer: an empty session stands in. */
  standIn(): void {
    this.#where = { kind: 'unreadable' };
  }

  /** Drops all changes and goes on with the data that was read again. */
  reload(held: Held | undefined, data: SessionData): Outcome {
    this.journal.restart(data);
    this.#userId = held?.record.userId;
    if (held === undefined) {
      if (this.held !== undefined) return this.lose();
    } else this.#goTo(held);
    this.#outcome = 'unchanged';
    return 'unchanged';
  }

  refuse(): Outcome {
    this.#outcome = 'refused';
    return 'refused';
  }

  /** A commit failed. With `isFinal`, the store may have it nevertheless. */
  fail(error: unknown, isFinal: boolean): void {
    this.#failure ??= error;
    this.#isFinal ||= isFinal;
  }

  /** A failed verb was repeated and succeeded. */
  recover(): void {
    if (!this.#isFinal) this.#failure = undefined;
  }

  #goTo(held: Held): void {
    const id = this.held?.id;
    if (this.hasClient && id !== undefined && id !== held.id) this.#via ??= id;
    this.#where = { kind: 'stored', held };
  }

  #newJournal(data: SessionData): Journal {
    return new Journal(data, () => flashRules(this, this.#part.flash));
  }
}
