import { eachEntry, type SessionStore, supports } from '../../stores/contract.js';
import { type Command, type Context, defineCommand } from '../command.js';
import { ExitCode } from '../exit-code.js';
import { fields, type Output, plural, quantity, size, when } from '../output.js';

/** What is known of all live sessions of a store. */
interface Figures {
  live: number;
  signedIn: number;
  users: number;
  characters: number;
  oldestCreatedAt: number | undefined;
  lastUsedAt: number | undefined;
}

export const stats: Command = defineCommand({
  names: ['stats'],
  summary: 'count the live sessions, and show how old and how large they are',
  flags: {},
  usesStore: true,

  async run({ output, open, interrupt }) {
    const { store } = await open({ mustExist: true });
    if (supports(store, 'list')) {
      const figures = await gather(store, output, interrupt);
      output.result({ store: store.name, ...figures }, describe(store.name, figures));
      return ExitCode.done;
    }
    const live = supports(store, 'count') ? await store.count() : undefined;
    output.result({ store: store.name, live }, [
      live === undefined
        ? `The ${store.name} store can be read by id only: nothing in it can be counted.`
        : `${quantity(live)} live; the ${store.name} store cannot list them, so no more is known.`,
    ]);
    return ExitCode.done;
  },
});

async function gather(
  store: SessionStore & Required<Pick<SessionStore, 'list'>>,
  output: Output,
  interrupt: Context['interrupt'],
): Promise<Figures> {
  const users = new Set<string>();
  const figures: Figures = {
    live: 0,
    signedIn: 0,
    users: 0,
    characters: 0,
    oldestCreatedAt: undefined,
    lastUsedAt: undefined,
  };
  const progress = output.progress('Reading', await store.count?.());
  for await (const { record } of eachEntry((page) => store.list(page))) {
    interrupt.throwIfAborted();
    figures.live++;
    figures.characters += record.data.length;
    if (record.userId !== undefined) {
      figures.signedIn++;
      users.add(record.userId);
    }
    figures.oldestCreatedAt = Math.min(
      figures.oldestCreatedAt ?? record.createdAt,
      record.createdAt,
    );
    figures.lastUsedAt = Math.max(figures.lastUsedAt ?? record.touchedAt, record.touchedAt);
    progress.at(figures.live);
  }
  progress.end();
  return { ...figures, users: users.size };
}

function describe(
  name: string,
  { live, signedIn, users, characters, oldestCreatedAt, lastUsedAt }: Figures,
): string[] {
  const now = Date.now();
  return fields([
    ['store', name],
    ['live', quantity(live)],
    ['signed in', live === 0 ? undefined : `${quantity(signedIn)}, of ${plural(users, 'user')}`],
    ['data', live === 0 ? undefined : `${size(characters)}, ${size(characters / live)} on average`],
    ['oldest', oldestCreatedAt === undefined ? undefined : `began ${when(oldestCreatedAt, now)}`],
    ['last used', lastUsedAt === undefined ? undefined : when(lastUsedAt, now)],
  ]);
}
