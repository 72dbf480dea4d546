/** What Ctrl+Z takes back: changes of views, on the page they were made on, and whatever a message offers to undo. */

type Step = { undo: () => void; page: string | null };
const most = 100;
let steps: readonly Step[] = [];

/** `page`: where it can be undone; null is anywhere. What is answered forgets it again. */
export function remember(undo: () => void, page: string | null = null): () => void {
  const step = { undo, page };
  steps = [...steps.slice(1 - most), step];
  return () => {
    steps = steps.filter((one) => one !== step);
  };
}

/** Takes the latest step back that can be on this page; false when there is none. */
export function takeBack(page: string): boolean {
  const step = steps.findLast((one) => one.page === null || one.page === page);
  if (!step) return false;
  steps = steps.filter((one) => one !== step);
  step.undo();
  return true;
}
