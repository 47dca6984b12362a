import { CLOCK_SKEW } from '../../core/expiry.js';
import { supports } from '../../stores/contract.js';
import { type Command, defineCommand } from '../command.js';
import { ExitCode } from '../exit-code.js';
import { plural } from '../output.js';

/** How many records one step deletes, so that servers on the same store get their turn. */
const STEP = 1000;

export const prune: Command = defineCommand({
  names: ['prune'],
  summary: 'delete expired sessions',
  flags: {},
  usesStore: true,

  async run({ output, open, interrupt }) {
    const { store } = await open({ mustExist: true });
    if (!supports(store, 'prune')) {
      output.result({ pruned: 0 }, [
        `The ${store.name} server deletes expired sessions by itself: there is nothing to do.`,
      ]);
      return ExitCode.done;
    }
    const progress = output.progress('Pruning', undefined);
    let pruned = 0;
    for (let deleted = STEP; deleted === STEP; ) {
      interrupt.throwIfAborted();
      deleted = await store.prune(Date.now() - CLOCK_SKEW, STEP);
      pruned += deleted;
      progress.at(pruned);
    }
    progress.end();
    output.result({ pruned }, [`${plural(pruned, 'expired session')} deleted.`]);
    return ExitCode.done;
  },
});
