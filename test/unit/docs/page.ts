/** What a Markdown page refers to. */
import GithubSlugger from "github-slugger";
import { fromMarkdown } from "mdast-util-from-markdown";

export interface Page {
  /** Anchors of its headings, as GitHub and GitLab name them. */
  readonly anchors: readonly string[];
  /** Addresses of its links and pictures. */
  readonly links: readonly string[];
  /** What stands in backticks. */
  readonly texts: readonly string[];
  /** What stands in backticks or in a block of code. */
  readonly commands: readonly string[];
}

type Root = ReturnType<typeof fromMarkdown>;
type Node = Root | Root["children"][number];

export function parsePage(markdown: string): Page {
  const nodes = [...walk(fromMarkdown(markdown))];
  const slugger = new GithubSlugger();
  const texts = nodes.flatMap((node) => (node.type === "inlineCode" ? [node.value] : []));
  return {
    anchors: nodes.flatMap((node) => (node.type === "heading" ? [slugger.slug(textOf(node))] : [])),
    links: nodes.flatMap((node) =>
      node.type === "link" || node.type === "image" || node.type === "definition" ? [node.url] : [],
    ),
    texts,
    commands: nodes.flatMap((node) =>
      node.type === "inlineCode" || node.type === "code" ? [node.value] : [],
    ),
  };
}

function* walk(node: Node): Generator<Node> {
  yield node;
  if ("children" in node) for (const child of node.children) yield* walk(child);
}

function textOf(node: Node): string {
  if ("value" in node) return node.value;
  return "children" in node ? node.children.map(textOf).join("") : "";
}
