// Linearizability: checks what clients saw against a model of what they should have seen.
export {
  type CheckRequest,
  type CheckResult,
  checkHistory,
  DEFAULT_BYTES_MAX,
  DEFAULT_STEPS_MAX,
  type OrderedOperation,
  type Violation,
} from "./check.ts";
export type { Operation } from "./history.ts";
export {
  ILLEGAL,
  type Machine,
  type Model,
  modelOf,
  type Part,
  partitionBy,
  type Specification,
} from "./model.ts";
export type { CellValue } from "./models/cell.ts";
export { type KeyValueInput, type KeyValueOutput, keyValueModel } from "./models/key-value.ts";
export {
  type CasRegisterInput,
  type CasRegisterOutput,
  casRegisterModel,
  type RegisterInput,
  type RegisterOutput,
  registerModel,
} from "./models/register.ts";
