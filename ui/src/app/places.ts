import { Box, CalendarClock, FlaskConical, House, RadioTower, Workflow, Zap } from "lucide-react";

/** The entries of the rail, and the key that leads there after `g`. */
export const entries = [
  { to: "/", label: "Home", icon: House, key: "h" },
  { to: "/experiments", label: "Experiments", icon: FlaskConical, key: "e" },
  { to: "/models", label: "Models", icon: Box, key: "m" },
  { to: "/pipelines", label: "Pipelines", icon: Workflow, key: "p" },
  { to: "/endpoints", label: "Endpoints", icon: RadioTower, key: "s" },
] as const;

/** Pages that are not in the rail, for those who search. */
export const further = [
  { to: "/pipelines/runs", label: "Runs of pipelines", icon: Workflow },
  { to: "/schedules", label: "Schedules", icon: CalendarClock },
  { to: "/triggers", label: "Triggers", icon: Zap },
] as const;
