import { AsyncLocalStorage } from 'node:async_hooks';
import type { Socket } from 'node:net';
import type { HeaderPair } from '../../http/transport.js';
import { addAnswer } from '../answers/answer.js';
import { keepSocket, socketOf } from './connection.js';
import { checkChunk, checkStatus, headersSent, type NodeResponse, setHead } from './head.js';
import type { Hold } from './hold.js';
import {
  type Call,
  goAround,
  heldOf,
  type Interceptor,
  intercept,
  keepHeld,
  METHODS,
  type Method,
  type Methods,
  ownMethods,
} from './intercept.js';
import { callBack, KeptCalls } from './kept-calls.js';
import { letGo, type Source } from './sources.js';

/** Tells the code that answers a failure from a handler that still writes the lost answer. */
const answering = new AsyncLocalStorage<NodeResponse>();

/**
 * Holds a response back from its first byte until a commit has ended. Node sends the head in the
 * first call of `writeHead`, `write`, `end` or `flushHeaders`. This call and the later ones are
 * kept, and made once the commit has ended. Meanwhile the response looks as it would without us:
 * the head counts as sent, and an ended answer as ended.
 */
export function holdResponse(response: NodeResponse, hold: Hold): void {
  const present = heldOf(response);
  if (present instanceof HeldResponse ? !present.join(hold) : response.headersSent) {
    // Too late for headers. Changes that were made already are still stored.
    hold.commit(response.statusCode).catch((error) => hold.fail(error));
  }
  if (present !== undefined || response.headersSent) return;
  const held = new HeldResponse(response, hold);
  keepHeld(response, held);
  intercept(response);
  held.install();
}

/** Whether the handler ended its answer, held or already on its way. */
export function hasEnded(response: NodeResponse): boolean {
  const held = heldOf(response);
  return response.writableEnded || (held instanceof HeldResponse && held.hasEnded);
}

class HeldResponse implements Interceptor {
  readonly response: NodeResponse;
  readonly #holds: Hold[];
  /**
   * The `writeHead` that other code sees. A different value means that a hook was put around it.
   */
  #writeHead!: Call;
  /** The methods that the response had as its own properties; other methods are beneath them. */
  #wrapped: Methods | undefined;
  #phase: 'open' | 'held' | 'free' | 'lost' | 'failed' = 'open';
  #hooks: 'waiting' | 'running' | 'done' = 'waiting';
  #statusCode = 0;
  /** That of an answer that was ended. */
  #socket: Socket | undefined;
  #kept: KeptCalls | undefined;
  #sources: Source[] | undefined;
  #failure: { readonly hold: Hold; readonly error: unknown; isOver: boolean } | undefined;
  #isAnswering = false;

  constructor(response: NodeResponse, hold: Hold) {
    this.response = response;
    this.#holds = [hold];
  }

