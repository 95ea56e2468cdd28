// Rewrites the marked part of docs/reliability.md from the reports in docs/reliability/, which `keelson simulate --report` wrote.
// Usage: node scripts/reliability.ts            rewrites the page
//        node scripts/reliability.ts --check    fails when the page does not show what the reports hold
import { globSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { mergeReports, reliabilityRows } from "../src/cli/simulate/reliability.ts";
import { parseReport } from "../src/cli/simulate/report.ts";

const ROOT = path.dirname(import.meta.dirname);
const PAGE = path.join(ROOT, "docs", "reliability.md");
const BEGIN = "<!-- begin: written by scripts/reliability.ts -->";
const END = "<!-- end -->";

const files = globSync("docs/reliability/*.json", { cwd: ROOT }).sort();
const reports = files.map((file) => parseReport(path.join(ROOT, file)));
const page = readFileSync(PAGE, "utf8");
const [before, rest] = page.split(BEGIN);
const after = rest?.split(END)[1];
if (before === undefined || after === undefined) throw new Error(`${PAGE} has no marked part`);
const rows = reliabilityRows(mergeReports(reports));
const written = `${before}${BEGIN}\n\n${rows}\n\n${END}${after}`;
if (!process.argv.includes("--check")) writeFileSync(PAGE, written);
else if (written !== page) {
  process.stderr.write(
    "docs/reliability.md does not show what docs/reliability/ holds: run node scripts/reliability.ts\n",
  );
  process.exitCode = 1;
}
