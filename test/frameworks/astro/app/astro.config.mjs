import node from '@astrojs/node';
import { defineConfig } from 'astro/config';

export default defineConfig({
  output: 'server',
  adapter: node({ mode: 'middleware' }),
  session: { driver: { entrypoint: new URL('./src/session-driver.js', import.meta.url) } },
});
