import { isDeepStrictEqual } from 'node:util';
import { isSessionError } from '../../src/core/errors.js';
import type { Session } from '../../src/core/session.js';
import type { Sessions } from '../../src/core/sessions.js';
import { tokenId } from '../../src/keys/token.js';
import type { Call, Run } from './history.js';
import type { Content, Operation } from './model.js';
import { EMPTY } from './model.js';
import { USER } from './outside.js';
import type { RequestPlan } from './program.js';
import { DATA_STEPS, type Data, isDataStep, takeDataStep } from './steps.js';
import { View } from './view.js';
import type { Visitor } from './visitor.js';

/** What a handler may do, one thing after the other. */
export const STEPS = [
  ...DATA_STEPS,
  'wait',
  'save',
  'reload',
  'regenerate',
  'login',
  'login bob',
  'revoke others',
  'invalidate',
  'destroy',
] as const;
export type Step = (typeof STEPS)[number];

/** What came of a step: the outcome of the core, or an error of it. */
type Result = { readonly outcome: string } | { readonly code: string };

/**
 * One request of a device, from the token that the client has to the token that it gets, followed
 * by what the model says about it.
 */
export class VisitorRequest implements Run {
  readonly name: string;
  readonly server: number;
  readonly #plan: RequestPlan;
  readonly #sessions: Sessions<Data>;
  readonly #visitor: Visitor;
  readonly #view: View;
  /** Whether the session that it works with is stored already, and the id that it has or had. */
  #isHeld = false;
  #id = '';
  /** Whose data the request sees. */
  #userId: string | undefined;
  #startedAt = 0;
  #hasEnded = false;
  #isOver = false;
  /** Whether a verb failed, so that the response must fail. */
  #hasFailed = false;
  #stepNumber = 0;

  constructor(name: string, plan: RequestPlan, sessions: Sessions<Data>, visitor: Visitor) {
    this.name = name;
    this.server = plan.server;
    this.#plan = plan;
    this.#sessions = sessions;
    this.#visitor = visitor;
    this.#view = new View(visitor.endsWithPage);
  }

  get pending(): readonly Operation[] {
    return this.#view.pending;
  }

  get base(): Content {
    return this.#view.base;
  }

