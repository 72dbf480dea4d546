import { expect, test } from "vitest";
import { told } from "./pieces";

async function heard(...chunks: string[]): Promise<string[]> {
  const found: string[] = [];
  for await (const text of told(new Blob(chunks).stream())) found.push(text);
  return found;
}

test("texts go on where the last one ended, anything else is a line", async () => {
  expect(await heard('data: "a"\n\nda', 'ta: {"b": 1}\n\n', 'data: "c"\n\ndata: [DONE]\n\n')).toEqual(["a", 'a{"b":1}\n', 'a{"b":1}\nc']);
});

test("an error half-way is raised with the model's words", async () => {
  const failing = 'data: "a"\n\nevent: error\ndata: {"error":{"error_code":"X","message":"lost for words"}}\n\n';
  await expect(heard(failing)).rejects.toThrow("lost for words");
});
