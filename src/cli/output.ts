import { inspect, styleText } from 'node:util';

/** A colour of the terminal, by what it says. */
export type Tone = 'good' | 'doubtful' | 'bad' | 'strong' | 'quiet';

const STYLES = {
  good: 'green',
  doubtful: 'yellow',
  bad: 'red',
  strong: 'bold',
  quiet: 'dim',
} as const;

/** Where a command prints: results to stdout, everything else to stderr. */
export interface Output {
  readonly isJson: boolean;
  /** Whether a person sits there who can answer. */
  readonly isInteractive: boolean;
  /** The result of the command: the value as JSON with `--json`, else the lines. */
  result(value: unknown, lines: readonly string[]): void;
  /** A remark for people, on stderr; nothing with `--json`. */
  note(line: string): void;
  /** A warning for people and machines, on stderr. */
  warn(code: string, message: string): void;
  /** How many columns a line of stdout has; without end where it is no terminal. */
  readonly width: number;
  /** Text in a tone, for stdout. */
  tone(tone: Tone, text: string): string;
  /**
   * How far a long task is: redrawn in place on a terminal, a line every ten seconds elsewhere;
   * nothing with `--json`.
   */
  progress(title: string, total: number | undefined): Progress;
}

export interface Progress {
  /** Shows that `done` are done. */
  at(done: number): void;
  /** Takes the line away. */
  end(): void;
}

const BAR_WIDTH = 24;
const REDRAW_INTERVAL = 100;
const LINE_INTERVAL = 10_000;
/** Of a terminal that does not say its own. */
const DEFAULT_WIDTH = 80;

export function createOutput({ isJson }: { isJson: boolean }): Output {
  const { stdin, stdout, stderr } = process;

  return {
    isJson,
    isInteractive: stdin.isTTY === true && stderr.isTTY === true,

    result(value, lines) {
      const text = isJson ? `${json(value)}\n` : lines.map((line) => `${line}\n`).join('');
      stdout.write(text);
    },

    note(line) {
      if (!isJson) stderr.write(`${line}\n`);
    },

    warn(code, message) {
      const text = isJson
        ? json({ warning: { code, message } })
        : `${paint(stderr, 'doubtful', 'warning:')} ${message}`;
      stderr.write(`${text}\n`);
    },

    width: stdout.isTTY === true ? stdout.columns || DEFAULT_WIDTH : Infinity,

    tone: (tone, text) => paint(stdout, tone, text),

    progress(title, total) {
      if (isJson) return { at: () => undefined, end: () => undefined };
      const isTerminal = stderr.isTTY === true;
      const beganAt = Date.now();
      let drawnAt = isTerminal ? 0 : beganAt;
      return {
        at(done) {
          const now = Date.now();
          if (now - drawnAt < (isTerminal ? REDRAW_INTERVAL : LINE_INTERVAL)) return;
          drawnAt = now;
          const rate = `${quantity(Math.round((done * 1000) / Math.max(now - beganAt, 1)))}/s`;
          if (!isTerminal) {
            stderr.write(`${title}: ${amountOf(done, total)}, ${rate}\n`);
            return;
          }
          const line = `${title} ${barOf(done, total)} ${rate}`;
          // A line that wraps could not be drawn over.
          stderr.write(`\r\x1b[K${line.slice(0, (stderr.columns || DEFAULT_WIDTH) - 1)}`);
        },
        end() {
          if (isTerminal) stderr.write('\r\x1b[K');
        },
      };
    },
  };
}

/** Text in a tone, where `stream` shows colours and NO_COLOR does not forbid them. */
export function paint(stream: NodeJS.WriteStream, tone: Tone, text: string): string {
  return stream.isTTY === true && stream.hasColors() ? styleText(STYLES[tone], text) : text;
}

function barOf(done: number, total: number | undefined): string {
  if (total === undefined || total === 0) return amountOf(done, total);
  const share = Math.min(done / total, 1);
  const filled = Math.round(share * BAR_WIDTH);
  return `${Math.floor(share * 100)}% ${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)} ${amountOf(done, total)}`;
}

/** `1,234`, `1,234 of 5,678`. */
function amountOf(done: number, total: number | undefined): string {
  return total === undefined || total === 0
    ? quantity(done)
    : `${quantity(done)} of ${quantity(total)}`;
}

/** `1,234`. */
export function quantity(count: number): string {
  return count.toLocaleString('en-US');
}

/** `1 session`, `1,234 sessions`. */
export function plural(count: number, noun: string, nouns: string = `${noun}s`): string {
  return `${quantity(count)} ${count === 1 ? noun : nouns}`;
}

/** Names and what they are, one below the other. */
export function fields(pairs: readonly (readonly [string, string | undefined])[]): string[] {
  const given = pairs.flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  const width = Math.max(...given.map(([name]) => name.length));
  return given.map(([name, value]) => `${name.padEnd(width)}  ${value}`);
}

/** What would move the cursor, change colours, or turn the direction of text. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Text from a store, where what would steer the terminal is shown as `\u001b`. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, escaped);
}

/** One line of JSON that a terminal shows as it is. It means the same as plain JSON. */
export function json(value: unknown): string {
  return JSON.stringify(value).replace(UNPRINTABLE, escaped);
}

/** A value as Node shows it, line by line. Escape characters are those of the colours. */
export function inspected(value: object, hasColors: boolean): string[] {
  const options = { colors: hasColors, depth: null, maxStringLength: null, maxArrayLength: null };
  return inspect(value, options)
    .split('\n')
    .map((line) => line.replace(UNPRINTABLE, (one) => (one === '\u001b' ? one : escaped(one))));
}

/** As JSON escapes: a character beyond U+FFFF is two. */
function escaped(character: string): string {
  return Array.from({ length: character.length }, (_, index) => {
    const unit = character.charCodeAt(index);
    return `\\u${unit.toString(16).padStart(4, '0')}`;
  }).join('');
}

/** How far an instant is from now: `3m ago`, `in 2h`. */
export function when(instant: number, now: number): string {
  const distance = Math.abs(instant - now);
  const text = duration(distance);
  return instant <= now ? `${text} ago` : `in ${text}`;
}

function duration(span: number): string {
  if (span < 60_000) return `${Math.round(span / 1000)}s`;
  if (span < 3_600_000) return `${Math.round(span / 60_000)}m`;
  if (span < 2 * 86_400_000) return `${Math.round(span / 3_600_000)}h`;
  return `${Math.round(span / 86_400_000)}d`;
}

/** `812 B`, `1.4 kB`, `3.2 MB`. */
export function size(bytes: number): string {
  if (bytes < 1000) return `${Math.round(bytes)} B`;
  return bytes < 1_000_000
    ? `${(bytes / 1000).toFixed(1)} kB`
    : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
