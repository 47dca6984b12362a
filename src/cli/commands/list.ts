import { decodeSession } from '../../data/record-format.js';
import {
  eachEntry,
  isMoved,
  type PageOptions,
  requireAbility,
  type SessionEntry,
  type SessionPage,
  type SessionStore,
} from '../../stores/contract.js';
import { type Command, defineCommand } from '../command.js';
import { ExitCode } from '../exit-code.js';
import { plural, printable, quantity, size, when } from '../output.js';
import { type FittedTable, fittedTable } from '../table.js';
import { UsageError } from '../usage-error.js';

const DEFAULT_LIMIT = '100';

export const list: Command = defineCommand({
  names: ['list'],
  summary: 'list live sessions, all or of one user, the most recently used first',
  flags: {
    user: { value: 'id', summary: 'only the sessions of this user' },
    limit: { value: 'count', summary: `the most sessions on a page; default ${DEFAULT_LIMIT}` },
    page: { value: 'number', summary: 'which page; default 1' },
  },
  usesStore: true,

  async run({ flags, output, open, interrupt }) {
    const limit = readCount('limit', flags.limit ?? DEFAULT_LIMIT);
    const page = readCount('page', flags.page ?? '1');
    const { user } = flags;
    const { store } = await open({ mustExist: true });
    const pages = listOf(store, user);
    const expected = user === undefined ? await store.count?.() : undefined;
    const progress = output.progress('Reading', expected);
    const latest = new Latest(page * limit);
    for await (const entry of eachEntry(pages)) {
      interrupt.throwIfAborted();
      if (!isMoved(entry.record)) latest.add(summaryOf(entry));
      progress.at(latest.total);
    }
    progress.end();

    const first = (page - 1) * limit;
    const sessions = latest.sorted().slice(first);
    const { total } = latest;
    const hasMore = first + sessions.length < total;
    const { lines, left } = rowsOf(sessions, output.width);
    output.result({ sessions, page, total, hasMore }, lines);
    if (left.length > 0) output.note(`Left out, since the terminal is narrow: ${left.join(', ')}.`);
    if (total === 0)
      output.note(
        user === undefined ? 'No live sessions.' : `No live sessions of user ${printable(user)}.`,
      );
    else if (sessions.length === 0)
      output.note(`There are ${plural(Math.ceil(total / limit), 'page')}.`);
    if (hasMore)
      output.note(
        `${quantity(first + 1)} to ${quantity(first + sessions.length)} of ${quantity(total)}. Next page: --page ${page + 1}.`,
      );
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

function readCount(flag: string, text: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1)
    throw new UsageError(`--${flag} is '${text}'. Give a whole number above 0.`);
  return count;
}

/** A session as it is listed: all but the data, which `show` shows. */
interface Summary {
  readonly id: string;
  /** `undefined` when the data is encrypted. */
  readonly handle: string | undefined;
  readonly createdAt: number;
  readonly touchedAt: number;
  readonly expiresAt: number;
  readonly userId?: string;
  readonly characters: number;
}

function summaryOf({ id, record: { data, ...facts } }: SessionEntry): Summary {
  return { id, handle: decodeSession(data)?.facts.handle, ...facts, characters: data.length };
}

/** Of all that are added, those that were used last: no more are kept than that. */
class Latest {
  total = 0;
  readonly #most: number;
  #kept: Summary[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  add(summary: Summary): void {
    this.total++;
    this.#kept.push(summary);
    if (this.#kept.length > 2 * this.#most) this.#kept = this.sorted();
  }

  /** The last used first. */
  sorted(): Summary[] {
    return this.#kept
      .sort((one, other) => other.touchedAt - one.touchedAt || (one.id < other.id ? -1 : 1))
      .slice(0, this.#most);
  }
}

function rowsOf(sessions: readonly Summary[], width: number): FittedTable {
  if (sessions.length === 0) return { lines: [], left: [] };
  const now = Date.now();
  const cells = (text: (session: Summary) => string): string[] => sessions.map(text);
  return fittedTable(
    [
      { title: 'ID', cells: cells(({ id }) => printable(id)) },
      { title: 'HANDLE', leaves: 1, cells: cells(({ handle }) => printable(handle ?? '-')) },
      { title: 'USER', isCut: true, cells: cells(({ userId }) => printable(userId ?? '-')) },
      { title: 'BEGAN', leaves: 3, cells: cells(({ createdAt }) => when(createdAt, now)) },
      { title: 'LAST USED', cells: cells(({ touchedAt }) => when(touchedAt, now)) },
      { title: 'ENDS', leaves: 4, cells: cells(({ expiresAt }) => when(expiresAt, now)) },
      { title: 'SIZE', leaves: 2, cells: cells(({ characters }) => size(characters)) },
    ],
    width,
  );
}
