import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { CookieJar } from 'tough-cookie';
import { expect, onTestFinished } from 'vitest';
import { packageBin, root, run } from './consumer.js';

// What somebody does who has only a page of docs/ and the package.

/** Sends what a browser would send, follows redirects, and gives the text of the page. */
export type Visit = (path: string, form?: Record<string, string>) => Promise<string>;

interface PageBlock {
  readonly info: string;
  readonly code: string;
}

/** A page of docs/, such as `adapters/koa.md`. */
export interface Page {
  /** The first block of the language that holds `text`. @throws {Error} without one. */
  block(language: string, text: string): string;
  /** The blocks that are files of an app: `ts lib/sessions.ts`. */
  files(): Map<string, string>;
  /** The packages that the page says to install. */
  packages(): string[];
}

export function pageOf(name: string): Page {
  const text = readFileSync(join(root, 'docs', name), 'utf8');
  const blocks: PageBlock[] = [...text.matchAll(/^```(\w+.*)\n([\s\S]*?)^```$/gm)].map(
    ([, info = '', code = '']) => ({ info, code }),
  );
  return {
    block(language, part) {
      const found = blocks.find(
        ({ info, code }) => info.split(' ')[0] === language && code.includes(part),
      );
      if (found === undefined) throw new Error(`${name} has no ${language} block with ${part}`);
      return found.code;
    },
    files() {
      const named = blocks.map(({ info, code }) => [info.split(' ')[1] ?? '', code] as const);
      return new Map(named.filter(([file]) => file.includes('.')));
    },
    packages() {
      const commands = blocks.filter(({ info }) => info === 'sh').map(({ code }) => code);
      return packagesOf(commands.join(''));
    },
  };
}

/** The packages that commands of npm and Bun install. */
export function packagesOf(commands: string): string[] {
  return [...commands.matchAll(/^(?:npm install|bun add) (.+)$/gm)]
    .flatMap(([, list = '']) => list.split(' '))
    .filter((name) => !name.startsWith('-'));
}

/**
 * Makes packages that the tests have importable in `folder`. `from` names the packages of
 * test/frameworks where they may be.
 */
export function link(folder: string, names: readonly string[], from: readonly string[] = []): void {
  const installed = [...from.map((name) => `test/frameworks/${name}`), 'test/frameworks', '.'];
  const places = installed.map((name) => join(root, name, 'node_modules'));
  for (const name of names) {
    const place = places.find((each) => existsSync(join(each, name)));
    if (place === undefined) throw new Error(`No package of the tests has ${name}.`);
    const own = join(folder, 'node_modules', name);
    mkdirSync(dirname(own), { recursive: true });
    symlinkSync(join(place, name), own, 'junction');
  }
}

export function writeFiles(folder: string, files: Iterable<readonly [string, string]>): void {
  for (const [name, text] of files) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

/** Compiles `app.ts` with the settings of a new project. @throws {Error} with what tsc says. */
export function compile(folder: string, options: Record<string, unknown> = {}): void {
  const compilerOptions = {
    module: 'nodenext',
    target: 'es2022',
    strict: true,
    types: ['node'],
    skipLibCheck: true,
    ...options,
  };
  const project = JSON.stringify({ compilerOptions, files: ['app.ts'] });
  writeFileSync(join(folder, 'tsconfig.json'), project);
  run(folder, process.execPath, packageBin('typescript', 'tsc'), '-p', '.', '--pretty', 'false');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** Starts a program that listens at PORT, or where its last parameter says; a browser of it. */
export async function start(
  folder: string,
  command: string,
  parameters: readonly string[],
  env: Record<string, string> = {},
): Promise<Visit> {
  const port = await freePort();
  const given = parameters.at(-1) === '--port' ? [...parameters, String(port)] : parameters;
  const app: ChildProcess = spawn(command, given, {
    cwd: folder,
    env: { ...process.env, NODE_ENV: 'development', PORT: String(port), ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  app.stderr?.on('data', (text) => {
    said += text;
  });
  onTestFinished(async () => {
    if (app.exitCode === null && app.kill()) await once(app, 'exit');
  });
  const origin = `http://localhost:${port}`;
  await expect
    .poll(
      () => {
        if (app.exitCode !== null) throw new Error(said);
        return fetch(origin).then(() => true);
      },
      { timeout: 20_000 },
    )
    .toBe(true);
  const jar = new CookieJar(undefined, { allowSpecialUseDomain: true });
  // Browsers take localhost for secure.
  const site = origin.replace('http:', 'https:');

  return async function visit(path: string, form?: Record<string, string>): Promise<string> {
    const response = await fetch(origin + path, {
      redirect: 'manual',
      headers: { accept: 'text/html', cookie: await jar.getCookieString(site), origin },
      ...(form && { method: 'POST', body: new URLSearchParams(form) }),
    });
    for (const line of response.headers.getSetCookie()) await jar.setCookie(line, site);
    const location = response.headers.get('location');
    if (location === null) return response.text();
    const { pathname, search } = new URL(location, origin + path);
    return visit(pathname + search);
  };
}

/** Sends the form of the page `/` whose button says `button`, with what is filled in. */
export async function submit(
  visit: Visit,
  page: string,
  button: string,
  filled: Record<string, string> = {},
): Promise<string> {
  const forms = [...page.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)];
  const [, form = '', inside = ''] = forms.find(([, , text]) => text?.includes(button)) ?? [];
  const [, pressed = ''] = /<button\b([^>]*)>/.exec(inside) ?? [];
  const name = attribute(pressed, 'name');
  const { pathname, search } = new URL(attribute(form, 'action') ?? '', 'http://localhost/');
  return visit(pathname + search, {
    ...filled,
    ...(name && { [name]: attribute(pressed, 'value') ?? '' }),
  });
}

function attribute(tag: string, name: string): string | undefined {
  return new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1]?.replaceAll('&amp;', '&');
}

export async function logsInAndOut(visit: Visit): Promise<void> {
  expect(await visit('/')).toContain('nobody, visit number 1');
  expect(await visit('/')).toContain('nobody, visit number 2');
  expect(await visit('/login', { name: 'ada' })).toContain('ada, visit number 3');
  expect(await visit('/')).toContain('ada, visit number 4');
  expect(await visit('/logout', {})).toContain('nobody, visit number 1');
}

/** The same for a program that greets who has just logged in. */
export async function greetsInAndOut(visit: Visit): Promise<void> {
  expect(await visit('/')).not.toContain('Welcome!');
  expect(await visit('/login', { name: 'ada' })).toMatch(/ada, visit number 2[\s\S]*Welcome!/);
  expect(await visit('/')).not.toContain('Welcome!');
  expect(await visit('/logout', {})).toContain('nobody, visit number 1');
}
