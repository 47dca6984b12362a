import { expect, it } from 'vitest';
import { firstTabs, withTabs } from '../../site/tabs.js';

const versions = `<!-- tabs -->

**Express**

\`\`\`ts
app.use(one);
\`\`\`

**Fetch**

\`\`\`ts check
fetch(two);
\`\`\`

<!-- /tabs -->`;

it('makes tabs of versions, and leaves all else', () => {
  expect(withTabs(`before\n\n${versions}\n\nafter`, 'page.md')).toBe(`before

::: code-group

\`\`\`ts [Express]
app.use(one);
\`\`\`

\`\`\`ts [Fetch]
fetch(two);
\`\`\`

:::

after`);
});

it('refuses what would not be seen between tabs, naming the page', () => {
  const text = versions.replace('**Fetch**', 'Or so:\n\n**Fetch**');
  expect(() => withTabs(text, 'docs/page.md')).toThrow(/^docs\/page.md: .* not: Or so:$/);
});

it('finds the first versions of a page', () => {
  expect(firstTabs(`before\n\n${versions}\n\nafter\n\n${versions}`)).toBe(versions);
});
