import { once } from 'node:events';
import { watch } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createServer } from 'vitepress';
import { writeApi } from './api.js';
import { root, writePages } from './pages.js';

/** Serves the site on this machine until Ctrl-C. A page that is saved is shown at once. */
export async function serve() {
  writePages();
  await writeApi();
  const server = await createServer(fileURLToPath(new URL('./', import.meta.url)), {
    host: '127.0.0.1',
  });
  await server.listen();
  watch(join(root, 'docs'), { recursive: true }, () => writePages());
  console.log(`The site is on ${server.resolvedUrls?.local[0]}`);
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  // Ended abruptly, esbuild would print where each of its threads stands.
  await Promise.race([server.close(), setTimeout(2_000)]);
  process.exit();
}
