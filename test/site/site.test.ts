import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { placeOf } from '../../site/pages.js';
import { docLinks, docPages } from '../docs/code-blocks.js';
import { browserMissing, launchBrowser, titled } from '../examples/browser.js';
import { filesIn, serveFiles } from './files.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const dist = join(root, 'site/dist');
/** What a reader has, without what this test runner added. */
const { NODE_ENV: _, VITEST: __, ...outside } = process.env;

let pages: Map<string, string>;

beforeAll(async () => {
  const child = site('--build');
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
  const [code] = await once(child, 'close');
  expect(code, output).toBe(0);
  pages = filesIn(dist, '.html');
});

function site(...options: string[]) {
  return spawn(process.execPath, [join(root, 'site/main.js'), ...options], {
    cwd: root,
    env: outside,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 170_000,
    killSignal: 'SIGKILL',
  });
}

describe('the pages of the site', () => {
  it('link to pages and headings that are there', () => {
    const ids = new Map([...pages].map(([path, text]) => [path, idsIn(text)]));
    const broken = [...pages].flatMap(([path, text]) =>
      valuesOf(text, 'href')
        .filter((link) => !/^\w+:/.test(link) && !leads(ids, path, link))
        .map((link) => `${path}: ${link}`),
    );
    expect(broken).toEqual([]);
  });

  it('are where README, CONVENTIONS, CHANGELOG and the other files outside docs link to', () => {
    const ids = new Map([...pages].map(([path, text]) => [path, idsIn(text)]));
    const outer = [
      'README.md',
      'CONVENTIONS.md',
      'CHANGELOG.md',
      'SECURITY.md',
      'bench/RESULTS.md',
    ];
    const links = outer.flatMap((page) => docLinks(root, page));
    const broken = links.filter(({ target, anchor }) => {
      const place = placeOf(target)?.replace(/md$/, 'html');
      if (place === undefined) return !existsSync(join(root, target));
      return !leads(ids, '/', `/${place}${anchor === '' ? '' : `#${anchor}`}`);
    });
    expect(broken).toEqual([]);
  });

  it('are all in the bar at the side', () => {
    const links = valuesOf(pages.get('/contents.html')!, 'href');
    const places = docPages(root).map((page) => placeOf(page)!.replace(/md$/, 'html'));
    const missing = places.filter(
      (place) => !links.includes(`/${place.replace(/(^|\/)index\.html$/, '$1')}`),
    );
    expect(missing).toEqual([]);
  });

  it('let a reader choose among all stores and adapters', () => {
    const links = docLinks(root, 'docs/guide/choose.md').map(({ target }) => target);
    const missing = docPages(root).filter(
      (page) =>
        /^docs\/(?:stores|adapters)\/(?!matrix|runtimes)/.test(page) && !links.includes(page),
    );
    expect(missing).toEqual([]);
  });

  it('have a page for each module of the package', () => {
    const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const modules = Object.keys(exports).filter((path) => path !== './package.json');
    const missing = modules
      .map((path) => `/api/${path.replace('.', 'sojourn')}`)
      .filter((path) => !pages.has(`${path}.html`) && !pages.has(`${path}/index.html`));
    expect(missing).toEqual([]);
  });

  it('load nothing from another host', () => {
    const texts = [...pages, ...filesIn(dist, '.css')];
    const foreign = texts.flatMap(([path, text]) =>
      [...text.matchAll(/(?:\bsrc="|<link[^>]* href="|url\(["']?)(?:https?:)?\/\/[^"')]+/g)].map(
        ([found]) => `${path}: ${found}`,
      ),
    );
    expect(foreign).toEqual([]);
  });
});

function valuesOf(html: string, attribute: string): string[] {
  return [...html.matchAll(new RegExp(` ${attribute}="([^"]*)"`, 'g'))].map(([, value = '']) =>
    value.replaceAll('&amp;', '&'),
  );
}

function idsIn(html: string): Set<string> {
  return new Set(valuesOf(html, 'id'));
}

/** Whether a link of a page leads to a file of the site and, with an anchor, to an id there. */
function leads(ids: Map<string, Set<string>>, page: string, link: string): boolean {
  const [path = '', anchor = ''] = link.split('#');
  const whole =
    path === '' ? page : posix.join(dirname(page), path.startsWith('/') ? '/' : '', path);
  const target = path.startsWith('/') ? path : whole;
  const file = target.endsWith('/') ? `${target}index.html` : target;
  if (!file.endsWith('.html')) return existsSync(join(dist, file));
  return ids.has(file) && (anchor === '' || ids.get(file)!.has(decodeURIComponent(anchor)));
}

describe('npm run docs', () => {
  it('says where the site is, serves it, and ends with Ctrl-C', async () => {
    const child = site();
    const lines = createInterface(child.stdout);
    const errors: string[] = [];
    child.stderr.on('data', (text) => errors.push(String(text)));
    try {
      for await (const line of lines) {
        const [address] = /http:\/\/\S+/.exec(line) ?? [];
        if (address === undefined) continue;
        const answer = await fetch(address);
        expect([answer.status, await answer.text()]).toEqual([
          200,
          expect.stringContaining('<div id="app">'),
        ]);
        break;
      }
      child.kill('SIGINT');
      const [code] = await once(child, 'exit');
      expect(code, errors.join('')).toBe(0);
      expect(errors.join('')).not.toMatch(/goroutine|node:internal/);
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('explains itself when it is called wrongly', async () => {
    const child = site('--bild');
    const [code] = await once(child, 'exit');
    expect(code).toBe(2);
  });
});

describe.skipIf(browserMissing !== undefined)(titled('the site in a browser'), () => {
  let browser: Browser;
  let served: Awaited<ReturnType<typeof serveFiles>>;
  const complaints: string[] = [];

  beforeAll(async () => {
    served = await serveFiles(dist);
    browser = await launchBrowser();
  });

  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
    expect(complaints.splice(0)).toEqual([]);
  });

  afterAll(async () => {
    await browser?.close();
    served?.stop();
  });

  async function open(path: string, options: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser.newContext({
      baseURL: served.origin,
      viewport: { width: 1280, height: 900 },
      ...options,
    });
    context.setDefaultTimeout(15_000);
    const page = await context.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('request', (request) => {
      if (!request.url().startsWith(served.origin)) complaints.push(request.url());
    });
    await go(page, path);
    return page;
  }

  /** Opens a page, and waits until it answers to clicks. */
  async function go(page: Page, path: string): Promise<void> {
    await page.goto(path);
    await page.waitForFunction("document.querySelector('#app').__vue_app__?._container !== null");
  }

  it('begins with the claim, and leads to the first page of the guide', async () => {
    const page = await open('/');
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toContain('Sojourn');
    const bar = await page.locator('.VPNavBarMenu a').allInnerTexts();
    expect(bar).toEqual(expect.arrayContaining(['Guide', 'Stores', 'Adapters', 'API']));
    await page.getByRole('link', { name: 'Get started' }).click();
    await page.getByRole('heading', { level: 1, name: 'Getting started' }).waitFor();
  });

  it('finds what is searched', async () => {
    const page = await open('/');
    await page.getByRole('button', { name: 'Search' }).first().click();
    await page.locator('.VPLocalSearchBox input').fill('regenerate');
    const first = page.locator('.VPLocalSearchBox .result').first();
    await expect.poll(() => first.getAttribute('href')).toMatch(/^\/guide\//);
    await first.click();
    await page.locator('.VPLocalSearchBox').waitFor({ state: 'detached' });
    expect((await page.locator('main').innerText()).toLowerCase()).toContain('regenerate');
  });

  it('shows one version of code at a time, and remembers which', async () => {
    const page = await open('/guide/getting-started.html');
    const shown = page.locator('.vp-code-group .blocks > .active');
    expect(await shown.innerText()).toContain('sojourn/express');
    const tabs = page.locator('.vp-code-group .tabs');
    await tabs.getByText('Plain Node', { exact: true }).click();
    expect(await shown.innerText()).toContain('sojourn/node');
    await page.keyboard.press('ArrowRight');
    expect(await shown.innerText()).toContain('sojourn/fetch');

    await go(page, '/guide/security.html');
    const versions = page.locator('.vp-code-group .blocks > .active');
    expect(await versions.first().innerText()).toContain('sameOriginHandler');
    expect(await versions.last().innerText()).toContain('csrfHandler');
  });

  it('shows the docstring of createSessions', async () => {
    const page = await open('/api/');
    await page.locator('main').getByRole('link', { name: 'sojourn', exact: true }).click();
    const heading = page.getByRole('heading', { name: 'createSessions()' });
    await heading.waitFor();
    expect(await page.locator('main').innerText()).toMatch(
      /createSessions\(\)[\s\S]*function createSessions<Data>\(options\): Sessions<Data>;\s+Sets up sessions/,
    );
  });

  it.each(['/', '/guide/choose.html', '/guide/security.html', '/api/sojourn.html'])(
    'needs no scrolling sideways on a phone: %s',
    async (path) => {
      const page = await open(path, { viewport: { width: 360, height: 740 } });
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
    },
  );

  it('follows the system into the dark, and lets the reader change it', async () => {
    const page = await open('/guide/choose.html', { colorScheme: 'dark' });
    const background = () =>
      page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    expect(lightness(await background())).toBeLessThan(60);
    await page.getByRole('switch', { name: /light/i }).first().click();
    await expect.poll(async () => lightness(await background())).toBeGreaterThan(200);
  });

  /** The mean of red, green and blue. */
  function lightness(color: string): number {
    const [red = 0, green = 0, blue = 0] = [...color.matchAll(/\d+/g)].map(Number);
    return (red + green + blue) / 3;
  }
});
