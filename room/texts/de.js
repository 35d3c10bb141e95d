// @ts-check
/**
 * All the room says, in German, with the keys of `en.js`.
 * @type {typeof import('./en.js').default}
 */
export default {
    app: { title: 'Besprechungsraum' },
    waiting: {
        heading: 'Die Türen sind noch geschlossen',
        almost: 'Sie sind bereit',
        now: {
            starting: 'Einen Moment …',
            looking: 'Ihre Besprechung wird gesucht …',
            joining: 'Sie gehen hinein …'
        },
        opens: 'Sie öffnen um {at} ({until}).',
        soon: 'Sie öffnen, sobald die Gastgeberin oder der Gastgeber beginnt.',
        byItself: 'Lassen Sie diese Seite offen: Es geht von selbst weiter.',
        again: 'Jetzt noch einmal nachsehen',
        leave: 'Verlassen'
    },
    prejoin: {
        heading: 'Bereit hineinzugehen?',
        as: 'Sie nehmen teil als {name}.',
        picture: 'Ihr Bild',
        devices: 'Kamera und Ton',
        entering: 'Hineingehen',
        cameraOn: 'Kamera einschalten',
        cameraOff: 'Kamera ausschalten',
        mute: 'Mikrofon stumm schalten',
        unmute: 'Mikrofon einschalten',
        test: 'Lautsprecher testen',
        sound: {
            quiet: '',
            playing: 'Sie sollten jetzt einen Ton hören.',
            played: 'Kein Ton? Wählen Sie einen anderen Lautsprecher oder stellen Sie lauter.',
            blocked: 'Der Browser hat den Ton nicht gespielt. Versuchen Sie es noch einmal.'
        },
        name: 'Ihr Name',
        nameNote: 'Die anderen sehen ihn als Ihre eigene Angabe.',
        doors: 'Die Türen sind noch geschlossen. Sie können sich jetzt vorbereiten und kommen hinein, sobald sie öffnen.',
        join: 'Jetzt teilnehmen',
        joinLater: 'Teilnehmen, sobald geöffnet ist',
        window: 'In eigenem Fenster öffnen'
    },
    preview: {
        label: 'Das Bild Ihrer Kamera',
        asking: 'Ihr Browser fragt, ob der Raum Kamera und Mikrofon benutzen darf.',
        off: 'Ihre Kamera ist aus'
    },
    levelMeter: { label: 'Wie laut Ihr Mikrofon hört' },
    deviceChoice: {
        kind: { camera: 'Kamera', microphone: 'Mikrofon', speaker: 'Lautsprecher' },
        unnamed: '{kind} {n}'
    },
    deviceProblems: {
        device: { camera: 'die Kamera', microphone: 'das Mikrofon', speaker: 'den Lautsprecher' },
        and: ' und ',
        cause: {
            policy: 'Diese Seite darf {device} nicht benutzen.',
            permission: 'Ihr Browser lässt den Raum {device} nicht benutzen.',
            missing: 'Der Computer hat {device} nicht gefunden.',
            busy: 'Etwas anderes benutzt {device} gerade.',
            insecure: 'Der Browser gibt {device} nur einer Seite mit sicherer Adresse.'
        },
        advice: {
            policy: 'Die Seite um den Raum reicht es nicht weiter. Fragen Sie, wer diese Seite betreibt.',
            permission:
                'Klicken Sie auf das Zeichen neben der Adresse, erlauben Sie Kamera und Mikrofon für {origin} und versuchen Sie es noch einmal. Auf Handy oder Mac sehen Sie auch in den Einstellungen des Systems für den Browser nach.',
            missing:
                'Schließen Sie es an oder schalten Sie es ein und versuchen Sie es noch einmal. Sie können auch ohne teilnehmen: Sie hören und sehen die anderen.',
            busy: 'Schließen Sie andere Besprechungen und Programme, die es benutzen, und versuchen Sie es noch einmal.',
            insecure: 'Öffnen Sie den Link mit https.'
        },
        salesforce:
            'Eine Administratorin oder ein Administrator erlaubt es im Setup von Salesforce: In den Sitzungseinstellungen unter „Browser Feature Permissions“ den Permissions-Policy-Header mit Kamera und Mikrofon nur für vertrauenswürdige URLs einschließen; unter „Trusted URLs“ {origin} mit Kamera und Mikrofon eintragen. Bis dahin öffnen Sie den Raum in einem eigenen Fenster.',
        again: 'Noch einmal versuchen',
        window: 'In eigenem Fenster öffnen'
    },
    consent: {
        heading: 'Dürfen Sie aufgezeichnet werden?',
        headingNotice: 'Zur Aufzeichnung',
        intro: 'Diese Besprechung wird vielleicht aufgezeichnet: Bild, Ton und geteilte Bildschirme. Das geschieht nur, wenn alle zustimmen.',
        live: 'Diese Besprechung wird aufgezeichnet: Bild, Ton und geteilte Bildschirme. Das geht nur weiter, wenn alle zustimmen.',
        notice: 'Diese Besprechung wird vielleicht aufgezeichnet: Bild, Ton und geteilte Bildschirme. Ein rotes Zeichen zeigt es an, solange es geschieht. Nehmen Sie nur teil, wenn das für Sie in Ordnung ist.',
        noticeLive:
            'Diese Besprechung wird gerade aufgezeichnet: Bild, Ton und geteilte Bildschirme. Nehmen Sie nur teil, wenn das für Sie in Ordnung ist.',
        yes: 'Ich stimme der Aufzeichnung zu',
        yesMeans: 'Sie können das während der Besprechung jederzeit zurücknehmen.',
        no: 'Ich stimme nicht zu',
        noMeans: 'Sie nehmen trotzdem teil. Solange Sie da sind, wird nichts aufgezeichnet.',
        afterYes: 'Sie haben zugestimmt. Sie können Ihre Antwort jederzeit ändern.',
        afterNo:
            'Sie haben nicht zugestimmt: Solange Sie da sind, gibt es keine Aufzeichnung. Sie können Ihre Antwort jederzeit ändern.',
        must: 'Bis Sie antworten, hören und sehen die anderen Sie nicht.',
        later: 'Sie können jetzt oder später antworten.',
        missing: 'Bitte wählen Sie zuerst eine der beiden Antworten.'
    },
    topbar: { meeting: 'Besprechung' },
    recordingMark: {
        live: 'Aufzeichnung läuft',
        state: {
            Preparing: 'Aufzeichnung wird vorbereitet',
            'Waiting for consent': 'Aufzeichnung wartet auf Zustimmung aller',
            Starting: 'Aufzeichnung beginnt gleich',
            Recording: 'Aufzeichnung läuft'
        }
    },
    hints: {
        reconnecting: 'Die Verbindung ist abgerissen. Sie wird wiederhergestellt …',
        network: {
            poor: 'Ihre Verbindung ist schwach. Es kann helfen, die Kamera auszuschalten.',
            lost: 'Ihre Verbindung ist weg. Prüfen Sie Ihr Netz.',
            'sending-audio-failed': 'Die anderen hören Sie gerade nicht: Ihr Ton kommt nicht durch.',
            'video-paused': 'Einige Bilder stehen still, weil Ihre Verbindung schwach ist.'
        },
        soundBlocked: 'Ihr Browser spielt keinen Ton, bevor Sie es wünschen.',
        sound: 'Ton einschalten',
        consent: 'Frage zur Aufzeichnung',
        silenced: 'Die anderen hören und sehen Sie gerade nicht.',
        silencedByRecording: 'Die anderen hören und sehen Sie nicht, solange die Aufzeichnung hier ist.',
        unsent: {
            record: 'Ihr Wunsch aufzuzeichnen kam nicht an. Versuchen Sie es noch einmal.',
            stop: 'Ihr Wunsch, die Aufzeichnung zu beenden, kam nicht an. Versuchen Sie es noch einmal.',
            remove: 'Ihr Wunsch, jemanden zu entfernen, kam nicht an. Versuchen Sie es noch einmal.',
            end: 'Ihr Wunsch, die Besprechung zu beenden, kam nicht an. Versuchen Sie es noch einmal.',
            consent: 'Ihre Antwort zur Aufzeichnung kam nicht an. Antworten Sie noch einmal.'
        }
    },
    stage: {
        label: 'Bilder',
        alone: 'Noch ist sonst niemand da.',
        more: { one: '{n} weitere Person', other: '{n} weitere Personen' }
    },
    tile: {
        nameless: 'Ohne Namen',
        you: '{name} (Sie)',
        screen: 'Bildschirm von {name}',
        ownScreen: 'Sie teilen Ihren Bildschirm',
        paused: 'Bild angehalten: schwache Verbindung',
        hand: 'Meldet sich',
        muted: 'Stumm:',
        guest: 'Gast',
        weak: 'Schwache Verbindung',
        pin: 'Groß zeigen: {name}',
        unpin: 'Nicht mehr groß: {name}'
    },
    controls: {
        label: 'Besprechung',
        mute: 'Stumm schalten',
        unmute: 'Mikrofon einschalten',
        cameraOn: 'Kamera einschalten',
        cameraOff: 'Kamera ausschalten',
        share: 'Bildschirm teilen',
        shareStop: 'Nicht mehr teilen',
        hand: 'Melden',
        handDown: 'Nicht mehr melden',
        chat: 'Chat',
        people: 'Personen',
        layout: { grid: 'Wer spricht, groß zeigen', speaker: 'Alle gleich groß zeigen' },
        record: 'Aufzeichnen',
        stopRecording: 'Aufzeichnung beenden',
        consent: 'Meine Antwort zur Aufzeichnung',
        full: 'Ganzer Bildschirm',
        fullOff: 'Ganzen Bildschirm verlassen',
        window: 'In eigenem Fenster öffnen',
        help: 'Tastatur und Hilfe',
        end: 'Für alle beenden',
        more: 'Mehr',
        leave: 'Verlassen'
    },
    roster: {
        count: { one: '{n} Person ist da', other: '{n} Personen sind da' },
        nameless: 'Ohne Namen',
        you: 'Sie',
        role: { host: 'Gastgeber/in', attendee: '', guest: 'Gast', recorder: '' },
        ownWord: 'Name nicht geprüft',
        sharing: 'teilt einen Bildschirm',
        recorder: 'Aufzeichnung: Diese Besprechung wird aufgezeichnet',
        hand: 'Meldet sich',
        muted: 'Stumm',
        unmuted: 'Mikrofon an',
        speaking: 'Spricht',
        signal: ['Keine Verbindung', 'Schwache Verbindung', 'Mäßige Verbindung', 'Gute Verbindung'],
        remove: '{name} entfernen'
    },
    chat: {
        log: 'Chat',
        empty: 'Noch hat niemand etwas geschrieben.',
        you: 'Sie',
        nameless: 'Ohne Namen',
        write: 'An alle schreiben',
        send: 'Senden',
        failed: 'Das kam bei den anderen nicht an.',
        refused:
            'Das wurde nicht gesendet: Es ist zu lang oder zu viel auf einmal. Warten Sie kurz und versuchen Sie es noch einmal.',
        note: 'Alle hier lesen es. Es wird bei der Besprechung aufbewahrt.'
    },
    meeting: {
        panel: { chat: 'Chat', people: 'Personen' },
        close: 'Schließen',
        consent: 'Dürfen Sie aufgezeichnet werden?',
        endHeading: 'Die Besprechung für alle beenden?',
        endText:
            'Alle werden hinausgebracht und niemand kann zurückkommen. Eine Aufzeichnung wird abgeschlossen und aufbewahrt.',
        endYes: 'Für alle beenden',
        removeHeading: 'Aus der Besprechung entfernen?',
        removeText: '{name} wird hinausgebracht und kann mit demselben Link nicht zurückkommen.',
        removeYes: 'Entfernen'
    },
    dialog: { close: 'Schließen' },
    confirm: { no: 'Abbrechen' },
    help: {
        heading: 'Tastatur und Hilfe',
        switch: 'Buchstaben wirken als Tastenkürzel',
        does: {
            mute: 'Stumm schalten oder nicht',
            camera: 'Kamera an oder aus',
            share: 'Bildschirm teilen oder aufhören',
            hand: 'Melden oder nicht mehr',
            chat: 'Chat öffnen oder schließen',
            people: 'Personen öffnen oder schließen',
            layout: 'Wer spricht groß, oder alle gleich groß',
            full: 'Ganzer Bildschirm an oder aus',
            help: 'Diese Seite'
        },
        note: 'Escape schließt, was offen ist. Tab geht von Knopf zu Knopf.'
    },
    final: {
        phase: {
            left: { heading: 'Sie haben die Besprechung verlassen', line: 'Vielleicht geht sie noch weiter.' },
            ended: { heading: 'Die Besprechung ist zu Ende', line: 'Sie können diese Seite schließen.' },
            removed: { heading: 'Sie wurden entfernt', line: 'Ihre Teilnahme an dieser Besprechung wurde beendet.' },
            elsewhere: {
                heading: 'Sie nehmen von anderswo teil',
                line: 'Derselbe Link ist in einem anderen Fenster oder auf einem anderen Gerät offen. Einen Platz gibt es einmal.'
            },
            refused: { heading: 'Das hat nicht geklappt', line: 'Sie konnten nicht hineingelassen werden.' }
        },
        reason: {
            'wrong-link': {
                heading: 'Dieser Link geht nicht',
                line: 'Er ist nicht vollständig oder nicht mehr gültig. Öffnen Sie ihn noch einmal aus der Einladung oder bitten Sie um einen neuen.'
            },
            'not-answered': {
                heading: 'Noch keine Antwort',
                line: 'Der Besprechungsdienst hat noch nicht geantwortet. Vielleicht ist viel los, oder die Administration muss nach ihm sehen.'
            },
            'not-connected': {
                heading: 'Der Raum hat von Salesforce nichts gehört',
                line: 'Laden Sie die Seite in Salesforce neu. Hilft das nicht, prüft die Administration die Adresse des Raums in den Einstellungen.'
            },
            'doors-closed': { heading: 'Die Türen sind geschlossen', line: 'Die Besprechung ist jetzt nicht offen.' },
            'meeting-ended': { heading: 'Die Besprechung ist zu Ende', line: 'Sie können diese Seite schließen.' },
            removed: { heading: 'Sie wurden entfernt', line: 'Ihre Teilnahme an dieser Besprechung wurde beendet.' },
            'opened-elsewhere': {
                heading: 'Sie nehmen von anderswo teil',
                line: 'Derselbe Link ist in einem anderen Fenster oder auf einem anderen Gerät offen. Einen Platz gibt es einmal.'
            },
            'own-window': {
                heading: 'In eigenem Fenster geöffnet',
                line: 'Die Besprechung geht in dem neuen Fenster weiter. Lassen Sie diese Seite offen, wenn Sie sie hierher zurückholen möchten.'
            },
            left: { heading: 'Sie haben die Besprechung verlassen', line: 'Vielleicht geht sie noch weiter.' },
            'no-webcrypto': {
                heading: 'Dieser Browser kann Ihren Platz nicht öffnen',
                line: 'Ihm fehlt Verschlüsselung. Nehmen Sie ein aktuelles Chrome, Edge, Firefox oder Safari.'
            },
            insecure: { heading: 'Diese Adresse ist nicht sicher', line: 'Öffnen Sie den Link mit https.' },
            unsupported: {
                heading: 'Dieser Browser kann keine Besprechungen',
                line: 'Ihm fehlt WebRTC, oder es wurde abgeschaltet. Nehmen Sie ein aktuelles Chrome, Edge, Firefox oder Safari.'
            },
            'no-settings': {
                heading: 'Der Raum ist nicht eingerichtet',
                line: 'Seine Einstellungen konnten nicht gelesen werden. Versuchen Sie es noch einmal; bleibt es so, sagen Sie der Administration Bescheid.'
            },
            'ticket-damaged': {
                heading: 'Ihre Eintrittskarte ist nicht lesbar',
                line: 'Bitten Sie um einen neuen Link.'
            },
            'signaling-lost': {
                heading: 'Die Verbindung hielt nicht',
                line: 'Prüfen Sie Ihr Netz. Firewalls müssen WebSocket und UDP zu Amazon Chime durchlassen.'
            },
            blocked: {
                heading: 'Ton und Bild sind blockiert',
                line: 'Ihr Netz lässt beides nicht durch. Nehmen Sie ein anderes Netz oder bitten Sie die Administration, UDP-Port 3478 und TLS-Port 443 zu Amazon Chime zu erlauben.'
            },
            full: { heading: 'Der Raum ist voll', line: 'Im Moment kann niemand mehr hinein.' },
            'sdk-failed': {
                heading: 'Ein Teil des Raums wurde nicht geladen',
                line: 'Prüfen Sie Ihr Netz und versuchen Sie es noch einmal.'
            }
        },
        joinAgain: 'Wieder teilnehmen',
        tryAgain: 'Noch einmal versuchen',
        useHere: 'Stattdessen hier teilnehmen',
        bringBack: 'Hierher zurückholen'
    },
    recorder: {
        phase: {
            starting: 'Wird vorbereitet',
            waiting: 'Wartet',
            reconnecting: 'Die Verbindung ist abgerissen. Sie wird wiederhergestellt …',
            ended: 'Die Besprechung ist zu Ende',
            removed: 'Die Aufzeichnung wurde entfernt',
            refused: 'Die Aufzeichnung kommt nicht hinein'
        },
        nobody: 'Niemand ist da',
        more: { one: 'und {n} weitere Person', other: 'und {n} weitere Personen' }
    },
    recorderTile: { nameless: 'Ohne Namen', screen: 'Bildschirm von {name}' },
    announcements: {
        entered: {
            one: 'Sie sind in der Besprechung. Sonst ist niemand da.',
            other: 'Sie sind in der Besprechung. {n} Personen sind da.'
        },
        recording: 'Diese Besprechung wird aufgezeichnet.',
        recordingOver: 'Die Aufzeichnung ist beendet.',
        reconnecting: 'Die Verbindung ist abgerissen. Sie wird wiederhergestellt.',
        reconnected: 'Die Verbindung ist wieder da.',
        came: '{name} ist gekommen',
        cameMany: { one: '{n} Person ist gekommen', other: '{n} Personen sind gekommen' },
        went: '{name} ist gegangen',
        wentMany: { one: '{n} Person ist gegangen', other: '{n} Personen sind gegangen' },
        hand: '{name} meldet sich',
        muted: 'Sie sind stumm',
        unmuted: 'Man hört Sie',
        network: {
            poor: 'Ihre Verbindung ist schwach',
            lost: 'Ihre Verbindung ist weg',
            'sending-audio-failed': 'Die anderen hören Sie gerade nicht',
            'video-paused': 'Einige Bilder stehen still'
        },
        unsent: 'Etwas, worum Sie gebeten haben, kam nicht an',
        screen: 'Ein Bildschirm wird geteilt'
    }
};
