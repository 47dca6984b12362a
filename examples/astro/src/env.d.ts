declare namespace App {
  interface Locals extends SessionLocals {}
}

type SessionLocals = import('sojourn/astro').SessionLocals<import('./sessions').Data>;
