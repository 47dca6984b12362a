const SECTION = /^<!-- tabs -->\n([\s\S]*?)^<!-- \/tabs -->$/gm;
const VERSION = /^\*\*(.+)\*\*\n+```(\w+)[^\n]*\n([\s\S]*?)^```\n*/gm;

/**
 * Versions of the same code become tabs. In a page they stand between `<!-- tabs -->` and
 * `<!-- /tabs -->`, each a line of bold text and a block of code, so that GitHub shows them one
 * below the other.
 * @param {string} text
 * @param {string} page For the message when something else stands there.
 */
export function withTabs(text, page) {
  return text.replaceAll(SECTION, (_section, /** @type {string} */ inside) => {
    const rest = inside.replaceAll(VERSION, '').trim();
    if (rest !== '')
      throw new Error(
        `${page}: only a bold name and its code may stand between tabs, not: ${rest}`,
      );
    return `::: code-group\n\n${inside.trimStart().replaceAll(VERSION, '```$2 [$1]\n$3```\n\n')}:::`;
  });
}

/**
 * The first versions of a page, as they stand there.
 * @param {string} text
 */
export function firstTabs(text) {
  return text.match(SECTION)?.[0] ?? '';
}
