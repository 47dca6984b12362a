/** The style sheet of the dashboard. */
export const STYLE: string = `:root {
  --paper: #f7f8f9;
  --surface: #fff;
  --ink: #1b2126;
  --soft: #56616b;
  --line: #d9dfe4;
  --accent: #14639e;
  --second: #a8480f;
  --danger: #a3241b;
  --good: #e3f1e6;
  --bad: #fbe3df;
  color-scheme: light dark;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #12171b;
    --surface: #1a2127;
    --ink: #e8ecef;
    --soft: #a3afb9;
    --line: #313b44;
    --accent: #7cc0f2;
    --second: #f3a673;
    --danger: #ff9d92;
    --good: #193527;
    --bad: #46211c;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
header, main, footer { width: min(76rem, 100% - 2rem); margin: 0 auto; }
header { display: flex; flex-wrap: wrap; gap: 0.25rem 1.5rem; padding: 0.75rem 0; border-bottom: 1px solid var(--line); }
nav { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; }
a { color: var(--accent); }
header a { text-decoration: none; }
header a[aria-current] { color: inherit; font-weight: 600; border-bottom: 2px solid var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.skip { position: absolute; left: -100rem; }
.skip:focus { left: 1rem; top: 0.5rem; padding: 0.25rem 0.75rem; background: var(--surface); }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
h1 { margin: 1.25rem 0 1rem; font-size: 1.6rem; line-height: 1.2; overflow-wrap: anywhere; }
h2 { margin: 1.5rem 0 0.5rem; font-size: 1.15rem; }
.soft, footer, caption { color: var(--soft); font-size: 0.9rem; }
footer { margin-top: 2rem; padding: 1rem 0; border-top: 1px solid var(--line); }
form { margin-bottom: 1rem; }
.filter { display: flex; flex-wrap: wrap; align-items: end; gap: 0.75rem 1rem; }
label { display: grid; gap: 0.15rem; font-size: 0.9rem; color: var(--soft); }
input, select { width: 100%; padding: 0.4rem 0.6rem; border: 1px solid var(--soft); border-radius: 0.35rem; background: var(--surface); color: var(--ink); font: inherit; }
button, .button { display: inline-block; padding: 0.4rem 0.9rem; border: 1px solid var(--accent); border-radius: 0.35rem; background: var(--surface); color: var(--accent); font: inherit; font-weight: 600; text-decoration: none; cursor: pointer; }
button:hover, .button:hover { text-decoration: underline; }
.danger { border-color: var(--danger); color: var(--danger); }
.notice { padding: 0.6rem 0.9rem; border-radius: 0.35rem; background: var(--good); overflow-wrap: anywhere; }
.notice.bad { background: var(--bad); }
.table { overflow-x: auto; margin-bottom: 1rem; border: 1px solid var(--line); border-radius: 0.5rem; background: var(--surface); }
table { width: 100%; border-collapse: collapse; }
caption { padding: 0.5rem 0.75rem; text-align: start; overflow-wrap: anywhere; }
th, td { padding: 0.45rem 0.75rem; border-top: 1px solid var(--line); text-align: start; overflow-wrap: anywhere; }
thead th { font-size: 0.85rem; color: var(--soft); }
time { white-space: nowrap; }
.number { text-align: end; font-variant-numeric: tabular-nums; white-space: nowrap; }
.pages { align-items: baseline; }
code, pre { font-family: ui-monospace, monospace; font-size: 0.9em; overflow-wrap: anywhere; }
pre { margin: 0; white-space: pre-wrap; }
dl { margin: 0 0 1rem; border: 1px solid var(--line); border-radius: 0.5rem; background: var(--surface); }
dl div { display: grid; grid-template-columns: minmax(6rem, 12rem) 1fr; gap: 0 1rem; padding: 0.45rem 0.75rem; }
dl div + div { border-top: 1px solid var(--line); }
dt { color: var(--soft); overflow-wrap: anywhere; }
.findings .ok dt { color: var(--accent); }
.findings .warning dt { color: var(--second); font-weight: 600; }
.findings .problem dt { color: var(--danger); font-weight: 600; }
dd { margin: 0; overflow-wrap: anywhere; min-width: 0; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: 0.75rem; margin: 0 0 1rem; padding: 0; list-style: none; }
.figures li { display: grid; align-content: start; padding: 0.6rem 0.9rem; border: 1px solid var(--line); border-radius: 0.5rem; background: var(--surface); }
.figures span, .figures small { color: var(--soft); }
.figures b { font-size: 1.6rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: 0.75rem; margin-bottom: 1rem; }
.chart { margin: 0; padding: 0.6rem 0.9rem; border: 1px solid var(--line); border-radius: 0.5rem; background: var(--surface); }
.chart svg { display: block; width: 100%; height: 5rem; margin: 0.4rem 0; border-bottom: 1px solid var(--line); }
.chart path { fill: none; stroke-width: 2; stroke-linecap: round; vector-effect: non-scaling-stroke; }
.line-1 { stroke: var(--accent); }
.line-2 { stroke: var(--second); stroke-dasharray: 5 4; }
.legend { margin: 0; font-size: 0.85rem; }
.key-1, .key-2 { display: inline-block; margin-inline-end: 0.75rem; }
.key-1 { color: var(--accent); border-bottom: 2px solid; }
.key-2 { color: var(--second); border-bottom: 2px dashed; }
progress { display: block; width: min(24rem, 100%); margin-bottom: 0.75rem; accent-color: var(--accent); }
@media (max-width: 40rem) {
  .table { border: 0; background: none; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table, tbody, tr, td, th, caption { display: block; }
  caption { padding: 0 0 0.5rem; }
  tr { margin-bottom: 0.75rem; padding: 0.4rem 0; border: 1px solid var(--line); border-radius: 0.5rem; background: var(--surface); }
  td, tbody th { display: flex; justify-content: space-between; gap: 1rem; padding: 0.2rem 0.75rem; border: 0; text-align: end; }
  td[data-label]::before { content: attr(data-label); color: var(--soft); font-weight: 400; text-align: start; }
  .filter label { flex: 1 1 8rem; }
  dl div { grid-template-columns: 6.5rem 1fr; }
}
`;
