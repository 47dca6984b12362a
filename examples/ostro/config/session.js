/** @type {import('sojourn/ostro').OstroConfig} */
export default {
  driver: process.env.SESSION_DRIVER || 'file',
  lifetime: process.env.SESSION_LIFETIME || 120,
  expire_on_close: false,
  encrypt: false,
  files: process.env.SESSION_FILES || 'storage/framework/sessions',
  connection: process.env.SESSION_CONNECTION || null,
  table: 'sessions',
  store: process.env.SESSION_STORE || null,
  lottery: [2, 100],
  cookie: process.env.SESSION_COOKIE || 'ostro_session',
  path: '/',
  domain: process.env.SESSION_DOMAIN || null,
  secure: null,
  http_only: true,
  same_site: 'lax',
};
