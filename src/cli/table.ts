/** A column of a table. */
export interface Column {
  readonly title: string;
  /** Where the lines are too short, the column with the lowest number is left out first. */
  readonly leaves?: number;
  /** Whether its cells are cut where the lines are too short still. */
  readonly isCut?: boolean;
  readonly cells: readonly string[];
}

/** A table as it fits into lines. */
export interface FittedTable {
  readonly lines: string[];
  /** The titles of the columns that are left out. */
  readonly left: string[];
}

const GAP = 2;

/** Columns side by side in lines of `width` terminal columns. */
export function fittedTable(columns: readonly Column[], width: number): FittedTable {
  const shown = [...columns];
  const leaving = columns
    .filter(({ leaves }) => leaves !== undefined)
    .sort((one, other) => (one.leaves ?? 0) - (other.leaves ?? 0));
  const left: string[] = [];
  for (const column of leaving) {
    if (widthOf(shown) <= width) break;
    shown.splice(shown.indexOf(column), 1);
    left.push(column.title);
  }
  const excess = Math.max(0, widthOf(shown) - width);
  return { lines: linesOf(shown.map((column) => cut(column, excess))), left };
}

function widthOf(columns: readonly Column[]): number {
  return columns.reduce((sum, column) => sum + widest(column) + GAP, -GAP);
}

function widest({ title, cells }: Column): number {
  return cells.reduce((most, cell) => Math.max(most, columnsOf(cell)), title.length);
}

function cut(column: Column, excess: number): Column {
  if (column.isCut !== true || excess === 0) return column;
  const room = Math.max(column.title.length, widest(column) - excess);
  return { ...column, cells: column.cells.map((cell) => shortened(cell, room)) };
}

function shortened(text: string, room: number): string {
  if (columnsOf(text) <= room) return text;
  let kept = '';
  for (const character of text) {
    if (columnsOf(kept + character) >= room) break;
    kept += character;
  }
  return `${kept}…`;
}

function linesOf(columns: readonly Column[]): string[] {
  const widths = columns.map(widest);
  const [first] = columns;
  const rows = [
    columns.map(({ title }) => title),
    ...(first?.cells ?? []).map((_, row) => columns.map(({ cells }) => cells[row] ?? '')),
  ];
  return rows.map((row) =>
    row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - columnsOf(cell)))
      .join(' '.repeat(GAP))
      .trimEnd(),
  );
}

/** Scripts and pictures whose characters take two columns of a terminal. */
const WIDE =
  /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}\uff01-\uff60]/u;

/** How many columns of a terminal a text takes. */
function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) {
    if (/\p{M}/u.test(character)) continue;
    columns += WIDE.test(character) ? 2 : 1;
  }
  return columns;
}
