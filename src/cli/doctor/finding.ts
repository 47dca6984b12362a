/** What a check of `doctor` found. */
export interface Finding {
  readonly level: 'ok' | 'warning' | 'problem';
  readonly is: string;
  /** What to do about it. */
  readonly advice?: string;
}

export function ok(is: string): Finding {
  return { level: 'ok', is };
}

export function warning(is: string, advice: string): Finding {
  return { level: 'warning', is, advice };
}

export function problem(is: string, advice: string): Finding {
  return { level: 'problem', is, advice };
}
