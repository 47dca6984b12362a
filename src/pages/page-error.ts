/** A request that cannot be served, with the status of its answer. The message is shown. */
export class PageError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}
