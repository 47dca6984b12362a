import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { browserMissing, launchBrowser, titled } from './browser.js';
import { type Shop, startShop } from './shop-process.js';

const folder = mkdtempSync(join(tmpdir(), 'sojourn-compare-'));
let shop: Shop;
let browser: Browser;

describe.skipIf(browserMissing !== undefined)(titled('the same shop, twice'), () => {
  beforeAll(async () => {
    [shop, browser] = await Promise.all([startShop(folder), launchBrowser()]);
  }, 60_000);

  afterAll(async () => {
    await Promise.all([shop?.stop(), browser?.close()]);
    rmSync(folder, { recursive: true, force: true });
  });

  async function open(options: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser.newContext({ baseURL: shop.url, ...options });
    context.setDefaultTimeout(15_000);
    const complaints: string[] = [];
    context.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    onTestFinished(async () => {
      await context.close();
      expect(complaints).toEqual([]);
    });
    const page = await context.newPage();
    await page.goto('/compare');
    return page;
  }

  /** What express-session and Sojourn came to, once the page has said so. */
  async function verdicts(page: Page): Promise<string[]> {
    await page.locator('.verdict.good, .verdict.bad').nth(1).waitFor();
    return page.locator('.verdict').allTextContents();
  }

  test.each([
    {
      button: 'Two tabs add at once',
      theirs: /^2 of 3 items are in the cart\. Lost: (mug|lamp)\.$/,
      ours: '3 of 3 items are in the cart.',
      lost: 1,
    },
    {
      button: 'A slow page against a logout',
      theirs: /^The logout was undone: ada is logged in again\.$/,
      ours: 'Logged out, and still logged out.',
      lost: 1,
    },
    {
      button: 'A login with requests under way',
      theirs: /^1 of 3 items are in the cart\. Lost: mug and lamp\.$/,
      ours: '3 of 3 items are in the cart.',
      lost: 2,
    },
  ])('V-01 V-02 $button', async ({ button, theirs, ours, lost }) => {
    const page = await open();
    await page.getByRole('button', { name: button }).click();
    const [before, after] = await verdicts(page);
    expect(before).toMatch(theirs);
    expect(after).toBe(ours);
    await expect.poll(() => page.locator('#announcement').textContent()).toContain(ours);
    const rows = (side: string) => page.locator(`[data-side=${side}] li.lost:has(.bar)`).count();
    expect([await rows('express-session'), await rows('sojourn')]).toEqual([lost, 0]);
    expect(await page.locator('.bar.running').count()).toBe(0);
  });

  test('all three, by keyboard alone', async () => {
    const page = await open();
    const focused = () => page.evaluate<string>('document.activeElement.textContent');
    for (let steps = 0; steps < 20 && (await focused()) !== 'Run all three'; steps++)
      await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await verdicts(page)).toEqual(['3 of 3 went wrong.', '3 of 3 went well.']);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await page.locator('details[open] pre').textContent()).toContain(
      "from 'express-session'",
    );
  });

  test('fits on a phone and in the dark, and leads to the shop and the docs', async () => {
    const page = await open({ viewport: { width: 360, height: 740 }, colorScheme: 'dark' });
    await page.locator('details').first().click();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe(
      'rgb(20, 24, 26)',
    );
    expect(await page.getByRole('link', { name: 'Docs' }).getAttribute('href')).toContain('docs');
    await page.getByRole('link', { name: 'The shop' }).click();
    await page.getByRole('navigation').getByRole('link', { name: 'Side by side' }).click();
    expect(page.url()).toBe(`${shop.url}/compare`);
  });
});
