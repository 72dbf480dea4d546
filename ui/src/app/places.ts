import { Box, FlaskConical, House, RadioTower, Workflow } from "lucide-react";

/** The entries of the rail, and the key that leads there after `g`. */
export const entries = [
  { to: "/", label: "Home", icon: House, key: "h" },
  { to: "/experiments", label: "Experiments", icon: FlaskConical, key: "e" },
  { to: "/models", label: "Models", icon: Box, key: "m" },
  { to: "/pipelines", label: "Pipelines", icon: Workflow, key: "p" },
  { to: "/endpoints", label: "Endpoints", icon: RadioTower, key: "s" },
] as const;
