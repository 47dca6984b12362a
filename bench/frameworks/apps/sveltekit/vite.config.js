import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vite';

/** Writes SvelteKit's own server, and nothing around it. */
const adapter = {
  name: 'server alone',
  adapt: (builder) => {
    builder.writeServer('build');
    builder.generateServerInstance('build/instance.js');
  },
};

export default defineConfig({ logLevel: 'error', plugins: [sveltekit({ adapter })] });
