/** Which way a metric is better, told by its name; null where the name does not say. */
export type Direction = "up" | "down" | null;

const down = /(^|[^a-z])(loss|error|err|mae|mse|rmse|mape|smape|msle|rmsle|perplexity|ppl|wer|cer|latency|deviation|divergence|fpr|fnr|logloss|log_loss|brier)([^a-z]|$)|loss$|_error$|duration|seconds|_ms$/;
const up = /(^|[^a-z])(acc|accuracy|auc|roc_auc|f1|f1_score|precision|recall|r2|score|bleu|rouge|iou|map|ndcg|mrr|reward|return|throughput|dice|hits|psnr|ssim)([^a-z]|$)|accuracy|_auc$|_score$/;

export function direction(key: string): Direction {
  const name = key.toLowerCase();
  if (down.test(name)) return "down";
  if (up.test(name)) return "up";
  return null;
}

export type Verdict = "better" | "worse" | "same" | "unknown";

export function verdict(key: string, delta: number): Verdict {
  if (Number.isNaN(delta)) return "unknown";
  if (delta === 0) return "same";
  const way = direction(key);
  if (way === null) return "unknown";
  return delta > 0 === (way === "up") ? "better" : "worse";
}

/** Those that say how long something took, which is seldom what one looks for first. */
export function isTiming(key: string): boolean {
  return /(^|[_/])(fit|train|training|eval|score|scoring|inference|predict|epoch)?_?(time|seconds|duration|latency|runtime)$/i.test(key) && !/(mae|rmse|mse|error|loss)/i.test(key);
}

/** The more telling ones first, for a page that shows few. */
export function byImportance(a: string, b: string): number {
  const rank = (key: string) => (isSystem(key) ? 4 : 0) + (isTiming(key) ? 2 : 0) + (direction(key) === null ? 1 : 0);
  return rank(a) - rank(b);
}

/** Those that say how the machine was, not how the model is. */
export function isSystem(key: string): boolean {
  return key.startsWith("system/");
}
