// `npm run check`, the part on imports: prints what is wrong, one line each, and exits with status 1.
import path from "node:path";
import { checkImports } from "./import-rules.ts";

const { violations, modules } = await checkImports(path.dirname(import.meta.dirname));
for (const violation of violations) console.error(violation);
console.error(`${modules} modules, ${violations.length} violations`);
if (violations.length > 0) process.exitCode = 1;
