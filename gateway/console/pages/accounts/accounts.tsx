import { UserPlus } from "lucide-preact";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useResource } from "../../api/resource.ts";
import { Badge, Notice } from "../../design/badge.tsx";
import { Button } from "../../design/button.tsx";
import { Sheet } from "../../design/sheet.tsx";
import { type Column, Table } from "../../design/table.tsx";
import { useMe } from "../../shell/access.ts";
import { PageHead } from "../../shell/page-head.tsx";
import { type Format, useFormat } from "../../words/format.ts";
import { useWords } from "../../words/language.ts";
import { plain, t } from "../../words/phrase.ts";
import type { Words } from "../../words/words.ts";
import { AccessOf } from "./access-of.tsx";
import { type Account, type Invited, stateTones } from "./account.ts";
import { CloseAccount, NewCode } from "./ask-first.tsx";
import { CodeShown } from "./code-shown.tsx";
import { Freshness } from "./freshness.tsx";
import { Invite } from "./invite.tsx";
import { SetRoles } from "./set-roles.tsx";

type Doing = "access" | "roles" | "code" | "close";

/** Who may sign in here, and as what. What is done is in the ledger, by the account that did it. */
export function Accounts(): JSX.Element {
  const w = useWords();
  const format = useFormat();
  const { value, code, reload } = useResource<{ accounts: readonly Account[] }>(
    "/api/staff/accounts",
  );
  const [isInviting, setInviting] = useState(false);
  const [invited, setInvited] = useState<Invited>();
  const [doing, setDoing] = useState<{ what: Doing; account: Account }>();
  const done = async (made?: Invited) => {
    setDoing(undefined);
    setInviting(false);
    setInvited(made);
    await reload();
  };
  const close = () => setDoing(undefined);
  return (
    <>
      <PageHead
        title={w.page.accounts}
        lead={t(w.lead.accounts)}
        tools={
          <Button look="key" onClick={() => setInviting(true)}>
            <UserPlus size={20} aria-hidden="true" />
            {t(w.staff.invite)}
          </Button>
        }
      />
      <div class="stack">
        <Freshness />
        {code ? <Notice tone="bad">{t(w.text.notRead)}</Notice> : null}
        <Sheet title={t(w.page.accounts)}>
          <Table
            name={plain(w.page.accounts)}
            columns={columnsOf(w, format, (what, account) => setDoing({ what, account }))}
            rows={value?.accounts ?? []}
            keyOf={({ id }) => id}
            empty={t(w.text.nothingYet)}
          />
        </Sheet>
      </div>
      {isInviting ? <Invite onClose={() => setInviting(false)} onDone={done} /> : null}
      {invited ? <CodeShown invited={invited} onClose={() => setInvited(undefined)} /> : null}
      {doing?.what === "access" ? <AccessOf account={doing.account} onClose={close} /> : null}
      {doing?.what === "roles" ? (
        <SetRoles account={doing.account} onClose={close} onDone={done} />
      ) : null}
      {doing?.what === "code" ? (
        <NewCode account={doing.account} onClose={close} onDone={done} />
      ) : null}
      {doing?.what === "close" ? (
        <CloseAccount account={doing.account} onClose={close} onDone={done} />
      ) : null}
    </>
  );
}

function columnsOf(
  w: Words,
  { moment }: Format,
  onPick: (what: Doing, account: Account) => void,
): readonly Column<Account>[] {
  return [
    {
      title: t(w.staff.name),
      cell: (account) => (
        <button class="pick" type="button" onClick={() => onPick("access", account)}>
          {account.name}
        </button>
      ),
    },
    {
      title: t(w.text.state),
      cell: ({ status }) => <Badge tone={stateTones[status]}>{t(w.accountState[status])}</Badge>,
    },
    { title: t(w.staff.roles), cell: (account) => <Grants of={account} /> },
    { title: t(w.staff.since), isMinor: true, cell: ({ createdAt }) => moment(createdAt) },
    {
      title: t(w.text.change),
      isOnScreen: true,
      cell: (account) => <Changes account={account} onPick={(what) => onPick(what, account)} />,
    },
  ];
}

function Grants({ of: { grants } }: { readonly of: Account }): JSX.Element {
  const w = useWords();
  return (
    <ul class="grants">
      {grants.map(({ role, sites }) => (
        <li key={role}>
          {t(w.role[role])}{" "}
          <small class="quiet">{sites ? sites.join(", ") : t(w.staff.everywhere)}</small>
        </li>
      ))}
    </ul>
  );
}

/** Nobody closes their own account or takes their own roles away by a slip of the hand. */
function Changes(props: { readonly account: Account; onPick(what: Doing): void }): JSX.Element {
  const w = useWords();
  const { id } = useMe();
  const { account, onPick } = props;
  if (account.id === id) return <a href="/account">{t(w.staff.access)}</a>;
  const isOpen = account.status !== "revoked";
  return (
    <span class="page-tools">
      {isOpen ? <Button onClick={() => onPick("roles")}>{t(w.staff.change)}</Button> : null}
      <Button onClick={() => onPick("code")}>{t(w.staff.reset)}</Button>
      {isOpen ? <Button onClick={() => onPick("close")}>{t(w.staff.close)}</Button> : null}
    </span>
  );
}
