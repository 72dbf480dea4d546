import { Link } from "./link";
import css from "./tag.module.css";

export function Tag({ name, value }: { name?: string; value: string }) {
  return (
    <span className={css.tag} title={name ? `${name}: ${value}` : value}>
      {name && <span className="muted">{name}</span>}
      <span className="ellipsis">{value}</span>
    </span>
  );
}

export function Alias({ name, to }: { name: string; to?: string }) {
  const text = `@${name}`;
  if (!to) return <span className={`${css.tag} ${css.alias}`}>{text}</span>;
  return (
    <Link to={to} className={`${css.tag} ${css.alias}`}>
      {text}
    </Link>
  );
}
