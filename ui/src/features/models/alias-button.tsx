import { AtSign } from "lucide-react";
import { useState } from "react";
import { useSetAlias } from "@/api/changes";
import type { Model } from "@/api/schema";
import { Button } from "@/components/button";
import { Input } from "@/components/field";
import { Popover, PopoverClose } from "@/components/overlay";
import { tell, tellError } from "@/components/toasts";

/** Sets an alias, or moves one here from another version. Endpoints that follow it roll out by themselves. */
export function AliasButton({ model, version }: { model: Model; version: number }) {
  const [alias, setAlias] = useState("");
  const change = useSetAlias();
  const put = (name: string) => {
    const before = model.aliases[name];
    change.mutate(
      { name: model.name, alias: name, version },
      {
        onSuccess: () =>
          tell(
            `@${name} names version ${version}`,
            before === undefined ? undefined : () => change.mutate({ name: model.name, alias: name, version: before }),
          ),
        onError: tellError,
      },
    );
    setAlias("");
  };
  const others = Object.keys(model.aliases).filter((name) => model.aliases[name] !== version);
  const offers = [...new Set([...others, "champion", "challenger"])].filter((name) => model.aliases[name] !== version);
  return (
    <Popover
      label="Set an alias"
      width={240}
      trigger={
        <Button quiet small label={`Set an alias of version ${version}`}>
          <AtSign size={14} aria-hidden />
        </Button>
      }
    >
      <div className="stack" style={{ gap: 6 }}>
        {offers.map((name) => (
          <PopoverClose asChild key={name}>
            <Button onClick={() => put(name)} style={{ justifyContent: "flex-start" }}>
              {name in model.aliases ? `Move @${name} here from version ${model.aliases[name]}` : `Set @${name}`}
            </Button>
          </PopoverClose>
        ))}
        <div className="row">
          <Input className="grow" placeholder="Another alias" aria-label="Another alias" value={alias} onChange={(event) => setAlias(event.target.value)} />
          <PopoverClose asChild>
            <Button primary disabled={!alias.trim()} onClick={() => put(alias.trim())}>
              Set
            </Button>
          </PopoverClose>
        </div>
      </div>
    </Popover>
  );
}
