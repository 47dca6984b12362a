// A worker ends with its run, even with one that is killed; and its servers end with the worker.
process.once('disconnect', () => process.exit());
