import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';
import { run } from '../../src/cli/run.js';
import { createSessions, type SessionStore, type Sessions } from '../../src/index.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const MAIN = join(root, 'dist/cli/main.js');

/** What a run of the command line came to. */
export interface CliRun {
  code: number | null;
  stdout: string;
  stderr: string;
}

/**
 * A folder to run in, inside the repository, so that a configuration there finds `sojourn/config`.
 */
export interface Workplace {
  readonly folder: string;
  /** The URL of an SQLite file in it. */
  readonly sqlite: string;
  /** Runs inside this process, without a terminal: one at a time. */
  run(parameters: readonly string[], env?: Environment): Promise<CliRun>;
  /**
   * Runs in a pseudo terminal and types each answer once its question is there. Gives all that was
   * shown, and the exit code.
   */
  type(
    parameters: readonly string[],
    dialogue: readonly (readonly [question: string, answer: string])[],
    options?: { env?: Environment; columns?: number },
  ): Promise<[string, number | null]>;
  /** Starts a process of its own, without waiting for it. */
  start(parameters: readonly string[], options?: StartOptions): ChildProcess;
  remove(): void;
}

type Environment = Readonly<Record<string, string>>;

export interface StartOptions {
  env?: Environment;
  /** Flags of node. */
  node?: readonly string[];
  /** What it reads on stdin; default nothing. */
  input?: string;
}

export function createWorkplace(): Workplace {
  mkdirSync(join(root, '.artifacts'), { recursive: true });
  const folder = mkdtempSync(join(root, '.artifacts', 'cli-'));

  return {
    folder,
    sqlite: `sqlite:${join(folder, 'sessions.sqlite')}`,

    start(parameters, { env = {}, node = [], input = '' } = {}) {
      const child = spawn(process.execPath, [...node, MAIN, ...parameters], {
        cwd: folder,
        env: { ...environment(), ...env },
        stdio: 'pipe',
      });
      child.stdin.end(input);
      return child;
    },

    async run(parameters, env = {}) {
      const before = { env: process.env, folder: process.cwd() };
      const stdout = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
      const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
      const textOf = ({ mock }: typeof stdout): string => mock.calls.map(([text]) => text).join('');
      process.env = { ...environment(), ...env };
      process.chdir(folder);
      try {
        const code = await run(parameters, new AbortController().signal);
        return { code, stdout: textOf(stdout), stderr: textOf(stderr) };
      } finally {
        process.env = before.env;
        process.chdir(before.folder);
        stdout.mockRestore();
        stderr.mockRestore();
      }
    },

    async type(parameters, dialogue, { env = {}, columns = 200 } = {}) {
      const words = [process.execPath, MAIN, ...parameters].map((word) => `'${word}'`).join(' ');
      const command = `stty cols ${columns} rows 24; ${words}`;
      const child = spawn('script', ['-qec', command, '/dev/null'], {
        cwd: folder,
        env: { ...environment(), TERM: 'xterm', SHELL: '/bin/sh', ...env },
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      let shown = '';
      let step = 0;
      let from = 0;
      child.stdout.on('data', (text) => {
        shown += text;
        for (let line = dialogue[step]; line !== undefined; line = dialogue[step]) {
          const [question, answer] = line;
          const at = shown.indexOf(question, from);
          if (at === -1) return;
          from = at + question.length;
          step++;
          child.stdin.write(answer);
        }
      });
      const [code] = await once(child, 'close');
      return [shown, code];
    },

    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Waits for the end of a process. */
export async function ended(child: ChildProcess): Promise<CliRun> {
  const run: CliRun = { code: null, stdout: '', stderr: '' };
  child.stdout?.on('data', (text) => (run.stdout += text));
  child.stderr?.on('data', (text) => (run.stderr += text));
  [run.code] = await once(child, 'close');
  return run;
}

/** What a user's shell has: nothing of this test run, no settings of ours, no colours forced. */
function environment(): NodeJS.ProcessEnv {
  const foreign = /^(SOJOURN_|VITEST|NODE_ENV$|NODE_OPTIONS$|FORCE_COLOR$|NO_COLOR$|DEBUG$|CI$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}

/** Stores a session as a request would, and gives its id. */
export async function visit(
  store: SessionStore,
  data: Readonly<Record<string, unknown>>,
  userId?: string,
): Promise<string> {
  const sessions: Sessions<Record<string, unknown>> = createSessions({ store, clientFacts: true });
  const session = await sessions.open(
    { 'user-agent': 'Firefox' },
    { secure: true, remoteAddress: '192.0.2.1' },
  );
  for (const [key, value] of Object.entries(data)) session.set(key, value);
  if (userId !== undefined) await session.login(userId);
  await sessions.commit(session);
  return session.id;
}
