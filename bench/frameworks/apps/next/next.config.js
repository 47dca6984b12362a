export default {
  // The folder that holds Next and this app.
  turbopack: { root: process.env.REPOSITORY },
  outputFileTracingRoot: process.env.REPOSITORY,
  compress: false,
};
