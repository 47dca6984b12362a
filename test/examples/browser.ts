import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

export const executablePath =
  process.env.CHROMIUM_PATH || ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find(existsSync);

/** Why there is no browser here; `undefined` when there is one. In CI that is an error. */
export const browserMissing: string | undefined =
  executablePath === undefined
    ? 'there is no chromium here; install it, or name it in CHROMIUM_PATH'
    : undefined;
if (browserMissing !== undefined && process.env.CI) throw new Error(browserMissing);

/** The title of tests in a browser, with the reason when they are skipped. */
export function titled(title: string): string {
  return browserMissing === undefined ? title : `${title} (skipped: ${browserMissing})`;
}

export function launchBrowser(): Promise<Browser> {
  const isRoot = process.getuid?.() === 0;
  return chromium.launch({
    executablePath: String(executablePath),
    args: isRoot ? ['--no-sandbox'] : [],
  });
}
