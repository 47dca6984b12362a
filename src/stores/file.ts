import { hash, randomUUID } from 'node:crypto';
import { basename, join, resolve } from 'node:path';
import { checkOption, checkOptions } from './contract/options.js';
import {
  eachEntry,
  isMoved,
  type PageOptions,
  type SessionEntry,
  type SessionPage,
  type SessionRecord,
  type SessionStore,
} from './contract.js';
import { checkDirectory, makeDirectory, SHARD } from './file/directory.js';
import { listNames, move, readText, remove, syncFolder, writeText } from './file/disk.js';
import {
  type Head,
  look,
  moveHead,
  removeFiles,
  removeHead,
  removeOrphans,
} from './file/folder.js';
import { publish, removeStaged, STAGED } from './file/staging.js';

/** Options of {@link fileStore}. */
export interface FileStoreOptions {
  /**
   * The folder for the records, on a local file system. The store creates it when it is missing,
   * with mode 0700 for folders and 0600 for files. Several processes may use one folder.
   */
  readonly directory: string;
  /**
   * Whether an acknowledged write also survives a power cut. Each write then waits for the disk.
   * Default `false`. When only the process dies, even by `kill -9`, no record is lost or damaged.
   */
  readonly durable?: boolean | undefined;
  /** The clock, in epoch milliseconds. Default `Date.now`. */
  readonly now?: (() => number) | undefined;
}

const SESSION = /^[0-9a-f]{64}$/;
/** Folders of sessions that one page of a list looks into: a few dozen milliseconds. */
const FOLDERS_PER_PAGE = 100;

/**
 * Keeps sessions as files, each in a small folder. A read or write looks into one of these folders.
 * A page of `byUser` or `list` looks into 100 at most. `count` and `prune` walk all of them, which
 * takes seconds for 100,000 sessions: use `sqliteStore` for so many. `prune` also deletes what
 * killed processes left behind.
 *
 * Each call fails with `invalid-option` while another user of the machine owns the folder or may
 * write to it.
 * @throws `invalid-option` when `directory` is not a path, or `durable` is not a boolean.
 */
