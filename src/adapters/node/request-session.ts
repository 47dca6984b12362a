declare global {
  namespace Express {
    /** The types that middleware puts on `request.session`, by the name of its API. */
    interface RequestSessions {}
  }
}

/** The type of `request.session`. When one program uses two APIs, it is the type of Sojourn. */
export type RequestSession = Express.RequestSessions extends { sojourn: infer Session }
  ? Session
  : Express.RequestSessions[keyof Express.RequestSessions];
