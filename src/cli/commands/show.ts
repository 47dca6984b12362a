import { jsonCodec } from '../../codecs/json.js';
import { isSessionError } from '../../core/errors.js';
import type { SetAside } from '../../data/aside.js';
import { SessionData } from '../../data/data.js';
import { decodeSession, decodeTrace } from '../../data/record-format.js';
import { isMoved, type SessionRecord, type SessionStore } from '../../stores/contract.js';
import { type Command, defineCommand } from '../command.js';
import { ExitCode } from '../exit-code.js';
import { fields, inspected, printable, size, when } from '../output.js';
import { UsageError } from '../usage-error.js';

export const show: Command = defineCommand({
  names: ['show'],
  summary: 'show one session and its data, unless they are encrypted',
  word: '<id>',
  flags: {},
  usesStore: true,

  async run({ words: [id], output, open }) {
    if (id === undefined)
      throw new UsageError(
        'Which session? Write its id: `npx sojourn show <id>`. `npx sojourn list` lists them.',
      );
    const { store } = await open({ mustExist: true });
    const found = await follow(store, id);
    if (found === undefined) {
      output.result(null, []);
      output.note(`There is no live session ${printable(id)}. See them with \`npx sojourn list\`.`);
      return ExitCode.absent;
    }
    const { data: _, ...facts } = found.record;
    const handle = decodeSession(found.record.data)?.facts.handle;
    const content = contentOf(found.record);
    if (found.id !== id)
      output.note('The session has another id by now, because its token was changed.');
    output.result({ id: found.id, handle, ...facts, ...content }, [
      ...describe(found.id, handle, found.record),
      '',
      ...contentLines(content),
    ]);
    return ExitCode.done;
  },
});

/** The session that an id leads to, by the traces of its moves; `undefined` when it ended. */
async function follow(
  store: SessionStore,
  id: string,
): Promise<{ readonly id: string; readonly record: SessionRecord } | undefined> {
  const seen = new Set<string>();
  for (let next: string | undefined = id; next !== undefined && !seen.has(next); ) {
    seen.add(next);
    const record: SessionRecord | undefined = (await store.read(next))?.record;
    if (record === undefined) return undefined;
    if (!isMoved(record)) return { id: next, record };
    next = decodeTrace(record.data)?.successor;
  }
  return undefined;
}

/** What the data of a record says: values, or that it cannot be read here. */
type Content =
  | { readonly data: object; readonly aside?: readonly SetAside[] }
  | { readonly unreadable: true };

function contentOf(record: SessionRecord): Content {
  try {
    const decoded = SessionData.decode(record.data, jsonCodec());
    const data = Object.fromEntries([...decoded.keys()].map((key) => [key, decoded.get(key)]));
    const aside = decoded.asides();
    return aside.length === 0 ? { data } : { data, aside };
  } catch (error) {
    if (isSessionError(error, 'invalid-record')) return { unreadable: true };
    throw error;
  }
}

function describe(id: string, handle: string | undefined, record: SessionRecord): string[] {
  const now = Date.now();
  const instant = (at: number): string => `${new Date(at).toISOString()} (${when(at, now)})`;
  const text = (value: string | undefined): string | undefined => value && printable(value);
  return fields([
    ['id', printable(id)],
    ['handle', text(handle)],
    ['user', text(record.userId)],
    ['began', instant(record.createdAt)],
    ['last used', instant(record.touchedAt)],
    ['ends', instant(record.expiresAt)],
    ['address', text(record.ipAddress)],
    ['browser', text(record.userAgent)],
    ['size', size(record.data.length)],
  ]);
}

function contentLines(content: Content): string[] {
  if ('unreadable' in content)
    return ['Its data is encrypted, or was written by another codec or version: it is not shown.'];
  const colors = process.stdout.isTTY === true && process.stdout.hasColors();
  const lines =
    Object.entries(content.data).length === 0
      ? ['It has no data.']
      : inspected(content.data, colors);
  for (const { key, value, version, reason } of content.aside ?? [])
    lines.push(
      '',
      `Set aside at version ${version}: ${printable(key)}. ${printable(reason)}`,
      ...inspected({ [key]: value }, colors),
    );
  return lines;
}
