import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStore } from '../../src/config/drivers.js';
import { createClient } from '../../src/testing/client.js';
import { createWorkplace, visit, type Workplace } from './cli.js';

let workplace: Workplace;
let child: ChildProcess;

beforeEach(async () => {
  workplace = createWorkplace();
  await workplace.run(['migrate', '--connection', workplace.sqlite]);
});

afterEach(async () => {
  if (child?.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  workplace.remove();
});

/** Starts the dashboard and gives the address that it prints. */
async function start(...flags: string[]): Promise<URL> {
  child = workplace.start(['dashboard', '--connection', workplace.sqlite, ...flags]);
  const [line] = (await once(createInterface(child.stdout!), 'line')) as [string];
  return new URL(/http:\S+/.exec(line)![0]);
}

test('dashboard: the first browser that opens the address gets in, and nobody else', async () => {
  const { store } = await openStore({ connection: workplace.sqlite });
  const id = await visit(store, { cart: ['tea'] }, 'ann');
  await store.close?.();

  const address = await start();
  expect(address.hostname).toBe('127.0.0.1');
  const [, room] = address.pathname.split('/');
  const inside = `/${room}/sessions`;
  const operator = createClient({ origin: address.origin });
  const other = createClient({ origin: address.origin });

  expect((await other.get(inside)).status).toBe(403);
  expect((await other.get('/sessions')).status).toBe(403);
  expect((await other.get(`/${room}/enter?key=guess`)).status).toBe(403);
  expect((await other.request(address.href, { method: 'HEAD' })).status).toBe(403);

  const entered = await operator.get(address.href);
  expect([entered.status, entered.headers.get('location')]).toEqual([303, inside]);
  expect(entered.headers.getSetCookie()[0]).toMatch(/; HttpOnly; SameSite=Strict$/);
  const again = await other.get(address.href);
  expect([again.status, again.headers.getSetCookie()]).toEqual([403, []]);

  const list = await (await operator.get(inside)).json();
  expect(list).toMatchObject({ sessions: [{ id, userId: 'ann', device: 'Firefox' }] });
  expect((await other.get(inside)).status).toBe(403);
  const stderr = createInterface(child.stderr!);
  const audited = once(stderr, 'line');
  const ended = await operator.request(`${inside}/${id}`, { method: 'DELETE' });
  expect(await ended.json()).toEqual({ ended: true });
  expect((await audited)[0]).toContain(`end ${id}`);

  child.kill('SIGINT');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test('dashboard: a foreign name that leads to this machine is refused', async () => {
  const address = await start();
  const status = await new Promise((done, fail) => {
    const headers = { host: `evil.example:${address.port}` };
    request(address, { headers }, (response) => {
      response.resume();
      done(response.statusCode);
    })
      .on('error', fail)
      .end();
  });
  expect(status).toBe(421);
  // The address is not used up.
  expect((await createClient({ origin: address.origin }).get(address.href)).status).toBe(303);
});

test('dashboard: says what is wrong with a port', async () => {
  const where = ['--connection', workplace.sqlite];
  const wrong = await workplace.run(['dashboard', '--port', 'http', ...where]);
  expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining("--port is 'http'.") });
  const { port } = await start();
  const taken = await workplace.run(['dashboard', '--port', port, ...where]);
  expect(taken).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(`Port ${port} is in use`),
  });
});
