/**
 * Expressions of `rules:if`: https://docs.gitlab.com/ci/jobs/job_rules/#cicd-variable-expressions
 *
 * `$VAR`, "text", 'text', null, /pattern/flags; `==` `!=` `=~` `!~`; `&&` before `||`; parentheses.
 */
type Value = string | null;

interface Pattern {
  source: string;
  flags: string;
}

type Operator = "==" | "!=" | "=~" | "!~" | "&&" | "||" | "(" | ")";

type Token =
  | { kind: "operator"; text: Operator }
  | { kind: "variable"; name: string }
  | { kind: "text"; text: string }
  | { kind: "null" }
  | { kind: "pattern"; pattern: Pattern };

const LEXER =
  /\s*(?:(==|!=|=~|!~|&&|\|\||[()])|\$([A-Za-z_]\w*)|"([^"]*)"|'([^']*)'|(null)\b|(\/(?:\\.|[^/\\])+\/)([a-z]*))/y;

function lex(text: string): Token[] {
  const tokens: Token[] = [];
  LEXER.lastIndex = 0;
  while (LEXER.lastIndex < text.trimEnd().length) {
    const at = LEXER.lastIndex;
    const match = LEXER.exec(text);
    if (match === null) throw new Error(`invalid expression syntax near \`${text.slice(at).trim()}\``);
    tokens.push(tokenOf(match));
  }
  return tokens;
}

function tokenOf([, operator, variable, double, single, empty, pattern, flags]: RegExpExecArray): Token {
  if (operator !== undefined) return { kind: "operator", text: operator as Operator };
  if (variable !== undefined) return { kind: "variable", name: variable };
  if (empty !== undefined) return { kind: "null" };
  if (pattern !== undefined) {
    return { kind: "pattern", pattern: { source: pattern.slice(1, -1), flags: flags ?? "" } };
  }
  return { kind: "text", text: double ?? single ?? "" };
}

/** Whether an expression holds for these variables. Throws for an expression that GitLab refuses. */
export function evaluate(expression: string, variables: Record<string, string>): boolean {
  const tokens = lex(expression);
  let at = 0;
  const peekOperator = () => {
    const token = tokens[at];
    return token?.kind === "operator" ? token.text : undefined;
  };

  function or(): boolean {
    let result = and();
    while (peekOperator() === "||") {
      at += 1;
      const right = and();
      result = result || right;
    }
    return result;
  }
  function and(): boolean {
    let result = comparison();
    while (peekOperator() === "&&") {
      at += 1;
      const right = comparison();
      result = result && right;
    }
    return result;
  }
  function comparison(): boolean {
    if (peekOperator() === "(") {
      at += 1;
      const result = or();
      if (peekOperator() !== ")") throw new Error("invalid expression syntax: a `)` is missing");
      at += 1;
      return result;
    }
    const left = operand();
    const operator = peekOperator();
    if (operator === "==" || operator === "!=") {
      at += 1;
      return (left === operand()) === (operator === "==");
    }
    if (operator === "=~" || operator === "!~") {
      at += 1;
      const pattern = patternOperand();
      const found = left !== null && pattern.test(left);
      return found === (operator === "=~");
    }
    return left !== null && left !== "";
  }
  function operand(): Value {
    const token = tokens[at];
    at += 1;
    if (token?.kind === "variable") return variables[token.name] ?? null;
    if (token?.kind === "text") return token.text;
    if (token?.kind === "null") return null;
    throw new Error("invalid expression syntax: a variable, a text or null is missing");
  }
  function patternOperand(): RegExp {
    const token = tokens[at];
    at += 1;
    if (token?.kind === "pattern") return compile(token.pattern);
    const text =
      token?.kind === "variable" ? (variables[token.name] ?? "") : token?.kind === "text" ? token.text : "";
    const match = /^\/(.*)\/([a-z]*)$/s.exec(text);
    // A text that is no pattern is taken as one, as GitLab does.
    return compile(
      match === null ? { source: text, flags: "" } : { source: match[1] ?? "", flags: match[2] ?? "" },
    );
  }

  if (tokens.length === 0) throw new Error("invalid expression syntax: it is empty");
  const result = or();
  if (at < tokens.length) throw new Error("invalid expression syntax: something is left behind its end");
  return result;
}

function compile({ source, flags }: Pattern): RegExp {
  try {
    return new RegExp(source, [...flags].filter((flag) => "ims".includes(flag)).join(""));
  } catch (cause) {
    throw new Error(`invalid regular expression /${source}/`, { cause });
  }
}
