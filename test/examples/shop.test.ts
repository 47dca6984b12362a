import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { html } from '../../examples/shop/html.js';
import { browserMissing, launchBrowser, titled } from './browser.js';
import { type Shop, startShop } from './shop-process.js';

const COOKIE = '__Host-sid';

const folder = mkdtempSync(join(tmpdir(), 'sojourn-shop-'));
let shop: Shop;

beforeAll(async () => {
  shop = await startShop(folder);
});

afterAll(async () => {
  await shop?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('the shop without a browser', () => {
  it('says where it listens and where the sessions are', () => {
    expect(shop.greeting).toContain(shop.url);
    expect(shop.greeting).toContain(folder);
  });

  it('says what to do when the port is in use', async () => {
    await expect(startShop(folder, shop.port)).rejects.toThrow(`Port ${shop.port} is in use`);
  });

  it.each<Record<string, string>>([
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'http://elsewhere.example' },
    { origin: 'null' },
  ])('refuses forms of other sites: %o', async (headers) => {
    const answer = await fetch(`${shop.url}/cart`, {
      method: 'POST',
      headers,
      body: new URLSearchParams({ product: 'mug' }),
    });
    expect(answer.status).toBe(403);
    expect(answer.headers.getSetCookie()).toEqual([]);
  });

  it('escapes what it shows', () => {
    expect(
      String(html`<p title="${`"'`}">${['<script>&', html`<br>`, undefined, true, 0]}</p>`),
    ).toBe('<p title="&quot;&#39;">&lt;script&gt;&amp;<br>0</p>');
  });

  it('needs a style sheet and pictures, but no session for them', async () => {
    const answer = await fetch(`${shop.url}/style.css`);
    expect([answer.status, answer.headers.get('vary')]).toEqual([200, null]);
  });
});

describe.skipIf(browserMissing !== undefined)(titled('the shop in a browser'), () => {
  let browser: Browser;
  const contexts: BrowserContext[] = [];
  const complaints: string[] = [];

  beforeAll(async () => {
    browser = await launchBrowser();
  }, 60_000);

  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close();
    // A blocked style, a script error, a missing picture.
    expect(complaints.splice(0)).toEqual([]);
  });

  afterAll(() => browser?.close());

  /** A browser profile of its own: its pages share cookies with each other only. */
  async function visitor(options: BrowserContextOptions = {}): Promise<BrowserContext> {
    const context = await browser.newContext({
      baseURL: shop.url,
      viewport: { width: 1180, height: 820 },
      ...options,
    });
    context.setDefaultTimeout(15_000);
    context.on('console', (message) => {
      // Chromium also reports the status of a refused login, and pictures that it asks for while
      // the shop restarts.
      const isExpected = /401|ERR_CONNECTION/.test(message.text());
      if (message.type() === 'error' && !isExpected) complaints.push(message.text());
    });
    contexts.push(context);
    return context;
  }

  async function open(context: BrowserContext, path: string): Promise<Page> {
    const page = await context.newPage();
    await page.goto(path);
    return page;
  }

  async function logIn(page: Page, user: string, password = 'demo'): Promise<void> {
    await page.goto('/login');
    await page.getByLabel('User').fill(user);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('main').getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('status').waitFor();
  }

  async function addToCart(page: Page, product: string): Promise<void> {
    await page.goto('/');
    await page.getByRole('button', { name: `Add ${product} to the cart` }).click();
    await page.getByText(`${product} is in your cart.`).waitFor();
  }

  async function isLoggedIn(page: Page): Promise<boolean> {
    await page.goto('/');
    return page.getByRole('button', { name: 'Log out' }).isVisible();
  }

  async function tokenOf(context: BrowserContext): Promise<string | undefined> {
    return (await context.cookies()).find(({ name }) => name === COOKIE)?.value;
  }

  async function cartWith(token: string): Promise<string> {
    const answer = await fetch(`${shop.url}/cart`, { headers: { cookie: `${COOKIE}=${token}` } });
    expect(answer.headers.getSetCookie()).toEqual([]);
    return answer.text();
  }

  async function picture(page: Page, name: string): Promise<void> {
    await page.screenshot({ path: join('.artifacts', `shop-${name}.png`), fullPage: true });
  }

  it('S-10: gives no cookie to somebody who only looks', async () => {
    const context = await visitor();
    for (const path of ['/', '/cart', '/login', '/devices', '/session', '/tour'])
      await open(context, path);
    expect(await context.cookies()).toEqual([]);
  });

  it('S-20: the browser keeps the cookie with the attributes that were meant', async () => {
    const context = await visitor();
    await addToCart(await open(context, '/'), 'Enamel mug');
    expect(await context.cookies()).toEqual([
      // Without a leading dot the domain means: to this host only.
      expect.objectContaining({
        name: COOKIE,
        domain: 'localhost',
        path: '/',
        httpOnly: true,
        secure: true,
        sameSite: 'Lax',
        expires: -1,
      }),
    ]);
    expect(await (context.pages()[0] as Page).evaluate('document.cookie')).toBe('');
  });

  it('shows a message once', async () => {
    const page = await open(await visitor(), '/');
    await addToCart(page, 'Reading lamp');
    await picture(page, 'catalogue');
    await page.reload();
    expect(await page.getByRole('status').count()).toBe(0);
  });

  it('fills, changes and empties a cart', async () => {
    const page = await open(await visitor(), '/');
    await addToCart(page, 'Wool blanket');
    await addToCart(page, 'Wool blanket');
    await addToCart(page, 'Alarm clock');
    await page.goto('/cart');
    await page.getByLabel('Quantity of Wool blanket').fill('3');
    await page
      .getByRole('row', { name: 'Wool blanket' })
      .getByRole('button', { name: 'Change' })
      .click();
    await page.getByText('Your cart now has 3 × Wool blanket.').waitFor();
    await page.getByText('€263.00').waitFor();
    await picture(page, 'cart');
    for (const product of ['Wool blanket', 'Alarm clock']) {
      await page.getByRole('button', { name: `Remove ${product}` }).click();
      await page.getByText(`${product} is out of your cart.`).waitFor();
    }
    await page.getByText('It is empty.').waitFor();
  });

  it('S-10: a failed login stores nothing', async () => {
    const context = await visitor();
    const page = await open(context, '/');
    await logIn(page, 'grace', 'wrong');
    await picture(page, 'login');
    expect(await page.getByRole('status').textContent()).toContain('do not belong together');
    expect(await context.cookies()).toEqual([]);
  });

  it('S-12, V-03: a login moves the cart to a new token, and the old one is dead', async () => {
    const context = await visitor();
    const page = await open(context, '/');
    await addToCart(page, 'Travel kettle');
    const before = await tokenOf(context);
    expect(await cartWith(before ?? '')).toContain('Travel kettle');
    await logIn(page, 'grace');
    const after = await tokenOf(context);
    expect(after).toHaveLength(43);
    expect(after).not.toBe(before);
    expect(await cartWith(after ?? '')).toContain('Travel kettle');
    expect(await cartWith(before ?? '')).toContain('It is empty.');
  });

  it('tells what the session holds, and why a cookie was set or not', async () => {
    const context = await visitor();
    const page = await open(context, '/tour');
    await addToCart(page, 'Field notebook');
    await logIn(page, 'grace');
    await page.goto('/session');
    await picture(page, 'session');
    const rows = await page.getByRole('row').allTextContents();
    const text = rows.join('\n').replace(/\s+/g, ' ');
    expect(text).toMatch(/GET \/session\s*yours running/);
    expect(text).toMatch(
      /POST \/login 303 yours regenerated __Host-sid=…; Path=\/; HttpOnly; Secure; SameSite=Lax/,
    );
    expect(text).toMatch(/POST \/cart 303 \S+… created __Host-sid=…/);
    expect(text).toMatch(/GET \/ 200 yours updated none/);
    expect(text).toMatch(/GET \/ 200 none nothing none/);
    expect(text).toMatch(/GET \/tour 200 none untouched none/);
    const content = await page.content();
    expect(content).toContain('"notebook": 1');
    expect(content).not.toContain(await tokenOf(context));
  });

  it('S-17: ends one other device, and all others', async () => {
    const first = await open(await visitor(), '/');
    const others: Page[] = [];
    for (const userAgent of [
      'Mozilla/5.0 (Windows NT 10.0) Firefox/140.0',
      'Mozilla/5.0 (iPhone) Safari/604.1',
      undefined,
    ]) {
      others.push(await open(await visitor(userAgent === undefined ? {} : { userAgent }), '/'));
    }
    for (const page of [first, ...others]) await logIn(page, 'ada');
    await first.goto('/devices');
    await picture(first, 'devices');
    await first
      .getByRole('listitem')
      .filter({ hasText: 'Firefox on Windows' })
      .getByRole('button', { name: 'End this one' })
      .click();
    await first.getByText('Firefox on Windows is logged out.').waitFor();
    expect(await Promise.all(others.map(isLoggedIn))).toEqual([false, true, true]);
    await first.goto('/devices');
    await first.getByRole('button', { name: 'End all others' }).click();
    await first.getByText('2 other devices are logged out.').waitFor();
    expect(await Promise.all([first, ...others].map(isLoggedIn))).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });

  it('does not end the sessions of somebody else', async () => {
    const [victim, other] = [await open(await visitor(), '/'), await open(await visitor(), '/')];
    await logIn(victim, 'grace');
    await logIn(other, 'ada');
    await victim.goto('/session');
    const id = await victim.locator('dd code').first().textContent();
    const cookie = `${COOKIE}=${await tokenOf(other.context())}`;
    const answer = await fetch(`${shop.url}/devices/${id}/end`, {
      method: 'POST',
      headers: { cookie },
      redirect: 'manual',
    });
    expect(answer.status).toBe(303);
    expect(await isLoggedIn(victim)).toBe(true);
  });

  it('S-16, V-01: a logout stays, whatever a slow page in another tab writes afterwards', async () => {
    const context = await visitor();
    const tab = await open(context, '/');
    await logIn(tab, 'katherine');
    const slowTab = await context.newPage();
    const slow = slowTab.goto('/slow?ms=3000');
    await expect
      .poll(async () => (await fetch(`${shop.url}/session`)).text(), { timeout: 10_000 })
      .toMatch(/GET \/slow<(?:(?!outcome)[\s\S])*outcome running/);
    await tab.getByRole('button', { name: 'Log out' }).click();
    await tab.getByText('You are logged out.').waitFor();
    const after = await tokenOf(context);

    const answer = await slow;
    expect(await slowTab.getByRole('status').textContent()).toBe(
      'Your session was ended while this page was made.',
    );
    expect(await answer?.headerValue('set-cookie')).toBeNull();
    await picture(slowTab, 'slow');
    expect(await tokenOf(context)).toBe(after);
    expect([await isLoggedIn(tab), await isLoggedIn(slowTab)]).toEqual([false, false]);
  });

  it('keeps carts and logins over a restart', async () => {
    const page = await open(await visitor(), '/');
    await addToCart(page, 'Alarm clock');
    await logIn(page, 'grace');
    expect(await shop.stop()).toBe(0);
    shop = await startShop(folder, shop.port);
    expect(await isLoggedIn(page)).toBe(true);
    await page.goto('/cart');
    await page.getByLabel('Quantity of Alarm clock').waitFor();
  });

  it('fits on a phone and in the dark', async () => {
    const page = await open(
      await visitor({ viewport: { width: 360, height: 720 }, colorScheme: 'dark' }),
      '/',
    );
    await addToCart(page, 'Enamel mug');
    await logIn(page, 'grace');
    for (const path of ['/', '/cart', '/devices', '/session', '/tour']) {
      await page.goto(path);
      await picture(page, `phone-${path.slice(1) || 'catalogue'}`);
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), path).toBe(
        true,
      );
    }
  });
});
