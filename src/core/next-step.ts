import { isFirstUse } from './commit/traces.js';
import { isTouchDue } from './expiry.js';
import type { Settings } from './options.js';
import type { Visit } from './visit.js';

/** What a response has to do before it leaves. */
export type Step = 'nothing' | 'create' | 'update' | 'touch' | 'renew';

type Rules = Pick<Settings, 'rotateAfter' | 'now'> & Partial<Pick<Settings, 'newcomers'>>;

/**
 * Decides the step from the visit alone. `isTouchOpen` says that no other request of this process
 * touched the session lately.
 */
export function nextStep(
  visit: Visit,
  { rotateAfter, now, newcomers }: Rules,
  isTouchOpen = true,
): Step {
  const { where, journal, mode, isReadOnly } = visit;
  if (isReadOnly) return 'nothing';
  if (where.kind === 'nowhere' || where.kind === 'planned')
    return journal.isEmpty ? 'nothing' : 'create';
  if (where.kind !== 'stored') return 'nothing';

  const { facts } = journal.data;
  const { record, isSealed = false } = where.held;
  const isUse = mode.isUse !== false;
  if (mode.lacksToken === true && visit.via !== undefined) return 'renew';
  if (rotateAfter !== undefined && isUse && !isSealed && visit.presented.refusal === undefined) {
    if (now() - (facts.renewedAt ?? record.createdAt) >= rotateAfter) return 'renew';
  }
  if (journal.isPending || facts.provisionalUntil !== undefined) return 'update';
  if (isSealed && visit.isAskedFor('store')) return 'update';
  if (visit.isAskedFor('touch')) return 'touch';
  if (!isUse) return 'nothing';
  if (isFirstUse(visit)) return 'touch';
  if (newcomers?.isBack(visit)) return 'touch';
  return isTouchOpen && isTouchDue(visit.clocks, record, now()) ? 'touch' : 'nothing';
}
