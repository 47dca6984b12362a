import { setTimeout } from 'node:timers/promises';
import { expect, onTestFinished } from 'vitest';
import type { Client } from '../../src/testing/client.js';
import type { Application } from './application.js';
import { eventually, range } from './store-under-fault.js';

const WORKERS = 4;
/** Milliseconds from one request of a worker to its next: 80 requests a second in all. */
const PERIOD = 50;
/** Then a worker goes on as another user: a session shall not grow for half an hour. */
const TAGS_EACH = 50;

/** Users who add tags at a steady rate, while somebody breaks their store now and then. */
export interface SteadyLoad {
  /** Within it a request may fail: from before `task` until after it. */
  faultWindow(task: () => Promise<void>): Promise<void>;
  /** Ends the load, and says what it saw. */
  stop(): Promise<SteadyHistory>;
}

export interface SteadyHistory {
  /** Requests that failed outside the fault windows, and acknowledged tags that were lost. */
  readonly violations: readonly string[];
  readonly acknowledged: number;
}

/** @param direct The same sessions, in an application that no fault reaches. */
export function startSteadyLoad(application: Application, direct: Application): SteadyLoad {
  const violations: string[] = [];
  let acknowledged = 0;
  let windows = 0;
  let isFaulty = false;
  let isOver = false;

  async function addTag(client: Client, tag: string): Promise<boolean> {
    const before = windows;
    const began = isFaulty;
    const { status } = await client.post(`/tags/${tag}`);
    const mayFail = began || isFaulty || windows > before;
    if (status !== 200 && !mayFail) violations.push(`${tag}: ${status} outside a fault window`);
    return status === 200;
  }

  async function verify(client: Client, kept: readonly string[]): Promise<void> {
    const tags = (await (await direct.browser(client.cookies).get('/tags')).json()) as string[];
    const lost = kept.filter((tag) => !tags.includes(tag));
    if (lost.length > 0) violations.push(`lost: ${lost}`);
    if (new Set(tags).size < tags.length) violations.push(`stored twice: one of ${tags}`);
    acknowledged += kept.length;
  }

  async function work(worker: number): Promise<void> {
    for (let turn = 0; !isOver; turn++) {
      const user = `worker${worker}turn${turn}`;
      const client = await eventually(() => direct.login(user));
      const reached = application.browser(client.cookies);
      const kept: string[] = [];
      for (let sent = 0; sent < TAGS_EACH && !isOver; sent++) {
        const next = setTimeout(PERIOD);
        const tag = `${user}tag${sent}`;
        if (await addTag(reached, tag)) kept.push(tag);
        await next;
      }
      await verify(client, kept);
    }
  }
  const ended = Promise.all(range(WORKERS).map(work));
  onTestFinished(async () => {
    isOver = true;
    await Promise.allSettled([ended]);
  });

  return {
    async faultWindow(task) {
      windows++;
      isFaulty = true;
      await task();
      isFaulty = false;
    },

    async stop() {
      isOver = true;
      await ended;
      expect(isFaulty).toBe(false);
      return { violations, acknowledged };
    },
  };
}
