import { once } from 'node:events';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { FortSession, fortSession } from '../../src/dialects/fort.js';
import { type Client, createClient } from '../../src/testing/client.js';
import { type Gate, gate } from './gate.js';

export type FortPackage = typeof import('fortjs');

const require = createRequire(import.meta.url);

/** FortJs with state of its own: it keeps routes and settings in the module. */
export function loadFort(): FortPackage {
  for (const path of Object.keys(require.cache))
    if (path.includes('/node_modules/fortjs/')) delete require.cache[path];
  return require('fortjs');
}

/**
 * A real FortJs with the workers of its own session tests, and some more; `configure` says where
 * its sessions are.
 */
export async function startFort(
  configure: (fort: FortPackage) => void,
  { slow = gate() }: { slow?: Gate } = {},
): Promise<{ client: Client; url: string }> {
  const fort = loadFort();
  const { Controller, Fort, jsonResult, textResult, worker } = fort;

  class SessionController extends Controller {
    async add(): Promise<unknown> {
      await this.session.set(this.body.key, this.body.value);
      return textResult('saved');
    }

    async addmany(): Promise<unknown> {
      const { key1, value1, key2, value2 } = this.body;
      await this.session.setMany({ [key1]: value1, [key2]: value2 });
      return textResult('saved');
    }

    async exist(): Promise<unknown> {
      return textResult(
        (await this.session.isExist(this.query.key)) ? 'key is found' : 'key is not found',
      );
    }

    async get(): Promise<unknown> {
      return jsonResult({ value: await this.session.get(this.query.key) });
    }

    async getall(): Promise<unknown> {
      return jsonResult({ value: await this.session.getAll() });
    }

    async remove(): Promise<unknown> {
      await this.session.remove(this.query.key);
      return textResult('removed');
    }

    async clear(): Promise<unknown> {
      await this.session.clear();
      return textResult('cleared');
    }

    /** Clears and goes on with a new session. */
    async restart(): Promise<unknown> {
      await this.session.clear();
      await this.session.set('restarted', true);
      return textResult('restarted');
    }

    /** As an application for FortJs logs in, and as one on Sojourn should. */
    async login(): Promise<unknown> {
      const { session } = this as { session: unknown };
      if (session instanceof FortSession) await fortSession(this).login(this.body.user);
      await this.session.set('user', this.body.user);
      return textResult('logged in');
    }

    async promote(): Promise<unknown> {
      return textResult(await fortSession(this).regenerate());
    }

    async cookies(): Promise<unknown> {
      this.cookie.addCookie({ name: 'theme', value: 'dark' });
      await this.session.set('visited', true);
      this.cookie.addCookie({ name: 'language', value: 'en' });
      return textResult('saved');
    }

    /** Reads its session, waits, and writes one key. */
    async slow(): Promise<unknown> {
      await this.session.get('anything');
      slow.reach();
      await slow.isOpen;
      await this.session.set(this.query.key, 'slow');
      return textResult('saved');
    }
  }

  for (const name of Object.getOwnPropertyNames(SessionController.prototype)) {
    if (name !== 'constructor') worker()(SessionController.prototype, name, {});
  }
  Fort.port = 0;
  Fort.routes = [{ controller: SessionController, path: '/session' }] as never;
  configure(fort);
  await Fort.create();
  const { httpServer } = Fort;
  onTestFinished(async () => {
    httpServer.closeAllConnections();
    const isClosed = once(httpServer, 'close');
    await Fort.destroy();
    await isClosed;
  });
  const url = `http://127.0.0.1:${(httpServer.address() as AddressInfo).port}`;
  return { client: createClient({ origin: url }), url };
}

/** Sends JSON. */
export function send(client: Client, path: string, body: object): Promise<Response> {
  return client.post(path, {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}
