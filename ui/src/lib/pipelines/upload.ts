/** What a file holds that somebody uploads as a pipeline. */

/** The name that the pipeline has in the file. */
export function nameIn(text: string): string {
  const yaml = /^pipelineInfo:\s*\n(?:[ \t]+.*\n)*?[ \t]+name:\s*['"]?([^'"\n]+)/m.exec(text);
  const json = /"pipelineInfo"\s*:\s*\{[^}]*"name"\s*:\s*"([^"]+)"/.exec(text);
  return (yaml ?? json)?.[1]?.trim() ?? "";
}

/** A zip or a tar.gz: the server unpacks it. */
export function isArchive(content: Uint8Array): boolean {
  return (content[0] === 0x50 && content[1] === 0x4b) || (content[0] === 0x1f && content[1] === 0x8b);
}

const piece = 0x8000;

export function base64(content: Uint8Array): string {
  let text = "";
  for (let at = 0; at < content.length; at += piece) text += String.fromCharCode(...content.subarray(at, at + piece));
  return btoa(text);
}
