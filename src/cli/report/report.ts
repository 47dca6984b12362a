import { readFileSync } from 'node:fs';
import { ASVS_BROWSERS } from './asvs-browsers.js';
import { ASVS_SESSIONS } from './asvs-sessions.js';
import type { Facts } from './facts.js';
import { NIST } from './nist.js';
import type { Requirement, Status } from './requirement.js';
import { RFC6265BIS } from './rfc6265bis.js';

/** The tests that show what an id of SECURITY.md asks for: how many there are, and some of them. */
interface Evidence {
  readonly count: number;
  readonly tests: readonly string[];
}

/** A requirement, as this configuration stands to it. */
export interface Line {
  readonly id: string;
  readonly asks: string;
  readonly status: Status;
  readonly says: string;
  readonly tests: number;
  /** Some of the tests. */
  readonly shownBy: readonly string[];
}

/** A standard with its requirements. */
export interface Chapter {
  readonly title: string;
  readonly lines: readonly Line[];
}

const CHAPTERS: readonly { title: string; requirements: readonly Requirement[] }[] = [
  { title: 'OWASP ASVS 5.0, V7: session management', requirements: ASVS_SESSIONS },
  { title: 'OWASP ASVS 5.0, V3 and V14: cookies, requests, data', requirements: ASVS_BROWSERS },
  { title: 'NIST SP 800-63B-4, section 5', requirements: NIST },
  { title: 'RFC 6265bis', requirements: RFC6265BIS },
];

/** Made by scripts/evidence.js from the names of the tests; the package has it too. */
const EVIDENCE = new URL('../../../docs/guide/evidence.json', import.meta.url);

/** How a configuration stands to every requirement. */
export function reportOn(facts: Facts): readonly Chapter[] {
  const evidence: Readonly<Record<string, Evidence>> = JSON.parse(readFileSync(EVIDENCE, 'utf8'));
  return CHAPTERS.map(({ title, requirements }) => ({
    title,
    lines: requirements.map(({ id, asks, judge, shownBy }) => {
      const found = shownBy.map((name) => evidence[name] ?? { count: 0, tests: [] });
      return {
        id,
        asks,
        ...judge(facts),
        tests: found.reduce((total, { count }) => total + count, 0),
        shownBy: found.flatMap(({ tests }) => tests),
      };
    }),
  }));
}

const WORDS: Readonly<Record<Status, string>> = {
  default: 'yes',
  option: 'yes, by an option',
  application: 'the application',
  open: '**no**',
};

/** The report as Markdown. `all` names the tests. */
export function markdownOf(chapters: readonly Chapter[], all: boolean): string[] {
  const lines = ['# How sessions meet the standards', '', ...summaryOf(chapters)];
  for (const chapter of chapters) {
    lines.push('', `## ${chapter.title}`, '');
    lines.push('| | requirement | met | how | tests |', '| --- | --- | --- | --- | --- |');
    for (const { id, asks, status, says, tests } of chapter.lines)
      lines.push(`| ${id} | ${asks} | ${WORDS[status]} | ${says} | ${tests} |`);
    if (!all) continue;
    lines.push('', '### Tests', '');
    for (const { id, shownBy } of chapter.lines)
      if (shownBy.length > 0) lines.push(`- ${id}`, ...shownBy.map((name) => `  - ${name}`));
  }
  return lines;
}

function summaryOf(chapters: readonly Chapter[]): string[] {
  const lines = chapters.flatMap((chapter) => chapter.lines);
  const count = (...statuses: readonly Status[]): number =>
    lines.filter(({ status }) => statuses.includes(status)).length;
  return [
    `Of ${lines.length} requirements, Sojourn meets ${count('default', 'option')} in this configuration.`,
    `${count('application')} need code of the application, and ${count('open')} are not met.`,
  ];
}
