import 'sojourn';

/** A message for the next page. */
export interface Notice {
  kind: 'good' | 'bad';
  text: string;
}

declare module 'sojourn' {
  interface SessionTypes {
    data: {
      /** How many of which product. */
      cart: Record<string, number>;
      notice: Notice;
      /** How many slow pages this visitor waited for. */
      slowPages: number;
    };
  }
}
