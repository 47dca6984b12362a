/** What may happen to a write on its way to a store and back. */
export const FAULTS = [
  /** A client library lost the reply and sent the write again; its caller gets the second reply. */
  'sent again',
  /** The network delivers the write a second time, later, when nobody waits for it. */
  'sent twice',
  /** The write is done, and its caller gets an error. */
  'reply lost',
  /** The caller gets an error, and the write is done later. */
  'late',
  /** The caller gets an error, and nothing is done. */
  'refused',
] as const;
export type Fault = (typeof FAULTS)[number];

/** Whether the caller of a write with this fault gets an error. */
export function isError(fault: Fault): boolean {
  return fault === 'reply lost' || fault === 'late' || fault === 'refused';
}
