import {
  Activity,
  Boxes,
  Bus,
  CarTaxiFront,
  GraduationCap,
  HeartPulse,
  House,
  Link2,
  type LucideIcon,
  MapPin,
  Scale,
  ScrollText,
  ShieldAlert,
  Ticket,
  UserCog,
  Users,
  WalletCards,
} from "lucide-preact";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { type PageName, pagePaths } from "../page-paths.ts";
import { useWords } from "../words/language.ts";
import { plain, t } from "../words/phrase.ts";
import { mayOpen } from "./access.ts";

const groups = [
  { group: "watch", pages: ["overview", "devices", "map", "quarantine"] },
  {
    group: "services",
    pages: ["bus", "attendance", "shelter", "taxi", "medical", "tickets", "payments"],
  },
  { group: "people", pages: ["people", "accounts"] },
  { group: "proof", pages: ["ledger", "policy", "audit"] },
] as const satisfies readonly { group: string; pages: readonly PageName[] }[];

const icons: Readonly<Record<PageName, LucideIcon>> = {
  overview: Activity,
  devices: Boxes,
  map: MapPin,
  bus: Bus,
  attendance: GraduationCap,
  shelter: House,
  taxi: CarTaxiFront,
  medical: HeartPulse,
  tickets: Ticket,
  payments: WalletCards,
  people: Users,
  accounts: UserCog,
  quarantine: ShieldAlert,
  ledger: Link2,
  policy: Scale,
  audit: ScrollText,
};

/** The pages that this person may open, by what they are about. */
export function Nav(props: {
  readonly page: PageName;
  readonly scopes: ReadonlySet<string>;
}): JSX.Element {
  const w = useWords();
  const nav = useRef<HTMLElement>(null);
  // On a low screen the page that one is on is not left below the edge.
  useEffect(() => {
    nav.current?.querySelector("[aria-current=page]")?.scrollIntoView({ block: "nearest" });
  }, [props.page]);
  const shown = groups
    .map(({ group, pages }) => ({
      group,
      pages: (pages as readonly PageName[]).filter((page) => mayOpen(props.scopes, page)),
    }))
    .filter(({ pages }) => pages.length > 0);
  return (
    <nav class="nav nav-groups" ref={nav} aria-label={plain(w.text.pages)}>
      {shown.map(({ group, pages }) => (
        <div key={group}>
          <h2>{t(w.group[group])}</h2>
          <ul>
            {pages.map((page) => {
              const Icon = icons[page];
              return (
                <li key={page}>
                  <a href={pagePaths[page]} aria-current={page === props.page ? "page" : undefined}>
                    <Icon size={20} aria-hidden="true" />
                    <span>{t(w.page[page])}</span>
                  </a>
                </li>
              );
            })}
          </ul>
        </div>
      ))}
    </nav>
  );
}
