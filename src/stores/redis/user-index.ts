import { fromStorable, toStorable } from '../text/storable-text.js';
import type { RedisCommands } from './clients.js';
import { unlessWrongType } from './replies.js';
import { INDEX, runScript } from './scripts.js';
import { timeToKeep } from './time-to-keep.js';

/**
 * The records of each user, as entries of a sorted set whose score tells until when they last.
 * Users are named in the form of `toStorable`. An entry names one life of an id: removing it cannot
 * take away the next one.
 */
export interface UserIndex {
  /**
   * Makes `byUser` find a record, before that record is written: a crash in between leaves an entry
   * without a record, which no read shows. The entry lasts twice as long as the record, so that few
   * touches need another. Returns until when.
   */
  add(id: string, life: string, user: string, expiresAt: number): Promise<number>;
  /** Until when an entry lasts; 0 where there is none, as after the server evicted the set. */
  until(id: string, life: string, user: string): Promise<number>;
  remove(id: string, life: string, user: string): Promise<void>;
  /** At most `limit` ids after `after`, in an order that stays, and where the next ones begin. */
  page(
    user: string,
    after: string,
    limit: number,
  ): Promise<{ ids: readonly string[]; next: string | undefined }>;
}

/** The index below a prefix of keys. */
export function userIndex(commands: RedisCommands, prefix: string, now: () => number): UserIndex {
  function ask(command: string, user: string, ...values: readonly string[]): Promise<unknown> {
    const key = prefix + user;
    return unlessWrongType(commands.send(key, [command, key, ...values]));
  }

  async function add(id: string, life: string, user: string, expiresAt: number): Promise<number> {
    const until = expiresAt + Math.max(0, expiresAt - now());
    const values = [now(), timeToKeep(until, now), until, entryOf(id, life)];
    await runScript(commands, INDEX, prefix + user, values);
    return until;
  }

  return {
    add,

    async until(id, life, user) {
      return Number((await ask('ZSCORE', user, entryOf(id, life))) ?? 0);
    },

    async remove(id, life, user) {
      await ask('ZREM', user, entryOf(id, life));
    },

    async page(user, after, limit) {
      // All of it: scores move, so that no range of them is a page that stays.
      const entries = ((await ask('ZRANGE', user, '0', '-1')) ?? []) as string[];
      const ids = new Set(entries.map((entry) => entry.slice(entry.indexOf(':') + 1)));
      const rest = [...ids].filter((id) => id > after).sort();
      const page = rest.slice(0, limit);
      return {
        ids: page.map(fromStorable),
        next: rest.length > limit ? page.at(-1) : undefined,
      };
    },
  };
}

function entryOf(id: string, life: string): string {
  return `${life}:${toStorable(id)}`;
}
