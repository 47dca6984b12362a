import type { SessionLocals } from 'sojourn/sveltekit';
import type { Data } from './lib/server/sessions';

declare global {
  namespace App {
    interface Locals extends SessionLocals<Data> {}
  }
}
