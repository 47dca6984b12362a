// `npm run docs` serves the site while its pages are written. `--build` writes it to site/dist.
import { installPackage } from '../scripts/install-package.js';

const [command = '--serve', ...more] = process.argv.slice(2);
if (more.length > 0 || !['--serve', '--build'].includes(command)) {
  console.error('npm run docs [-- --build]');
  process.exit(2);
}
installPackage('site');
if (command === '--build') await (await import('./build.js')).build();
if (command === '--serve') await (await import('./serve.js')).serve();
