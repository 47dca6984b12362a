/** Whether an error is a reply of the server with this code. Each such reply begins with one. */
export function isReply(error: unknown, code: 'NOSCRIPT' | 'WRONGTYPE'): boolean {
  return error instanceof Error && error.message.startsWith(code);
}

/** The reply to a command; `undefined` when its key holds a value of another type. */
export async function unlessWrongType(reply: Promise<unknown>): Promise<unknown> {
  try {
    return await reply;
  } catch (error) {
    if (isReply(error, 'WRONGTYPE')) return undefined;
    throw error;
  }
}
