import { FlaskConical } from "lucide-preact";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Service } from "#contract/services.ts";
import type { Simulation } from "../../policy/simulate.ts";
import { postJson } from "../api/client.ts";
import { useResource } from "../api/resource.ts";
import { Notice } from "../design/badge.tsx";
import { Button } from "../design/button.tsx";
import { FilePick, Select, TextArea } from "../design/field.tsx";
import { Sheet } from "../design/sheet.tsx";
import { useFormat } from "../words/format.ts";
import { useWords } from "../words/language.ts";
import { type Phrase, plain, t } from "../words/phrase.ts";
import { Simulated } from "./simulated.tsx";

interface PolicyAnswer {
  readonly version: number | null;
  readonly signedAt: number | null;
  readonly table: Readonly<
    Record<string, readonly { readonly validFrom: string | null; readonly policy: object }[]>
  >;
}

type State =
  | { readonly kind: "idle" | "running" }
  | { readonly kind: "refused"; readonly why: Phrase; readonly where?: string }
  | { readonly kind: "done"; readonly simulation: Simulation };

/** A large ledger takes the gateway a while. */
const waitMs = 180_000;
const fileBytesMax = 60_000;

/** What would have come out otherwise under another table, from the gateway's own record. */
export function Simulate(): JSX.Element {
  const w = useWords();
  const [text, setText] = useState("{}\n");
  const [state, setState] = useState<State>({ kind: "idle" });
  const refuse = (why: Phrase, where?: string) =>
    setState({ kind: "refused", why, ...(where === undefined ? {} : { where }) });
  const run = async () => {
    const policy = tableIn(text);
    if (policy === undefined) return refuse(w.simulate.notJson);
    setState({ kind: "running" });
    const answer = await postJson<Simulation>("/api/policy/simulate", { policy }, waitMs);
    if (answer.ok) return setState({ kind: "done", simulation: answer.value });
    if (answer.code === "RATE_LIMITED") return refuse(w.simulate.busy);
    // Which row does not fit is the one thing in the gateway's sentence that is no word.
    const where = / at policy\.?(\S*)/.exec(answer.message)?.[1];
    if (answer.code === "USAGE") return refuse(w.simulate.doesNotFit, where || "JSON");
    return refuse(w.text.notRead);
  };
  const open = async (file: File) => {
    if (file.size > fileBytesMax) refuse(w.simulate.notJson);
    else setText(await file.text());
  };
  return (
    <Sheet title={t(w.simulate.title)}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        <p>{t(w.simulate.about)}</p>
        <TakeRow onTake={(service, policy) => setText(withRow(text, service, policy))} />
        <TextArea
          name={t(w.simulate.table)}
          hint={t(w.simulate.tableHint)}
          value={text}
          rows={12}
          onInput={setText}
        />
        <div class="page-tools">
          <Button look="key" type="submit" disabled={state.kind === "running"}>
            <FlaskConical size={20} aria-hidden="true" />
            {t(state.kind === "running" ? w.simulate.running : w.simulate.run)}
          </Button>
          <FilePick
            name={t(w.simulate.openFile)}
            accept=".json"
            onPick={(file) => void open(file)}
          />
        </div>
        {state.kind === "refused" ? (
          <Notice tone="bad">{t(state.why, { where: state.where ?? "" })}</Notice>
        ) : null}
        {state.kind === "done" ? <Simulated simulation={state.simulation} /> : null}
      </form>
    </Sheet>
  );
}

/** Puts a row of the table in force into the text, where it can be changed. */
function TakeRow(props: { onTake(service: string, policy: object): void }): JSX.Element {
  const w = useWords();
  const { moment, number } = useFormat();
  const [service, setService] = useState<Service>("bus.boarding");
  const { value } = useResource<PolicyAnswer>("/api/policy");
  const policy = value?.table[service]?.at(-1)?.policy;
  const version = value?.version ?? null;
  return (
    <>
      {value ? (
        <p class="quiet">
          {t(w.simulate.version)}: {version === null ? t(w.simulate.asSetUp) : number(version)}
          {value.signedAt === null ? null : ` (${moment(value.signedAt)})`}
        </p>
      ) : null}
      <div class="toolbar">
        <Select
          name={t(w.text.service)}
          value={service}
          choices={(Object.keys(w.service) as Service[]).map((one) => ({
            value: one,
            name: plain(w.service[one]),
          }))}
          onChange={(one) => setService(one as Service)}
        />
        <Button disabled={!policy} onClick={() => policy && props.onTake(service, policy)}>
          {t(w.simulate.takeRow)}
        </Button>
      </div>
    </>
  );
}

function tableIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isTable = typeof value === "object" && value !== null && !Array.isArray(value);
    return isTable ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}

/** What was there stays; what is no table makes room. */
function withRow(text: string, service: string, policy: object): string {
  return `${JSON.stringify({ ...tableIn(text), [service]: policy }, null, 2)}\n`;
}