export function fileStore(options: FileStoreOptions): SessionStore<string> {
  checkOptions('fileStore', options, ['directory', 'durable', 'now'], 'directory');
  const { durable = false, now = Date.now } = options;
  const advice = "Give the path of a folder: 'storage/sessions'.";
  checkOption('directory', options.directory || undefined, 'string', advice);
  checkOption('durable', durable, 'boolean', 'Give true or false.');
  const directory = resolve(options.directory);

  function folderOf(id: string): string {
    // As UTF-16: in UTF-8 all unpaired surrogates are one character, and different ids would share
    // a folder.
    const name = hash('sha256', Buffer.from(id, 'utf16le'), 'hex');
    return join(directory, name.slice(0, 2), name);
  }

  async function liveHead(folder: string): Promise<Head | undefined> {
    const { head } = await look(folder);
    return head !== undefined && head.expiresAt > now() ? head : undefined;
  }

  async function readFolder(
    folder: string,
  ): Promise<(SessionEntry & { version: string }) | undefined> {
    for (let missed: string | undefined; ; ) {
      const head = await liveHead(folder);
      if (head === undefined) return undefined;
      const text = await readText(join(folder, head.version));
      // Absent once: the file was replaced between the two looks. Absent twice: it is lost.
      if (text !== undefined || head.version === missed) return parseContent(text, head);
      missed = head.version;
    }
  }

  /** The folders of sessions, or those that were left behind, from a name on, in order. */
  async function* folders(pattern: RegExp, after = ''): AsyncGenerator<string> {
    for (const shard of (await listNames(directory)).sort()) {
      if (!SHARD.test(shard) || shard < after.slice(0, 2)) continue;
      for (const name of (await listNames(join(directory, shard))).sort())
        if (pattern.test(name) && name > after) yield join(directory, shard, name);
    }
  }

  async function listedEntry(folder: string): Promise<SessionEntry | undefined> {
    const found = await readFolder(folder);
    if (found === undefined || folderOf(found.id) !== folder) return undefined;
    return { id: found.id, record: found.record };
  }

  /** By the names of folders. The cursor is the last one that was looked into. */
  async function pageOf(
    { after, limit }: PageOptions,
    isWanted: (entry: SessionEntry) => boolean,
  ): Promise<SessionPage> {
    await checkDirectory(directory);
    const entries: SessionEntry[] = [];
    let looked = 0;
    let last: string | undefined;
    for await (const folder of folders(SESSION, after)) {
      if (entries.length >= limit || looked === FOLDERS_PER_PAGE) return { entries, next: last };
      const entry = await listedEntry(folder);
      if (entry !== undefined && isWanted(entry)) entries.push(entry);
      looked++;
      last = basename(folder);
    }
    return { entries };
  }

  /** Deletes the session if `mayEnd` agrees with its present head. */
  async function end(folder: string, mayEnd: (head: Head) => boolean): Promise<boolean> {
    for (;;) {
      const { head, names } = await look(folder);
      if (head === undefined || !mayEnd(head)) return false;
      if (!(await removeHead(folder, head))) continue;
      if (durable) await syncFolder(folder);
      await removeFiles(
        folder,
        names.filter((name) => name !== head.name),
      );
      return true;
    }
  }

  async function prune(before: number, limit: number): Promise<number> {
    let pruned = 0;
    await checkDirectory(directory);
    for await (const folder of folders(STAGED)) await removeStaged(folder);
    for await (const folder of folders(SESSION)) {
      if (pruned >= limit) break;
      if (await end(folder, (head) => head.expiresAt <= before)) pruned++;
      else await removeOrphans(folder);
    }
    return pruned;
  }

  return {
    name: 'file',
    async read(id) {
      await checkDirectory(directory);
      const found = await readFolder(folderOf(id));
      return found?.id === id ? { record: found.record, version: found.version } : undefined;
    },

    async create(id, { expiresAt, touchedAt, ...kept }) {
      const folder = folderOf(id);
      const content = JSON.stringify({ id, ...kept });
      await makeDirectory(directory);
      for (;;) {
        const version = randomUUID();
        const outcome = await publish(
          folder,
          content,
          { version, expiresAt, touchedAt, moves: 0 },
          durable,
        );
        if (outcome === 'moved') return version;
        // Absent: a sweep in another process deleted it as an orphan.
        if (outcome === 'absent') continue;
        if ((await liveHead(folder)) !== undefined) return undefined;
        if (!(await end(folder, (head) => head.expiresAt <= now()))) await removeOrphans(folder);
      }
    },

    async update(id, { expiresAt, touchedAt, ...kept }, version) {
      const folder = folderOf(id);
      const content = JSON.stringify({ id, ...kept });
      let leftover: string | undefined;
      await checkDirectory(directory);
      try {
        for (;;) {
          const head = await liveHead(folder);
          if (head?.version !== version) return undefined;
          const next = randomUUID();
          // When a touch came first, the content gets a new name under the new head: see
          // removeOrphans.
          const named =
            leftover === undefined
              ? await writeText(join(folder, next), content, durable)
              : await move(join(folder, leftover), join(folder, next));
          leftover = named ? next : undefined;
          if (
            !named ||
            !(await moveHead(folder, head, { version: next, expiresAt, touchedAt, moves: 0 }))
          )
            continue;
          leftover = version;
          if (durable) await syncFolder(folder);
          return next;
        }
      } finally {
        if (leftover !== undefined) await remove(join(folder, leftover));
      }
    },

    async touch(id, expiresAt, touchedAt) {
      const folder = folderOf(id);
      await checkDirectory(directory);
      for (;;) {
        const head = await liveHead(folder);
        const found = head && parseContent(await readText(join(folder, head.version)), head);
        if (head === undefined || (found !== undefined && isMoved(found.record))) return false;
        const later = {
          expiresAt: Math.max(head.expiresAt, expiresAt),
          touchedAt: Math.max(head.touchedAt, touchedAt),
        };
        if (later.expiresAt === head.expiresAt && later.touchedAt === head.touchedAt) return true;
        if (await moveHead(folder, head, { ...head, ...later, moves: head.moves + 1 })) return true;
      }
    },

    async destroy(id, version) {
      await checkDirectory(directory);
      return end(
        folderOf(id),
        (head) => head.expiresAt > now() && (version === undefined || head.version === version),
      );
    },

    byUser: (userId, page) => pageOf(page, ({ record }) => record.userId === userId),
    list: (page) => pageOf(page, isListed),

    async count() {
      let live = 0;
      for await (const _ of eachEntry((page) => pageOf(page, isListed))) live++;
      return live;
    },

    prune,

    async clear() {
      await prune(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
    },

    migrate: () => makeDirectory(directory),
  };
}

function parseContent(
  text: string | undefined,
  head: Head,
): (SessionEntry & { version: string }) | undefined {
  try {
    const { id, ...kept } = JSON.parse(text ?? '') as SessionRecord & { id: string };
    if (
      typeof id !== 'string' ||
      typeof kept.data !== 'string' ||
      typeof kept.createdAt !== 'number'
    )
      return undefined;
    return {
      id,
      record: { ...kept, expiresAt: head.expiresAt, touchedAt: head.touchedAt },
      version: head.version,
    };
  } catch {
    // Unreadable counts as absent: a power cut without `durable` can leave an empty or torn file.
    return undefined;
  }
}

function isListed({ record }: SessionEntry): boolean {
  return !isMoved(record);
}
