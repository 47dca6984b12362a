/** The style sheet of the page of devices, where the app has none for it. */
export const STYLE: string = `:root { --line: #d5dbe0; --accent: #14639e; --danger: #a3241b; color-scheme: light dark; }
@media (prefers-color-scheme: dark) { :root { --line: #3a444d; --accent: #7cc0f2; --danger: #ff9d92; } }
* { box-sizing: border-box; }
body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; }
main { width: min(44rem, 100% - 2rem); margin: 1.5rem auto; }
h1 { font-size: 1.6rem; line-height: 1.2; }
h2 { margin: 0 0 0.5rem; font-size: 1.1rem; overflow-wrap: anywhere; }
h2 b { padding: 0.1rem 0.6rem; border: 1px solid; border-radius: 1rem; color: var(--accent); font-size: 0.8rem; }
ul { display: grid; gap: 1rem; padding: 0; list-style: none; }
li { padding: 1rem; border: 1px solid var(--line); border-radius: 0.5rem; }
dl { margin: 0 0 0.75rem; }
dl div { display: grid; grid-template-columns: 6.5rem 1fr; }
dt { opacity: 0.75; }
dd { margin: 0; }
button { padding: 0.4rem 0.9rem; border: 1px solid; border-radius: 0.35rem; background: none; color: var(--accent); font: inherit; font-weight: 600; cursor: pointer; }
button.danger { color: var(--danger); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
`;
