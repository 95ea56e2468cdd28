// Mutants that nobody thought up: every comparison, condition, statement and step of one of a source text, changed one at a time.
import ts from "typescript";

/** One change of one place. */
export interface OperatorMutant {
  /** Line of the place, from 1. */
  readonly line: number;
  /** What stands there, and what the mutant puts there instead. */
  readonly was: string;
  readonly becomes: string;
  /** The whole text with the change. */
  readonly text: string;
}

/**
 * All mutants of a TypeScript text, in the order of their places. Assertions stay as they are: a weaker one is noticed by nobody as long
 * as it holds, a stronger one by everybody; the planted bugs try them.
 */
export function operatorMutants(text: string): OperatorMutant[] {
  const source = ts.createSourceFile("mutated.ts", text, ts.ScriptTarget.Latest, true);
  const changes: Change[] = [];
  const visit = (node: ts.Node): void => {
    // Types and imports say nothing at run time.
    if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return;
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node) || isAssertion(node)) return;
    changes.push(...changesOf(node, source));
    ts.forEachChild(node, visit);
  };
  visit(source);
  return changes.map(({ start, end, becomes }) => ({
    line: source.getLineAndCharacterOfPosition(start).line + 1,
    was: text.slice(start, end),
    becomes,
    text: text.slice(0, start) + becomes + text.slice(end),
  }));
}

interface Change {
  readonly start: number;
  readonly end: number;
  readonly becomes: string;
}

/** What an operator is replaced by, each in a mutant of its own. */
const OPERATORS: ReadonlyMap<ts.SyntaxKind, readonly string[]> = new Map([
  [ts.SyntaxKind.LessThanToken, ["<=", ">="]],
  [ts.SyntaxKind.LessThanEqualsToken, ["<", ">"]],
  [ts.SyntaxKind.GreaterThanToken, [">=", "<="]],
  [ts.SyntaxKind.GreaterThanEqualsToken, [">", "<"]],
  [ts.SyntaxKind.EqualsEqualsEqualsToken, ["!=="]],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken, ["==="]],
  [ts.SyntaxKind.AmpersandAmpersandToken, ["||"]],
  [ts.SyntaxKind.BarBarToken, ["&&"]],
  [ts.SyntaxKind.PlusEqualsToken, ["-="]],
  [ts.SyntaxKind.MinusEqualsToken, ["+="]],
]);

/** Calls that select or arrange: without them everything stays, as it comes. */
const SELECTIONS = new Set(["filter", "slice", "sort"]);

function changesOf(node: ts.Node, source: ts.SourceFile): Change[] {
  const whole = (becomes: string): Change => ({ start: node.getStart(source), end: node.getEnd(), becomes });
  if (ts.isBinaryExpression(node)) return [...operatorChanges(node, source), ...stepChanges(node, source)];
  if (ts.isIfStatement(node) || ts.isConditionalExpression(node)) return conditionChanges(node, source);
  if (ts.isExpressionStatement(node)) return [whole(";")];
  if (ts.isPropertyAccessExpression(node)) return extremeChanges(node, source);
  if (ts.isCallExpression(node)) return selectionChanges(node, source);
  if (node.kind === ts.SyntaxKind.TrueKeyword) return [whole("false")];
  if (node.kind === ts.SyntaxKind.FalseKeyword) return [whole("true")];
  return [];
}

function operatorChanges({ operatorToken }: ts.BinaryExpression, source: ts.SourceFile): Change[] {
  const [start, end] = [operatorToken.getStart(source), operatorToken.getEnd()];
  return (OPERATORS.get(operatorToken.kind) ?? []).map((becomes) => ({ start, end, becomes }));
}

/** `x + 1` becomes `x`, and `x - 1` likewise. */
function stepChanges({ left, operatorToken, right }: ts.BinaryExpression, source: ts.SourceFile): Change[] {
  const isStep = [ts.SyntaxKind.PlusToken, ts.SyntaxKind.MinusToken].includes(operatorToken.kind);
  if (!isStep || right.getText(source) !== "1") return [];
  return [{ start: left.getEnd(), end: right.getEnd(), becomes: "" }];
}

/** A comparison is negated by its operator; other conditions are negated as a whole. */
function conditionChanges(node: ts.IfStatement | ts.ConditionalExpression, source: ts.SourceFile): Change[] {
  const condition = ts.isIfStatement(node) ? node.expression : node.condition;
  const compares = ts.isBinaryExpression(condition) && OPERATORS.has(condition.operatorToken.kind);
  const [start, end] = [condition.getStart(source), condition.getEnd()];
  const never = { start, end, becomes: `false && (${condition.getText(source)})` };
  const negated = { start, end, becomes: `!(${condition.getText(source)})` };
  return ts.isIfStatement(node) ? [never, ...(compares ? [] : [negated])] : compares ? [] : [negated];
}

function extremeChanges(node: ts.PropertyAccessExpression, source: ts.SourceFile): Change[] {
  const [start, end] = [node.getStart(source), node.getEnd()];
  if (node.getText(source) === "Math.max") return [{ start, end, becomes: "Math.min" }];
  if (node.getText(source) === "Math.min") return [{ start, end, becomes: "Math.max" }];
  return [];
}

function selectionChanges({ expression }: ts.CallExpression, source: ts.SourceFile): Change[] {
  if (!ts.isPropertyAccessExpression(expression) || !SELECTIONS.has(expression.name.text)) return [];
  const call = expression.parent;
  return [{ start: expression.expression.getEnd(), end: call.getEnd(), becomes: "" }].filter(
    ({ start }) => start > call.getStart(source),
  );
}

function isAssertion(node: ts.Node): boolean {
  return (
    ts.isExpressionStatement(node) &&
    ts.isCallExpression(node.expression) &&
    node.expression.expression.getText() === "assert"
  );
}
