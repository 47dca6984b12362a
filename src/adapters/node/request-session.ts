declare global {
  namespace Express {
    /** What the middleware in use puts on `request.session`, by the name of its API. */
    interface RequestSessions {}
  }
}

/** The type of `request.session`. Where two APIs are in one program it is ours. */
export type RequestSession = Express.RequestSessions extends { sojourn: infer Session }
  ? Session
  : Express.RequestSessions[keyof Express.RequestSessions];
