import { fileURLToPath } from 'node:url';
import * as vitepress from 'vitepress';
import { writeApi } from './api.js';
import { writePages } from './pages.js';

export async function build() {
  writePages();
  await writeApi();
  await vitepress.build(fileURLToPath(new URL('./', import.meta.url)));
  console.log('The site is in site/dist.');
}
