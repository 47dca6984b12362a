import 'reflect-metadata';
import { Controller, Get, Module, Req } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { SessionModule } from '../../dist/adapters/nestjs.js';
import { besideExpressSession } from './express-session.js';

/** @import { Application, Framework } from './index.js' */

/**
 * On Express, the platform that Nest takes by itself.
 * @param {{ imports?: any[], middleware?: any }} parts
 * @returns {Application}
 */
const application = ({ imports = [], middleware }) => {
  return async (answer) => {
    class Routes {
      /** @param {any} request */
      answer(request) {
        return answer(request.url, request.session);
      }
    }
    const method = Object.getOwnPropertyDescriptor(Routes.prototype, 'answer') ?? {};
    Req()(Routes.prototype, 'answer', 0);
    Get('*path')(Routes.prototype, 'answer', method);
    Controller()(Routes);
    class Root {}
    Module({ imports, controllers: [Routes] })(Root);
    const app = await NestFactory.create(Root, { logger: false });
    if (middleware !== undefined) app.use(middleware);
    await app.init();
    return { listener: app.getHttpAdapter().getInstance() };
  };
};

/** @type {Framework} */
export default {
  bare: application({}),
  sojourn: (sessions) => application({ imports: [SessionModule.forRoot({ sessions })] }),
  peers: besideExpressSession((middleware) => application({ middleware })),
};
