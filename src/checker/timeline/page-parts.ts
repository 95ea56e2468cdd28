// The style and the script of a timeline's page, which are part of it.

/** Colours follow the reader's light or dark setting. */
export const STYLE = `
:root { color-scheme: light dark; --text: #1b1f24; --soft: #59636e; --back: #fff; --line: #d5dae0; --panel: #f4f6f8;
  --placed: #cdebd2; --placed-edge: #2a7d3c; --blocked: #ffd3cf; --blocked-edge: #c11d12; --other: #e6e9ed; --other-edge: #8a939d; }
@media (prefers-color-scheme: dark) { :root { --text: #e6eaee; --soft: #9aa4af; --back: #14181c; --line: #333a42; --panel: #1e242a;
  --placed: #1d3f26; --placed-edge: #58b56b; --blocked: #56201c; --blocked-edge: #ff7a70; --other: #2b323a; --other-edge: #7c8792; } }
body { margin: 1.5rem; font: 14px/1.45 system-ui, sans-serif; color: var(--text); background: var(--back); }
h1 { font-size: 1.2rem; }
.blocked-text { color: var(--blocked-edge); }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .3rem 1.4rem; padding: 0; color: var(--soft); }
.swatch { display: inline-block; width: 1.4em; height: .9em; margin-right: .4em; border: 1px solid; border-radius: 3px; }
.chart { display: flex; border: 1px solid var(--line); border-radius: 6px; overflow: hidden; }
.names { flex: none; background: var(--panel); border-right: 1px solid var(--line); color: var(--soft); }
.names div { box-sizing: border-box; padding: 7px .7rem; max-width: 12rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.scroll { overflow-x: auto; flex: auto; }
.plane { position: relative; }
.line { position: absolute; left: 0; right: 0; box-sizing: border-box; border-bottom: 1px solid var(--line); }
.bar { position: absolute; box-sizing: border-box; border: 1px solid; border-radius: 4px; overflow: hidden; cursor: default; }
.bar span { display: block; padding: 2px 4px; font: 11px/20px ui-monospace, monospace; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.bar i { position: absolute; top: 0; bottom: 0; width: 2px; background: var(--placed-edge); }
.bar:hover, .bar:focus { outline: 2px solid var(--text); outline-offset: 1px; z-index: 1; }
.placed { background: var(--placed); border-color: var(--placed-edge); }
.blocked { background: var(--blocked); border-color: var(--blocked-edge); border-width: 2px; }
.other { background: var(--other); border-color: var(--other-edge); }
.open { border-style: dashed; border-right: none; border-top-right-radius: 0; border-bottom-right-radius: 0; }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: .6rem .8rem; white-space: pre-wrap; overflow-wrap: anywhere; }
#detail { min-height: 4.4em; position: sticky; bottom: 0; }
table { border-collapse: collapse; font: 12px/1.4 ui-monospace, monospace; margin: .6rem 0; }
td, th { border: 1px solid var(--line); padding: .15rem .5rem; text-align: left; }
summary { cursor: pointer; }
`;

/** Shows the operation that is pointed at, and begins with the one that cannot be placed in view. */
export const SCRIPT = `
const detail = document.getElementById("detail");
const show = (event) => {
  const bar = event.target.closest(".bar");
  if (bar) detail.textContent = bar.dataset.detail;
};
document.addEventListener("mouseover", show);
document.addEventListener("focusin", show);
const blocked = document.querySelector(".bar.blocked");
const scroll = document.querySelector(".scroll");
if (blocked && scroll) scroll.scrollLeft = blocked.offsetLeft - scroll.clientWidth / 2;
`;
