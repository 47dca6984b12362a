/** Where a handler waits until the test lets it go on. */
export interface Gate {
  readonly isOpen: Promise<void>;
  open(): void;
  /** Resolves when a handler waits. */
  readonly isReached: Promise<void>;
  reach(): void;
}

export function gate(): Gate {
  const [isOpen, open] = promised();
  const [isReached, reach] = promised();
  return { isOpen, open, isReached, reach };
}

function promised(): [Promise<void>, () => void] {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return [promise, resolve];
}
