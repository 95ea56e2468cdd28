// A violation as one HTML page that needs nothing else: processes as rows, operations as bars, the legal order and the operation that
// does not fit marked.

import type { RecordedViolation } from "../recorded/check-recorded.ts";
import { type Bar, type Layout, layoutOf } from "./layout.ts";
import { SCRIPT, STYLE } from "./page-parts.ts";

/** Operations that a page shows; the rest are counted. */
const OPERATIONS_MAX = 600;

/** Width of a column and height of a row, in pixels. */
const COLUMN = 22;
const ROW = 34;

/** The page of a violation in the history called `title`. */
export function timelinePage(violation: RecordedViolation, { title }: { readonly title: string }): string {
  const layout = layoutOf(violation, { operationsMax: OPERATIONS_MAX });
  const hidden = layout.hidden === 0 ? "" : `<p>${layout.hidden} operations further away are not shown.</p>`;
  return [
    "<!doctype html>",
    '<html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escapeHtml(title)}: not linearizable</title>`,
    `<style>${STYLE}</style></head><body>`,
    `<h1>${escapeHtml(title)}${violation.part === "" ? "" : `, ${escapeHtml(violation.part)}`}: not linearizable</h1>`,
    `<p><strong class="blocked-text">${escapeHtml(violation.blockedDescription)}</strong> by process ${escapeHtml(violation.blocked.process)} cannot be placed.</p>`,
    legend(),
    hidden,
    chart(layout),
    '<pre id="detail" aria-live="polite">Point at an operation, or reach it with Tab, to see it in full.</pre>',
    `<details open><summary>In words</summary><pre>${escapeHtml(violation.explanation)}</pre></details>`,
    orderTable(violation),
    `<script>${SCRIPT}</script></body></html>`,
    "",
  ].join("\n");
}

function legend(): string {
  const entries = [
    ["placed", "in the longest legal order, with its place; the mark is where it may take effect"],
    ["blocked", "cannot be placed"],
    ["other", "not in that order"],
    ["open", "outcome unknown: may take effect at any later time, or never"],
  ];
  const items = entries.map(([name, text]) => `<li><span class="swatch ${name}"></span>${text}</li>`);
  return `<ul class="legend">${items.join("")}</ul>`;
}

function chart(layout: Layout): string {
  const width = layout.columns * COLUMN + COLUMN;
  const height = layout.processes.length * ROW;
  const names = layout.processes.map((process) => `<div style="height:${ROW}px">${escapeHtml(process)}</div>`);
  const lines = layout.processes.map((_, row) => `<div class="line" style="top:${row * ROW}px;height:${ROW}px"></div>`);
  const bars = layout.bars.map((bar) => barElement(bar, layout));
  return [
    `<div class="chart"><div class="names">${names.join("")}</div>`,
    `<div class="scroll"><div class="plane" style="width:${width}px;height:${height}px">`,
    ...lines,
    ...bars,
    "</div></div></div>",
  ].join("\n");
}

function barElement(bar: Bar, layout: Layout): string {
  const left = bar.from * COLUMN;
  const end = bar.to === undefined ? layout.columns + 0.5 : bar.to + 0.6;
  const width = Math.max(end * COLUMN - left, COLUMN / 2);
  const kind = bar.isBlocked ? "blocked" : bar.place === undefined ? "other" : "placed";
  const classes = `bar ${kind}${bar.to === undefined ? " open" : ""}`;
  const detail = escapeHtml(detailOf(bar));
  const label = `${bar.place === undefined ? "" : `<b>${bar.place}</b> `}${escapeHtml(bar.description)}`;
  const style = `left:${left}px;top:${bar.row * ROW + 4}px;width:${Math.round(width)}px;height:${ROW - 8}px`;
  const mark =
    bar.point === undefined ? "" : `<i style="left:${Math.round(Math.max(bar.point - bar.from, 0) * COLUMN)}px"></i>`;
  return `<div class="${classes}" style="${style}" tabindex="0" title="${detail}" data-detail="${detail}">${mark}<span>${label}</span></div>`;
}

function detailOf({ operation, description, place, state, isBlocked }: Bar): string {
  const { process, line, returnLine, invokedAt, returnedAt } = operation;
  const until = returnedAt === undefined ? "open" : String(returnedAt);
  const order =
    place === undefined
      ? isBlocked
        ? "cannot be placed"
        : "not in the legal order"
      : `number ${place} of the legal order, then the value is ${state ?? ""}`;
  const lines = returnLine === undefined || returnLine === line ? `line ${line}` : `lines ${line} and ${returnLine}`;
  return [description, `process ${process}, ${invokedAt} .. ${until}, ${lines}`, order].join("\n");
}

/** Rows of the table of the legal order: its end. */
const TABLE_ROWS_MAX = 200;

function orderTable({ prefix }: RecordedViolation): string {
  const shown = prefix.slice(-TABLE_ROWS_MAX);
  const first = prefix.length - shown.length + 1;
  const rows = shown.map(
    ({ operation, description, state }, index) =>
      `<tr><td>${first + index}</td><td>${escapeHtml(operation.process)}</td><td>${escapeHtml(description)}</td><td>${escapeHtml(state)}</td></tr>`,
  );
  const title = `The longest legal order: ${prefix.length} operations${first === 1 ? "" : `, from number ${first}`}`;
  const head = "<tr><th>#</th><th>process</th><th>operation</th><th>value after it</th></tr>";
  return `<details><summary>${title}</summary><table>${head}${rows.join("\n")}</table></details>`;
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
