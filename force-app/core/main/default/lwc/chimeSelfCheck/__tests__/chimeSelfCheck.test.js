import {
    advice,
    ALLOW,
    checkBefore,
    checkFrame,
    checkProblem,
    checkSilence,
    safeOrigin,
    watchBlocked
} from 'c/chimeSelfCheck';

const ORIGIN = 'https://room.example.com';
const LEX = { hostname: 'org.lightning.force.com' };
const HERE = { hostname: 'localhost' };

function frameOf(allow, granted) {
    const frame = document.createElement('iframe');
    if (allow) {
        frame.setAttribute('allow', allow);
    }
    if (granted) {
        Object.defineProperty(frame, 'featurePolicy', { value: { allowsFeature: (name) => granted.includes(name) } });
    }
    return frame;
}

function violation(fields) {
    document.dispatchEvent(Object.assign(new Event('securitypolicyviolation'), fields));
}

describe('chimeSelfCheck', () => {
    it.each([
        ['https://room.example.com', ORIGIN],
        ['https://room.example.com/', ORIGIN],
        ['https://room.example.com:8443/x?y#z', 'https://room.example.com:8443'],
        ['http://room.example.com', null],
        ['http://localhost:8806', null],
        ['javascript:alert(1)', null],
        ['data:text/html,x', null],
        ['//room.example.com', null],
        ['room.example.com', null],
        ['', null],
        [null, null],
        [undefined, null]
    ])('reads the address %s as the origin %s', (url, origin) => {
        expect(safeOrigin(url, LEX)).toBe(origin);
    });

    it('takes plain http only from this machine to this machine', () => {
        expect(safeOrigin('http://127.0.0.1:8806', HERE)).toBe('http://127.0.0.1:8806');
        expect(safeOrigin('http://room.example.com', HERE)).toBeNull();
    });

    it('forbids to open without a secure address or on a page that is not secure', () => {
        expect(checkBefore(ORIGIN, true)).toEqual([]);
        expect(checkBefore(ORIGIN, undefined)).toEqual([]);
        expect(checkBefore('http://room.example.com', true)).toEqual(['address']);
        expect(checkBefore(null, false)).toEqual(['address', 'page']);
    });

    it('sees that the browser refused the frame of this room', () => {
        const blocked = jest.fn();
        const stop = watchBlocked('frame', ORIGIN, blocked);
        violation({ effectiveDirective: 'img-src', blockedURI: ORIGIN });
        violation({ effectiveDirective: 'frame-src', blockedURI: 'https://other.example.com/' });
        violation({ effectiveDirective: 'frame-src', blockedURI: 'inline' });
        expect(blocked).not.toHaveBeenCalled();
        violation({ effectiveDirective: 'frame-src', blockedURI: `${ORIGIN}/?embed=1` });
        violation({ violatedDirective: 'child-src', blockedURI: ORIGIN });
        expect(blocked).toHaveBeenCalledTimes(2);
        stop();
        violation({ effectiveDirective: 'frame-src', blockedURI: ORIGIN });
        expect(blocked).toHaveBeenCalledTimes(2);
    });

    it('sees that the browser refused a video', () => {
        const blocked = jest.fn();
        const stop = watchBlocked('media', 'https://media.example.com', blocked);
        violation({ effectiveDirective: 'frame-src', blockedURI: 'https://media.example.com/a.mp4' });
        expect(blocked).not.toHaveBeenCalled();
        violation({ effectiveDirective: 'media-src', blockedURI: 'https://media.example.com/a.mp4' });
        expect(blocked).toHaveBeenCalledTimes(1);
        stop();
    });

    it('finds what the policy of the page keeps from the frame', () => {
        expect(checkFrame(frameOf(ALLOW, ['camera', 'microphone']))).toEqual([]);
        expect(checkFrame(frameOf(ALLOW, ['microphone']))).toEqual(['policyCamera']);
        expect(checkFrame(frameOf(ALLOW, []))).toEqual(['policyCamera', 'policyMicrophone']);
    });

    it('finds a frame that lost its permission, and says nothing where the browser does not tell', () => {
        expect(checkFrame(frameOf('camera; autoplay'))).toEqual(['frameAllow']);
        expect(checkFrame(frameOf())).toEqual(['frameAllow', 'frameAllow']);
        expect(checkFrame(frameOf('camerawoman; microphone'))).toEqual(['frameAllow']);
        expect(checkFrame(frameOf(ALLOW))).toEqual([]);
        expect(checkFrame(frameOf('camera https://room.example.com; microphone *'))).toEqual([]);
    });

    it.each([
        [{ blocked: true, loaded: true }, 'trustedUrl'],
        [{ blocked: true, loaded: false }, 'trustedUrl'],
        [{ blocked: false, loaded: true }, 'noAnswer'],
        [{ blocked: false, loaded: false }, 'notLoaded']
    ])('explains silence after %j by %s', (seen, code) => {
        expect(checkSilence(seen)).toEqual([code]);
    });

    it.each([
        ['camera', 'policy', ALLOW, ['policyCamera']],
        ['microphone', 'policy', ALLOW, ['policyMicrophone']],
        ['both', 'policy', ALLOW, ['policyCamera', 'policyMicrophone']],
        ['both', 'policy', 'camera', ['policyCamera', 'frameAllow']],
        ['camera', 'permission', ALLOW, ['browser']],
        ['both', 'missing', ALLOW, ['missing']],
        ['microphone', 'busy', ALLOW, ['busy']],
        ['both', 'insecure', ALLOW, ['page']]
    ])('explains no %s because of %s with allow "%s" by %j', (device, cause, allow, codes) => {
        expect(checkProblem({ device, cause }, frameOf(allow))).toEqual(codes);
    });

    it('has a text for each code, each once', () => {
        const codes = [
            'address',
            'page',
            'trustedUrl',
            'trustedMedia',
            'policyCamera',
            'policyMicrophone',
            'frameAllow'
        ];
        const more = ['browser', 'missing', 'busy', 'notLoaded', 'noAnswer'];
        const all = advice([...codes, ...more, 'busy'], ORIGIN);
        expect(all.map(({ code }) => code)).toEqual([...codes, ...more]);
        all.forEach(({ text }) => expect(text).toMatch(/^c\.Chime_Check_/));
        expect(advice(['address'], null)).toHaveLength(1);
    });
});
