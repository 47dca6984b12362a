import { randomUUID } from 'node:crypto';
import type { Notice, NoticeListener, Notices } from '../contract.js';
import { formatMessage, parseMessage } from './message.js';
import { createWarning } from './warning.js';

/** How long after its loss a connection is made again, in milliseconds. */
const RETRY_AFTER = 1000;

/** Stops listening, and closes what was opened for it. */
export type Stop = () => Promise<void>;

/** What a library does for a channel. */
export interface Wire {
  send(text: string): Promise<unknown>;
  /**
   * Listens until stopped. Calls `onLost` when the connection is gone for good; a library that
   * makes it again by itself never does.
   */
  listen(onText: (text: unknown) => void, onLost: (error: unknown) => void): Promise<Stop>;
}

/** Notices over a wire. It is open while there are listeners. */
export function relay(name: string, wire: Wire): Notices {
  const listeners = new Set<{ readonly call: NoticeListener }>();
  const badMessages = createWarning(`A message on the channel of ${name} notices was ignored`);
  const losses = createWarning(`The connection of ${name} notices was lost and is made again`);
  const failures = createWarning(`A listener of ${name} notices failed`);
  let sender: string | undefined;
  let line: Promise<Stop> | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;

  function nameOfSender(): string {
    sender ??= randomUUID();
    return sender;
  }

  async function call(listener: NoticeListener, notice: Notice): Promise<void> {
    try {
      await listener(notice);
    } catch (error) {
      failures.failed(error);
    }
  }

  function receive(text: unknown): void {
    const message = parseMessage(text);
    if (message === undefined) badMessages.failed('it is no notice');
    else if (message.sender !== nameOfSender())
      for (const listener of listeners) void call(listener.call, message.notice);
  }

  function open(): Promise<Stop> {
    clearTimeout(retry);
    const opened: Promise<Stop> = wire.listen(receive, (error) => {
      if (line !== opened) return;
      losses.failed(error);
      line = undefined;
      retryLater();
    });
    line = opened;
    return opened;
  }

  function retryLater(): void {
    clearTimeout(retry);
    retry = setTimeout(() => void reopen(), RETRY_AFTER);
    retry.unref();
  }

  async function reopen(): Promise<void> {
    if (listeners.size === 0 || line !== undefined) return;
    const opened = open();
    try {
      await opened;
      losses.worked();
    } catch {
      // The warning of the loss says it.
      if (line === opened) line = undefined;
      retryLater();
    }
  }

  return {
    async publish(notice) {
      await wire.send(formatMessage({ sender: nameOfSender(), notice }));
    },

    async subscribe(call) {
      const listener = { call };
      listeners.add(listener);
      const opened = line ?? open();
      try {
        await opened;
      } catch (error) {
        listeners.delete(listener);
        if (line === opened) line = undefined;
        throw error;
      }
      return async () => {
        if (!listeners.delete(listener) || listeners.size > 0) return;
        clearTimeout(retry);
        const last = line;
        line = undefined;
        // What cannot be closed was lost, or closed by the application.
        await last?.then((stop) => stop()).catch(() => undefined);
      };
    },
  };
}
