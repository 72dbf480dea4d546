import { useSyncExternalStore } from "react";

export type Choice = "light" | "dark" | "system";
export type Density = "compact" | "normal" | "roomy";
const watchers = new Set<() => void>();
const system = () => window.matchMedia("(prefers-color-scheme: dark)");

function read(key: string): string | null {
  try {
    return window.localStorage.getItem(key);
  } catch {
    return null; // a browser may forbid it
  }
}

function write(key: string, value: string): void {
  try {
    window.localStorage.setItem(key, value);
  } catch {
    // then it holds for this page only
  }
}

export function theme(): Choice {
  const chosen = read("modelyard.theme");
  return chosen === "light" || chosen === "dark" ? chosen : "system";
}

function apply(choice: Choice): void {
  const dark = choice === "dark" || (choice === "system" && system().matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  for (const watcher of watchers) watcher();
}

export function chooseTheme(choice: Choice): void {
  write("modelyard.theme", choice);
  apply(choice);
}

export function density(): Density {
  const given = document.documentElement.dataset.density;
  return given === "compact" || given === "roomy" ? given : "normal";
}

export function chooseDensity(chosen: Density): void {
  write("modelyard.density", chosen);
  document.documentElement.dataset.density = chosen;
  for (const watcher of watchers) watcher();
}

export const rowHeight: Record<Density, number> = { compact: 26, normal: 32, roomy: 40 };

export function followTheme(): void {
  system().addEventListener("change", () => apply(theme()));
}

const subscribe = (watcher: () => void) => {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
};

export const useTheme = () => useSyncExternalStore(subscribe, theme);
export const useDensity = () => useSyncExternalStore(subscribe, density);
export const useIsDark = () => useSyncExternalStore(subscribe, () => document.documentElement.dataset.theme === "dark");
