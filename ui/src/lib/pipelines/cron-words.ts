/** When a schedule starts runs, in words; times are UTC. */

const days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const short = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const named: Record<string, string> = {
  "@yearly": "0 0 0 1 1 *",
  "@annually": "0 0 0 1 1 *",
  "@monthly": "0 0 0 1 * *",
  "@weekly": "0 0 0 * * 0",
  "@daily": "0 0 0 * * *",
  "@midnight": "0 0 0 * * *",
  "@hourly": "0 0 * * * *",
};
const units: Array<[number, string]> = [[86_400, "day"], [3600, "hour"], [60, "minute"], [1, "second"]];

export function everyWords(seconds: number): string {
  const [size, unit] = units.find(([size]) => seconds % size === 0) ?? [1, "second"];
  const count = seconds / size;
  return count === 1 ? `Every ${unit}` : `Every ${count} ${unit}s`;
}

/** Without words for it, the expression itself. */
export function cronWords(expression: string): string {
  const fields = (named[expression.trim()] ?? expression).trim().split(/\s+/);
  const [second = "", minute = "", hour = "", day = "", month = "", week = "*"] = fields;
  if (fields.length < 5 || fields.length > 6 || !/^\d+$/.test(second) || month !== "*") return `Cron ${expression}`;
  const on = weekWords(week);
  if (on === null) return `Cron ${expression}`;
  const time = timeWords(second, minute, hour);
  if (time === null) return `Cron ${expression}`;
  if (day === "*") return on === "" ? (time.startsWith("at") ? `Every day ${time}` : sentence(time)) : sentence(`${on} ${time}`);
  if (!/^\d+$/.test(day) || on !== "") return `Cron ${expression}`;
  return `On day ${day} of every month ${time}`;
}

export function planWords(plan: { cron: string; every: number }): string {
  return plan.cron ? cronWords(plan.cron) : everyWords(plan.every);
}

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function timeWords(second: string, minute: string, hour: string): string | null {
  const tail = second === "0" ? "" : `:${second.padStart(2, "0")}`;
  const step = /^(?:\*|0)\/(\d+)$/;
  if (/^\d+$/.test(minute) && /^\d+$/.test(hour)) return `at ${hour.padStart(2, "0")}:${minute.padStart(2, "0")}${tail} UTC`;
  if (/^\d+$/.test(minute) && hour === "*") return minute === "0" && tail === "" ? "every hour" : `every hour at minute ${minute}${tail}`;
  const hours = step.exec(hour);
  if (hours && minute === "0" && tail === "") return `every ${hours[1]} hours`;
  const minutes = step.exec(minute);
  if (tail !== "" || hour !== "*") return null;
  if (minutes) return `every ${minutes[1]} minutes`;
  return minute === "*" ? "every minute" : null;
}

/** Empty for every day, null when there are no words. */
function weekWords(week: string): string | null {
  if (week === "*" || week === "?") return "";
  const number = (name: string) => (/^\d$/.test(name) ? Number(name) % 7 : short.indexOf(name.toLowerCase().slice(0, 3)));
  const range = /^(\w+)-(\w+)$/.exec(week);
  if (range) {
    const [from, to] = [number(range[1] ?? ""), number(range[2] ?? "")];
    if (from < 0 || to < 0) return null;
    return from === 1 && to === 5 ? "on weekdays" : `${days[from]} to ${days[to]}`;
  }
  const found = week.split(",").map(number);
  if (found.some((at) => at < 0 || Number.isNaN(at))) return null;
  return `every ${found.map((at) => days[at]).join(" and ")}`;
}
