import type { Written } from "../words.ts";
import { acts } from "./acts.ts";
import { desks } from "./desks.ts";
import { terms } from "./terms.ts";
import { texts } from "./texts.ts";

export const words: Written = { ...texts, ...terms, ...acts, ...desks };
