/** One element of an XML document: its attributes, its child elements, and the text directly in it. */
export interface XmlElement {
  name: string;
  attributes: Record<string, string>;
  children: XmlElement[];
  text: string;
}

const token = /<\/([\w:-]+)\s*>|<([\w:-]+)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/y;
const entities: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/**
 * Reads an XML document of elements, attributes in double quotes, text and the five named entities: what an SVG
 * of ours may have. Throws with the place of whatever is not well-formed.
 */
export function parseXml(source: string): XmlElement {
  const top: XmlElement = { name: "", attributes: {}, children: [], text: "" };
  const open = [top];
  token.lastIndex = 0;
  for (let at = 0; at < source.length; at = token.lastIndex) {
    const fail: Fail = (problem) =>
      new Error(`XML, character ${at}: ${problem}: ${source.slice(at, at + 60)}`);
    const match = token.exec(source);
    if (match === null) throw fail("neither tag nor text");
    read(match, open, fail);
  }
  if (open.length > 1) throw new Error(`XML: <${open.at(-1)?.name}> is never closed`);
  const [element] = top.children;
  if (element === undefined || top.children.length > 1) {
    throw new Error(`XML: a document has one element; found ${top.children.length}`);
  }
  return element;
}

/** Takes one tag or text into the elements that are open, of which the first is the document. */
function read(match: RegExpExecArray, open: XmlElement[], fail: Fail): void {
  const [, closing, opening, attributes = "", selfClosing, text = ""] = match;
  const inner = open.at(-1) as XmlElement;
  if (opening !== undefined) {
    const element = elementOf(opening, attributes, fail);
    inner.children.push(element);
    if (!selfClosing) open.push(element);
  } else if (closing !== undefined) {
    if (closing !== inner.name) throw fail(`<${inner.name}> is open`);
    open.pop();
  } else {
    if (open.length === 1 && text.trim() !== "") throw fail("text outside of the document's element");
    inner.text += decode(text, fail);
  }
}

type Fail = (problem: string) => Error;

function elementOf(name: string, attributes: string, fail: Fail): XmlElement {
  const element: XmlElement = { name, attributes: {}, children: [], text: "" };
  for (const [, key = "", value = ""] of attributes.matchAll(/([\w:-]+)="([^"]*)"/g)) {
    if (key in element.attributes) throw fail(`attribute ${key} is there twice`);
    element.attributes[key] = decode(value, fail);
  }
  return element;
}

function decode(text: string, fail: Fail): string {
  return text.replaceAll(/&(\w*;)?/g, (_, name?: string) => {
    const character = entities[name?.slice(0, -1) ?? ""];
    if (character === undefined) throw fail("an & that begins no entity");
    return character;
  });
}

/** All elements of that name within an element, itself included, in document order. */
export function elementsIn(element: XmlElement, name: string): XmlElement[] {
  const below = element.children.flatMap((child) => elementsIn(child, name));
  return element.name === name ? [element, ...below] : below;
}
