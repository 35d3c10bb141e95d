// @ts-check
/**
 * What the room knows at one moment: the only thing its face reads. The face draws a snapshot and calls
 * `room.act`; everything else (tickets, signals, the Chime SDK) stays behind it.
 *
 * Promises: a snapshot never changes after it was handed out; parts that did not change keep their identity, so that
 * a face may compare by reference; no join key, host proof or join token is ever in it.
 */

/**
 * Where the person stands.
 * - `starting`: reading the way in (address, port, settings)
 * - `looking`: there is a key; no ticket has been seen yet
 * - `waiting`: the ticket says the doors are closed (`ticket.opensAt` may say when they open)
 * - `prejoin`: the camera check. The ticket may still be waiting: `doors` tells whether `join()` enters at once
 * - `joining`: entering, or joined from the prejoin page and waiting for the doors (`doors` is false then)
 * - `in`, `reconnecting`: in the meeting
 * - `left`, `ended`, `removed`, `elsewhere`, `refused`: out, `reason` says why; `retry()` tries again where that can
 *   help, `takeBack()` after `elsewhere`
 * @typedef {'starting'|'looking'|'waiting'|'prejoin'|'joining'|'in'|'reconnecting'|'left'|'ended'|'removed'|
 *   'elsewhere'|'refused'} Phase
 */

/**
 * A key of the texts. `text` is the ticket's own sentence, already in words (shown as it is, as plain text).
 * @typedef {'wrong-link'|'not-answered'|'not-connected'|'doors-closed'|'meeting-ended'|'removed'|'opened-elsewhere'|
 *   'own-window'|'left'|'no-webcrypto'|'insecure'|'unsupported'|'no-settings'|'ticket-damaged'|'signaling-lost'|
 *   'blocked'|'full'|'sdk-failed'} ReasonCode
 * @typedef {{code: ReasonCode, text?: string}} Reason
 */

/** @typedef {'host'|'attendee'|'guest'|'recorder'} Role */
/** @typedef {'everyone'|'notice'} Policy */
/** @typedef {'None'|'Preparing'|'Waiting for consent'|'Starting'|'Recording'|'Stopped'} RecordingWord */
/** @typedef {'Not asked'|'Given'|'Declined'|'Withdrawn'} Consent */
/** @typedef {'camera'|'microphone'|'speaker'} DeviceKind */
/** @typedef {'policy'|'permission'|'missing'|'busy'|'insecure'} DeviceCause */

/**
 * What the ticket says that may be shown.
 * @typedef {object} TicketView
 * @property {string} subject
 * @property {string} name the seat's name, as the meeting's owner wrote it
 * @property {Role} role
 * @property {Policy} policy
 * @property {RecordingWord} recording
 * @property {number|null} opensAt epoch milliseconds
 */

/**
 * @typedef {object} Self
 * @property {string} seat
 * @property {string|null} attendeeId while in the meeting
 * @property {string} name
 * @property {boolean} nameOpen the name may be chosen here (guests); what they choose is marked as their own word
 * @property {boolean} muted
 * @property {boolean} camera the camera is on (at prejoin: wanted on)
 * @property {boolean} sharing
 * @property {boolean} hand
 * @property {boolean} canSend false: consent is asked and not given, or capabilities forbid it; nothing is sent
 */

/**
 * A human in the meeting, oneself included (first). Recorders are not people.
 * @typedef {object} Person
 * @property {string} attendeeId
 * @property {string} seat
 * @property {string} name
 * @property {boolean} ownWord the name is the person's own word (a guest), not the ticket's
 * @property {Role|null} role null: nobody said so yet
 * @property {boolean} self
 * @property {boolean} muted
 * @property {boolean} speaking
 * @property {number} volume 0..1
 * @property {number} signal 0..1
 * @property {boolean} hand
 * @property {number|null} tile id of the camera tile
 * @property {boolean} content shares a screen
 */

/**
 * @typedef {object} Tile
 * @property {number} id
 * @property {string} attendeeId of the human (also for content)
 * @property {string} name
 * @property {boolean} content a shared screen
 * @property {boolean} local
 * @property {boolean} paused
 * @property {number|null} width of the picture, when known
 * @property {number|null} height
 */

/** @typedef {{id: string, label: string}} Device */
/** @typedef {{device: DeviceKind, cause: DeviceCause}} DeviceProblem */

/**
 * @typedef {object} Devices
 * @property {Device[]} cameras
 * @property {Device[]} microphones
 * @property {Device[]} speakers empty where the browser lets nobody choose
 * @property {{camera: string|null, microphone: string|null, speaker: string|null}} chosen
 * @property {DeviceProblem[]} problems
 * @property {number} level of the microphone, 0..1
 * @property {boolean} asked permission was asked for (by `prepare`)
 * @property {boolean} asking the browser's question is open
 * @property {boolean} canShare
 * @property {boolean} soundBlocked the browser plays no sound before a click: call `unblockSound()` in one
 */

/**
 * @typedef {object} ChatLine
 * @property {string} id
 * @property {string} attendeeId
 * @property {string} name
 * @property {string} text
 * @property {number} at epoch milliseconds
 * @property {boolean} own
 * @property {boolean} failed it did not reach the others
 */

