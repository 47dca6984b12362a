import { randomBytes } from 'node:crypto';
import { type Command, defineCommand } from '../command.js';
import { ExitCode } from '../exit-code.js';

export const keygen: Command = defineCommand({
  names: ['keygen'],
  summary: 'print a new secret',
  flags: {},
  usesStore: false,

  async run({ output }) {
    const secret = randomBytes(32).toString('base64url');
    output.result({ secret }, [secret]);
    if (process.stdout.isTTY)
      output.note('Keep it out of the repository: set SOJOURN_SECRET to it where the server runs.');
    return ExitCode.done;
  },
});
