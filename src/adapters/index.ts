// The ports on Node.
export { NodeDisk } from "./node-disk.ts";
