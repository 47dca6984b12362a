const LEFT_OUT = new Set(['Extended by', 'Implementation of', 'Inherited from', 'Overrides']);
const BODY_ALONE = new Set(['Call Signature', 'Get Signature', 'Set Signature']);
const LABELS = new Set([
  'Accessors',
  'Constructors',
  'Default Value',
  'Extends',
  'Implements',
  'Index Signature',
  'Indexable',
  'Methods',
  'Parameters',
  'Properties',
  'Returns',
  'Throws',
  'Type Declaration',
  'Type Parameters',
]);

/**
 * A module's page with names as its only headings. TypeDoc writes a heading above each table and
 * each type as well, and a search would find hundreds of "Returns".
 * @param {string} text
 */
export function calm(text) {
  const [start = '', ...parts] = text
    .replaceAll(/^\*\*\*\n+/gm, '')
    // The anchor that TypeDoc's links name becomes that of the heading.
    .replaceAll(/^<a id="([^"]+)"><\/a>\n+(#+ .+)$/gm, '$2 {#$1}')
    .split(/^#{4,6} (.+?)( \{#.+\})?\n+/m);
  let result = start;
  for (let index = 0; index < parts.length; index += 3) {
    const [name = '', anchor = '', body = ''] = parts.slice(index, index + 3);
    const next = body.search(/^#{1,3} /m);
    const end = next === -1 ? body.length : next;
    result += section(name, anchor, body.slice(0, end)) + body.slice(end);
  }
  return result;
}

/**
 * @param {string} name
 * @param {string} anchor
 * @param {string} body
 */
function section(name, anchor, body) {
  // A type alone is in the signature already.
  const isTypeAlone = name === 'Returns' && !body.trim().includes('\n\n');
  if (LEFT_OUT.has(name) || isTypeAlone) return '';
  if (BODY_ALONE.has(name)) return body;
  return LABELS.has(name) ? `**${name}**\n\n${body}` : `#### ${name}${anchor}\n\n${body}`;
}
