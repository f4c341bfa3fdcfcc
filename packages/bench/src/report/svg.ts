/** A line of text at a place of an SVG picture. */
export function text(
  x: number,
  y: number,
  content: string,
  {
    size,
    weight = 400,
    colour = "#1b2733",
    anchor = "start",
  }: { size: number; weight?: number; colour?: string; anchor?: "start" | "end" },
): string {
  const place = anchor === "start" ? "" : ` text-anchor="${anchor}"`;
  return `<text x="${x}" y="${y}" font-size="${size}" font-weight="${weight}" fill="${colour}"${place}>${escapeXml(content)}</text>`;
}

/** Text as it stands in XML. */
export function escapeXml(content: string): string {
  return content
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
