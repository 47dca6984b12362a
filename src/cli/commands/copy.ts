import { hash } from 'node:crypto';
import { requireAbility } from '../../stores/contract.js';
import { type Command, defineCommand } from '../command.js';
import { openLedger } from '../copy/ledger.js';
import { carryAll, endOrphans, findAbsent, type Transfer } from '../copy/transfer.js';
import { ExitCode } from '../exit-code.js';
import { type Output, plural, quantity } from '../output.js';
import { redacted } from '../redact.js';
import { UsageError } from '../usage-error.js';

export const copy: Command = defineCommand({
  names: ['copy'],
  summary: 'copy all sessions to another store while servers keep running',
  flags: {
    from: { value: 'URL', summary: 'the store to copy from; - reads it from stdin' },
    to: { value: 'URL', summary: 'the store to copy to; - reads it from stdin' },
    table: { value: 'name', summary: 'the table, collection or key prefix, of both' },
    ledger: {
      value: 'file',
      summary: 'the file that records the copied sessions; default .sojourn-copy-... here',
    },
  },
  usesStore: false,

  async run({ flags, output, interrupt, openUrl }) {
    const { from, to } = flags;
    if (from === undefined || to === undefined)
      throw new UsageError(
        'Give the source and the target: `npx sojourn copy --from <URL> --to <URL>`.',
      );
    if (from === to) throw new UsageError('--from and --to are the same. Give two stores.');
    const { store: source } = await openUrl(from, { mustExist: true });
    requireAbility(source, 'list');
    const { store: target } = await openUrl(to);
    const ledger = openLedger(flags.ledger ?? defaultLedger(from, to, flags.table));
    try {
      return await transfer({ source, target, ledger, interrupt }, output);
    } catch (error) {
      if (interrupt.aborted) {
        output.note(
          `Stopped after ${plural(ledger.copies.size, 'session')}. Run the same command to continue; keep ${ledger.file}.`,
        );
      }
      throw error;
    } finally {
      ledger.close();
    }
  },
});

async function transfer(parts: Transfer, output: Output): Promise<ExitCode> {
  const { source, ledger } = parts;
  const withProgress = async <Result>(
    title: string,
    total: number | undefined,
    task: (at: (done: number) => void) => Promise<Result>,
  ) => {
    const progress = output.progress(title, total);
    try {
      return await task(progress.at);
    } finally {
      progress.end();
    }
  };

  const first = await withProgress('Copying', await source.count?.(), (at) => carryAll(parts, at));
  // What changed while the first pass was under way.
  const second = await withProgress('Catching up', first.ids.size, (at) => carryAll(parts, at));
  const ended = await endOrphans(parts, second.ids);
  const absent = await withProgress('Verifying', second.ids.size, (at) =>
    findAbsent(parts, second.ids, at),
  );

  const created = new Set([...first.created, ...second.created]);
  const missing = absent.filter((id) => created.has(id));
  const updated = first.updated + second.updated;
  const endedThere = absent.length - missing.length;
  const expected = second.ids.size - endedThere;
  const present = expected - missing.length;
  output.result(
    {
      source: second.ids.size,
      target: present,
      created: created.size,
      updated,
      ended,
      endedThere,
      missing,
      ledger: ledger.file,
    },
    [
      `${quantity(created.size)} copied, ${quantity(updated)} brought up to date, ${quantity(ended)} ended since an earlier copy.`,
      ...(endedThere === 0
        ? []
        : [`${plural(endedThere, 'copy', 'copies')} had ended in the target, and stayed so.`]),
      `Verified: ${quantity(present)} of ${plural(expected, 'session')} of the source ${present === 1 ? 'is' : 'are'} in the target.`,
    ],
  );
  if (missing.length > 0) {
    output.note(
      `${plural(missing.length, 'session')} did not stay in the target. See whether it is full, or evicts; then delete`,
    );
    output.note(`${ledger.file}, and copy anew before a server uses the target.`);
    return ExitCode.failed;
  }
  output.note(
    'Next: switch the servers to the target, then run the same command once more to copy the last changes.',
  );
  output.note(`After that delete ${ledger.file}, which says what was copied.`);
  return ExitCode.done;
}

/** One file for each pair of stores, whatever users and passwords their addresses hold. */
function defaultLedger(from: string, to: string, table = ''): string {
  const places = JSON.stringify([redacted(from), redacted(to), table]);
  return `.sojourn-copy-${hash('sha256', places, 'hex').slice(0, 12)}.jsonl`;
}
