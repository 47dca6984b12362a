/** Says once that something fails, and says it again only after it worked in between. */
export interface Warning {
  failed(error: unknown): void;
  worked(): void;
}

/** `what` begins the sentence: `'Notices cannot be published'`. */
export function createWarning(what: string): Warning {
  let isSaid = false;
  return {
    failed(error) {
      if (isSaid) return;
      isSaid = true;
      const reason = error instanceof Error ? error.message : String(error);
      process.emitWarning(`${what}: ${reason}`, {
        type: 'SessionWarning',
        code: 'SOJOURN_NOTICES',
      });
    },
    worked() {
      isSaid = false;
    },
  };
}
