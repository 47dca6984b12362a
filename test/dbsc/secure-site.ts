import { execFileSync } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sessionListener } from '../../src/adapters/node.js';
import { createDeviceBinding } from '../../src/dbsc/index.js';
import { addAnswer, createSessions, type Session } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { SECRET } from './site.js';

/** One request that the server answered. */
export interface Seen {
  readonly path: string;
  readonly status: number;
  /** Whether it came with a proof. */
  readonly isSigned: boolean;
}

export type SecureSite = Awaited<ReturnType<typeof serveSite>>;

/** A certificate that its own key signed. */
export function createCertificate() {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-dbsc-'));
  const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  try {
    execFileSync(
      'openssl',
      [
        ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
        ...['-days', '2', '-subj', '/CN=app.test', '-keyout', keyFile, '-out', certFile],
        ...['-addext', 'subjectAltName=DNS:app.test,DNS:other.test'],
      ],
      { stdio: 'pipe' },
    );
    const [key, cert] = [readFileSync(keyFile), readFileSync(certFile)];
    const spki = new X509Certificate(cert).publicKey.export({ type: 'spki', format: 'der' });
    return { key, cert, spki: createHash('sha256').update(spki).digest('base64') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A site over TLS whose sessions are bound, and another site that links to it. */
export async function serveSite({ key, cert }: { key: Buffer; cert: Buffer }) {
  const seen: (() => Seen)[] = [];
  const state = { ahead: 0, isDown: false };
  const now = () => Date.now() + state.ahead;
  const inner = memoryStore({ now });
  const store = new Proxy(inner, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return (...parameters: unknown[]) =>
        state.isDown ? Promise.reject(new Error('down')) : value.apply(target, parameters);
    },
  });
  const sessions = createSessions({ store, now, cookie: { persistent: true } });
  const binding = createDeviceBinding(sessions, {
    secret: SECRET,
    policy: ({ url }) => (url === '/admin' ? 'required' : 'supported'),
  });

  const listener = sessionListener(
    sessions,
    (request, response, session) =>
      new Promise<void>((resolve, reject) => {
        response.once('close', resolve);
        binding.middleware(request, response, (error) => {
          if (error === undefined) page(request, response, session).catch(reject);
          else reject(error);
        });
      }),
  );

  async function page(
    { url = '' }: IncomingMessage,
    response: ServerResponse,
    session: Session,
  ): Promise<void> {
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    const { pathname, searchParams } = new URL(url, 'https://app.test');
    const to = searchParams.get('to');
    if (pathname === '/login') {
      await session.login('ann');
      addAnswer(response, binding.offer(session));
    }
    if (to !== null) response.writeHead(303, { Location: to });
    if (url === '/logout') addAnswer(response, await binding.logout(session));
    if (url === '/regenerate') await session.regenerate();
    // A request for an icon would refresh the cookie when no test expects it.
    const head = `<link rel="icon" href="data:,"><title>${session.userId ?? 'nobody'}</title>`;
    response.end(`<!doctype html>${head}`);
  }

  const server = createServer({ key, cert }, (request, response) => {
    if (request.headers.host?.startsWith('other.test')) {
      response.setHeader('Content-Type', 'text/html');
      response.end(`<!doctype html><a href="https://app.test:${port}/linked">link</a>`);
      return;
    }
    const path = request.url ?? '';
    const isSigned = request.headers['secure-session-response'] !== undefined;
    // Read when it is asked for: the browser may know the answer before Node says `finish`.
    seen.push(() => ({ path, status: response.statusCode, isSigned }));
    listener(request, response).catch((error: unknown) => process.emitWarning(String(error)));
  });
  /** Whom each WebSocket is for; none is opened. */
  const sockets: (string | undefined)[] = [];
  server.on('upgrade', (request, socket) => {
    whoConnects(request).then(
      (user) => {
        sockets.push(user);
        socket.destroy();
      },
      () => socket.destroy(),
    );
  });

  async function whoConnects(request: IncomingMessage): Promise<string | undefined> {
    const session = await sessions.open(request.headers, { secure: true }, { readOnly: true });
    const answer = await binding.answer(request, session);
    return answer === undefined ? session.userId : undefined;
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  return {
    sockets,
    state,
    origin: `https://app.test:${port}`,
    otherOrigin: `https://other.test:${port}`,

    /** The requests of the browser's own, and for a path, since the last call. */
    take(...paths: string[]): Seen[] {
      const taken = seen
        .map((read) => read())
        .filter(({ path }) => path.startsWith('/dbsc/') || paths.includes(path));
      seen.length = 0;
      return taken;
    },

    /** Who the site takes somebody for that has these cookies and is no browser. */
    whoIs(cookie: string): Promise<string> {
      return new Promise((resolve, reject) => {
        const options = {
          port,
          path: '/me',
          ca: cert,
          servername: 'app.test',
          headers: { cookie },
        };
        request({ host: '127.0.0.1', ...options }, (response) => {
          response.setEncoding('utf8');
          let text = '';
          response.on('data', (chunk) => {
            text += chunk;
          });
          response.once('end', () => resolve(userOf(text)));
        })
          .once('error', reject)
          .end();
      });
    },

    close(): Promise<void> {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

export function userOf(page: string): string {
  return /<title>(.*)<\/title>/.exec(page)?.[1] ?? page;
}
