// @ts-check
/**
 * What every answer of the room's origin carries. Whoever serves the room fills in two places: `{connect}`, the origins
 * of Chime's signaling (`https://*.chime.aws wss://*.chime.aws` on AWS), and `{frameAncestors}`, the Salesforce pages
 * that may hold the room in a frame.
 *
 * What is allowed beyond one's own origin, and why:
 * - `worker-src blob:`: the SDK makes a worker of its own text for sound that survives lost packets
 * - `media-src blob:`: pictures and sound of the meeting
 * - `img-src data:`: an empty icon, so that the browser does not ask for one
 *
 * Components style themselves by constructed sheets, which this policy does not concern; no style attribute is used.
 */
const POLICY = {
    'default-src': "'none'",
    'script-src': "'self'",
    'style-src': "'self'",
    'img-src': "'self' data:",
    'font-src': "'self'",
    'connect-src': "'self' {connect}",
    'media-src': "'self' blob:",
    'worker-src': "'self' blob:",
    'base-uri': "'none'",
    'form-action': "'none'",
    'frame-ancestors': '{frameAncestors}'
};

/** The room's own devices, and nothing else a page could ask for. */
const FEATURES = {
    camera: '(self)',
    microphone: '(self)',
    'display-capture': '(self)',
    autoplay: '(self)',
    fullscreen: '(self)',
    'speaker-selection': '(self)',
    geolocation: '()',
    payment: '()',
    usb: '()'
};

/** @returns {Record<string, string>} header by name */
export function headers() {
    return {
        'Content-Security-Policy': Object.entries(POLICY)
            .map(([name, value]) => `${name} ${value}`)
            .join('; '),
        'Permissions-Policy': Object.entries(FEATURES)
            .map(([name, value]) => `${name}=${value}`)
            .join(', '),
        'Referrer-Policy': 'no-referrer',
        'X-Content-Type-Options': 'nosniff',
        // A window that is opened out of the frame gets all it needs in its address; nobody keeps a hand on it.
        'Cross-Origin-Opener-Policy': 'same-origin',
        'Cross-Origin-Resource-Policy': 'same-origin',
        'Strict-Transport-Security': 'max-age=31536000'
    };
}
