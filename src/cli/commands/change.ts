import { optionsWithStore } from '../../config/session-options.js';
import type { Session } from '../../core/session.js';
import { createSessions } from '../../core/sessions.js';
import { isConfirmed } from '../ask.js';
import { type Command, defineCommand } from '../command.js';
import { ExitCode } from '../exit-code.js';
import { plural, printable } from '../output.js';
import { UsageError } from '../usage-error.js';

export const change: Command = defineCommand({
  names: ['change'],
  summary: 'change the data of one session, or of all sessions of a user',
  word: '<id>',
  flags: {
    user: { value: 'id', summary: 'change every session of this user' },
    set: { value: 'JSON', summary: 'the keys to set, with their values: \'{"plan":"pro"}\'' },
    delete: { value: 'key', summary: 'the key to delete' },
    yes: { summary: 'do not ask' },
  },
  usesStore: true,

  async run({ flags, words: [id], output, interrupt, config, open }) {
    const { user } = flags;
    if ((id === undefined) === (user === undefined))
      throw new UsageError('Say which sessions: one of `<id>` and `--user <id>`.');
    const task = taskOf(flags.set, flags.delete);
    const { store } = await open({ mustExist: true });
    const sessions = createSessions(optionsWithStore((await config()).config, store));
    const target =
      user === undefined ? `session ${printable(id ?? '')}` : `session of user ${printable(user)}`;
    const question = `Change ${user === undefined ? '' : 'every '}${target}?`;
    if (!(await isConfirmed(question, flags.yes === true, output, interrupt)))
      return ExitCode.declined;

    const changed =
      user === undefined
        ? Number((await sessions.change(id ?? '', task)) === 'updated')
        : await sessions.changeUser(user, task);
    output.result({ changed }, changed === 0 ? [] : [`${plural(changed, 'session')} changed.`]);
    if (changed > 0) return ExitCode.done;
    output.note(`There is no live ${target}. See them with \`npx sojourn list\`.`);
    return ExitCode.absent;
  },
});

/** @throws UsageError when there is nothing to do, or the values cannot be read. */
function taskOf(
  set: string | undefined,
  key: string | undefined,
): (session: Session<Record<string, unknown>>) => void {
  if (set === undefined && key === undefined)
    throw new UsageError('Say what to change: `--set \'{"plan":"pro"}\'` or `--delete <key>`.');
  const values = set === undefined ? [] : Object.entries(parsed(set));
  return (session) => {
    if (key !== undefined) session.delete([key]);
    for (const [name, value] of values) session.set([name], value);
  };
}

function parsed(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value) &&
      Object.keys(value).length > 0
    )
      return value;
  } catch {
    // Said below.
  }
  throw new UsageError('--set is no JSON object with keys. Write --set \'{"plan":"pro"}\'.');
}
