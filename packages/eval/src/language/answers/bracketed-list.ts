/** `(1, 2]` → its bracket pair and its top-level parts; undefined when the text is not one bracketed list. */
export function splitBracketed(
  text: string,
): { readonly brackets: string; readonly parts: readonly string[] } | undefined {
  const match = /^(\\\{|[([{])([\s\S]*?)(\\\}|[)\]}])$/.exec(text.trim());
  if (!match) return undefined;
  const parts = [""];
  let depth = 0;
  for (const character of match[2]!) {
    if ("([{".includes(character)) depth++;
    if (")]}".includes(character)) depth--;
    if (depth < 0) return undefined;
    if (character === "," && depth === 0) parts.push("");
    else parts[parts.length - 1] += character;
  }
  return { brackets: match[1]! + match[3]!, parts };
}
