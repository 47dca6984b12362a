import { isDeepStrictEqual } from 'node:util';
import { isSessionError } from '../../src/core/errors.js';
import type { Session } from '../../src/core/session.js';
import type { Sessions } from '../../src/core/sessions.js';
import { tokenId } from '../../src/keys/token.js';
import type { History, Run } from './history.js';
import type { Acknowledgement, Opening } from './judge.js';
import { applyAll, type Content, EMPTY, type Operation } from './model.js';

/** What a handler may do, one thing after the other. */
export const STEPS = [
  'set a',
  'set b',
  'set note',
  'set nested',
  'delete a',
  'delete box',
  'delete nested',
  'clear',
  'increment',
  'increment nested',
  'push',
  'push nested',
  'pull a',
  'pull list',
  'update',
  'mutate',
  'flash',
  'reflash',
  'now',
  'touch',
  'wait',
  'save',
  'reload',
  'regenerate',
  'login',
  'invalidate',
  'destroy',
] as const;
export type Step = (typeof STEPS)[number];

/** The data of every session under test. */
export interface Data {
  a: string;
  b: string;
  n: number;
  text: string;
  list: string[];
  box: { n?: number; name?: string; items?: string[] };
  note: string;
}

/** The visitor's client, and what the explorer notes about all requests. */
export interface Visitor {
  readonly history: History;
  token: string;
  readonly acknowledgements: Acknowledgement[];
  readonly openings: Opening[];
  readonly wrong: string[];
  turn(label: string): Promise<void>;
}

/**
 * One request of a visitor, from the token that the client has to the token that it gets, followed
 * by what the model says about it.
 */
export class VisitorRequest implements Run {
  readonly name: string;
  readonly server: number;
  pending: readonly Operation[] = [];
  isHeld = false;
  readonly #sessions: Sessions<Data>;
  readonly #visitor: Visitor;
  /** What the session held when it was last read or written. */
  #base: Content = EMPTY;
  /** What only this request sees. */
  #passing = new Map<string, unknown>();
  #flashedBefore = new Set<string>();
  /** Keys that this request flashed and stored. */
  #flashedHere = new Set<string>();
  #hasEnded = false;
  #isOver = false;
  /** Whether a login found the session gone, so that the response fails. */
  #hasFailed = false;
  #stepNumber = 0;

  constructor(name: string, server: number, sessions: Sessions<Data>, visitor: Visitor) {
    this.name = name;
    this.server = server;
    this.#sessions = sessions;
    this.#visitor = visitor;
  }

