import { describe, expect, test } from 'vitest';
import { createDeviceBinding } from '../../src/dbsc/index.js';
import { cookieSessions, createSessions } from '../../src/index.js';
import { createDevice } from './device.js';
import { createSite, SECRET, whoIs } from './site.js';

describe('options', () => {
  const { sessions } = createSite();

  test.each<[string, Record<string, unknown>]>([
    ['secret', { secret: undefined }],
    ['secret', { secret: 'short' }],
    ['path', { path: 'dbsc' }],
    ['path', { path: '/dbsc/' }],
    ['cookie', { cookie: 'device' }],
    ['cookie', { cookie: '__Host-Http-device' }],
    ['lifetime', { lifetime: '179s' }],
    ['lifetime', { lifetime: '61m' }],
    ['origin', { origin: 'https://app.test/' }],
    ['origin', { origin: 'http://app.test' }],
    ['policy', { policy: 'always' }],
    ['refreshInitiators', { refreshInitiators: 'example.com' }],
    ['refreshInitiators', { refreshInitiators: ['https://example.com'] }],
    ['refreshInitators', { refreshInitators: [] }],
  ])('D-11 D-13 a wrong %s is refused: %j', (name, option) => {
    expect(() => createDeviceBinding(sessions, { secret: SECRET, ...option })).toThrow(name);
  });

  test('a secret can be replaced', async () => {
    let secret: string[] = [SECRET];
    const { bind, newClient } = createSite({ binding: { secret: () => secret } });
    const { client } = await bind(newClient(), createDevice());
    secret = ['another-9s8d7f6g5h4j3k2l1qwertzuiop', SECRET];
    expect(await whoIs(client)).toBe('ann');
    secret = secret.slice(0, 1);
    expect(await whoIs(client)).toBe('nobody');
  });

  test('sealed sessions are refused: a client could show an old state again', async () => {
    const sealed = createSessions({ store: cookieSessions(), secret: SECRET });
    const binding = createDeviceBinding(sealed, { secret: SECRET });
    const session = await sealed.open({}, { secure: true });
    await session.login('ann');
    expect(() => binding.offer(session)).toThrow(expect.objectContaining({ code: 'unsupported' }));
  });
});
