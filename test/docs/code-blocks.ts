import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What the reader of a page would put into one file. */
export interface DocModule {
  /** From the root of the repository: `docs/guide/data.md`. */
  readonly page: string;
  /** The line of the first block's first line of code, from 1. */
  readonly line: number;
  /** Every line of code is at the line it has in the page, so errors point there. */
  readonly source: string;
  readonly isRun: boolean;
}

/** A link to a page or file of the repository. */
export interface DocLink {
  readonly page: string;
  /** From the root of the repository. */
  readonly target: string;
  /** The heading, as in `#why-is-no-cookie-set`; empty for a whole page. */
  readonly anchor: string;
}

interface Block {
  readonly info: string;
  readonly line: number;
  readonly code: readonly string[];
}

/** `ts lib/session.ts`: a file of an app, which the test of its framework builds. */
const IN_APP = /^\w+ \S+\.\w+$/;
const FENCE = /^```(.*)$/;
const RESULT = /^(\s*)(const (\w+) = )?(.+?);?\s*\/\/ -> (.+)$/;
/**
 * Goes into the page's first line, where no code can be. Cloned, since `all()` and the like give
 * objects without prototype.
 */
const GIVES =
  "import { deepStrictEqual as $equal } from 'node:assert/strict'; " +
  'const $gives = (actual: unknown, stated: unknown): void => $equal(structuredClone(actual), stated);';

/** As {@link GIVES}: no session of type `any`, and none that takes a key that is not there. */
const TYPED =
  ' const $typed = <T,>(session: 0 extends 1 & T ? never : ' +
  'T extends { get: (key: infer Key, ...rest: never) => unknown } ' +
  "? ('vews' extends Key ? never : T) : never): T => session as T;";
const TYPED_VIEWS = /(const views: number = )(.+)(?=\.(?:increment|get)\('views')/;

/** The pages that hold code, from the root of the repository. */
export function docPages(root: string): string[] {
  const inDocs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).map(
    (name) => `docs/${name}`,
  );
  return ['README.md', ...inDocs.sort()].filter(
    (name) => name.endsWith('.md') && existsSync(join(root, name)),
  );
}

/** The TypeScript of a page, block after block. */
export function docModules(root: string, page: string): DocModule[] {
  const modules: { line: number; lines: string[]; isRun: boolean }[] = [];
  for (const { info, line, code } of blocksOf(readFileSync(join(root, page), 'utf8'))) {
    const place = `${page}:${line}`;
    const last = modules.at(-1);
    if (info === 'ts' || info === 'ts check')
      modules.push({ line, lines: placed([GIVES], line, code), isRun: info === 'ts' });
    else if (info === 'ts continued' && last !== undefined)
      last.lines = placed(last.lines, line, code);
    else if (/^(ts|js|tsx|jsx|javascript|typescript)\b/.test(info) && !IN_APP.test(info))
      throw new Error(
        `${place}: write \`ts\`, \`ts check\` or \`ts continued\` instead of \`${info}\`.`,
      );
  }
  return modules.map(({ line, lines, isRun }) => ({
    page,
    line,
    source: withTypes(`${lines.join('\n')}\n`),
    isRun,
  }));
}

/**
 * The code, which is compiled only if the session that `const views: number` is read from has the
 * type of its data.
 */
export function withTypes(code: string): string {
  if (!TYPED_VIEWS.test(code)) return code;
  const [first = '', ...rest] = code.replace(TYPED_VIEWS, '$1$typed($2)').split('\n');
  return [first + TYPED, ...rest].join('\n');
}

/** The links of a page that do not leave the repository. */
export function docLinks(root: string, page: string): DocLink[] {
  const links = [...proseOf(root, page).matchAll(/\]\((?!\w+:)([^)#]*)#?([^)]*)\)/g)];
  return links.map(([, path = '', anchor = '']) => ({
    page,
    target: path === '' ? page : join(dirname(page), path),
    anchor,
  }));
}

/** What a link to a part of a page can name: its headings, as GitHub writes them. */
export function docAnchors(root: string, page: string): string[] {
  const headings = [...proseOf(root, page).matchAll(/^#+ (.+)$/gm)].map(
    ([, heading = '']) => heading,
  );
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  );
}

function proseOf(root: string, page: string): string {
  return readFileSync(join(root, page), 'utf8').replaceAll(/^```[\s\S]*?^```$/gm, '');
}

function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  let open: { info: string; line: number; code: string[] } | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    const fence = FENCE.exec(line);
    if (fence === null) open?.code.push(line);
    else if (open === undefined) open = { info: fence[1] ?? '', line: index + 2, code: [] };
    else {
      blocks.push(open);
      open = undefined;
    }
  }
  return blocks;
}

function placed(before: readonly string[], line: number, code: readonly string[]): string[] {
  const blank = Array.from({ length: line - 1 - before.length }, () => '');
  return [...before, ...blank, ...code.map(checked)];
}

/** `expression; // -> value` as code that compares the two. */
function checked(line: string): string {
  const [, indent, declaration, name, expression, value] = RESULT.exec(line) ?? [];
  if (value === undefined) return line;
  return declaration === undefined
    ? `${indent}$gives(${expression}, ${value});`
    : `${indent}${declaration}${expression}; $gives(${name}, ${value});`;
}
