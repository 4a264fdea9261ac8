import chevronDown from "icon:chevron-down";
import chevronUp from "icon:chevron-up";
import maximise from "icon:maximize-2";
import minimise from "icon:minimize-2";
import pip from "icon:picture-in-picture-2";
import { IconButton, type Signal, t, useSignal } from "../kit";
import { Controls, HangupButton, MuteButton } from "./controls";
import { Devices } from "./devices";
import { Face } from "./face";
import { canFloat } from "./floating";
import { LiveVideo } from "./live-video";
import { Notes, TheirState } from "./notes";
import { SelfView } from "./self-view";
import { StateLine } from "./state-line";
import type { Call } from "./types";

interface Props {
  call: Call;
  /** A line instead of a stage: there is a chat to write. */
  small: Signal<boolean>;
  filled: boolean;
  onFill: () => void;
}

/** A call from its first ring to its end: a card for voices, a stage for pictures. */
export function RunningCard({ call, small, filled, onFill }: Props) {
  const choosing = useSignal(false);
  const is = call.phase.value.is;
  const waiting = is === "asking" || is === "ringing";
  const theirPicture = call.theirVideo.value !== null && !waiting;
  const ownPicture = call.ownVideo.value !== null && call.own.value.video;
  const hasStage = (theirPicture || ownPicture) && !small.value;
  const closeDevices = () => {
    choosing.value = false;
    document.querySelector<HTMLElement>("[data-testid=call-devices]")?.focus();
  };

  const tools = (
    <div class="call-tools">
      {theirPicture && canFloat && !filled && (
        <IconButton
          icon={pip}
          label={call.floating.value ? t("call.pip.off") : t("call.pip")}
          data-testid="call-pip"
          onClick={call.float}
        />
      )}
      {hasStage && (
        <IconButton
          icon={filled ? minimise : maximise}
          label={filled ? t("call.unfill") : t("call.fill")}
          data-testid="call-fill"
          onClick={onFill}
        />
      )}
      {!filled && (
        <IconButton
          icon={small.value ? chevronDown : chevronUp}
          label={small.value ? t("call.larger") : t("call.smaller")}
          aria-expanded={!small.value}
          data-testid="call-size"
          onClick={() => {
            small.value = !small.value;
          }}
        />
      )}
    </div>
  );
  const who = (
    <div class="call-who">
      {!(hasStage && theirPicture) && (
        <Face
          name={call.peer.value}
          size={small.value ? "s" : hasStage ? "l" : "m"}
          pulsing={waiting}
          level={call.theirLevel}
        />
      )}
      <div class="call-words">
        <h2>{call.peer.value}</h2>
        <StateLine call={call} />
        <TheirState call={call} />
      </div>
    </div>
  );

  if (small.value) {
    return (
      <div class="call-card call-small">
        {who}
        <div class="call-controls">
          <MuteButton call={call} />
          <HangupButton call={call} />
        </div>
        {tools}
      </div>
    );
  }
  if (!hasStage) {
    return (
      <div class="call-card call-voice">
        {who}
        {tools}
        <Controls call={call} choosing={choosing} />
        <Notes call={call} />
        {choosing.value && <Devices call={call} onClose={closeDevices} />}
      </div>
    );
  }
  return (
    <div class="call-card call-video">
      <div class={`call-stage ${theirPicture ? "" : "no-picture"} ${waiting ? "waiting" : ""} ${is}`}>
        {theirPicture ? (
          <LiveVideo
            class={`call-theirs ${call.theirs.value.screen ? "whole" : ""}`}
            stream={call.theirVideo}
            testid="call-their-video"
          />
        ) : (
          waiting && (
            <LiveVideo
              class={`call-theirs ${call.mirrored.value ? "mirrored" : ""}`}
              stream={call.ownVideo}
              testid="call-own-video"
            />
          )
        )}
        <div class="call-above">
          {who}
          {tools}
        </div>
        {ownPicture && !waiting && <SelfView call={call} />}
        <Controls call={call} choosing={choosing} />
      </div>
      <Notes call={call} />
      {choosing.value && <Devices call={call} onClose={closeDevices} />}
    </div>
  );
}
