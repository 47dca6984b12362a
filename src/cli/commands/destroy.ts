import { optionsWithStore } from '../../config/session-options.js';
import { createSessions } from '../../core/sessions.js';
import { requireAbility } from '../../stores/contract.js';
import { confirm } from '../ask.js';
import { type Command, type Context, defineCommand } from '../command.js';
import { ExitCode } from '../exit-code.js';
import { plural, printable, quantity } from '../output.js';
import { UsageError } from '../usage-error.js';

export const destroy: Command = defineCommand({
  names: ['destroy'],
  summary: 'end one session, those of a user, or all',
  word: '<id>',
  flags: {
    user: { value: 'id', summary: 'end the sessions of this user' },
    all: { summary: 'end every session of the store' },
    yes: { summary: 'do not ask' },
  },
  usesStore: true,

  async run({ flags, words: [id], output, interrupt, config, open }) {
    if ([id, flags.user, flags.all].filter((target) => target !== undefined).length !== 1) {
      throw new UsageError('Say which sessions: one of `<id>`, `--user <id>` and `--all`.');
    }
    const { store } = await open({ mustExist: true });
    const sessions = createSessions(optionsWithStore((await config()).config, store));

    if (flags.all !== undefined) {
      requireAbility(store, 'clear');
      const live = await store.count?.();
      const question = `End every session of the ${store.name} store${live === undefined ? '' : ` (${quantity(live)} live)`}? Everybody is signed out.`;
      if (flags.yes === undefined && !(await isConfirmed(question, output, interrupt)))
        return ExitCode.declined;
      await sessions.destroyAll();
      output.result({ destroyed: live ?? null }, [
        live === undefined ? 'Every session has ended.' : `${plural(live, 'session')} ended.`,
      ]);
      return ExitCode.done;
    }

    const target =
      flags.user === undefined
        ? `session ${printable(id ?? '')}`
        : `every session of user ${printable(flags.user)}`;
    if (flags.yes === undefined && !(await isConfirmed(`End ${target}?`, output, interrupt)))
      return ExitCode.declined;
    const destroyed =
      flags.user === undefined
        ? Number(await sessions.destroy(id ?? ''))
        : await sessions.destroyUser(flags.user);
    output.result({ destroyed }, destroyed === 0 ? [] : [`${plural(destroyed, 'session')} ended.`]);
    if (destroyed > 0) return ExitCode.done;
    output.note(
      `There is no ${flags.user === undefined ? `live ${target}` : `live session of user ${printable(flags.user)}`}. See them with \`npx sojourn list\`.`,
    );
    return ExitCode.absent;
  },
});

async function isConfirmed(
  question: string,
  output: Context['output'],
  interrupt: AbortSignal,
): Promise<boolean> {
  if (!output.isInteractive)
    throw new UsageError(`${question} There is no terminal to answer on: add --yes.`);
  const isYes = await confirm(question, false, interrupt);
  if (!isYes) output.note('Nothing was changed.');
  return isYes;
}