  async handle(steps: readonly Step[]): Promise<void> {
    const { history, openings } = this.#visitor;
    await this.#visitor.turn(`${this.name} begins`);
    const { token } = this.#visitor;
    const startedAt = history.tick();
    const session = await this.#sessions.open({ 'x-session': token });
    if (token !== '')
      openings.push({ run: this, id: tokenId(token), startedAt, isFound: !session.isNew });
    this.isHeld = !session.isNew;
    this.#readAgain(session, startedAt);
    this.#look(session);
    for (const step of steps) {
      if (this.#isOver) break;
      await this.#take(step, session);
    }
    await this.#respond(session);
  }

  async #respond(session: Session<Data>): Promise<void> {
    if (this.#hasFailed) {
      const isFailed = await this.#sessions.commit(session).then(
        () => false,
        () => true,
      );
      if (!isFailed) this.#visitor.wrong.push(`${this.name} answers, though its login failed`);
      return;
    }
    const headers = await this.#sessions.commit(session);
    if (!this.#isOver) this.#acknowledge(session.outcome);
    const sent = headers.find(([name]) => name === 'x-session')?.[1];
    if (session.outcome === 'gone' && sent !== undefined && !this.#hasEnded) {
      this.#visitor.wrong.push(
        `${this.name} is gone and sent '${sent === '' ? '' : tokenId(sent).slice(0, 4)}'`,
      );
    }
    await this.#visitor.turn(`${this.name} answers`);
    if (sent !== undefined) this.#visitor.token = sent;
  }

  async #take(step: Step, session: Session<Data>): Promise<void> {
    const tag = `${this.name}.${++this.#stepNumber}`;
    switch (step) {
      case 'set a':
      case 'set b':
      case 'set note': {
        const key = step === 'set a' ? 'a' : step === 'set b' ? 'b' : 'note';
        session.set(key, tag);
        return this.#note({ kind: 'set', key, value: tag });
      }
      case 'set nested':
        session.set('box.name', tag);
        return this.#note({ kind: 'setInner', key: 'box', inner: 'name', value: tag });
      case 'delete a':
      case 'delete box': {
        const key = step === 'delete a' ? 'a' : 'box';
        session.delete(key);
        return this.#note({ kind: 'delete', key });
      }
      case 'delete nested':
        if (session.delete('box.name')) this.#note({ kind: 'remove', key: 'box', inner: 'name' });
        return;
      case 'clear':
        session.clear();
        return this.#note({ kind: 'clear' });
      case 'increment':
        session.increment('n');
        return this.#note({ kind: 'increment', key: 'n' });
      case 'increment nested':
        session.increment('box.n');
        return this.#note({ kind: 'increment', key: 'box', inner: 'n' });
      case 'push':
        session.push('list', tag);
        return this.#note({ kind: 'push', key: 'list', value: tag });
      case 'push nested':
        session.push('box.items', tag);
        return this.#note({ kind: 'push', key: 'box', inner: 'items', value: tag });
      case 'pull a':
      case 'pull list': {
        const key = step === 'pull a' ? 'a' : 'list';
        session.pull(key);
        return this.#note({ kind: 'delete', key });
      }
      case 'update':
        session.update('text', (present = '') => `${present} ${tag}`);
        return this.#note({ kind: 'append', key: 'text', text: ` ${tag}` });
      case 'mutate': {
        const box = session.get('box');
        if (box === undefined) return;
        box.items = [...(box.items ?? []), tag];
        return this.#note({ kind: 'set', key: 'box', value: structuredClone(box) });
      }
      case 'flash':
        session.flash('note', tag);
        return this.#note({ kind: 'flash', key: 'note', value: tag });
      case 'reflash': {
        const { data } = this.#view();
        const seen = [...this.#flashedBefore];
        session.reflash();
        for (const key of seen) this.#note({ kind: 'flash', key, value: data[key] });
        return;
      }
      case 'now':
        session.now('note', tag);
        this.#passing.set('note', tag);
        this.#flashedBefore.delete('note');
        return;
      case 'touch':
        session.touch();
        return;
      case 'wait':
        return this.#visitor.turn(`${this.name} waits`);
      case 'save':
        return this.#settle(session, await session.save());
      case 'reload': {
        const startedAt = this.#visitor.history.tick();
        if ((await session.reload()) === 'gone' && this.isHeld) return this.#acknowledge('gone');
        this.#readAgain(session, startedAt);
        return this.#look(session);
      }
      case 'regenerate':
        return this.#move(session, () => session.regenerate());
      case 'login':
        return this.#move(session, () => session.login(`user of ${tag}`));
      case 'invalidate':
      case 'destroy':
        return this.#end(step, session);
    }
  }

  async #move(session: Session<Data>, verb: () => Promise<string>): Promise<void> {
    const ended = session.isNew ? undefined : session.id;
    try {
      const outcome = await verb();
      this.#settle(session, outcome, outcome === 'regenerated' ? ended : undefined);
    } catch (error) {
      if (!isSessionError(error, 'conflict') || session.outcome !== 'gone') throw error;
      this.#hasFailed = true;
      this.#isOver = true;
      this.#acknowledge('gone');
    }
  }

  async #end(verb: 'invalidate' | 'destroy', session: Session<Data>): Promise<void> {
    const ended = session.isNew ? undefined : session.id;
    this.pending = [];
    const outcome = await session[verb]();
    this.#hasEnded ||= outcome === 'destroyed';
    this.#isOver = verb === 'destroy';
    this.isHeld = false;
    this.#base = EMPTY;
    this.#passing = new Map();
    this.#flashedBefore = new Set();
    this.#flashedHere = new Set();
    this.#acknowledge(outcome, ended);
  }

  #settle(session: Session<Data>, outcome: string, ended?: string): void {
    for (const operation of this.pending)
      if (operation.kind === 'flash') this.#flashedHere.add(operation.key);
    this.#acknowledge(outcome, ended);
    if (outcome === 'gone') return;
    const write = this.#visitor.history.lastOf(this, 'create', 'update');
    const hasWritten = ['created', 'updated', 'regenerated'].includes(outcome);
    this.#base = (hasWritten ? write?.content : this.#baseOf(session)) ?? this.#base;
    this.isHeld = !session.isNew;
    this.#look(session);
  }

  /**
   * A touch goes in line with the writes of its server, and may show what one of them left:
   * whatever was there already is as good as the next.
   */
  #baseOf(session: Session<Data>): Content | undefined {
    const shown = { ...session.all() };
    return this.#visitor.history.calls
      .filter(({ id, verb }) => id === session.id && (verb === 'create' || verb === 'update'))
      .map(({ content }) => content)
      .find((content) => content !== undefined && isDeepStrictEqual(this.#shownOf(content), shown));
  }

  #acknowledge(outcome: string, ended?: string): void {
    const { acknowledgements, history } = this.#visitor;
    const { pending: operations, isHeld } = this;
    acknowledgements.push({ run: this, outcome, operations, at: history.tick(), isHeld, ended });
    this.pending = [];
  }

  /**
   * Follows an open or a reload: the session is what the last read found, and flash of the request
   * before is on its way out.
   */
  #readAgain(session: Session<Data>, since: number): void {
    const read = this.isHeld ? this.#visitor.history.lastRead(this.server, session.id) : undefined;
    if (read !== undefined && read.startedAt < since)
      this.#visitor.wrong.push(`${this.name} got what was read before it asked`);
    this.#base = read?.content ?? EMPTY;
    const { data, flash } = this.#base;
    const before = Object.keys(flash).filter((key) => !this.#flashedHere.has(key));
    this.#passing = new Map(before.map((key) => [key, data[key]]));
    this.#flashedBefore = new Set(before);
    this.pending = before.map((key) => ({ kind: 'expire', key, commit: flash[key] ?? '' }));
  }

  #note(operation: Operation): void {
    this.pending = [...this.pending, operation];
    for (const key of 'key' in operation ? [operation.key] : [...this.#passing.keys()]) {
      this.#passing.delete(key);
      this.#flashedBefore.delete(key);
    }
  }

  #view(): Content {
    const { data, flash } = applyAll(this.#base, this.pending);
    return { data: this.#shownOf({ data, flash }), flash };
  }

  #shownOf({ data }: Content): Content['data'] {
    return { ...data, ...Object.fromEntries(this.#passing) };
  }

  /** Compares what the session shows with what the model says. */
  #look(session: Session<Data>): void {
    const { data } = this.#view();
    const shown = { ...session.all() };
    if (!isDeepStrictEqual(shown, data)) {
      this.#visitor.wrong.push(
        `${this.name} sees ${JSON.stringify(shown)}, expected ${JSON.stringify(data)}`,
      );
    }
  }
}
