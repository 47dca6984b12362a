/**
 * Remembers the sessions that keys are set in, and so which writers were told that theirs is gone:
 * an outcome is known once the response has left, and `gone` is asked after that.
 */
export function createTold() {
  /** @type {[key: string, session: import('../../dist/index.js').Session][]} */
  let writes = [];
  return {
    /**
     * @param {import('../../dist/index.js').Session} session @param {import('./shop.js').View} view
     * @returns {import('./shop.js').View}
     */
    watch: (session, view) => ({
      ...view,
      set(key) {
        writes.push([key, session]);
        return view.set(key);
      },
    }),

    /** The keys whose writers were told since this was last asked. */
    gone() {
      const keys = writes.filter(([, session]) => session.outcome === 'gone').map(([key]) => key);
      writes = [];
      return keys;
    },
  };
}
