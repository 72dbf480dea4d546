import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { blobQuery } from "@/api/queries";
import { Loaded, Skeleton } from "@/components/states";

type Given = { run: string; path: string; kind: "image" | "audio" | "video" };

/** The server sends files as downloads, so they are fetched and shown from memory. */
export function Media(given: Given) {
  const found = useQuery(blobQuery(given.run, given.path));
  return (
    <Loaded query={found} what={given.path} rows={4}>
      {(blob) => <Shown blob={blob} {...given} />}
    </Loaded>
  );
}

function Shown({ blob, path, kind }: Given & { blob: Blob }) {
  const [url, setUrl] = useState("");
  const [broken, setBroken] = useState(false);
  useEffect(() => {
    const made = URL.createObjectURL(blob);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [blob]);
  if (broken) return <p className="muted">This browser cannot show the file; download it.</p>;
  if (!url) return <Skeleton rows={4} />;
  const fail = () => setBroken(true);
  if (kind === "image") return <img src={url} alt={path} onError={fail} />;
  // oxlint-disable-next-line jsx-a11y/media-has-caption -- what was logged has none
  return kind === "audio" ? <audio controls src={url} aria-label={path} onError={fail} /> : <video controls src={url} aria-label={path} onError={fail} style={{ maxWidth: "100%" }} />;
}
