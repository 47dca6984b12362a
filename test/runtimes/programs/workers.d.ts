declare module 'cloudflare:workers' {
  import type { DurableObjectSql } from 'sojourn/stores/sqlite';

  export class DurableObject {
    readonly ctx: { readonly storage: { readonly sql: DurableObjectSql } };
  }
}
