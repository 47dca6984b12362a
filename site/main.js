// `npm run docs` serves the site while its pages are written. `--build` writes it to site/dist,
// `--install` installs its tools alone.
import { installTools } from './install.js';

const [command = '--serve', ...more] = process.argv.slice(2);
if (more.length > 0 || !['--serve', '--build', '--install'].includes(command)) {
  console.error('npm run docs [-- --build | --install]');
  process.exit(2);
}
installTools();
if (command === '--build') await (await import('./build.js')).build();
if (command === '--serve') await (await import('./serve.js')).serve();
