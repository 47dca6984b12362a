/**
 * Why a target is not met, or what to know about it: by the target's id in targets.js. Written by
 * hand, from what was measured; a new run keeps them. @type {Record<string, string>}
 */
export const NOTES = {
  'memory store, a million sessions: longest pause while inserting':
    'The collector of V8: without it the longest pause was 2 to 5 ms, see the table of a million sessions. A bare array of the same strings shows the same pauses.',
};
