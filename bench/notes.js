const OWN_CLASSES =
  'Node 20 gives each Express request and response a hidden class of its own: every property set on them, `request.session` included, costs 3 to 5 us. Not so on Node 24.21, where a run of 2026-11-21 gave 3.3 / 12.4 / 19.4 / 26.3 us, and 18.3 / 37 us sealed.';
const PEER_COSTS_LESS =
  'On this machine express-session costs 35 to 65 us in Express, a third of what PERFORMANCE.md found; the hand-written floor alone is a quarter of that. It answers before its store does; we wait.';
const REDIS =
  'The sum of what the same costs in memory (see "http express") and of what the client takes for one command a read, two a write (see "stores").';
const SEALED = `${OWN_CLASSES} The sealing itself takes 7 and 16 us, see "in process".`;

/**
 * Why a target is not met, or what to know about it: by the target's id in targets.js. Written by
 * hand; a new run keeps them. @type {Record<string, string>}
 */
export const NOTES = {
  'Express, memory: untouched': OWN_CLASSES,
  'Express, memory: read': OWN_CLASSES,
  'Express, memory: write': OWN_CLASSES,
  'Express, memory: new': OWN_CLASSES,
  'Express, memory, beside express-session: untouched': PEER_COSTS_LESS,
  'Express, memory, beside express-session: read': PEER_COSTS_LESS,
  'Express, memory, beside express-session: write': PEER_COSTS_LESS,
  'Express, memory, beside express-session: new': PEER_COSTS_LESS,
  'Express, sealed cookie: read': SEALED,
  'Express, sealed cookie: write': SEALED,
  'Express, Redis by node-redis: read': REDIS,
  'Express, Redis by node-redis: write': REDIS,
  'Express, Redis by ioredis: read': REDIS,
  'Express, Redis by ioredis: write': REDIS,
  'memory store, a million sessions: longest pause while inserting':
    'The collector of V8: without it the longest pause was 2 to 5 ms, see the table of a million sessions. A bare array of the same strings shows the same pauses.',
};
