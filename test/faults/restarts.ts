import { expect, test } from 'vitest';
import { startServer } from '../../scripts/servers/index.js';
import type { RemoteStore } from '../remote-stores/remote-store.js';
import { startLoad, tagsOf } from './load.js';
import { startPrivateApplication } from './private-application.js';
import { eventually, long } from './store-under-fault.js';

/** What a server that was killed still has of the writes that it acknowledged. */
export type Kept = 'all' | 'nothing';

/** @param options More of the server's command line. */
export function restarts(remote: RemoteStore, kept: Kept, options: readonly string[]): void {
  const rounds = long ? 20 : 3;

  test(`F-09 the server is killed and restarted ${rounds} times under load: nobody is let in unseen, the process lives on`, async () => {
    const server = await startServer(remote.server, { options });
    const { store, application, errors } = await startPrivateApplication(
      remote,
      server,
      server.url,
    );
    const load = await startLoad(application, kept === 'all' ? [200, 503] : [200, 401, 503]);

    for (let round = 0; round < rounds; round++) {
      await load.progress();
      await server.kill();
      for (const { browser } of load.workers)
        expect((await browser.get('/account')).status).toBe(503);
      await server.restart();
      if (kept === 'nothing') await eventually(() => store.migrate?.());
      for (const { browser } of load.workers)
        await eventually(async () => expect((await browser.get('/account')).status).not.toBe(503));
    }
    await load.stop();

    for (const worker of kept === 'all' ? load.workers : []) {
      expect(await tagsOf(worker)).toEqual(expect.arrayContaining(worker.acknowledged));
    }
    const again = await eventually(() => application.login('again'));
    expect(await (await again.get('/account')).text()).toBe('again');
    expect(errors).toEqual([]);
  });
}