/**
 * How recording stands. `live` is the mark that cannot be missed: a recorder is in the meeting's own roster, or the
 * ticket says Recording (`source` says which of the two is known: the cautious reading wins).
 * @typedef {object} RecordingView
 * @property {RecordingWord} state
 * @property {boolean} live
 * @property {'both'|'roster'|'ticket'|null} source
 */

/**
 * What is asked of the person about being recorded.
 * - `no`: nothing (policy Notice, or no recording in sight)
 * - `may`: a recording is possible; the answer can be given now or later
 * - `must`: nothing is sent, or no recording starts, before there is an answer
 * @typedef {'no'|'may'|'must'} Ask
 */

/**
 * @typedef {object} RoomState
 * @property {Phase} phase
 * @property {Reason|null} reason
 * @property {boolean} doors the ticket is open: `join()` enters
 * @property {TicketView|null} ticket
 * @property {Self} self
 * @property {readonly Person[]} people
 * @property {{present: boolean, count: number}} recorder from the meeting's own roster
 * @property {readonly Tile[]} tiles
 * @property {RecordingView} recording
 * @property {Consent} consent
 * @property {Ask} ask
 * @property {Devices} devices
 * @property {readonly ChatLine[]} chat
 * @property {null|'poor'|'lost'|'sending-audio-failed'|'video-paused'} network
 * @property {boolean} host may record, stop, remove and end (a proof is there and has not expired)
 * @property {null|'record'|'stop'|'remove'|'end'|'consent'} unsent the last act that did not reach the bridge
 * @property {'person'|'recorder'} view which page is shown
 * @property {boolean} embedded in the frame of a Salesforce page
 * @property {boolean} popout this window was opened out of such a frame
 * @property {string|null} locale what the Salesforce page speaks (`de`, `en-US`), if it said so
 */

/**
 * What the face can ask for. Everything is allowed at any time; what makes no sense now does nothing.
 * @typedef {object} Acts
 * @property {(wanted: {camera: boolean, microphone: boolean}) => Promise<void>} prepare asks for permission
 * @property {(device: DeviceKind, id: string) => Promise<void>} choose
 * @property {(text: string) => void} setName
 * @property {() => Promise<boolean>} testSpeaker plays a short tone; false: the browser would not
 * @property {() => Promise<void>} unblockSound
 * @property {() => Promise<void>} join
 * @property {(given: boolean) => Promise<void>} consent
 * @property {(on: boolean) => void} mute
 * @property {(on: boolean) => Promise<void>} camera
 * @property {(on: boolean) => Promise<void>} share
 * @property {(up: boolean) => void} hand
 * @property {(text: string) => boolean} say false: nothing was said (empty, too long, too fast, not in the meeting)
 * @property {() => Promise<void>} leave
 * @property {() => Promise<void>} retry
 * @property {() => Promise<void>} takeBack after `elsewhere`
 * @property {() => Promise<void>} record
 * @property {() => Promise<void>} stopRecording
 * @property {(seat: string) => Promise<void>} remove
 * @property {() => Promise<void>} end
 * @property {() => boolean} popOut opens the room in a window of its own and gives the seat up here; call in a click
 * @property {(height: number) => void} resize tells the Salesforce page how high the frame should be
 * @property {(tileId: number, element: HTMLVideoElement) => void} bindVideo
 * @property {(tileId: number) => void} unbindVideo
 * @property {(element: HTMLVideoElement|null) => void} bindPreview
 * @property {(element: HTMLAudioElement|null) => void} bindAudio
 */

/**
 * @typedef {object} Room
 * @property {RoomState} state the newest snapshot
 * @property {(fn: (state: RoomState) => void) => () => void} subscribe calls `fn` at once and at each change
 * @property {Acts} act
 * @property {() => void} start reads the way in; call once
 */

/**
 * Settings of the room, as `GET /room.json` gives them.
 * @typedef {object} Settings
 * @property {1} v
 * @property {string} orgId 18 characters
 * @property {string[]} frameAncestors origins that may hold the room in a frame
 * @property {string} signals path of the write-only door
 */

/** @returns {RoomState} the state before anything is known */
export function initialState() {
    return {
        phase: 'starting',
        reason: null,
        doors: false,
        ticket: null,
        self: {
            seat: '',
            attendeeId: null,
            name: '',
            nameOpen: false,
            muted: false,
            camera: false,
            sharing: false,
            hand: false,
            canSend: true
        },
        people: [],
        recorder: { present: false, count: 0 },
        tiles: [],
        recording: { state: 'None', live: false, source: null },
        consent: 'Not asked',
        ask: 'no',
        devices: {
            cameras: [],
            microphones: [],
            speakers: [],
            chosen: { camera: null, microphone: null, speaker: null },
            problems: [],
            level: 0,
            asked: false,
            asking: false,
            canShare: false,
            soundBlocked: false
        },
        chat: [],
        network: null,
        host: false,
        unsent: null,
        view: 'person',
        embedded: false,
        popout: false,
        locale: null
    };
}