  /**
   * Another library wrapped the methods, and may call those beneath ours. So we wrap its methods in
   * turn, and it sees only the answer that leaves.
   */
  install(): void {
    const { response } = this;
    if (METHODS.some((method) => Object.hasOwn(response, method)))
      this.#wrapped = goAround(response, ownMethods(response), (method, beneath, parameters) =>
        this.call(method, parameters, beneath, true),
      );
    this.#writeHead = response.writeHead;
    (response as { on?: (event: string, listener: unknown) => void }).on?.('pipe', rememberSource);
  }

  /** Waits for the commit of another session too; `false` when the response has begun. */
  join(hold: Hold): boolean {
    if (this.#phase !== 'open') return false;
    const isKnown =
      hold.owner !== undefined && this.#holds.some(({ owner }) => owner === hold.owner);
    if (!isKnown) this.#holds.push(hold);
    return true;
  }

  get isHeld(): boolean {
    return this.#phase === 'held';
  }

  get hasEnded(): boolean {
    return this.#phase === 'held' && this.#kept?.hasEnded === true;
  }

  /**
   * The code that made a response without a connection collects the answer as soon as it looks
   * ended. So such a response looks ended only when it is complete.
   */
  get looksEnded(): boolean {
    return this.#socket !== undefined && this.hasEnded;
  }

  remember(source: Source): void {
    if (this.#phase !== 'open' && this.#phase !== 'held') return;
    this.#sources ??= [];
    this.#sources.push(source);
  }

  writeImplicitHead(beneath: Call): unknown {
    // The call was let through before, perhaps by another copy of this package.
    return this.#phase === 'held' ? undefined : this.#answer(beneath, []);
  }

  /** `isAround`: the call came through the methods that {@link install} put on the response. */
  call(method: Method, parameters: unknown[], beneath: Call, isAround = false): unknown {
    const { response } = this;
    if (this.#phase === 'held') {
      if (method === 'writeHead') throw headersSent(method, response);
      checkChunk(method, parameters);
    }
    let present = parameters;
    if (this.#phase === 'open' && method !== 'flush') {
      checkChunk(method, parameters);
      checkStatus(method === 'writeHead' ? parameters[0] : response.statusCode);
      if (method === 'writeHead' && this.#hooks === 'running') {
        setHead(response, parameters);
        return response;
      }
      this.#runHooks(method);
      if (this.#phase === 'open') present = this.#begin(method, parameters);
    }
    switch (this.#phase) {
      case 'held':
        return this.#keep(method, parameters, beneath);
      case 'lost':
        return this.#drop(method, parameters);
      case 'failed':
        // Middleware in front of us writes the answer; the answer behind us is lost.
        if (!this.#isAnswering && (this.#wrapped === undefined || isAround))
          return this.#drop(method, parameters);
    }
    return beneath.apply(response, present);
  }

  /**
   * Runs the hooks that other code put around `writeHead` now, as without us: a hook may decide the
   * head, or change the session.
   */
  #runHooks(method: Method): void {
    const { response } = this;
    if (this.#hooks !== 'waiting' || response.writeHead === this.#writeHead) return;
    if (method !== 'writeHead') {
      this.#hooks = 'running';
      try {
        response.writeHead(response.statusCode);
      } finally {
        this.#hooks = 'waiting';
      }
    }
    this.#hooks = 'done';
    // Node and other code call it again to write the head; no hook runs twice.
    response.writeHead = this.#writeHead;
  }

  /**
   * Begins the response: from here on it is held, or it is free when its sessions need no wait.
   * Returns the parameters for the call.
   */
  #begin(method: Method, parameters: unknown[]): unknown[] {
    const { response } = this;
    const status = method === 'writeHead' ? Number(parameters[0]) : response.statusCode;
    const answers = this.#holds.map((hold) => hold.answerNow(status));
    const isFree = answers.every((answer) => answer !== undefined);
    const pairs = isFree ? answers.flat() : [];
    const hasHead = method === 'writeHead' && (!isFree || pairs.length > 0);
    if (hasHead) setHead(response, parameters);
    if (isFree) {
      if (pairs.length > 0) addAnswer(response, { headers: pairs });
      this.#phase = 'free';
    } else {
      this.#phase = 'held';
      this.#statusCode = response.statusCode;
      this.#kept = new KeptCalls(response);
      void this.#commit(answers);
    }
    return hasHead ? [response.statusCode] : parameters;
  }

  #keep(method: Method, parameters: unknown[], beneath: Call): unknown {
    const { response } = this;
    const kept = this.#kept as KeptCalls;
    if (method === 'writeHead') return response;
    const result = kept.add(method, parameters, beneath);
    if (method !== 'end') return result;
    this.#socket = socketOf(response);
    if (this.#socket === undefined) return result;
    keepSocket(this.#socket);
    if (Object.hasOwn(response, 'finished')) response.finished = true;
    return result;
  }

  async #commit(answers: readonly (readonly HeaderPair[] | undefined)[]): Promise<void> {
    let [present] = this.#holds as [Hold];
    try {
      const pairs: HeaderPair[] = [];
      for (const [index, hold] of this.#holds.entries()) {
        present = hold;
        pairs.push(...(answers[index] ?? (await hold.commit(this.#statusCode))));
      }
      this.#release(pairs);
    } catch (error) {
      this.#fail(error, present);
    }
  }

  /** From here on the response itself tells whether it has ended. */
  #leave(phase: 'free' | 'lost'): void {
    if (this.looksEnded && Object.hasOwn(this.response, 'finished')) this.response.finished = false;
    this.#phase = phase;
    this.#socket = undefined;
  }

  #release(pairs: readonly HeaderPair[]): void {
    const { response } = this;
    const kept = this.#kept as KeptCalls;
    this.#leave('free');
    response.statusCode = this.#statusCode;
    for (const hold of this.#holds) hold.release?.();
    addAnswer(response, { headers: pairs });
    kept.makeAll();
    // Only the head was written so far.
    if (!response.headersSent) response.writeHead(this.#statusCode);
    kept.drainIfTaken();
    this.#kept = undefined;
    this.#sources = undefined;
  }

  #fail(error: unknown, hold: Hold): void {
    const { response } = this;
    const kept = this.#kept as KeptCalls;
    const failure = { hold, error, isOver: kept.hasEnded };
    this.#failure = failure;
    this.#leave('lost');
    kept.lose(error);
    letGo(response, this.#sources ?? []);
    if (!kept.hasRoom && !failure.isOver) response.emit('drain');
    this.#kept = undefined;
    this.#sources = undefined;
    this.#phase = response.headersSent ? 'free' : 'failed';
    // Wrappers that were put around us meanwhile are still at work on the lost answer.
    if (this.#phase === 'failed')
      goAround(response, this.#wrapped ?? {}, (method, beneath, parameters) =>
        this.#mayAnswer(failure)
          ? this.#answer(beneath, parameters)
          : this.#drop(method, parameters),
      );
    answering.run(response, () => hold.fail(error));
  }

  /** Whether the caller is not the lost handler, and no answer was given yet. */
  #mayAnswer({ hold, isOver }: { readonly hold: Hold; readonly isOver: boolean }): boolean {
    if (this.response.writableEnded) return false;
    return isOver || answering.getStore() === this.response || hold.isHandler?.() === false;
  }

  #answer(beneath: Call, parameters: unknown[]): unknown {
    const wasAnswering = this.#isAnswering;
    this.#isAnswering = true;
    try {
      return beneath.apply(this.response, parameters);
    } finally {
      this.#isAnswering = wasAnswering;
    }
  }

  /** Lets a handler that waits for its writes go on to its end. */
  #drop(method: Method, parameters: unknown[]): unknown {
    callBack(parameters, this.#failure?.error);
    if (method === 'end' && this.#failure !== undefined) this.#failure.isOver = true;
    return method === 'write' ? true : this.response;
  }
}

function rememberSource(this: object, source: Source): void {
  const held = heldOf(this);
  if (held instanceof HeldResponse) held.remember(source);
}
