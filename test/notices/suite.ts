import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Notice, Notices } from '../../src/notices/contract.js';
import { newChannel, type RemoteNotices } from './clients.js';

const NOTICES: readonly Notice[] = [
  { kind: 'ended', id: 'id-1', handle: 'handle-1' },
  { kind: 'moved', id: 'id-2', handle: undefined },
  { kind: 'changed', id: 'quotes \' " \\ and é', handle: 'handle-3' },
];

/** What a listener of these notices has heard. */
export async function heardBy(notices: Notices): Promise<Notice[]> {
  const heard: Notice[] = [];
  const stop = await notices.subscribe((notice) => heard.push(notice));
  onTestFinished(stop);
  return heard;
}

/** The warnings of notices that this process has given since. */
export function noticeWarnings(): string[] {
  const warnings: string[] = [];
  const note = (warning: Error & { code?: string }): void => {
    if (warning.code === 'SOJOURN_NOTICES') warnings.push(warning.message);
  };
  process.on('warning', note);
  onTestFinished(() => void process.off('warning', note));
  return warnings;
}

/** What every implementation keeps to, between two connections. */
export function noticeSuite({ name, open, sendRaw }: RemoteNotices, url: string): void {
  describe(name, () => {
    const openBoth = async (): Promise<[Notices, Notices, string]> => {
      const channel = newChannel();
      return [await open(url, channel), await open(url, channel), channel];
    };

    test('a notice reaches every listener of the other connection once, and not its own', async () => {
      const [one, other] = await openBoth();
      const own = await heardBy(one);
      const [first, second] = [await heardBy(other), await heardBy(other)];
      // The nodes of a cluster pass notices on each in its own time, so one waits for the other.
      for (const [index, notice] of NOTICES.entries()) {
        await one.publish(notice);
        await vi.waitFor(() => expect(first).toEqual(NOTICES.slice(0, index + 1)));
      }
      await vi.waitFor(() => expect(second).toEqual(NOTICES));
      await other.publish(NOTICES[0]!);
      await vi.waitFor(() => expect(own).toEqual([NOTICES[0]]));
      expect(first).toEqual(NOTICES);
    });

    test('the same notice twice arrives twice', async () => {
      const [one, other] = await openBoth();
      const heard = await heardBy(other);
      await one.publish(NOTICES[0]!);
      await one.publish(NOTICES[0]!);
      await vi.waitFor(() => expect(heard).toEqual([NOTICES[0], NOTICES[0]]));
    });

    test('a channel hears no other, and a listener that stopped hears nothing', async () => {
      const [one, other] = await openBoth();
      const elsewhere = await heardBy(await open(url, newChannel()));
      const stopped: Notice[] = [];
      const stop = await other.subscribe((notice) => stopped.push(notice));
      await stop();
      await stop();
      const heard = await heardBy(other);
      await one.publish(NOTICES[0]!);
      await vi.waitFor(() => expect(heard).toEqual([NOTICES[0]]));
      expect(stopped).toEqual([]);
      expect(elsewhere).toEqual([]);
    });

    test('a message that is no notice is a warning, and the next notice arrives', async () => {
      const [one, other, channel] = await openBoth();
      const warnings = noticeWarnings();
      const heard = await heardBy(other);
      for (const bad of [
        '',
        '{',
        'null',
        '{}',
        '["a","gone","b",null]',
        '["a","ended",1,null]',
        '["a","ended","b"]',
        `["${'a'.repeat(5000)}","ended","b",null]`,
      ])
        await sendRaw(url, channel, bad);
      await one.publish(NOTICES[0]!);
      await vi.waitFor(() => expect(heard).toEqual([NOTICES[0]]));
      expect(warnings).toEqual([expect.stringContaining('it is no notice')]);
    });

    test('a listener that throws or rejects is a warning, and disturbs nobody', async () => {
      const [one, other] = await openBoth();
      const warnings = noticeWarnings();
      onTestFinished(await other.subscribe(() => Promise.reject(new Error('no luck'))));
      onTestFinished(
        await other.subscribe(() => {
          throw new Error('no luck');
        }),
      );
      const heard = await heardBy(other);
      await one.publish(NOTICES[0]!);
      await vi.waitFor(() => expect(heard).toEqual([NOTICES[0]]));
      await vi.waitFor(() => expect(warnings).toEqual([expect.stringContaining('no luck')]));
    });
  });
}
