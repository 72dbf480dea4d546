import { wordColor } from "@/lib/colors";

const different = 10;

/** Of a revision, the same wherever it is drawn; those that follow each other are easy to tell apart. */
export function revisionColor(number: number, isDark: boolean): string {
  return wordColor((number - 1) % different, isDark) ?? "#888";
}
