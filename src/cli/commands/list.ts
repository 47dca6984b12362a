import { decodeSession } from '../../data/record-format.js';
import {
  eachEntry,
  type PageOptions,
  requireAbility,
  type SessionEntry,
  type SessionPage,
  type SessionStore,
} from '../../stores/contract.js';
import { type Command, defineCommand } from '../command.js';
import { ExitCode } from '../exit-code.js';
import { printable, size, table, when } from '../output.js';
import { UsageError } from '../usage-error.js';

const PAGE = 100;

export const list: Command = defineCommand({
  names: ['list'],
  summary: 'list live sessions, all or those of one user',
  flags: {
    user: { value: 'id', summary: 'only the sessions of this user' },
    limit: { value: 'count', summary: 'how many at most; default 100' },
  },
  usesStore: true,

  async run({ flags, output, open, interrupt }) {
    const limit = readLimit(flags.limit ?? '100');
    const { store } = await open({ mustExist: true });
    const { user } = flags;
    const found: SessionEntry[] = [];
    let hasMore = false;
    for await (const entry of eachEntry(listOf(store, user), Math.min(limit + 1, PAGE))) {
      interrupt.throwIfAborted();
      hasMore = found.length === limit;
      if (hasMore) break;
      found.push(entry);
    }
    output.result({ sessions: found.map(summaryOf), hasMore }, rowsOf(found));
    if (found.length === 0)
      output.note(
        flags.user === undefined
          ? 'No live sessions.'
          : `No live sessions of user ${printable(flags.user)}.`,
      );
    if (hasMore) output.note(`There are more: see them with --limit ${limit * 10}.`);
    return ExitCode.done;
  },
});

/** The list of all sessions, or of those of a user. */
function listOf(
  store: SessionStore,
  user: string | undefined,
): (page: PageOptions) => Promise<SessionPage> {
  if (user === undefined) {
    requireAbility(store, 'list');
    return (page) => store.list(page);
  }
  requireAbility(store, 'byUser');
  return (page) => store.byUser(user, page);
}

function readLimit(text: string): number {
  const limit = Number(text);
  if (!Number.isSafeInteger(limit) || limit < 1)
    throw new UsageError(`--limit is '${text}'. Give a whole number above 0.`);
  return limit;
}

/** All but the data, which `show` shows. */
function summaryOf({ id, record: { data, ...facts } }: SessionEntry): object {
  return { id, handle: handleOf(data), ...facts, characters: data.length };
}

/** `undefined` when the data is encrypted. */
function handleOf(data: string): string | undefined {
  return decodeSession(data)?.facts.handle;
}

function rowsOf(entries: readonly SessionEntry[]): string[] {
  if (entries.length === 0) return [];
  const now = Date.now();
  return table(
    ['ID', 'HANDLE', 'USER', 'BEGAN', 'LAST USED', 'ENDS', 'SIZE'],
    entries.map(({ id, record }) => [
      printable(id),
      printable(handleOf(record.data) ?? '-'),
      printable(record.userId ?? '-'),
      when(record.createdAt, now),
      when(record.touchedAt, now),
      when(record.expiresAt, now),
      size(record.data.length),
    ]),
  );
}
