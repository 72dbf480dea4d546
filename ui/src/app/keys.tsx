import layout from "@/components/layout.module.css";
import { Dialog } from "@/components/overlay";

const keys: Array<[string, string]> = [
  ["Ctrl K", "Search everything"],
  ["Ctrl Z", "Take back the last change of the view, or what a message offers to undo"],
  ["/", "Go to the filter"],
  ["g h", "Home"],
  ["g e", "Experiments"],
  ["g m", "Models"],
  ["g p", "Pipelines"],
  ["g s", "Endpoints"],
  ["j k ↓ ↑", "Next and previous row"],
  ["Enter", "Open the row"],
  ["x", "Select the row"],
  ["b", "Make the row, the run or the version the baseline; in a comparison what is pointed at, or each in turn"],
  ["Shift drag", "Show a range in all charts, timelines and logs of the page; Esc shows everything again"],
  ["p", "Pin the row"],
  ["h", "Choose the colour of the row's run"],
  ["c", "Compare what is selected"],
  ["→ ←", "Show and hide nested runs"],
  ["[ ]", "Previous and next run"],
  ["Space", "Look at a bead of the lineage; ← → go from bead to bead"],
  ["?", "These keys"],
];

export default function Keys({ close }: { close: () => void }) {
  return (
    <Dialog title="Keys" open onClose={close}>
      <dl className={layout.keyValues}>
        {keys.map(([key, does]) => (
          <div key={key} style={{ display: "contents" }}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
