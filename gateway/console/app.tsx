import { Menu, X } from "lucide-preact";
import type { ComponentType, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { looksEnded } from "./api/protected-look.ts";
import { Notice } from "./design/badge.tsx";
import { IconButton } from "./design/button.tsx";
import { HandMark } from "./design/hand-mark.tsx";
import { Toasts } from "./design/toast.tsx";
import { live } from "./live/stream.ts";
import { type PageName, pagePaths } from "./page-paths.ts";
import { pages } from "./pages/pages.ts";
import { firstPage, mayOpen, useMe } from "./shell/access.ts";
import { LanguageMenu, ThemeButton } from "./shell/choices.tsx";
import { LiveMark } from "./shell/live-mark.tsx";
import { Nav } from "./shell/nav.tsx";
import { PageHead } from "./shell/page-head.tsx";
import { ProtectedPeople } from "./shell/protected-people.tsx";
import { go, useRoute } from "./shell/route.ts";
import { SignInAgain } from "./shell/sign-in-again.tsx";
import { SignOut } from "./shell/sign-out.tsx";
import { useStore } from "./store.ts";
import { useWords } from "./words/language.ts";
import { type Phrase, plain, t } from "./words/phrase.ts";

/** The whole of the page: where one can go, and where one is. */
export function App(): JSX.Element {
  const { page } = useRoute();
  const { name, scopes } = useMe();
  const w = useWords();
  const [isMenuOpen, setMenuOpen] = useState(false);
  const isOutdated = useStore(live, (now) => now.isOutdated);
  useEffect(() => setMenuOpen(false), [page]);
  useEffect(() => {
    // Whoever has no use for the overview begins where their work is.
    const first = firstPage(scopes);
    if (page === "overview" && first && first !== page) go(pagePaths[first]);
  }, [page, scopes]);
  return (
    <div class="shell">
      <a class="skip" href="#main">
        {t(w.text.skipToContent)}
      </a>
      <div class="topbar">
        <Brand />
        <IconButton
          name={plain(w.text.menu)}
          expanded={isMenuOpen}
          onClick={() => setMenuOpen(true)}
        >
          <Menu size={24} aria-hidden="true" />
        </IconButton>
      </div>
      <header class="rail" data-open={isMenuOpen || undefined}>
        <div class="rail-head">
          <Brand />
          <span class="rail-close">
            <IconButton name={plain(w.text.close)} onClick={() => setMenuOpen(false)}>
              <X size={24} aria-hidden="true" />
            </IconButton>
          </span>
        </div>
        <Nav page={page} scopes={scopes} />
        <div class="rail-foot">
          <LiveMark />
          <SignOut name={name} />
          <div class="rail-choices">
            <LanguageMenu />
            <ThemeButton />
          </div>
        </div>
      </header>
      <main class="main" id="main" tabIndex={-1}>
        {isOutdated ? (
          <p class="outdated">
            <Notice tone="info">
              {t(w.text.newPages)}{" "}
              <a href={pagePaths[page]} target="_self">
                {t(w.text.reload)}
              </a>
            </Notice>
          </p>
        ) : null}
        {mayOpen(scopes, page) ? (
          <Framed page={page} key={page} />
        ) : (
          <Instead of={page} tone="care" phrase={w.text.notForYou} />
        )}
      </main>
      <Toasts />
      <SignInAgain />
    </div>
  );
}

function Brand(): JSX.Element {
  const w = useWords();
  return (
    <a class="brand" href="/">
      <HandMark />
      <span>
        <b lang="ja">手ぶら</b>
        <small>{t(w.text.brandLine)}</small>
      </span>
    </a>
  );
}

/** A page below what holds for all of it; it begins anew when a look at people under protection ends. */
function Framed({ page }: { readonly page: PageName }): JSX.Element {
  const ended = useStore(looksEnded);
  return (
    <>
      <ProtectedPeople page={page} />
      <Page name={page} key={ended} />
    </>
  );
}

/** What stands under a page's title where the page itself does not. */
function Instead(props: {
  readonly of: PageName;
  readonly tone: "care" | "bad";
  readonly phrase: Phrase;
}): JSX.Element {
  const w = useWords();
  return (
    <>
      <PageHead title={w.page[props.of]} />
      <Notice tone={props.tone}>{t(props.phrase)}</Notice>
    </>
  );
}

/** A page is loaded when somebody goes there. */
function Page({ name }: { readonly name: PageName }): JSX.Element {
  const w = useWords();
  const [Loaded, setLoaded] = useState<ComponentType>();
  const [hasFailed, setFailed] = useState(false);
  useEffect(() => {
    let isHere = true;
    pages[name]()
      .then((component) => isHere && setLoaded(() => component))
      .catch(() => isHere && setFailed(true));
    return () => {
      isHere = false;
    };
  }, [name]);
  if (hasFailed) return <Instead of={name} tone="bad" phrase={w.text.pageNotLoaded} />;
  if (!Loaded) return <p class="quiet">{t(w.text.loading)}</p>;
  return <Loaded />;
}
