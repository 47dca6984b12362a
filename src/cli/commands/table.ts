import { existsSync, writeFileSync } from 'node:fs';
import { driverOf } from '../../config/drivers.js';
import { type Command, defineCommand } from '../command.js';
import { ExitCode } from '../exit-code.js';
import { UsageError } from '../usage-error.js';

export const table: Command = defineCommand({
  names: ['table', 'session:table'],
  summary: 'print or write the SQL that creates the table of the store',
  flags: {
    write: { value: 'file', summary: 'write it into this file, for example a migration' },
    force: { summary: 'overwrite the file' },
  },
  usesStore: true,

  async run({ flags, output, config }) {
    const found = (await config()).config;
    const driver = driverOf(found);
    if (driver?.statements === undefined) {
      const name = driver?.name ?? found.driver ?? 'configured';
      const next =
        driver?.outOfReach === undefined
          ? 'What it needs is made by `npx sojourn migrate`.'
          : 'It needs nothing made.';
      output.result({ driver: name, statements: [] }, [
        `The ${name} store has no table of SQL. ${next}`,
      ]);
      return ExitCode.done;
    }
    const statements = driver.statements(found.table).map(tidy);
    const lines = statements.map((statement) => `${statement};`);
    if (flags.write === undefined) {
      output.result({ driver: driver.name, statements }, lines);
      return ExitCode.done;
    }
    if (existsSync(flags.write) && flags.force === undefined) {
      throw new UsageError(`${flags.write} exists already. Name another file, or add --force.`);
    }
    writeFileSync(flags.write, lines.map((line) => `${line}\n`).join(''));
    output.result({ driver: driver.name, statements, file: flags.write }, [
      `${flags.write} is written. Run it with your migrations, or \`npx sojourn migrate\` instead.`,
    ]);
    return ExitCode.done;
  },
});

/** A statement without the indentation that it has in our source. */
function tidy(statement: string): string {
  return statement.replace(/\n\s+/g, '\n  ');
}
