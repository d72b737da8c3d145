import { Languages, Moon, Sun, SunMoon } from "lucide-preact";
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { IconButton } from "../design/button.tsx";
import { remember, remembered } from "../memory.ts";
import { choose, type Language, languages, useLanguage, useWords } from "../words/language.ts";
import { plain } from "../words/phrase.ts";

/** Every language by its own name, one touch away; nobody has to read another to find theirs. */
export function LanguageMenu(): JSX.Element {
  const w = useWords();
  const current = useLanguage();
  const [isOpen, setOpen] = useState(false);
  const menu = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!isOpen) return undefined;
    const close = (event: Event) => {
      const isEscape = event instanceof KeyboardEvent && event.key === "Escape";
      const isOutside =
        event.type === "pointerdown" && !menu.current?.contains(event.target as Node);
      if (isEscape || isOutside) setOpen(false);
    };
    addEventListener("keydown", close);
    addEventListener("pointerdown", close);
    return () => {
      removeEventListener("keydown", close);
      removeEventListener("pointerdown", close);
    };
  }, [isOpen]);
  return (
    <div class="language" ref={menu}>
      <button
        class="button"
        data-look="quiet"
        type="button"
        aria-expanded={isOpen}
        aria-label={`${plain(w.text.language)}: ${languages[current].name}`}
        onClick={() => setOpen(!isOpen)}
      >
        <Languages size={20} aria-hidden="true" />
        <span>{languages[current].name}</span>
      </button>
      {isOpen ? (
        <ul class="language-list">
          {Object.entries(languages).map(([key, { name, tag }]) => (
            <li key={key}>
              <button
                type="button"
                lang={tag}
                aria-pressed={key === current}
                onClick={() => {
                  setOpen(false);
                  void choose(key as Language);
                }}
              >
                {name}
              </button>
            </li>
          ))}
        </ul>
      ) : null}
    </div>
  );
}

type Theme = "auto" | "light" | "dark";
const nextTheme: Readonly<Record<Theme, Theme>> = { auto: "light", light: "dark", dark: "auto" };
const icons = { auto: SunMoon, light: Sun, dark: Moon };

export function applyTheme(): void {
  const theme = remembered("theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset["theme"] = theme;
  else delete document.documentElement.dataset["theme"];
}

/** As the system has it, light, or dark. */
export function ThemeButton(): JSX.Element {
  const w = useWords();
  const [theme, setTheme] = useState<Theme>((remembered("theme") ?? "auto") as Theme);
  const Icon = icons[theme] ?? SunMoon;
  return (
    <IconButton
      name={plain(w.theme[theme])}
      onClick={() => {
        const next = nextTheme[theme];
        remember("theme", next);
        applyTheme();
        setTheme(next);
      }}
    >
      <Icon size={20} aria-hidden="true" />
    </IconButton>
  );
}
