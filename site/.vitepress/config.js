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
 * The guide comes first, then the core's reference; what is only for some readers comes last.
 * @param {string} address
 */
function boostDocument(address) {
  if (address.startsWith('/guide/')) return 1;
  if (address.startsWith('/api/sojourn.html')) return 0.25;
  return /^\/(?:api|moving-from|project)\//.test(address) ? 0.15 : 0.6;
}
