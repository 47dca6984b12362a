import { inspect } from 'node:util';
import { jsonCodec } from '../../codecs/json.js';
import { SessionData } from '../../core/data.js';
import { isSessionError } from '../../core/errors.js';
import type { SessionRecord } from '../../stores/contract.js';
import { type Command, defineCommand } from '../command.js';
import { ExitCode } from '../exit-code.js';
import { fields, printable, size, when } from '../output.js';
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
    const found = await store.read(id);
    if (found === undefined) {
      output.result(null, []);
      output.note(`There is no live session ${printable(id)}. See them with \`npx sojourn list\`.`);
      return ExitCode.absent;
    }
    const { data: text, ...facts } = found.record;
    const content = contentOf(text);
    output.result({ id, ...facts, ...content }, [
      ...describe(id, found.record),
      '',
      ...contentLines(content),
    ]);
    return ExitCode.done;
  },
});

/**
 * What the data of a record says: values, where the session moved to, or that it cannot be read
 * here.
 */
type Content =
  | { readonly data: object }
  | { readonly movedTo: string }
  | { readonly unreadable: true };

function contentOf(text: string): Content {
  try {
    const decoded = SessionData.decode(text, jsonCodec());
    if (decoded.successor !== undefined) return { movedTo: decoded.successor };
    return { data: Object.fromEntries([...decoded.keys()].map((key) => [key, decoded.get(key)])) };
  } catch (error) {
    if (isSessionError(error, 'invalid-record')) return { unreadable: true };
    throw error;
  }
}

function describe(id: string, record: SessionRecord): string[] {
  const now = Date.now();
  const instant = (at: number): string => `${new Date(at).toISOString()} (${when(at, now)})`;
  const text = (value: string | undefined): string | undefined => value && printable(value);
  return fields([
    ['id', printable(id)],
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
  if ('movedTo' in content)
    return [`It got a new token. See it with \`npx sojourn show ${printable(content.movedTo)}\`.`];
  if ('unreadable' in content)
    return ['Its data is encrypted, or was written by another codec or version: it is not shown.'];
  const colors = process.stdout.isTTY === true && process.stdout.hasColors();
  return Object.entries(content.data).length === 0
    ? ['It has no data.']
    : inspect(content.data, {
        colors,
        depth: null,
        maxStringLength: null,
        maxArrayLength: null,
      }).split('\n');
}
