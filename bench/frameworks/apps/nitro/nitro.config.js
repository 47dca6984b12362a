export default {
  srcDir: 'server',
  preset: 'node-listener',
  compatibilityDate: '2026-01-01',
  logLevel: 0,
};
