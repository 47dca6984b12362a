import type { Notice } from '../contract.js';

/** A notice as it travels, and who sent it. */
export interface Message {
  readonly sender: string;
  readonly notice: Notice;
}

const KINDS: Readonly<Record<Notice['kind'], true>> = { ended: true, moved: true, changed: true };
/** Anybody who reaches the channel may send anything. PostgreSQL carries at most 8,000 bytes. */
const MAX_LENGTH = 4000;

export function formatMessage({ sender, notice: { kind, id, handle } }: Message): string {
  return JSON.stringify([sender, kind, id, handle ?? null]);
}

/** `undefined` for a text that is no message. */
export function parseMessage(text: unknown): Message | undefined {
  if (typeof text !== 'string' || text.length > MAX_LENGTH) return undefined;
  try {
    const [sender, kind, id, handle] = JSON.parse(text) as unknown[];
    if (typeof sender !== 'string' || typeof id !== 'string' || !isKind(kind)) return undefined;
    if (typeof handle !== 'string' && handle !== null) return undefined;
    return { sender, notice: { kind, id, handle: handle ?? undefined } };
  } catch {
    // Not JSON, or no list.
    return undefined;
  }
}

function isKind(kind: unknown): kind is Notice['kind'] {
  return typeof kind === 'string' && Object.hasOwn(KINDS, kind);
}
