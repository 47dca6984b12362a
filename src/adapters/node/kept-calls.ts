import type { NodeResponse } from './head.js';
import type { Call, Method } from './intercept.js';

/** Calls on a held response, in order, until they are made or lost. */
export class KeptCalls {
  readonly #response: NodeResponse;
  #calls: (readonly [Method, unknown[], Call])[] = [];
  #length = 0;
  #hasEnded = false;
  #isFlowing = false;

  constructor(response: NodeResponse) {
    this.#response = response;
  }

  /** Whether the handler ended its answer. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Whether Node would take more data: the result of `write`. */
  get hasRoom(): boolean {
    return this.#length < this.#response.writableHighWaterMark;
  }

  add(method: Method, parameters: unknown[], beneath: Call): unknown {
    // Some middleware ends a response twice. In Node the second call would be an uncaught error.
    if (method === 'end' && this.#hasEnded) return this.#response;
    this.#calls.push([method, parameters, beneath]);
    if (method === 'end') this.#hasEnded = true;
    if (method !== 'write') return this.#response;
    this.#length += (parameters[0] as { length?: number } | undefined)?.length ?? 0;
    return this.hasRoom;
  }

  /** Makes the calls. Each chunk is released once Node has it. */
  makeAll(): void {
    const calls = this.#calls.reverse();
    for (let call = calls.pop(); call !== undefined; call = calls.pop()) {
      const [method, parameters, beneath] = call;
      const result = beneath.apply(this.#response, parameters);
      if (method === 'write') this.#isFlowing = result === true;
    }
  }

  /**
   * Emits 'drain' for a handler that was told to wait. Node itself emits none when it took
   * everything at once.
   */
  drainIfTaken(): void {
    if (!this.hasRoom && this.#isFlowing && !this.#response.writableEnded)
      this.#response.emit('drain');
  }

  /** Calls the callbacks of all remaining calls. */
  lose(error: unknown): void {
    for (const [, parameters] of this.#calls) callBack(parameters, error);
    this.#calls = [];
  }
}

/** Calls the callback of a lost `write` or `end` as Node does: later, with the error. */
export function callBack(parameters: readonly unknown[], error: unknown): void {
  const callback = parameters.findLast((parameter) => typeof parameter === 'function');
  if (callback !== undefined) process.nextTick(callback as (error: unknown) => void, error);
}
