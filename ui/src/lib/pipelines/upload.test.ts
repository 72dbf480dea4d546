import { expect, test } from "vitest";
import { base64, isArchive, nameIn } from "./upload";

test("archives are told by how they begin", () => {
  expect(isArchive(new TextEncoder().encode("PK\u0003\u0004"))).toBe(true);
  expect(isArchive(new Uint8Array([0x1f, 0x8b, 8]))).toBe(true);
  expect(isArchive(new TextEncoder().encode("pipelineInfo:"))).toBe(false);
  expect(isArchive(new Uint8Array())).toBe(false);
});

test("bytes of any number become base64", () => {
  const bytes = Uint8Array.from({ length: 100_001 }, (_, at) => at % 256);
  expect(base64(bytes)).toBe(Buffer.from(bytes).toString("base64"));
});

test("the name is that of the pipeline in the file", () => {
  expect(nameIn("# comment\npipelineInfo:\n  description: d\n  name: adder\nroot:\n")).toBe("adder");
  expect(nameIn('{"pipelineInfo": {"name": "adder"}}')).toBe("adder");
  expect(nameIn("nothing")).toBe("");
});
