import { PageError } from './page-error.js';

/** The most that a form or a filter needs, in bytes. */
const LONGEST_BODY = 16_384;

/**
 * The fields of a request's body: a form, or an object of JSON. No body has no fields.
 * @throws PageError.
 */
export async function fieldsOf(request: Request): Promise<ReadonlyMap<string, unknown>> {
  const text = await textOf(request);
  if (text === '') return new Map();
  const type = (request.headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase();
  if (type === 'application/x-www-form-urlencoded') return new Map(new URLSearchParams(text));
  if (type !== 'application/json')
    throw new PageError(415, 'Send a form, or JSON as application/json.');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new PageError(400, 'The body is not JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new PageError(400, 'The body is not an object of JSON.');
  return new Map(Object.entries(value));
}

async function textOf({ body }: Request): Promise<string> {
  if (body === null) return '';
  const decoder = new TextDecoder();
  let text = '';
  let length = 0;
  for await (const chunk of body) {
    length += chunk.byteLength;
    if (length > LONGEST_BODY)
      throw new PageError(413, `The body is longer than ${LONGEST_BODY} bytes.`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
