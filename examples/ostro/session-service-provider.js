import { MongoSessionHandler } from './mongo-session-handler.js';

/** The service provider of OstroJS's documentation, which registers the driver. */
export class SessionServiceProvider {
  /**
   * @param {{ session: { extend: typeof import('sojourn/ostro').extend }, db: import('mongodb').Db
   * }} $app
   */
  constructor($app) {
    this.$app = $app;
  }

  register() {
    // Nothing to register.
  }

  boot() {
    const { session, db } = this.$app;
    session.extend('mongo', () => new MongoSessionHandler(db.collection('sessions')));
  }
}
