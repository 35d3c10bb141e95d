/**
 * Why does the room not work here? Names the one switch that is missing, in Salesforce or in the
 * browser, so that an admin knows where to look and a user knows whom to ask.
 */
import address from '@salesforce/label/c.Chime_Check_Address';
import page from '@salesforce/label/c.Chime_Check_Page';
import trustedUrl from '@salesforce/label/c.Chime_Check_Trusted_Url';
import trustedMedia from '@salesforce/label/c.Chime_Check_Trusted_Media';
import policyCamera from '@salesforce/label/c.Chime_Check_Policy_Camera';
import policyMicrophone from '@salesforce/label/c.Chime_Check_Policy_Microphone';
import frameAllow from '@salesforce/label/c.Chime_Check_Frame_Allow';
import browser from '@salesforce/label/c.Chime_Check_Browser';
import missing from '@salesforce/label/c.Chime_Check_Missing';
import busy from '@salesforce/label/c.Chime_Check_Busy';
import notLoaded from '@salesforce/label/c.Chime_Check_Not_Loaded';
import noAnswer from '@salesforce/label/c.Chime_Check_No_Answer';
import { fill } from 'c/chimeFormat';

/** What the frame of the room is allowed to use; the template writes the same text. */
export const ALLOW = 'camera; microphone; display-capture; autoplay; fullscreen';

const TEXTS = {
    address,
    page,
    trustedUrl,
    trustedMedia,
    policyCamera,
    policyMicrophone,
    frameAllow,
    browser,
    missing,
    busy,
    notLoaded,
    noAnswer
};
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];
const RULES = {
    frame: ['frame-src', 'child-src', 'default-src'],
    media: ['media-src', 'default-src']
};

/**
 * @param {string|null|undefined} url an address to embed or to play from
 * @param {{hostname: string}} [here] where this page is
 * @returns {string|null} its origin; null if it is no https address. Plain http counts only
 *   between two addresses of the same machine, for development.
 */
export function safeOrigin(url, here = window.location) {
    try {
        const { hostname, origin, protocol } = new URL(url);
        const local = LOOPBACK.includes(hostname) && LOOPBACK.includes(here.hostname);
        return protocol === 'https:' || (protocol === 'http:' && local) ? origin : null;
    } catch {
        return null;
    }
}

/**
 * @param {string|null|undefined} roomUrl the address of the settings
 * @param {boolean} [secure] whether this page is a secure context
 * @returns {string[]} what forbids to open the room at all
 */
export function checkBefore(roomUrl, secure = window.isSecureContext) {
    const found = [];
    if (!safeOrigin(roomUrl)) {
        found.push('address');
    }
    if (secure === false) {
        found.push('page');
    }
    return found;
}

/**
 * Watches for the browser refusing our frame or our video because its origin is no trusted URL.
 * @param {'frame'|'media'} use
 * @param {string} origin the origin of the frame or of the video
 * @param {() => void} onBlocked
 * @returns {() => void} stops watching
 */
export function watchBlocked(use, origin, onBlocked) {
    const seen = (event) => {
        const rule = event.effectiveDirective || event.violatedDirective;
        if (RULES[use].includes(rule) && sameOrigin(event.blockedURI, origin)) {
            onBlocked();
        }
    };
    document.addEventListener('securitypolicyviolation', seen);
    return () => document.removeEventListener('securitypolicyviolation', seen);
}

/**
 * @param {HTMLIFrameElement|null} frame ours
 * @returns {string[]} which devices the page's policy or the frame itself keeps from the room; empty where the
 *   browser does not tell
 */
export function checkFrame(frame) {
    return [
        ['camera', 'policyCamera'],
        ['microphone', 'policyMicrophone']
    ].flatMap(([feature, code]) => {
        if (!allows(frame, feature)) {
            return ['frameAllow'];
        }
        return frame?.featurePolicy?.allowsFeature?.(feature) === false ? [code] : [];
    });
}

/**
 * The room kept silent: why?
 * @param {{blocked: boolean, loaded: boolean}} seen whether the browser refused the frame, whether it ever loaded
 * @returns {string[]}
 */
export function checkSilence({ blocked, loaded }) {
    if (blocked) {
        return ['trustedUrl'];
    }
    return [loaded ? 'noAnswer' : 'notLoaded'];
}

/**
 * The room has no camera or microphone: why?
 * @param {{device: string, cause: string}} problem as the room tells it
 * @param {HTMLIFrameElement|null} frame ours
 * @returns {string[]}
 */
export function checkProblem({ device, cause }, frame) {
    const features = device === 'both' ? ['camera', 'microphone'] : [device];
    if (cause === 'policy') {
        return features.map((feature) => {
            if (!allows(frame, feature)) {
                return 'frameAllow';
            }
            return feature === 'camera' ? 'policyCamera' : 'policyMicrophone';
        });
    }
    return [{ permission: 'browser', missing: 'missing', busy: 'busy', insecure: 'page' }[cause]];
}

/**
 * @param {string[]} codes what the checks found
 * @param {string|null} origin the origin it is about, named in the texts
 * @returns {{code: string, text: string}[]} each once, as a person reads it
 */
export function advice(codes, origin) {
    return [...new Set(codes)].map((code) => ({ code, text: fill(TEXTS[code], origin ?? '') }));
}

function allows(frame, feature) {
    return (frame?.getAttribute('allow') ?? '').split(';').some((part) => part.trim().split(/\s+/)[0] === feature);
}

function sameOrigin(uri, origin) {
    try {
        return new URL(uri).origin === origin;
    } catch {
        return false;
    }
}
