import { t } from "../shared/i18n";
import { Toasts } from "../shared/ui/toast";
import { access } from "./access";
import { arrive } from "./answer/link";
import { forgetSetupToken } from "./auth/setup-link";
import { SignIn } from "./auth/sign-in";
import { Desk } from "./desk";
import { Setup } from "./setup/setup";
import { CardPage } from "./ui/card-page";
import { Notice } from "./ui/notice";

/** Which page this is, by who is in front of it. */
export function App() {
  return (
    <>
      <Page />
      <Toasts />
    </>
  );
}

function Page() {
  const at = access.value;
  switch (at.state) {
    case "checking":
      return <div class="splash" role="status" aria-label={t("loading")} />;
    case "unreachable":
      return (
        <CardPage title={t("unreachable.title")} step="unreachable">
          <Notice tone="bad">{t("problem.network")}</Notice>
          <button class="button primary" type="button" onClick={() => void arrive()}>
            {t("try-again")}
          </button>
        </CardPage>
      );
    case "setup":
      return <Setup token={at.token} onDone={forgetSetupToken} />;
    case "out":
      return <SignIn />;
    case "in":
      return <Desk key={at.me.id} />;
  }
}
