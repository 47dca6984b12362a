declare module 'cloudflare:workers' {
  import type { DurableObjectSql } from 'sojourn/stores/sqlite';

  export class DurableObject<Env = unknown> {
    readonly env: Env;
    readonly ctx: { readonly storage: { readonly sql: DurableObjectSql } };
  }
}
