import type { Exploration } from './explorer.js';

/** What the explorer tries on each store. */
export const SETTINGS: readonly {
  settings: string;
  programs: Partial<Exploration>;
}[] = [
  { settings: 'defaults', programs: {} },
  { settings: 'flash that ends with the next request', programs: { options: { flash: 'next' } } },
  {
    settings: 'tokens that are renewed, answers that are lost (S-15)',
    programs: { options: { rotateAfter: '15m' }, hasPauses: true },
  },
  {
    settings: 'two sessions for each user, and flash that ends when it is read',
    programs: { options: { sessionsPerUser: { max: 2 }, flash: 'read' } },
  },
  {
    settings: 'two sessions for each user, and no third',
    programs: { options: { sessionsPerUser: { max: 2, surplus: 'refuse' } } },
  },
  {
    settings: 'writes that are lost, late and sent again (F-04)',
    programs: { hasFaults: true },
  },
  {
    settings: 'the same with tokens that are renewed',
    programs: { options: { rotateAfter: '15m' }, hasFaults: true, hasPauses: true },
  },
];
