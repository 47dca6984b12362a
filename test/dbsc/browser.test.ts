import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { browserMissing, executablePath, titled } from '../examples/browser.js';
import { createCertificate, type SecureSite, serveSite, userOf } from './secure-site.js';
import { COOKIE } from './site.js';

/** Machines that run tests are busy. */
const SOON = { timeout: 20_000 };
const LIFETIME = 10 * 60_000;
const SIGNED = { path: '/dbsc/refresh', status: 200, isSigned: true };
const ASKED = { path: '/dbsc/refresh', status: 403, isSigned: false };
const REGISTERED = { path: '/dbsc/registration', status: 200, isSigned: true };

describe.skipIf(browserMissing !== undefined)(titled('in Chromium'), () => {
  const certificate = browserMissing === undefined ? createCertificate() : undefined;
  let site: SecureSite;
  let profile: string;
  let context: BrowserContext;
  let page: Page;

  /** Both features are needed: Linux has no key store, so the keys are of software. */
  async function launch(): Promise<void> {
    context = await chromium.launchPersistentContext(profile, {
      executablePath: String(executablePath),
      args: [
        ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
        '--disable-quic',
        '--enable-features=DeviceBoundSessions,EnableBoundSessionCredentialsSoftwareKeysForManualTesting',
        `--ignore-certificate-errors-spki-list=${certificate?.spki}`,
        '--host-resolver-rules=MAP *.test 127.0.0.1',
      ],
    });
    page = context.pages()[0] ?? (await context.newPage());
  }

  beforeAll(async () => {
    site = await serveSite(certificate!);
  });
  afterAll(() => site.close());
  beforeEach(async () => {
    profile = mkdtempSync(join(tmpdir(), 'sojourn-dbsc-'));
    await launch();
  });
  afterEach(async () => {
    await context.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    Object.assign(site.state, { ahead: 0, isDown: false });
    site.take();
  });

  async function logIn(): Promise<void> {
    await page.goto(`${site.origin}/login`);
    await expect.poll(boundCookie, SOON).toBeDefined();
    expect(site.take()).toEqual([REGISTERED]);
    // From here on nothing that left before the registration can be under way.
    site.state.ahead += 10_000;
  }

  async function cookieHeader(): Promise<string> {
    const cookies = await context.cookies(site.origin);
    return cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  }

  async function boundCookie(): Promise<string | undefined> {
    return (await context.cookies(site.origin)).find(({ name }) => name === COOKIE)?.value;
  }

  /** The browser's bound cookie ends, as it does after its lifetime. */
  async function expire(): Promise<void> {
    await context.clearCookies({ name: COOKIE });
  }

  /** Who the site takes the browser for, asked by a script of its page. */
  async function whoIs(path = '/me'): Promise<string> {
    return userOf(await page.evaluate(async (url) => (await fetch(url)).text(), path));
  }

  test('D-02 a login by a page load, by a redirect and by a script registers a device', async () => {
    await logIn();
    expect(await whoIs()).toBe('ann');
    await page.goto(`${site.origin}/login?to=/me`);
    await expect.poll(() => site.take(), SOON).toEqual([REGISTERED]);
    expect(await page.title()).toBe('ann');
    await page.evaluate(() => fetch('/login', { method: 'POST' }));
    await expect.poll(() => site.take(), SOON).toEqual([REGISTERED]);
    expect(await whoIs()).toBe('ann');
  });

  test('a page that requires a device is there right after the login', async () => {
    await page.goto(`${site.origin}/login?to=/admin`);
    await expect.poll(() => page.title(), SOON).toBe('ann');
    expect(page.url()).toBe(`${site.origin}/admin`);
    expect(await whoIs('/admin')).toBe('ann');
  });

  test('D-05 D-15 when the cookie has expired, 50 requests at once wait for one signed refresh', async () => {
    await logIn();
    await expire();
    const users = await page.evaluate(() =>
      Promise.all(Array.from({ length: 50 }, async () => (await fetch('/me')).text())),
    );
    expect(new Set(users.map(userOf))).toEqual(new Set(['ann']));
    expect(site.take()).toEqual([SIGNED]);
    await expire();
    expect(await whoIs()).toBe('ann');
    expect(site.take()).toEqual([SIGNED]);
  });

  test('D-12 D-13 while the cookie lives, nothing is refreshed', async () => {
    await logIn();
    for (let time = 0; time < 3; time++) await page.goto(`${site.origin}/me`);
    expect(await page.title()).toBe('ann');
    expect(site.take()).toEqual([]);
  });

  test('a copied pair of cookies stops working within the lifetime, and the browser goes on', async () => {
    await logIn();
    const copied = await cookieHeader();
    expect(await site.whoIs(copied)).toBe('ann');
    site.state.ahead += LIFETIME;
    expect(await site.whoIs(copied)).toBe('nobody');
    await expire();
    expect(await site.whoIs(await cookieHeader())).toBe('nobody');
    await page.goto(`${site.origin}/me`);
    expect(await page.title()).toBe('ann');
    expect(await site.whoIs(copied)).toBe('nobody');
  });

  test('D-06 after a long pause, and after a restart, the browser is asked for a proof', async () => {
    await logIn();
    site.state.ahead += 2 * LIFETIME;
    await expire();
    expect(await whoIs()).toBe('ann');
    expect(site.take()).toEqual([{ ...SIGNED, status: 403 }, SIGNED]);

    await expire();
    await context.close();
    await launch();
    await page.goto(`${site.origin}/me`);
    expect(await page.title()).toBe('ann');
    expect(site.take()).toEqual([ASKED, SIGNED]);
  });

  test('D-09 D-10 after a logout the cookie is gone, and the browser ends the binding at its next request', async () => {
    await logIn();
    const copied = await cookieHeader();
    expect(await whoIs('/logout')).toBe('nobody');
    expect(await boundCookie()).toBeUndefined();
    expect(await site.whoIs(copied)).toBe('nobody');
    for (let time = 0; time < 3; time++) expect(await whoIs()).toBe('nobody');
    const [refreshed, ...more] = site.take();
    expect({ refreshed, more }).toMatchObject({ refreshed: { status: 200 }, more: [] });
    expect(await boundCookie()).toBeUndefined();
    await logIn();
    expect(await whoIs()).toBe('ann');
  });

  test('D-16 a link of another site to a page, with an expired cookie, leads to the page', async () => {
    await logIn();
    await page.goto(site.otherOrigin);
    // No page of the site is left that could ask for a new cookie.
    await expire();
    await page.click('a');
    await expect.poll(() => page.title(), SOON).toBe('ann');
    expect(site.take('/linked').filter(({ path }) => path === '/linked')).toHaveLength(2);
    expect(page.url()).toBe(`${site.origin}/linked`);
  });

  test('D-08 while the store is down nobody is logged out', async () => {
    await logIn();
    await expire();
    site.state.isDown = true;
    expect(await page.evaluate(async () => (await fetch('/me')).status)).toBe(503);
    site.state.isDown = false;
    await expect.poll(() => whoIs(), SOON).toBe('ann');
    expect(site.take().at(-1)).toEqual(SIGNED);
  });

  test('D-14 when the browser has refreshed too often nobody is logged out', async () => {
    await logIn();
    const copied = await cookieHeader();
    const statuses: number[] = [];
    while (!statuses.includes(503) && statuses.length < 20) {
      await expire();
      statuses.push(await page.evaluate(async () => (await fetch('/me')).status));
    }
    expect(statuses.at(-1)).toBe(503);
    expect(await site.whoIs(copied)).toBe('ann');
  });

  test('a WebSocket waits for the refresh', async () => {
    await logIn();
    await expire();
    const open = (url: string) =>
      new Promise((resolve) => {
        new WebSocket(url).onerror = resolve;
      });
    await page.evaluate(open, site.origin.replace('https:', 'wss:'));
    expect(site.sockets).toEqual(['ann']);
    expect(site.take()).toEqual([SIGNED]);
  });

  test('D-20 the binding stays when the token changes; a login makes another', async () => {
    await logIn();
    expect(await whoIs('/regenerate')).toBe('ann');
    await expire();
    expect(await whoIs()).toBe('ann');
    expect(site.take()).toEqual([SIGNED]);
    await logIn();
    await expire();
    expect(await whoIs()).toBe('ann');
  });
});
