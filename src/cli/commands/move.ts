import type { SessionStore } from '../../stores/contract.js';
import { type MoveCheck, type MovingStore, movingStore } from '../../stores/moving.js';
import { type Command, type Context, defineCommand } from '../command.js';
import { ExitCode } from '../exit-code.js';
import { type Output, plural, quantity } from '../output.js';
import { UsageError } from '../usage-error.js';

export const move: Command = defineCommand({
  names: ['move'],
  summary: 'move all sessions to another store, between servers that use both',
  flags: {
    from: { value: 'URL', summary: 'the store that has the sessions; - reads it from stdin' },
    to: { value: 'URL', summary: 'the store that gets them; - reads it from stdin' },
    rate: { value: 'number', summary: 'the most sessions to move in a second' },
    verify: { summary: 'move nothing, and count what is in each store' },
  },
  usesStore: true,

  async run(context) {
    const { flags, output, interrupt } = context;
    const perSecond = rateOf(flags.rate);
    const store = await openMoving(context);
    if (flags.verify !== undefined) return report(await store.verify(), undefined, output);
    const moved = await moveAll(store, perSecond, output, interrupt);
    if (interrupt.aborted) {
      output.note(`Stopped after ${plural(moved, 'session')}. Run the same command to continue.`);
      interrupt.throwIfAborted();
    }
    return report(await store.verify(), moved, output);
  },
});

/** The stores of the flags, or the moving store of the configuration. */
async function openMoving({ flags, open, openUrl }: Context): Promise<MovingStore> {
  const { from, to } = flags;
  if (typeof from === 'string' && typeof to === 'string') {
    if (from === to) throw new UsageError('--from and --to are the same. Give two stores.');
    return movingStore({
      from: (await openUrl(from, { mustExist: true })).store,
      to: (await openUrl(to)).store,
      phase: 'move',
    });
  }
  if (from !== undefined || to !== undefined)
    throw new UsageError('Give both stores: `npx sojourn move --from <URL> --to <URL>`.');
  const { store } = await open({ mustExist: true });
  if (isMoving(store)) return store;
  throw new UsageError(
    `The configured store is ${store.name}, which moves nothing. Give two stores: \`npx sojourn move --from <URL> --to <URL>\`.`,
  );
}

function isMoving(store: SessionStore): store is MovingStore {
  return 'move' in store && 'verify' in store;
}

function rateOf(text: string | true | undefined): number | undefined {
  if (text === undefined) return undefined;
  const rate = Number(text);
  if (Number.isFinite(rate) && rate > 0) return rate;
  throw new UsageError(`--rate is ${text}. Give how many sessions to move in a second: --rate 500`);
}

async function moveAll(
  store: MovingStore,
  perSecond: number | undefined,
  output: Output,
  signal: AbortSignal,
): Promise<number> {
  let progress: ReturnType<Output['progress']> | undefined;
  let done = 0;
  try {
    for await (const { moved, total } of store.move({ perSecond, signal })) {
      progress ??= output.progress('Moving', total);
      progress.at(moved);
      done = moved;
    }
  } finally {
    progress?.end();
  }
  return done;
}

function report(
  { left, arrived, twice }: MoveCheck,
  moved: number | undefined,
  output: Output,
): ExitCode {
  output.result({ ...(moved !== undefined && { moved }), left, arrived, twice }, [
    ...(moved === undefined ? [] : [`${plural(moved, 'session')} moved.`]),
    `Verified: ${quantity(arrived)} in the new store, ${quantity(left)} in the old one, ${quantity(twice.length)} in both.`,
  ]);
  if (left > 0) {
    output.note(
      'Some sessions are in the old store. A server that is not in the phase `move` begins them there: see that none is left, then run this command again.',
    );
    return ExitCode.failed;
  }
  output.note(
    'Next: when every server is in the phase `move`, let the servers use the new store alone.',
  );
  return ExitCode.done;
}
