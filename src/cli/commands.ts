import type { Command } from './command.js';
import { change } from './commands/change.js';
import { copy } from './commands/copy.js';
import { dashboard } from './commands/dashboard.js';
import { destroy } from './commands/destroy.js';
import { doctor } from './commands/doctor.js';
import { init } from './commands/init.js';
import { keygen } from './commands/keygen.js';
import { list } from './commands/list.js';
import { migrate } from './commands/migrate.js';
import { move } from './commands/move.js';
import { prune } from './commands/prune.js';
import { report } from './commands/report.js';
import { show } from './commands/show.js';
import { stats } from './commands/stats.js';
import { table } from './commands/table.js';

/** Every command, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  init,
  table,
  migrate,
  prune,
  stats,
  list,
  show,
  change,
  destroy,
  copy,
  move,
  dashboard,
  keygen,
  doctor,
  report,
];

/** The command of this name, or with this other spelling. */
export function commandNamed(name: string): Command | undefined {
  return COMMANDS.find(({ names }) => names.includes(name));
}
