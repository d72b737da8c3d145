import type { JSX } from "preact";
import { postJson } from "../../api/client.ts";
import { useResource } from "../../api/resource.ts";
import { Badge, Notice } from "../../design/badge.tsx";
import { Button } from "../../design/button.tsx";
import { Dialog } from "../../design/dialog.tsx";
import { Pairs } from "../../design/sheet.tsx";
import { Table } from "../../design/table.tsx";
import { say } from "../../design/toast.tsx";
import { addressOf } from "../../shell/route.ts";
import { useFormat } from "../../words/format.ts";
import { useWords } from "../../words/language.ts";
import { plain, t } from "../../words/phrase.ts";
import { type Account, stateTones } from "./account.ts";

interface Access {
  readonly passkeys: number;
  readonly recoveryCodesLeft: number;
  readonly sessions: readonly {
    readonly handle: string;
    readonly agent: string;
    readonly seenAt: number;
  }[];
}

/** With what somebody gets in, and where they are in now; each of it can be ended from here. */
export function AccessOf(props: { readonly account: Account; onClose(): void }): JSX.Element {
  const w = useWords();
  const { moment, number } = useFormat();
  const { id, name, status } = props.account;
  const { value, code, reload } = useResource<Access>(
    `/api/staff/accounts/access?id=${encodeURIComponent(id)}`,
  );
  const signOut = async (handle?: string) => {
    const answer = await postJson("/api/staff/accounts/sign-out", {
      ...{ id, ...(handle === undefined ? {} : { handle }) },
    });
    say(answer.ok ? "good" : "bad", t(answer.ok ? w.text.recorded : w.text.notDone));
    await reload();
  };
  return (
    <Dialog
      title={t(w.staff.accessTitle, { name })}
      closeName={plain(w.text.close)}
      onClose={props.onClose}
    >
      <div class="stack">
        {code ? <Notice tone="bad">{t(w.text.notRead)}</Notice> : null}
        <Pairs
          of={[
            [t(w.text.state), <Badge tone={stateTones[status]}>{t(w.accountState[status])}</Badge>],
            [t(w.staff.passkeys), value ? number(value.passkeys) : "—"],
            [t(w.staff.codesLeft), value ? number(value.recoveryCodesLeft) : "—"],
            [t(w.staff.inLedger), <a href={addressOf("audit", { who: id })}>{id}</a>],
          ]}
        />
        <Table
          name={plain(w.staff.sessions)}
          columns={[
            { title: t(w.staff.browser), cell: ({ agent }) => <span lang="en">{agent}</span> },
            { title: t(w.staff.lastUsed), cell: ({ seenAt }) => moment(seenAt) },
            {
              title: t(w.staff.signOut),
              cell: ({ handle }) => (
                <Button onClick={() => void signOut(handle)}>{t(w.staff.signOut)}</Button>
              ),
            },
          ]}
          rows={value?.sessions ?? []}
          keyOf={({ handle }) => handle}
          empty={t(w.staff.noSession)}
        />
        {(value?.sessions.length ?? 0) > 1 ? (
          <p>
            <Button onClick={() => void signOut()}>{t(w.staff.signOutAll)}</Button>
          </p>
        ) : null}
      </div>
    </Dialog>
  );
}
