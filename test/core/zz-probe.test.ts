import { expect, test } from 'vitest';
import { createSessions } from '../../src/core/sessions.js';
import { headerTransport } from '../../src/core/header-transport.js';
import { memoryStore } from '../../src/stores/memory.js';
import type { SessionStore } from '../../src/core/store.js';

function faulty(store: SessionStore, mode: (verb: string, n: number) => 'ok'|'resend'|'reject'|'reject-before'): SessionStore {
  let n = 0;
  const wrap = (verb: 'create'|'update'|'touch'|'destroy') => async (...a: any[]) => {
    const m = mode(verb, ++n);
    if (m === 'reject-before') throw new Error('down');
    const r = await (store as any)[verb](...a);
    if (m === 'resend') return (store as any)[verb](...a);
    if (m === 'reject') throw new Error('reply lost');
    return r;
  };
  return { name: 'faulty', read: (id) => store.read(id), create: wrap('create'), update: wrap('update'), touch: wrap('touch'), destroy: wrap('destroy') } as any;
}
function setUp(options = {}) {
  const plan: Record<string, string[]> = {};
  const inner = memoryStore();
  const store = faulty(inner, (verb) => (plan[verb]?.shift() ?? 'ok') as any);
  const make = () => createSessions<any>({ store, transport: headerTransport('x-s'), ...options });
  const sessions = make(); const other = make();
  const tokenOf = (h: any) => h.find(([n]: any) => n === 'x-s')?.[1];
  async function start(data: any) {
    const s = await sessions.open({}); for (const k of Object.keys(data)) s.set(k, data[k]);
    return tokenOf(await sessions.commit(s));
  }
  const open = (t: string, from = sessions) => from.open({ 'x-s': t });
  const dataOf = async (t: string) => { const s = await open(t, make()); return s.isNew ? 'none' : { ...s.all() }; };
  return { plan, inner, sessions, other, start, open, dataOf, tokenOf };
}
const lost = (e: unknown) => String(e);

