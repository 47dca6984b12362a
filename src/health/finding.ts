/** What a check found. */
export interface Finding {
  readonly level: 'ok' | 'warning' | 'problem';
  readonly is: string;
  /** What to do about it, where `is` does not say it already. */
  readonly advice?: string;
}

export function ok(is: string): Finding {
  return { level: 'ok', is };
}

export function warning(is: string, advice: string): Finding {
  return { level: 'warning', is, advice };
}

export function problem(is: string, advice?: string): Finding {
  return advice === undefined ? { level: 'problem', is } : { level: 'problem', is, advice };
}
