import { optionsWithStore } from '../../config/session-options.js';
import { createSessions } from '../../core/sessions.js';
import { requireAbility } from '../../stores/contract.js';
import { isConfirmed } from '../ask.js';
import { type Command, defineCommand } from '../command.js';
import { ExitCode } from '../exit-code.js';
import { plural, printable, quantity } from '../output.js';
import { UsageError } from '../usage-error.js';

export const destroy: Command = defineCommand({
  names: ['destroy'],
  summary: 'end one session, all sessions of a user, or all sessions',
  word: '<id>',
  flags: {
    user: { value: 'id', summary: 'end the sessions of this user' },
    except: { value: 'id', summary: 'with --user: keep this session, by its id or handle' },
    all: { summary: 'end every session of the store' },
    yes: { summary: 'do not ask' },
  },
  usesStore: true,

  async run({ flags, words: [id], output, interrupt, config, open }) {
    if ([id, flags.user, flags.all].filter((target) => target !== undefined).length !== 1) {
      throw new UsageError('Say which sessions: one of `<id>`, `--user <id>` and `--all`.');
    }
    const { user, except } = flags;
    if (except !== undefined && user === undefined)
      throw new UsageError('--except goes with --user: `--user <id> --except <id>`.');
    const { store } = await open({ mustExist: true });
    const sessions = createSessions(optionsWithStore((await config()).config, store));

    if (flags.all !== undefined) {
      requireAbility(store, 'clear');
      const live = await store.count?.();
      const question = `End every session of the ${store.name} store${live === undefined ? '' : ` (${quantity(live)} live)`}? Everybody is signed out.`;
      if (!(await isConfirmed(question, flags.yes === true, output, interrupt)))
        return ExitCode.declined;
      await sessions.destroyAll();
      output.result({ destroyed: live ?? null }, [
        live === undefined ? 'Every session has ended.' : `${plural(live, 'session')} ended.`,
      ]);
      return ExitCode.done;
    }

    const target =
      user === undefined
        ? `session ${printable(id ?? '')}`
        : `every ${except === undefined ? '' : 'other '}session of user ${printable(user)}`;
    if (!(await isConfirmed(`End ${target}?`, flags.yes === true, output, interrupt)))
      return ExitCode.declined;
    const destroyed =
      user === undefined
        ? Number(await sessions.destroy(id ?? ''))
        : await sessions.destroyUser(user, { except });
    output.result({ destroyed }, destroyed === 0 ? [] : [`${plural(destroyed, 'session')} ended.`]);
    if (destroyed > 0) return ExitCode.done;
    output.note(
      `There is no ${user === undefined ? `live ${target}` : `${except === undefined ? '' : 'other '}live session of user ${printable(user)}`}. See them with \`npx sojourn list\`.`,
    );
    return ExitCode.absent;
  },
});