test('1 create: failed save, more changes', async () => {
  const t = setUp(); t.plan.create = ['reject'];
  const s = await t.sessions.open({}); s.set('a', 1); await s.save().catch(lost); s.set('b', 2);
  const tok = t.tokenOf(await t.sessions.commit(s));
  expect(await t.dataOf(tok)).toEqual({ a: 1, b: 2 });
});
test('2a rotation resend', async () => {
  let now = 1e12; const t = setUp({ rotateAfter: '1m', now: () => now });
  // memoryStore uses Date.now
  now = Date.now(); const tok = await t.start({ n: 1 }); now += 61_000;
  t.plan.update = ['resend'];
  const s = await t.open(tok); s.increment('n'); const tok2 = t.tokenOf(await t.sessions.commit(s)) ?? tok;
  expect(await t.dataOf(tok2)).toEqual({ n: 2 });
});
test('2b rotation reject', async () => {
  let now = Date.now(); const t = setUp({ rotateAfter: '1m', now: () => now });
  const tok = await t.start({ n: 1 }); now += 61_000;
  t.plan.update = ['reject'];
  const s = await t.open(tok); s.increment('n'); await t.sessions.commit(s).catch(lost);
  expect(await t.dataOf(tok)).not.toBe('none');
});
test('3 failed save then regenerate', async () => {
  const t = setUp(); const tok = await t.start({ n: 0 }); t.plan.update = ['reject'];
  const s = await t.open(tok); s.increment('n'); await s.save().catch(lost); await s.regenerate();
  const tok2 = t.tokenOf(await t.sessions.commit(s));
  expect(await t.dataOf(tok2)).toEqual({ n: 1 });
});
test('5 failed save, other request of the process, retry', async () => {
  const t = setUp(); const tok = await t.start({ n: 0 }); t.plan.update = ['reject'];
  const s = await t.open(tok); s.increment('n'); await s.save().catch(lost);
  const b = await t.open(tok); b.increment('n'); await t.sessions.commit(b);
  const r = await t.sessions.commit(s).catch((e) => e);
  const d: any = await t.dataOf(tok);
  expect([d.n, r instanceof Error]).toEqual(r instanceof Error ? [expect.any(Number), true] : [2, false]);
  expect(d.n).toBeLessThanOrEqual(2);
});
test('4 failed save, in line behind another', async () => {
  const t = setUp(); const tok = await t.start({ n: 0 }); t.plan.update = ['reject'];
  const s = await t.open(tok); s.increment('n'); const b = await t.open(tok); b.increment('n');
  const c = await t.open(tok); c.increment('n');
  await s.save().catch(lost);
  await Promise.all([t.sessions.commit(b), t.sessions.commit(s).catch(lost), t.sessions.commit(c)]);
  expect(((await t.dataOf(tok)) as any).n).toBeLessThanOrEqual(3);
});
test('6 operation, get, nested mutation, conflict', async () => {
  const t = setUp(); const tok = await t.start({ cart: { count: 0, items: [] }, x: 0 });
  const s = await t.open(tok); s.increment('cart.count'); s.get('cart').items.push('a');
  const b = await t.open(tok); b.set('x', 1); await t.sessions.commit(b);
  await t.sessions.commit(s);
  expect(await t.dataOf(tok)).toEqual({ cart: { count: 1, items: ['a'] }, x: 1 });
});
test('7 flash after conflict', async () => {
  const t = setUp(); const tok = await t.start({ x: 0 });
  const f = await t.open(tok); f.flash('msg', 'hi'); await t.sessions.commit(f);
  const s = await t.open(tok); s.set('y', 1); expect(s.get('msg')).toBe('hi');
  const b = await t.open(tok, t.other); b.set('x', 1);
  // b does not see flash expire: another process' write that keeps it
  b.reflash; 
  const raw: any = await t.inner.read(s.id);
  await t.inner.update(s.id, { ...raw.record }, raw.version);
  await t.sessions.commit(s);
  expect(await t.dataOf(tok)).toEqual({ x: 0, y: 1 });
});
test('9 logout of a pointer, resend', async () => {
  let now = Date.now(); const t = setUp({ rotateAfter: '1m', now: () => now });
  const tok = await t.start({ n: 1 }); const old = await t.open(tok); now += 61_000;
  const s = await t.open(tok); const tok2 = t.tokenOf(await t.sessions.commit(s));
  t.plan.destroy = ['resend']; await old.logout();
  expect(await t.dataOf(tok2)).toBe('none');
});
test('11 reload after failed save', async () => {
  const t = setUp(); const tok = await t.start({ n: 0, x: 0 }); t.plan.update = ['reject'];
  const s = await t.open(tok); s.set('x', 1); await s.save().catch(lost); await s.reload(); s.increment('n');
  const b = await t.open(tok, t.other); b.set('y', 1); await t.other.commit(b);
  await t.sessions.commit(s);
  expect(await t.dataOf(tok)).toEqual({ n: 1, x: 1, y: 1 });
});
test('12 mutation after failed save', async () => {
  const t = setUp(); const tok = await t.start({ cart: { items: [] } }); t.plan.update = ['reject'];
  const s = await t.open(tok); s.set('x', 1); await s.save().catch(lost); s.get('cart').items.push('a');
  const r = await t.sessions.commit(s).catch((e) => e);
  if (!(r instanceof Error)) expect(await t.dataOf(tok)).toEqual({ cart: { items: ['a'] }, x: 1 });
});
test('13 rotation with persistent cookie', async () => {
  let now = Date.now(); const inner = memoryStore();
  const ss = createSessions<any>({ store: inner, rotateAfter: '1m', now: () => now, cookie: { persistent: true } as any });
  const cookieOf = (h: any) => h.find(([n]: any) => n === 'Set-Cookie')?.[1].split(';')[0];
  const a = await ss.open({}, { secure: true }); a.set('n', 0); const tok = cookieOf(await ss.commit(a)); now += 61_000;
  const slow = await ss.open({ cookie: tok }, { secure: true }); slow.increment('n');
  const s = await ss.open({ cookie: tok }, { secure: true }); const tok2 = cookieOf(await ss.commit(s));
  expect(tok2).not.toBe(tok);
  expect(cookieOf(await ss.commit(slow))).not.toBe(tok);
});
test('14 reflash after save', async () => {
  const t = setUp(); const tok = await t.start({ x: 0 });
  const f = await t.open(tok); f.flash('msg', 'hi'); await t.sessions.commit(f);
  const s = await t.open(tok); s.set('x', 2); await s.save(); s.reflash(); await t.sessions.commit(s);
  expect(await t.dataOf(tok)).toEqual({ x: 2, msg: 'hi' });
});
test('15 update hands out', async () => {
  const t = setUp(); const tok = await t.start({ cart: { items: [] }, x: 0 });
  const s = await t.open(tok); let held: any; s.update('cart', (c: any) => { held = c; return c; }); await s.save();
  held.items.push('a'); await t.sessions.commit(s);
  expect(await t.dataOf(tok)).toEqual({ x: 0, cart: { items: ['a'] } });
});
