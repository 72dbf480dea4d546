import { Trash2 } from "lucide-react";
import { useState } from "react";
import { Button, ButtonLink } from "@/components/button";
import { Code, Snippets } from "@/components/code";
import { Dialog, Menu, Popover } from "@/components/overlay";
import { Field, Input, TextArea } from "@/components/field";
import { Markdown } from "@/components/markdown";
import { Page } from "@/components/page";
import { Panel } from "@/components/panel";
import { EmptyState, ErrorState, State, states } from "@/components/states";
import { Segments, Tabs } from "@/components/tabs";
import { Alias, Tag } from "@/components/tag";
import { chooseTheme, useTheme } from "@/components/theme";
import type { Choice } from "@/components/theme";
import { Thread } from "@/components/thread";
import { Ago } from "@/components/time";
import { tell, tellError } from "@/components/toasts";
import css from "./gallery.module.css";
import { Numbers } from "./numbers";

const nothing = () => undefined;
const options = ["First", "Second", "Third"].map((label) => ({ value: label, label }));
const themes = ["light", "dark", "system"].map((value) => ({ value, label: value }));
const text = `# Heading\n\nA **bold** word, \`code\` and a [link](https://example.org).\n\n- one\n- two\n\n| a | b |\n| - | - |\n| 1 | 2 |\n`;
const beads = [
  { kind: "data", label: "rides v7", to: "/gallery" },
  { kind: "run", label: "fold mean", current: true, state: <State of="FINISHED" short /> },
  { kind: "endpoint", label: "a name that is far too long for the bead that it has to stand in", to: "/gallery", state: <State of="Ready" short /> },
];

/** Every shared component in its states: for those who change one, and for the test that looks at all of them. */
export function Gallery() {
  const theme = useTheme();
  return (
    <Page title="Gallery" name="Gallery" facts={<span>What pages are made of</span>} actions={<Segments label="Theme" options={themes} chosen={theme} choose={(value) => chooseTheme(value as Choice)} />}>
      <Thread beads={beads} />
      <div className={css.grid}>
        <Buttons />
        <Panel title="States">
          <div className="row wrap">
            {states.map((one) => (
              <State key={one} of={one} />
            ))}
          </div>
        </Panel>
        <Fields />
        <Overlays />
        <Numbers />
        <Panel title="Tags and times" side={<Tag value="beside the title" />}>
          <div className="row wrap">
            <Tag name="team" value="rides" />
            <Tag name="note" value="a value that goes on and on, and on, and on, and then some more" />
            <Alias name="champion" />
            <Alias name="challenger" to="/gallery" />
            <Ago at={Date.now() - 90_000} />
          </div>
        </Panel>
        <Panel title="Nothing, failed">
          <EmptyState title="No runs yet">
            <p className="muted">What to do next stands here.</p>
          </EmptyState>
          <ErrorState error={new Error("The server cannot be reached")} what="The table" retry={nothing} />
        </Panel>
        <Panel title="Code">
          <Snippets snippets={["Python", "curl"].map((label) => ({ value: label, label, text: `the same in ${label}` }))} />
          <Code text="modelyard up" label="Command" />
        </Panel>
        <Panel title="Markdown">
          <Markdown text={text} />
        </Panel>
      </div>
    </Page>
  );
}

function Buttons() {
  return (
    <Panel title="Buttons">
      <div className="row wrap">
        <Button primary>Primary</Button>
        <Button>Usual</Button>
        <Button quiet>Quiet</Button>
        <Button danger>Danger</Button>
        <Button small>Small</Button>
        <Button disabled>Disabled</Button>
        <Button aria-pressed>Pressed</Button>
        <Button label="Delete">
          <Trash2 size={14} aria-hidden />
        </Button>
        <ButtonLink to="/gallery">A link</ButtonLink>
      </div>
    </Panel>
  );
}

function Fields() {
  const [chosen, choose] = useState("First");
  return (
    <Panel title="Fields and tabs">
      <div className="stack">
        <Field label="Name" hint="What is allowed in it">
          <Input defaultValue="rides" />
        </Field>
        <Field label="Wrong">
          <Input defaultValue="??" aria-invalid />
        </Field>
        <Field label="Note">
          <TextArea rows={2} defaultValue="As long as you like" />
        </Field>
        <Tabs label="Tabs" tabs={options} chosen={chosen} choose={choose} />
        <Segments label="Segments" options={options} chosen={chosen} choose={choose} />
      </div>
    </Panel>
  );
}

function Overlays() {
  const [open, setOpen] = useState(false);
  return (
    <Panel title="What floats">
      <div className="row wrap">
        <Button onClick={() => setOpen(true)}>Dialog</Button>
        <Menu
          trigger={<Button>Menu</Button>}
          actions={[{ label: "Rename…", act: nothing }, "rule", { label: "Delete", act: nothing, danger: true }, { label: "Not now", act: nothing, disabled: true }]}
        />
        <Popover label="Popover" trigger={<Button>Popover</Button>}>
          Small things that belong to the button
        </Popover>
        <Button onClick={() => tell("It was deleted", nothing)}>Toast</Button>
        <Button onClick={() => tellError(new Error("It was refused"))}>Error</Button>
      </div>
      <Dialog title="Dialog" open={open} onClose={() => setOpen(false)} actions={<Button primary onClick={() => setOpen(false)}>Done</Button>}>
        What it asks.
      </Dialog>
    </Panel>
  );
}
