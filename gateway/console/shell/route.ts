import { type PageName, pagePaths } from "../page-paths.ts";
import { createStore, useStore } from "../store.ts";

export interface Route {
  readonly page: PageName;
  /** What stands after the question mark. */
  readonly query: URLSearchParams;
}

function routeOf(url: URL | Location): Route {
  const found = Object.entries(pagePaths).find(([, path]) => path === url.pathname);
  return { page: (found?.[0] ?? "overview") as PageName, query: new URLSearchParams(url.search) };
}

const route = createStore<Route>(routeOf(location));

export function useRoute(): Route {
  return useStore(route);
}

/** The address of a page, with what it should show. */
export function addressOf(page: PageName, query: Readonly<Record<string, string>> = {}): string {
  const text = new URLSearchParams(query).toString();
  return pagePaths[page] + (text === "" ? "" : `?${text}`);
}

export function go(address: string): void {
  history.pushState(null, "", address);
  arrive();
}

function arrive(): void {
  const before = route.get().page;
  route.set(routeOf(location));
  if (route.get().page === before) return;
  scrollTo(0, 0);
  // Whoever hears the page is told where they are; whoever uses the keyboard goes on from its top.
  document.querySelector<HTMLElement>("main")?.focus({ preventScroll: true });
}

/** Follows links among the console's own pages without loading everything again. */
export function followLinks(): void {
  addEventListener("popstate", arrive);
  document.addEventListener("click", (event) => {
    const link = (event.target as Element | null)?.closest?.("a");
    if (!link || event.defaultPrevented || event.button !== 0 || link.target !== "") return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const url = new URL(link.href, location.href);
    const isOurs = url.origin === location.origin && !link.hasAttribute("download");
    if (!isOurs || url.hash !== "" || !Object.values(pagePaths).includes(url.pathname as never)) {
      return;
    }
    event.preventDefault();
    go(url.pathname + url.search);
  });
}
