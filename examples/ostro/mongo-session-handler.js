import { SessionHandlerInterface } from 'sojourn/ostro';

/** The stub of OstroJS's documentation, filled in. */
export class MongoSessionHandler extends SessionHandlerInterface {
  /**
   * @param {import('mongodb').Collection<{ _id: string, data: string, writtenAt: number }>}
   * $collection
   */
  constructor($collection) {
    super();
    this.$collection = $collection;
  }

  async open() {
    await this.$collection.createIndex({ writtenAt: 1 });
    return true;
  }

  close() {
    return true;
  }

  async read(/** @type {string} */ $sessionId) {
    const $document = await this.$collection.findOne({ _id: $sessionId });
    return $document?.data ?? '';
  }

  async write(/** @type {string} */ $sessionId, /** @type {string} */ $data) {
    await this.$collection.updateOne(
      { _id: $sessionId },
      { $set: { data: $data, writtenAt: Date.now() } },
      { upsert: true },
    );
    return true;
  }

  async destroy(/** @type {string} */ $sessionId) {
    await this.$collection.deleteOne({ _id: $sessionId });
    return true;
  }

  async gc(/** @type {number} */ $lifetime) {
    const { deletedCount } = await this.$collection.deleteMany({
      writtenAt: { $lt: Date.now() - $lifetime * 1000 },
    });
    return deletedCount;
  }
}
