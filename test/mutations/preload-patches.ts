// For `node --import`: patches the modules of a test process. The patches are in KEELSON_PATCHES, as JSON.
import { patchModules } from "./patched-modules.ts";

patchModules(JSON.parse(process.env["KEELSON_PATCHES"] ?? "[]"));
