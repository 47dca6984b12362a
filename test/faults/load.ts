import { expect } from 'vitest';
import type { Client } from '../../src/testing/client.js';
import type { Application } from './application.js';
import { eventually, range } from './store-under-fault.js';

/** A user who goes on asking. */
export interface Worker {
  readonly user: string;
  readonly browser: Client;
  /** The tags whose request was answered with 200. */
  readonly acknowledged: string[];
  requests: number;
}

/**
 * Users who add tags and look at their account, one request after the other, until they are
 * stopped.
 */
export interface Load {
  readonly workers: readonly Worker[];
  /** Waits until each worker was answered a few more times. */
  progress(): Promise<void>;
  /** Ends the work, and fails when an answer was not one of `allowed` or showed another user. */
  stop(): Promise<void>;
}

/** @param allowed The statuses of a protected page that may be seen. */
export async function startLoad(
  application: Application,
  allowed: readonly number[],
): Promise<Load> {
  const workers = await Promise.all(
    range(4).map(async (index): Promise<Worker> => {
      const user = `user${index}`;
      return {
        user,
        browser: await eventually(() => application.login(user)),
        acknowledged: [],
        requests: 0,
      };
    }),
  );
  const wrong: string[] = [];
  let isOver = false;

  async function work(worker: Worker): Promise<void> {
    const { user, browser, acknowledged } = worker;
    while (!isOver) {
      const tag = `${user}-${worker.requests++}`;
      if ((await browser.post(`/tags/${tag}`)).status === 200) acknowledged.push(tag);
      const reply = await browser.get('/account');
      const shown = await reply.text();
      if (!allowed.includes(reply.status) || (reply.status === 200 && shown !== user)) {
        wrong.push(`${user}: ${reply.status} ${shown}`);
      }
    }
  }
  const ended = Promise.all(workers.map(work));

  return {
    workers,

    async progress() {
      const before = workers.map(({ requests }) => requests);
      await eventually(() => {
        for (const [index, { requests }] of workers.entries())
          expect(requests).toBeGreaterThan((before[index] ?? 0) + 2);
      });
    },

    async stop() {
      isOver = true;
      await ended;
      expect(wrong).toEqual([]);
    },
  };
}

/** The tags of a worker's session, none of which may be there twice. */
export async function tagsOf({ browser }: Worker): Promise<string[]> {
  const tags = (await (await browser.get('/tags')).json()) as string[];
  expect(new Set(tags).size).toBe(tags.length);
  return tags;
}
