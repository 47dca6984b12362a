import { requireAbility, type SessionEntry } from '../../stores/contract.js';
import { type Command, defineCommand } from '../command.js';
import { ExitCode } from '../exit-code.js';
import { printable, size, table, when } from '../output.js';
import { UsageError } from '../usage-error.js';

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
    requireAbility(store, flags.user === undefined ? 'list' : 'byUser');
    const found: SessionEntry[] = [];
    let hasMore = false;
    for await (const entry of flags.user === undefined
      ? (store.list?.() ?? [])
      : (store.byUser?.(flags.user) ?? [])) {
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

function readLimit(text: string): number {
  const limit = Number(text);
  if (!Number.isSafeInteger(limit) || limit < 1)
    throw new UsageError(`--limit is '${text}'. Give a whole number above 0.`);
  return limit;
}

/** All but the data, which `show` shows. */
function summaryOf({ id, record: { data, ...facts } }: SessionEntry): object {
  return { id, ...facts, characters: data.length };
}

function rowsOf(entries: readonly SessionEntry[]): string[] {
  if (entries.length === 0) return [];
  const now = Date.now();
  return table(
    ['ID', 'USER', 'BEGAN', 'LAST USED', 'ENDS', 'SIZE'],
    entries.map(({ id, record }) => [
      printable(id),
      printable(record.userId ?? '-'),
      when(record.createdAt, now),
      when(record.touchedAt, now),
      when(record.expiresAt, now),
      size(record.data.length),
    ]),
  );
}
