// @ts-check
/**
 * All the room says, in English. One section a component; `{name}` marks a place that is filled in. `de.js` has the same
 * keys.
 */
export default {
    app: { title: 'Meeting room' },
    waiting: {
        heading: 'The doors are still closed',
        almost: 'You are ready',
        now: {
            starting: 'One moment…',
            looking: 'Looking for your meeting…',
            joining: 'Going in…'
        },
        opens: 'They open at {at} ({until}).',
        soon: 'They open when the host starts the meeting.',
        byItself: 'Leave this page open: it goes on by itself.',
        again: 'Look again now',
        leave: 'Leave'
    },
    prejoin: {
        heading: 'Ready to go in?',
        as: 'You go in as {name}.',
        picture: 'Your picture',
        devices: 'Camera and sound',
        entering: 'Going in',
        cameraOn: 'Turn the camera on',
        cameraOff: 'Turn the camera off',
        mute: 'Mute the microphone',
        unmute: 'Unmute the microphone',
        test: 'Test the speaker',
        sound: {
            quiet: '',
            playing: 'You should hear a tone now.',
            played: 'No tone? Choose another speaker or turn the volume up.',
            blocked: 'The browser would not play the tone. Try once more.'
        },
        name: 'Your name',
        nameNote: 'The others see it marked as your own word.',
        doors: 'The doors are still closed. You can get ready now and are let in when they open.',
        join: 'Join now',
        joinLater: 'Join when the doors open',
        window: 'Open in a window of its own'
    },
    preview: {
        label: 'Your camera’s picture',
        asking: 'Your browser asks whether the room may use camera and microphone.',
        off: 'Your camera is off'
    },
    levelMeter: { label: 'How loud your microphone hears' },
    deviceChoice: {
        kind: { camera: 'Camera', microphone: 'Microphone', speaker: 'Speaker' },
        unnamed: '{kind} {n}'
    },
    deviceProblems: {
        device: { camera: 'the camera', microphone: 'the microphone', speaker: 'the speaker' },
        and: ' and ',
        cause: {
            policy: 'This page may not use {device}.',
            permission: 'Your browser does not let the room use {device}.',
            missing: 'The computer did not find {device}.',
            busy: 'Something else is using {device}.',
            insecure: 'The browser gives {device} only to a page with a secure address.'
        },
        advice: {
            policy: 'The page around the room does not pass it on. Ask who runs that page.',
            permission:
                'Click the sign beside the address, allow camera and microphone for {origin}, and try again. On a phone or a Mac, look also into the system’s settings for the browser.',
            missing:
                'Plug it in or switch it on, then try again. You can join without it: you hear and see the others.',
            busy: 'Close other meetings and programs that use it, then try again.',
            insecure: 'Open the link with https.'
        },
        salesforce:
            'An administrator allows it in Salesforce Setup: in Session Settings, under Browser Feature Permissions, include the Permissions-Policy header with camera and microphone for trusted URLs only; in Trusted URLs, add {origin} with camera and microphone. Until then, open the room in a window of its own.',
        again: 'Try again',
        window: 'Open in a window of its own'
    },
    consent: {
        heading: 'May you be recorded?',
        headingNotice: 'About recording',
        intro: 'This meeting may be recorded: picture, sound and shared screens. That happens only if everyone agrees.',
        live: 'This meeting is being recorded: picture, sound and shared screens. It goes on only if everyone agrees.',
        notice: 'This meeting may be recorded: picture, sound and shared screens. A red mark shows it while it happens. Join only if that is all right for you.',
        noticeLive:
            'This meeting is being recorded now: picture, sound and shared screens. Join only if that is all right for you.',
        yes: 'I agree to be recorded',
        yesMeans: 'You can take it back at any time during the meeting.',
        no: 'I do not agree',
        noMeans: 'You take part all the same. Nothing is recorded while you are here.',
        afterYes: 'You have agreed. You can change your answer at any time.',
        afterNo:
            'You have not agreed: there is no recording while you are here. You can change your answer at any time.',
        must: 'Until you answer, the others neither hear nor see you.',
        later: 'You can answer now or later.',
        missing: 'Please choose one of the two answers first.'
    },
    topbar: { meeting: 'Meeting' },
    recordingMark: {
        live: 'Recording',
        state: {
            Preparing: 'Recorder is getting ready',
            'Waiting for consent': 'Recording waits until all agree',
            Starting: 'Recording starts soon',
            Recording: 'Recording'
        }
    },
    hints: {
        reconnecting: 'The connection was lost. Getting it back…',
        network: {
            poor: 'Your connection is weak. Turning your camera off can help.',
            lost: 'Your connection is gone. Check your network.',
            'sending-audio-failed': 'The others cannot hear you at the moment: your sound does not get through.',
            'video-paused': 'Some pictures are paused, because your connection is weak.'
        },
        soundBlocked: 'Your browser plays no sound before you ask for it.',
        sound: 'Turn the sound on',
        consent: 'Question about the recording',
        silenced: 'The others neither hear nor see you at the moment.',
        silencedByRecording: 'The others neither hear nor see you as long as the recorder is here.',
        unsent: {
            record: 'Your wish to record did not get through. Try again.',
            stop: 'Your wish to stop the recording did not get through. Try again.',
            remove: 'Your wish to remove somebody did not get through. Try again.',
            end: 'Your wish to end the meeting did not get through. Try again.',
            consent: 'Your answer about the recording did not get through. Answer again.'
        }
    },
    stage: {
        label: 'Pictures',
        alone: 'Nobody else is here yet.',
        more: { one: '{n} more person', other: '{n} more people' }
    },
    tile: {
        nameless: 'No name',
        you: '{name} (you)',
        screen: 'Screen of {name}',
        ownScreen: 'You share your screen',
        paused: 'Picture paused: weak connection',
        hand: 'Hand raised',
        muted: 'Muted:',
        guest: 'Guest',
        weak: 'Weak connection',
        pin: 'Show large: {name}',
        unpin: 'No longer large: {name}'
    },
    controls: {
        label: 'Meeting',
        mute: 'Mute',
        unmute: 'Unmute',
        cameraOn: 'Turn camera on',
        cameraOff: 'Turn camera off',
        share: 'Share screen',
        shareStop: 'Stop sharing',
        hand: 'Raise hand',
        handDown: 'Lower hand',
        chat: 'Chat',
        people: 'People',
        layout: { grid: 'Show who speaks large', speaker: 'Show all the same size' },
        record: 'Record',
        stopRecording: 'Stop recording',
        consent: 'My answer about the recording',
        full: 'Full screen',
        fullOff: 'Leave full screen',
        window: 'Open in a window of its own',
        help: 'Keyboard and help',
        end: 'End for everyone',
        more: 'More',
        leave: 'Leave'
    },
    roster: {
        count: { one: '{n} person is here', other: '{n} people are here' },
        nameless: 'No name',
        you: 'you',
        role: { host: 'Host', attendee: '', guest: 'Guest', recorder: '' },
        ownWord: 'name not checked',
        sharing: 'shares a screen',
        recorder: 'Recorder: this meeting is being recorded',
        hand: 'Hand raised',
        muted: 'Muted',
        unmuted: 'Microphone on',
        speaking: 'Speaks',
        signal: ['No connection', 'Weak connection', 'Fair connection', 'Good connection'],
        remove: 'Remove {name}'
    },
    chat: {
        log: 'Chat',
        empty: 'Nothing has been written yet.',
        you: 'You',
        nameless: 'No name',
        write: 'Write to everyone',
        send: 'Send',
        failed: 'This did not reach the others.',
        refused: 'This was not sent: it is too long, or too much at once. Wait a moment and try again.',
        note: 'Everyone here reads it. It is kept with the meeting.'
    },
    meeting: {
        panel: { chat: 'Chat', people: 'People' },
        close: 'Close',
        consent: 'May you be recorded?',
        endHeading: 'End the meeting for everyone?',
        endText: 'Everybody is sent out and nobody can come back. A recording is finished and kept.',
        endYes: 'End for everyone',
        removeHeading: 'Remove from the meeting?',
        removeText: '{name} is sent out and cannot come back with the same link.',
        removeYes: 'Remove'
    },
    dialog: { close: 'Close' },
    confirm: { no: 'Cancel' },
    help: {
        heading: 'Keyboard and help',
        switch: 'Letters work as shortcuts',
        does: {
            mute: 'Mute or unmute',
            camera: 'Camera on or off',
            share: 'Share a screen, or stop',
            hand: 'Raise or lower your hand',
            chat: 'Open or close the chat',
            people: 'Open or close the list of people',
            layout: 'Show who speaks large, or all the same size',
            full: 'Full screen on or off',
            help: 'This page'
        },
        note: 'Escape closes what is open. Tab goes from button to button.'
    },
    final: {
        phase: {
            left: { heading: 'You have left', line: 'The meeting may still be going on.' },
            ended: { heading: 'The meeting is over', line: 'You can close this page.' },
            removed: { heading: 'You were removed', line: 'The host has ended your part in this meeting.' },
            elsewhere: {
                heading: 'You are in from another place',
                line: 'The same link is open in another window or on another device. A seat is held once.'
            },
            refused: { heading: 'This did not work', line: 'You could not be let in.' }
        },
        reason: {
            'wrong-link': {
                heading: 'This link does not work',
                line: 'It is not complete, or it is no longer valid. Open it once more from the invitation, or ask the host for a new one.'
            },
            'not-answered': {
                heading: 'No answer yet',
                line: 'The meeting service has not answered yet. It may be busy, or your administrator must look after it.'
            },
            'not-connected': {
                heading: 'The room has not heard from Salesforce',
                line: 'Load the Salesforce page anew. If that does not help, an administrator checks the room’s address in the settings.'
            },
            'doors-closed': { heading: 'The doors are closed', line: 'The meeting is not open now.' },
            'meeting-ended': { heading: 'The meeting is over', line: 'You can close this page.' },
            removed: { heading: 'You were removed', line: 'The host has ended your part in this meeting.' },
            'opened-elsewhere': {
                heading: 'You are in from another place',
                line: 'The same link is open in another window or on another device. A seat is held once.'
            },
            'own-window': {
                heading: 'Open in its own window',
                line: 'The meeting goes on in the window that was opened. Keep this page open if you want to bring it back here.'
            },
            left: { heading: 'You have left', line: 'The meeting may still be going on.' },
            'no-webcrypto': {
                heading: 'This browser cannot open your seat',
                line: 'It lacks encryption. Use a current Chrome, Edge, Firefox or Safari.'
            },
            insecure: { heading: 'This address is not secure', line: 'Open the link with https.' },
            unsupported: {
                heading: 'This browser cannot hold meetings',
                line: 'It lacks WebRTC, or somebody switched it off. Use a current Chrome, Edge, Firefox or Safari.'
            },
            'no-settings': {
                heading: 'The room is not set up',
                line: 'Its settings could not be read. Try again; if it stays so, tell your administrator.'
            },
            'ticket-damaged': { heading: 'Your ticket cannot be read', line: 'Ask the host for a new link.' },
            'signaling-lost': {
                heading: 'The connection could not be kept',
                line: 'Check your network. Firewalls must let through WebSocket and UDP to Amazon Chime.'
            },
            blocked: {
                heading: 'Sound and picture are blocked',
                line: 'Your network lets neither through. Try another network, or ask your administrator to allow UDP port 3478 and TLS port 443 to Amazon Chime.'
            },
            full: { heading: 'The room is full', line: 'Nobody more can come in at the moment.' },
            'sdk-failed': { heading: 'A part of the room did not load', line: 'Check your network and try again.' }
        },
        joinAgain: 'Join again',
        tryAgain: 'Try again',
        useHere: 'Use it here instead',
        bringBack: 'Bring it back here'
    },
    recorder: {
        phase: {
            starting: 'Getting ready',
            waiting: 'Waiting',
            reconnecting: 'The connection was lost. Getting it back…',
            ended: 'The meeting is over',
            removed: 'The recorder was removed',
            refused: 'The recorder cannot go in'
        },
        nobody: 'Nobody is here',
        more: { one: 'and {n} more person', other: 'and {n} more people' }
    },
    recorderTile: { nameless: 'No name', screen: 'Screen of {name}' },
    announcements: {
        entered: {
            one: 'You are in the meeting. Nobody else is here.',
            other: 'You are in the meeting. {n} people are here.'
        },
        recording: 'This meeting is being recorded.',
        recordingOver: 'The recording has stopped.',
        reconnecting: 'The connection was lost. Getting it back.',
        reconnected: 'The connection is back.',
        came: '{name} came in',
        cameMany: { one: '{n} person came in', other: '{n} people came in' },
        went: '{name} left',
        wentMany: { one: '{n} person left', other: '{n} people left' },
        hand: '{name} raised a hand',
        muted: 'You are muted',
        unmuted: 'You can be heard',
        network: {
            poor: 'Your connection is weak',
            lost: 'Your connection is gone',
            'sending-audio-failed': 'The others cannot hear you at the moment',
            'video-paused': 'Some pictures are paused'
        },
        unsent: 'Something you asked for did not get through',
        screen: 'A screen is being shared'
    }
};
