import { driverOf } from '../../config/drivers.js';
import { type Finding, problem } from '../../health/finding.js';
import { checkServer, checkStore } from '../../health/store.js';
import { type Command, defineCommand, type FoundConfig } from '../command.js';
import { checkConfiguration } from '../doctor/configuration.js';
import { checkPage } from '../doctor/page.js';
import { ExitCode } from '../exit-code.js';
import { explain } from '../explain.js';
import { type Output, plural, printable } from '../output.js';
import { UsageError } from '../usage-error.js';

export const doctor: Command = defineCommand({
  names: ['doctor'],
  summary: 'check configuration, store, clocks, and the cookie of a live page',
  flags: {
    url: { value: 'URL', summary: 'a page of the running server that writes to a new session' },
  },
  usesStore: true,

  async run({ flags, output, config, open }) {
    const url = flags.url === undefined ? undefined : readUrl(flags.url);
    const findings: Finding[] = [];
    let found: FoundConfig | undefined;
    const check = async (task: () => Promise<readonly Finding[]>): Promise<void> => {
      try {
        findings.push(...(await task()));
      } catch (error) {
        const { message } = explain(error);
        findings.push(problem(message));
      }
    };
    await check(async () => {
      found = await config();
      return checkConfiguration(found);
    });
    if (found !== undefined) {
      const { config: settled } = found;
      if (driverOf(settled)?.outOfReach === undefined)
        await check(async () => {
          const { store, server } = await open({ mustExist: true });
          findings.push(await checkStore(store));
          return server === undefined ? [] : checkServer(store.name, server);
        });
      if (url !== undefined) await check(() => checkPage(url, settled));
    }
    output.result(
      { findings },
      findings.flatMap((finding) => linesOf(finding, output)),
    );
    const problems = findings.filter(({ level }) => level === 'problem').length;
    const warnings = findings.filter(({ level }) => level === 'warning').length;
    output.note(`\n${plural(problems, 'problem')}, ${plural(warnings, 'warning')}.`);
    if (url === undefined)
      output.note('Add --url with a page of the running server, to check its cookie and clock.');
    return problems === 0 ? ExitCode.done : ExitCode.failed;
  },
});

function linesOf({ level, is, advice }: Finding, output: Output): string[] {
  const marks = {
    ok: output.tone('good', '✓ ok     '),
    warning: output.tone('doubtful', '! warning'),
    problem: output.tone('bad', '✗ problem'),
  };
  const lines = [`${marks[level]}  ${printable(is)}`];
  if (advice) lines.push(output.tone('quiet', `           ${printable(advice)}`));
  return lines;
}

function readUrl(text: string): URL {
  const url = URL.parse?.(text) ?? (URL.canParse(text) ? new URL(text) : undefined);
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new UsageError(`--url is not a page's address. Write https://...`);
  return url;
}
