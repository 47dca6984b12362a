import { defineConfig } from 'vitepress';
import { modules } from '../api.js';
import { anchorOf } from '../markdown.js';
import { apiSidebar, docsSidebar, topBar } from '../navigation.js';

const sidebar = docsSidebar();

export default defineConfig({
  title: 'Sojourn',
  description: 'HTTP sessions for JavaScript servers: no lost update, no logout undone.',
  lang: 'en',
  srcDir: '.pages',
  outDir: 'dist',
  cacheDir: '.cache',
  ignoreDeadLinks: 'localhostLinks',
  head: [['link', { rel: 'icon', href: '/logo.svg', type: 'image/svg+xml' }]],
  markdown: { anchor: { slugify: anchorOf } },
  vite: { publicDir: '../public' },
  themeConfig: {
    logo: '/logo.svg',
    nav: topBar(sidebar),
    sidebar: { '/': sidebar, '/api/': apiSidebar(modules.keys()) },
    outline: [2, 3],
    search: { provider: 'local', options: { miniSearch: { searchOptions: { boostDocument } } } },
    footer: { message: 'MIT licence' },
  },
});

/**
 * Pages to read come before the reference.
 * @param {string} address
 */
function boostDocument(address) {
  return address.startsWith('/api/') ? 0.2 : 1;
}
