import angry from "icon:angry";
import frown from "icon:frown";
import laugh from "icon:laugh";
import meh from "icon:meh";
import smile from "icon:smile";
import { t } from "../../shared/i18n";
import { Icon } from "../../shared/ui/icon";

const FACES = [angry, frown, meh, smile, laugh];

/** The face that the visitor chose. */
export function RatingFace({ rating }: { rating: number }) {
  return <Icon body={FACES[rating - 1] ?? meh} class={`rating-face of-${rating}`} />;
}

export const ratingWords = (rating: number): string =>
  t("rating.said", { words: t(`rating.${rating}`), rating });
