import { describe, test } from 'vitest';
import { memoryStore } from '../../src/stores/memory.js';
import { explore } from './explorer.js';

describe('x', () => {
  test('memory', async () => {
    await explore({ runs: Number(process.env.RUNS ?? 300), createStore: async ({ now }) => ({ store: memoryStore({ now }) }) });
  });
});
