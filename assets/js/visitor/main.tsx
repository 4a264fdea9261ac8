import { render } from "preact";
import { startI18n } from "../shared/i18n";
import { App } from "./app";
import { start } from "./store";

/*
 * data-testid hooks that tests rely on, both pages' shared parts included:
 *   start-form, start-name, start-email, start-submit   the first visit
 *   presence-line, language-switch, connection-line     around the chat
 *   thread, typing, jump-latest, older-loading          the messages
 *   message   each one, with data-id (once the server has it), data-from (visitor, agent, system),
 *             data-client-id and data-state (waiting, sending, sent, delivered, read, failed)
 *   edited (below a message whose text was changed); via-telegram (below an agent's, on the agents' page)
 *   contact      the question of a thread that nobody has answered; in it contact-email, contact-send, contact-fault
 *                (why not), contact-change (once an address is known)
 *   rating       the question of a closed thread; in it rating-1 to rating-5 (radio buttons), rating-outcome
 *   composer-input, composer-send, emoji-button, emoji-panel
 *   image-message (opens the viewer), file-message (the link), audio-player (with data-duration-ms and data-state:
 *             idle, loading, playing, paused, unplayable, broken, gone) with audio-play, audio-scrubber, audio-speed;
 *             attachment-broken (with data-fault: broken, gone)
 *   viewer (with data-id), viewer-close, viewer-next, viewer-prev, viewer-zoom, viewer-download
 *   reply-button (in each message), replying (above the field), quote (in a bubble), new-messages (the line)
 *   attach-button, attach-input, drop-zone, tray, tray-item (data-name, data-state: ready, failed), tray-remove
 *   upload-row   a file on its way, with data-name and data-state (waiting, sending, failed);
 *                in it upload-progress, upload-cancel or upload-retry, upload-discard
 *   voice-button (held or pressed), voice-timer, voice-level (data-level, 0 to 1), voice-cancel, voice-stop,
 *                then voice-play, voice-delete, voice-send
 *   call-audio, call-video (in the top bar)
 *   call-panel   everything of calls, with data-phase (ring, asking, ringing, connecting, connected, reconnecting, ended,
 *                refused), data-call (the id), data-reason (once ended), data-fault (once refused); in it
 *                call-accept-audio, call-accept-video, call-decline of a ring;
 *                call-mute, call-camera, call-flip, call-screen, call-devices, call-hangup, call-size, call-fill, call-pip,
 *                call-unblock; call-audioinput, call-videoinput, call-audiooutput (the choices of devices);
 *                call-timer, call-quality (data-level: good, weak; data-path: direct, relayed),
 *                call-own-level, call-their-level (data-level, 0 to 1), call-own-video, call-their-video, call-self,
 *                call-their-mute, call-their-screen, call-their-camera-off, call-sharing, call-trouble;
 *                call-over (how it ended or why not) with call-retry, call-test, call-dismiss
 */

start();
await startI18n({
  tr: () => import("locale:visitor.tr"),
  en: () => import("locale:visitor.en"),
});
const root = document.getElementById("app");
if (root) render(<App />, root);
