/** The test brings the driver along, made from the sources. */
export default () => ({
  getItem: (key) => globalThis.astroDriver.getItem(key),
  setItem: (key, value) => globalThis.astroDriver.setItem(key, value),
  removeItem: (key) => globalThis.astroDriver.removeItem(key),
});
