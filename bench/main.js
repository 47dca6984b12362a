import { parseArgs } from 'node:util';
import { installPackage } from '../scripts/install-package.js';
import { FRAMEWORKS } from './frameworks/index.js';

const HELP = `npm run bench [-- options]

Measures Sojourn beside its peers and writes bench/RESULTS.md; takes about 45 minutes. Quote
it from a machine that does nothing else.

  --only <text>   only rows whose case, system and action hold the text: 'http express',
                  'sojourn memory read'; RESULTS.md stays as it is
  --json          print the rows as JSON and nothing else; RESULTS.md stays as it is
  --rounds <n>    samples of each row (default 9)
  --help          this text

Cases: 'in process', 'in process, 100 KB', 'in process, 2 KB in a cookie', 'in process, telemetry',
'many changes in one request', 'handler node', 'handler express', 'handler fetch', 'http express',
'http express, one visitor', 'http express over Redis', 'http node', 'stores', 'store calls',
'a million sessions', 'bundle', and a handler of each framework:
${Object.keys(FRAMEWORKS)
  .map((name) => `'handler ${name}'`)
  .join(', ')
  .replace(/(.{1,98})(?: |$)/g, '$1\n')}`;

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '9' },
    help: { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds);

if (values.help) process.stdout.write(HELP);
else if (!Number.isSafeInteger(rounds) || rounds < 1) {
  process.stderr.write(`--rounds is '${values.rounds}'. Give a whole number above 0.\n`);
  process.exitCode = 1;
} else {
  installPackage('bench');
  // Imported only now: it needs what was installed.
  const { run } = await import('./run.js');
  await run({ only: values.only, json: values.json, rounds });
}
