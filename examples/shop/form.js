/**
 * A field of the form that was sent, as text.
 * @param {import('express').Request} request
 * @param {string} name
 */
export function field(request, name) {
  const value = request.body?.[name];
  return typeof value === 'string' ? value.trim() : '';
}
