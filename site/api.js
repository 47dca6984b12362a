// The API reference: the docstrings of what package.json exports, as Markdown.
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Application, ReflectionKind } from 'typedoc';
import { calm } from './calm.js';
import { pagesFolder, root } from './pages.js';

const folder = join(pagesFolder, 'api');
const index = join(folder, 'index.md');

/** The modules of the package, as a program imports them, and their sources. */
export const modules = modulesOf(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));

/** Writes the pages of the API, unless those that are there are newer than the source. */
export async function writeApi() {
  if (existsSync(index) && statSync(index).mtimeMs > newest()) return;
  rmSync(folder, { recursive: true, force: true });
  const app = await Application.bootstrapWithPlugins({
    plugin: ['typedoc-plugin-markdown'],
    logLevel: 'Warn',
    entryPoints: [...modules.values()],
    basePath: join(root, 'src'),
    tsconfig: join(root, 'tsconfig.json'),
    // TypeScript 7 checks the types; what makes these pages is an older one.
    skipErrorChecking: true,
    excludeExternals: true,
    excludeInternal: true,
    excludePrivate: true,
    disableGit: true,
    disableSources: true,
    readme: 'none',
    out: folder,
    ...markdownOptions,
  });
  const project = await app.convert();
  if (project === undefined) throw new Error('TypeDoc made nothing of src/, see above.');
  for (const [name, source] of modules) {
    const found = relative(join(root, 'src'), source).replace(/(\/index)?\.ts$/, '');
    const module = project.getChildByName([found]);
    if (module === undefined) throw new Error(`TypeDoc has no module ${found}.`);
    module.name = name;
  }
  for (const whole of project.getReflectionsByKind(ReflectionKind.Function))
    if (whole.name === 'module.exports') nameDefault(project, whole);
  await app.generateOutputs(project);
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
    if (name.endsWith('.md')) finish(name);
  writeFileSync(index, indexPage(project));
}

/** @param {string} name Of a page, from the folder of the API. */
function finish(name) {
  const file = join(folder, name);
  // What hangs on a function is a page of its own, named after both.
  const title = name
    .replaceAll('\\', '/')
    .replace('/namespaces/', ': ')
    .replace(/(\/index)?\.md$/, '');
  const text = readFileSync(file, 'utf8').replace(/^# .+$/m, `# ${title} {#module}`);
  writeFileSync(file, `---\npageClass: api\n---\n\n${calm(text)}`);
}

/**
 * What `require` gives is the default export.
 * @param {import('typedoc').ProjectReflection} project
 * @param {import('typedoc').Reflection} whole
 */
function nameDefault(project, whole) {
  const { parent } = whole;
  const isThere =
    parent?.isDeclaration() && parent.children?.some(({ name }) => name === 'session');
  if (isThere) project.removeReflection(whole);
  else whole.name = 'default';
}

const markdownOptions = {
  router: 'module',
  entryFileName: 'index',
  hideBreadcrumbs: true,
  hidePageHeader: true,
  useCodeBlocks: true,
  useHTMLAnchors: true,
  expandObjects: true,
  parametersFormat: 'table',
  interfacePropertiesFormat: 'table',
  typeDeclarationFormat: 'table',
  pageTitleTemplates: { module: '{name}' },
  groupOrder: ['Functions', 'Classes', 'Variables', 'Interfaces', 'Type Aliases', '*'],
};

/** @param {import('typedoc').ProjectReflection} project */
function indexPage(project) {
  const rows = [...modules.keys()].map((name) => {
    const link = [`./${name}.md`, `./${name}/index.md`].find((path) =>
      existsSync(join(folder, path)),
    );
    return `| [\`${name}\`](${link}) | ${namesOf(project, name).join(', ')} |`;
  });
  return `# API

What each module of the package exports, from the docstrings of the source.

| module | functions and classes |
| --- | --- |
${rows.join('\n')}
`;
}

/** @param {{ name: string, exports: Record<string, Target> }} manifest */
function modulesOf({ name, exports }) {
  const files = Object.entries(exports).map(([path, target]) => ({ path, file: fileOf(target) }));
  return new Map(
    files
      .filter(({ file }) => file.endsWith('.js'))
      .map(({ path, file }) => [
        path.replace('.', name),
        join(root, file.replace('./dist/', 'src/').replace(/\.js$/, '.ts')),
      ]),
  );
}

/** @typedef {string | { [condition: string]: Target }} Target */

/**
 * What `import` gets, where there are conditions.
 * @param {Target} target
 * @returns {string}
 */
function fileOf(target) {
  if (typeof target === 'string') return target;
  const next = target.import ?? target.default;
  return next === undefined ? '' : fileOf(next);
}

function newest() {
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(root, 'src', name));
  const others = ['package.json', 'site/api.js', 'site/calm.js'].map((name) => join(root, name));
  return Math.max(...[...sources, ...others].map((file) => statSync(file).mtimeMs));
}

/**
 * What a program calls.
 * @param {import('typedoc').ProjectReflection} project
 * @param {string} module
 */
function namesOf(project, module) {
  const kinds = ReflectionKind.Function | ReflectionKind.Class | ReflectionKind.Variable;
  const children = project.children?.find(({ name }) => name === module)?.children ?? [];
  return children.filter((child) => child.kindOf(kinds)).map(({ name }) => `\`${name}\``);
}
