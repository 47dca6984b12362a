import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { userInfo } from 'node:os';
import type { AdminAction, UserAgentParser } from '../../admin/index.js';
import { createAdmin } from '../../admin/index.js';
import { optionsWithStore } from '../../config/session-options.js';
import { createSessions } from '../../core/sessions.js';
import { type Command, defineCommand } from '../command.js';
import { createGate } from '../dashboard/gate.js';
import { ExitCode } from '../exit-code.js';
import { printable } from '../output.js';
import { UsageError } from '../usage-error.js';

const HOST = '127.0.0.1';

export const dashboard: Command = defineCommand({
  names: ['dashboard'],
  summary: 'serve the dashboard of the store to the browser on this machine',
  flags: { port: { value: 'number', summary: 'the port; default a free one' } },
  usesStore: true,

  async run({ flags, output, interrupt, config, open }) {
    const port = readPort(flags.port);
    const { store, server: facts } = await open({ mustExist: true });
    const sessions = createSessions(optionsWithStore((await config()).config, store));
    const server = createServer();
    const place = await listen(server, port);
    const gate = createGate(place);
    const admin = createAdmin(sessions, {
      basePath: gate.basePath,
      authorize: (request) =>
        gate.isOperator(request.headers.get('cookie')) ? operator() : undefined,
      onAction: (action) => output.note(inWords(action)),
      server: facts,
      bowser: await findBowser(),
    });
    server.on('request', (request, response) => {
      if (!gate.answers(request, response)) void admin.listener(request, response);
    });
    output.result({ url: gate.url }, [
      `The dashboard of the ${store.name} store: ${gate.url}`,
      'The address works once, in one browser. Ctrl-C ends the dashboard.',
    ]);
    await aborted(interrupt);
    await admin.close();
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
    return ExitCode.done;
  },
});

function readPort(text: string | undefined): number {
  const port = Number(text ?? 0);
  if (Number.isSafeInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new UsageError(`--port is '${text}'. Give a number from 1 to 65535.`);
}

/** The host and port that it listens on. */
function listen(server: Server, port: number): Promise<string> {
  return new Promise((done, fail) => {
    server.on('error', (error: NodeJS.ErrnoException) =>
      fail(
        error.code === 'EADDRINUSE'
          ? new UsageError(`Port ${port} is in use. Choose another with --port, or leave it out.`)
          : error,
      ),
    );
    server.listen(port, HOST, () => done(`${HOST}:${(server.address() as AddressInfo).port}`));
  });
}

/** What names devices, where the project has it. */
async function findBowser(): Promise<UserAgentParser | undefined> {
  try {
    return (await import('bowser')).default;
  } catch {
    return undefined;
  }
}

function operator(): string {
  try {
    return userInfo().username;
  } catch {
    // A user that the machine has no name for.
    return 'operator';
  }
}

function inWords(action: AdminAction): string {
  const what = 'id' in action ? action.id : JSON.stringify(action.filter);
  return `${new Date().toISOString()} ${action.action} ${printable(what)}`;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) done();
    else signal.addEventListener('abort', () => done(), { once: true });
  });
}
