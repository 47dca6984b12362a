import { supports } from '../../stores/contract.js';
import { type Command, defineCommand } from '../command.js';
import { ExitCode } from '../exit-code.js';

export const migrate: Command = defineCommand({
  names: ['migrate'],
  summary: 'create the table, index or folder that the store needs',
  flags: {},
  usesStore: true,

  async run({ output, open }) {
    const { store } = await open();
    const isNeeded = supports(store, 'migrate');
    if (isNeeded) await store.migrate();
    output.result({ store: store.name, isNeeded }, [
      isNeeded
        ? `The ${store.name} store is ready.`
        : `The ${store.name} store needs nothing made: it is ready.`,
    ]);
    return ExitCode.done;
  },
});
