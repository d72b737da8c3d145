import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Service } from "#contract/services.ts";
import type { Explanation } from "#firmware-config/policy-explain.ts";
import { useResource } from "../api/resource.ts";
import { Badge, Notice } from "../design/badge.tsx";
import { FileLink } from "../design/button.tsx";
import { Field, Select } from "../design/field.tsx";
import { Pairs, Sheet } from "../design/sheet.tsx";
import { PageHead } from "../shell/page-head.tsx";
import { useFormat } from "../words/format.ts";
import { useWords } from "../words/language.ts";
import { plain, t } from "../words/phrase.ts";
import { Simulate } from "./simulate.tsx";

/** What each service asks of a person, as the rules that are in force have it. */
export function Policy(): JSX.Element {
  const w = useWords();
  const services = Object.keys(w.service) as Service[];
  const [service, setService] = useState<Service>("payment");
  const [amount, setAmount] = useState("120000");
  const digits = amount.normalize("NFKC").replace(/\D/g, "").slice(0, 12);
  const withAmount = service === "payment" && digits !== "" ? `&amount=${digits}` : "";
  const { value, code } = useResource<Explanation>(
    `/api/policy/explain?service=${service}${withAmount}`,
  );
  return (
    <>
      <PageHead
        title={w.page.policy}
        lead={t(w.lead.policy)}
        tools={
          <FileLink href="/api/policy" isPage>
            JSON
          </FileLink>
        }
      />
      <div class="stack">
        <Sheet title={t(w.text.whatIsAsked)}>
          <div class="toolbar">
            <Select
              name={t(w.text.service)}
              value={service}
              choices={services.map((one) => ({ value: one, name: plain(w.service[one]) }))}
              onChange={(one) => setService(one as Service)}
            />
            {service === "payment" ? (
              <Field name={t(w.text.amountYen)} value={amount} onInput={setAmount} />
            ) : null}
          </div>
          {code ? <Notice tone="bad">{t(w.text.notRead)}</Notice> : null}
          {value ? <Explained of={value} /> : null}
        </Sheet>
        <Simulate />
      </div>
    </>
  );
}

function Explained({ of: value }: { readonly of: Explanation }): JSX.Element {
  const w = useWords();
  const { number } = useFormat();
  return (
    <div class="stack">
      <p class="page-tools">
        {value.asksFor.map((factor) => (
          <Badge key={factor} tone="info">
            {t(w.factor[factor])}
          </Badge>
        ))}
      </p>
      <Pairs
        of={[
          [t(w.text.strength), `${number(value.strength)} / ${number(3)}`],
          [t(w.text.whenUnsure), t(w.whenUnsure[value.whenUnsure])],
          [t(w.text.whenUnknown), t(w.whenUnsure[value.whenUnknown])],
          ...(value.face
            ? [
                [
                  t(w.text.strangerRate),
                  t(w.text.oneIn, {
                    n: number(Math.round(1 / value.face.falsePositiveIdentificationRateMax)),
                  }),
                ] as const,
              ]
            : []),
          [
            t(w.text.tier),
            value.tier ? `${number(value.tier.number)} / ${number(value.tier.of)}` : "—",
          ],
        ]}
      />
    </div>
  );
}
