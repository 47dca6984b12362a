import { fileURLToPath } from 'node:url';

// Sojourn is two folders up, and Next reads no file outside of its root.
const root = fileURLToPath(new URL('../..', import.meta.url));

export default { turbopack: { root }, outputFileTracingRoot: root };
