import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { manualClock } from '../../src/testing/clock.js';
import { browserMissing, launchBrowser, titled } from '../examples/browser.js';
import { type Dashboard, dashboard, OPERATOR } from './dashboard.js';
import { type OpenPlace, places } from './places.js';

const SAFARI =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1';
const HOSTILE = `"><img src=x onerror="document.title='stolen'"><script>document.title='stolen'</script>`;
/** Where to put pictures of the pages, to look at. */
const PICTURES = process.env.SOJOURN_PICTURES;

const there = places.filter(({ name, missing }) => name !== 'memory' && missing === undefined);

describe.skipIf(browserMissing !== undefined).each(there)(
  titled('the dashboard in a browser, over $name'),
  ({ name, open }) => {
    let browser: Browser;
    let place: OpenPlace;
    let board: Dashboard;
    let server: Server;
    let url: string;
    const clock = manualClock(Date.now());
    const closing: (() => Promise<void>)[] = [];
    const complaints: string[] = [];

    beforeAll(async () => {
      browser = await launchBrowser();
    }, 60_000);

    afterAll(() => browser?.close());

    beforeEach(async () => {
      place = await open(clock.now);
      board = dashboard(place.store, { now: clock.now });
      server = createServer((request, response) => void board.admin.listener(request, response));
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
      url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/admin`;
    });

    afterEach(async () => {
      for (const close of closing.splice(0)) await close();
      await board.admin.close();
      server.closeAllConnections();
      server.close();
      await place.remove();
      // A blocked style, a script error, a missing file.
      expect(complaints.splice(0)).toEqual([]);
    });

    /** A page of an operator's browser. */
    async function operator(options: BrowserContextOptions = {}): Promise<Page> {
      const context = await browser.newContext({ extraHTTPHeaders: OPERATOR, ...options });
      closing.push(() => context.close());
      context.setDefaultTimeout(15_000);
      context.on('console', (message) => {
        if (message.type() === 'error') complaints.push(message.text());
      });
      context.on('weberror', (error) => complaints.push(String(error.error())));
      return context.newPage();
    }

    async function picture(page: Page, name: string): Promise<void> {
      if (PICTURES !== undefined)
        await page.screenshot({ path: `${PICTURES}/${name}.png`, fullPage: true });
    }

    async function visits(): Promise<void> {
      for (let n = 0; n < 60; n++) await board.visit({ userId: `user ${n % 7}` });
      clock.advance('90m');
      await board.visit({ userId: 'ada', userAgent: SAFARI });
      await board.visit({ userId: 'ada', data: { cart: ['tea', 'milk'], theme: 'dark' } });
      await board.visit({ userAgent: HOSTILE, data: { [HOSTILE]: HOSTILE } });
      clock.advance('3m');
    }

    it('a walk: the list, its filter and its pages, a user, one session, its end', async () => {
      await visits();
      const page = await operator();
      await page.goto(`${url}/`);
      await page.getByRole('link', { name: 'Next page' }).click();
      await page.getByText('13 sessions here').waitFor();
      await page.getByLabel('User').fill('ada');
      await page.getByRole('button', { name: 'Filter' }).click();
      await page.getByText('2 sessions here').waitFor();
      await page.getByText('Safari on iOS').waitFor();
      await picture(page, 'list-filtered');

      await page.getByRole('link', { name: 'ada' }).first().click();
      await page.getByRole('heading', { name: 'User ada' }).waitFor();
      const firefox = page.getByRole('row').filter({ hasText: 'Firefox on Linux' });
      await firefox.getByRole('link', { name: /^Open session/ }).click();
      await page.getByText('theme').waitFor();
      expect(await page.getByText("'dark'").count()).toBe(0);
      await page.getByRole('link', { name: 'Show the values' }).click();
      await page.getByText("'dark'").waitFor();
      await picture(page, 'session');
      await page.getByRole('button', { name: 'End this session' }).click();
      await page.getByText('The session has ended.').waitFor();
      expect(await board.sessions.ofUser('ada')).toHaveLength(1);
      await page.getByRole('link', { name: 'Ended', exact: true }).click();
      await page.getByRole('cell', { name: 'revoked' }).waitFor();
      const user = page.getByRole('textbox', { name: 'User' });
      await user.fill('bob');
      await page.getByRole('button', { name: 'Filter' }).click();
      await page.getByText('None on this page.').waitFor();
      await user.fill('ada');
      await page.getByRole('button', { name: 'Filter' }).click();
      await page.getByRole('cell', { name: 'revoked' }).waitFor();

      await page.getByRole('link', { name: 'Health' }).click();
      await page.getByText(`The ${name.split(' ')[0]} store reads and writes`).waitFor();
      await page.getByText('0 problems, 1 warning.').waitFor();
    });

    it('ends many after a count', async () => {
      await visits();
      const page = await operator();
      await page.goto(`${url}/end`);
      await page.getByLabel('Older than').fill('1h');
      await page.getByRole('button', { name: 'Count them first' }).click();
      await page.getByText('60 sessions older than 1h.').waitFor();
      expect(await board.sessions.count()).toBe(63);
      await picture(page, 'end-counted');
      await page.getByRole('button', { name: 'End these 60' }).click();
      await page.getByText('60 of 60 sessions older than 1h ended.').waitFor();
      expect(await board.sessions.count()).toBe(3);
    });

    // The rest asks nothing of the store that the tests above did not.
    if (name !== 'sqlite') return;

    it('a long walk goes on by itself', async () => {
      await visits();
      const { list } = board.sessions;
      let pages = 0;
      Object.assign(board.sessions, {
        list: async (options: object) => {
          pages++;
          // The whole store in one page, and then so many empty ones.
          if (pages === 1) return { ...(await list(options)), next: 'more' };
          return { sessions: [], next: pages < 250 ? 'more' : undefined };
        },
      });
      const page = await operator();
      await page.goto(`${url}/end`);
      await page.getByLabel('Older than').fill('1h');
      await page.getByRole('button', { name: 'Count them first' }).click();
      await page.getByText('60 sessions older than 1h.').waitFor();
      expect(pages).toBe(250);
    });

    it('statistics renew themselves', async () => {
      await visits();
      const page = await operator();
      await page.goto(`${url}/stats`);
      const created = page.getByRole('listitem').filter({ hasText: 'Created' });
      await created.getByText('63').waitFor();
      await board.visit();
      await created.getByText('64').waitFor();
      await page.getByRole('button', { name: 'Count the active sessions' }).click();
      await page.getByRole('listitem').filter({ hasText: 'Active' }).getByText('64').waitFor();
      await picture(page, 'stats');
    });

    it('ended sessions renew themselves, and stay filtered', async () => {
      await visits();
      const page = await operator();
      await page.goto(`${url}/ended?user=bob`);
      await page.getByText('None on this page.').waitFor();
      const renewed = page.waitForResponse((answer) => answer.url().includes('/ended'));
      await board.sessions.destroyUser('ada');
      await (await renewed).finished();
      await board.visit({ userId: 'bob' });
      await board.sessions.destroyUser('bob');
      await page.getByRole('cell', { name: 'bob' }).waitFor();
      expect(await page.getByRole('cell', { name: 'ada' }).count()).toBe(0);
    });

    it('a hostile client gets nothing into a page', async () => {
      await visits();
      const page = await operator();
      for (const path of ['/sessions', '/sessions?idleFor=1m&limit=100']) {
        await page.goto(`${url}${path}`);
        expect(await page.title()).toBe('Sessions · Sojourn');
      }
      const row = page.getByRole('row').filter({ hasText: 'onerror' });
      await row.getByRole('link').click();
      await page.getByRole('link', { name: 'Show the values' }).click();
      await page.getByText('Hide the values').waitFor();
      expect(await page.title()).toBe('Session · Sojourn');
      expect(await page.locator('img, main script').count()).toBe(0);
      await picture(page, 'hostile');
    });

    it('without script everything can be read, and sessions be ended', async () => {
      await visits();
      const page = await operator({ javaScriptEnabled: false });
      for (const path of ['sessions', 'stats', 'ended', 'health', 'end']) {
        await page.goto(`${url}/${path}`);
        expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1);
      }
      await page.getByLabel('User').fill('user 1');
      await page.getByRole('button', { name: 'Count them first' }).click();
      await page.getByRole('button', { name: 'End these 9' }).click();
      await page.getByText(/^9 of 9 sessions of user user 1 ended\.$/).waitFor();
    });

    it.each(['light', 'dark'] as const)(
      '%s, 360 pixels wide: nothing is cut off',
      async (scheme) => {
        await visits();
        const page = await operator({
          viewport: { width: 360, height: 740 },
          colorScheme: scheme,
        });
        await board.sessions.destroyUser('user 1');
        const { sessions } = await board.sessions.list({ user: 'ada' });
        const paths = [
          'sessions?limit=4',
          'sessions',
          'stats',
          'ended',
          'health',
          'end',
          `sessions/${sessions[0]?.id}?values=1`,
        ];
        for (const [index, path] of paths.entries()) {
          await page.goto(`${url}/${path}`);
          const width = await page.evaluate('document.documentElement.scrollWidth');
          expect([path, width]).toEqual([path, 360]);
          await picture(page, `narrow-${scheme}-${index}`);
        }
        const wide = await operator({ colorScheme: scheme });
        for (const path of ['sessions?user=ada', 'ended', 'health']) {
          await wide.goto(`${url}/${path}`);
          await picture(wide, `wide-${scheme}-${path.replace(/\W.*/, '')}`);
        }
      },
    );

    it('the keyboard reaches everything', async () => {
      await visits();
      const page = await operator();
      await page.goto(`${url}/sessions?user=ada`);
      const reached: string[] = [];
      for (let n = 0; n < 20; n++) {
        await page.keyboard.press('Tab');
        reached.push(
          await page.evaluate(
            "(document.activeElement.getAttribute('aria-label') ?? document.activeElement.name) || document.activeElement.textContent",
          ),
        );
      }
      expect(reached[0]).toBe('To the content');
      for (const name of ['Statistics', 'user', 'olderThan', 'Filter', 'ada'])
        expect(reached).toContain(name);
      expect(reached.some((name) => name.startsWith('Open session'))).toBe(true);
    });
  },
);
