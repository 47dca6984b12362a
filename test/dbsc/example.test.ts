import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { expect, onTestFinished, test } from 'vitest';
import { browserMissing, executablePath, titled } from '../examples/browser.js';

const file = fileURLToPath(new URL('../../examples/device-binding/server.js', import.meta.url));

test.skipIf(browserMissing !== undefined)(
  titled('examples/device-binding says how to start Chromium, logs in, binds and logs out'),
  async () => {
    const child = spawn(process.execPath, [file], {
      env: { ...process.env, PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill());
    const said = await saidBy(child, /spki-list=\S+\n/);
    const [origin = ''] = /https:\/\/localhost:\d+/.exec(said) ?? [];
    const flags = said.match(/--(?:enable|ignore)\S+/g) ?? [];
    expect(flags).toHaveLength(2);

    const profile = mkdtempSync(join(tmpdir(), 'sojourn-dbsc-'));
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: String(executablePath),
      args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), '--disable-quic', ...flags],
    });
    onTestFinished(async () => {
      await context.close();
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    });
    const page = context.pages()[0] ?? (await context.newPage());
    await page.goto(origin);
    await page.click('text=Log in');
    const state = async () => {
      await page.goto(origin);
      return page.textContent('body');
    };
    await expect.poll(state, { timeout: 20_000 }).toContain('ada: bound to this device');
    await context.clearCookies({ name: '__Host-device' });
    expect(await state()).toContain('ada: bound to this device');
    await page.click('text=Log out');
    expect(await state()).toContain('Log in');
  },
);

async function saidBy(child: ChildProcess, awaited: RegExp): Promise<string> {
  let text = '';
  child.stdout?.setEncoding('utf8');
  while (!awaited.test(text)) {
    const [chunk] = await Promise.race([
      once(child.stdout!, 'data'),
      once(child, 'exit').then(([code]) => {
        throw new Error(`The example ended with ${code} before it listened: ${text}`);
      }),
    ]);
    text += chunk;
  }
  return text;
}