  async handle(): Promise<void> {
    await this.#visitor.turn(`${this.name} begins`);
    const { device, isOld, steps } = this.#plan;
    const client = this.#visitor.device(device);
    const session = await this.#open(isOld ? client.firstToken : client.token);
    if (session === undefined) return;
    for (const step of steps) {
      if (this.#isOver) break;
      await this.#take(step, session);
    }
    if (this.#hasFailed) await this.#failToRespond(session);
    else await this.#respond(session);
  }

  /** `undefined` when a fault kept the session from being read, or a replay from being ended. */
  async #open(token: string): Promise<Session<Data> | undefined> {
    const { history, openings, clock } = this.#visitor;
    const { device, isOld } = this.#plan;
    const startedAt = history.tick();
    this.#startedAt = startedAt;
    const since = clock.now();
    let opened: Session<Data> | undefined;
    const result = await outcomeOf(async () => {
      opened = await this.#sessions.open({ 'x-session': token });
      return opened.outcome;
    });
    if (opened === undefined) {
      if (!this.#visitor.mayConflict) this.#blame(`cannot open: ${JSON.stringify(result)}`);
      return undefined;
    }
    const session = opened;
    this.#isHeld = !session.isNew;
    this.#id = session.id;
    this.#userId = session.userId;
    const handle = this.#isHeld ? session.handle : undefined;
    const isDead = session.outcome === 'gone';
    const came = { run: this, device, isOld, startedAt, since, handle, isDead };
    if (token !== '') openings.push({ ...came, id: tokenId(token), isFound: this.#isHeld });
    this.#readAgain(session, startedAt);
    return session;
  }

  async #respond(session: Session<Data>): Promise<void> {
    let sent: string | undefined;
    this.#view.show();
    const result = await outcomeOf(async () => {
      const { headers } = await this.#sessions.commit(session);
      sent = headers.find(([name]) => name === 'x-session')?.[1];
      return session.outcome;
    });
    if ('code' in result) return this.#fail(session, result.code);
    if (!this.#isOver) this.#acknowledge('commit', session, result.outcome);
    if (sent !== undefined && result.outcome === 'gone' && !this.#hasEnded)
      this.#blame(`is gone and sent ${sent === '' ? 'an end' : 'a token'}`);
    await this.#visitor.turn(`${this.name} answers`);
    if (sent === undefined || this.#plan.isAnswerLost) return;
    this.#visitor.device(this.#plan.device).token = sent;
  }

  async #failToRespond(session: Session<Data>): Promise<void> {
    const result = await outcomeOf(async () => {
      await this.#sessions.commit(session);
      return session.outcome;
    });
    if (!('code' in result)) this.#blame('answers, though a verb of it failed');
  }

  async #take(step: Step, session: Session<Data>): Promise<void> {
    const tag = `${this.name}.${++this.#stepNumber}`;
    if (isDataStep(step)) return takeDataStep(step, session, this.#view, tag);
    switch (step) {
      case 'wait':
        return this.#visitor.turn(`${this.name} waits`);
      case 'save':
        return this.#settle(step, session, await outcomeOf(() => session.save()));
      case 'reload':
        return this.#reload(session);
      case 'regenerate':
        return this.#move(step, session, () => session.regenerate());
      case 'login':
        return this.#logIn(step, session, USER);
      case 'login bob':
        return this.#logIn(step, session, 'bob');
      case 'revoke others':
        return this.#revokeOthers(session);
      case 'invalidate':
      case 'destroy':
        return this.#end(step, session);
    }
  }

  async #reload(session: Session<Data>): Promise<void> {
    const startedAt = this.#visitor.history.tick();
    const wasHeld = this.#isHeld;
    const result = await outcomeOf(() => session.reload());
    if ('code' in result) return this.#fail(session, result.code);
    if (result.outcome === 'gone') {
      if (!wasHeld) return;
      this.#isHeld = false;
      this.#userId = undefined;
      this.#view.pending = [];
      this.#acknowledge('reload', session, 'gone');
      this.#view.read(EMPTY);
      return;
    }
    this.#readAgain(session, startedAt);
  }

  async #logIn(step: Step, session: Session<Data>, userId: string): Promise<void> {
    const takeBack = this.#view.remember();
    if (this.#userId !== undefined && this.#userId !== userId) this.#view.note({ kind: 'clear' });
    let isRefused = false;
    await this.#move(step, session, async () => {
      try {
        return await session.login(userId);
      } catch (error) {
        isRefused = isSessionError(error, 'session-limit');
        throw error;
      }
    });
    if (isRefused) this.#stay(session, takeBack);
    else if (!this.#isOver) this.#userId = userId;
  }

  /** A login was refused: the visitor is as before, or has an empty session if it was too late. */
  #stay(session: Session<Data>, takeBack: () => void): void {
    this.#isHeld = !session.isNew;
    if (session.isNew && Object.keys(session.all()).length === 0) {
      this.#hasEnded = true;
      this.#userId = undefined;
      this.#view.begin();
    } else takeBack();
    this.#look(session);
  }

  /** A verb that failed is tried once more, as a careful handler would. */
  async #move(step: Step, session: Session<Data>, verb: () => Promise<string>): Promise<void> {
    const before = session.isNew ? undefined : session.id;
    let result = await outcomeOf(verb);
    if ('code' in result && result.code === 'session-limit')
      return this.#acknowledge(step, session, 'failed');
    if ('code' in result) {
      const isDecided = this.#hasMoved(session, before);
      this.#acknowledge(step, session, 'failed');
      if (isDecided) this.#isHeld = true;
      if (isDecided) this.#view.settle(true, this.#candidates(session), { ...session.all() });
      else this.#view.pending = [...this.#view.pending];
      result = await outcomeOf(verb);
      if ('code' in result && result.code === 'session-limit')
        return this.#acknowledge(step, session, 'failed');
    }
    const isMoved = 'outcome' in result && result.outcome === 'regenerated';
    this.#settle(step, session, result, isMoved ? before : undefined);
  }

  /** Whether this request made the record of its session: the verb that failed was decided. */
  #hasMoved(session: Session<Data>, before: string | undefined): boolean {
    if (session.isNew || session.id === before) return false;
    const { id } = session;
    return this.#visitor.history.calls.some(
      (call) => call.verb === 'create' && call.id === id && call.run === this,
    );
  }

  async #end(verb: 'invalidate' | 'destroy', session: Session<Data>): Promise<void> {
    const before = session.isNew ? undefined : session.id;
    const handle = session.isNew ? undefined : session.handle;
    const result = await outcomeOf(() => session[verb]());
    if ('code' in result) return this.#fail(session, result.code);
    if (result.outcome === 'gone') return this.#settle(verb, session, result);
    this.#view.pending = [];
    this.#acknowledge(verb, session, result.outcome, before, handle);
    this.#hasEnded = true;
    this.#isOver = verb === 'destroy';
    this.#isHeld = false;
    this.#userId = undefined;
    this.#view.begin();
  }

  async #revokeOthers(session: Session<Data>): Promise<void> {
    const { userId, handle } = session;
    if (userId === undefined) return;
    const { history, clock, acknowledgements } = this.#visitor;
    const note = { startedAt: history.tick(), since: clock.now(), handle };
    const result = await outcomeOf(async () =>
      String(await this.#sessions.destroyUser(userId, { except: handle })),
    );
    acknowledgements.push({
      ...note,
      run: this,
      device: this.#plan.device,
      kind: `destroy user except${userId === USER ? '' : ' (bob)'}`,
      outcome: 'outcome' in result ? result.outcome : 'failed',
      count: 0,
      operations: [],
      at: history.tick(),
    });
  }

  /** A commit or a verb ended. */
  #settle(kind: string, session: Session<Data>, result: Result, ended?: string): void {
    if ('code' in result) {
      this.#fail(session, result.code);
      return;
    }
    const { outcome } = result;
    const isUntold = outcome === 'unchanged' || outcome === 'touched';
    // Flash whose time is over may wait for the response when the store refuses the write.
    if (isUntold && this.#visitor.mayConflict && this.pending.every(isExpiry)) return;
    this.#acknowledge(kind, session, outcome, ended);
    const isStored = outcome !== 'gone';
    const found = this.#candidates(session);
    const candidates = isStored ? [...found, this.base] : [this.base, ...found];
    if (isStored) this.#isHeld = !session.isNew;
    else this.#isHeld = false;
    this.#view.settle(isStored, candidates, { ...session.all() });
    this.#look(session);
  }

  /** What the session may have held since this request last knew. */
  #candidates(session: Session<Data>): Content[] {
    const written = this.#visitor.history.calls.filter(
      ({ content, id }) => content !== undefined && content.trace === undefined && id !== '',
    );
    if (!session.isNew) this.#id = session.id;
    const own = written.filter(({ id, run }) => run === this || id === this.#id).toReversed();
    return own.map(contentOf);
  }

  #fail(session: Session<Data>, code: string): void {
    this.#acknowledge('failure', session, 'failed');
    this.#hasFailed = true;
    this.#isOver = true;
    if (code === 'conflict' && !this.#visitor.mayConflict) this.#blame('met a conflict');
  }

  #acknowledge(
    kind: string,
    session: Session<Data>,
    outcome: string,
    ended?: string,
    endedHandle?: string,
  ): void {
    const { acknowledgements, history, clock } = this.#visitor;
    acknowledgements.push({
      run: this,
      device: this.#plan.device,
      kind,
      outcome,
      operations: this.pending,
      isHeld: this.#isHeld,
      ended,
      handle: session.isNew ? undefined : session.handle,
      count: 0,
      startedAt: this.#startedAt,
      endedHandle,
      since: clock.now(),
      at: history.tick(),
    });
  }

  /** Follows an open or a reload: the session is what the last read found. */
  #readAgain(session: Session<Data>, since: number): void {
    const read = this.#isHeld ? this.#visitor.history.lastRead(this.server, session.id) : undefined;
    if (read !== undefined && read.startedAt < since)
      this.#blame('got what was read before it asked');
    this.#view.read(read?.content ?? EMPTY);
    this.#look(session);
  }

  /** Compares what the session shows with what the model says. */
  #look(session: Session<Data>): void {
    const { data } = this.#view.content();
    const shown = { ...session.all() };
    if (!isDeepStrictEqual(shown, data))
      this.#blame(`sees ${JSON.stringify(shown)}, expected ${JSON.stringify(data)}`);
  }

  #blame(fault: string): void {
    this.#visitor.wrong.push(`${this.name} ${fault}`);
  }
}

async function outcomeOf(verb: () => Promise<string>): Promise<Result> {
  try {
    return { outcome: await verb() };
  } catch (error) {
    if (isSessionError(error)) return { code: error.code };
    throw error;
  }
}

function isExpiry({ kind }: Operation): boolean {
  return kind === 'expire';
}

function contentOf({ content }: Call): Content {
  return content ?? EMPTY;
}
