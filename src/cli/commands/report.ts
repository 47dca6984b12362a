import { type Command, defineCommand } from '../command.js';
import { ExitCode } from '../exit-code.js';
import { printable } from '../output.js';
import { factsOf } from '../report/facts.js';
import { markdownOf, reportOn } from '../report/report.js';

export const report: Command = defineCommand({
  names: ['report'],
  summary: 'print for auditors how this configuration meets OWASP ASVS, NIST 800-63B, RFC 6265bis',
  flags: {
    tests: { summary: 'name some of the tests that show each requirement' },
  },
  usesStore: true,

  async run({ flags, output, config }) {
    const { config: settled, file } = await config();
    const chapters = reportOn(factsOf(settled));
    output.result({ chapters }, markdownOf(chapters, flags.tests === true).map(printable));
    output.note(
      `\nRead from ${file ?? 'flags and the environment'}. The report does not see options in your code.`,
    );
    const isMet = chapters.every(({ lines }) => lines.every(({ status }) => status !== 'open'));
    return isMet ? ExitCode.done : ExitCode.failed;
  },
});
